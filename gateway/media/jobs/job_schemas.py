"""A media job on the wire, as submits, reads, events and webhooks show it."""

from typing import Annotated, Any, Literal, Self

from pydantic import MISSING, Field, TypeAdapter, WithJsonSchema

from gateway.kit.money import render_usd
from gateway.kit.wire.field_types import (
    Bytes,
    Count,
    CreatedAt,
    Dollars,
    DurationSeconds,
    ExpiresAt,
    Frames,
    FramesPerSecond,
    Height,
    Instant,
    Many,
    Microusd,
    NextCursor,
    ObjectVersion,
    Placeholder,
    PollAfterSeconds,
    PreviewClipUrl,
    PreviewUrls,
    Seconds,
    Sha256,
    Text,
    Url,
    Width,
)
from gateway.kit.wire.id_types import AssetId, JobId, ProjectId
from gateway.kit.wire.models import Since, WireModel
from gateway.library.facts import Kind
from gateway.media.nodes.upstream_schemas import (
    ATTEMPT_EXAMPLE,
    UPSTREAM_EXAMPLE,
    JobAttempt,
    Upstream,
)
from gateway.media.schemas import Priced
from gateway.media.states import BillingState, JobState, OutputState, Relation
from gateway.media.tasks.base import Adjustment, InputWarning
from gateway.media.tasks.input_json import InputJson
from gateway.media.tasks.prices import Breakdown, Price

EMPTY_LIST_DEFAULT = "Field(default_factory=list)"
EMPTY_DICT_DEFAULT = "Field(default_factory=dict)"


class Billing(WireModel):
    """A job's price: `reserved` (held) while open, `captured` on success, else `released`.

    A dry run has `none`: nothing was held.
    """

    state: BillingState = Field(description="Its state.")
    currency: Literal["USD"] = Field("USD", description="Always USD.")
    price_usd: Dollars = Field(description="The price, in dollars.")
    price_microusd: Microusd
    charged_usd: Annotated[Dollars, Since("0.7", '"0.00"')] = Field(
        description="The amount charged, in dollars."
    )
    charged_microusd: Annotated[Microusd, Since("0.7", "0")]
    price_version: Text = Field(description="The version of the price table.")
    balance_usd: Dollars | MISSING = Field(
        MISSING, description="The balance after it; only on a submit."
    )
    balance_microusd: Microusd | MISSING = MISSING
    breakdown: Breakdown

    @classmethod
    def before_charge(
        cls,
        price: Price,
        state: BillingState,
        **balance: Any,  # noqa: ANN401
    ) -> Self:
        """Return the billing of a price of which nothing is charged yet."""
        return cls(
            state=state,
            price_usd=price.usd,
            price_microusd=price.microusd,
            charged_usd=render_usd(0),
            charged_microusd=0,
            price_version=price.version,
            breakdown=price.breakdown,
            **balance,
        )


Rate = Annotated[
    Count | FramesPerSecond, WithJsonSchema(TypeAdapter(FramesPerSecond).json_schema())
]


class JobOutput(WireModel):
    """One file; `url` works for 48 hours after the job finished. Sound has no size in pixels."""

    index: Count = Field(description="Its place, from 0.")
    kind: Kind = Field(description="Its kind.")
    state: OutputState = Field(description="Its state.")
    url: Url | None = Field(description="Its address; null when it can no longer be fetched.")
    poster_url: Url | None = Field(description="Address of a picture of it.")
    preview_urls: Annotated[PreviewUrls, Since("0.7", EMPTY_DICT_DEFAULT)]
    preview_clip_url: PreviewClipUrl | None
    placeholder: Placeholder | None
    mime_type: Text = Field(description="The media type of the bytes.")
    width: Width | None
    height: Height | None
    frames: Frames | None
    fps: Rate | None = Field(description="Frames a second.")
    duration_seconds: DurationSeconds | None
    has_audio: bool | None = Field(description="Whether it has sound.")
    bytes: Bytes
    sha256: Sha256
    asset_id: AssetId | None = Field(description="The asset that keeps it, if any.")
    expires_at: ExpiresAt = Field(description="When its URL stops working, in UTC.")


class Progress(WireModel):
    """A running job's progress."""

    percent: Count | None = Field(description="How far it is, in percent.")
    stage: Text | None = Field(description="The stage it is at.")
    step: Count | None = Field(description="The current step.")
    steps: Count | None = Field(description="Number of steps.")
    eta_seconds: Seconds | None = Field(description="Seconds left, estimated.")


class JobError(WireModel):
    """The error that ended a job, and what to do."""

    code: Text = Field(description="The kind of failure, for programs to branch on.")
    message: Text = Field(description="The reason, in words.")
    hint: Text = Field(description="The next step.")
    retryable: bool = Field(description="Whether the same may succeed when tried again.")


class JobUrls(WireModel):
    """Paths to read, follow and cancel a job."""

    get: Text = Field(description="The path to read it.")
    events: Text = Field(description="The path to follow it as server-sent events.")
    cancel: Text = Field(description="The path to cancel it, by POST.")


class JobParent(WireModel):
    """The result that a job was made from."""

    job_id: JobId
    output_index: Count = Field(description="Which output of that job, from 0.")
    relation: Relation = Field(description="What was done with it.")


class Job(WireModel):
    """A media job. A submit shows its input too, `includeDetails=1` also attempts and engine."""

    id: JobId = Field(description="The job, again.")
    job_id: JobId
    external_job_id: JobId = Field(description="The job, under the name older clients use.")
    task: Text = Field(description="The media task.")
    status: JobState = Field(description="Its progress.")
    livemode: bool = Field(description="True for real money, false for play money.")
    version: ObjectVersion
    created_at: CreatedAt
    started_at: Instant | None = Field(description="When it first started, in UTC.")
    finished_at: Instant | None = Field(description="When it ended, in UTC.")
    queue_position: Count | None = Field(description="Its place in the queue, from 1.")
    poll_after_seconds: PollAfterSeconds | None
    attempt: Annotated[Count, Since("0.7", "0")] = Field(
        description="The number of the current attempt."
    )
    progress: Progress | None = Field(description="How far it is, while it runs.")
    effective_input: InputJson | MISSING = Field(
        MISSING, description="The input as it is executed."
    )
    input_adjustments: Many[Adjustment] | MISSING = Field(
        MISSING, description="Each value that was moved to its grid, and the rule."
    )
    warnings: Many[InputWarning] | MISSING = Field(
        MISSING, description="Advice that changes nothing."
    )
    attempts: Many[JobAttempt] | MISSING = Field(
        MISSING,
        description="Each try; only with `includeDetails=1`.",
        examples=[[ATTEMPT_EXAMPLE]],
    )
    upstream: Upstream | MISSING | None = Field(
        MISSING,
        description="What the engine reported of the last try; only with `includeDetails=1`.",
        examples=[UPSTREAM_EXAMPLE],
    )
    outputs: Annotated[Many[JobOutput], Since("0.7", EMPTY_LIST_DEFAULT)] = Field(
        description="The files it made."
    )
    downloadable_output_urls: Annotated[Many[Url], Since("0.7", EMPTY_LIST_DEFAULT)] = Field(
        description="Addresses of the files, for 48 hours after the end; no key needed."
    )
    outputs_expire_at: Instant | None = Field(
        description="When the output URLs stop working, in UTC."
    )
    end_reason: Text | None = Field(description="Why it ended as it did.")
    error: JobError | None = Field(
        description="Why it failed: code, message, hint; null if it did not."
    )
    metadata: dict[str, Text] | None = Field(description="Returned as it was sent.")
    project_id: ProjectId | None
    parent: Annotated[JobParent | None, Since("0.7", "None")] = Field(
        description="The result that it was made from."
    )
    preset_ids: Annotated[Many[Text], Since("0.7", EMPTY_LIST_DEFAULT)] = Field(
        description="Presets whose words its prompt was said to hold."
    )
    billing: Billing
    urls: JobUrls


class DryRun(Priced):
    """The effect and price of a submit; nothing was stored."""

    dry_run: Literal[True] = Field(default=True, description="Tells it from a job.")
    billing: Annotated[Billing, Since("0.7")]
    affordable: bool = Field(description="Whether the balance and the key's caps allow it now.")
    balance_usd: Dollars = Field(description="The available balance, in dollars.")
    balance_microusd: Microusd
    blocked_by: Many[Text] = Field(description="Error codes a submit would get now.")


class JobPage(WireModel):
    """A page of jobs, newest first."""

    data: Many[Job] = Field(description="The jobs, newest first.")
    next_cursor: NextCursor | None
