"""Facts of one request: for its log line, the metrics, and the headers of its answer."""

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from prometheus_client import Counter
from starlette.types import Scope

from gateway.kit.clock import SECOND
from gateway.kit.errors import BadRequest, InternalError
from gateway.kit.release import CLIENT_VERSION_HEADER
from gateway.kit.telemetry import metrics, tracing
from gateway.kit.telemetry.logging import write_log_line

KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
PROBE_PATHS = frozenset({"/healthz", "/readyz"})
CLIENT_VERSION_NAME = CLIENT_VERSION_HEADER.lower().encode()
CLIENT_VERSION = re.compile(r"[0-9A-Za-z.+-]{1,40}")
TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
REFUSALS_BY_ROUTE = {
    "rate_limited": metrics.RATE_LIMITED,
    "concurrency_limited": metrics.RATE_LIMITED,
    "insufficient_credits": metrics.INSUFFICIENT_CREDITS,
}
REFUSALS_BY_REASON = {
    "unauthorized": metrics.AUTH_FAILURES,
    "scope_denied": metrics.AUTH_FAILURES,
    "cross_site_refused": metrics.AUTH_FAILURES,
    "unsupported_media": metrics.MEDIA_REJECTED,
    "media_unreadable": metrics.MEDIA_REJECTED,
    "media_too_large": metrics.MEDIA_REJECTED,
    "media_not_found": metrics.MEDIA_REJECTED,
}


@dataclass(slots=True)
class RequestFacts:
    """The facts that the doors learn about a request; `headers` go into any answer to it.

    The guard puts one into the state of the scope; the doors inside fill it in. A request that asks
    for jobs is a `submit`: what fails once its job is `stored` is the job, not the submit.
    """

    request_id: str
    traceparent: str | None = None
    trace_id: str | None = None
    client_version: str | None = None
    account_id: str | None = None
    key_lookup: str | None = None
    ledger_account: int | None = None
    error_code: str | None = None
    replayed: bool = False
    submit: Literal["no", "asked", "stored"] = "no"
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)

    def build_task_fields(self) -> dict[str, object]:
        """Return the fields of every log line that is written for this request."""
        fields: dict[str, object] = {"request_id": self.request_id}
        if self.trace_id is not None:
            fields["trace_id"] = self.trace_id
        if self.traceparent is not None:
            fields["caller_trace_id"] = parse_trace_id(self.traceparent)
        return fields

    def list_log_fields(self) -> tuple[tuple[str, str | None], ...]:
        """Return the fields of the log line that not every request has."""
        return (
            ("trace_id", self.trace_id),
            ("caller_trace_id", parse_trace_id(self.traceparent)),
            ("account_id", self.account_id),
            ("client_version", self.client_version),
            ("key_lookup", self.key_lookup),
            ("error_code", self.error_code),
        )


def facts_from_scope(scope: Scope) -> RequestFacts:
    """Return the facts of the request of this scope."""
    facts: RequestFacts = scope["state"]["facts"]
    return facts


def find_traceparent(headers: Mapping[bytes, bytes]) -> str | None:
    """Return the W3C `traceparent` in raw headers, if there is one."""
    return _find_text(headers, b"traceparent", TRACEPARENT)


def find_client_version(headers: Mapping[bytes, bytes]) -> str | None:
    """Return the version that a client of ours names in raw headers, if there is one."""
    return _find_text(headers, CLIENT_VERSION_NAME, CLIENT_VERSION)


def _find_text(headers: Mapping[bytes, bytes], name: bytes, form: re.Pattern[str]) -> str | None:
    value = headers.get(name)
    if value is None:
        return None
    text = value.decode("latin-1")
    return text if form.fullmatch(text) else None


def parse_trace_id(traceparent: str | None) -> str | None:
    """Return the trace id in a `traceparent`."""
    return None if traceparent is None else traceparent[3:35]


def report_request(scope: Scope, status: int, seconds: float) -> None:
    """Count a request and log its one line: the route's template, never the path or the query.

    A path holds ids and a query may hold a secret; as a label each would also be a new series.
    """
    route = getattr(scope.get("route"), "path", "-")
    method = scope["method"] if scope["method"] in KNOWN_METHODS else "-"
    facts = facts_from_scope(scope)
    code = facts.error_code
    build_request_counter(route, method, status)(seconds)
    if facts.submit != "no":
        metrics.SUBMITS.labels(decide_submit_outcome(facts, status)).inc()
    if facts.replayed:
        metrics.IDEMPOTENT_REPLAYS.labels(route).inc()
    if code is not None:
        count_refusal(route, code)
    fields: dict[str, object] = {
        "route": route,
        "method": method,
        "status": status,
        "ms": round(seconds * 1000, 1),
        "request_id": facts.request_id,
    }
    fields |= {name: value for name, value in facts.list_log_fields() if value is not None}
    level = logging.DEBUG if scope["path"] in PROBE_PATHS else logging.INFO
    write_log_line("gateway.http", level, "request", fields)
    if tracing.is_recording() and scope["path"] not in PROBE_PATHS:
        record_request_span(facts, route, method, status, seconds)


def record_request_span(
    facts: RequestFacts, route: str, method: str, status: int, seconds: float
) -> None:
    """Record the span of a request that has ended, the first of its trace.

    The trace of the caller is only linked. Anybody may name any trace: adopted, it would put the
    requests of strangers into one trace, or let a caller decide what is sampled.
    """
    ended_at = tracing.read_clock()
    tracing.record_span(
        f"{method} {route}",
        facts.request_id,
        is_first=True,
        started_at=ended_at - round(seconds * SECOND),
        ended_at=ended_at,
        kind=tracing.SpanKind.SERVER,
        links=[tracing.parse_traceparent(facts.traceparent)],
        error=facts.error_code or str(status) if status >= InternalError.status else None,
        attributes={
            "http.request.method": method,
            "http.route": route,
            "http.response.status_code": status,
            "killatamata.request_id": facts.request_id,
            "killatamata.account_id": facts.account_id,
            "killatamata.error_code": facts.error_code,
        },
    )


@lru_cache(maxsize=4_096)
def build_request_counter(route: str, method: str, status: int) -> Callable[[float], None]:
    """Return a function that counts one answer of this kind, with its seconds.

    Finding the series of a set of labels takes a lock; the cache saves that for each request.
    """
    labels = (route, method, str(status))
    requests = metrics.HTTP_REQUESTS.labels(*labels)
    durations = metrics.HTTP_SECONDS.labels(*labels)

    def count(seconds: float) -> None:
        requests.inc()
        durations.observe(seconds)

    return count


def decide_submit_outcome(facts: RequestFacts, status: int) -> str:
    """Return what became of a submit: only what the caller cannot mend is `failed`."""
    if facts.submit == "stored" or status < BadRequest.status:
        return "accepted"
    return "failed" if status >= InternalError.status else "refused"


def count_refusal(route: str, code: str) -> None:
    """Count a refusal that has a metric of its own."""
    by_route: Counter | None = REFUSALS_BY_ROUTE.get(code)
    by_reason: Counter | None = REFUSALS_BY_REASON.get(code)
    if by_route is not None:
        by_route.labels(route).inc()
    if by_reason is not None:
        by_reason.labels(code).inc()
