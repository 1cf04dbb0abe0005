"""One attempt on an engine: its plan is sent once, polled until it is final, its outputs fetched.

A node may lose an answer, fall silent, work for others, or restart and forget; a worker may die in
between. So there is one rule for each:

- A plan is sent once under an id that the attempt's row had before. If nobody knows whether it
  arrived, the node is asked for the id until a deadline, and the plan is never sent a second time.
- Polling decides, watching only draws progress: an event that is lost or late changes nothing.
- Silence is borne for as long as no other node could do the work. What is made is not made again.
- An engine that gave a sign of life once, and then none for `STALL_SECONDS`, has stalled.
- While an attempt waits behind others and another node is idle, it is taken back and moves.

An attempt that ends badly raises a `PipelineFailed`, which `workers.jobs.endings` acts on.
"""

import asyncio
import logging
from pathlib import Path
from time import monotonic
from uuid import UUID

from gateway.library.facts import Kind
from gateway.library.kinds import MIB, guess_mime_type
from gateway.media.states import AttemptState
from workers.engines.base import (
    FINAL_STATES,
    Absent,
    BadAnswer,
    Blob,
    Canceled,
    Failed,
    InputRef,
    OutcomeUnknown,
    OutputCut,
    OutputRef,
    OutputRefused,
    OutputUnsafe,
    Pending,
    Poll,
    Rejected,
    RenderPlan,
    Running,
    Submitted,
    Succeeded,
    Unreachable,
)
from workers.pipelines.base import ADOPTABLE_STOPS, Standstill, Work, describe_unreachable
from workers.pipelines.errors import (
    AudioConditioningFailed,
    ContentRejected,
    EngineFailed,
    FreeElsewhere,
    NodeIncompatible,
    OutOfMemory,
    OutputInvalid,
    OutputMissing,
    OutputWithheld,
    PaidWorkLost,
    PipelineFailed,
    PlanRefused,
    Stalled,
    StorageFailed,
    WorkerLost,
)
from workers.pipelines.progress_watcher import ProgressWatcher
from workers.video.facts import hash_file

UNKNOWN_SECONDS = 20.0  # of denying an id; then the plan counts as never arrived
UNREACHABLE_SECONDS = 120.0  # of silence, after which work is done elsewhere if it can be
FIRST_WAIT_SECONDS, LAST_WAIT_SECONDS, WAIT_GROWTH = 0.1, 5.0, 1.5
# How long an engine may give no sign while it runs; loading a film model alone takes minutes.
STALL_SECONDS: dict[Kind, float] = {"image": 120.0, "audio": 120.0, "video": 600.0}
# The longest pause between polls of an attempt that waits; between looks for a free node; and how
# long a node may answer a fetch with errors.
WAITING_SECONDS, MOVE_SECONDS, REFUSED_SECONDS = 1.0, 3.0, 30.0
# A node may not fill our disk; these are far above what any task makes.
MOST_BYTES: dict[Kind, int] = {"image": 256 * MIB, "audio": 256 * MIB, "video": 2048 * MIB}
_FAILURES: dict[str, type[PipelineFailed]] = {
    "out_of_memory": OutOfMemory,
    "incompatible": NodeIncompatible,
    "audio": AudioConditioningFailed,
    "content": ContentRejected,
    "machine": StorageFailed,
    "refused": PlanRefused,
}
_REJECTIONS: dict[str, type[PipelineFailed]] = {
    "incompatible": NodeIncompatible,
    "input_missing": EngineFailed,
    "refused": PlanRefused,
    "content": ContentRejected,
}
_log = logging.getLogger(__name__)


async def upload_input(work: Work, path: Path) -> InputRef:
    """Upload one file to the engine."""
    sha256 = await asyncio.to_thread(hash_file, path)
    return await work.engine.put_input(Blob(path, sha256, guess_mime_type(path)))


async def upload_inputs(work: Work, paths: list[Path]) -> tuple[InputRef, ...]:
    """Upload files to the engine, order kept."""
    return tuple([await upload_input(work, path) for path in paths])


async def render_plan(work: Work, plan: RenderPlan, attempt: UUID | None = None) -> list[Path]:
    """Run a plan to its end and return the fetched outputs in order.

    Cancelling this coroutine asks the engine to stop. After a success the outputs stay on the
    engine until its `forget`, so that a crash before they are stored repeats only the fetching.

    Raises:
        PipelineFailed: the attempt ended badly.
    """
    attempt = attempt or work.attempt
    work.sent_ids.append(attempt)
    try:
        outputs = await _run_plan(work, plan, attempt)
        if len(outputs) > (most := int(plan.effective_input.get("count", 1))):
            raise OutputInvalid(f"{len(outputs)} files instead of {most}")
        return [
            await _fetch_with_retries(
                work, ref, work.folder / f"raw_{attempt}_{index}{Path(ref.name).suffix}"
            )
            for index, ref in enumerate(outputs)
        ]
    except asyncio.CancelledError as stop:
        # At a shutdown, or when the job was taken, the next worker adopts what runs on the node.
        if not (work.outlives_worker and ADOPTABLE_STOPS & set(stop.args)):
            await work.engine.cancel(attempt, work.handles.get(attempt))
        raise
    except Stalled:  # it may still run: `workers.jobs.endings` waits until the node has let go
        await work.engine.cancel(attempt, work.handles.get(attempt))
        raise
    except PipelineFailed:
        await work.engine.forget(attempt, work.handles.get(attempt))
        raise


async def _run_plan(work: Work, plan: RenderPlan, attempt: UUID) -> tuple[OutputRef, ...]:
    """Send a plan and wait for its end; keep the engine's report however it ends."""
    try:
        await _send_plan(work, plan, attempt)
        return await _wait_until_final(work, attempt)
    finally:
        work.reports[attempt] = work.engine.report(attempt)


async def _send_plan(work: Work, plan: RenderPlan, attempt: UUID) -> None:
    """Send the plan, unless the engine has it from the worker before.

    Raises:
        PipelineFailed: the engine refused it, or it is not known what became of it.
    """
    answer: Submitted | Rejected | None = None
    if work.is_adopted:
        answer = await work.engine.resume(attempt, plan, work.handles.get(attempt))
    if work.is_adopted and answer is None:
        # The attempt's own id was sent by the worker before, perhaps a moment ago. Of the parts of
        # a film that worker may not have come to send this one: absent then means not sent yet.
        is_there = (
            await _resolve_unknown_outcome(work, attempt)
            if attempt == work.attempt
            else await _is_known(work, attempt)
        )
        if is_there:
            return
        if attempt == work.attempt:
            raise WorkerLost("the adopted attempt is not known")
    try:
        answer = answer or await work.engine.submit(attempt, plan)
    except OutcomeUnknown as error:
        await work.record_state(AttemptState.UNKNOWN)
        if not await _resolve_unknown_outcome(work, attempt):
            raise WorkerLost("the outcome stayed unknown") from error
        answer = Submitted()
    if isinstance(answer, Rejected):
        raise _REJECTIONS[answer.kind](answer.message)
    if answer.handle is not None:
        work.handles[attempt] = answer.handle
    work.reports[attempt] = work.engine.report(attempt)
    await work.record_state(AttemptState.SUBMITTED)


async def _is_known(work: Work, attempt: UUID) -> bool:
    return not isinstance(await work.engine.poll(attempt, work.handles.get(attempt)), Absent)


async def _resolve_unknown_outcome(work: Work, attempt: UUID) -> bool:
    """Settle an unknown outcome; return True if the node knows the attempt, False if it is lost.

    It is lost when the node has denied to know it for `UNKNOWN_SECONDS`. A node that does not
    answer at all is tolerated as long as one that runs an attempt.
    """
    absent_since: float | None = None
    silence, pause = _NodeSilence(work), FIRST_WAIT_SECONDS
    while absent_since is None or monotonic() - absent_since < UNKNOWN_SECONDS:
        try:
            if await _is_known(work, attempt):
                return True
            absent_since = absent_since or monotonic()
        except Unreachable as error:
            absent_since = None
            await silence.tolerate(error)
        await asyncio.sleep(pause)
        pause = min(pause * WAIT_GROWTH, 1.0)
    # A request may still lie in a proxy: cancel it, then look once more. What came through in
    # between is ours, and is waited for; after a loss it would run for nobody.
    await work.engine.cancel(attempt)
    return await _is_known(work, attempt)


class _NodeSilence:
    """The silence of a node: tolerated until it lasts and another node could do the work."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._since: float | None = None

    def end(self) -> None:
        """End the silence: the node has answered."""
        self._since = None

    async def tolerate(self, error: Unreachable) -> None:
        """Tolerate one more missing answer.

        Raises:
            WorkerLost: the silence has lasted too long, and the work can be done elsewhere.
            PaidWorkLost: the same, and the node's owner may charge for it: it is not done again.
        """
        self._since = self._since or monotonic()
        if monotonic() - self._since > UNREACHABLE_SECONDS and await self._work.is_free_elsewhere():
            costs = self._work.engine.report(self._work.attempt).cost_state == "expected"
            raise (PaidWorkLost if costs else WorkerLost)(describe_unreachable(error)) from error


class _NodeTurn:
    """The turn of an attempt on its node: it waits behind others, runs, or moves elsewhere."""

    def __init__(self, work: Work, attempt: UUID) -> None:
        self._work, self._attempt = work, attempt
        self._state: type[Poll] | None = None
        self._move_at = monotonic() + MOVE_SECONDS

    async def follow_state(self, state: Poll | None) -> None:
        """Follow the attempt to a state, None if the node does not answer; record the change.

        A final state counts as running: what has ended had its turn.

        Raises:
            FreeElsewhere: it waited, another node is free, and it was taken back.
        """
        if state is None and self._state is Pending:
            self._state = None
            await self._work.record_state(Standstill.SILENT)
        if state is None or isinstance(state, Absent | Canceled):
            return
        now = Pending if isinstance(state, Pending) else Running
        if now is not self._state:
            self._state = now
            await self._work.record_state(
                Standstill.WAITING if now is Pending else AttemptState.RUNNING
            )
        if now is Pending and monotonic() > self._move_at:
            self._move_at = monotonic() + MOVE_SECONDS
            await self._move_if_free_elsewhere()

    async def _move_if_free_elsewhere(self) -> None:
        # A later part of a film stays: what the parts before it made lies in our folder only.
        is_first = len(self._work.sent_ids) == 1
        if is_first and await self._work.is_free_elsewhere(idle=True) and await self._withdraw():
            raise FreeElsewhere("the node works for others, and another is free")

    async def _withdraw(self) -> bool:
        try:
            return await self._work.engine.withdraw(self._attempt)
        except Unreachable as error:
            _log.info("%s could not be taken back: %s", self._attempt, error)
            return False


async def _wait_until_final(work: Work, attempt: UUID) -> tuple[OutputRef, ...]:
    """Poll until the state is final; return its outputs or raise its error.

    The pauses grow, unless the node says when it wants to be asked again.
    """
    watcher, pause = ProgressWatcher(work, attempt), FIRST_WAIT_SECONDS
    limit = work.patience * STALL_SECONDS[work.makes]
    silence, turn = _NodeSilence(work), _NodeTurn(work, attempt)
    try:
        while not isinstance(state := await _poll_engine(work, attempt, silence), FINAL_STATES):
            await turn.follow_state(state)
            if isinstance(state, Running):
                watcher.check_stall(state, limit)
            longest = LAST_WAIT_SECONDS if isinstance(state, Running) else WAITING_SECONDS
            told = state.poll_seconds if isinstance(state, Pending | Running) else None
            ended = await watcher.wait(told or pause)
            pause = FIRST_WAIT_SECONDS if ended else min(pause * WAIT_GROWTH, longest)
        await turn.follow_state(state)
        await watcher.wait_for_last_progress()
    finally:
        watcher.task.cancel()
    return _outputs_of_final(state)


async def _poll_engine(work: Work, attempt: UUID, silence: _NodeSilence) -> Poll | None:
    """Return the state of an attempt, or None if the node does not answer."""
    try:
        state = await work.engine.poll(attempt, work.handles.get(attempt))
    except Unreachable as error:
        await silence.tolerate(error)
        return None
    silence.end()
    return state


def _outputs_of_final(state: Poll) -> tuple[OutputRef, ...]:
    """Return the outputs of a final state, or raise the error that it means."""
    if isinstance(state, Succeeded):
        return state.outputs
    if isinstance(state, Failed):
        raise _FAILURES.get(state.kind, EngineFailed)(state.message)
    if isinstance(state, Canceled):
        raise EngineFailed("somebody else canceled the attempt")
    raise WorkerLost("the engine does not know the attempt")


async def _fetch_with_retries(work: Work, ref: OutputRef, target: Path) -> Path:
    """Fetch one output, again while the node is silent: it is not made again for a short silence.

    A node that answers, but only with errors, has `REFUSED_SECONDS`.
    """
    silence, pause, refused_since = _NodeSilence(work), FIRST_WAIT_SECONDS, None
    while True:
        try:
            return await _fetch_output(work, ref, target)
        except BadAnswer as error:
            refused_since = refused_since or monotonic()
            if monotonic() - refused_since > REFUSED_SECONDS:
                raise OutputMissing(f"{ref.name} is not given out: {error}") from error
        except Unreachable as error:
            refused_since = None
            await silence.tolerate(error)
        await asyncio.sleep(pause)
        pause = min(pause * WAIT_GROWTH, LAST_WAIT_SECONDS)


async def _fetch_output(work: Work, ref: OutputRef, target: Path) -> Path:
    """Stream one output to a file, and refuse it if it is too large or of another length."""
    size, most = 0, MOST_BYTES[work.makes]
    with target.open("wb") as file:
        try:
            async for block in work.engine.open_output(ref):
                size += file.write(block)
                if size > most:
                    raise OutputInvalid(f"{ref.name} is over {most} bytes")
        except FileNotFoundError as error:
            raise OutputMissing(f"{ref.name} is not there: {error}") from error
        except OutputRefused as error:
            raise OutputWithheld(f"{ref.name} is not given out: {error}") from error
        except OutputUnsafe as error:
            raise OutputInvalid(f"{ref.name}: {error}") from error
        except OutputCut as error:
            raise OutputInvalid(f"{ref.name} ended after {size} bytes") from error
    if ref.size_bytes is not None and size != ref.size_bytes:
        raise OutputInvalid(f"{ref.name} is {size} bytes instead of {ref.size_bytes}")
    return target
