"""The operation that prepares the plan which renders a storyboard."""

import re
from collections.abc import Sequence

from gateway.kit.errors import ConcurrencyLimited, NotFound, Problem
from gateway.kit.operation import Call, Caller, Reply, operation
from gateway.media.errors import ContentRejected, MediaNotFound, NoPrice
from gateway.studio.documents.operations import SCOPES
from gateway.studio.documents.takes import fill_takes, list_roomless_clips
from gateway.studio.documents.versions import Documents
from gateway.studio.errors import ShotIncomplete
from gateway.studio.plans import operations as plans
from gateway.studio.plans.preparation.preparer import PlanPreparer
from gateway.studio.plans.reader import PlanReader
from gateway.studio.plans.schemas import Plan, PreparePlan
from gateway.studio.storyboards.model import parse_storyboard
from gateway.studio.storyboards.operations import CREATED, STORYBOARDS_PATH
from gateway.studio.storyboards.render_steps import RenderOptions, RenderStep, build_render_steps
from gateway.studio.storyboards.schemas import PrepareRender

STEP_FIELD = re.compile(r"steps\.(\d+)")


@operation(
    "POST",
    f"{STORYBOARDS_PATH}/prepare-render",
    tag="studio",
    response=Plan,
    status=CREATED,
    limit="quote",
    scopes=SCOPES,
    seconds=90,
    problems=(
        NotFound,
        ShotIncomplete,
        ConcurrencyLimited,
        NoPrice,
        MediaNotFound,
        ContentRejected,
    ),
)
async def prepare_render(
    call: Call,
    caller: Caller,
    body: PrepareRender,
    documents: Documents,
    preparer: PlanPreparer,
    reader: PlanReader,
) -> Reply:
    """Create one plan that renders a storyboard's shots, at exact prices; free.

    Execute it like any plan. Each clip becomes a take of its shot; a shot without a take gets its
    first one. A shot that continues another starts from the end of its clip.
    """
    # Looked up before the storyboard is read: a repeated request gets its plan, even if the
    # storyboard has changed since and would render other shots now.
    if (known := await preparer.find_replay(call, body)) is not None:
        return await plans.build_prepared_reply(known, caller, reader)
    async with documents.database.read() as snapshot:
        stored = await documents.load(snapshot, caller.ledger_account, body.asset_id, "storyboard")
        clips = await list_roomless_clips(snapshot, [body.asset_id])
    storyboard = fill_takes(parse_storyboard(stored.version.content), clips.get(body.asset_id, {}))
    options = RenderOptions(body.shot_ids, body.mode, body.takes_per_shot, body.combine)
    planned = build_render_steps(storyboard, options)
    plan_request = build_plan_request(storyboard.title, stored.asset.project_id, planned)
    try:
        prepared = await preparer.prepare(
            call, caller, plan_request, storyboard_id=body.asset_id, original_request=body
        )
    except Problem as problem:
        name_shots(problem, planned)
        raise
    return await plans.build_prepared_reply(prepared, caller, reader)


def build_plan_request(title: str, project_id: str, planned: Sequence[RenderStep]) -> PreparePlan:
    """Return the request of the plan that carries out the steps of a render."""
    return PreparePlan.model_validate(
        {
            "title": title,
            "projectId": project_id,
            "onFailure": "continue",
            "steps": [
                {
                    "key": step.key,
                    "operation": step.operation,
                    "input": step.input,
                    "shotId": step.shot_id,
                }
                for step in planned
            ],
        }
    )


def name_shots(problem: Problem, render_steps: Sequence[RenderStep]) -> None:
    """Add the shots of the refused steps to a problem: the caller knows shots, not our steps."""
    shot_ids: dict[str, None] = {}
    for error in problem.members.get("errors") or [{"field": problem.field}]:
        place = STEP_FIELD.match(str(error.get("field")))
        if place is not None and (shot_id := render_steps[int(place[1])].shot_id):
            shot_ids[shot_id] = None
    if shot_ids:
        problem.members["shotId"] = next(iter(shot_ids))
        problem.detail = f"{', '.join(shot_ids)}: {problem.detail}"
