"""Events of Stripe: whether they are signed and fresh, and what each type asks to look at."""

import hashlib
import time
from typing import Any

import stripe

from gateway.kit import wire
from gateway.payments import fulfilment, webhooks
from gateway.payments.fulfilment import Outcome
from gateway.payments.inbox import Event
from gateway.payments.shop import Shop
from gateway.payments.webhooks import TOLERANCE_SECONDS

PROVIDER = "stripe"
SESSIONS = {
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
}
REFUNDS = {"refund.created", "refund.updated", "refund.failed"}
DISPUTES = {
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "charge.dispute.closed",
}
HANDLED = SESSIONS | REFUNDS | DISPUTES


async def take_event(shop: Shop, raw: bytes, signature: str | None) -> str:
    """Take one delivery of an event; see `webhooks.take`."""
    return await webhooks.take(
        shop, PROVIDER, HANDLED, lambda: opened(shop, raw, signature or ""), carried_out
    )


async def carried_out(shop: Shop, event: Event) -> Outcome:
    """Look at what an event is about."""
    book = event.book
    if event.type in SESSIONS:
        return await fulfilment.fulfil(shop, book, event.object_id, event)
    if event.type in REFUNDS:
        refund = await shop.stripe(book).refund(event.object_id)
        return await fulfilment.returned(shop, book, refund, event)
    if event.type in DISPUTES:
        dispute = await shop.stripe(book).dispute(event.object_id)
        return await fulfilment.returned(shop, book, dispute, event)
    return await fulfilment.noted(shop, event, Outcome("ignored"))


def opened(shop: Shop, raw: bytes, signature: str) -> Event:
    """Return the event in these bytes, if a secret of ours signed them just now.

    Raises:
        ValueError, InvalidJson, LookupError, TypeError: it did not, or they are none.
    """
    book = signed_by(shop, raw, signature)
    return event_of(wire.parse(raw), book, hashlib.sha256(raw).digest())


def signed_by(shop: Shop, raw: bytes, signature: str) -> str:
    """Return the book whose secret signed these bytes within five minutes of now.

    Raises:
        ValueError: none did.
    """
    for book, at in shop.stripes.items():
        for secret in at.secrets:
            try:
                stripe.WebhookSignature.verify_header(raw, signature, secret)
            except stripe.SignatureVerificationError:
                continue
            stamp = signed_at(signature)
            if abs(time.time() - stamp) > TOLERANCE_SECONDS:
                raise ValueError(f"signed at {stamp}, more than {TOLERANCE_SECONDS} s from now")
            return book
    raise ValueError("no secret of ours signed it")


def signed_at(signature: str) -> int:
    """Return the Unix time that a verified header was signed with: its first, as the SDK has it."""
    stamps = [part.split("=")[1] for part in signature.split(",") if part.startswith("t=")]
    return int(stamps[0])


def event_of(body: dict[str, Any], book: str, digest: bytes) -> Event:
    """Read an event.

    Raises:
        ValueError, LookupError, TypeError: it is none, or not of the mode of its secret.
    """
    if body["livemode"] is not (book == "live"):
        raise ValueError(f"livemode {body['livemode']} with a secret of the {book} book")
    texts = (body["id"], body["type"], body["data"]["object"].get("id", ""))
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("id and type are texts")
    event_id, kind, object_id = texts
    return Event(
        provider=PROVIDER, id=event_id, book=book, type=kind, object_id=object_id,
        body_sha256=digest,
    )  # fmt: skip
