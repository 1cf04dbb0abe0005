"""One worker: claims jobs, runs their pipelines, settles them. Belongs to one event loop."""

import asyncio
import hashlib
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import structlog

from gateway.kit import faults, metrics
from gateway.kit.database import Database, Session
from gateway.kit.disk import is_full
from gateway.kit.errors import Problem
from gateway.kit.http_report import trace_id
from gateway.media import attempts, lifecycle, nodes, placing
from gateway.media.attempts import Started
from gateway.media.keeping import Keeping
from gateway.media.lifecycle import Claimed
from gateway.media.tasks.adjust import plain
from gateway.media.tasks.capacity import pixel_frames
from gateway.media.tasks.catalogue import TASKS
from gateway.storage.base import Storage
from gateway.studio.plans.advancing import Advancing
from workers import filing, pipelines
from workers.engines.base import FINAL, Engine, Unreachable
from workers.engines.comfyui.dispatch import Pool
from workers.engines.comfyui.engine import COMFYUI, ComfyEngine
from workers.leases import LEFT_ALONE, SHUTDOWN, Lease, Leases
from workers.pipelines.base import Output, PipelineFailed, Work
from workers.pipelines.errors import OutOfMemory, Stalled, WorkerLost
from workers.progress import Meter, weights_of
from workers.turns import Turns
from workers.writing import AWAY, written

LET_GO_SECONDS, STUCK_SECONDS, LOOK_SECONDS = 60.0, 30.0, 0.1
log = logging.getLogger("workers")


@contextmanager
def about(claimed: Claimed) -> Iterator[None]:
    """Put the job, its attempt and the request it came from on every log line of the block."""
    fields = {
        "job_id": claimed.job_id,
        "attempt": claimed.fence,
        "request_id": claimed.request_id,
        "trace_id": trace_id(claimed.traceparent),
    }
    known = {name: value for name, value in fields.items() if value}
    with structlog.contextvars.bound_contextvars(**known):
        yield


class Agents(Protocol):
    """Who answers messages to the agent."""

    async def take_due(self) -> None:
        """Begin to answer what waits."""
        ...

    async def close(self) -> None:
        """Answer no more."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A claimed job, its attempt, the engine it runs on, and the ids that this was given."""

    claimed: Claimed
    attempt: UUID
    adopted: bool
    engine: Engine
    sent: list[UUID] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Runtime:
    """What running a job takes; `engine` is the sandbox, `pool` speaks to the nodes."""

    database: Database
    storage: Storage
    engine: Engine
    pool: Pool
    leases: Leases
    keeping: Keeping
    running_limit: int
    plans: Advancing
    agents: Agents | None
    turns: Turns
    active: set[asyncio.Task[Any] | None] = field(default_factory=set)

    def begin(self, queue: str) -> None:
        """Begin to run what waits in a queue; returns at once.

        No message is held while a job runs: those of long films would hold up all others.
        """
        task = asyncio.create_task(self.run_queue(queue))
        task.add_done_callback(_report)

    async def run_queue(self, queue: str) -> None:
        """Run jobs of a queue, one after the other, until none is due or no turn is left."""
        task = asyncio.current_task()
        self.active.add(task)
        try:
            await faults.reach("worker.taken")
            while await self.run_next(queue):
                pass
        finally:
            self.active.discard(task)

    async def answer_messages(self) -> None:
        """Begin to answer each message to the agent that waits; without a model there is none."""
        if self.agents is not None:
            await self.agents.take_due()

    async def close(self) -> None:
        """Give every lease back, wait for whoever had just claimed a job, then close."""
        if self.agents is not None:
            await self.agents.close()
        await self.leases.stop()
        while running := [task for task in self.active if task is not None]:
            await asyncio.wait(running)
        await self.engine.close()
        await self.pool.close()
        await self.database.close()

    async def run_next(self, queue: str) -> bool:
        """Claim and run one job; False if there was none, or no more are taken."""
        if self.leases.closed:
            return False
        async with self.turns.take(self.database, queue, self.running_limit) as turn:
            if turn is None:
                return False
            await faults.reach("claim.committed")
            claimed, begun = turn.claimed, time.monotonic()
            with about(claimed):
                meter = Meter(weights_of(claimed.task, queue), turn.usual_seconds)
                await self._run(claimed, turn.started, meter)
                await self._tell_plan(claimed.job_id)
            seconds = time.monotonic() - begun
            metrics.JOB_RUN_SECONDS.labels(claimed.task, claimed.node).observe(seconds)
        return True

    async def _tell_plan(self, job_id: str) -> None:
        """Let the plan of a job go on; if that fails now, the sweeper does it."""
        try:
            await self.plans.job_ended(job_id)
        except AWAY as error:
            log.warning("the plan of job %s has to wait: %s", job_id, type(error).__name__)

    async def _run(self, claimed: Claimed, started: Started, meter: Meter) -> None:
        engine = self.engine
        if claimed.on_node:
            engine = self.pool.fresh(claimed.node, claimed.url, claimed.family)
        run = Run(claimed=claimed, attempt=started.id, adopted=started.adopted, engine=engine)
        task = asyncio.create_task(self._attempt(run, meter))
        lease = Lease(claimed, meter, task)
        async with self.leases.holding(lease):
            done, _ = await asyncio.wait([task], timeout=claimed.run_limit_seconds)
            if not done:
                try:
                    await self._fail(claimed, "run_timeout")
                finally:
                    lease.stop("timeout")
                    await asyncio.wait([task])
        if claimed.on_node:
            await engine.close()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("job %s could not be settled", claimed.job_id, exc_info=error)

    async def _attempt(self, run: Run, meter: Meter) -> None:
        job_id = run.claimed.job_id
        try:
            async with filing.scratch() as folder:
                await self._work(run, meter, folder)
        except PipelineFailed as failure:
            log.warning("job %s attempt failed: %s %s", job_id, failure, failure.detail)
            await self._failed(run, failure)
        except Problem as problem:
            log.warning("job %s: storage failed: %s", job_id, problem.code)
            await self._ended_badly(run, "storage_failed", again=True)
        except asyncio.CancelledError as stop:
            await self._stopped(run, stop.args)
            raise
        except Exception as error:
            log.exception("job %s: pipeline broke", job_id)
            code = "storage_failed" if is_full(error) else "engine_failed"
            await self._ended_badly(run, code, again=True)

    async def _work(self, run: Run, meter: Meter, folder: Path) -> None:
        claimed = run.claimed
        work = Work(
            task=claimed.task,
            effective_input=claimed.effective_input,
            inputs=await filing.fetch(self.storage, claimed, folder),
            folder=folder,
            attempt=run.attempt,
            engine=run.engine,
            report=meter.report,
            adopted=run.adopted,
            outlives=claimed.on_node,
            note=partial(self._note, run),
            elsewhere=partial(self._elsewhere, claimed),
            sent=run.sent,
            patience=_patience(claimed),
        )
        made = await pipelines.TASKS[claimed.task](work)
        await faults.reach("engine.finished")
        rows = [
            await filing.store(self.storage, claimed, index, each)
            for index, each in enumerate(made)
        ]
        copies = await self.keeping.copies(claimed, rows)
        await faults.reach("output.stored")

        async def settle(session: Session, again: bool) -> tuple[bool, bool, bool]:  # noqa: FBT001
            if again and await lifecycle.has_succeeded(session, claimed):
                return True, True, True
            held = await self._end(session, run, "succeeded")
            ours = await lifecycle.finish(session, claimed, rows, self._upstream(run, made))
            kept = ours and await self.keeping.keep(session, claimed, copies)
            if claimed.on_node:
                await nodes.done(session, claimed.node, claimed.family)
            await faults.reach("settle.in_transaction")
            return held, ours, kept

        held, ours, kept = await written(self.database, settle)
        await faults.reach("settle.committed")
        if held:  # else who adopted it has yet to fetch it
            await run.engine.forget(run.attempt)
        if not kept:
            await self.keeping.drop(copies)
        if not ours:
            await self.storage.delete_prefix(f"outputs/{claimed.job_id}/{claimed.fence}")

    async def _note(self, run: Run, state: str) -> None:
        """Write down how it stands with an attempt on a node; the sandbox dies with its worker."""
        if not run.claimed.on_node:
            return
        try:
            async with self.database.write() as session:
                await attempts.note(session, run.attempt, run.claimed.fence, state)
        except AWAY as error:  # it is an open attempt whatever its state
            log.warning("attempt %s is %s: %s", run.attempt, state, type(error).__name__)
        await faults.reach(f"engine.{state}")

    async def _end(self, session: Session, run: Run, state: str, kind: str | None = None) -> bool:
        return await attempts.end(session, run.attempt, run.claimed.fence, state, kind)

    async def _elsewhere(self, claimed: Claimed) -> bool:
        """Say whether another node could do the job now."""
        async with self.database.write() as session:
            places = await placing.free(session)
        work = _work_of(claimed)
        return any(place.takes(work) for place in places if place.name != claimed.node)

    def _upstream(self, run: Run, made: Sequence[Output]) -> dict[str, object]:
        first, claimed = made[0], run.claimed
        return {
            "engine": COMFYUI if claimed.on_node else claimed.node,
            "node": claimed.node,
            "promptIdHash": hashlib.sha256(str(run.attempt).encode()).hexdigest()[:16],
            "result": {
                "width": first.width,
                "height": first.height,
                "frames": first.frames,
                "fps": None if first.fps is None else plain(first.fps),
                "hasAudio": first.has_audio,
            },
        }

    async def _failed(self, run: Run, failure: PipelineFailed) -> None:
        """Look after the node, then end the attempt."""
        claimed = run.claimed
        if not claimed.on_node:
            await self._ended_badly(run, failure.code, again=failure.retryable_elsewhere)
            return
        stuck = isinstance(failure, Stalled) and not await self._let_go(run, STUCK_SECONDS)
        if isinstance(failure, OutOfMemory) and isinstance(run.engine, ComfyEngine):
            size = pixel_frames(claimed.effective_input)
            log.warning("node %s had no memory for %s pixels x frames", claimed.node, size)
            await run.engine.free_memory()
        async with self.database.write() as session:
            if not failure.uses_attempt:
                log.error("node %s lacks something: %s", claimed.node, failure.detail)
                await nodes.lacks(session, claimed.node, claimed.task, failure.detail)
                await self._end(session, run, "rejected", "incompatible")
                await lifecycle.requeue(session, claimed)
                return
            if stuck or isinstance(failure.__cause__, Unreachable):
                await nodes.failed(session, claimed.node, stuck=stuck)
        await self._ended_badly(run, failure.code, again=failure.retryable_elsewhere)

    async def _ended_badly(self, run: Run, code: str, *, again: bool) -> None:
        """End an attempt that went wrong: another one, or the job's end without charge.

        On a node the same thing is tried twice, only a lost attempt more often; a file too large
        for one is tried on each other.
        """
        claimed = run.claimed
        state = "lost" if code == WorkerLost.code else "failed"

        async def settle(session: Session, _again: bool) -> None:  # noqa: FBT001
            nonlocal again
            await self._end(session, run, state, code)
            bad = await attempts.ended_badly(session, claimed.job_id, code)
            twice = claimed.on_node and state == "failed" and bad.alike > 1
            if code == placing.TOO_LARGE:
                again, twice = await placing.untried(session, _work_of(claimed)), False
            if again and not twice and bad.all < lifecycle.MOST_ATTEMPTS:
                await lifecycle.requeue(session, claimed)
            else:
                await lifecycle.fail(session, claimed, code)

        await written(self.database, settle)
        await faults.reach("release.committed")

    async def _fail(self, claimed: Claimed, code: str) -> None:
        async def settle(session: Session, _again: bool) -> None:  # noqa: FBT001
            await lifecycle.fail(session, claimed, code)

        await written(self.database, settle)

    async def _stopped(self, run: Run, why: Sequence[str]) -> None:
        """End an attempt that was stopped; at a shutdown the job goes back to the queue.

        What runs on a node outlives this worker, and is adopted by who takes the job. Else the
        attempt stays open, and its slot of node and account taken, until the node has let go.
        """
        claimed = run.claimed
        if SHUTDOWN in why:
            async with self.database.write() as session:
                if not claimed.on_node:
                    await self._end(session, run, "canceled")
                await lifecycle.requeue(session, claimed)
            return
        if claimed.on_node and LEFT_ALONE & set(why):
            return
        await self._note(run, "canceling")
        if await self._let_go(run, LET_GO_SECONDS) or not claimed.on_node:
            async with self.database.write() as session:
                await self._end(session, run, "canceled")
            await run.engine.forget(run.attempt)
        else:
            async with self.database.write() as session:
                await nodes.failed(session, claimed.node, stuck=True)

    async def _let_go(self, run: Run, seconds: float) -> bool:
        """Wait until the node has let go of an attempt; False if it has not by then."""
        attempt, deadline = [run.attempt, *run.sent][-1], time.monotonic() + seconds
        while True:
            try:
                if isinstance(await run.engine.poll(attempt), FINAL):
                    return True
            except Unreachable as error:
                log.info("node %s does not answer: %s", run.claimed.node, error)
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(LOOK_SECONDS)


def _report(task: asyncio.Task[None]) -> None:
    """Say why a task that ran jobs broke off; the sweeper wakes another."""
    error = None if task.cancelled() else task.exception()
    if isinstance(error, AWAY):
        log.warning("the jobs of a queue have to wait: %s", type(error).__name__)
    elif error is not None:
        log.error("a queue was left", exc_info=error)


def _patience(claimed: Claimed) -> int:
    """Return how many times the usual time a job may take; its row says what was decided."""
    return max(1, claimed.run_limit_seconds // TASKS[claimed.task].run_limit_seconds)


def _work_of(claimed: Claimed) -> placing.Work:
    size = pixel_frames(claimed.effective_input)
    return placing.Work(claimed.job_id, claimed.task, size, claimed.family)
