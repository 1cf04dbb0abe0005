"""Errors of the client, as one tree.

KillaTamataError
├── ConnectionFailed           no answer came
│   └── TimedOut
├── StatusError                a refusal: status, code, hint, retryable, request_id, problem
│   ├── BadRequest 400         AuthenticationFailed 401   PaymentRequired 402
│   ├── PermissionDenied 403   NotFound 404               Conflict 409
│   ├── Gone 410               PreconditionFailed 412 428 TooLarge 413
│   ├── Unprocessable 422      RateLimited 429            ServerError 5xx
├── JobFailed                  the job ended without success; nothing was charged
├── WaitTimedOut               the wait ended; the job goes on
├── DownloadFailed             a file is gone, or does not match its checksum
├── ExtractionFailed           frames cannot be taken from a video
├── ConfigRefused              config.toml can be read by others, or is not TOML
├── UnexpectedResponse         an answer that the API does not promise
└── SignatureInvalid           a webhook that none of the secrets has signed
"""

# ruff: noqa: N818 - users catch these by what happened

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:  # `killatamata mcp` has these errors and needs no model of an answer
    from killatamata.raw_response import RawResponse
    from killatamata.types import AgentRequest, Job, Plan


class KillaTamataError(Exception):
    """A call failed; the base of all errors of this library."""

    idempotency_key: str | None = None
    """The key of a call that takes one as an argument: the same call with it acts once.

    After `JobFailed` it returns the failed job; leave the key out to make it again.
    """
    job_id: str | None = None
    """The job that was submitted before the error, if one was; submitting again pays again."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Let pickle and copy restore the error without `__init__`, whose arguments differ."""
        return _restore_error, (type(self), self.args), vars(self)


def _restore_error(kind: type[KillaTamataError], args: tuple[Any, ...]) -> KillaTamataError:
    return kind.__new__(kind, *args)


class ConnectionFailed(KillaTamataError):
    """No answer arrived. Repeat a write with the `idempotency_key` of this error: it acts once."""


class TimedOut(ConnectionFailed):
    """No answer arrived in time. Repeat a write with the `idempotency_key` of this error."""


class UnexpectedResponse(KillaTamataError):
    """The answer is not what the API promises.

    The message names the field, never its value: an answer can hold a key. `raw_response` has it.
    """

    raw_response: "RawResponse | None" = None


class DownloadFailed(KillaTamataError):
    """A file could not be downloaded, or does not match its checksum."""


class ExtractionFailed(KillaTamataError):
    """Frames could not be taken from a video; the message says why."""


class SignatureInvalid(KillaTamataError):
    """The message is not signed by any of the secrets, or is too old."""


class ConfigRefused(KillaTamataError):
    """The configuration cannot be used; the message says what fixes it."""


class JobFailed(KillaTamataError):
    """The job ended without success; nothing was charged. `job` says why."""

    def __init__(self, job: "Job") -> None:
        """Keep the job, and put its error into one line."""
        why = "" if job.error is None else f" {job.error.message} {job.error.hint}".rstrip()
        super().__init__(f"{job.id} has {job.status}.{why}")
        self.job = job
        self.job_id = job.id


class WaitTimedOut(KillaTamataError):
    """The wait ended before the job, plan or message did; `last` goes on."""

    def __init__(self, last: "Job | Plan | AgentRequest") -> None:
        """Keep it in its last known state."""
        from killatamata.types import Job, Plan  # noqa: PLC0415 - see the head of this file

        if isinstance(last, Plan):
            text = f"{last.plan_id} is still {last.outcome or last.state}; wait again."
        else:
            name = last.id if isinstance(last, Job) else last.request_id
            text = f"{name} is still {last.status}; wait again, do not resubmit it."
        super().__init__(text)
        self.last = last
        self.job_id = last.id if isinstance(last, Job) else None

    @property
    def job(self) -> "Job":
        """Return the job, in its last known state.

        Raises:
            TypeError: the wait was for a plan or a message.
        """
        from killatamata.types import Job  # noqa: PLC0415 - see the head of this file

        if not isinstance(self.last, Job):
            raise TypeError("The wait was not for a job; see `last`.")
        return self.last


class StatusError(KillaTamataError):
    """The gateway refused; `problem` is its whole problem document, `headers` are its headers."""

    def __init__(
        self,
        status: int,
        problem: Mapping[str, Any],
        *,
        request_id: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Read code, hint, `retryable` and request id from the problem document."""
        self.status = status
        self.headers = dict(headers or {})
        self.problem = dict(problem)
        self.code: str = str(problem.get("code", ""))
        self.hint: str = str(problem.get("hint", ""))
        self.retryable: bool = problem.get("retryable") is True
        self.request_id: str = str(problem.get("requestId", request_id))
        detail = problem.get("detail") or f"The gateway answered {status}."
        field_errors = [each for each in problem.get("errors") or () if isinstance(each, dict)]
        lines = (f"`{each.get('field')}` {each.get('message')}" for each in field_errors)
        fields_text = "; ".join(lines)
        words = (detail, f"{fields_text}." if fields_text else "", self.hint)
        super().__init__(" ".join(each for each in words if each))


class BadRequest(StatusError):
    """400: the request cannot be read."""


class AuthenticationFailed(StatusError):
    """401: no valid key."""


class PaymentRequired(StatusError):
    """402: not enough credit, or a limit would be exceeded."""

    @property
    def required_usd(self) -> str | None:
        """Return the price, in dollars."""
        return self.problem.get("requiredUsd")

    @property
    def balance_usd(self) -> str | None:
        """Return the available balance, in dollars."""
        return self.problem.get("balanceUsd")

    @property
    def top_up_url(self) -> str | None:
        """Return the URL of the page that sells credit."""
        return self.problem.get("topUpUrl")


class PermissionDenied(StatusError):
    """403: this key may not do this."""


class NotFound(StatusError):
    """404: it does not exist, or it is not yours."""


class Conflict(StatusError):
    """409: the current state does not allow it."""


class Gone(StatusError):
    """410: expired or gone."""


class PreconditionFailed(StatusError):
    """412 or 428: it has changed meanwhile, or no version was given."""


class TooLarge(StatusError):
    """413: too large."""


class FieldError(TypedDict):
    """A wrong field, and how to mend it."""

    field: str
    message: str
    hint: str


class Unprocessable(StatusError):
    """422: understood, but a value is wrong."""

    @property
    def errors(self) -> list[FieldError]:
        """Return the wrong fields, where the refusal lists them."""
        field_errors: list[FieldError] = self.problem.get("errors", [])
        return field_errors


class RateLimited(StatusError):
    """429: too many requests."""

    @property
    def retry_after_seconds(self) -> float | None:
        """Return the seconds to wait before the next call."""
        return self.problem.get("retryAfterSeconds")


class ServerError(StatusError):
    """5xx: the gateway failed or is busy."""


def note_job(error: BaseException, job_id: str, note: str) -> None:
    """Put a submitted job on an error that came after it, with a note that says how to go on."""
    error.add_note(note)
    if isinstance(error, KillaTamataError):
        error.job_id = job_id


ERRORS_BY_STATUS: Mapping[int, type[StatusError]] = {
    400: BadRequest,
    401: AuthenticationFailed,
    402: PaymentRequired,
    403: PermissionDenied,
    404: NotFound,
    409: Conflict,
    410: Gone,
    412: PreconditionFailed,
    413: TooLarge,
    422: Unprocessable,
    428: PreconditionFailed,
    429: RateLimited,
}


def build_status_error(status: int, headers: Mapping[str, str], content: bytes) -> StatusError:
    """Build the error of a refusal from its status and problem document.

    A body that is not a JSON object, such as a proxy's, gives an error without code and hint.
    """
    try:
        problem = json.loads(content)
    except ValueError:
        problem = {}
    if not isinstance(problem, dict):
        problem = {}
    server = ServerError if status >= HTTPStatus.INTERNAL_SERVER_ERROR else StatusError
    kind = ERRORS_BY_STATUS.get(status, server)
    return kind(status, problem, request_id=headers.get("x-request-id", ""), headers=headers)
