"""Webhooks: is this message from the gateway? (https://www.standardwebhooks.com)."""

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Mapping, Sequence

from pydantic import ValidationError

from killatamata.errors import SignatureInvalid, UnexpectedResponse
from killatamata.model import Model
from killatamata.types import Job


class Event(Model):
    """What was sent: `job.started`, `job.completed` or `test.ping`; `data` is the job."""

    type: str
    timestamp: str
    data: Job | dict[str, object]


def unwrap(
    payload: bytes,
    headers: Mapping[str, str],
    secrets: str | Sequence[str],
    *,
    tolerance_seconds: int = 300,
) -> Event:
    """Return the event of a message that one of the secrets (`whsec_…`) has signed.

    `payload` is the body as it came, byte for byte.

    Raises:
        SignatureInvalid: no signature fits, or the message is older or newer than the tolerance.
        UnexpectedResponse: it is signed, and still no event.
    """
    got = {name.lower(): value for name, value in headers.items()}
    message_id, sent = got.get("webhook-id", ""), got.get("webhook-timestamp", "")
    if not sent.isdigit() or abs(time.time() - int(sent)) > tolerance_seconds:
        raise SignatureInvalid("The message's timestamp is missing, or too far from now.")
    signed = f"{message_id}.{sent}.".encode() + payload
    known = [secrets] if isinstance(secrets, str) else secrets
    expected = [_signature(secret, signed) for secret in known]
    shown = [each.partition(",") for each in got.get("webhook-signature", "").split()]
    fits = [
        hmac.compare_digest(one.encode(), other.encode())
        for version, _, one in shown
        if version == "v1"
        for other in expected
    ]
    if not any(fits):
        raise SignatureInvalid("No signature of the message matches.")
    try:
        return Event.model_validate_json(payload)
    except ValidationError as error:
        raise UnexpectedResponse("The message is signed, but is not an event.") from error


def _signature(secret: str, signed: bytes) -> str:
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        raise SignatureInvalid("A secret must be whsec_ followed by base64.") from None
    return base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
