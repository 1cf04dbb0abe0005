"""Drive one attempt on an engine: send it once, poll until it is final, fetch what it made."""

import asyncio
import logging
from pathlib import Path
from time import monotonic
from uuid import UUID

from gateway.library.facts import Kind
from gateway.library.kinds import MIB, guess_mime_type
from gateway.media.states import AttemptState
from workers.engines.base import (
    FINAL,
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
    Pending,
    Poll,
    Rejected,
    RenderPlan,
    Running,
    Submitted,
    Succeeded,
    Unreachable,
)
from workers.leases import LEFT_ALONE
from workers.pipelines.base import Standstill, Work, without_node
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
    PipelineFailed,
    PlanRefused,
    Stalled,
    StorageFailed,
    WorkerLost,
)
from workers.video.facts import digest

UNKNOWN_SECONDS = 20.0
UNREACHABLE_SECONDS = 120.0
FIRST_WAIT_SECONDS, LAST_WAIT_SECONDS, WAIT_GROWTH = 0.1, 5.0, 1.5
# How long an engine may be silent about what it makes.
STALL_SECONDS: dict[Kind, float] = {"image": 120.0, "audio": 120.0, "video": 600.0}
_LAST_WORD_SECONDS = 0.5
WAITING_SECONDS, MOVE_SECONDS, REFUSED_SECONDS = 1.0, 3.0, 30.0
MOST_BYTES: dict[Kind, int] = {"image": 256 * MIB, "audio": 256 * MIB, "video": 2048 * MIB}
_FAILURES: dict[str, type[PipelineFailed]] = {
    "out_of_memory": OutOfMemory,
    "incompatible": NodeIncompatible,
    "audio": AudioConditioningFailed,
    "content": ContentRejected,
    "machine": StorageFailed,
}
_log = logging.getLogger(__name__)


async def put(work: Work, path: Path) -> InputRef:
    """Bring one file to the engine."""
    sha256 = await asyncio.to_thread(digest, path)
    return await work.engine.put_input(Blob(path, sha256, guess_mime_type(path)))


async def put_all(work: Work, paths: list[Path]) -> tuple[InputRef, ...]:
    """Bring files to the engine, order kept."""
    return tuple([await put(work, path) for path in paths])


async def render(work: Work, plan: RenderPlan, attempt: UUID | None = None) -> list[Path]:
    """Run a plan to its end and return the fetched outputs in order.

    Cancelling this coroutine asks the engine to stop. After a success the outputs stay on the
    engine until its `forget`, so that a crash before they are stored repeats only the fetching.

    Raises:
        PipelineFailed: the attempt ended badly.
    """
    attempt = attempt or work.attempt
    work.sent.append(attempt)
    try:
        outputs = await _run_plan(work, plan, attempt)
        if len(outputs) > (most := int(plan.effective_input.get("count", 1))):
            raise OutputInvalid(f"{len(outputs)} files instead of {most}")
        return [
            await _fetched(work, ref, work.folder / f"raw_{attempt}_{index}{Path(ref.name).suffix}")
            for index, ref in enumerate(outputs)
        ]
    except asyncio.CancelledError as stop:
        if not (work.outlives and LEFT_ALONE & set(stop.args)):
            await work.engine.cancel(attempt)
        raise
    except Stalled:
        await work.engine.cancel(attempt)
        raise
    except PipelineFailed:
        await work.engine.forget(attempt)
        raise


async def _run_plan(work: Work, plan: RenderPlan, attempt: UUID) -> tuple[OutputRef, ...]:
    """Send a plan and wait for its end; however that comes, keep what the engine said of it."""
    try:
        await _send(work, plan, attempt)
        return await _until_final(work, attempt)
    finally:
        work.reports[attempt] = work.engine.report(attempt)


async def _send(work: Work, plan: RenderPlan, attempt: UUID) -> None:
    if work.adopted:
        found = (
            await _find_out(work, attempt)
            if attempt == work.attempt
            else await _known(work, attempt)
        )
        if found:
            return
        if attempt == work.attempt:
            raise WorkerLost("the adopted attempt is not known")
    try:
        answer = await work.engine.submit(attempt, plan)
    except OutcomeUnknown as error:
        await work.note(AttemptState.UNKNOWN)
        if not await _find_out(work, attempt):
            raise WorkerLost("the outcome stayed unknown") from error
        answer = Submitted()
    if isinstance(answer, Rejected):
        kinds = {"incompatible": NodeIncompatible, "input_missing": EngineFailed}
        raise kinds.get(answer.kind, PlanRefused)(answer.message)
    work.reports[attempt] = work.engine.report(attempt)
    await work.note(AttemptState.SUBMITTED)


async def _known(work: Work, attempt: UUID) -> bool:
    return not isinstance(await work.engine.poll(attempt), Absent)


async def _find_out(work: Work, attempt: UUID) -> bool:
    """Settle an unknown outcome by a rule and a deadline: found goes on, else it is lost.

    It is lost when the node has not known it for `UNKNOWN_SECONDS`; one that does not answer is
    asked for as long as any node that is running an attempt.
    """
    absent_since: float | None = None
    silence, pause = _Silence(work), FIRST_WAIT_SECONDS
    while absent_since is None or monotonic() - absent_since < UNKNOWN_SECONDS:
        try:
            if await _known(work, attempt):
                return True
            absent_since = absent_since or monotonic()
        except Unreachable as error:
            absent_since = None
            await silence.judge(error)
        await asyncio.sleep(pause)
        pause = min(pause * WAIT_GROWTH, 1.0)
    await work.engine.cancel(attempt)
    return await _known(work, attempt)


class _Silence:
    """How long a node has not answered; it is borne until it lasts and another node is free."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._since: float | None = None

    def broken(self) -> None:
        """Take note that it has answered."""
        self._since = None

    async def judge(self, error: Unreachable) -> None:
        """Take note that it has not.

        Raises:
            WorkerLost: for too long, and the work can be done elsewhere.
        """
        self._since = self._since or monotonic()
        if monotonic() - self._since > UNREACHABLE_SECONDS and await self._work.elsewhere():
            raise WorkerLost(without_node(error)) from error


class _Watcher:
    """Passes progress on, best effort, and knows when the engine last gave a sign."""

    def __init__(self, work: Work, attempt: UUID) -> None:
        self._heard_at: float | None = None
        self._state: type[Poll] | None = None
        self._over = False
        self.task = asyncio.create_task(self._watch(work, attempt))

    async def _watch(self, work: Work, attempt: UUID) -> None:
        try:
            async for progress in work.engine.watch(attempt):
                self._heard_at = monotonic()
                await work.report(progress)
        except Exception:  # noqa: BLE001 - the progress bar never decides about the work
            _log.exception("watching %s ended early", attempt)

    async def wait(self, seconds: float) -> bool:
        """Wait, but not longer than the engine has something to say.

        True: it has just said its last word, and the state follows it in a moment.
        """
        if self._over:
            await asyncio.sleep(seconds)
            return False
        await asyncio.wait({self.task}, timeout=seconds)
        self._over = self.task.done()
        return self._over

    def judge(self, state: Poll, limit_seconds: float) -> None:
        """Take a change of state as a sign of life, and miss one after `limit_seconds`.

        Raises:
            Stalled: it gave a sign once, but none for that long.
        """
        if self._heard_at is None:
            return
        if type(state) is not self._state:
            self._state, self._heard_at = type(state), monotonic()
        if monotonic() - self._heard_at > limit_seconds:
            raise Stalled(f"no sign for {limit_seconds} s")

    async def last_word(self) -> None:
        """Let the last progress arrive."""
        await asyncio.wait({self.task}, timeout=_LAST_WORD_SECONDS)


class _Turn:
    """Tells when an attempt waits behind others on its node, and when its own turn has come."""

    def __init__(self, work: Work, attempt: UUID) -> None:
        self._work, self._attempt = work, attempt
        self._state: type[Poll] | None = None
        self._move_at = monotonic() + MOVE_SECONDS

    async def see(self, state: Poll | None) -> None:
        """Take note of a state, None if the node does not say; what has ended had its turn.

        Raises:
            FreeElsewhere: it waited, another node is free, and it was taken back.
        """
        if state is None and self._state is Pending:
            self._state = None
            await self._work.note(Standstill.SILENT)
        if state is None or isinstance(state, Absent | Canceled):
            return
        now = Pending if isinstance(state, Pending) else Running
        if now is not self._state:
            self._state = now
            await self._work.note(Standstill.WAITING if now is Pending else AttemptState.RUNNING)
        if now is Pending and monotonic() > self._move_at:
            self._move_at = monotonic() + MOVE_SECONDS
            await self._move()

    async def _move(self) -> None:
        # What the parts before it have made lies in our folder, and would be lost.
        is_first = len(self._work.sent) == 1
        if is_first and await self._work.elsewhere(idle=True) and await self._withdraw():
            raise FreeElsewhere("the node works for others, and another is free")

    async def _withdraw(self) -> bool:
        try:
            return await self._work.engine.withdraw(self._attempt)
        except Unreachable as error:
            _log.info("%s could not be taken back: %s", self._attempt, error)
            return False


async def _until_final(work: Work, attempt: UUID) -> tuple[OutputRef, ...]:
    watcher, pause = _Watcher(work, attempt), FIRST_WAIT_SECONDS
    limit = work.patience * STALL_SECONDS[work.makes]
    silence, turn = _Silence(work), _Turn(work, attempt)
    try:
        while not isinstance(state := await _looked(work, attempt, silence), FINAL):
            await turn.see(state)
            if isinstance(state, Running):
                watcher.judge(state, limit)
            longest = LAST_WAIT_SECONDS if isinstance(state, Running) else WAITING_SECONDS
            ended = await watcher.wait(pause)
            pause = FIRST_WAIT_SECONDS if ended else min(pause * WAIT_GROWTH, longest)
        await turn.see(state)
        await watcher.last_word()
    finally:
        watcher.task.cancel()
    return _outputs_of(state)


async def _looked(work: Work, attempt: UUID, silence: _Silence) -> Poll | None:
    """Return the state of an attempt, None if the node does not say."""
    try:
        state = await work.engine.poll(attempt)
    except Unreachable as error:
        await silence.judge(error)
        return None
    silence.broken()
    return state


def _outputs_of(state: Poll) -> tuple[OutputRef, ...]:
    """Return the outputs of a final state, or raise what it means."""
    if isinstance(state, Succeeded):
        return state.outputs
    if isinstance(state, Failed):
        raise _FAILURES.get(state.kind, EngineFailed)(state.message)
    if isinstance(state, Canceled):
        raise EngineFailed("somebody else canceled the attempt")
    raise WorkerLost("the engine does not know the attempt")


async def _fetched(work: Work, ref: OutputRef, target: Path) -> Path:
    """Fetch one output, as often as it takes: what is made is not made anew for a short silence.

    A node that does answer, but only by errors, has half a minute.
    """
    silence, pause, refused_since = _Silence(work), FIRST_WAIT_SECONDS, None
    while True:
        try:
            return await _fetch(work, ref, target)
        except BadAnswer as error:
            refused_since = refused_since or monotonic()
            if monotonic() - refused_since > REFUSED_SECONDS:
                raise OutputMissing(f"{ref.name} is not given out: {error}") from error
        except Unreachable as error:
            refused_since = None
            await silence.judge(error)
        await asyncio.sleep(pause)
        pause = min(pause * WAIT_GROWTH, LAST_WAIT_SECONDS)


async def _fetch(work: Work, ref: OutputRef, target: Path) -> Path:
    """Stream one output to a file and compare its length; a node may not fill our disk."""
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
        except OutputCut as error:
            raise OutputInvalid(f"{ref.name} ended after {size} bytes") from error
    if ref.size_bytes is not None and size != ref.size_bytes:
        raise OutputInvalid(f"{ref.name} is {size} bytes instead of {ref.size_bytes}")
    return target
