"""Acts on plans, and on the price versions that they were made at."""

from typing import TypedDict

from gateway.kit.clock import to_iso
from gateway.kit.database.sessions import Session
from gateway.kit.money import render_usd
from gateway.operator.acts import ActOutcome, OperatorOrder, OutcomeFields, perform_act
from gateway.operator.gateway_location import GatewayLocation, open_database_at
from gateway.studio.plans import operator_plans
from gateway.studio.plans.states import PlanState


class StepRow(TypedDict):
    """A step of a plan."""

    key: str
    operation: str
    state: str
    jobId: str | None


class PlanDetails(TypedDict):
    """A plan as operators see it."""

    planId: str
    accountId: str
    mode: str
    state: str
    outcome: str | None
    origin: str
    totalUsd: str
    approvedUsd: str
    priceVersion: str
    requestId: str
    createdAt: str
    expiresAt: str
    steps: list[StepRow]


async def get_plan_details(where: GatewayLocation, plan_id: str) -> PlanDetails:
    """Return a plan as operators see it, with its steps.

    Raises:
        NotFound: there is no such plan.
    """
    async with open_database_at(where) as database, database.read() as snapshot:
        plan = await operator_plans.load_operator_plan(snapshot, plan_id)
    return {
        "planId": plan.id,
        "accountId": plan.account_id,
        "mode": plan.book,
        "state": plan.state,
        "outcome": plan.outcome,
        "origin": plan.origin,
        "totalUsd": render_usd(plan.total_microusd),
        "approvedUsd": render_usd(plan.approved_microusd),
        "priceVersion": plan.price_version,
        "requestId": plan.request_id,
        "createdAt": to_iso(plan.created_at),
        "expiresAt": to_iso(plan.expires_at),
        "steps": [
            {"key": key, "operation": operation, "state": state, "jobId": job_id}
            for key, operation, state, job_id in plan.steps
        ],
    }


async def expire_plan(order: OperatorOrder, plan_id: str) -> OutcomeFields:
    """Let a pending plan expire now.

    Raises:
        NotFound, PlanAlreadyExecuted: there is none, or it runs or has run.
    """

    async def work(session: Session) -> ActOutcome:
        changed = await operator_plans.expire_plan(session, plan_id)
        return ActOutcome(target=plan_id, changed=changed, after={"state": PlanState.EXPIRED})

    return await perform_act(order, "plan.expire", work)


async def withdraw_prices(order: OperatorOrder, version: str) -> OutcomeFields:
    """Withdraw a price version; pending plans with it are refused and have to be made again."""

    async def work(session: Session) -> ActOutcome:
        changed, plans = await operator_plans.withdraw_prices(session, version)
        return ActOutcome(target=version, changed=changed, after={"pendingPlans": plans})

    return await perform_act(order, "prices.withdraw", work)
