"""Retries of a call: which refusals are tried again, and after which pause."""

import random
from collections.abc import Mapping
from http import HTTPStatus

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 8.0
LONGEST_RETRY_AFTER_SECONDS = 60.0
IN_PROGRESS = "idempotency_in_progress"
RETRYABLE_STATUSES = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}


def is_retryable(status: int, headers: Mapping[str, str], code: str) -> bool:
    """Return True if the same call may succeed a little later.

    The gateway's own `X-Should-Retry` decides; else status and code, unless the gateway asks for
    more than a minute of patience.
    """
    advice = headers.get("x-should-retry", "").lower()
    if advice in {"true", "false"}:
        return advice == "true"
    if read_retry_after_seconds(headers) > LONGEST_RETRY_AFTER_SECONDS:
        return False
    return status in RETRYABLE_STATUSES or can_be_done(status, code)


def can_be_done(status: int, code: str) -> bool:
    """Return True if the gateway may have done the work all the same; a proxy can give a 5xx."""
    is_in_progress = status == HTTPStatus.CONFLICT and code == IN_PROGRESS
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR or is_in_progress


def read_retry_after_seconds(headers: Mapping[str, str]) -> float:
    """Return the seconds of `Retry-After`; 0 without it."""
    try:
        return max(0.0, float(headers.get("retry-after", "0")))
    except ValueError:
        return 0.0


def pause_seconds(tries: int, headers: Mapping[str, str]) -> float:
    """Return the seconds to wait before the next try: of `Retry-After`, else random.

    The random pause is at most 0.5 s after the first try, doubles with each, and stops at 8 s.
    Without chance, clients that a restart cut off together would come back together.
    """
    most = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (tries - 1))
    return read_retry_after_seconds(headers) or random.uniform(0, most)  # noqa: S311 - spreads load, hides nothing
