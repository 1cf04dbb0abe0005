"""Media jobs: list, follow, cancel, download; the calls that name a task are in `job_calls`."""

import io
from asyncio import sleep
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, TYPE_CHECKING, Literal

from httpx2 import EventSource, codes

from killatamata._async.copying import copy_file
from killatamata._async.job_calls import JobCalls
from killatamata._async.job_requests import JOBS_PATH
from killatamata._async.paging import AsyncPage
from killatamata.errors import (
    ConnectionFailed,
    DownloadFailed,
    StatusError,
)
from killatamata.events import JobEvent
from killatamata.frames import OVERLAP_FRAMES, check_decoder, take_trailing_async
from killatamata.output_files import (
    FileSink,
    PartFile,
    StreamSink,
    find_start,
    get_output_path,
    is_stream,
    open_sink,
)
from killatamata.pictures import open_picture
from killatamata.retries import pause_seconds
from killatamata.timeouts import Timeout, to_stream_limits
from killatamata.types import Job, JobOutput
from killatamata.wire import build_query

if TYPE_CHECKING:
    import PIL.Image

DEAD_URL_STATUSES = {codes.UNAUTHORIZED, codes.FORBIDDEN, codes.NOT_FOUND, codes.GONE}
State = Literal["queued", "running", "succeeded", "failed", "canceled", "expired"]
Paths = list[Path]


class Jobs(JobCalls):
    """The jobs of this account."""

    def list(
        self,
        *,
        status: State | None = None,
        task: str | None = None,
        project_id: str | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        limit: int = 20,
        timeout: Timeout | None = None,
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
        return self._list(Job, JOBS_PATH, query, timeout=timeout)

    async def events(
        self, job: Job | str, *, timeout: Timeout | None = None
    ) -> AsyncIterator[JobEvent]:
        """Follow a job to its end; a lost connection is opened again after the last event.

        A connection is lost after 30 seconds of silence, or after `timeout` if it is longer.

        Raises:
            NotFound: there is no such job of this account.
            ConnectionFailed: no connection for longer than the retries last.
        """
        limits = to_stream_limits(self._transport.timeout if timeout is None else timeout)
        query, last_id, lost = build_query(job_id=_get_job_id(job)), "", 0
        while True:
            headers = {"Last-Event-ID": last_id} if last_id else {}
            is_answered, loss = False, ConnectionFailed("The events ended before the job.")
            try:
                async with self._transport.stream(
                    "GET",
                    f"{JOBS_PATH}/events",
                    params=query,
                    headers=headers,
                    timeout=limits,
                    read=False,
                ) as response:
                    async for each in EventSource(response):
                        is_answered = True  # a gateway begins each stream with a line of no data
                        if not each.data:
                            continue
                        last_id = each.id
                        yield JobEvent.read(each.event, each.id, each.data)
                        if each.event == "done":
                            return
            except ConnectionFailed as error:
                loss = error
            # A gateway ends each stream after an hour, and a job may wait for a day.
            lost = 0 if is_answered else lost + 1
            if lost > self._transport.max_retries:
                raise loss
            await sleep(pause_seconds(max(lost, 1), {}))

    async def cancel(self, job: Job | str, *, timeout: Timeout | None = None) -> Job:
        """Cancel a queued or running job at once; its price is released.

        Raises:
            Conflict: the job has already ended in another state.
        """
        return await self._transport.request_model(
            Job, "POST", f"{JOBS_PATH}/cancel", json={"jobId": _get_job_id(job)}, timeout=timeout
        )

    async def download(
        self, job: Job | str, to: str | Path = ".", *, timeout: Timeout | None = None
    ) -> Paths:
        """Save all outputs of a job into a folder, or under a file name; return their paths.

        Of several outputs the second of `fox.png` becomes `fox-2.png`. A file appears only when it
        is complete. A device or a pipe, such as `/dev/stdout`, is written through.

        Raises:
            DownloadFailed: an output is gone, or arrived damaged.
            OSError: `to` cannot be written.
        """
        read = await self._get_with_outputs(job, timeout)
        if not read.outputs:
            raise DownloadFailed(f"{read.id} has no outputs: it is {read.status}.")
        if len(read.outputs) > 1 and is_stream(Path(to)):
            raise DownloadFailed(f"{read.id} has {len(read.outputs)} outputs: name a folder.")
        return [
            await self._copy_output(
                read, output, partial(open_sink, get_output_path(to, output, place)), timeout
            )
            for place, output in enumerate(read.outputs)
        ]

    async def take_trailing_frames(
        self,
        job: Job | str,
        count: int = OVERLAP_FRAMES,
        to: str | Path = "./",
        *,
        timeout: Timeout | None = None,
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
            clip, *_ = await self.download(job, f"{folder}/", timeout=timeout)
            return await take_trailing_async(clip, count, to)

    async def stream(
        self, job: Job | str, index: int = 0, *, timeout: Timeout | None = None
    ) -> AsyncIterator[bytes]:
        """Yield an output in chunks; an expired URL is signed again, once.

        Raises:
            DownloadFailed: the output is gone.
        """
        read = await self._get_with_outputs(job, timeout)
        for last in (False, True):
            url = read.outputs[index].url
            if url is None:
                raise DownloadFailed(f"Output {index} of {read.id} is no longer stored.")
            try:
                async with self._transport.stream(
                    "GET", url, timeout=timeout, read=False
                ) as response:
                    async for chunk in response.aiter_bytes():
                        yield chunk
                    return
            except StatusError as error:
                if last or error.status not in DEAD_URL_STATUSES:
                    raise
                read = await self.get(read.id, timeout=timeout)

    async def read(
        self, job: Job | str, index: int = 0, *, timeout: Timeout | None = None
    ) -> bytes:
        """Return the bytes of an output, checked by size and hash.

        Raises:
            DownloadFailed: the output is gone, or arrived damaged.
        """
        buffer = io.BytesIO()
        await self.write(job, buffer, index, timeout=timeout)
        return buffer.getvalue()

    async def write(
        self, job: Job | str, file: IO[bytes], index: int = 0, *, timeout: Timeout | None = None
    ) -> None:
        """Write an output into an open binary file, checked by size and hash.

        Raises:
            DownloadFailed: the output is gone, or arrived damaged; the file may hold a part of it.
        """
        read = await self._get_with_outputs(job, timeout)
        if index >= len(read.outputs):
            raise DownloadFailed(f"{read.id} has no output {index}: it is {read.status}.")
        start = find_start(file)
        await self._copy_output(read, read.outputs[index], lambda: FileSink(file, start), timeout)

    async def to_pil(
        self, job: Job | str, index: int = 0, *, timeout: Timeout | None = None
    ) -> "PIL.Image.Image":
        """Return an output as a picture of Pillow.

        Raises:
            ImportError: the extra `images` is not installed.
            ValueError: it is not a picture.
            DownloadFailed: the output is gone, or arrived damaged.
        """
        return open_picture(await self.read(job, index, timeout=timeout))

    async def _get_with_outputs(self, job: Job | str, timeout: Timeout | None) -> Job:
        """Return a job with its outputs, which a job that is passed in may have already."""
        if isinstance(job, Job) and job.outputs:
            return job
        return await self.get(_get_job_id(job), timeout=timeout)

    async def _copy_output(
        self,
        job: Job,
        output: JobOutput,
        open_target: Callable[[], PartFile | StreamSink],
        timeout: Timeout | None,
    ) -> Path:
        """Download one output; one that is no longer stored is not tried again."""
        return await copy_file(
            lambda: self.stream(job, output.index, timeout=timeout),
            open_target,
            output,
            0 if output.url is None else self._transport.max_retries,
        )


def _get_job_id(job: Job | str) -> str:
    return job if isinstance(job, str) else job.id
