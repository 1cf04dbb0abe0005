"""A server of the OpenAI API as an engine.

The server makes its own ids, so a plan cannot be found by ours. Two kinds of calls differ:

- A created video has a handle, which is stored with the attempt; any worker polls it.
- A held call lasts as long as its work, and ends with the pictures. It lives in the worker that
  made it, so `poll` says `Running` while it does, and an adopting worker finds it lost.

Whose answer is lost is never sent again, because the server's owner may charge for both; unless
the dialect `replays`, and the same key means the same job.
"""

import asyncio
import logging
import re
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import httpx2

from gateway.media.nodes.node_pool import OPENAI_ENGINE
from workers.engines.base import (
    Absent,
    BadAnswer,
    Blob,
    Canceled,
    EngineFacts,
    Failed,
    InputRef,
    NotAccepted,
    OutputRef,
    Pending,
    Poll,
    Progress,
    Rejected,
    RenderPlan,
    ReplyLost,
    Running,
    Submitted,
    Succeeded,
    Unreachable,
)
from workers.engines.openai import answers
from workers.engines.openai.attempt_records import AttemptRecord, now_ms
from workers.engines.openai.call_tries import CallTries
from workers.engines.openai.client import AnswerLost, NotSent, ServerClient
from workers.engines.openai.costs import CostRecord
from workers.engines.openai.dialects.dialect import Call, Dialect, VideoState, VideoStatus
from workers.engines.openai.discovery import discover_families
from workers.engines.openai.held_calls import HeldCalls
from workers.engines.openai.orders import UNKNOWN_ORIGIN, JobOrigin, build_orders
from workers.engines.openai.upstreams import ServerFamily, Upstream
from workers.engines.plan_grid import require_legal_plan
from workers.engines.report import EngineReport, ReportFields, build_timings

CREATE_SECONDS, REPLAY_SECONDS, REPLAY_PAUSE_SECONDS = 30.0, 120.0, 1.0
DROP_TRIES, DROP_PAUSE_SECONDS = 3, 1.0
FILM_TASK = "video.generate"
MOST_VIDEO_BYTES = 512 * 2**20
VIDEO_NAME, VIDEO_TYPE, PICTURE_TYPE = "video.mp4", "video/mp4", "image/png"
# Of other shapes an id could lead a call to another route of the server.
HANDLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,199}")
log = logging.getLogger("workers.openai")


class ServerEngine:
    """The engine of one attempt on a server, by one family of its upstream."""

    def __init__(
        self,
        client: ServerClient,
        upstream: Upstream,
        family: str | None,
        origin: JobOrigin = UNKNOWN_ORIGIN,
    ) -> None:
        self._client, self._upstream = client, upstream
        self._family_name, self._origin = family, origin
        self._records: dict[UUID, AttemptRecord] = {}
        self._files: dict[str, Path] = {}
        self._folder = Path(tempfile.mkdtemp(prefix="kt-server-"))

    async def facts(self) -> EngineFacts:
        """Return the name of the engine; the heartbeats ask what the server can do."""
        return EngineFacts(engine=OPENAI_ENGINE, version="")

    async def _prepare(self) -> Dialect:
        """Return the dialect; find it out first where the operator gave only an address.

        Raises:
            Unreachable: the server does not answer, or in no dialect that we know.
        """
        self._upstream = await discover_families(self._client, self._upstream)
        if self._upstream.dialect is None:
            raise BadAnswer("the server speaks no dialect that we know")
        return self._upstream.dialect

    def _find_family(self, task: str) -> ServerFamily | None:
        family = self._upstream.families.get(task)
        is_named = family is not None and self._family_name in {None, family.name}
        return family if is_named else None

    async def put_input(self, blob: Blob) -> InputRef:
        """Keep the path of a file, which goes with the call itself."""
        name = f"{blob.sha256}{blob.path.suffix}"
        self._files[name] = blob.path
        return InputRef(name)

    async def submit(self, attempt: UUID, plan: RenderPlan) -> Submitted | Rejected:
        """Create the video, or begin the held calls.

        Raises:
            IllegalPlan: the plan is off the grid, or has what the family does not take.
            NotAccepted: it was refused for now, and not begun.
            ReplyLost: it may have arrived, and nobody can tell.
        """
        require_legal_plan(plan)
        try:
            dialect = await self._prepare()
        except Unreachable as error:
            raise NotAccepted(str(error)) from error
        return await self._begin(attempt, plan, dialect)

    async def _begin(
        self, attempt: UUID, plan: RenderPlan, dialect: Dialect, lost: str | None = None
    ) -> Submitted | Rejected:
        """Make the calls of a plan; `lost` says why an earlier worker may have made them."""
        family = self._find_family(plan.task)
        if family is None:
            return Rejected("incompatible", f"no family {self._family_name} for {plan.task} here")
        record = self._add_record(attempt, plan)
        orders = build_orders(attempt, plan, family, dialect, self._files, self._origin)
        for order in orders:
            if (why := dialect.find_refusal(order)) is not None:
                return Rejected("refused", why)
        calls = [dialect.build_call(order) for order in orders]
        record.cost.expect()
        if plan.task not in dialect.held_tasks:
            # A cancel waits for the answer: without the handle nothing could be stopped.
            record.creation = asyncio.create_task(self._create(record, dialect, calls[0], lost))
            record.creation.add_done_callback(_ask_for_error)
            return await asyncio.shield(record.creation)
        record.held = HeldCalls(
            client=self._client,
            dialect=dialect,
            calls=calls,
            folder=self._folder / str(attempt),
            plan=plan,
            patience=family.patience,
            cost=record.cost,
            may_cost=self._may_cost,
            lost=lost,
        )
        record.held.start(lambda: record.tell(None, over=True))
        return Submitted()

    async def resume(
        self, attempt: UUID, plan: RenderPlan, handle: str | None
    ) -> Submitted | Rejected | None:
        """Go on with a video by its handle, or make the same call again where that is free.

        Raises:
            ReplyLost: the worker before may have made the call, and its answer is lost.
        """
        if handle is not None:
            record = self._add_record(attempt, plan)
            record.cost.expect()
            record.handle = handle
            return Submitted(handle)
        why, dialect = "its worker is gone", await self._prepare_patiently()
        if dialect is not None and dialect.replays:
            return await self._begin(attempt, plan, dialect, lost=why)
        self._add_record(attempt, plan).cost.suspect()
        raise ReplyLost(why, may_cost=dialect is None or self._may_cost)

    async def _prepare_patiently(self) -> Dialect | None:
        """Return the dialect, None if the server does not tell it in time."""
        deadline = time.monotonic() + REPLAY_SECONDS
        while True:
            try:
                return await self._prepare()
            except Unreachable as error:
                if time.monotonic() > deadline:
                    log.warning("a call cannot be taken up: %s", error)
                    return None
            await asyncio.sleep(REPLAY_PAUSE_SECONDS)

    @property
    def _may_cost(self) -> bool:
        """Return True if the server's owner may charge for work whose answer is lost."""
        dialect = self._upstream.dialect
        return self._upstream.cost is not None or (dialect is not None and dialect.charges)

    def _add_record(self, attempt: UUID, plan: RenderPlan) -> AttemptRecord:
        cost, dialect = self._upstream.cost, self._upstream.dialect
        is_one = dialect is None or dialect.counts
        calls = 1 if is_one else int(plan.effective_input.get("count", 1))
        expected = None if cost is None else cost.compute(plan.effective_input, calls)
        record = AttemptRecord(plan, CostRecord(expected), began_ms=now_ms())
        self._records[attempt] = record
        return record

    async def _create(
        self, record: AttemptRecord, dialect: Dialect, call: Call, lost: str | None
    ) -> Submitted | Rejected:
        """Create a video; make the call again after a lost answer only where that is free.

        Raises:
            NotAccepted, ReplyLost, BadAnswer: as `submit`.
        """
        tries = CallTries(dialect, record.cost, self._may_cost, REPLAY_SECONDS, lost=lost)
        while True:
            try:
                answer = await self._client.ask(call, CREATE_SECONDS)
            except (NotSent, AnswerLost) as error:
                tries.take_error(error)
            else:
                if answer.is_ok:
                    break
                words = self._client.clean(answers.find_words(answer))
                if (refused := tries.take_answer(answer, words)) is not None:
                    return refused
            await tries.pause()
        handle = dialect.read_handle(answer.body)
        if handle is None or HANDLE.fullmatch(handle) is None:
            raise tries.give_up("the answer has no id of the video")
        record.handle = handle
        return Submitted(handle)

    async def poll(self, attempt: UUID, handle: str | None = None) -> Poll:
        """Return the state of an attempt.

        Raises:
            Unreachable: the server does not answer.
            NotAccepted, ReplyLost, OutputUnsafe: a held call ended so, or a paid video is gone.
        """
        record = self._records.get(attempt)
        if record is not None and record.held is not None:
            return self._read_held(attempt, record.held)
        if handle is None:
            return Absent()
        dialect = await self._prepare()
        answer = await self._client.ask(dialect.build_poll(handle))
        state = dialect.read_video(answer.body)
        if state is None and answer.status in {404, 410}:
            if record is not None and not record.is_canceled and self._may_cost:
                record.cost.suspect()
                raise ReplyLost("the server knows the video no more", may_cost=True)
            return Absent()
        # vLLM-Omni tells of a failed video under the status of its error.
        if state is None or (not answer.is_ok and state.status is not VideoStatus.FAILED):
            raise BadAnswer(f"the video's state was answered with {answer.status}")
        if record is not None:
            record.tell(state.percent, over=state.is_final)
        if record is not None and state.is_final:
            if state.status is VideoStatus.FAILED and dialect.replays:  # a failed job there is free
                record.cost.clear()
            record.cost.read(dialect.read_cost(answer.body))
        if not state.is_final:
            is_queued, seconds = state.status is VideoStatus.QUEUED, answer.poll_seconds
            return Pending(0, seconds) if is_queued else Running(seconds)
        return self._read_final_state(attempt, state, dialect, record)

    def _read_final_state(
        self, attempt: UUID, state: VideoState, dialect: Dialect, record: AttemptRecord | None
    ) -> Poll:
        if state.status is VideoStatus.COMPLETED:
            return Succeeded((OutputRef(attempt, VIDEO_NAME, VIDEO_TYPE),))
        if record is not None and record.is_canceled:
            return Canceled()
        words = {"code": state.code, "message": state.message}
        content = dialect.is_content_refusal({"error": words})
        told = self._client.clean(f"{state.code} {state.message}".strip())
        return Failed("content" if content else "exception", told)

    def _read_held(self, attempt: UUID, held: HeldCalls) -> Poll:
        outcome = held.get_outcome()
        if isinstance(outcome, list):
            names = [path.relative_to(self._folder).as_posix() for path in outcome]
            return Succeeded(tuple(OutputRef(attempt, name, PICTURE_TYPE) for name in names))
        return Failed(outcome.kind, outcome.message) if isinstance(outcome, Rejected) else outcome

    async def watch(self, attempt: UUID) -> AsyncIterator[Progress]:
        """Yield the progress that polls find, until the attempt ends."""
        record, seen = self._records.get(attempt), None
        while record is not None and not record.is_over:
            record.news.clear()
            if record.progress is not None and record.progress != seen:
                seen = record.progress
                yield Progress("sampling", seen, 100, is_whole=True)
            await record.news.wait()

    def report(self, attempt: UUID) -> EngineReport:
        """Return dialect, family, times, seed and cost of an attempt."""
        record = self._records.get(attempt)
        dialect = self._upstream.dialect
        fields: ReportFields = {} if dialect is None else {"dialect": dialect.name}
        if record is None:
            return EngineReport(fields)
        family = self._find_family(record.plan.task)
        if family is not None and dialect is not None and "seed" in dialect.bindings[family.task]:
            fields["result"] = {"seed": record.plan.effective_input.get("seed")}
        fields["timings"] = build_timings(None, record.began_ms, record.ended_ms)
        return EngineReport(
            fields, cost_microusd=record.cost.microusd, cost_state=record.cost.state
        )

    async def cancel(self, attempt: UUID, handle: str | None = None) -> None:
        """Ask the server to stop: by closing a held call, or by deleting the video."""
        record = self._records.get(attempt)
        if record is not None:
            record.is_canceled = True
            if record.held is not None:
                record.held.stop()
            if handle is None and record.creation is not None:
                await asyncio.wait({record.creation}, timeout=CREATE_SECONDS)
                handle = record.handle
        if handle is not None and self.stops(attempt):
            await self._drop(handle)

    def stops(self, attempt: UUID) -> bool:
        """Return True if the server stops the work of this attempt's task when it is told to."""
        record, dialect = self._records.get(attempt), self._upstream.dialect
        if dialect is None:
            return True
        if record is not None and record.is_in_doubt:
            return False
        task = FILM_TASK if record is None else record.plan.task  # only films have handles
        return task in dialect.stopping_tasks

    async def withdraw(self, _attempt: UUID) -> bool:
        """Take nothing back: a server that has a queue does not tell who waits in it."""
        return False

    async def open_output(self, ref: OutputRef) -> AsyncIterator[bytes]:
        """Yield the bytes of a picture that a call has brought, or of the finished video.

        Raises:
            FileNotFoundError, OutputRefused, OutputCut, OutputUnsafe, Unreachable: as `Engine`.
        """
        record = self._records.get(ref.attempt)
        if record is not None and record.held is not None:
            with (self._folder / ref.name).open("rb") as file:
                while block := await asyncio.to_thread(file.read, 2**18):
                    yield block
            return
        if record is None or record.handle is None:
            raise FileNotFoundError(ref.name)
        call = (await self._prepare()).build_fetch(record.handle)
        async for block in self._client.stream(call, MOST_VIDEO_BYTES):
            yield block

    async def forget(self, attempt: UUID, handle: str | None = None) -> None:
        """Let the server drop a finished video, and delete what was brought here."""
        self._records.pop(attempt, None)
        if handle is not None:
            await self._drop(handle)
        await asyncio.to_thread(shutil.rmtree, self._folder / str(attempt), ignore_errors=True)

    async def close(self) -> None:
        """End held calls and close the connections; videos go on."""
        for record in self._records.values():
            if record.held is not None:
                record.held.stop()
            if record.creation is not None:
                record.creation.cancel()
        await self._client.close()
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    async def _drop(self, handle: str) -> None:
        """Delete a video; a server that is at it just now says 409, and is asked again."""
        try:
            call = (await self._prepare()).build_cancel(handle)
            for _ in range(DROP_TRIES):
                if call is None:
                    return
                answer = await self._client.ask(call)
                if answer.status != httpx2.codes.CONFLICT:
                    return
                await asyncio.sleep(DROP_PAUSE_SECONDS)
        except Unreachable as error:
            log.info("a video could not be dropped: %s", error)


def _ask_for_error(task: "asyncio.Task[Submitted | Rejected]") -> None:
    """Ask for a task's error, so that nobody logs it where no one waits for the task any more."""
    if not task.cancelled():
        task.exception()
