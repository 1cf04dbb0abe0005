"""The rows of plans and steps: reading them, and what follows from them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from gateway.kit.clock import DAY
from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import sql
from gateway.kit.errors import NotFound
from gateway.kit.operation import Caller
from gateway.ledger.accounts.bars import build_barred_sql
from gateway.library.kinds import VISUAL_KINDS
from gateway.media.plan_steps import build_has_ended_sql
from gateway.media.stored_media import StoredMedia
from gateway.media.submits.quotes import parse_terms
from gateway.studio.plans.graph import GraphStep
from gateway.studio.plans.states import PlanState
from gateway.studio.plans.tables import ApprovalPlan, PlanStep

# SQL has no JSON functions that both databases share. `depends_on_json` has each key in quotes, so
# it contains a key if replacing the quoted key changes it. Keys contain no quotes.
UNFINISHED_DEPENDENCY = """other.plan_id = step.plan_id AND other.state IN ('waiting', 'submitted')
    AND replace(step.depends_on_json, '"' || other.key || '"', '') <> step.depends_on_json"""
UNSUCCESSFUL_STEP = "lost.plan_id = plan.id AND lost.state IN ('failed', 'canceled', 'skipped')"
# Every running plan that `PlanAdvancer.advance` could change now, found by one query, so that the
# sweep locks no plan that merely waits. A plan that is missing here would be stuck for ever; one
# that is here for nothing costs a look.
MOVABLE_PLANS = sql(
    f"""
    SELECT plan.id FROM approval_plan AS plan WHERE plan.outcome = 'running' AND (
      EXISTS (SELECT 1 FROM plan_step AS step WHERE step.plan_id = plan.id AND (
        (step.state = 'submitted' AND {build_has_ended_sql("step.job_id")})
        OR (step.state = 'waiting' AND (
          plan.decided_at < kt_now() - {DAY}
          OR {build_barred_sql("plan.account_id", "plan.key_id")}
          OR NOT EXISTS (SELECT 1 FROM plan_step AS other WHERE {UNFINISHED_DEPENDENCY})
          OR EXISTS (SELECT 1 FROM plan_step AS lost WHERE {UNSUCCESSFUL_STEP})))))
      OR NOT EXISTS (SELECT 1 FROM plan_step AS step
        WHERE step.plan_id = plan.id AND step.state IN ('waiting', 'submitted'))
    ) ORDER BY plan.id
    """  # noqa: S608 - constant
)


async def load_plan(
    session: Session, caller: Caller, plan_id: str, *, lock: bool = False, field: str = "planId"
) -> ApprovalPlan:
    """Return a plan of the caller; `lock` locks its row until the commit.

    `field` is the input that a refusal names.

    Raises:
        NotFound: the caller's account has no such plan.
    """
    statement = select(ApprovalPlan).where(
        ApprovalPlan.id == plan_id, ApprovalPlan.account_id == caller.ledger_account
    )
    plan = await session.scalar(statement.with_for_update() if lock else statement)
    if plan is None:
        raise NotFound("There is no such plan.", field=field)
    return plan


async def list_plan_steps(session: Session, plan_id: str) -> Sequence[PlanStep]:
    """Return all steps of a plan, in order."""
    statement = select(PlanStep).where(PlanStep.plan_id == plan_id).order_by(PlanStep.place)
    return (await session.scalars(statement)).all()


def build_graph(steps: Sequence[PlanStep]) -> list[GraphStep]:
    """Return the steps as the pure functions of `gateway.studio.plans.graph` take them."""
    return [
        GraphStep(step.id, step.key, step.state, frozenset(json.loads(step.depends_on_json)))
        for step in steps
    ]


def list_stored_media(steps: Sequence[PlanStep]) -> list[StoredMedia]:
    """Return the media inputs of steps that are in storage: not the outputs of other steps."""
    plans = [parse_terms(step.terms_json).plan for step in steps if step.terms_json]
    inputs = [media for plan in plans for media in plan.media.values()]
    return [each for media in inputs for each in media if each.key]


@dataclass(frozen=True, slots=True)
class PlanGlance:
    """Parts of a plan for a list: its first prompt, and the hash of its first picture or clip."""

    words: str
    sha256: str


def build_glance(steps: Sequence[PlanStep]) -> PlanGlance:
    """Build the glance at a plan from its steps; both parts are empty where there is none."""
    prompts = (json.loads(step.input_json).get("prompt") for step in steps)
    pictures = (
        media.facts.sha256
        for media in list_stored_media(steps)
        if media.facts.kind in VISUAL_KINDS and media.facts.sha256
    )
    return PlanGlance(next((str(each) for each in prompts if each), ""), next(pictures, ""))


def derive_plan_state(plan: ApprovalPlan, now: int) -> PlanState:
    """Return the state of a plan at a time: a pending one expires before a sweep writes it down."""
    return (
        PlanState.EXPIRED
        if plan.state == PlanState.PENDING and plan.expires_at <= now
        else plan.state
    )
