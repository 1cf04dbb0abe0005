"""Events of Coinbase: whether they are signed and fresh, and which checkout to look at.

The signature is that of its webhooks, header X-Hook0-Signature: `t=…,h=names,v1=…`, where v1 is
the HMAC-SHA256 of `{t}.{names}.{values}.{body}`, and the values of the named headers are joined by
dots, as in the sample that Coinbase publishes.
"""

import hashlib
import hmac
import time
from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, Field

from gateway.kit import wire
from gateway.payments import fulfilment, webhooks
from gateway.payments.fulfilment import Outcome
from gateway.payments.inbox import Event
from gateway.payments.shop import Shop
from gateway.payments.webhooks import TOLERANCE_SECONDS

PROVIDER, HEADER = "coinbase", "x-hook0-signature"
PAID = "checkout.payment.success"
HANDLED = {PAID, "checkout.payment.failed", "checkout.payment.expired"}


class Told(BaseModel):
    """What an event says; all else in it is read again."""

    event_type: Annotated[str, Field(alias="eventType", max_length=100)]
    id: Annotated[str, Field(pattern="^[0-9a-f]{24}$")]


async def take_event(shop: Shop, raw: bytes, headers: Mapping[str, str]) -> str:
    """Take one delivery of an event; see `webhooks.take`."""
    return await webhooks.take(
        shop, PROVIDER, HANDLED, lambda: opened(shop, raw, headers), carried_out
    )


async def carried_out(shop: Shop, event: Event) -> Outcome:
    """Look at what an event is about."""
    if event.type in HANDLED:
        return await fulfilment.fulfil(shop, event.book, event.object_id, event, PROVIDER)
    return await fulfilment.noted(shop, event, Outcome("ignored"))


def opened(shop: Shop, raw: bytes, headers: Mapping[str, str]) -> Event:
    """Return the event in these bytes, if a secret of ours signed them just now.

    It has no id of its own; the same bytes are the same event.

    Raises:
        ValueError, InvalidJson, LookupError, TypeError: it did not, or they are none.
    """
    book = signed_by(shop, raw, headers)
    told = Told.model_validate(wire.parse(raw))
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
