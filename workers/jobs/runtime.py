"""The runtime of one worker, on one event loop: it claims jobs, runs them and settles them.

A job is a row. Its claim is one transaction and its settlement another, and neither is open while
the pipeline works in between, for minutes. Between the two this worker may die, lose its lease or
be overtaken by a cancel, so the settlement decides by id, fence and state what is still true:
outputs that nobody claims any more are deleted, and what runs on a node is left for the next
worker to adopt. Outputs are in the storage before the transaction, so a row never names a file that
is not there; leftovers of a crash lie under a fence that no row names.
"""

import asyncio
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import structlog

from gateway.kit import faults
from gateway.kit.database.sessions import Database, Session
from gateway.kit.http.request_report import parse_trace_id
from gateway.kit.telemetry import metrics, tracing
from gateway.kit.telemetry.tracing import ErrorMarker
from gateway.media.jobs import attempts, lifecycle
from gateway.media.jobs.claims import ClaimedJob
from gateway.media.jobs.kept_outputs import OutputCopy, OutputKeeper
from gateway.media.jobs.outputs import MadeOutput, build_claim_folder
from gateway.media.nodes import node_pool, placement
from gateway.media.nodes.upstream import StoredReport
from gateway.media.states import AttemptState
from gateway.media.tasks.catalogue import TASKS
from gateway.storage.base import Storage
from gateway.studio.plans.execution.advancer import PlanAdvancer
from workers import pipelines
from workers.engines.base import Engine
from workers.engines.engine_pool import EnginePool
from workers.engines.openai.orders import JobOrigin
from workers.jobs import job_files
from workers.jobs.database_retry import DATABASE_AWAY_ERRORS, write_with_retries
from workers.jobs.endings import AttemptEndings
from workers.jobs.job_run import JobRun
from workers.jobs.job_slots import JobSlot, JobSlots
from workers.jobs.leases import Lease, Leases
from workers.jobs.progress import ProgressMeter
from workers.jobs.wake_ups import WakeUpRelay
from workers.pipelines.base import STOP_OVERTIME, Work
from workers.processes.fork_server import ForkServer

log = logging.getLogger("workers")


@contextmanager
def log_context(claimed: ClaimedJob) -> Iterator[None]:
    """Put the job, its attempt and the request that it came from on each log line of the block."""
    fields = {
        "job_id": claimed.job_id,
        "attempt": claimed.fence,
        "request_id": claimed.request_id,
        "trace_id": tracing.find_trace_id(claimed.job_id),
        "caller_trace_id": parse_trace_id(claimed.traceparent),
    }
    known = {name: value for name, value in fields.items() if value}
    with structlog.contextvars.bound_contextvars(**known):
        yield


def open_attempt_span(claimed: ClaimedJob) -> AbstractContextManager[ErrorMarker]:
    """Open the span of an attempt, in the trace of its job, for a block."""
    return tracing.open_span(
        "attempt",
        job_id=claimed.job_id,
        attributes={
            "killatamata.attempt": claimed.fence,
            "killatamata.task": claimed.task,
            "killatamata.node": claimed.node,
            "killatamata.family": claimed.family,
        },
    )


class AgentRunner(Protocol):
    """The runner of agent requests, which answers messages to the agent."""

    async def begin_due_requests(self) -> None:
        """Begin to answer each request that waits."""
        ...

    async def close(self) -> None:
        """Take no more requests, and end those that run."""
        ...


@dataclass(frozen=True, slots=True)
class Runtime:
    """All that running a job needs; `engine` is the sandbox, `pool` has the engines of nodes."""

    database: Database
    storage: Storage
    engine: Engine
    pool: EnginePool
    leases: Leases
    output_keeper: OutputKeeper
    running_limit: int
    plan_advancer: PlanAdvancer
    agents: AgentRunner | None
    slots: JobSlots
    endings: AttemptEndings
    wake_up_relay: WakeUpRelay
    fork_server: ForkServer
    active_tasks: set[asyncio.Task[Any] | None] = field(default_factory=set)

    def begin_queue(self, queue: str) -> None:
        """Begin to run the jobs of a queue, in a task of its own.

        The message is done at once: if it were held while a job runs, the messages of long films
        would take all of Dramatiq's threads.
        """
        task = asyncio.create_task(self.run_queue(queue))
        task.add_done_callback(_log_broken_queue)

    async def run_queue(self, queue: str) -> None:
        """Run jobs of a queue one after the other, until none is due or no slot is left."""
        task = asyncio.current_task()
        self.active_tasks.add(task)
        try:
            await faults.reach("worker.taken")
            while await self.run_next_job(queue):
                pass
            if self.slots.may_leave_jobs(queue):
                self.wake_up_relay.send_on(queue)  # the wake-up came to the wrong worker
        finally:
            self.active_tasks.discard(task)

    async def answer_messages(self) -> None:
        """Begin to answer each message to the agent that waits; without a model do nothing."""
        if self.agents is not None:
            await self.agents.begin_due_requests()

    async def close(self) -> None:
        """Give every lease back, wait for claims in progress to end, then close everything."""
        if self.agents is not None:
            await self.agents.close()
        await self.leases.stop()
        while running := [task for task in self.active_tasks if task is not None]:
            await asyncio.wait(running)
        await self.engine.close()
        await self.fork_server.close()
        await self.pool.close()
        await self.database.close()

    async def run_next_job(self, queue: str) -> bool:
        """Claim and run one job; return False if there was none, or no more are taken."""
        if self.leases.is_closed:
            return False
        async with self.slots.claim_job(self.database, queue, self.running_limit) as slot:
            if slot is None:
                return False
            await faults.reach("claim.committed")
            claimed, begun = slot.claimed, time.monotonic()
            with log_context(claimed):
                await self._run_job(claimed, slot)
                await self._advance_plan(claimed.job_id)
            seconds = time.monotonic() - begun
            metrics.JOB_RUN_SECONDS.labels(claimed.task, claimed.node).observe(seconds)
        return True

    async def _advance_plan(self, job_id: str) -> None:
        """Advance the plan that the job is a step of; if that fails now, the sweeper does it."""
        try:
            await self.plan_advancer.advance_plan_of_job(job_id)
        except DATABASE_AWAY_ERRORS as error:
            log.warning("the plan of job %s has to wait: %s", job_id, type(error).__name__)

    async def _run_job(self, claimed: ClaimedJob, slot: JobSlot) -> None:
        engine: Engine = self.engine
        if claimed.is_on_node:
            origin = JobOrigin(claimed.price_microusd, claimed.hops)
            engine = self.pool.make_engine(claimed.node, claimed.url, claimed.family, origin)
        run = JobRun.from_slot(slot, engine)
        meter = ProgressMeter(TASKS[claimed.task].stages, slot.usual_seconds, run.clock)
        task = asyncio.create_task(self._run_attempt(run, meter))
        lease = Lease(claimed, meter, task)
        async with self.leases.hold(lease):
            if not await run.wait_within_limit(task):
                seconds = claimed.run_limit_seconds
                log.warning("job %s ran over %s s; %s", claimed.job_id, seconds, run.advice)
                # The job ends first: its owner is free of it even if the node never lets go. Only
                # then is the task stopped, which waits for the node, its attempt's row still open.
                try:
                    await self.endings.fail_job(claimed, "run_timeout")
                finally:
                    lease.stop(STOP_OVERTIME)
                    await asyncio.wait([task])
        if claimed.is_on_node:
            await engine.close()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("job %s could not be settled", claimed.job_id, exc_info=error)

    async def _run_attempt(self, run: JobRun, meter: ProgressMeter) -> None:
        with open_attempt_span(run.claimed) as mark_failed:
            try:
                async with job_files.open_scratch_folder() as folder:
                    await self._make_outputs(run, meter, folder)
            except asyncio.CancelledError as stop:
                await self.endings.stop_attempt(run, stop.args)
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, the attempt has ended
                mark_failed(type(error).__name__)
                await self.endings.end_by_error(run, error)
            else:
                self.endings.machine.recover()

    async def _make_outputs(self, run: JobRun, meter: ProgressMeter, folder: Path) -> None:
        """Fetch the inputs, run the pipeline, store the outputs and settle the job."""
        claimed = run.claimed
        with tracing.open_span("inputs"):
            inputs = await job_files.fetch_inputs(self.storage, claimed, folder)
        work = Work(
            task=claimed.task,
            effective_input=claimed.effective_input,
            inputs=inputs,
            folder=folder,
            attempt=run.attempt,
            engine=run.engine,
            report_progress=meter.report,
            is_adopted=run.is_adopted,
            outlives_worker=claimed.is_on_node,
            record_state=partial(self.endings.record_state, run),
            is_free_elsewhere=partial(self._is_free_elsewhere, run),
            sent_ids=run.sent_ids,
            handles=run.handles,
            reports=run.reports,
            patience=run.patience,
        )
        with tracing.open_span("pipeline"):
            outputs = await pipelines.PIPELINES[claimed.task](work)
        await faults.reach("engine.finished")
        with tracing.open_span("storage"):
            rows = await job_files.store_outputs(self.storage, claimed, outputs)
            copies = await self.output_keeper.copy_outputs(claimed, rows)
        await faults.reach("output.stored")
        await self._settle_success(run, rows, copies, run.build_report(outputs))

    async def _settle_success(
        self,
        run: JobRun,
        rows: Sequence[MadeOutput],
        copies: list[OutputCopy],
        report: StoredReport,
    ) -> None:
        """Charge the job and list its outputs; delete those that nobody claims any more."""
        claimed = run.claimed

        async def settle(session: Session, again: bool) -> tuple[bool, bool, bool]:  # noqa: FBT001
            # The first try may have been committed before its connection broke.
            if again and await lifecycle.has_succeeded(session, claimed):
                return True, True, True
            owns_attempt = await attempts.close_attempt(
                session, run.attempt, claimed.fence, AttemptState.SUCCEEDED, report=report
            )
            owns_job = await lifecycle.finish_job(session, claimed, rows)
            kept = owns_job and await self.output_keeper.keep_copies(session, claimed, copies)
            if claimed.is_on_node:
                await node_pool.record_job_done(session, claimed.node, claimed.family)
            await faults.reach("settle.in_transaction")
            return owns_attempt, owns_job, kept

        with tracing.open_span("settle"):
            owns_attempt, owns_job, kept = await write_with_retries(self.database, settle)
        await faults.reach("settle.committed")
        if owns_attempt:  # else the worker that adopted it has yet to fetch the outputs
            await run.engine.forget(run.attempt, run.handles.get(run.attempt))
        if not kept:
            await self.output_keeper.drop_copies(copies)
        if not owns_job:
            await self.storage.delete_folder(build_claim_folder(claimed.job_id, claimed.fence))

    async def _is_free_elsewhere(self, run: JobRun, *, idle: bool = False) -> bool:
        """Return True if another node could do the job now; an `idle` one would begin at once."""
        async with self.database.read() as snapshot:
            places = await placement.list_free_places(snapshot)
        others = [place for place in places if place.name != run.claimed.node]
        return any(place.can_take(run.work) and (place.is_idle or not idle) for place in others)


def _log_broken_queue(task: asyncio.Task[None]) -> None:
    """Log why a task that ran jobs broke off; the sweeper wakes a worker for what is left."""
    error = None if task.cancelled() else task.exception()
    if isinstance(error, DATABASE_AWAY_ERRORS):
        log.warning("the jobs of a queue have to wait: %s", type(error).__name__)
    elif error is not None:
        log.error("a queue was left", exc_info=error)
