"""Acts of an operator on plans, and on the prices they were made at."""

from dataclasses import dataclass

from sqlalchemy import select

from gateway.kit.database import Session
from gateway.kit.errors import NotFound
from gateway.kit.sql import sql
from gateway.library.quota import touch
from gateway.media import price_withdrawals
from gateway.studio.plans.errors import PlanAlreadyExecuted
from gateway.studio.plans.hash import plan_hash
from gateway.studio.plans.rows import clock, state_of, steps_of
from gateway.studio.plans.states import PlanState
from gateway.studio.plans.tables import BLANKED, ApprovalPlan

OPEN = sql(
    """
    SELECT count(*) FROM approval_plan JOIN {rows} ON approval_plan.price_version = given.version
    WHERE state = 'pending' AND expires_at > kt_now()
    """,
    version="text",
)
PAGE = 200


@dataclass(frozen=True, slots=True)
class Standing:
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


async def standing(session: Session, plan_id: str) -> Standing:
    """Return how it stands with a plan.

    Raises:
        NotFound: there is no such plan.
    """
    plan = await _plan(session, plan_id)
    return Standing(
        plan.id, plan.owner_id, plan.book, state_of(plan, await clock(session)), plan.outcome,
        plan.origin, plan.total_microusd, plan.approved_microusd or 0, plan.price_version,
        plan.request_id, plan.created_at, plan.expires_at,
        [(s.key, s.operation, s.state, s.job_id) for s in await steps_of(session, plan_id)],
    )  # fmt: skip


async def expire(session: Session, plan_id: str) -> bool:
    """Let a pending plan expire now; False if it is over already.

    Raises:
        NotFound: there is no such plan.
        PlanAlreadyExecuted: it runs or has run; cancel its jobs instead.
    """
    plan = await _plan(session, plan_id, lock=True)
    if plan.state == PlanState.EXECUTED:
        raise PlanAlreadyExecuted("The plan was executed.", hint="Cancel its jobs instead.")
    if plan.state != PlanState.PENDING:
        return False
    await touch(session, plan.account_id)
    plan.state, plan.version = PlanState.EXPIRED, plan.version + 1
    session.tell(plan.id)
    return True


async def withdraw_prices(session: Session, version: str) -> tuple[bool, int]:
    """Take a price version back: open plans with it have to be prepared again.

    Returns: whether it was taken back now, and how many pending plans have it.
    """
    changed = await price_withdrawals.withdraw_prices(session, version)
    ((plans,),) = await session.read(OPEN, [(version,)])
    return changed, plans


async def verify(session: Session) -> list[str]:
    """Recompute the hash of every plan; return the ids of those that are not as they were.

    Plans whose prompts were blanked cannot be told any more.
    """
    wrong: list[str] = []
    last = ""
    while True:
        wanted = select(ApprovalPlan).where(ApprovalPlan.id > last).order_by(ApprovalPlan.id)
        plans = (await session.scalars(wanted.limit(PAGE))).all()
        if not plans:
            return wrong
        for plan in plans:
            steps = await steps_of(session, plan.id)
            blanked = any(step.given_json == BLANKED for step in steps)
            if not blanked and plan_hash(plan, steps) != plan.hash:
                wrong.append(plan.id)
        last = plans[-1].id


async def _plan(session: Session, plan_id: str, *, lock: bool = False) -> ApprovalPlan:
    wanted = select(ApprovalPlan).where(ApprovalPlan.id == plan_id)
    plan = await session.scalar(wanted.with_for_update() if lock else wanted)
    if plan is None:
        raise NotFound
    return plan
