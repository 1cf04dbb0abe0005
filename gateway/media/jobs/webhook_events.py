"""Webhook events of a job: deliveries written in the transaction that changes its state."""

import hashlib
import json
from dataclasses import dataclass
from typing import Literal

from gateway.kit.database.sql import Tx, sql
from gateway.kit.ids import RANDOM_BITS, encode_crockford
from gateway.media.states import DeliveryState

Event = Literal["job.started", "job.completed"]
INSERT_DELIVERY = sql(
    f"""
    INSERT INTO webhook_delivery (id, job_id, account_id, type, url, state, fence, retries,
                                  tries_json, next_try_at, created_at)
    SELECT given.id, given.job_id, given.account, given.type, given.url,
           '{DeliveryState.PENDING}', 0, 0, '[]', given.at, given.at FROM {{rows}}
    """,  # noqa: S608 - constant
    id="text",
    job_id="text",
    account="int",
    type="text",
    url="text",
    at="int",
)


@dataclass(frozen=True, slots=True)
class EventSource:
    """The job that an event is about, and the JSON of its webhook, None if it has none."""

    job_id: str
    account: int
    webhook_json: str | None


async def queue_delivery(tx: Tx, source: EventSource, event: Event, at: int) -> None:
    """Add the delivery of an event, if the job's webhook wants it; it is due at once.

    `at` is when it happened, in microseconds since 1970.
    """
    if source.webhook_json is None:
        return
    webhook = json.loads(source.webhook_json)
    if event not in webhook["events"]:
        return
    delivery_id = _build_delivery_id(source.job_id, event, at)
    row = (delivery_id, source.job_id, source.account, event, webhook["url"], at)
    await tx.write((INSERT_DELIVERY, [row]))


def _build_delivery_id(job_id: str, event: Event, at: int) -> str:
    """Return the delivery id of this event, sortable by time.

    It is derived, not drawn: a transaction that is tried again writes the same one, and receivers
    tell repeats by it.
    """
    digest = hashlib.sha256(f"{job_id} {event}".encode()).digest()
    tail = int.from_bytes(digest[: RANDOM_BITS // 8], "big")
    return f"whd_{encode_crockford((at // 1_000) << RANDOM_BITS | tail)}"
