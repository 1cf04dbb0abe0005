"""A job that asks to exist, and the answer that it gets."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gateway.kit.clock import iso
from gateway.kit.idempotency import Scope, Stored
from gateway.kit.money import usd
from gateway.kit.operation import Caller
from gateway.media import view
from gateway.media.job_schemas import Billing, Job
from gateway.media.quotes import Offer
from gateway.media.tasks.base import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """One job that asks to exist; its ids are made beforehand so that it can be asked twice."""

    caller: Caller
    job_id: str
    hold_id: str
    request_id: str
    task: str
    plan: Plan
    scope: Scope
    request_hash: bytes
    queue_timeout_seconds: int
    deadline_seconds: int | None
    metadata: dict[str, str] | None
    project_id: str | None = None
    quote_id: str | None = None
    offers: Sequence[Offer] = ()
    max_price_microusd: int | None = None
    traceparent: str | None = None
    webhook: dict[str, Any] | None = None
    queued_limit: int
    queue_position: int


@dataclass(frozen=True, slots=True)
class Admitted:
    """The answer of an admission.

    `available_microusd` is what was left after it; None where an earlier request made the job, and
    this is a replay.
    """

    stored: Stored
    available_microusd: int | None = None

    @property
    def replayed(self) -> bool:
        """Return True if an earlier request made the job."""
        return self.available_microusd is None


def accepted(unit: Admission, now: int, available_microusd: int) -> Job:
    """Return the 202 body of a new job."""
    plan = unit.plan
    return Job(
        id=unit.job_id,
        job_id=unit.job_id,
        external_job_id=unit.job_id,
        task=unit.task,
        status="queued",
        livemode=unit.caller.livemode,
        version=1,
        created_at=iso(now),
        started_at=None,
        finished_at=None,
        queue_position=unit.queue_position,
        poll_after_seconds=view.POLL_SECONDS[plan.queue],
        attempt=0,
        progress=None,
        effective_input=plan.effective_input,
        input_adjustments=plan.adjustments,
        warnings=plan.warnings,
        outputs=[],
        downloadable_output_urls=[],
        outputs_expire_at=None,
        end_reason=None,
        error=None,
        metadata=unit.metadata,
        project_id=unit.project_id,
        billing=Billing.before_charge(
            plan.price,
            "reserved",
            balance_usd=usd(available_microusd),
            balance_microusd=available_microusd,
        ),
        urls=view.urls(unit.job_id),
    )
