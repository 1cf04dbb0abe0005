"""The advancer of executed plans: starts their steps as jobs, and records how those end.

The problem: a step may start when those it needs have succeeded, in whatever process their jobs
end, and it must become one job, on the hold that was made for it, however often this is tried.

The way: `advance` may be called at any time from anywhere. The worker calls it when a job ended,
`execute` when a plan begins, and the sweep for all plans that can move, should a call be lost. It
looks without a lock first; each move then is one transaction that locks the plan's row, reads the
steps again, and submits at most one of them.

Invariants:
- Locks are taken in the order plan, ledger account, storyboard, library: as in `executor`.
- A job takes over the hold of its step: between execution and end the money is held once.
- A step that ends without a job voids its hold in the same transaction.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from gateway.identity.errors import KeyRevoked
from gateway.kit import faults
from gateway.kit.clock import DAY
from gateway.kit.database.sessions import ConnectionLost, Database, Session, TransactionConflict
from gateway.kit.database.sql import get_database_time, sql
from gateway.kit.errors import AccountFrozen, Problem, RateLimited, Unavailable
from gateway.kit.idempotency import KeyScope
from gateway.kit.ids import Ids
from gateway.kit.operation import Caller
from gateway.kit.queue import Sweep, WakeUps
from gateway.kit.wire.json_text import write_json
from gateway.ledger import transfers
from gateway.ledger.accounts.bars import BarReason, find_bar_reason
from gateway.library.quota import lock_shelf
from gateway.media import plan_steps as media
from gateway.media.errors import QueueFull, SourceNotReady
from gateway.media.schemas import SubmitJob
from gateway.media.states import OPEN_JOB_STATES, JobState
from gateway.media.submits.admission import admit_with_hold
from gateway.media.submits.quotes import parse_terms
from gateway.media.submits.submit_request import Admission
from gateway.media.submits.submitter import JobLimits
from gateway.media.tasks.base import Plan
from gateway.media.tasks.catalogue import TASKS
from gateway.studio.plans.execution.take_recorder import TakeRecorder
from gateway.studio.plans.graph import decide_next_steps
from gateway.studio.plans.rows import MOVABLE_PLANS, build_graph, list_plan_steps
from gateway.studio.plans.states import PlanOutcome, StepState
from gateway.studio.plans.tables import ApprovalPlan, PlanStep
from gateway.studio.plans.view import list_running_job_ids

QUEUE_TIMEOUT_SECONDS = 86_400
log = logging.getLogger("gateway.plans")
STOP_PROBLEMS: dict[BarReason, Problem] = {
    "key": KeyRevoked("The key or app that ran the plan was revoked, or has expired."),
    "account": AccountFrozen(),
}
JOB_EXPIRED_ERROR = {"code": "job_expired", "message": "The job did not start within a day."}
STEP_STATE_BY_JOB_STATE = {
    JobState.SUCCEEDED: StepState.SUCCEEDED,
    JobState.CANCELED: StepState.CANCELED,
}
PLAN_OF_JOB = sql(
    "SELECT plan_step.plan_id FROM {rows} JOIN plan_step ON plan_step.job_id = given.id", id="text"
)


@dataclass(frozen=True, slots=True)
class PlanAdvancer:
    """Advances executed plans, for one event loop."""

    database: Database
    ids: Ids
    wakes: WakeUps
    limits: JobLimits
    takes: TakeRecorder

    async def advance_plan_of_job(self, job_id: str) -> None:
        """Advance the plan of a job that has ended, if the job belongs to a plan."""
        async with self.database.read() as snapshot:
            rows = await snapshot.read(PLAN_OF_JOB, [(job_id,)])
        for row in rows:
            await self.advance(row[0])

    def list_sweeps(self) -> list[Sweep]:
        """Return the sweep that advances plans whose call was lost."""
        return [Sweep("plan steps", 1, self.advance_movable_plans, MOVABLE_PLANS)]

    async def advance_movable_plans(self) -> None:
        """Advance every running plan that can move."""
        async with self.database.read() as snapshot:
            movable = [row[0] for row in await snapshot.read(MOVABLE_PLANS)]
        for plan_id in movable:
            try:
                await self.advance(plan_id)
            except (TransactionConflict, ConnectionLost):
                raise
            except Exception:  # the others go on
                log.exception("plan %s cannot be moved on", plan_id)

    async def _can_advance(self, plan_id: str) -> bool:
        """Return True if a move would change something now.

        It takes no lock, so replays of a plan that is under way do not queue for its row.
        """
        async with self.database.read() as snapshot:
            plan = await snapshot.get(ApprovalPlan, plan_id)
            if plan is None or plan.outcome != PlanOutcome.RUNNING:
                return False
            steps = _list_executed_steps(await list_plan_steps(snapshot, plan_id))
            if await media.load_job_ends(snapshot, list_running_job_ids(steps)):
                return True
            stopped = await find_bar_reason(snapshot, plan.account_id, plan.key_id)
            over = stopped is not None or _is_too_old(plan, await get_database_time(snapshot))
        moves = decide_next_steps(build_graph(steps), plan.on_failure, is_over=over)
        return bool(moves.ready_ids or moves.skipped_ids or moves.outcome != PlanOutcome.RUNNING)

    async def advance(self, plan_id: str) -> None:
        """Make all moves that are possible now, each new job in a transaction of its own."""
        # A step that found no room stays waiting: without this set the loop would try it for ever.
        tried: set[str] = set()
        while await self._can_advance(plan_id):
            async with self.database.write() as session:
                step = await self._advance_one_step(session, plan_id, tried)
            if step is None:
                return
            if step.job_id is not None:
                # After the commit: a worker woken earlier would find no job. A lost wake-up costs
                # seconds, because the sweeper wakes for queued jobs too.
                await faults.reach("plan.step_committed")
                self.wakes.send_soon(TASKS[step.operation].queue, step.job_id)

    async def _advance_one_step(
        self, session: Session, plan_id: str, tried_ids: set[str]
    ) -> PlanStep | None:
        """Record what ended, release what cannot run, and try one step; return that step.

        `tried_ids` are ids of steps that this round has tried; the new one is added.
        """
        statement = select(ApprovalPlan).where(ApprovalPlan.id == plan_id).with_for_update()
        plan = await session.scalar(statement)
        if plan is None or plan.outcome != PlanOutcome.RUNNING:
            return None
        steps = _list_executed_steps(await list_plan_steps(session, plan_id))
        old_states = [step.state for step in steps]
        await _record_job_ends(session, steps)
        stop = await _lock_and_find_stop_problem(session, plan, steps)
        over = stop is not None or _is_too_old(plan, await get_database_time(session))
        moves = decide_next_steps(build_graph(steps), plan.on_failure, is_over=over)
        for step in steps:
            if step.id in moves.skipped_ids:
                await _end_without_job(session, step, StepState.SKIPPED, stop)
        untried = [
            step for step in steps if step.id in moves.ready_ids and step.id not in tried_ids
        ]
        for step in untried[:1]:
            tried_ids.add(step.id)
            await self._submit_step(session, plan, step, steps)
        plan.outcome = decide_next_steps(build_graph(steps), plan.on_failure, is_over=over).outcome
        if plan.outcome != PlanOutcome.RUNNING:
            plan.finished_at = await get_database_time(session)
        if old_states != [step.state for step in steps]:
            plan.version += 1
            session.notify_after_commit(plan.id)
            await self.takes.record_takes(session, plan.id)
            # Last: recording takes locks the storyboard first and the library after it, and two
            # transactions that lock them in different orders would wait for each other.
            await lock_shelf(session, plan.account_id)
        return untried[0] if untried else None

    async def _submit_step(
        self, session: Session, plan: ApprovalPlan, step: PlanStep, steps: Sequence[PlanStep]
    ) -> None:
        """Turn a step into a job, or fail it; without room in a queue it stays waiting."""
        jobs = {each.key: each.job_id for each in steps if each.job_id is not None}
        terms = parse_terms(step.terms_json or "")
        try:
            frozen = await media.resolve_promised_media(session, plan.account_id, terms.plan, jobs)
            if await media.count_queued_jobs(session, plan.book) >= self.limits.max_queued_jobs:
                raise QueueFull
            job_id = self.ids.new("job")
            await admit_with_hold(session, self._build_admission(plan, step, frozen, job_id))
        except (RateLimited, Unavailable):
            return
        except SourceNotReady as problem:
            if problem.members["jobStatus"] not in OPEN_JOB_STATES:
                await _end_without_job(session, step, StepState.FAILED, problem)
        except Problem as problem:
            await _end_without_job(session, step, StepState.FAILED, problem)
        else:
            step.job_id, step.state = job_id, StepState.SUBMITTED

    def _build_admission(
        self, plan: ApprovalPlan, step: PlanStep, frozen: Plan, job_id: str
    ) -> Admission:
        return Admission(
            caller=Caller(
                account_id=plan.owner_id,
                ledger_account=plan.account_id,
                book=plan.book,
                key_id=plan.key_id,
                scopes=frozenset(),
            ),
            job_id=job_id,
            hold_id=step.hold_id or "",
            request_id=plan.request_id,
            body=SubmitJob.model_validate(
                {
                    "task": step.operation,
                    "input": {},  # the frozen plan has it; this body only names the task
                    "queueTimeoutSeconds": QUEUE_TIMEOUT_SECONDS,
                    "projectId": plan.project_id,
                }
            ),
            plan=frozen,
            scope=KeyScope(plan.owner_id, plan.book, "PLAN", plan.id, step.id),
            request_hash=b"",
            queued_limit=self.limits.queued_jobs,
            queue_position=1,
        )


async def _record_job_ends(session: Session, steps: Sequence[PlanStep]) -> None:
    """Give submitted steps the ends of their jobs, which have settled the holds already."""
    ended = await media.load_job_ends(session, list_running_job_ids(steps))
    for step in steps:
        if step.state == StepState.SUBMITTED and step.job_id in ended:
            state, error = ended[step.job_id]
            step.state = STEP_STATE_BY_JOB_STATE.get(state, StepState.FAILED)
            if step.state == StepState.FAILED:
                step.error_json = write_json(error or JOB_EXPIRED_ERROR)


async def _lock_and_find_stop_problem(
    session: Session, plan: ApprovalPlan, steps: Sequence[PlanStep]
) -> Problem | None:
    """Return why no step may become a job any more, or None.

    It locks the ledger account, if a step is waiting. Revoking the key and stopping the account
    take the same lock: either this sees it, or it happens after the job was admitted.
    """
    if all(step.state != StepState.WAITING for step in steps):
        return None
    await transfers.lock_accounts(session, [plan.account_id])
    reason = await find_bar_reason(session, plan.account_id, plan.key_id)
    return None if reason is None else STOP_PROBLEMS[reason]


async def _end_without_job(
    session: Session, step: PlanStep, state: StepState, problem: Problem | None = None
) -> None:
    """End a step that became no job: void its hold, and keep the problem as its error."""
    if problem is not None:
        step.error_json = write_json({"code": problem.code, "message": problem.detail})
    if step.hold_id is not None:
        await transfers.void(session, step.hold_id)
    step.state = state


def _list_executed_steps(steps: Sequence[PlanStep]) -> list[PlanStep]:
    """Return the steps that were executed."""
    return [step for step in steps if step.state != StepState.DROPPED]


def _is_too_old(plan: ApprovalPlan, now: int) -> bool:
    """Return True a day after the execution, when no more steps are started."""
    return (plan.decided_at or 0) + DAY < now
