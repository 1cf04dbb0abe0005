"""Plans as operators see and change them, and the prices that plans were made at."""

from dataclasses import dataclass

from sqlalchemy import select

from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import get_database_time, sql
from gateway.kit.errors import NotFound
from gateway.library.quota import lock_shelf
from gateway.media.submits import price_withdrawals
from gateway.studio.plans.errors import PlanAlreadyExecuted
from gateway.studio.plans.hash import hash_plan
from gateway.studio.plans.rows import derive_plan_state, list_plan_steps
from gateway.studio.plans.states import PlanState
from gateway.studio.plans.tables import BLANKED, ApprovalPlan

COUNT_OPEN_PLANS = sql(
    """
    SELECT count(*) FROM approval_plan JOIN {rows} ON approval_plan.price_version = given.version
    WHERE state = 'pending' AND expires_at > kt_now()
    """,
    version="text",
)
PAGE_SIZE = 200


@dataclass(frozen=True, slots=True)
class OperatorPlan:
    """A plan as an operator sees it; amounts in micro-USD, times in microseconds since 1970.

    `steps` are key, operation, state and job of each.
    """

    id: str
    account_id: str
    book: str
    state: str
    outcome: str | None
    origin: str
    total_microusd: int
    approved_microusd: int
    price_version: str
    request_id: str
    created_at: int
    expires_at: int
    steps: list[tuple[str, str, str, str | None]]


async def load_operator_plan(session: Session, plan_id: str) -> OperatorPlan:
    """Return a plan as operators see it: owner, state, money, prices and steps.

    Raises:
        NotFound: no plan has this id.
    """
    plan, now = await _load_plan(session, plan_id), await get_database_time(session)
    return OperatorPlan(
        plan.id, plan.owner_id, plan.book, derive_plan_state(plan, now), plan.outcome,
        plan.origin, plan.total_microusd, plan.approved_microusd or 0, plan.price_version,
        plan.request_id, plan.created_at, plan.expires_at,
        [(s.key, s.operation, s.state, s.job_id) for s in await list_plan_steps(session, plan_id)],
    )  # fmt: skip


async def expire_plan(session: Session, plan_id: str) -> bool:
    """Expire a pending plan now; return False if it was rejected or has expired before.

    Raises:
        NotFound: no plan has this id.
        PlanAlreadyExecuted: the plan was executed; the operator can cancel its jobs.
    """
    plan = await _load_plan(session, plan_id, lock=True)
    if plan.state == PlanState.EXECUTED:
        raise PlanAlreadyExecuted("The plan was executed.", hint="Cancel its jobs instead.")
    if plan.state != PlanState.PENDING:
        return False
    await lock_shelf(session, plan.account_id)
    plan.state, plan.version = PlanState.EXPIRED, plan.version + 1
    session.notify_after_commit(plan.id)
    return True


async def withdraw_prices(session: Session, version: str) -> tuple[bool, int]:
    """Withdraw a price version: pending plans made at it have to be prepared again.

    Returns: True if it was not withdrawn before, and the number of pending plans made at it.
    """
    changed = await price_withdrawals.withdraw_prices(session, version)
    ((plans,),) = await session.read(COUNT_OPEN_PLANS, [(version,)])
    return changed, plans


async def find_changed_plans(session: Session) -> list[str]:
    """Recompute the hash of every plan; return the ids of plans that were changed.

    Plans whose texts were blanked are passed over: their hash cannot be computed any more.
    """
    changed_ids: list[str] = []
    last_id = ""
    while True:
        statement = select(ApprovalPlan).where(ApprovalPlan.id > last_id).order_by(ApprovalPlan.id)
        plans = (await session.scalars(statement.limit(PAGE_SIZE))).all()
        if not plans:
            return changed_ids
        for plan in plans:
            steps = await list_plan_steps(session, plan.id)
            is_blanked = any(step.given_json == BLANKED for step in steps)
            if not is_blanked and hash_plan(plan, steps) != plan.hash:
                changed_ids.append(plan.id)
        last_id = plans[-1].id


async def _load_plan(session: Session, plan_id: str, *, lock: bool = False) -> ApprovalPlan:
    statement = select(ApprovalPlan).where(ApprovalPlan.id == plan_id)
    plan = await session.scalar(statement.with_for_update() if lock else statement)
    if plan is None:
        raise NotFound
    return plan
