"""Signed messages: one of the secrets fits, and the message is fresh."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook

from killatamata import SignatureInvalid, UnexpectedResponse
from killatamata.webhooks import unwrap

OLD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NEW = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
PING = json.dumps({"type": "test.ping", "timestamp": "2026-11-25T09:10:00Z", "data": {}})


def sign_headers(secret: str, *, body: str = PING, seconds: int = 0) -> dict[str, str]:
    at = datetime.now(UTC) + timedelta(seconds=seconds)
    return {
        "Webhook-Id": "whd_1",
        "Webhook-Timestamp": str(int(at.timestamp())),
        "Webhook-Signature": Webhook(secret).sign("whd_1", at, body),
    }


def test_a_signed_message_is_its_event() -> None:
    event = unwrap(PING.encode(), sign_headers(OLD), OLD)
    assert (event.type, event.data) == ("test.ping", {})


def test_one_of_several_secrets_and_one_of_several_signatures_is_enough() -> None:
    assert unwrap(PING.encode(), sign_headers(OLD), [NEW, OLD]).type == "test.ping"
    both = sign_headers(OLD)
    both["Webhook-Signature"] += " " + sign_headers(NEW)["Webhook-Signature"]
    assert unwrap(PING.encode(), both, NEW).type == "test.ping"


@pytest.mark.parametrize("seconds", [-400, 400])
def test_an_old_or_early_message_is_refused_unless_the_tolerance_is_wider(seconds: int) -> None:
    with pytest.raises(SignatureInvalid, match="time"):
        unwrap(PING.encode(), sign_headers(OLD, seconds=seconds), OLD)
    assert unwrap(PING.encode(), sign_headers(OLD, seconds=seconds), OLD, tolerance_seconds=600)


def test_whatever_else_is_refused() -> None:
    good = sign_headers(OLD)
    with pytest.raises(SignatureInvalid):
        unwrap(PING.encode() + b" ", good, OLD)
    with pytest.raises(SignatureInvalid):
        unwrap(PING.encode(), good, NEW)
    with pytest.raises(SignatureInvalid):
        unwrap(PING.encode(), good | {"Webhook-Id": "whd_2"}, OLD)
    with pytest.raises(SignatureInvalid):
        unwrap(PING.encode(), {}, OLD)
    with pytest.raises(SignatureInvalid):
        unwrap(PING.encode(), good | {"Webhook-Timestamp": str(int(time.time()) + 1)}, OLD)
    with pytest.raises(UnexpectedResponse):
        unwrap(b"[]", sign_headers(OLD, body="[]"), OLD)
