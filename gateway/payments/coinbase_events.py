"""Events of Coinbase: whether they are signed and fresh, and which checkout to look at.

The signature is that of its webhooks, header X-Hook0-Signature: `t=…,h=names,v1=…`, where v1 is
the HMAC-SHA256 of `{t}.{names}.{values}.{body}`, and the values of the named headers are joined by
dots, as in the sample that Coinbase publishes.
"""

import hashlib
import hmac
import logging
import time
from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, Field

from gateway.kit import wire
from gateway.kit.database import Clash, ConnectionLost
from gateway.kit.errors import InvalidJson, Unavailable
from gateway.kit.metrics import PROVIDER_EVENTS
from gateway.payments import fulfilment, inbox
from gateway.payments.errors import NotReady, PaymentProviderError, WebhookSignatureInvalid
from gateway.payments.fulfilment import Outcome
from gateway.payments.inbox import Event
from gateway.payments.shop import Shop

PROVIDER, HEADER = "coinbase", "x-hook0-signature"
TOLERANCE_SECONDS = 300
PAID = "checkout.payment.success"
HANDLED = {PAID, "checkout.payment.failed", "checkout.payment.expired"}
log = logging.getLogger("gateway.payments")


class Told(BaseModel):
    """What an event says; all else in it is read again."""

    event_type: Annotated[str, Field(alias="eventType", max_length=100)]
    id: Annotated[str, Field(pattern="^[0-9a-f]{24}$")]


async def take_event(shop: Shop, raw: bytes, headers: Mapping[str, str]) -> str:
    """Take one delivery of an event; return its outcome, once it is committed.

    Raises:
        WebhookSignatureInvalid: not signed by us, too old, or too new.
        NotReady: Coinbase or the database cannot be reached; nothing changed.
    """
    event = opened(shop, raw, headers)
    kind = event.type if event.type in HANDLED else "other"
    try:
        async with shop.database.read() as snapshot:
            known = await inbox.outcome_of(snapshot, PROVIDER, event.id)
        outcome = Outcome(known) if known is not None else await carried_out(shop, event)
    except (Clash, ConnectionLost, Unavailable, PaymentProviderError) as error:
        PROVIDER_EVENTS.labels(provider=PROVIDER, type=kind, result="not_ready").inc()
        log.warning("event %s is not taken: %s", event.type, type(error).__name__)
        raise NotReady from error
    PROVIDER_EVENTS.labels(provider=PROVIDER, type=kind, result=outcome.word).inc()
    return outcome.word


async def carried_out(shop: Shop, event: Event) -> Outcome:
    """Look at what an event is about."""
    if event.type in HANDLED:
        return await fulfilment.fulfil(shop, event.book, event.object_id, event, PROVIDER)
    return await fulfilment.noted(shop, event, Outcome("ignored"))


def opened(shop: Shop, raw: bytes, headers: Mapping[str, str]) -> Event:
    """Return the event in these bytes, if a secret of ours signed them just now.

    It has no id of its own; the same bytes are the same event.

    Raises:
        WebhookSignatureInvalid: it did not; the reason is in the log.
    """
    try:
        book = signed_by(shop, raw, headers)
        body = wire.parse(raw)
        told = Told.model_validate(body)
    except (ValueError, InvalidJson, LookupError, TypeError) as error:
        PROVIDER_EVENTS.labels(provider=PROVIDER, type="other", result="refused").inc()
        log.warning("an event of a crypto provider was refused: %s", error)
        raise WebhookSignatureInvalid from None
    digest = hashlib.sha256(raw).digest()
    return Event(
        provider=PROVIDER, id=digest.hex(), book=book, type=told.event_type, object_id=told.id,
        body_sha256=digest, says_paid=told.event_type == PAID,
    )  # fmt: skip


def signed_by(shop: Shop, raw: bytes, headers: Mapping[str, str]) -> str:
    """Return the book whose secret signed these bytes within five minutes of now.

    Raises:
        ValueError, LookupError: none did.
    """
    parts = dict(each.strip().split("=", 1) for each in headers[HEADER].split(","))
    stamp, names, given = parts["t"], parts["h"], parts["v1"]
    if abs(time.time() - int(stamp)) > TOLERANCE_SECONDS:
        raise ValueError(f"more than {TOLERANCE_SECONDS} s from now")
    values = ".".join(headers.get(name.lower(), "") for name in names.split(" "))
    message = f"{stamp}.{names}.{values}.".encode() + raw
    for book, at in shop.coinbases.items():
        for secret in at.secrets:
            ours = hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
            if hmac.compare_digest(ours.encode(), given.encode()):
                return book
    raise ValueError("no secret of ours signed it")
