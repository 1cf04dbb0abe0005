"""The one tree of refusals; each knows its status, code and next step.

    Problem
    ├── BadRequest 400            InvalidJson, IdempotencyKeyInvalid
    ├── Unauthorized 401
    ├── PaymentRequired 402       InsufficientCredits, KeyLimitExceeded, PriceExceedsMax
    ├── Forbidden 403             ScopeDenied, RoleDenied, AccountFrozen, CrossSiteRefused
    ├── NotFound 404
    ├── MethodNotAllowed 405
    ├── RequestTimeout 408
    ├── Conflict 409              IdempotencyConflict, IdempotencyInProgress, LiveModeDisabled
    ├── PayloadTooLarge 413       and the other refusals of the HTTP edge (414 to 416, 421, 431)
    ├── Unprocessable 422         InvalidInput, ConflictingInput
    ├── RateLimited 429           ConcurrencyLimited
    ├── InternalError 500
    └── Unavailable 503           StorageFull 507

A slice adds its own leaves in its `errors.py`. The docstring of an error is its default detail.
`gateway.doors.rest` renders all of them as `application/problem+json`.
"""

import re
import secrets
from collections.abc import Iterator, Mapping
from inspect import getdoc
from typing import Any, ClassVar, TypeAlias

ProblemMembers: TypeAlias = dict[str, Any]
"""The extension members of a problem: open JSON values, for each code has its own."""


class Problem(Exception):  # noqa: N818 - the field's own word (RFC 9457)
    """Something went wrong."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    hint: ClassVar[str] = "Try again; if it fails again, give the operator the requestId."
    retryable: ClassVar[bool] = False
    own_headers: ClassVar[Mapping[str, str]] = {}

    def __init__(
        self,
        detail: str | None = None,
        *,
        hint: str | None = None,
        field: str | None = None,
        headers: Mapping[str, str] | None = None,
        **members: Any,  # noqa: ANN401 - extension members are JSON values
    ) -> None:
        """Keep the detail for the person, the hint for the next step, the members for programs."""
        self.detail = detail or read_default_detail(type(self))
        super().__init__(self.detail)
        self.next_step = hint or self.hint
        self.field = field
        self.headers = {**self.own_headers, **(headers or {})}
        self.members: ProblemMembers = members

    @classmethod
    def title(cls) -> str:
        """Return the code as words."""
        words = cls.code.replace("_", " ").capitalize()
        return re.sub(r"\b(json|url)\b", lambda match: match[0].upper(), words, flags=re.IGNORECASE)

    def to_document(self, *, instance: str, request_id: str) -> dict[str, object]:
        """Return the RFC 9457 document."""
        body: dict[str, object] = {
            "type": f"urn:killatamata:problem:{self.code}",
            "title": self.title(),
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
            "code": self.code,
            "hint": self.next_step,
            "retryable": self.retryable,
            "requestId": request_id,
        }
        if self.field is not None:
            body["field"] = self.field
        return body | self.members


class BadRequest(Problem):
    """The request cannot be read."""

    status = 400
    code = "bad_request"
    hint = "Correct the request."


class InvalidJson(BadRequest):
    """The body is not valid JSON."""

    code = "invalid_json"
    hint = "Send one JSON object in UTF-8, without duplicate keys, NaN or Infinity."


class IdempotencyKeyInvalid(BadRequest):
    """The idempotency key is not valid."""

    code = "idempotency_key_invalid"
    hint = "Send one key of 1 to 255 visible ASCII characters in X-Idempotency-Key."


class IdempotencyKeyRequired(BadRequest):
    """This operation needs an idempotency key."""

    code = "idempotency_key_required"
    hint = "Send X-Idempotency-Key: one key per intended operation, the same key on retries."


class Unauthorized(Problem):
    """The API key is missing or not valid."""

    status = 401
    code = "unauthorized"
    hint = "Send `Authorization: Bearer kt_…` or `x-api-key: kt_…` with an active key."
    own_headers: ClassVar[Mapping[str, str]] = {"WWW-Authenticate": "Bearer"}


class PaymentRequired(Problem):
    """The account cannot pay for this."""

    status = 402
    code = "payment_required"
    hint = "Add credit and send the same request again."


class InsufficientCredits(PaymentRequired):
    """The available balance is below the price."""

    code = "insufficient_credits"
    hint = "Top up, then send the same request with the same idempotency key."


class KeyLimitExceeded(PaymentRequired):
    """This API key has reached its spending cap."""

    code = "key_limit_exceeded"
    hint = "Wait until the cap resets, or raise the cap of this key."


class Forbidden(Problem):
    """This is not allowed."""

    status = 403
    code = "forbidden"
    hint = "Ask the owner of the account."


class ScopeDenied(Forbidden):
    """The API key lacks the scope that this operation needs."""

    code = "scope_denied"
    hint = "Use a key with the scope named in `requiredScope`."


class RoleDenied(ScopeDenied):
    """Your role in this team does not allow this."""

    code = "role_denied"
    hint = "Ask somebody with the role named in `requiredRole`, or switch to your own account."


class AccountFrozen(Forbidden):
    """Spending from this account is frozen."""

    code = "account_frozen"
    hint = "Contact the operator of this gateway."


class CrossSiteRefused(Forbidden):
    """This request did not come from a page of this site."""

    code = "cross_site_refused"
    hint = "Use a page of this site, or an API key instead of the browser session."


class NotFound(Problem):
    """It does not exist, or it is not yours."""

    status = 404
    code = "not_found"
    hint = "Check the id, and that the key has the same mode (test or live)."


class MethodNotAllowed(Problem):
    """This path does not support this method."""

    status = 405
    code = "method_not_allowed"
    hint = "Use one of the methods in the Allow header."


class RequestTimeout(Problem):
    """The request body arrived too slowly."""

    status = 408
    code = "request_timeout"
    hint = "Send the request again over a faster connection."
    retryable = True


class Conflict(Problem):
    """The current state does not allow this."""

    status = 409
    code = "conflict"
    hint = "Re-read the current state, then retry."


class IdempotencyConflict(Conflict):
    """This idempotency key was used for a different request."""

    code = "idempotency_conflict"
    hint = "Use a new key for a new request; send the SAME key only to retry the same request."


class IdempotencyInProgress(Conflict):
    """The first request with this idempotency key is still running."""

    code = "idempotency_in_progress"
    hint = "Send the same request again in a moment."
    retryable = True


class LiveModeDisabled(Conflict):
    """This gateway does not accept real money yet."""

    code = "live_mode_disabled"
    hint = "Use test mode; the operator enables live mode with KT_LIVE_ENABLED."


class PayloadTooLarge(Problem):
    """The request body is too large."""

    status = 413
    code = "payload_too_large"
    hint = "Pass large media by URL instead of inline."


class UriTooLong(Problem):
    """The request target is too long."""

    status = 414
    code = "uri_too_long"
    hint = "Keep the path and query under 8 KiB."


class UnsupportedContentType(Problem):
    """The body is not JSON."""

    status = 415
    code = "unsupported_content_type"
    hint = "Send Content-Type: application/json."


class RangeNotSatisfiable(Problem):
    """The file has no bytes in this range."""

    status = 416
    code = "range_not_satisfiable"
    hint = "Read the file size from Content-Range and request a range inside it."


class MisdirectedRequest(Problem):
    """This gateway does not serve this host name."""

    status = 421
    code = "misdirected_request"
    hint = "Use the address given in this gateway's documents."


class HeadersTooLarge(Problem):
    """The request headers are too large."""

    status = 431
    code = "headers_too_large"
    hint = "Keep all headers together under 32 KiB."


class Unprocessable(Problem):
    """The request was understood but cannot be processed."""

    status = 422
    code = "unprocessable"
    hint = "Correct it, then send the request again; nothing was done or charged."


class InvalidInput(Unprocessable):
    """A value is out of range, or a field is unknown."""

    code = "invalid_input"


class ConflictingInput(Unprocessable):
    """Two fields are mutually exclusive."""

    code = "conflicting_input"
    hint = "Send only one of the named fields."


class RateLimited(Problem):
    """Too many requests."""

    status = 429
    code = "rate_limited"
    hint = "Wait for the seconds in Retry-After, then send the same request."
    retryable = True

    def __init__(
        self,
        detail: str | None = None,
        *,
        retry_after_seconds: int,
        **members: Any,  # noqa: ANN401 - extension members are JSON values
    ) -> None:
        """Give the time to try again, in the header and in the body."""
        headers = {"Retry-After": str(retry_after_seconds)}
        super().__init__(detail, headers=headers, retryAfterSeconds=retry_after_seconds, **members)


class ConcurrencyLimited(RateLimited):
    """This account has too many open jobs, streams or requests."""

    code = "concurrency_limited"
    hint = "Wait for some to end, then send the same request."


class InternalError(Problem):
    """Something went wrong on our side; nothing was charged."""

    code = "internal_error"
    hint = "Send the same request with the same idempotency key."
    retryable = True


class Unavailable(Problem):
    """The gateway cannot do this right now."""

    status = 503
    code = "unavailable"
    hint = "Wait for the seconds in Retry-After, then send the same request with the same key."
    retryable = True

    def __init__(
        self,
        detail: str | None = None,
        *,
        retry_after_seconds: int | None = None,
        headers: Mapping[str, str] | None = None,
        **members: Any,  # noqa: ANN401 - extension members are JSON values
    ) -> None:
        """Give the time to try again, in header and body; a leaf that is not retryable has none.

        Without a known time it is 2 to 4 seconds, at random: clients that failed together must not
        come back together.
        """
        if not self.retryable:
            super().__init__(detail, headers=headers, **members)
            return
        seconds = retry_after_seconds or 2 + secrets.randbelow(3)
        all_headers = {"Retry-After": str(seconds)} | dict(headers or {})
        super().__init__(detail, headers=all_headers, retryAfterSeconds=seconds, **members)


class StorageFull(Unavailable):
    """There is not enough storage space."""

    status = 507
    code = "storage_full"


def list_declared_problems() -> list[type[Problem]]:
    """Return each refusal of the gateway that has a code of its own, by status and code.

    A slice's errors are known once it is imported; `gateway.catalogue` imports every slice. Those
    of a door alone are left out: no operation answers with them.
    """

    def below(parent: type[Problem]) -> Iterator[type[Problem]]:
        for each in parent.__subclasses__():
            if each.__module__.startswith("gateway.doors."):
                continue
            if each.__module__.startswith("gateway."):
                yield each
                yield from below(each)

    by_code: dict[str, type[Problem]] = {}
    for each in below(Problem):
        if "code" in vars(each):
            by_code.setdefault(each.code, each)
    return sorted(by_code.values(), key=lambda each: (each.status, each.code))


def read_default_detail(kind: type[Problem]) -> str:
    """Return the first line of an error's docstring, its default detail."""
    return (getdoc(kind) or "").split("\n")[0]
