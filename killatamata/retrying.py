"""Retries: when a call is sent again, and after how long."""

import random
from collections.abc import Mapping
from http import HTTPStatus

FIRST_SECONDS, LONGEST_SECONDS = 0.5, 8.0
PATIENCE_SECONDS = 60.0
PASSING = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}


def may_pass(status: int, headers: Mapping[str, str], code: str) -> bool:
    """Return True if the same call may get another answer a little later."""
    told = headers.get("x-should-retry", "").lower()
    if told in {"true", "false"}:
        return told == "true"
    if asked_seconds(headers) > PATIENCE_SECONDS:
        return False
    return (
        status in PASSING
        or status >= HTTPStatus.INTERNAL_SERVER_ERROR
        or (status == HTTPStatus.CONFLICT and code == "idempotency_in_progress")
    )


def asked_seconds(headers: Mapping[str, str]) -> float:
    """Return the seconds of `Retry-After`; 0 without it."""
    try:
        return max(0.0, float(headers.get("retry-after", "0")))
    except ValueError:
        return 0.0


def pause_seconds(tries: int, headers: Mapping[str, str]) -> float:
    """Return the seconds to wait after so many tries: those asked for, else a random part."""
    most = min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** (tries - 1))
    return asked_seconds(headers) or random.uniform(0, most)  # noqa: S311 - spreads load, hides nothing
