"""Answers of a server to a call that makes something, read as what they mean for the attempt."""

import httpx2

from workers.engines.base import BadAnswer, NotAccepted, Rejected
from workers.engines.openai.client import ServerAnswer
from workers.engines.openai.dialects.dialect import Dialect

BUSY_REST_SECONDS = 5.0
SHOULD_RETRY_HEADER = "x-should-retry"
_BUSY = frozenset({httpx2.codes.TOO_MANY_REQUESTS, httpx2.codes.SERVICE_UNAVAILABLE})
_KEY_REFUSED = frozenset({httpx2.codes.UNAUTHORIZED, httpx2.codes.FORBIDDEN})
# A proxy answers for the server, which may still work on it; of these two it has waited in vain.
_LOST_BEHIND_PROXY = frozenset({408, 502, 504, *range(520, 525)})
_PROXY_TIMEOUTS = frozenset({504, 524})
# OpenAI's own API says 429 or 400 where our credit there is used up: coming again does not help.
_MEANS_UNPAID = frozenset({"insufficient_quota", "billing_hard_limit_reached"})
_MEANS_LATER = frozenset({"still_running", "idempotency_in_progress"})
# The job is dearer there than we sell it; that is no fault of the node's account.
_OF_THE_JOB = frozenset({"price_exceeds_max"})
_MISSING = frozenset({httpx2.codes.NOT_FOUND, httpx2.codes.METHOD_NOT_ALLOWED})


def is_answer_lost(answer: ServerAnswer, dialect: Dialect, *, may_cost: bool) -> bool:
    """Return True if the server may have taken the call, and made what it asks for.

    Where work may cost, a server that broke may charge for it. One that `replays` says itself
    whether a failure is the last word.
    """
    if answer.status in _LOST_BEHIND_PROXY:
        return True
    broke = httpx2.codes.is_server_error(answer.status) and answer.status not in _BUSY
    if dialect.replays:
        return broke and answer.headers.get(SHOULD_RETRY_HEADER) != "false"
    return broke and may_cost


def is_still_running(answer: ServerAnswer, dialect: Dialect) -> bool:
    """Return True if the same call is to be made again, because its work goes on."""
    goes_on = _find_code(answer) in _MEANS_LATER or answer.status in _PROXY_TIMEOUTS
    return dialect.replays and goes_on


def read_refusal(answer: ServerAnswer, dialect: Dialect, words: str) -> Rejected:
    """Read an answer that is no 2xx to a call that makes something.

    `words` are the server's own, for the operator's log.

    Raises:
        NotAccepted: it may come again, or the node has refused us.
        BadAnswer: the server failed.
    """
    told = f"{answer.status} {words}"
    code, is_unpaid = _find_code(answer), answer.status == httpx2.codes.PAYMENT_REQUIRED
    if is_unpaid and code in _OF_THE_JOB:
        return Rejected("refused", told)
    if is_unpaid or code in _MEANS_UNPAID:
        raise NotAccepted(told, off="unpaid")
    if answer.status in _BUSY:
        raise NotAccepted(told, rest_seconds=answer.rest_seconds or BUSY_REST_SECONDS)
    if answer.status in _KEY_REFUSED:
        raise NotAccepted(told, off="unauthorized")
    if answer.status in _MISSING or httpx2.codes.is_redirect(answer.status):
        return Rejected("incompatible", told)
    if httpx2.codes.is_client_error(answer.status):
        content = dialect.is_content_refusal(answer.body)
        return Rejected("content" if content else "refused", told)
    raise BadAnswer(told)


def _find_code(answer: ServerAnswer) -> str:
    error = answer.body.get("error")
    return str(error.get("code")) if isinstance(error, dict) else ""


def find_words(answer: ServerAnswer) -> str:
    """Return the words of a refusal, in any of the shapes that servers use."""
    error = answer.body.get("error")
    if isinstance(error, dict):
        return f"{error.get('code') or ''} {error.get('message') or ''}".strip()
    return str(error or answer.body.get("detail") or answer.body.get("message") or "")
