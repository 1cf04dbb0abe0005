"""Ends of attempts that did not succeed: the row, the node, and what becomes of the job.

A job that failed by a fault of this worker's machine goes back and has used no attempt; one that
was stopped by a shutdown goes back too; every other failure leads to another attempt, or to the end
of the job without charge. The row of an attempt that was stopped on a node is ended only when the
node has let go of it: the row takes a slot of node and account, and a node that still works on it
is not free.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from gateway.kit import faults
from gateway.kit.database.sessions import Database, Session
from gateway.kit.errors import Problem
from gateway.kit.telemetry import tracing
from gateway.media.jobs import attempts, lifecycle
from gateway.media.jobs.claims import ClaimedJob
from gateway.media.nodes import node_pool, placement, server_nodes
from gateway.media.nodes.upstream import NO_REPORT
from gateway.media.states import AttemptState
from gateway.media.tasks.rules.capacity import count_pixel_frames
from workers.engines.base import FINAL_STATES, BadAnswer, NotAccepted, ReplyLost, Unreachable
from workers.engines.comfyui.engine import ComfyEngine
from workers.jobs.database_retry import DATABASE_AWAY_ERRORS, write_with_retries
from workers.jobs.job_run import JobRun
from workers.jobs.machine import Machine
from workers.pipelines.base import (
    ADOPTABLE_STOPS,
    STOP_OVERTIME,
    STOP_SHUTDOWN,
    Standstill,
    describe_unreachable,
)
from workers.pipelines.errors import (
    FreeElsewhere,
    NodeBusy,
    OutOfMemory,
    OutputWithheld,
    PipelineFailed,
    RunTimeout,
    Stalled,
    WorkerLost,
)

LET_GO_SECONDS, STUCK_SECONDS, POLL_SECONDS = 60.0, 30.0, 0.1
MOST_GIVE_BACKS = 10  # for faults of machines; after that the job itself is the likely cause
log = logging.getLogger("workers")


@dataclass(frozen=True, slots=True)
class AttemptEndings:
    """The ends of attempts of one worker; where its machine is at fault, the machine rests."""

    database: Database
    machine: Machine

    async def end_by_error(self, run: JobRun, error: Exception) -> None:
        """End an attempt whose work raised `error`."""
        job_id, fault = run.claimed.job_id, self.machine.find_fault(error)
        if fault and await self._give_job_back(run, fault):
            return
        if isinstance(error, PipelineFailed):
            log.warning("job %s attempt failed: %s %s", job_id, error, error.detail)
            await self._end_by_pipeline(run, error)
        elif isinstance(error, Problem):
            log.warning("job %s: storage failed: %s", job_id, error.code)
            await self._fail_attempt(run, "storage_failed", again=True)
        else:
            log.error("job %s: pipeline broke", job_id, exc_info=error)
            await self._fail_attempt(run, "engine_failed", again=True)

    async def _give_job_back(self, run: JobRun, fault: str) -> bool:
        """Give a job back that failed by a fault of this machine; it has used no attempt.

        The worker that takes the job adopts what runs on a node. Return False if it was given back
        too often: then it may be a job that no machine can bear.
        """
        claimed = run.claimed
        runs_on = claimed.is_on_node and run.is_sent
        self.machine.rest(fault)
        log.warning("job %s is given back: %s", claimed.job_id, fault)

        async def settle(session: Session, _again: bool) -> bool:  # noqa: FBT001
            if not runs_on:
                bad = await attempts.count_bad_attempts(
                    session, claimed.job_id, attempts.WORKER_FAULT
                )
                if bad.same_kind >= MOST_GIVE_BACKS:
                    return False
                await self.end_attempt(session, run, AttemptState.REJECTED, attempts.WORKER_FAULT)
            await lifecycle.requeue_job(session, claimed)
            return True

        return await write_with_retries(self.database, settle)

    async def record_state(self, run: JobRun, state: AttemptState | Standstill) -> None:
        """Record the state of an attempt on a node, for a worker that may have to adopt it.

        Nothing is recorded of the sandbox, which dies with its worker. While the attempt is
        `waiting` its clock stands. Where the node falls `silent` between the parts of a film the
        clock goes on: the node may be dead, and the run then needs its limit.
        """
        if not run.claimed.is_on_node:
            return
        if state is Standstill.WAITING:
            run.clock.pause()
        elif state == AttemptState.RUNNING or run.clock.is_started:
            run.clock.start()
        if state in {Standstill.WAITING, Standstill.SILENT}:
            return
        # Without its handle nobody could find the attempt again: each update carries it.
        tells = state == AttemptState.SUBMITTED or bool(run.handles)
        report = run.build_report() if tells else NO_REPORT

        async def write(session: Session, _again: bool) -> None:  # noqa: FBT001
            await attempts.update_attempt(session, run.attempt, run.claimed.fence, state, report)
            if state == AttemptState.RUNNING:
                await lifecycle.begin_job(session, run.claimed)

        try:
            if run.handles:
                await write_with_retries(self.database, write)
            else:
                async with self.database.write() as session:
                    await write(session, False)  # noqa: FBT003 - its own name is above
        except DATABASE_AWAY_ERRORS as error:  # it is an open attempt whatever its state
            log.warning("attempt %s is %s: %s", run.attempt, state, type(error).__name__)
        await faults.reach(f"engine.{state}")

    async def end_attempt(
        self, session: Session, run: JobRun, state: AttemptState, kind: str | None = None
    ) -> bool:
        """Record the bad end of an attempt; return False if another claim has adopted it."""
        fence, report = run.claimed.fence, run.build_report()
        return await attempts.close_attempt(session, run.attempt, fence, state, kind, report)

    async def _end_by_pipeline(self, run: JobRun, failure: PipelineFailed) -> None:
        """Look after the node as the failure asks, then end the attempt.

        What is kept of the node (it lacks a file, is stuck, gave out no output) decides if it gets
        work again, so it is committed before the job can be claimed for the next attempt.
        """
        claimed = run.claimed
        if not claimed.is_on_node:
            await self._fail_attempt(run, failure.code, again=failure.retryable_elsewhere)
            return
        stalled = isinstance(failure, Stalled)
        if stalled:
            log.warning("job %s: %s", claimed.job_id, run.advice)
        stuck = stalled and not await self.wait_until_let_go(run, STUCK_SECONDS)
        if isinstance(failure, OutOfMemory) and isinstance(run.engine, ComfyEngine):
            size = count_pixel_frames(claimed.effective_input)
            log.warning("node %s had no memory for %s pixels x frames", claimed.node, size)
            await run.engine.free_memory()
        async with self.database.write() as session:
            if isinstance(failure, FreeElsewhere):
                await self.end_attempt(session, run, AttemptState.CANCELED)
                await lifecycle.requeue_job(session, claimed)
                return
            if isinstance(failure, NodeBusy):
                await self._give_back_refused(session, run, failure)
                return
            if not failure.uses_attempt:
                log.error("node %s lacks something: %s", claimed.node, failure.detail)
                await node_pool.withdraw_task(session, claimed.node, claimed.task, failure.detail)
                await self.end_attempt(session, run, AttemptState.REJECTED, "incompatible")
                await lifecycle.requeue_job(session, claimed)
                return
            if isinstance(failure, OutputWithheld):
                await node_pool.reset_sentinel(session, claimed.node)
            cause = failure.__cause__
            loses = isinstance(cause, ReplyLost) and not run.is_adopted
            if stuck or (loses and await server_nodes.has_lost_twice(session, claimed.node)):
                await node_pool.open_breaker(session, claimed.node)
            elif isinstance(cause, Unreachable):
                trouble = str(cause) if isinstance(cause, BadAnswer) else None
                await node_pool.record_node_failure(session, claimed.node, trouble)
        await self._fail_attempt(run, failure.code, again=failure.retryable_elsewhere)

    async def _give_back_refused(self, session: Session, run: JobRun, failure: NodeBusy) -> None:
        """Give a job back that its node did not take, and leave the node alone for a while."""
        claimed, cause = run.claimed, failure.__cause__
        await self.end_attempt(session, run, AttemptState.REJECTED, attempts.NODE_BUSY)
        if isinstance(cause, NotAccepted) and cause.off is not None:
            log.error("node %s is off: %s", claimed.node, failure.detail)
            await server_nodes.turn_node_off(session, claimed.node, cause.off, failure.detail)
        elif isinstance(cause, NotAccepted) and cause.rest_seconds is not None:
            log.warning("node %s took no job: %s", claimed.node, failure.detail)
            await server_nodes.rest_node(session, claimed.node, cause.rest_seconds)
        else:
            await node_pool.record_node_failure(session, claimed.node)
        await lifecycle.requeue_job(session, claimed)

    async def _fail_attempt(self, run: JobRun, code: str, *, again: bool) -> None:
        """End a failed attempt, and give the job another one or end it without charge.

        On nodes the same failure is tried twice, a lost attempt up to the limit; an input that is
        too large for one node is tried on every other.
        """
        claimed = run.claimed
        state = AttemptState.LOST if code == WorkerLost.code else AttemptState.FAILED

        async def settle(session: Session, _again: bool) -> None:  # noqa: FBT001
            nonlocal again
            await self.end_attempt(session, run, state, code)
            bad = await attempts.count_bad_attempts(session, claimed.job_id, code)
            twice = claimed.is_on_node and state == AttemptState.FAILED and bad.same_kind > 1
            if code == placement.TOO_LARGE:
                again, twice = await placement.has_untried_place(session, run.work), False
            if again and not twice and bad.total < lifecycle.MOST_ATTEMPTS:
                if not claimed.is_on_node:
                    session.run_after_commit(partial(self.machine.avoid_job, claimed.job_id))
                await lifecycle.requeue_job(session, claimed)
            else:
                await lifecycle.fail_claimed_job(session, claimed, code)

        with tracing.open_span("settle"):
            await write_with_retries(self.database, settle)
        await faults.reach("release.committed")

    async def fail_job(self, claimed: ClaimedJob, code: str) -> None:
        """Make a job fail without charge, whatever its attempt does."""

        async def settle(session: Session, _again: bool) -> None:  # noqa: FBT001
            await lifecycle.fail_claimed_job(session, claimed, code)

        await write_with_retries(self.database, settle)

    async def stop_attempt(self, run: JobRun, why: Sequence[str]) -> None:
        """End an attempt whose task was stopped for the reasons `why`.

        At a shutdown the job goes back to the queue; the worker that takes it adopts what runs on
        a node. Otherwise the attempt's row stays open, and with it the slot of node and account,
        until the node has let go.
        """
        claimed = run.claimed
        if STOP_SHUTDOWN in why:
            async with self.database.write() as session:
                if not (claimed.is_on_node and run.is_sent):
                    await self.end_attempt(session, run, AttemptState.CANCELED)
                await lifecycle.requeue_job(session, claimed)
            return
        if claimed.is_on_node and ADOPTABLE_STOPS & set(why):
            return
        await self.record_state(run, AttemptState.CANCELING)
        kind = RunTimeout.code if STOP_OVERTIME in why else None
        if not run.engine.stops(run.attempt):  # heartbeats end the row when the node must be done
            return
        if await self.wait_until_let_go(run, LET_GO_SECONDS) or not claimed.is_on_node:
            async with self.database.write() as session:
                await self.end_attempt(session, run, AttemptState.CANCELED, kind)
            await run.engine.forget(run.attempt, run.handles.get(run.attempt))
        else:
            async with self.database.write() as session:
                await node_pool.open_breaker(session, claimed.node)

    async def wait_until_let_go(self, run: JobRun, seconds: float) -> bool:
        """Wait until the engine has let go of an attempt; return False if `seconds` pass first."""
        attempt, deadline = [run.attempt, *run.sent_ids][-1], time.monotonic() + seconds
        while True:
            try:
                handle = run.handles.get(attempt)
                if isinstance(await run.engine.poll(attempt, handle), FINAL_STATES):
                    return True
            except Unreachable as error:
                log.info("node %s: %s", run.claimed.node, describe_unreachable(error))
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(POLL_SECONDS)
