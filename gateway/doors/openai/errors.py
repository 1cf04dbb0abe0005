"""The errors of the OpenAI door: problems in the form and with the statuses its clients know.

The official clients read `error.message`, retry 408, 409, 429 and 5xx by themselves, and obey
`X-Should-Retry`. So each answer says whether a plain retry can help, and a retry that could only
cost money is forbidden.
"""

import json
from collections.abc import Mapping
from typing import ClassVar

from gateway.doors.openai.names import to_door_name, to_snake_case, translate_names
from gateway.kit.errors import (
    BadRequest,
    Conflict,
    InternalError,
    InvalidInput,
    NotFound,
    PaymentRequired,
    Problem,
)
from gateway.kit.http.guard import Headers

MOST_RETRY_AFTER_SECONDS = 120  # above it the official clients do not wait
SERVER_STATUS = 500
STATUSES: Mapping[int, int] = {410: 400, 415: 400, 422: 400, 507: 503}
TYPES: Mapping[int, str] = {
    401: "authentication_error",
    402: "insufficient_quota",
    403: "permission_error",
    429: "rate_limit_error",
}
CODES: Mapping[str, str] = {"output_deleted": "output_expired"}
RETRY_AFTER = "retry-after"
HINTS: Mapping[str, str] = {
    "payload_too_large": "Send less: a file may have 25 MiB, and a whole form 64 MiB.",
    "unsupported_content_type": "Send JSON for generations, a multipart form for edits.",
}


class UnknownParameter(InvalidInput):
    """This field is not known here."""

    code = "unknown_parameter"


class UnsupportedOperation(BadRequest):
    """This gateway does not do that."""

    code = "unsupported_operation"
    hint = "See docs/openai.md for what works here."


class ModelNotFound(NotFound):
    """There is no such model here."""

    code = "model_not_found"


class UnknownUrl(NotFound):
    """There is nothing at this address."""

    code = "unknown_url"
    hint = "This gateway has /v1/models, /v1/images and /v1/videos; the rest is at /api/v1."


class OutputExpired(BadRequest):
    """The files of this job are gone: they are kept for 48 hours."""

    code = "output_expired"
    hint = "Send the request with a new idempotency key: it makes and charges a new job."


class StillRunning(Problem):
    """The job still runs: this request waited for as long as it may."""

    status = 504
    code = "still_running"
    hint = "Send the same request again: it waits for the same job, and nothing is charged twice."
    retryable = True
    own_headers: ClassVar[Mapping[str, str]] = {"Retry-After": "1"}


class JobFailed(InternalError):  # noqa: N818 - a problem, as those above
    """The job has failed; nothing was charged."""

    code = "engine_failed"
    retryable = False


class JobRejected(BadRequest):
    """The result violates the content rules of this gateway; nothing was charged."""

    code = "content_rejected"


class JobCanceled(Conflict):
    """The job was canceled; nothing was charged."""

    code = "job_canceled"
    hint = "Send the request again, if it is still wanted."


def render_refusal(problem: Problem, request_id: str) -> tuple[int, Headers, bytes]:
    """Return status, headers and body that answer with this problem."""
    status = STATUSES.get(problem.status, problem.status)
    body = json.dumps({"error": build_error(problem, request_id)}).encode()
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("X-Should-Retry", "true" if problem.retryable else "false"),
        *((name, _limit_wait(name, value)) for name, value in problem.headers.items()),
    ]
    return status, headers, body


def build_error(problem: Problem, request_id: str) -> dict[str, object]:
    """Return the `error` of an answer or of an event: message, type, param, code, hint and more."""
    status = STATUSES.get(problem.status, problem.status)
    usual = "server_error" if status >= SERVER_STATUS else "invalid_request_error"
    error: dict[str, object] = {
        "message": _build_message(problem),
        "type": TYPES.get(status, usual),
        "param": _find_param(problem),
        "code": CODES.get(problem.code, problem.code),
        "hint": translate_names(_find_hint(problem)),
        "request_id": request_id,
    }
    members = {
        to_snake_case(name): value for name, value in problem.members.items() if name != "errors"
    }
    return members | error


def _find_hint(problem: Problem) -> str:
    """Return the next step; where the usual one is no way here, that of this door."""
    is_usual = problem.next_step == type(problem).hint
    return HINTS.get(problem.code, problem.next_step) if is_usual else problem.next_step


def _find_param(problem: Problem) -> str | None:
    """Return the field at fault, by the name that the door has for it; the first of several."""
    field = problem.field
    if field is None and problem.members.get("errors"):
        field = problem.members["errors"][0].get("field")
    return None if field is None else to_door_name(field)


def _build_message(problem: Problem) -> str:
    """Return the detail with all that a person needs: some clients show nothing else."""
    parts = [problem.detail]
    entries = problem.members.get("errors", ())
    parts += [f"`{each['field']}` {each['message']}." for each in entries if "message" in each]
    if isinstance(problem, PaymentRequired):
        parts += _describe_money(problem)
    return translate_names(" ".join(parts))


def _describe_money(problem: Problem) -> list[str]:
    """Return the amounts and the page for credit as sentences."""
    members = problem.members
    sentences = {
        "requiredUsd": "It needs ${}.",
        "priceUsd": "The price is ${}.",
        "balanceUsd": "The balance is ${}.",
        "limitUsd": "The limit is ${}.",
        "remainingUsd": "${} of it is left.",
        "resetAt": "It resets at {}.",
        "topUpUrl": "Top up at {}",
    }
    return [
        text.format(members[name])
        for name, text in sentences.items()
        if members.get(name) is not None and str(members[name]) not in problem.detail
    ]


def _limit_wait(name: str, value: str) -> str:
    """Return the value of a header; a wait that no client keeps to is cut."""
    if name.lower() != RETRY_AFTER or not value.isdigit():
        return value
    return str(min(int(value), MOST_RETRY_AFTER_SECONDS))
