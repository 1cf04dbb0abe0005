"""OpenTelemetry: traces, metrics and logs of this process, sent by OTLP over HTTP.

The only module that knows the SDK, which is an extra. Three threads of the SDK's send; a full queue
drops, a collector that is away or slow is never waited for, and the stop waits a few seconds at
most. What is sent is what is shown elsewhere: the metrics of the registry, and the log lines after
their redaction.
"""

import logging
import math
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise

from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import TraceIdRatioBased
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    Status,
    StatusCode,
    TraceFlags,
    get_current_span,
    set_span_in_context,
)
from opentelemetry.trace import SpanKind as OtelSpanKind
from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric as Family

from gateway.kit.release import VERSION
from gateway.kit.telemetry import metrics, tracing
from gateway.kit.telemetry.logging import LogFields, forward_log_events
from gateway.kit.telemetry.tracing import (
    Attributes,
    ErrorMarker,
    FinishedSpan,
    SpanAddress,
    SpanKind,
)

SCOPE_NAME = "killatamata"
EXPORT_SECONDS, STOP_SECONDS, METRICS_SECONDS = 5, 4, 15
SDK_LOGGER = "opentelemetry"
CUMULATIVE = AggregationTemporality.CUMULATIVE
LOG_HEAD_FIELDS = frozenset({"ts", "level", "event", "trace_id", "role", "version"})
SEVERITIES = {
    "debug": SeverityNumber.DEBUG,
    "info": SeverityNumber.INFO,
    "warning": SeverityNumber.WARN,
    "error": SeverityNumber.ERROR,
    "critical": SeverityNumber.FATAL,
}


@contextmanager
def export_telemetry(
    endpoint: str, headers: Mapping[str, str], sampled_share: float, role: str
) -> Iterator[None]:
    """Send traces, metrics and logs of this process to a collector for the block.

    `sampled_share` is the share of traces that are sent, 0 to 1. It is decided by the trace id, so
    every process decides the same about a job.
    """
    logging.getLogger(SDK_LOGGER).setLevel(logging.ERROR)  # each retry would be a line
    resource = build_resource(role)

    def locate(signal: str) -> str:
        return f"{endpoint.rstrip('/')}/v1/{signal}"

    spans = OTLPSpanExporter(locate("traces"), headers=headers, timeout=EXPORT_SECONDS)
    lines = OTLPLogExporter(locate("logs"), headers=headers, timeout=EXPORT_SECONDS)
    counts = OTLPMetricExporter(locate("metrics"), headers=headers, timeout=EXPORT_SECONDS)
    sampler, ids = TraceIdRatioBased(sampled_share), _ChosenIds()
    tracers = TracerProvider(sampler, resource, shutdown_on_exit=False, id_generator=ids)
    tracers.add_span_processor(BatchSpanProcessor(spans))
    loggers = LoggerProvider(resource, shutdown_on_exit=False)
    loggers.add_log_record_processor(BatchLogRecordProcessor(lines))
    pusher = _MetricPusher(counts, resource)
    tracing.set_recorder(_SdkRecorder(tracers, ids))
    forward_log_events(_LogForwarder(loggers).forward)
    try:
        yield
    finally:
        tracing.set_recorder(None)
        forward_log_events(None)
        stop_within(STOP_SECONDS, tracers.shutdown, loggers.shutdown, pusher.stop)


def build_resource(role: str) -> Resource:
    """Build the resource that names this process; `OTEL_RESOURCE_ATTRIBUTES` adds to it."""
    return Resource.create(
        {
            "service.namespace": SCOPE_NAME,
            "service.name": f"{SCOPE_NAME}-{role}",
            "service.version": VERSION,
            "service.instance.id": f"{socket.gethostname()}:{os.getpid()}",
        }
    )


def stop_within(seconds: float, *stops: Callable[[], object]) -> None:
    """Call all these at once, and wait so many seconds for them together.

    The SDK's own stop waits half a minute for each, if the collector does not answer.
    """
    deadline = time.monotonic() + seconds
    threads = [threading.Thread(target=stop, daemon=True) for stop in stops]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))


class _ChosenIds(RandomIdGenerator):
    """An id generator that gives the first span of a trace the ids that were chosen for it."""

    def __init__(self) -> None:
        self._chosen = threading.local()

    @contextmanager
    def choose(self, address: SpanAddress | None) -> Iterator[None]:
        """Give the span that the block starts this address; None: random ids."""
        self._chosen.address = address
        try:
            yield
        finally:
            self._chosen.address = None

    def generate_trace_id(self) -> int:
        """Return the chosen trace id, or a random one."""
        address: SpanAddress | None = getattr(self._chosen, "address", None)
        return super().generate_trace_id() if address is None else address.trace_id

    def generate_span_id(self) -> int:
        """Return the chosen span id, or a random one."""
        address: SpanAddress | None = getattr(self._chosen, "address", None)
        return super().generate_span_id() if address is None else address.span_id


class _SdkRecorder:
    """A recorder that makes spans of the SDK."""

    def __init__(self, provider: TracerProvider, ids: _ChosenIds) -> None:
        self._tracer = provider.get_tracer(SCOPE_NAME, VERSION)
        self._ids = ids

    @contextmanager
    def open_span(
        self, name: str, parent: SpanAddress | None, kind: SpanKind, attributes: Attributes
    ) -> Iterator[ErrorMarker]:
        """Open a span for a block, below `parent`, or below the open span of this task."""
        is_in_trace = parent is not None or get_current_span().get_span_context().is_valid
        if not is_in_trace:
            yield _mark_nothing
            return
        context = None if parent is None else _context_from_address(parent)
        with self._tracer.start_as_current_span(
            name,
            context,
            kind=OtelSpanKind[kind.name],
            attributes=_drop_missing(attributes),
            record_exception=False,  # its text may be of a caller, or hold a URL
            set_status_on_exception=False,
        ) as span:
            try:
                yield lambda word: _mark_failed(span, word)
            except BaseException as error:
                _mark_failed(span, type(error).__name__)
                raise

    def record_span(self, span: FinishedSpan) -> None:
        """Record a span that has ended."""
        with self._ids.choose(span.address if span.is_first else None):
            made = self._tracer.start_span(
                span.name,
                Context() if span.is_first else _context_from_address(span.address),
                kind=OtelSpanKind[span.kind.name],
                attributes=_drop_missing(span.attributes),
                links=[Link(_to_span_context(link)) for link in span.links],
                start_time=span.started_at * 1_000,
            )
        if span.error is not None:
            _mark_failed(made, span.error)
        made.end(max(span.ended_at, span.started_at) * 1_000)

    def get_traceparent(self) -> str | None:
        """Return the W3C `traceparent` of the open span of this task, if there is one."""
        context = get_current_span().get_span_context()
        if not context.is_valid:
            return None
        flags = context.trace_flags & TraceFlags.SAMPLED
        return f"00-{context.trace_id:032x}-{context.span_id:016x}-{flags:02x}"


class _LogForwarder:
    """Turns the log lines of this process into records of OTLP."""

    def __init__(self, provider: LoggerProvider) -> None:
        self._logger = provider.get_logger(SCOPE_NAME, VERSION)

    def forward(self, event: LogFields) -> None:
        """Send one line, whose secrets are already hidden."""
        if str(event.get("logger", "")).startswith(SDK_LOGGER):
            return  # a record about a failed export would fail as well, and so on
        now, trace_id = time.time_ns(), event.get("trace_id")
        context = Context()
        if isinstance(trace_id, str):
            context = _context_from_address(tracing.address_from_trace_id(int(trace_id, 16)))
        level = str(event.get("level", "info"))
        self._logger.emit(
            LogRecord(
                timestamp=now,
                observed_timestamp=now,
                context=context,
                severity_text=level,
                severity_number=SEVERITIES.get(level, SeverityNumber.INFO),
                body=str(event.get("event", "")),
                attributes={
                    name: value if isinstance(value, str | int | float) else str(value)
                    for name, value in event.items()
                    if name not in LOG_HEAD_FIELDS and value is not None
                },
            )
        )


class _MetricPusher:
    """A thread that sends the metrics of the registry every 15 seconds, and once at its end.

    The SDK's reader would read instruments of the SDK: a second set of counters beside ours.
    """

    def __init__(self, exporter: OTLPMetricExporter, resource: Resource) -> None:
        self._exporter, self._resource = exporter, resource
        self._started_ns = time.time_ns()
        self._is_stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="otel-metrics", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Send once more, then end the thread."""
        self._is_stopped.set()
        self._thread.join()
        self._exporter.shutdown()

    def _run(self) -> None:
        while not self._is_stopped.wait(METRICS_SECONDS):
            self._push()
        self._push()

    def _push(self) -> None:
        try:
            self._exporter.export(
                build_metrics_data(metrics.REGISTRY, self._resource, self._started_ns)
            )
        except Exception:
            logging.getLogger(SDK_LOGGER).exception("metrics were not sent")


def build_metrics_data(
    registry: CollectorRegistry, resource: Resource, started_ns: int
) -> MetricsData:
    """Build what OTLP says of the metrics of a registry, all counted since `started_ns`."""
    now_ns = time.time_ns()
    found = [_build_metric(family, started_ns, now_ns) for family in registry.collect()]
    scope = ScopeMetrics(InstrumentationScope(SCOPE_NAME, VERSION), found, "")
    return MetricsData([ResourceMetrics(resource, [scope], "")])


def _build_metric(family: Family, started_ns: int, now_ns: int) -> Metric:
    data: Sum | Gauge | Histogram
    if family.type == "histogram":
        data = Histogram(_build_histogram_points(family, started_ns, now_ns), CUMULATIVE)
    else:
        points = [
            NumberDataPoint(sample.labels, started_ns, now_ns, sample.value)
            for sample in family.samples
        ]
        is_counter = family.type == "counter"
        data = Sum(points, CUMULATIVE, is_monotonic=True) if is_counter else Gauge(points)
    return Metric(family.name, family.documentation, "", data)


def _build_histogram_points(
    family: Family, started_ns: int, now_ns: int
) -> list[HistogramDataPoint]:
    """Build one point for each set of labels; the registry's buckets each hold those below too."""
    series: dict[frozenset[tuple[str, str]], dict[str, float]] = {}
    for sample in family.samples:
        labels = dict(sample.labels)
        name = labels.pop("le", sample.name.removeprefix(f"{family.name}_"))
        series.setdefault(frozenset(labels.items()), {})[name] = sample.value
    points = []
    for label_items, values in series.items():
        total, total_seconds = values.pop("count"), values.pop("sum")
        filled = sorted((float(bound), count) for bound, count in values.items())
        counts = [0.0, *(count for _, count in filled)]
        points.append(
            HistogramDataPoint(
                attributes=dict(label_items),
                start_time_unix_nano=started_ns,
                time_unix_nano=now_ns,
                count=int(total),
                sum=total_seconds,
                bucket_counts=[int(above - below) for below, above in pairwise(counts)],
                explicit_bounds=[bound for bound, _ in filled if bound != math.inf],
                min=None,  # type: ignore[arg-type]  # not known, which the wire may say
                max=None,  # type: ignore[arg-type]
            )
        )
    return points


def _context_from_address(address: SpanAddress) -> Context:
    return set_span_in_context(NonRecordingSpan(_to_span_context(address)), Context())


def _to_span_context(address: SpanAddress) -> SpanContext:
    flags = TraceFlags(TraceFlags.SAMPLED | TraceFlags.RANDOM_TRACE_ID)
    return SpanContext(address.trace_id, address.span_id, is_remote=True, trace_flags=flags)


def _drop_missing(attributes: Attributes) -> dict[str, str | int | float | bool]:
    return {name: value for name, value in attributes.items() if value is not None}


def _mark_failed(span: Span, word: str) -> None:
    span.set_status(Status(StatusCode.ERROR))
    span.set_attribute("error.type", word)


def _mark_nothing(_word: str) -> None:
    """Mark nothing: no span was opened."""
