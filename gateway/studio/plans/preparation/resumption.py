"""Resumption of a plan: a new plan of the executed steps that did not succeed."""

import json
from typing import Any

from gateway.kit.database.sessions import Session
from gateway.kit.operation import Caller
from gateway.media.inputs.resolver import STEP_URL
from gateway.media.submits.quotes import parse_terms
from gateway.media.tasks.base import Media
from gateway.studio.plans.errors import NothingToResume
from gateway.studio.plans.rows import list_plan_steps, load_plan
from gateway.studio.plans.schemas import PreparePlan
from gateway.studio.plans.states import PlanOutcome, StepState
from gateway.studio.plans.tables import BLANKED

UNSUCCESSFUL_STATES = {StepState.FAILED, StepState.CANCELED, StepState.SKIPPED}


async def load_resumed_request(
    session: Session, caller: Caller, plan_id: str
) -> tuple[PreparePlan, dict[str, Media]]:
    """Return the request to prepare instead of a plan, and the stored media of its steps by key.

    `step://` references to steps that succeeded become `job://` references to their jobs.

    Raises:
        NotFound: the caller has no such plan.
        NothingToResume: it has not ended, every step succeeded, or its inputs were blanked.
    """
    plan = await load_plan(session, caller, plan_id, field="resumeOf")
    steps = await list_plan_steps(session, plan_id)
    undone = [step for step in steps if step.state in UNSUCCESSFUL_STATES]
    has_inputs = all(step.given_json != BLANKED for step in undone)
    if plan.outcome in {None, PlanOutcome.RUNNING} or not undone or not has_inputs:
        raise NothingToResume(field="resumeOf")
    done = {step.key: step.job_id for step in steps if step.state == StepState.SUCCEEDED}
    requests = [
        {
            "key": step.key,
            "operation": step.operation,
            "input": _point_to_jobs(json.loads(step.given_json), done),
            "dependsOn": [key for key in json.loads(step.depends_on_json) if key not in done],
            "shotId": step.shot_id,
        }
        for step in undone
    ]
    body = {
        "steps": requests,
        "projectId": plan.project_id,
        "threadId": plan.thread_id,
        "title": plan.title,
        "onFailure": plan.on_failure,
    }
    media = {step.key: parse_terms(step.terms_json).media for step in undone
             if step.terms_json}  # fmt: skip
    return PreparePlan.model_validate(body), media


def _point_to_jobs(value: Any, job_by_key: dict[str, str | None]) -> Any:  # noqa: ANN401 - any JSON value
    """Return an input with `step://` of succeeded steps replaced by `job://`."""
    if isinstance(value, dict):
        return {name: _point_to_jobs(each, job_by_key) for name, each in value.items()}
    if isinstance(value, list):
        return [_point_to_jobs(each, job_by_key) for each in value]
    match = STEP_URL.fullmatch(value) if isinstance(value, str) else None
    if match is not None and match[1] in job_by_key:
        return f"job://{job_by_key[match[1]]}/{match[2]}"
    return value
