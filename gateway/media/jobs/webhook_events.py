"""Webhook events of a job: deliveries written in the transaction that changes its state."""

import hashlib
import json
from typing import Literal

from gateway.kit.database.sessions import Session
from gateway.kit.ids import RANDOM_BITS, encode_crockford
from gateway.media.states import DeliveryState
from gateway.media.tables import Job, WebhookDelivery

Event = Literal["job.started", "job.completed"]


def queue_delivery(session: Session, job: Job, event: Event) -> None:
    """Add the delivery of an event, if the job's webhook wants it; it is due at once."""
    if job.webhook_json is None:
        return
    webhook = json.loads(job.webhook_json)
    if event not in webhook["events"]:
        return
    at = (job.started_at if event == "job.started" else job.finished_at) or 0
    session.add(
        WebhookDelivery(
            id=_build_delivery_id(job.id, event, at),
            job_id=job.id,
            account_id=job.account_id,
            type=event,
            url=webhook["url"],
            state=DeliveryState.PENDING,
            fence=0,
            retries=0,
            tries_json="[]",
            next_try_at=at,
            created_at=at,
        )
    )


def _build_delivery_id(job_id: str, event: Event, at: int) -> str:
    """Return the delivery id of this event, sortable by time.

    It is derived, not drawn: a transaction that is tried again writes the same one, and receivers
    tell repeats by it.
    """
    digest = hashlib.sha256(f"{job_id} {event}".encode()).digest()
    tail = int.from_bytes(digest[: RANDOM_BITS // 8], "big")
    return f"whd_{encode_crockford((at // 1_000) << RANDOM_BITS | tail)}"
