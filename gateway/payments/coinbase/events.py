"""Events of Coinbase: their signature, their age, and their checkout.

The signature is that of its webhooks, header X-Hook0-Signature: `t=…,h=names,v1=…`, where v1 is
the HMAC-SHA256 of `{t}.{names}.{values}.{body}`, and the values of the named headers are joined by
dots, as in the sample that Coinbase publishes.
"""

import hashlib
import hmac
import time
from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import BaseModel, Field

from gateway.kit.wire import request_reader
from gateway.payments.inbox import SIGNATURE_TOLERANCE_SECONDS, ProviderEvent

SIGNATURE_HEADER = "x-hook0-signature"
PAID_EVENT = "checkout.payment.success"
HANDLED_EVENTS = {PAID_EVENT, "checkout.payment.failed", "checkout.payment.expired"}


class CoinbaseEvent(BaseModel):
    """The fields of an event that are used; everything else is read from Coinbase."""

    event_type: Annotated[str, Field(alias="eventType", max_length=100)]
    id: Annotated[str, Field(pattern="^[0-9a-f]{24}$")]


def parse_event(raw: bytes, book: str) -> ProviderEvent:
    """Parse an event. It has no id of its own, so its id is the hash of its bytes.

    Raises:
        ValueError, InvalidJson: the bytes are no event.
    """
    event = CoinbaseEvent.model_validate(request_reader.parse_json_object(raw))
    digest = hashlib.sha256(raw).digest()
    return ProviderEvent(
        provider="coinbase", id=digest.hex(), book=book, type=event.event_type, object_id=event.id,
        body_sha256=digest, says_paid=event.event_type == PAID_EVENT,
    )  # fmt: skip


def is_signed(secrets: Sequence[str], raw: bytes, headers: Mapping[str, str]) -> bool:
    """Return True if one of these secrets signed these bytes within five minutes of now.

    Raises:
        ValueError, LookupError: the signature is malformed, too old or too new.
    """
    parts = dict(each.strip().split("=", 1) for each in headers[SIGNATURE_HEADER].split(","))
    signed_at, names, signature = parts["t"], parts["h"], parts["v1"]
    if abs(time.time() - int(signed_at)) > SIGNATURE_TOLERANCE_SECONDS:
        raise ValueError(f"more than {SIGNATURE_TOLERANCE_SECONDS} s from now")
    values = ".".join(headers.get(name.lower(), "") for name in names.split(" "))
    message = f"{signed_at}.{names}.{values}.".encode() + raw
    expected = [hmac.new(each.encode(), message, hashlib.sha256).hexdigest() for each in secrets]
    return any(hmac.compare_digest(each.encode(), signature.encode()) for each in expected)
