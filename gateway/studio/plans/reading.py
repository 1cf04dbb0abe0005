"""Plans as they are shown: one, or a page of them."""

import asyncio
import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Required, TypedDict, cast

from sqlalchemy import select

from gateway.kit.clock import SECOND, iso, iso_or_none
from gateway.kit.database import Database
from gateway.kit.errors import InvalidInput, NotFound
from gateway.kit.money import usd
from gateway.kit.operation import Caller
from gateway.ledger.balances import balances, balances_in
from gateway.media.blocking import check_spending
from gateway.media.errors import NoCapacity, NoPrice, PriceChanged
from gateway.media.facts import StoredMedia
from gateway.media.steps import read_percents
from gateway.media.submitting import Submitting
from gateway.media.tasks.base import ADJUSTMENTS, WARNINGS
from gateway.media.tasks.catalogue import TASKS
from gateway.media.tasks.prices import Breakdown
from gateway.studio.plans import schemas
from gateway.studio.plans.consent import render_consent
from gateway.studio.plans.graph import selected
from gateway.studio.plans.rows import clock, graph_of, media_of, plan_of, state_of, steps_of
from gateway.studio.plans.states import PlanOutcome, PlanState, StepState
from gateway.studio.plans.tables import ApprovalPlan, PlanStep

POLL_SECONDS = 2
WAKE_SECONDS = 1.0


class StepOrigin(TypedDict):
    """What a step of a plan was to do, its plan, and the job that it became."""

    what: str
    planId: str
    jobId: str | None


class PlanBalance(TypedDict, total=False):
    """The caller's credit beside a plan, as fields of an answer; without a rest once decided."""

    affordable: Required[bool | None]
    balance_usd: Required[str]
    balance_microusd: Required[int]
    balance_after_usd: str
    balance_after_microusd: int
    blocked_by: Required[list[str]]


class PlanResult(TypedDict):
    """What an executed plan has come to, as fields of an answer."""

    approved_usd: str
    approved_microusd: int
    charged_usd: str
    charged_microusd: int
    error: schemas.StepError | None
    job_ids: list[str]
    dropped_step_ids: list[str]
    poll_after_seconds: int | None


@dataclass(frozen=True, slots=True)
class PlanReader:
    """Reads plans for one application; `stopping` says that nobody is to be kept waiting."""

    submitting: Submitting
    public_url: str
    stopping: Callable[[], bool]

    @property
    def database(self) -> Database:
        """Return the database the plans are in."""
        return self.submitting.database

    def url(self, plan_id: str) -> str:
        """Return the address of the page on which a person approves a plan."""
        return f"{self.public_url}/plans/{plan_id}"

    async def read(
        self, caller: Caller, plan_id: str, step_ids: Sequence[str] | None = None
    ) -> schemas.Plan:
        """Return a plan of the caller as it is shown; `step_ids` are those thought of, else all.

        Raises:
            NotFound: there is none.
            UnknownStep, MissingDependency: they cannot be run alone.
        """
        async with self.database.read() as snapshot:
            plan = await plan_of(snapshot, caller, plan_id)
            steps = await steps_of(snapshot, plan_id)
            percents = await read_percents(snapshot, _running(steps))
            now = await clock(snapshot)
        return await self._shown(caller, plan, steps, percents, now, step_ids=step_ids)

    async def several(self, caller: Caller, plan_ids: Sequence[str]) -> dict[str, schemas.Plan]:
        """Return plans of the caller as they are shown, by id; what is not there is left out."""
        mine = select(ApprovalPlan).where(
            ApprovalPlan.account_id == caller.ledger_account, ApprovalPlan.id.in_(plan_ids)
        )
        number, steps = caller.ledger_account, defaultdict(list)
        async with self.database.read() as snapshot:
            plans = (await snapshot.scalars(mine)).all()
            wanted = select(PlanStep).where(PlanStep.plan_id.in_([plan.id for plan in plans]))
            for step in await snapshot.scalars(wanted.order_by(PlanStep.place)):
                steps[step.plan_id].append(step)
            running = [job_id for many in steps.values() for job_id in _running(many)]
            percents = await read_percents(snapshot, running)
            available = (await balances_in(snapshot, [number]))[number].available_microusd
            now = await clock(snapshot)
        return {
            plan.id: await self._shown(caller, plan, steps[plan.id], percents, now, available)
            for plan in plans
        }

    async def _shown(
        self,
        caller: Caller,
        plan: ApprovalPlan,
        steps: Sequence[PlanStep],
        percents: Mapping[str, int],
        now: int,
        available: int | None = None,
        *,
        step_ids: Sequence[str] | None = None,
    ) -> schemas.Plan:
        chosen = selected(graph_of(steps), step_ids)
        total = sum(step.price_microusd for step in steps if step.id in chosen)
        kinds = Counter(step.operation for step in steps)
        return schemas.Plan(
            **vars(self._head(plan, kinds, caller, now, total)),
            selected_usd=usd(total),
            selected_microusd=total,
            steps=[_step(step, percents) for step in steps],
            **await self._describe_balance(plan, steps, caller, now, total, available),
            **_ran(plan, steps),
        )

    async def of_job(self, caller: Caller, job_id: str) -> str:
        """Return the plan of the caller that made a job.

        Raises:
            NotFound: none did.
        """
        wanted = select(ApprovalPlan.id).join(PlanStep, PlanStep.plan_id == ApprovalPlan.id)
        wanted = wanted.where(
            PlanStep.job_id == job_id, ApprovalPlan.account_id == caller.ledger_account
        )
        async with self.database.read() as snapshot:
            plan_id = await snapshot.scalar(wanted)
        if plan_id is None:
            raise NotFound("There is no such plan.", field="jobId")
        return plan_id

    async def of_steps(self, caller: Caller, step_ids: Sequence[str]) -> dict[str, StepOrigin]:
        """Return what was to be done by those of these steps that are the caller's, by id."""
        wanted = select(PlanStep).join(ApprovalPlan, PlanStep.plan_id == ApprovalPlan.id)
        wanted = wanted.where(
            PlanStep.id.in_(step_ids), ApprovalPlan.account_id == caller.ledger_account
        )
        async with self.database.read() as snapshot:
            return {
                step.id: {"what": step.operation, "planId": step.plan_id, "jobId": step.job_id}
                for step in await snapshot.scalars(wanted)
            }

    async def media(self, caller: Caller, plan_id: str, sha256: str) -> StoredMedia:
        """Return the stored media input of a plan that has this hash.

        Raises:
            NotFound: there is none.
        """
        async with self.database.read() as snapshot:
            await plan_of(snapshot, caller, plan_id)
            steps = await steps_of(snapshot, plan_id)
        for found in media_of(steps):
            if found.facts.sha256 == sha256:
                return found
        raise NotFound("The plan has no such media.", field="sha256")

    async def wait(
        self, caller: Caller, plan_id: str, seconds: float, since_version: int | None
    ) -> bool:
        """Return False after the time; True when there is nothing more to wait for.

        The plan has ended or risen above `since_version`, or the gateway stops.
        """
        deadline = time.monotonic() + seconds
        with self.database.news.of(plan_id) as woken:
            while not self.stopping():
                if (left := deadline - time.monotonic()) <= 0:
                    return False
                woken.clear()
                async with self.database.read() as snapshot:
                    plan = await plan_of(snapshot, caller, plan_id)
                    state = state_of(plan, await clock(snapshot))
                if state in {PlanState.REJECTED, PlanState.EXPIRED} or plan.outcome not in {
                    None,
                    PlanOutcome.RUNNING,
                }:
                    return True
                if since_version is not None and plan.version > since_version:
                    return True
                with suppress(TimeoutError):
                    async with asyncio.timeout(min(WAKE_SECONDS, left)):
                        await woken.wait()
        return True

    async def page(self, caller: Caller, query: schemas.PlanQuery) -> schemas.PlanPage:
        """Return a page of the caller's plans, the newest first.

        Raises:
            InvalidInput: a parameter is for one plan only.
        """
        if query.wait_seconds or query.since_version is not None:
            raise InvalidInput("These parameters require `planId`.", field="planId")
        async with self.database.read() as snapshot:
            now = await clock(snapshot)
            wanted = select(ApprovalPlan).where(ApprovalPlan.account_id == caller.ledger_account)
            if query.project_id is not None:
                wanted = wanted.where(ApprovalPlan.project_id == query.project_id)
            if query.cursor is not None:
                wanted = wanted.where(ApprovalPlan.id < query.cursor)
            late = (ApprovalPlan.state == PlanState.PENDING) & (ApprovalPlan.expires_at <= now)
            if query.state == PlanState.EXPIRED:
                wanted = wanted.where((ApprovalPlan.state == PlanState.EXPIRED) | late)
            elif query.state is not None:
                wanted = wanted.where(ApprovalPlan.state == query.state, ~late)
            wanted = wanted.order_by(ApprovalPlan.id.desc()).limit(query.limit + 1)
            plans = (await snapshot.scalars(wanted)).all()
            found = plans[: query.limit]
            steps = await snapshot.execute(
                select(PlanStep.plan_id, PlanStep.operation)
                .where(PlanStep.plan_id.in_([plan.id for plan in found]))
                .order_by(PlanStep.place)
            )
            kinds: dict[str, Counter[str]] = defaultdict(Counter)
            for plan_id, kind in steps:
                kinds[plan_id][kind] += 1
        return schemas.PlanPage(
            data=[
                self._head(plan, kinds[plan.id], caller, now, plan.total_microusd) for plan in found
            ],
            next_cursor=found[-1].id if len(plans) > query.limit else None,
        )

    def _head(
        self, plan: ApprovalPlan, kinds: Counter[str], caller: Caller, now: int, total: int
    ) -> schemas.PlanHead:
        """Return the plan as a page shows it."""
        state = state_of(plan, now)
        left = max(0, plan.expires_at - now) // SECOND if state == PlanState.PENDING else 0
        return schemas.PlanHead(
            plan_id=plan.id,
            plan_hash=plan.hash,
            state=state,
            outcome=plan.outcome,
            version=plan.version,
            origin=cast("schemas.Origin", plan.origin),
            asked_by=plan.asked_by,
            title=plan.title,
            project_id=plan.project_id,
            thread_id=plan.thread_id,
            resume_of=plan.resume_of,
            livemode=plan.book == "live",
            step_count=kinds.total(),
            operations=kinds,
            total_usd=usd(plan.total_microusd),
            total_microusd=plan.total_microusd,
            price_version=plan.price_version,
            on_failure=cast("schemas.OnFailure", plan.on_failure),
            created_at=iso(plan.created_at),
            expires_at=iso(plan.expires_at),
            seconds_left=left,
            decided_at=iso_or_none(plan.decided_at),
            finished_at=iso_or_none(plan.finished_at),
            reason=plan.reason,
            **render_consent(caller, total, self.url(plan.id)),
        )

    async def _describe_balance(
        self,
        plan: ApprovalPlan,
        steps: Sequence[PlanStep],
        caller: Caller,
        now: int,
        total: int,
        available: int | None,
    ) -> PlanBalance:
        """Return the caller's credit and the errors that executing this total would get now."""
        if state_of(plan, now) != PlanState.PENDING:
            if available is None:
                number = caller.ledger_account
                available = (await balances(self.database, [number]))[number].available_microusd
            return {
                "affordable": None,
                "balance_usd": usd(available),
                "balance_microusd": available,
                "blocked_by": [],
            }
        found = await check_spending(
            self.database,
            caller,
            total_microusd=total,
            jobs=0,
            queued_limit=self.submitting.limits.queued_jobs,
        )
        tasks = {step.operation for step in steps if step.operation in TASKS}
        runs = self.submitting.planning.can_run
        capable = all(runs(TASKS[task], livemode=caller.livemode) for task in tasks)
        refused = [] if capable else [NoCapacity.code]
        if total:
            refused += await self._price_refusals(plan)
        return {
            "affordable": found.affordable,
            "balance_usd": usd(found.available_microusd),
            "balance_microusd": found.available_microusd,
            "balance_after_usd": usd(found.available_microusd - total),
            "balance_after_microusd": found.available_microusd - total,
            "blocked_by": found.blocked_by + refused,
        }

    async def _price_refusals(self, plan: ApprovalPlan) -> list[str]:
        """Return the code of the refusal if the operator withdrew the prices of a plan."""
        planning = self.submitting.planning
        if not await planning.withdrawals.is_withdrawn(plan.price_version):
            return []
        unpriced = await planning.withdrawals.is_withdrawn(planning.prices.version)
        return [NoPrice.code if unpriced else PriceChanged.code]


def _running(steps: Sequence[PlanStep]) -> list[str]:
    """Return the jobs of the steps that have become one and have not ended."""
    return [step.job_id for step in steps if step.state == StepState.SUBMITTED and step.job_id]


def _percent(step: PlanStep, percents: Mapping[str, int]) -> int | None:
    """Return how far a step is; `percents` are those of the jobs that run."""
    if step.state == StepState.DROPPED:
        return None
    if step.state in {StepState.PENDING, StepState.WAITING}:
        return 0
    return percents.get(step.job_id or "", 0) if step.state == StepState.SUBMITTED else 100


def _step(step: PlanStep, percents: Mapping[str, int]) -> schemas.PlanStep:
    return schemas.PlanStep(
        step_id=step.id,
        key=step.key,
        operation=step.operation,
        input=json.loads(step.input_json),
        input_adjustments=ADJUSTMENTS.validate_json(step.adjustments_json, extra="ignore"),
        warnings=WARNINGS.validate_json(step.warnings_json, extra="ignore"),
        price_usd=usd(step.price_microusd),
        price_microusd=step.price_microusd,
        breakdown=Breakdown.read(step.breakdown_json),
        depends_on=json.loads(step.depends_on_json),
        shot_id=step.shot_id,
        state=step.state,
        percent=_percent(step, percents),
        job_id=step.job_id,
        error=_error(step),
    )


def _error(step: PlanStep) -> schemas.StepError | None:
    if step.error_json is None:
        return None
    return schemas.StepError.model_validate_json(step.error_json, extra="ignore")


def _ran(plan: ApprovalPlan, steps: Sequence[PlanStep]) -> PlanResult:
    """Return what an executed plan has come to; before that it is empty."""
    approved = plan.approved_microusd or 0
    charged = sum(step.price_microusd for step in steps if step.state == StepState.SUCCEEDED)
    return {
        "approved_usd": usd(approved),
        "approved_microusd": approved,
        "charged_usd": usd(charged),
        "charged_microusd": charged,
        "error": next(
            filter(None, (_error(step) for step in steps if step.state == StepState.SKIPPED)), None
        ),
        "job_ids": [step.job_id for step in steps if step.job_id is not None],
        "dropped_step_ids": [step.id for step in steps if step.state == StepState.DROPPED],
        "poll_after_seconds": POLL_SECONDS if plan.outcome == PlanOutcome.RUNNING else None,
    }
