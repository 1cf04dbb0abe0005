"""Webhooks: verification of signed messages (https://www.standardwebhooks.com)."""

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import ValidationError

from killatamata.errors import SignatureInvalid, UnexpectedResponse
from killatamata.model import Model
from killatamata.types import Job


class Event(Model):
    """An event that was sent: `job.started`, `job.completed` or `test.ping`; `data` is the job."""

    type: str
    timestamp: datetime
    data: Job | dict[str, object]


def unwrap(
    payload: bytes,
    headers: Mapping[str, str],
    secrets: str | Sequence[str],
    *,
    tolerance_seconds: int = 300,
) -> Event:
    """Verify a message by one of the secrets (`whsec_…`) and return its event.

    `payload` is the raw body, byte for byte: parsed and written again it has another signature.

    Raises:
        SignatureInvalid: no signature fits, or the message is older or newer than the tolerance.
        UnexpectedResponse: the message is signed, but is not an event.
    """
    lowered = {name.lower(): value for name, value in headers.items()}
    message_id, sent_at = lowered.get("webhook-id", ""), lowered.get("webhook-timestamp", "")
    # Without this check a recorded message could be sent again at any time.
    if not sent_at.isdigit() or abs(time.time() - int(sent_at)) > tolerance_seconds:
        raise SignatureInvalid("The message's timestamp is missing, or too far from now.")
    signed = f"{message_id}.{sent_at}.".encode() + payload
    secret_list = [secrets] if isinstance(secrets, str) else secrets
    expected = [_sign_message(secret, signed) for secret in secret_list]
    # A message has several signatures while a secret is rotated; one that matches is enough.
    received = [each.partition(",") for each in lowered.get("webhook-signature", "").split()]
    matches = [
        hmac.compare_digest(signature.encode(), own.encode())
        for version, _, signature in received
        if version == "v1"
        for own in expected
    ]
    if not any(matches):
        raise SignatureInvalid("No signature of the message matches.")
    try:
        return Event.model_validate_json(payload)
    except ValidationError:
        # The cause would quote the event, which holds texts and signed addresses.
        raise UnexpectedResponse("The message is signed, but is not an event.") from None


def _sign_message(secret: str, signed: bytes) -> str:
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        raise SignatureInvalid("A secret must be whsec_ followed by base64.") from None
    return base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
