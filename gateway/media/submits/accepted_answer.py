"""The body of the 202, written without its model.

The problem: one answer is built for each submit, with a key while the accounts are locked, and to
fill and check the model `Job` took a third of an admission. The way: its fields stand here by their
wire names, in the model's order. A test reads what is written as a `Job` and writes it again: the
two must be equal to the byte.
"""

from gateway.kit.idempotency import StoredAnswer
from gateway.kit.money import render_usd
from gateway.kit.wire.json_text import JsonObject, write_json
from gateway.media.jobs import view
from gateway.media.states import BillingState, JobState
from gateway.media.submits.submit_request import Admission

ACCEPTED = 202
NOTHING_CHARGED = render_usd(0)
# As texts: of an enumeration's member the writer asks Python for its value, which takes 1 µs.
QUEUED, RESERVED = JobState.QUEUED.value, BillingState.RESERVED.value


def build_answer(unit: Admission, created_at: str, available_microusd: int) -> StoredAnswer:
    """Return the answer of a new job, as it is sent, and stored with its key."""
    text = write_accepted_job(unit, created_at, available_microusd)
    return StoredAnswer(unit.request_hash, ACCEPTED, text, unit.job_id)


def write_accepted_job(unit: Admission, created_at: str, available_microusd: int) -> str:
    """Write a new job as the body of the 202; `created_at` is its time in ISO 8601."""
    plan, body, job_id = unit.plan, unit.body, unit.job_id
    return write_json(
        {
            "id": job_id,
            "jobId": job_id,
            "externalJobId": job_id,
            "task": body.task,
            "status": QUEUED,
            "livemode": unit.caller.livemode,
            "version": 1,
            "createdAt": created_at,
            "startedAt": None,
            "finishedAt": None,
            "queuePosition": unit.queue_position,
            "pollAfterSeconds": view.POLL_SECONDS[plan.queue],
            "attempt": 0,
            "progress": None,
            "effectiveInput": plan.effective_input,
            "inputAdjustments": plan.adjustments,
            "warnings": plan.warnings,
            "outputs": [],
            "downloadableOutputUrls": [],
            "outputsExpireAt": None,
            "endReason": None,
            "error": None,
            "metadata": body.metadata,
            "projectId": body.project_id,
            "parent": body.parent,  # the same three fields in an answer as in a request
            "presetIds": body.preset_ids,
            "billing": _build_billing(unit, available_microusd),
            "urls": view.build_job_urls(job_id),
        }
    )


def _build_billing(unit: Admission, available_microusd: int) -> JsonObject:
    price = unit.plan.price
    return {
        "state": RESERVED,
        "currency": "USD",
        "priceUsd": price.usd,
        "priceMicrousd": price.microusd,
        "chargedUsd": NOTHING_CHARGED,
        "chargedMicrousd": 0,
        "priceVersion": price.version,
        "balanceUsd": render_usd(available_microusd),
        "balanceMicrousd": available_microusd,
        "breakdown": price.breakdown,
    }
