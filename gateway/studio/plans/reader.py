"""The reader of plans: one plan with its steps, several, or a page of them."""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Required, TypedDict, cast

from sqlalchemy import func, select

from gateway.kit.clock import SECOND, to_iso, to_iso_or_none
from gateway.kit.database.sessions import Database
from gateway.kit.database.sql import get_database_time
from gateway.kit.errors import InvalidInput, NotFound
from gateway.kit.money import render_usd
from gateway.kit.operation import Caller
from gateway.ledger.reports.balances import fetch_balances, load_balances
from gateway.media.errors import NoCapacity, NoPrice, PriceChanged
from gateway.media.plan_steps import load_percents
from gateway.media.stored_media import StoredMedia
from gateway.media.submits.spending_check import check_spending
from gateway.media.submits.submitter import Submitter
from gateway.media.tasks.catalogue import TASKS
from gateway.studio.documents.tables import StoryboardRender
from gateway.studio.plans import schemas
from gateway.studio.plans.consent import render_consent
from gateway.studio.plans.graph import close_selection, select_step_ids
from gateway.studio.plans.rows import (
    PlanGlance,
    build_glance,
    build_graph,
    derive_plan_state,
    list_plan_steps,
    list_stored_media,
    load_plan,
)
from gateway.studio.plans.states import PlanOutcome, PlanState
from gateway.studio.plans.tables import ApprovalPlan, PlanStep
from gateway.studio.plans.view import (
    list_running_job_ids,
    render_result,
    render_selection,
    render_step,
)

WAKE_SECONDS = 1.0


class StepOrigin(TypedDict):
    """The operation of a step, its plan, and the job that it became."""

    what: str
    planId: str
    jobId: str | None


class PlanBalance(TypedDict, total=False):
    """The caller's credit beside a plan, as fields of an answer.

    `balance_after_…` is only there while the plan is pending.
    """

    affordable: Required[bool | None]
    balance_usd: Required[str]
    balance_microusd: Required[int]
    balance_after_usd: str
    balance_after_microusd: int
    blocked_by: Required[list[str]]


@dataclass(frozen=True, slots=True)
class PlanReader:
    """Reads plans for one application; `is_stopping` is True when the gateway stops."""

    submitter: Submitter
    public_url: str
    is_stopping: Callable[[], bool]

    @property
    def database(self) -> Database:
        """Return the database of the plans."""
        return self.submitter.database

    def build_approval_url(self, plan_id: str) -> str:
        """Return the address of the page on which a person approves a plan."""
        return f"{self.public_url}/plans/{plan_id}"

    async def get_plan(
        self,
        caller: Caller,
        plan_id: str,
        step_ids: Sequence[str] | None = None,
        closes_over: Sequence[str] | None = None,
    ) -> schemas.Plan:
        """Return a plan of the caller, with the price of the steps `step_ids`, by default all.

        With `closes_over` the selection is closed: these steps bring along what they need.

        Raises:
            NotFound: the caller has no such plan.
            UnknownStep, MissingDependency: these steps cannot be run without others.
        """
        async with self.database.read() as snapshot:
            plan = await load_plan(snapshot, caller, plan_id)
            steps = await list_plan_steps(snapshot, plan_id)
            percents = await load_percents(snapshot, list_running_job_ids(steps))
            now = await get_database_time(snapshot)
        if closes_over is None:
            return await self._render_plan(caller, plan, steps, percents, now, step_ids=step_ids)
        closed = close_selection(build_graph(steps), step_ids, closes_over)
        shown = await self._render_plan(
            caller, plan, steps, percents, now, step_ids=closed.step_ids
        )
        return shown.model_copy(update={"selection": render_selection(closed)})

    async def get_plans(self, caller: Caller, plan_ids: Sequence[str]) -> dict[str, schemas.Plan]:
        """Return plans of the caller by id; ids of no such plan are left out."""
        plans_by_id = select(ApprovalPlan).where(
            ApprovalPlan.account_id == caller.ledger_account, ApprovalPlan.id.in_(plan_ids)
        )
        number, steps = caller.ledger_account, defaultdict(list)
        async with self.database.read() as snapshot:
            plans = (await snapshot.scalars(plans_by_id)).all()
            statement = select(PlanStep).where(PlanStep.plan_id.in_([plan.id for plan in plans]))
            for step in await snapshot.scalars(statement.order_by(PlanStep.place)):
                steps[step.plan_id].append(step)
            running = [job_id for many in steps.values() for job_id in list_running_job_ids(many)]
            percents = await load_percents(snapshot, running)
            available = (await load_balances(snapshot, [number]))[number].available_microusd
            now = await get_database_time(snapshot)
        return {
            plan.id: await self._render_plan(caller, plan, steps[plan.id], percents, now, available)
            for plan in plans
        }

    async def _render_plan(
        self,
        caller: Caller,
        plan: ApprovalPlan,
        steps: Sequence[PlanStep],
        percent_by_job: Mapping[str, int],
        now: int,
        available_microusd: int | None = None,
        *,
        step_ids: Sequence[str] | None = None,
    ) -> schemas.Plan:
        chosen = select_step_ids(build_graph(steps), step_ids)
        total = sum(step.price_microusd for step in steps if step.id in chosen)
        kinds = Counter(step.operation for step in steps)
        return schemas.Plan(
            **vars(self._render_head(plan, kinds, caller, now, total)),
            selected_usd=render_usd(total),
            selected_microusd=total,
            steps=[render_step(step, percent_by_job) for step in steps],
            **await self._load_balance_fields(plan, steps, caller, now, total, available_microusd),
            **render_result(plan, steps),
        )

    async def get_plan_id_of_job(self, caller: Caller, job_id: str) -> str:
        """Return the id of the caller's plan that made a job.

        Raises:
            NotFound: no plan of the caller made it.
        """
        statement = select(ApprovalPlan.id).join(PlanStep, PlanStep.plan_id == ApprovalPlan.id)
        statement = statement.where(
            PlanStep.job_id == job_id, ApprovalPlan.account_id == caller.ledger_account
        )
        async with self.database.read() as snapshot:
            plan_id = await snapshot.scalar(statement)
        if plan_id is None:
            raise NotFound("There is no such plan.", field="jobId")
        return plan_id

    async def list_storyboard_ids(self, caller: Caller, plan_ids: Sequence[str]) -> dict[str, str]:
        """Return the storyboards that plans of the caller in person render, by plan."""
        is_own = ApprovalPlan.member_id.is_not_distinct_from(caller.member_id)
        statement = select(StoryboardRender.plan_id, StoryboardRender.asset_id)
        statement = statement.join(ApprovalPlan, ApprovalPlan.id == StoryboardRender.plan_id).where(
            is_own, ApprovalPlan.account_id == caller.ledger_account, ApprovalPlan.id.in_(plan_ids)
        )
        async with self.database.read() as snapshot:
            return {row[0]: row[1] for row in await snapshot.execute(statement)}

    async def list_glances(self, plan_ids: Sequence[str]) -> dict[str, PlanGlance]:
        """Return the first words and the first picture of plans by id; the caller owns them."""
        statement = select(PlanStep).where(PlanStep.plan_id.in_(plan_ids))
        steps: dict[str, list[PlanStep]] = defaultdict(list)
        async with self.database.read() as snapshot:
            for step in await snapshot.scalars(statement.order_by(PlanStep.place)):
                steps[step.plan_id].append(step)
        return {plan_id: build_glance(each) for plan_id, each in steps.items()}

    async def list_step_origins(
        self, caller: Caller, step_ids: Sequence[str]
    ) -> dict[str, StepOrigin]:
        """Return the origins of these steps by id; steps of others are left out."""
        statement = select(PlanStep).join(ApprovalPlan, PlanStep.plan_id == ApprovalPlan.id)
        statement = statement.where(
            PlanStep.id.in_(step_ids), ApprovalPlan.account_id == caller.ledger_account
        )
        async with self.database.read() as snapshot:
            return {
                step.id: {"what": step.operation, "planId": step.plan_id, "jobId": step.job_id}
                for step in await snapshot.scalars(statement)
            }

    async def load_stored_media(self, caller: Caller, plan_id: str, sha256: str) -> StoredMedia:
        """Return the stored media input of a plan that has this hash.

        Raises:
            NotFound: the caller has no such plan, or the plan no such input.
        """
        async with self.database.read() as snapshot:
            await load_plan(snapshot, caller, plan_id)
            steps = await list_plan_steps(snapshot, plan_id)
        for media in list_stored_media(steps):
            if media.facts.sha256 == sha256:
                return media
        raise NotFound("The plan has no such media.", field="sha256")

    async def wait(
        self, caller: Caller, plan_id: str, seconds: float, since_version: int | None
    ) -> bool:
        """Wait until a plan ends or rises above `since_version`; return False after `seconds`.

        It also returns True when the gateway stops.
        """
        deadline = time.monotonic() + seconds
        with self.database.notifications.watch(plan_id) as woken:
            while not self.is_stopping():
                if (left := deadline - time.monotonic()) <= 0:
                    return False
                # Cleared before the read: a change after it sets the event again and is not missed.
                woken.clear()
                async with self.database.read() as snapshot:
                    plan = await load_plan(snapshot, caller, plan_id)
                    state = derive_plan_state(plan, await get_database_time(snapshot))
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

    async def list_plans(self, caller: Caller, query: schemas.PlanQuery) -> schemas.PlanPage:
        """Return a page of the caller's plans, newest first.

        Raises:
            InvalidInput: a parameter applies to a single plan only.
        """
        if query.wait_seconds or query.since_version is not None:
            raise InvalidInput("These parameters require `planId`.", field="planId")
        async with self.database.read() as snapshot:
            now = await get_database_time(snapshot)
            statement = select(ApprovalPlan).where(ApprovalPlan.account_id == caller.ledger_account)
            if query.project_id is not None:
                statement = statement.where(ApprovalPlan.project_id == query.project_id)
            if query.cursor is not None:
                statement = statement.where(ApprovalPlan.id < query.cursor)
            # A plan past its time is expired, whether or not the sweep has written it down.
            overdue = (ApprovalPlan.state == PlanState.PENDING) & (ApprovalPlan.expires_at <= now)
            if query.state == PlanState.EXPIRED:
                statement = statement.where((ApprovalPlan.state == PlanState.EXPIRED) | overdue)
            elif query.state is not None:
                statement = statement.where(ApprovalPlan.state == query.state, ~overdue)
            statement = statement.order_by(ApprovalPlan.id.desc()).limit(query.limit + 1)
            plans = (await snapshot.scalars(statement)).all()
            page = plans[: query.limit]
            steps = await snapshot.execute(
                select(PlanStep.plan_id, PlanStep.operation)
                .where(PlanStep.plan_id.in_([plan.id for plan in page]))
                .order_by(PlanStep.place)
            )
            kinds: dict[str, Counter[str]] = defaultdict(Counter)
            for plan_id, kind in steps:
                kinds[plan_id][kind] += 1
        return schemas.PlanPage(
            data=[
                self._render_head(plan, kinds[plan.id], caller, now, plan.total_microusd)
                for plan in page
            ],
            next_cursor=page[-1].id if len(plans) > query.limit else None,
        )

    async def count_pending_plans(self, caller: Caller, most: int) -> int:
        """Count the caller's plans that wait for approval, up to `most`."""
        async with self.database.read() as snapshot:
            now = await get_database_time(snapshot)
            waiting = (
                select(ApprovalPlan.id)
                .where(
                    ApprovalPlan.account_id == caller.ledger_account,
                    ApprovalPlan.state == PlanState.PENDING,
                    ApprovalPlan.expires_at > now,
                )
                .limit(most)
            )
            return await snapshot.scalar(select(func.count()).select_from(waiting.subquery())) or 0

    def _render_head(
        self,
        plan: ApprovalPlan,
        operation_counts: Counter[str],
        caller: Caller,
        now: int,
        total_microusd: int,
    ) -> schemas.PlanHead:
        """Render a plan without its steps; `total_microusd` is what the consent is for."""
        state = derive_plan_state(plan, now)
        seconds_left = max(0, plan.expires_at - now) // SECOND if state == PlanState.PENDING else 0
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
            step_count=operation_counts.total(),
            operations=operation_counts,
            total_usd=render_usd(plan.total_microusd),
            total_microusd=plan.total_microusd,
            price_version=plan.price_version,
            on_failure=cast("schemas.OnFailure", plan.on_failure),
            created_at=to_iso(plan.created_at),
            expires_at=to_iso(plan.expires_at),
            seconds_left=seconds_left,
            decided_at=to_iso_or_none(plan.decided_at),
            finished_at=to_iso_or_none(plan.finished_at),
            reason=plan.reason,
            **render_consent(caller, total_microusd, self.build_approval_url(plan.id)),
        )

    async def _load_balance_fields(
        self,
        plan: ApprovalPlan,
        steps: Sequence[PlanStep],
        caller: Caller,
        now: int,
        total_microusd: int,
        available_microusd: int | None,
    ) -> PlanBalance:
        """Return the caller's credit, and the codes of errors that executing would get now.

        `total_microusd` is what would be held; `available_microusd` is the credit if it was read.
        """
        if derive_plan_state(plan, now) != PlanState.PENDING:
            if available_microusd is None:
                number = caller.ledger_account
                available_microusd = (await fetch_balances(self.database, [number]))[
                    number
                ].available_microusd
            return {
                "affordable": None,
                "balance_usd": render_usd(available_microusd),
                "balance_microusd": available_microusd,
                "blocked_by": [],
            }
        spending = await check_spending(
            self.database,
            caller,
            total_microusd=total_microusd,
            jobs=0,
            queued_limit=self.submitter.limits.queued_jobs,
        )
        tasks = {step.operation for step in steps if step.operation in TASKS}
        can_run = self.submitter.planner.can_run
        is_capable = all(can_run(TASKS[task], livemode=caller.livemode) for task in tasks)
        refusals = [] if is_capable else [NoCapacity.code]
        if total_microusd:
            refusals += await self._list_price_refusals(plan)
        return {
            "affordable": spending.affordable,
            "balance_usd": render_usd(spending.available_microusd),
            "balance_microusd": spending.available_microusd,
            "balance_after_usd": render_usd(spending.available_microusd - total_microusd),
            "balance_after_microusd": spending.available_microusd - total_microusd,
            "blocked_by": spending.blocked_by + refusals,
        }

    async def _list_price_refusals(self, plan: ApprovalPlan) -> list[str]:
        """Return the code of the refusal, if the operator withdrew the prices of a plan."""
        planner = self.submitter.planner
        if not await planner.withdrawals.is_withdrawn(plan.price_version):
            return []
        unpriced = await planner.withdrawals.is_withdrawn(planner.prices.version)
        return [NoPrice.code if unpriced else PriceChanged.code]
