"""Media jobs: submit, read, wait for, follow, cancel, download."""

from asyncio import sleep
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any, Literal

from httpx2 import EventSource, codes

from killatamata._async.inputs import Inputs
from killatamata._async.paging import AsyncPage, Resource
from killatamata.errors import (
    ConnectionFailed,
    DownloadFailed,
    StatusError,
    WaitTimedOut,
)
from killatamata.events import JobEvent
from killatamata.frames import OVERLAP_FRAMES, check_decoder, take_trailing_async
from killatamata.output_files import get_output_path, is_stream, open_sink
from killatamata.retries import pause_seconds
from killatamata.types import DryRun, Job, JobOutput
from killatamata.wire import JsonObject, build_query

JOBS_PATH = "/api/v1/media/jobs"
LONG_POLL_SECONDS = 30
OPEN_STATES = {"queued", "running"}
DEAD_URL_STATUSES = {codes.UNAUTHORIZED, codes.FORBIDDEN, codes.NOT_FOUND, codes.GONE}
State = Literal["queued", "running", "succeeded", "failed", "canceled", "expired"]
OnProgress = Callable[[Job], None]
Paths = list[Path]


class Jobs(Resource):
    """The jobs of this account."""

    async def create(
        self,
        task: str,
        /,
        *,
        idempotency_key: str | None = None,
        **fields: Any,  # noqa: ANN401
    ) -> Job:
        """Submit a job and return it at once; its exact price is held now.

        `fields` are the input of the task in snake_case, and the options `max_price_usd`,
        `quote_id`, `metadata`, `project_id`, `webhook`, `strict`, `deadline_seconds`,
        `queue_timeout_seconds`, `parent` and `preset_ids`. A media field takes a `Path`, bytes or
        an open binary file, which is sent along, or uploaded if it is large. One idempotency key is
        one job, however often it is sent.

        Raises:
            StatusError: a refusal; nothing is held.
            ConnectionFailed: no answer; the same key again is safe.
        """
        body = await self.body(task, **fields)
        return await self._transport.request_model(
            Job, "POST", JOBS_PATH, json=body, idempotency_key=idempotency_key
        )

    async def dry_run(self, task: str, /, **fields: Any) -> DryRun:  # noqa: ANN401
        """Return the effective input and price of a submit; nothing is stored.

        Raises:
            StatusError: a refusal.
        """
        body = await self.body(task, **fields)
        return await self._transport.request_model(
            DryRun, "POST", JOBS_PATH, json=body, params={"dryRun": 1}
        )

    async def body(self, task: str, /, **fields: Any) -> JsonObject:  # noqa: ANN401
        """Return the body of a submit as it goes over the wire; large files are uploaded."""
        return await Inputs(self._transport).build_body(task, fields)

    async def get(
        self,
        job_id: str,
        *,
        include_details: bool = True,
        wait_seconds: int = 0,
        since_version: int | None = None,
    ) -> Job:
        """Return a job; wait up to 30 seconds for its end, or for a change since a version.

        Without details, as in a list, its `effective_input`, `input_adjustments` and `warnings`
        are None.

        Raises:
            NotFound: there is no such job of this account.
        """
        query = build_query(
            job_id=job_id,
            include_details=include_details,
            wait_seconds=wait_seconds,
            since_version=since_version,
        )
        return await self._transport.request_model(Job, "GET", JOBS_PATH, params=query)

    async def list(
        self,
        *,
        status: State | None = None,
        task: str | None = None,
        project_id: str | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        limit: int = 20,
    ) -> AsyncPage[Job]:
        """Return the jobs of this account, the newest first."""
        query = build_query(
            status=status,
            task=task,
            project_id=project_id,
            created_after=created_after,
            created_before=created_before,
            limit=limit,
        )
        return await self._fetch_page(Job, JOBS_PATH, query)

    async def wait(
        self,
        job: Job | str,
        *,
        timeout_seconds: float | None = None,
        on_progress: OnProgress | None = None,
    ) -> Job:
        """Wait until the job has ended, with or without success, and return it.

        Raises:
            WaitTimedOut: the job has not ended in time; it goes on.
        """
        until = float("inf") if timeout_seconds is None else monotonic() + timeout_seconds
        # Half the timeout: a long poll must answer before the transport gives the call up.
        longest_poll = min(LONG_POLL_SECONDS, int(self._transport.timeout / 2))
        current = job if isinstance(job, Job) else await self.get(job)
        if on_progress is not None:
            on_progress(current)
        while current.status in OPEN_STATES:
            poll_began, seen_version = monotonic(), current.version
            if poll_began >= until:
                raise WaitTimedOut(current)
            current = await self.get(
                current.id,
                wait_seconds=int(min(longest_poll, until - poll_began)),
                since_version=seen_version,
            )
            if current.version != seen_version:
                if on_progress is not None:
                    on_progress(current)
            elif monotonic() - poll_began < 1:
                # The gateway answered at once without news, as it does while it stops: without a
                # pause this loop would send one request after another.
                left = max(0.0, until - monotonic())
                await sleep(min(left, current.poll_after_seconds or 1))
        return current

    async def events(self, job: Job | str) -> AsyncIterator[JobEvent]:
        """Follow a job to its end; a lost connection is opened again after the last event.

        Raises:
            NotFound: there is no such job of this account.
            ConnectionFailed: no connection for longer than the retries last.
        """
        query, last_id, lost = build_query(job_id=_get_job_id(job)), "", 0
        while True:
            headers = {"Last-Event-ID": last_id} if last_id else {}
            try:
                async with self._transport.stream(
                    "GET", f"{JOBS_PATH}/events", params=query, headers=headers, read=False
                ) as response:
                    async for each in EventSource(response):
                        if not each.data:
                            continue
                        last_id, lost = each.id, 0  # an event came: the retries start over
                        yield JobEvent.read(each.event, each.id, each.data)
                        if each.event == "done":
                            return
            except ConnectionFailed:
                lost += 1
                if lost > self._transport.max_retries:
                    raise
                await sleep(pause_seconds(lost, {}))

    async def cancel(self, job: Job | str) -> Job:
        """Cancel a queued or running job at once; its price is released.

        Raises:
            Conflict: the job has already ended in another state.
        """
        return await self._transport.request_model(
            Job, "POST", f"{JOBS_PATH}/cancel", json={"jobId": _get_job_id(job)}
        )

    async def download(self, job: Job | str, to: str | Path = ".") -> Paths:
        """Save all outputs of a job into a folder, or under a file name; return their paths.

        Of several outputs the second of `fox.png` becomes `fox-2.png`. A file appears only when it
        is complete. A device or a pipe, such as `/dev/stdout`, is written through.

        Raises:
            DownloadFailed: an output is gone, or arrived damaged.
            OSError: `to` cannot be written.
        """
        read = job if isinstance(job, Job) and job.outputs else await self.get(_get_job_id(job))
        if not read.outputs:
            raise DownloadFailed(f"{read.id} has no outputs: it is {read.status}.")
        if len(read.outputs) > 1 and is_stream(Path(to)):
            raise DownloadFailed(f"{read.id} has {len(read.outputs)} outputs: name a folder.")
        return [
            await self._save_output(read, output, get_output_path(to, output, place))
            for place, output in enumerate(read.outputs)
        ]

    async def take_trailing_frames(
        self, job: Job | str, count: int = OVERLAP_FRAMES, to: str | Path = "./"
    ) -> Paths:
        """Save the last frames of a clip in a folder as lossless WebP, the oldest first.

            frames = client.jobs.take_trailing_frames(job)
            client.run("video.generate", prompt="it goes on", overlap_frame_images=frames)

        Raises:
            ExtractionFailed: the clip has fewer frames, or the extra `frames` is not installed.
            DownloadFailed: the clip is gone, or arrived damaged.
        """
        check_decoder()
        with TemporaryDirectory() as folder:
            clip, *_ = await self.download(job, f"{folder}/")
            return await take_trailing_async(clip, count, to)

    async def stream(self, job: Job | str, index: int = 0) -> AsyncIterator[bytes]:
        """Yield an output in chunks; an expired URL is signed again, once.

        Raises:
            DownloadFailed: the output is gone.
        """
        read = job if isinstance(job, Job) and job.outputs else await self.get(_get_job_id(job))
        for last in (False, True):
            url = read.outputs[index].url
            if url is None:
                raise DownloadFailed(f"Output {index} of {read.id} is no longer stored.")
            try:
                async with self._transport.stream("GET", url, read=False) as response:
                    async for chunk in response.aiter_bytes():
                        yield chunk
                    return
            except StatusError as error:
                if last or error.status not in DEAD_URL_STATUSES:
                    raise
                read = await self.get(read.id)

    async def _save_output(self, job: Job, output: JobOutput, file: Path) -> Path:
        """Download one output; a damaged or broken download starts over.

        Not into a pipe that already holds bytes: a second try would repeat them.
        """
        tries = 0
        while True:
            sink = open_sink(file)
            try:
                async for chunk in self.stream(job, output.index):
                    sink.write(chunk)
                return sink.finish(output)
            except (ConnectionFailed, DownloadFailed):
                tries += 1
                is_last = tries > self._transport.max_retries or output.url is None
                if is_last or not sink.can_restart:
                    raise
                await sleep(pause_seconds(tries, {}))
            finally:
                sink.discard()


def _get_job_id(job: Job | str) -> str:
    return job if isinstance(job, str) else job.id
