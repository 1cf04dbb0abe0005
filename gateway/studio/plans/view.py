"""Steps and results of plans in their wire form."""

import json
from collections.abc import Mapping, Sequence
from typing import TypedDict

from gateway.kit.money import render_usd
from gateway.media.tasks.base import ADJUSTMENTS_ADAPTER, WARNINGS_ADAPTER
from gateway.media.tasks.prices import Breakdown
from gateway.studio.plans import schemas
from gateway.studio.plans.graph import ClosedSelection
from gateway.studio.plans.states import PlanOutcome, StepState
from gateway.studio.plans.tables import ApprovalPlan, PlanStep

POLL_SECONDS = 2


class PlanResult(TypedDict):
    """The result of an executed plan, as fields of an answer."""

    approved_usd: str
    approved_microusd: int
    charged_usd: str
    charged_microusd: int
    error: schemas.StepError | None
    job_ids: list[str]
    dropped_step_ids: list[str]
    poll_after_seconds: int | None


def list_running_job_ids(steps: Sequence[PlanStep]) -> list[str]:
    """Return the jobs of the steps whose end is not recorded yet."""
    return [step.job_id for step in steps if step.state == StepState.SUBMITTED and step.job_id]


def _compute_percent(step: PlanStep, percent_by_job: Mapping[str, int]) -> int | None:
    """Return how far a step is, in percent; `percent_by_job` are those of running jobs, by id."""
    if step.state == StepState.DROPPED:
        return None
    if step.state in {StepState.PENDING, StepState.WAITING}:
        return 0
    return percent_by_job.get(step.job_id or "", 0) if step.state == StepState.SUBMITTED else 100


def render_step(step: PlanStep, percent_by_job: Mapping[str, int]) -> schemas.PlanStep:
    """Render a step; `percent_by_job` are those of running jobs, by id."""
    return schemas.PlanStep(
        step_id=step.id,
        key=step.key,
        operation=step.operation,
        input=json.loads(step.input_json),
        input_adjustments=ADJUSTMENTS_ADAPTER.validate_json(step.adjustments_json, extra="ignore"),
        warnings=WARNINGS_ADAPTER.validate_json(step.warnings_json, extra="ignore"),
        price_usd=render_usd(step.price_microusd),
        price_microusd=step.price_microusd,
        breakdown=Breakdown.read(step.breakdown_json),
        depends_on=json.loads(step.depends_on_json),
        shot_id=step.shot_id,
        state=step.state,
        percent=_compute_percent(step, percent_by_job),
        job_id=step.job_id,
        error=_parse_step_error(step),
    )


def _parse_step_error(step: PlanStep) -> schemas.StepError | None:
    if step.error_json is None:
        return None
    return schemas.StepError.model_validate_json(step.error_json, extra="ignore")


def render_selection(closed: ClosedSelection) -> schemas.PlanSelection:
    """Render a selection that can run, with the reasons of its steps."""
    return schemas.PlanSelection(
        step_ids=closed.step_ids,
        dropped=[
            schemas.DroppedStep(step_id=step_id, needs=needs)
            for step_id, needs in closed.needs_by_dropped_id.items()
        ],
        added=[
            schemas.AddedStep(step_id=step_id, needed_by=users)
            for step_id, users in closed.users_by_added_id.items()
        ],
    )


def render_result(plan: ApprovalPlan, steps: Sequence[PlanStep]) -> PlanResult:
    """Render the result of a plan so far; all is zero or empty before it is executed.

    `error` is why steps were skipped: the problem that stopped the plan.
    """
    approved = plan.approved_microusd or 0
    charged = sum(step.price_microusd for step in steps if step.state == StepState.SUCCEEDED)
    return {
        "approved_usd": render_usd(approved),
        "approved_microusd": approved,
        "charged_usd": render_usd(charged),
        "charged_microusd": charged,
        "error": next(
            filter(
                None, (_parse_step_error(step) for step in steps if step.state == StepState.SKIPPED)
            ),
            None,
        ),
        "job_ids": [step.job_id for step in steps if step.job_id is not None],
        "dropped_step_ids": [step.id for step in steps if step.state == StepState.DROPPED],
        "poll_after_seconds": POLL_SECONDS if plan.outcome == PlanOutcome.RUNNING else None,
    }
