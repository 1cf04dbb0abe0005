"""The inbox: events of providers, each written in the transaction of its effects."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from gateway.kit.database.sessions import Session, Snapshot
from gateway.kit.database.sql import sql
from gateway.payments.tables import WebhookEvent

# How far from now an event may be signed: a stolen older one cannot be sent again.
SIGNATURE_TOLERANCE_SECONDS = 300
INSERT_EVENT = sql(
    """
    INSERT INTO webhook_event
      (provider, event_id, book, type, body_sha256, outcome, purchase_id, received_at)
    SELECT given.provider, given.event_id, given.book, given.type, given.body_sha256,
           given.outcome, given.purchase_id, kt_now()
    FROM {rows} WHERE true
    ON CONFLICT (provider, event_id) DO NOTHING
    """,
    provider="text",
    event_id="text",
    book="text",
    type="text",
    body_sha256="blob",
    outcome="text",
    purchase_id="text",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderEvent:
    """A signed event.

    `object_id` and `says_paid` only tell which object to read from the provider: they decide
    nothing.
    """

    provider: str
    id: str
    book: str
    type: str
    object_id: str
    body_sha256: bytes
    says_paid: bool = False


async def record_event(
    session: Session, event: ProviderEvent, outcome: str, purchase_id: str | None
) -> None:
    """Write an event with its outcome; if it was delivered twice, the first row stays."""
    row = (event.provider, event.id, event.book, event.type, event.body_sha256, outcome,
           purchase_id)  # fmt: skip
    await session.change(INSERT_EVENT, [row])


async def list_newest_events(snapshot: Snapshot, limit: int) -> Sequence[WebhookEvent]:
    """List the events that arrived last, the newest first."""
    events = select(WebhookEvent).order_by(
        WebhookEvent.received_at.desc(), WebhookEvent.event_id.desc()
    )
    return (await snapshot.scalars(events.limit(limit))).all()


async def find_event_provider(snapshot: Snapshot, event_id: str) -> str | None:
    """Return the name of the provider that sent an event, or None if it never arrived."""
    providers = select(WebhookEvent.provider).where(WebhookEvent.event_id == event_id)
    return await snapshot.scalar(providers.limit(1))


async def find_event_outcome(snapshot: Snapshot, provider: str, event_id: str) -> str | None:
    """Return the outcome of an event that was processed before, else None."""
    event = await snapshot.get(WebhookEvent, (provider, event_id))
    return None if event is None else event.outcome
