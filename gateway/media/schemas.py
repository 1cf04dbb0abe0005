"""Tasks, submits, quotes and queries of media jobs on the wire."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, StringConstraints, field_validator, model_validator
from pydantic_core import PydanticCustomError

from gateway.kit.money import parse_usd
from gateway.kit.wire.field_types import Count, Dollars, ExpiresAt, Many, Microusd, Seconds, Text
from gateway.kit.wire.id_types import Id, JobId, ProjectId
from gateway.kit.wire.json_schema import JsonSchema
from gateway.kit.wire.models import OneOf, RequestModel, Usd, WireModel
from gateway.library.schemas import Name, Tags
from gateway.media.states import Availability, JobState, Relation
from gateway.media.tasks.base import Adjustment, InputWarning, Limit, Plan
from gateway.media.tasks.catalogue import TASKS, list_input_fields
from gateway.media.tasks.input_json import InputJson
from gateway.media.tasks.prices import Breakdown, PriceRule

WebhookEvent = Literal["job.started", "job.completed"]
MetadataKey = Annotated[str, StringConstraints(min_length=1, max_length=40)]
MetadataValue = Annotated[str, StringConstraints(max_length=500)]
PresetId = Annotated[
    str, StringConstraints(min_length=1, max_length=40, pattern=r"^[A-Za-z][A-Za-z0-9_]*$")
]
MOST_METADATA = 16
MOST_PRESETS = 8
MOST_ITEMS = 100
MOST_OUTPUTS = 100
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Webhook(RequestModel):
    """The address for a job's events; see docs/webhooks.md for what is sent."""

    url: str = Field(
        min_length=1,
        max_length=2048,
        description="A public https URL on port 443; redirects are not followed.",
        examples=["https://example.com/hooks/media"],
    )
    events: list[WebhookEvent] = Field(
        default=["job.completed"],
        min_length=1,
        max_length=2,
        description="What to send: the first start, the end. Default: the end.",
    )


class TaskRequest(RequestModel):
    """One media task with its input."""

    field_hints: ClassVar[dict[str, str]] = {
        **{name: f"Put `{name}` into `input`." for name in list_input_fields()},
        **RequestModel.field_hints,
        "operation": "Did you mean `task`?",
        "model": "Leave it out: the task decides the model.",
        "dryRun": "Send it in the address: POST /api/v1/media/jobs?dryRun=1.",
        "waitSeconds": "Send it as the header `Prefer: wait=30`.",
        "webhookUrl": 'Send `webhook: {"url": "https://…"}`.',
        "callbackUrl": 'Send `webhook: {"url": "https://…"}`.',
    }

    task: str = Field(max_length=40, description="Name of the task.", examples=["image.generate"])
    input: InputJson = Field(
        description="The input of the task; see /api-docs for the fields of each.",
        examples=[{"prompt": "cinematic fox astronaut", "width": 1024, "height": 1024}],
    )
    strict: bool = Field(default=False, description="Refuse instead of adjusting a value.")


class Parent(RequestModel):
    """The result that a job is made from, and what it does with it."""

    job_id: JobId = Field(description="A job of this account that has succeeded.")
    output_index: int = Field(0, ge=0, le=9, description="Which of its outputs, from 0.")
    relation: Relation = Field(description="What the job does with it.")


class SubmitJob(TaskRequest):
    """One media task with its input and the caller's limits."""

    max_price_usd: Usd | None = Field(None, description="A higher price is refused.")
    quote_id: str | None = Field(
        None, max_length=60, description="Run the first unused matching item of this quote."
    )
    queue_timeout_seconds: int = Field(
        86_400, ge=30, le=86_400, description="A job not started by then expires, free."
    )
    deadline_seconds: int | None = Field(
        None,
        ge=10,
        le=7_200,
        description="Seconds from the first start; then the job is canceled, free.",
    )
    metadata: dict[MetadataKey, MetadataValue] | None = Field(
        None, max_length=MOST_METADATA, description="Returned unchanged, never sent to an engine."
    )
    project_id: ProjectId | None = Field(
        None, description="One of your projects, to file the job under."
    )
    keep: bool = Field(
        default=False,
        description="Keep its outputs when it succeeds: in its project, or else in the Inbox.",
    )
    webhook: Webhook | None = Field(None, description="Where to send signed messages.")
    parent: Parent | None = Field(
        None, description="The result that it is made from; only recorded."
    )
    preset_ids: list[PresetId] = Field(
        default_factory=list,
        max_length=MOST_PRESETS,
        description="Presets whose words the prompt holds; only recorded.",
    )

    @property
    def max_price_microusd(self) -> int | None:
        """Return the highest price that is not refused, in micro-USD."""
        return None if self.max_price_usd is None else parse_usd(self.max_price_usd)


class QuoteRequest(RequestModel):
    """Items to price."""

    field_hints = RequestModel.field_hints | dict.fromkeys(
        ("task", "input"), 'Send `items: [{"task": …, "input": {…}}]`.'
    )

    items: list[TaskRequest] = Field(
        min_length=1, max_length=MOST_ITEMS, description="The jobs; one invalid item refuses all."
    )


class QuoteQuery(RequestModel):
    """Quote options."""

    dry_run: bool = Field(default=False, description="1: price only; nothing is stored.")


class SubmitQuery(RequestModel):
    """Submit options."""

    dry_run: bool = Field(default=False, description="1: check and price only; nothing is stored.")


class JobQuery(RequestModel):
    """One job by `jobId`, or a page of jobs."""

    job_id: JobId | None = Field(None, description="The job to read; default: a page of jobs.")
    include_details: bool = Field(default=False, description="1: add input, attempts, upstream.")
    wait_seconds: int = Field(
        0, ge=0, le=30, description="Wait this long for the end, or a version above sinceVersion."
    )
    since_version: int | None = Field(
        None, ge=0, le=2**31 - 1, description="The version you already have."
    )
    status: JobState | None = Field(None, description="Only jobs with this status.")
    task: str | None = Field(None, max_length=40, description="Only jobs of this task.")
    project_id: ProjectId | None = Field(None, description="Only jobs of this project.")
    created_after: int | None = Field(None, ge=0, le=2**53, description="Microseconds since 1970.")
    created_before: int | None = Field(None, ge=0, le=2**53, description="Microseconds since 1970.")
    limit: int = Field(20, ge=1, le=100, description="Maximum number of jobs in a page.")
    cursor: JobId | None = Field(None, description="`nextCursor` of the previous page.")

    @field_validator("created_after", "created_before", mode="before")
    @classmethod
    def _moment(cls, given: Any) -> Any:  # noqa: ANN401 - pydantic hands over what came
        if not isinstance(given, str) or given.isdigit():
            return given
        try:
            moment = datetime.fromisoformat(given)
        except ValueError:
            raise ValueError("must be microseconds since 1970, or a time in ISO 8601") from None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return (moment - EPOCH) // timedelta(microseconds=1)


class EventsQuery(RequestModel):
    """The job to follow, or all that are open."""

    job_id: JobId | None = Field(None, description="A job of this account; default: all open jobs.")


class Priced(WireModel):
    """A job's effective input and exact price."""

    effective_input: InputJson = Field(description="The input as it is executed.")
    input_adjustments: Many[Adjustment] = Field(
        description="Each value that was moved to its grid, and the rule."
    )
    warnings: Many[InputWarning] = Field(description="Advice that changes nothing.")
    price_usd: Dollars = Field(description="The price, in dollars.")
    price_microusd: Microusd
    price_version: Text = Field(description="The version of the price table.")
    breakdown: Breakdown

    @classmethod
    def describe(cls, plan: Plan, **more: Any) -> Self:  # noqa: ANN401 - the fields of a kind
        """Return the priced form of a plan; `more` are the fields of the subclass."""
        return cls(
            effective_input=plan.effective_input,
            input_adjustments=plan.adjustments,
            warnings=plan.warnings,
            price_usd=plan.price.usd,
            price_microusd=plan.price.microusd,
            price_version=plan.price.version,
            breakdown=plan.price.breakdown,
            **more,
        )


class QuoteItem(Priced):
    """One job of a quote: what it would do, and its exact price."""

    index: Count = Field(description="Its place, from 0.")
    task: Text = Field(description="The media task.")


class PricedItems(WireModel):
    """Exact prices of several jobs, and whether they could be submitted now."""

    total_usd: Dollars = Field(description="The total, in dollars.")
    total_microusd: Microusd
    price_version: Text = Field(description="The version of the price table.")
    affordable: bool = Field(description="Whether the balance and the key's caps allow it now.")
    balance_usd: Dollars = Field(description="The available balance, in dollars.")
    balance_microusd: Microusd
    blocked_by: Many[Text] = Field(description="Error codes a submit would get now.")
    items: Many[QuoteItem] = Field(description="The priced jobs, in the order they were sent.")


class Quote(PricedItems):
    """Exact prices for 15 minutes; nothing is held."""

    quote_id: Id = Field(description="The quote; send it with the submit.")
    expires_at: ExpiresAt


class PriceCheck(PricedItems):
    """Exact prices of now; nothing was stored."""

    dry_run: Literal[True] = Field(default=True, description="Tells it from a quote.")


class TasksQuery(RequestModel):
    """The tasks to describe."""

    task: str | None = Field(
        None,
        max_length=40,
        description="Only this task.",
        json_schema_extra={"enum": [*TASKS, None]},
    )


class Modes(WireModel):
    """A task's availability in live and in test mode."""

    live: Availability = Field(description="For jobs of live mode.")
    test: Availability = Field(description="For jobs of test mode.")


class Capacity(WireModel):
    """A task's load; `state` is that of live mode, or of test mode before going live."""

    state: Availability = Field(description="Its state.")
    modes: Modes
    queued_jobs: Count = Field(description="Number of queued jobs.")
    estimated_start_seconds: Seconds | None = Field(
        description="Seconds until a job submitted now would start, estimated."
    )


class TaskShown(WireModel):
    """One media task: its input as JSON Schema, its price rule, limits, guidance, example."""

    task: Text = Field(description="The media task.")
    title: Text = Field(description="Its name for people.")
    description: Text = Field(description="A sentence about the task.")
    enabled: bool = Field(description="Whether this gateway offers it.")
    run_limit_seconds: Seconds = Field(
        description="The longest that one attempt may run, in seconds."
    )
    capacity: Capacity
    input_schema: JsonSchema = Field(description="The input as JSON Schema.")
    price: PriceRule
    limits: dict[str, Limit] = Field(description="Limits to know in advance.")
    guidance: Many[Text] = Field(description="Advice for good results.")
    example: InputJson = Field(description="An input that is valid.")


class Tasks(WireModel):
    """The media tasks of this gateway."""

    data: Many[TaskShown] = Field(description="The media tasks.")


class CancelJob(RequestModel):
    """The job to cancel."""

    job_id: JobId = Field(description="A queued or running job.")


class OutputRef(RequestModel):
    """One output of a job."""

    job_id: JobId = Field(description="A job of this account that has succeeded.")
    output_index: int = Field(0, ge=0, le=9, description="Which of its outputs, from 0.")

    @property
    def place(self) -> tuple[str, int]:
        """Return job id and index."""
        return self.job_id, self.output_index


class KeepAsset(OneOf):
    """An output of a job, up to 100 outputs, or a file at a public URL, to keep as assets."""

    forms = (
        {"jobId": {"type": "string"}},
        {"outputs": {"type": "array"}},
        {"url": {"type": "string"}},
    )

    project_id: ProjectId | None = Field(
        None, description="A project of this account; default: the one called Inbox."
    )
    job_id: JobId | None = Field(
        None, description="A job that has succeeded.", examples=["job_01J8ZQ4V8Y6T3N5R7W9XABCDEF"]
    )
    output_index: int = Field(0, ge=0, le=9, description="Which of its outputs.")
    outputs: list[OutputRef] | None = Field(
        None, min_length=1, max_length=MOST_OUTPUTS, description="Results of this account."
    )
    url: str | None = Field(None, max_length=2_048, description="A public https URL.")
    name: Name | None = Field(None, description="Its new name; not with `outputs`.")
    tags: Tags = Field(default_factory=list)

    @model_validator(mode="after")
    def _name_one(self) -> Self:
        if self.name is not None and self.outputs is not None:
            context = {"hint": "Name each result with `updateOutputs`, or keep it by `jobId`."}
            raise PydanticCustomError("one_name", "takes no `name` with `outputs`", context)
        return self


class PreviewQuery(RequestModel):
    """Media to preview."""

    ref: str = Field(
        pattern=r"^(asset://ast_[0-9A-Z]{26}|job://job_[0-9A-Z]{26}(/[0-9])?)$",
        description="`asset://` and an id, or `job://`, the job's id, and which output.",
        examples=["job://job_01J8ZQ4V8Y6T3N5R7W9XABCDEF/0"],
    )
    frames: int = Field(1, ge=1, le=4, description="Number of frames of a video, on one sheet.")


class Preview(WireModel):
    """A JPEG picture of at most 512 pixels a side and 150 kB."""
