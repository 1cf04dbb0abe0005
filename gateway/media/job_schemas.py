"""A media job on the wire: what a submit, a read, an event and a webhook show of it."""

from typing import Annotated, Any, Literal, Self

from pydantic import MISSING, Field

from gateway.kit.models import Since, Wire
from gateway.kit.money import usd
from gateway.library.facts import Kind
from gateway.media.schemas import Priced, State
from gateway.media.tasks.base import Adjustment, InputWarning
from gateway.media.tasks.prices import Breakdown, Price
from gateway.media.upstream_schemas import ATTEMPT_EXAMPLE, EXAMPLE, JobAttempt, Upstream

NO_LIST = "Field(default_factory=list)"


class Billing(Wire):
    """What a job costs: `reserved` (held) while open, `captured` on success, else `released`.

    Of a dry run it is `none`: nothing was held.
    """

    state: Literal["reserved", "captured", "released", "none"]
    currency: Literal["USD"] = "USD"
    price_usd: str
    price_microusd: int
    charged_usd: Annotated[str, Since("0.7", '"0.00"')]
    charged_microusd: Annotated[int, Since("0.7", "0")]
    price_version: str
    balance_usd: str | MISSING = Field(
        MISSING, description="The balance after it; only on a submit."
    )
    balance_microusd: int | MISSING = MISSING
    breakdown: Breakdown

    @classmethod
    def before_charge(
        cls,
        price: Price,
        state: Literal["reserved", "none"],
        **balance: Any,  # noqa: ANN401
    ) -> Self:
        """Return what a price is while nothing of it is charged."""
        return cls(
            state=state,
            price_usd=price.usd,
            price_microusd=price.microusd,
            charged_usd=usd(0),
            charged_microusd=0,
            price_version=price.version,
            breakdown=price.breakdown,
            **balance,
        )


class JobOutput(Wire):
    """One file; `url` works for 48 hours after the job finished. Sound has no size in pixels."""

    index: int
    kind: Kind
    state: Literal["available", "expired", "deleted"]
    url: str | None
    poster_url: str | None
    mime_type: str
    width: int | None
    height: int | None
    frames: int | None
    fps: int | float | None
    duration_seconds: float | None
    has_audio: bool | None
    bytes: int
    sha256: str
    asset_id: str | None = Field(description="The asset that keeps it, if any.")
    expires_at: str


class Progress(Wire):
    """How far a running job is."""

    percent: int | None
    stage: str | None
    step: int | None
    steps: int | None
    eta_seconds: int | None


class JobError(Wire):
    """Why a job ended without success, and what to do."""

    code: str
    message: str
    hint: str
    retryable: bool


class JobUrls(Wire):
    """Where a job is read, watched and canceled."""

    get: str
    events: str
    cancel: str


class Job(Wire):
    """A media job. A submit shows its input too, `includeDetails=1` also attempts and engine."""

    id: str
    job_id: str
    external_job_id: str
    task: str
    status: State
    livemode: bool
    version: int
    created_at: str
    started_at: str | None
    finished_at: str | None
    queue_position: int | None
    poll_after_seconds: int | None
    attempt: Annotated[int, Since("0.7", "0")]
    progress: Progress | None
    effective_input: dict[str, Any] | MISSING = MISSING
    input_adjustments: list[Adjustment] | MISSING = MISSING
    warnings: list[InputWarning] | MISSING = MISSING
    attempts: list[JobAttempt] | MISSING = Field(
        MISSING,
        description="Each try; only with `includeDetails=1`.",
        examples=[[ATTEMPT_EXAMPLE]],
    )
    upstream: Upstream | MISSING | None = Field(
        MISSING,
        description="What the engine reported of the last try; only with `includeDetails=1`.",
        examples=[EXAMPLE],
    )
    outputs: Annotated[list[JobOutput], Since("0.7", NO_LIST)]
    downloadable_output_urls: Annotated[list[str], Since("0.7", NO_LIST)]
    outputs_expire_at: str | None
    end_reason: str | None
    error: JobError | None
    metadata: dict[str, str] | None
    project_id: str | None
    billing: Billing
    urls: JobUrls


class DryRun(Priced):
    """What a submit would do and cost; nothing was stored."""

    dry_run: Literal[True] = Field(default=True, description="Tells it from a job.")
    billing: Annotated[Billing, Since("0.7")]
    affordable: bool
    balance_usd: str
    balance_microusd: int
    blocked_by: list[str]


class JobPage(Wire):
    """A page of jobs, newest first."""

    data: list[Job]
    next_cursor: str | None
