"""The executor of plans: each runs once, as the person saw it, with one hold for each step.

The problem: the same plan may be executed by several calls at once (a retry, a page and an agent),
while it expires, is rejected, its prices are withdrawn, or its documents change. It must run once
at most, at the prices that were shown, and a refusal must leave it pending and cost nothing.

The way: first everything that needs no lock is read: state, hash, the selected steps, and whether
their media are still stored. Then one transaction takes the plan (`TAKE_PLAN`: pending to
executed), checks all that may have changed, holds the money, saves the documents and writes the
audit log.
Jobs are submitted afterwards, by `PlanAdvancer`, each in a transaction of its own.

Invariants:
- `TAKE_PLAN` alone decides. A call for which it changes no row looks again and finds a final state.
- A refusal after `TAKE_PLAN` rolls it back: the plan is pending again and nothing is held.
- Locks are taken in the order plan, ledger account, library. Twins wait for the plan's row.
- All selected steps get their holds, or none does.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from gateway.kit import audit_log, faults
from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import get_database_time, sql
from gateway.kit.errors import AccountFrozen, Problem
from gateway.kit.money import parse_usd, render_usd, to_amount_fields
from gateway.kit.operation import Call, Caller
from gateway.ledger import transfers
from gateway.ledger.decisions import find_policies, find_spend_refusal
from gateway.ledger.policies import load_spenders
from gateway.ledger.states import AccountState
from gateway.library.quota import lock_shelf
from gateway.media.errors import PriceExceedsMax
from gateway.media.schemas import TaskRequest
from gateway.media.submits.price_withdrawals import check_price, find_withdrawn
from gateway.media.submits.quotes import parse_terms
from gateway.media.tasks.catalogue import TASKS, get_task
from gateway.storage.base import KeyMissing, Storage
from gateway.studio.plans import errors
from gateway.studio.plans.consent import Expense, require_consent
from gateway.studio.plans.execution.advancer import PlanAdvancer
from gateway.studio.plans.graph import select_step_ids
from gateway.studio.plans.hash import hash_plan
from gateway.studio.plans.member_plans import check_may_decide
from gateway.studio.plans.preparation.free_steps import FreeSteps
from gateway.studio.plans.reader import PlanReader
from gateway.studio.plans.rows import (
    build_graph,
    derive_plan_state,
    list_plan_steps,
    list_stored_media,
    load_plan,
)
from gateway.studio.plans.schemas import ExecutePlan, RejectPlan
from gateway.studio.plans.states import PlanState, StepState
from gateway.studio.plans.tables import ApprovalPlan, PlanStep

TAKE_PLAN = sql(
    """
    UPDATE approval_plan SET state = 'executed', outcome = 'running', version = version + 1,
        decided_at = kt_now(), decided_by = given.decided_by, key_id = given.key_id,
        approved_microusd = given.approved
    FROM {rows} WHERE approval_plan.id = given.id AND approval_plan.account_id = given.account_id
      AND approval_plan.state = 'pending' AND approval_plan.hash = given.hash
      AND approval_plan.expires_at > kt_now()
    """,
    id="text",
    account_id="int",
    hash="text",
    decided_by="text",
    key_id="text",
    approved="int",
)
SET_STEP_STATE = sql(
    """
    UPDATE plan_step SET state = given.state, hold_id = given.hold_id
    FROM {rows} WHERE plan_step.id = given.id AND plan_step.state = 'pending'
    """,
    id="text",
    state="text",
    hold_id="text",
)
# A call that loses the plan between its look and `TAKE_PLAN` looks once more. What beat it,
# execution, rejection or expiry, is final, so the second look cannot lose again.
MOST_LOOKS = 2


@dataclass(frozen=True, slots=True)
class StepSelection:
    """The steps that a call selects; `selected_ids` are theirs, `steps` are all steps of the plan.

    They are read before anything is locked. That is safe because a pending plan and its steps never
    change, only its state does, and `TAKE_PLAN` compares that again.
    """

    plan: ApprovalPlan
    steps: Sequence[PlanStep]
    selected_ids: set[str]

    @property
    def total_microusd(self) -> int:
        """Return the price of the selected steps."""
        return sum(step.price_microusd for step in self.steps if step.id in self.selected_ids)

    @property
    def selected_steps(self) -> list[PlanStep]:
        """Return the selected steps, in order."""
        return [step for step in self.steps if step.id in self.selected_ids]


@dataclass(frozen=True, slots=True)
class PlanExecutor:
    """Executes and rejects plans for one application."""

    reader: PlanReader
    advancer: PlanAdvancer
    storage: Storage
    free_steps: FreeSteps

    async def execute(self, call: Call, caller: Caller, body: ExecutePlan) -> bool:
        """Execute a plan; return True if it had been executed with the same steps before.

        Raises:
            Problem: nothing was spent, and a pending plan is still pending.
        """
        for _ in range(MOST_LOOKS):
            selection = await self._select_steps(caller, body)
            if selection is None or await self._run_selection(call, caller, body, selection):
                # For a replay too: the first call may have died before it submitted the jobs.
                await self.advancer.advance(body.plan_id)
                return selection is None
        raise errors.PlanExpired

    async def _select_steps(self, caller: Caller, body: ExecutePlan) -> StepSelection | None:
        """Return the selection of a call in a pending plan; None if the plan ran with it before.

        It locks nothing, so replays of a plan that is under way do not wait.

        Raises:
            Problem: the caller has no such plan or may not decide on it, its hash is another, or it
                is over.
        """
        async with self.reader.database.read() as snapshot:
            plan = await load_plan(snapshot, caller, body.plan_id)
            await check_may_decide(snapshot, caller, plan)
            # Before the state: a wrong hash means another plan, and no replay of this one.
            if body.plan_hash != plan.hash:
                raise errors.PlanHashMismatch(field="planHash")
            steps = await list_plan_steps(snapshot, plan.id)
            state = derive_plan_state(plan, await get_database_time(snapshot))
        if state == PlanState.EXECUTED:
            _check_same_steps(steps, body)
            return None
        if state == PlanState.REJECTED:
            raise errors.PlanRejected
        if state == PlanState.EXPIRED:
            raise errors.PlanExpired
        # The rows themselves: a plan that was changed in the database is not what was approved.
        if hash_plan(plan, steps) != plan.hash:
            raise errors.PlanHashMismatch(field="planHash")
        return StepSelection(plan, steps, select_step_ids(build_graph(steps), body.step_ids))

    async def _run_selection(
        self, call: Call, caller: Caller, body: ExecutePlan, selection: StepSelection
    ) -> bool:
        """Execute the selection in one transaction; False if the plan is not pending any more.

        Raises:
            Problem: nothing was spent, and the plan is still pending.
        """
        # Storage may be remote and slow: it is asked before the transaction opens.
        missing = await self._find_missing_media(selection)
        async with self.reader.database.write() as session:
            # First, because it locks the plan: twins wait here, before any of them locks the
            # account, and find it executed when the first one has committed.
            if not await _take_plan(session, caller, selection):
                return False
            await self._check_selection(session, caller, body, selection, missing_keys=missing)
            await self._start_steps(session, call, caller, selection)
            await faults.reach("plan.in_transaction")
        await faults.reach("plan.claimed")
        return True

    async def reject(self, call: Call, caller: Caller, body: RejectPlan) -> None:
        """Reject a pending plan; one that was rejected or has expired stays as it is.

        Raises:
            NotFound: the caller has no such plan.
            RoleDenied: it was prepared for another person of the team.
            PlanAlreadyExecuted: the plan was executed.
        """
        async with self.reader.database.write() as session:
            plan = await load_plan(session, caller, body.plan_id, lock=True)
            await check_may_decide(session, caller, plan)
            if plan.state == PlanState.EXECUTED:
                raise errors.PlanAlreadyExecuted(
                    "The plan was executed.", hint="Read the plan; to stop it, cancel its jobs."
                )
            if (
                derive_plan_state(plan, now := await get_database_time(session))
                != PlanState.PENDING
            ):
                return
            await lock_shelf(session, caller.ledger_account)
            plan.state, plan.reason, plan.version = (
                PlanState.REJECTED,
                body.reason,
                plan.version + 1,
            )
            plan.decided_at, plan.decided_by = now, caller.id
            session.notify_after_commit(plan.id)
            await session.flush()
            actor, after = audit_log.Actor.from_call(call), {"reason": body.reason}
            await audit_log.record(session, actor, "plan.reject", plan.id, after=after)

    async def _find_missing_media(self, selection: StepSelection) -> frozenset[str]:
        """Return the storage keys of selected media that are gone; no transaction may be open."""
        keys = sorted({each.key for each in list_stored_media(selection.selected_steps)})
        stored = await asyncio.gather(*(self._is_stored(key) for key in keys))
        return frozenset(key for key, is_kept in zip(keys, stored, strict=True) if not is_kept)

    async def _is_stored(self, key: str) -> bool:
        try:
            await self.storage.get_size(key)
        except KeyMissing:
            return False
        return True

    async def _check_selection(
        self,
        session: Session,
        caller: Caller,
        body: ExecutePlan,
        selection: StepSelection,
        *,
        missing_keys: frozenset[str],
    ) -> None:
        """Check that the selection may run now; `missing_keys` are storage keys of lost media.

        Raises:
            ScopeDenied: the caller may not do one of its steps.
            PlanStale: a document, an input or a task is not as it was.
            PriceChanged, NoPrice: its prices were withdrawn.
            PriceExceedsMax: the total is above `max_total_usd`.
            ApprovalRequired: a person must approve the total.
        """
        plan, total = selection.plan, selection.total_microusd
        if any(each.key in missing_keys for each in list_stored_media(selection.selected_steps)):
            raise errors.PlanStale("A media input of this plan is no longer stored.")
        for step in selection.selected_steps:
            await self._check_step(session, caller, step)
        if total:  # saving documents is free, so withdrawn prices do not matter to it
            current = self.reader.submitter.planner.prices.version
            withdrawn = await find_withdrawn(session, [plan.price_version, current])
            check_price(withdrawn, plan.price_version, current, lambda: self._reprice(selection))
        if body.max_total_usd is not None and total > parse_usd(body.max_total_usd):
            raise PriceExceedsMax(
                f"The total is ${render_usd(total)}, above the limit given with maxTotalUsd.",
                hint="Raise maxTotalUsd to at least `totalUsd`, or choose fewer steps.",
                **to_amount_fields("total", total),
            )
        expense = Expense(
            kind="plan", total_microusd=total, approval_url=self.reader.build_approval_url(plan.id)
        )
        require_consent(caller, expense, confirmed_in_client=body.confirmed_in_client)

    async def _check_step(self, session: Session, caller: Caller, step: PlanStep) -> None:
        """Check that this caller can still run a step as it was prepared.

        Raises:
            ScopeDenied: the caller lacks the scope of a document step; who prepared it may have it.
            PlanStale: its task is switched off, or its document was changed.
        """
        if step.operation not in TASKS:
            free = self.free_steps[step.operation]
            caller.require_scope(free.scope)
            await free.check_unchanged(session, caller.ledger_account, json.loads(step.input_json))
            return
        try:
            get_task(step.operation)
        except Problem as problem:
            raise errors.PlanStale(problem.detail) from None

    def _reprice(self, selection: StepSelection) -> int:
        """Return the price of the selection at the present prices, in micro-USD."""
        planner, total = self.reader.submitter.planner, 0
        for step in (step for step in selection.selected_steps if step.terms_json):
            terms = parse_terms(step.terms_json or "")
            step_input = json.loads(step.given_json)
            request = planner.parse_request(TaskRequest(task=step.operation, input=step_input))
            plan = request.task.plan(
                request.task_input, terms.media, seed=terms.seed, prices=planner.prices
            )
            total += plan.price.microusd
        return total

    async def _start_steps(
        self, session: Session, call: Call, caller: Caller, selection: StepSelection
    ) -> None:
        """Hold the price of each selected step, save the documents and write the audit log.

        Raises:
            Problem: the money is not there or may not be spent, or a document was changed.
        """
        plan, total = selection.plan, selection.total_microusd
        holds = {
            step.id: transfers.Hold(
                id=self.reader.submitter.ids.new("trf"),
                account=plan.account_id,
                book=plan.book,
                reference=step.id,
                amount_microusd=step.price_microusd,
                key_id=caller.spender_id,
            )
            for step in selection.selected_steps
            if step.price_microusd
        }
        await _hold_steps(session, caller, list(holds.values()), total)
        rows = [
            (
                step.id,
                _first_state(step, selection),
                hold.id if (hold := holds.get(step.id)) else None,
            )
            for step in selection.steps
        ]
        await session.write((SET_STEP_STATE, rows))
        for step in selection.selected_steps:
            if step.operation not in TASKS:
                frozen = json.loads(step.input_json)
                await self.free_steps[step.operation].apply(session, caller, plan, frozen)
        actor, after = (
            audit_log.Actor.from_call(call),
            {"approvedMicrousd": total, "steps": len(holds)},
        )
        await audit_log.record(session, actor, "plan.execute", plan.id, after=after)


async def _take_plan(session: Session, caller: Caller, selection: StepSelection) -> bool:
    """Mark a plan as executed, which locks its row; return False if it is not pending any more."""
    plan, total = selection.plan, selection.total_microusd
    row = (plan.id, plan.account_id, plan.hash, caller.id, caller.spender_id, total)
    return await session.change(TAKE_PLAN, [row]) == 1


async def _hold_steps(
    session: Session, caller: Caller, holds: Sequence[transfers.Hold], total_microusd: int
) -> None:
    """Hold the price of every step.

    The total is judged first as if it were one hold, so that a refusal names the whole sum and not
    what is missing for the step at which the balance ran out.

    Raises:
        Problem: the account is frozen, or its balance or a cap of the key is below the total.
    """
    number = caller.ledger_account
    locked = await transfers.lock_accounts(session, [number])
    account = locked.accounts[number]
    # A plan of free steps holds nothing, but a frozen account may not run it either.
    if not holds and account.state != AccountState.ACTIVE:
        raise AccountFrozen
    if not holds:
        return
    policies = await load_spenders(session, [caller.spender_id])
    spender = policies.spenders.get(caller.spender_id or "")
    whole = replace(holds[0], amount_microusd=total_microusd)
    problem = find_spend_refusal(
        account, find_policies(spender, {}, policies), whole, spender, policies.now
    )
    if problem is not None:
        raise problem
    outcomes, writes = await transfers.hold_many(session, locked, holds)
    for outcome in outcomes:
        if isinstance(outcome, Problem):
            raise outcome
    await session.write(*writes)


def _first_state(step: PlanStep, selection: StepSelection) -> StepState:
    """Return the state of a step at the execution; free steps are done at once."""
    if step.id not in selection.selected_ids:
        return StepState.DROPPED
    return StepState.WAITING if step.operation in TASKS else StepState.SUCCEEDED


def _check_same_steps(steps: Sequence[PlanStep], body: ExecutePlan) -> None:
    """Check that a repeated call selects the executed steps; one without `step_ids` does.

    Raises:
        PlanAlreadyExecuted: the call selects other steps than were executed.
    """
    executed_ids = [step.id for step in steps if step.state != StepState.DROPPED]
    if body.step_ids is not None and select_step_ids(build_graph(steps), body.step_ids) != set(
        executed_ids
    ):
        raise errors.PlanAlreadyExecuted(executedStepIds=executed_ids)
