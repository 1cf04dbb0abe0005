"""Operations on approval plans."""

from functools import partial

from gateway.kit.errors import (
    AccountFrozen,
    ConcurrencyLimited,
    InsufficientCredits,
    InvalidInput,
    KeyLimitExceeded,
    NotFound,
)
from gateway.kit.long_poll import wait_while_allowed
from gateway.kit.operation import Answer, Call, Caller, Reply, operation
from gateway.ledger.errors import MemberLimitExceeded
from gateway.ledger.operations import TopUp
from gateway.library import previews
from gateway.library.errors import MediaUnreadable, StorageQuotaExceeded, UnsupportedMedia
from gateway.library.uploads.intake import Uploads
from gateway.media.errors import (
    AdjustmentRequired,
    ContentRejected,
    MediaNotFound,
    NoPrice,
    PriceChanged,
    PriceExceedsMax,
)
from gateway.media.schemas import Preview
from gateway.storage.base import KeyMissing
from gateway.studio.plans import errors, schemas
from gateway.studio.plans.execution.executor import PlanExecutor
from gateway.studio.plans.preparation.preparer import PlanPreparer, PreparedPlan
from gateway.studio.plans.reader import PlanReader

BODY_BYTES = 32 * 1024 * 1024
PLANS_PATH = "/api/v1/studio/agent/approval-plans"
SCOPES = ("studio", "media")
OK, CREATED, ACCEPTED = 200, 201, 202
REPLAY_HEADERS = {"Idempotency-Replayed": "true"}


@operation(
    "POST",
    f"{PLANS_PATH}/prepare",
    tag="studio",
    response=schemas.Plan,
    status=CREATED,
    limit="quote",
    scopes=SCOPES,
    body_bytes=BODY_BYTES,
    seconds=90,
    problems=(
        NotFound,
        ConcurrencyLimited,
        errors.UnknownOperation,
        errors.UnknownStep,
        errors.DependencyCycle,
        NoPrice,
        AdjustmentRequired,
        MediaNotFound,
        ContentRejected,
        StorageQuotaExceeded,
    ),
)
async def prepare_plan(
    call: Call,
    caller: Caller,
    body: schemas.PreparePlan,
    preparer: PlanPreparer,
    reader: PlanReader,
) -> Reply:
    """Freeze 1 to 50 steps at exact prices for 15 minutes; free, nothing is held.

    A `…Url` field may be `step://KEY/n`, output n of an earlier step. One invalid step refuses all.
    Execute it once with `planId` and `planHash`, or show `approvalUrl` to a person. The same
    request with the same idempotency key returns the plan in its current state.
    """
    return await build_prepared_reply(await preparer.prepare(call, caller, body), caller, reader)


@operation(
    "GET",
    PLANS_PATH,
    tag="studio",
    response=schemas.Plan,
    alternatives=(schemas.PlanPage,),
    scopes=SCOPES,
    session="also",
    seconds=35,
    problems=(NotFound, errors.UnknownStep, errors.MissingDependency),
)
async def get_plans(
    call: Call, caller: Caller, query: schemas.PlanQuery, reader: PlanReader
) -> schemas.Plan | schemas.PlanPage:
    """Read one plan, by its id or its job, or list plans without their steps, newest first.

    `waitSeconds` waits for its end, or for a version above `sinceVersion`. `consent` is what the
    caller needs: `auto` nothing, `confirm` a confirmation in the client, `approve` a person's
    approval on the page. With `closure` any `stepIds` become a selection that can run, which
    `selection` describes: the steps, those left out with what they need, and those brought along.
    """
    plan_id = query.plan_id
    if plan_id is None and query.job_id is not None:
        plan_id = await reader.get_plan_id_of_job(caller, query.job_id)
    if plan_id is None:
        return await reader.list_plans(caller, query)
    if query.wait_seconds:
        ended = partial(reader.wait, caller, plan_id, since_version=query.since_version)
        await wait_while_allowed(call, query.wait_seconds, ended)
    step_ids, checked_ids = _split_ids(query.step_ids), _split_ids(query.checked_step_ids)
    if query.closure:
        return await reader.get_plan(caller, plan_id, step_ids, closes_over=checked_ids or [])
    if checked_ids is not None:
        raise InvalidInput("This parameter requires `closure`.", field="checkedStepIds")
    if step_ids == []:
        raise InvalidInput("Name at least one step.", field="stepIds")
    return await reader.get_plan(caller, plan_id, step_ids)


@operation(
    "GET",
    f"{PLANS_PATH}/media",
    tag="studio",
    response=Preview,
    scopes=SCOPES,
    session="also",
    seconds=90,
    media_types=(previews.PREVIEW_MIME_TYPE,),
    problems=(NotFound, UnsupportedMedia, MediaUnreadable),
)
async def get_plan_media(
    caller: Caller, query: schemas.PlanMediaQuery, reader: PlanReader, uploads: Uploads
) -> Answer:
    """View a media input of a plan as one small picture: exactly the bytes it would use.

    They are kept until the plan ends. Outputs of earlier steps cannot be viewed yet.
    """
    media = await reader.load_stored_media(caller, query.plan_id, query.sha256)
    kind, storage, folder = media.facts.kind, uploads.storage, uploads.folder
    try:
        asker = await uploads.inspection_budgets.get_budget(caller.ledger_account, caller.book)
        picture = await previews.load_preview(
            storage, folder, key=media.key, kind=kind, frames=query.frames, budget=asker
        )
    except KeyMissing:
        raise NotFound("The plan's media are no longer kept.", field="sha256") from None
    headers = {"Content-Type": previews.PREVIEW_MIME_TYPE, "Cache-Control": "private, max-age=3600"}
    return Answer(status=OK, body=picture, headers=headers)


@operation(
    "POST",
    f"{PLANS_PATH}/execute",
    tag="studio",
    response=schemas.Plan,
    status=ACCEPTED,
    scopes=SCOPES,
    spends="by consent",
    submits=True,
    problems=(
        NotFound,
        errors.PlanAlreadyExecuted,
        errors.PlanRejected,
        errors.PlanExpired,
        errors.PlanHashMismatch,
        errors.UnknownStep,
        errors.MissingDependency,
        errors.PlanStale,
        PriceChanged,
        NoPrice,
        PriceExceedsMax,
        errors.ApprovalRequired,
        AccountFrozen,
        InsufficientCredits,
        KeyLimitExceeded,
        MemberLimitExceeded,
    ),
)
async def execute_plan(
    call: Call,
    caller: Caller,
    body: schemas.ExecutePlan,
    *,
    executor: PlanExecutor,
    reader: PlanReader,
    top_up: TopUp,
) -> Reply:
    """Run a plan once: its total is held now, each step is charged only if it succeeds.

    Safe to call again: the same call returns the same jobs and charges nothing more. Without
    `stepIds` it returns a plan that was approved in part as it ran: `droppedStepIds` were left out.
    After 402 the plan is still pending; after `approval_required` show `approvalUrl` to the user.
    """
    with top_up.adding_url_to_refusal():
        is_replay = await executor.execute(call, caller, body)
    plan = await reader.get_plan(caller, body.plan_id)
    if is_replay:
        return Reply(status=OK, body=plan, headers=REPLAY_HEADERS)
    return Reply(body=plan)


@operation(
    "POST",
    f"{PLANS_PATH}/reject",
    tag="studio",
    response=schemas.Plan,
    scopes=SCOPES,
    problems=(NotFound, errors.PlanAlreadyExecuted),
)
async def reject_plan(
    call: Call, caller: Caller, body: schemas.RejectPlan, executor: PlanExecutor, reader: PlanReader
) -> schemas.Plan:
    """Reject a pending plan permanently; nothing is spent. Repeating it is safe."""
    await executor.reject(call, caller, body)
    return await reader.get_plan(caller, body.plan_id)


def _split_ids(text: str | None) -> list[str] | None:
    return None if text is None else [each for each in text.split(",") if each]


async def build_prepared_reply(prepared: PreparedPlan, caller: Caller, reader: PlanReader) -> Reply:
    """Return the answer to a request that prepared a plan, now or before."""
    plan = await reader.get_plan(caller, prepared.plan_id)
    return Reply(status=CREATED, body=plan, headers=REPLAY_HEADERS if prepared.is_replay else {})
