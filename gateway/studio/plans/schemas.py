"""Approval plans on the wire."""

from typing import Annotated, ClassVar, Literal

from pydantic import MISSING, Field, StringConstraints, WithJsonSchema

from gateway.kit.wire.field_types import (
    Count,
    CreatedAt,
    Dollars,
    ExpiresAt,
    Instant,
    Many,
    Microusd,
    NextCursor,
    ObjectVersion,
    PollAfterSeconds,
    Text,
    Url,
)
from gateway.kit.wire.id_types import Id, JobId, PlanId, ProjectId, StepId, ThreadId
from gateway.kit.wire.models import OneOf, RequestModel, Usd, WireModel
from gateway.media.tasks.base import Adjustment, InputWarning
from gateway.media.tasks.catalogue import list_input_fields
from gateway.media.tasks.input_json import InputJson
from gateway.media.tasks.prices import Breakdown
from gateway.studio.plans.states import PlanOutcome, PlanState, StepState

MOST_STEPS = 50
ULID = "[0-9A-Z]{26}"
Origin = Literal["key", "session", "agent"]
OnFailure = Literal["stop", "continue"]
StepIds = Annotated[
    str, StringConstraints(pattern=f"^(step_{ULID}(,step_{ULID}){{0,{MOST_STEPS - 1}}})?$")
]
Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]


class StepRequest(RequestModel):
    """One step: a media task, or a free document step."""

    field_hints: ClassVar[dict[str, str]] = {
        **{name: f"Put `{name}` into `input`." for name in list_input_fields()},
        **RequestModel.field_hints,
        "task": "Did you mean `operation`?",
    }

    key: Key | None = Field(
        None, description="Its name in this plan, for `step://KEY/n`; default: step1, step2, …"
    )
    operation: str = Field(
        max_length=40, description="The media task, or a document step.", examples=["video.extend"]
    )
    input: InputJson = Field(
        description="The input of the task, as its `inputSchema` says. A …Url field may be "
        "`step://KEY/n`: output n of an earlier step. Of `studio.text.save` `{assetId, "
        "baseVersion}` or `{name, projectId}`, and `content`; of `studio.storyboard.save` the same "
        "with `document` in place of `content`.",
        examples=[{"prompt": "cinematic fox astronaut", "width": 1024, "height": 1024}],
    )
    depends_on: list[Key] = Field(
        default_factory=list, max_length=MOST_STEPS, description="Keys of steps to wait for."
    )
    strict: bool = Field(default=False, description="Refuse instead of adjusting a value.")
    shot_id: str | None = Field(
        None, max_length=32, description="The storyboard shot it is a take of."
    )


class PreparePlan(OneOf):
    """The steps of a new plan; or `resumeOf`, to run what an executed plan did not finish."""

    forms = ({"steps": {"type": "array"}}, {"resumeOf": {"type": "string"}})

    steps: list[StepRequest] | None = Field(
        None,
        min_length=1,
        max_length=MOST_STEPS,
        description="The steps; one invalid step refuses all.",
        examples=[[{"operation": "image.generate", "input": {"prompt": "a fox astronaut"}}]],
    )
    resume_of: PlanId | None = Field(
        None, description="An executed plan that has ended, to retry its unsuccessful steps."
    )
    project_id: ProjectId | None = Field(None, description="One of your projects, for all jobs.")
    thread_id: ThreadId | None = Field(None, description="The thread it comes from.")
    title: str | None = Field(None, min_length=1, max_length=200, description="Its purpose.")
    on_failure: OnFailure = Field(
        "stop", description="After a step that does not succeed: skip all others, or only those "
        "that need it."
    )  # fmt: skip


class ExecutePlan(RequestModel):
    """The plan to run, as it was seen."""

    plan_id: PlanId = Field(description="The plan.")
    plan_hash: str = Field(
        max_length=80,
        description="Its hash, as shown in the plan.",
        examples=["sha256:" + "0" * 64],
    )
    step_ids: list[StepId] | None = Field(
        None,
        min_length=1,
        max_length=MOST_STEPS,
        description="Run only these, including all they need; the others are dropped permanently.",
    )
    max_total_usd: Usd | None = Field(None, description="A higher total is refused.")
    confirmed_in_client: bool = Field(
        default=False, description="The person in front of the client has confirmed."
    )


class RejectPlan(RequestModel):
    """The plan to reject."""

    plan_id: PlanId = Field(description="A pending plan.")
    reason: str | None = Field(None, max_length=500, description="The reason, which is kept.")


class PlanQuery(RequestModel):
    """One plan by `planId` or by a job of it, or a page of plans."""

    plan_id: PlanId | None = Field(None, description="The plan; default: a page of plans.")
    job_id: JobId | None = Field(None, description="Instead of planId: a job it created.")
    step_ids: StepIds | None = Field(
        None,
        description="Comma-separated steps; selected, balanceAfter, consent then cover only these.",
    )
    closure: bool = Field(
        default=False,
        description="Make `stepIds` a selection that can run: steps that need others are left out, "
        "and `selection` gives the reasons. It may then be empty.",
    )
    checked_step_ids: StepIds | None = Field(
        None, description="Of `stepIds`, those to bring along what they need; with `closure`."
    )
    wait_seconds: int = Field(
        0, ge=0, le=30, description="Wait this long for its end, or a version above sinceVersion."
    )
    since_version: int | None = Field(
        None, ge=0, le=2**31 - 1, description="The version you already have."
    )
    state: PlanState | None = Field(None, description="Only plans in this state.")
    project_id: ProjectId | None = Field(None, description="Only plans of this project.")
    limit: int = Field(20, ge=1, le=100, description="Maximum number of plans in a page.")
    cursor: PlanId | None = Field(None, description="`nextCursor` of the previous page.")


class PlanMediaQuery(RequestModel):
    """A media input of a plan, by the SHA-256 that stands in the step."""

    plan_id: PlanId
    sha256: str = Field(
        pattern="^[0-9a-f]{64}$", description="Of an image or video.", examples=["5f" * 32]
    )
    frames: int = Field(1, ge=1, le=4, description="Number of frames of a video, on one sheet.")


class StepError(WireModel):
    """The reason why a step did not succeed or run."""

    code: Text = Field(description="The kind of failure, for programs to branch on.")
    message: Text = Field(description="The reason, in words.")
    hint: Text | MISSING = Field(MISSING, description="The next step.")
    retryable: bool | MISSING = Field(
        MISSING, description="Whether the same may succeed when tried again."
    )


class PlanStep(WireModel):
    """One frozen step with its exact price."""

    step_id: StepId
    key: Text = Field(description="The step's name in this plan, as in `step://KEY/n`.")
    operation: Text = Field(description="The media task, or a document step.")
    input: InputJson = Field(description="The input of the step, as it was frozen.")
    input_adjustments: Many[Adjustment] = Field(
        description="Each value that was moved to its grid, and the rule."
    )
    warnings: Many[InputWarning] = Field(description="Advice that changes nothing.")
    price_usd: Dollars = Field(description="The price, in dollars.")
    price_microusd: Microusd
    breakdown: Breakdown
    depends_on: Many[Text] = Field(description="Keys of the steps it waits for.")
    shot_id: Id | None = Field(description="The shot of a storyboard.")
    state: StepState = Field(description="Its state.")
    percent: Count | None = Field(
        description="How far it is: 100 once it has ended, null if it was left out."
    )
    job_id: JobId | None
    error: StepError | None = Field(
        description="Why it failed: code, message, hint; null if it did not."
    )


class DroppedStep(WireModel):
    """A step that would not run."""

    step_id: StepId
    needs: Many[StepId] = Field(
        description="The steps it needs and that were not asked for; empty if it was not itself."
    )


class AddedStep(WireModel):
    """A step that came along with one that needs it."""

    step_id: StepId
    needed_by: Many[StepId] = Field(description="Those of `checkedStepIds` that need it.")


class PlanSelection(WireModel):
    """A selection of steps that can run, and what changed to make it so."""

    step_ids: Many[StepId] = Field(description="The steps that would run, in order.")
    dropped: Many[DroppedStep] = Field(description="All others, in order, with the reason.")
    added: Many[AddedStep] = Field(description="Steps brought along by `checkedStepIds`.")


class PlanHead(WireModel):
    """A plan without its steps."""

    plan_id: PlanId
    plan_hash: Text = Field(description="Binds steps, inputs and prices; execute needs it.")
    state: PlanState = Field(description="Its state.")
    outcome: Annotated[
        PlanOutcome | None,
        WithJsonSchema({"type": ["string", "null"], "enum": [*PlanOutcome, None]}),
    ] = Field(description="How it ended.")
    version: ObjectVersion
    origin: Origin = Field(description="Where it came from.")
    asked_by: Id = Field(description="Id of the key, session or request that prepared it.")
    title: Text | None = Field(description="Its purpose.")
    project_id: ProjectId | None
    thread_id: ThreadId | None
    resume_of: PlanId | None = Field(description="The plan whose steps it retries.")
    livemode: bool = Field(description="True for real money, false for play money.")
    step_count: Count = Field(description="Number of steps.")
    operations: dict[str, Count] = Field(
        description="How many steps of each kind it has, in order."
    )
    total_usd: Dollars = Field(description="The total, in dollars.")
    total_microusd: Microusd
    price_version: Text = Field(description="The version of the price table.")
    on_failure: OnFailure = Field(
        description="After a step that fails: skip all others, or only those that need it."
    )
    created_at: CreatedAt
    expires_at: ExpiresAt
    seconds_left: Count = Field(description="Seconds until it expires.")
    decided_at: Instant | None = Field(description="When it was decided, in UTC.")
    finished_at: Instant | None = Field(description="When it ended, in UTC.")
    reason: Text | None = Field(description="Why it was rejected.")
    consent: Literal["auto", "confirm", "approve"] = Field(
        description="What this caller needs to execute it: nothing, a confirmation, or an approval."
    )
    requires_human_approval: bool = Field(
        description="Whether a person must approve it on the page."
    )
    approval_url: Url = Field(description="The page where a person approves or rejects it.")


class Plan(PlanHead):
    """A plan: frozen steps, exact prices, one hash."""

    steps: Many[PlanStep] = Field(description="The steps, in order.")
    selected_usd: Dollars = Field(description="Price of the steps in `stepIds`, or of all.")
    selected_microusd: Microusd
    selection: PlanSelection | MISSING = Field(
        MISSING, description="The selection that `stepIds` led to; only with `closure`."
    )
    affordable: bool | None = Field(description="Null once the plan is not pending.")
    balance_usd: Dollars = Field(description="The available balance, in dollars.")
    balance_microusd: Microusd
    balance_after_usd: Dollars | MISSING = Field(
        MISSING, description="What these steps would leave; only while the plan is pending."
    )
    balance_after_microusd: Microusd | MISSING = MISSING
    blocked_by: Many[Text] = Field(description="Error codes executing it would get now.")
    approved_usd: Dollars = Field(description="The amount approved and held.")
    approved_microusd: Microusd
    charged_usd: Dollars = Field(description="The cost of its successful steps so far.")
    charged_microusd: Microusd
    error: StepError | None = Field(
        description="Why it was stopped: `key_revoked` or `account_frozen`."
    )
    job_ids: Many[JobId] = Field(description="The jobs of the plan.")
    dropped_step_ids: Many[StepId] = Field(
        description="Steps left out when it was approved; they never run."
    )
    poll_after_seconds: PollAfterSeconds | None


class PlanPage(WireModel):
    """A page of plans, newest first."""

    data: Many[PlanHead] = Field(description="The plans, newest first.")
    next_cursor: NextCursor | None
