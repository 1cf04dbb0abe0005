"""Traces: the spans of requests and jobs, where a recorder takes them.

A job's trace id is the 128 bits of the ULID in its id, a request's that of its request id; the
first span of a trace has the lower half. So every process derives them, and no row keeps them. What
a span says are words of ours and ids: no text of a caller, no key, no URL.

Without a recorder (`gateway.kit.telemetry.otel` is the only one) a span costs one comparison.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, TypeAlias

from gateway.kit.clock import SystemClock
from gateway.kit.ids import find_ulid

TRACE_ID_HEADER = "X-Trace-Id"
LOWER_HALF = 2**64 - 1
read_clock: Callable[[], int] = SystemClock().now  # the collector knows no clock of a test

Attributes: TypeAlias = Mapping[str, str | int | float | bool | None]
ErrorMarker: TypeAlias = Callable[[str], None]
"""Marks a span as failed, with a word of ours for why."""


class SpanKind(StrEnum):
    """The side of a call that a span shows; `INTERNAL` is no call."""

    INTERNAL = "internal"
    SERVER = "server"
    CLIENT = "client"
    PRODUCER = "producer"


@dataclass(frozen=True, slots=True)
class SpanAddress:
    """The ids by which one span names another."""

    trace_id: int
    span_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedSpan:
    """A span whose beginning and end are known, in microseconds since 1970.

    It is the first span of its trace, at `address`, or a child of the span there.
    """

    name: str
    address: SpanAddress
    is_first: bool
    started_at: int
    ended_at: int
    kind: SpanKind = SpanKind.INTERNAL
    attributes: Attributes = field(default_factory=dict)
    links: Sequence[SpanAddress] = ()
    error: str | None = None


class SpanRecorder(Protocol):
    """The port for what takes spans and sends them to where they are read."""

    def open_span(
        self, name: str, parent: SpanAddress | None, kind: SpanKind, attributes: Attributes
    ) -> AbstractContextManager[ErrorMarker]:
        """Open a span for a block, below `parent`, or below the open span of this task."""
        ...

    def record_span(self, span: FinishedSpan) -> None:
        """Record a span that has ended."""
        ...

    def get_traceparent(self) -> str | None:
        """Return the W3C `traceparent` of the open span of this task, if there is one."""
        ...


@dataclass(slots=True)
class _ProcessTracing:
    recorder: SpanRecorder | None = None


_process = _ProcessTracing()


def _ignore_error(_word: str) -> None:
    """Mark nothing: no span is open."""


_NO_SPAN: AbstractContextManager[ErrorMarker] = nullcontext(_ignore_error)


def set_recorder(recorder: SpanRecorder | None) -> None:
    """Let this recorder take the spans of this process; None: nobody."""
    _process.recorder = recorder


def is_recording() -> bool:
    """Return True if spans are recorded in this process."""
    return _process.recorder is not None


def find_trace_id(identifier: str) -> str | None:
    """Return the trace id of a job or a request by its id, None if that has no ULID."""
    ulid = find_ulid(identifier)
    return None if ulid is None else f"{ulid:032x}"


def build_trace_headers(job_id: str) -> dict[str, str]:
    """Build the header that names the trace of a job, for an answer or a webhook."""
    trace_id = find_trace_id(job_id)
    return {} if trace_id is None else {TRACE_ID_HEADER: trace_id}


def find_address(identifier: str) -> SpanAddress | None:
    """Return the address of the first span of a job or a request, None if its id has no ULID."""
    ulid = find_ulid(identifier)
    return None if ulid is None else address_from_trace_id(ulid)


def address_from_trace_id(trace_id: int) -> SpanAddress:
    """Return the address of the first span of a trace of ours."""
    # A span id of zero is not valid; one ULID in 2**64 ends like that.
    return SpanAddress(trace_id, trace_id & LOWER_HALF or 1)


def parse_traceparent(traceparent: str | None) -> SpanAddress | None:
    """Return the address in a W3C `traceparent` of a form that was checked before."""
    if traceparent is None:
        return None
    _, trace_id, span_id, _ = traceparent.split("-")
    return SpanAddress(int(trace_id, 16), int(span_id, 16))


def open_span(
    name: str,
    *,
    job_id: str | None = None,
    kind: SpanKind = SpanKind.INTERNAL,
    attributes: Attributes | None = None,
) -> AbstractContextManager[ErrorMarker]:
    """Open a span for a block, in the trace of a job, or below the open span of this task.

    An exception marks it as failed, by the name of its class. With neither job nor open span
    nothing is recorded: a heartbeat is in no trace.
    """
    if _process.recorder is None:
        return _NO_SPAN
    parent = None if job_id is None else find_address(job_id)
    return _process.recorder.open_span(name, parent, kind, attributes or {})


def record_span(
    name: str,
    identifier: str,
    *,
    started_at: int,
    ended_at: int,
    is_first: bool = False,
    kind: SpanKind = SpanKind.INTERNAL,
    attributes: Attributes | None = None,
    links: Sequence[SpanAddress | None] = (),
    error: str | None = None,
) -> None:
    """Record a span that has ended, in the trace of the job or the request of this id."""
    address = find_address(identifier)
    if _process.recorder is None or address is None:
        return
    _process.recorder.record_span(
        FinishedSpan(
            name=name,
            address=address,
            is_first=is_first,
            started_at=started_at,
            ended_at=ended_at,
            kind=kind,
            attributes=attributes or {},
            links=[link for link in links if link is not None],
            error=error,
        )
    )


def get_call_headers() -> dict[str, str]:
    """Return the headers that let a node of ours go on with the trace of the open span."""
    traceparent = None if _process.recorder is None else _process.recorder.get_traceparent()
    return {} if traceparent is None else {"traceparent": traceparent}
