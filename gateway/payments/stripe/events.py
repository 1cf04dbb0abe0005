"""Events of Stripe: whether they are signed and fresh, and what each type is about."""

import time
from collections.abc import Sequence

import stripe

from gateway.kit.json_text import JsonObject
from gateway.payments.inbox import TOLERANCE_SECONDS, Event

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


def is_signed(secrets: Sequence[str], raw: bytes, signature: str) -> bool:
    """Return True if one of these secrets signed these bytes within five minutes of now.

    Raises:
        ValueError: it did, at another time.
    """
    for secret in secrets:
        try:
            stripe.WebhookSignature.verify_header(raw, signature, secret)
        except stripe.SignatureVerificationError:
            continue
        stamp = signed_at(signature)
        if abs(time.time() - stamp) > TOLERANCE_SECONDS:
            raise ValueError(f"signed at {stamp}, more than {TOLERANCE_SECONDS} s from now")
        return True
    return False


def signed_at(signature: str) -> int:
    """Return the Unix time that a verified header was signed with: its first, as the SDK has it."""
    stamps = [part.split("=")[1] for part in signature.split(",") if part.startswith("t=")]
    return int(stamps[0])


def event_of(body: JsonObject, book: str, digest: bytes) -> Event:
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
        provider="stripe", id=event_id, book=book, type=kind, object_id=object_id,
        body_sha256=digest,
    )  # fmt: skip
