"""Events of Stripe: their signature, their age, and the object of each type."""

import time
from collections.abc import Sequence

import stripe

from gateway.kit.wire.json_text import JsonObject
from gateway.payments.inbox import SIGNATURE_TOLERANCE_SECONDS, ProviderEvent

SESSION_EVENTS = {
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
}
# Of top-ups; invoices that Stripe makes of checkouts name no checkout of ours and are ignored.
INVOICE_EVENTS = {"invoice.paid", "invoice.voided"}
REFUND_EVENTS = {"refund.created", "refund.updated", "refund.failed"}
DISPUTE_EVENTS = {
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "charge.dispute.closed",
}
HANDLED_EVENTS = SESSION_EVENTS | INVOICE_EVENTS | REFUND_EVENTS | DISPUTE_EVENTS


def is_signed(secrets: Sequence[str], raw: bytes, signature: str) -> bool:
    """Return True if one of these secrets signed these bytes within five minutes of now.

    Raises:
        ValueError: it signed them more than five minutes ago, or in the future.
    """
    for secret in secrets:
        try:
            stripe.WebhookSignature.verify_header(raw, signature, secret)
        except stripe.SignatureVerificationError:
            continue
        signed_at_seconds = read_signature_time(signature)
        if abs(time.time() - signed_at_seconds) > SIGNATURE_TOLERANCE_SECONDS:
            raise ValueError(
                f"signed at {signed_at_seconds}, more than {SIGNATURE_TOLERANCE_SECONDS} s from now"
            )
        return True
    return False


def read_signature_time(signature: str) -> int:
    """Return the Unix time of a verified header: its first stamp, the one that the SDK verified."""
    stamps = [part.split("=")[1] for part in signature.split(",") if part.startswith("t=")]
    return int(stamps[0])


def parse_event(body: JsonObject, book: str, digest: bytes) -> ProviderEvent:
    """Parse an event.

    Raises:
        ValueError, LookupError, TypeError: it is no event, or its mode is not that of the secret.
    """
    if body["livemode"] is not (book == "live"):
        raise ValueError(f"livemode {body['livemode']} with a secret of the {book} book")
    texts = (body["id"], body["type"], body["data"]["object"].get("id", ""))
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("id and type are texts")
    event_id, kind, object_id = texts
    return ProviderEvent(
        provider="stripe", id=event_id, book=book, type=kind, object_id=object_id,
        body_sha256=digest,
    )  # fmt: skip
