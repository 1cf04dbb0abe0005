"""A collector of OTLP over HTTP, decoded by the SDK's own messages; it receives webhooks too."""

import gzip
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.trace.v1.trace_pb2 import Span

HOOK_PATH = "/hook"


@dataclass(frozen=True)
class CollectedSpan:
    """A span that arrived, its ids in hexadecimal, and the name of the service that sent it."""

    service: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    links: list[str]
    attributes: dict[str, Any]
    seconds: float
    is_failed: bool


@dataclass
class Collector:
    """The exports that arrived; each is answered with `status`, None: nothing, ever."""

    status: int | None = 200
    url: str = ""
    spans: list[CollectedSpan] = field(default_factory=list)
    metrics: dict[str, dict[str, Metric]] = field(default_factory=dict)
    logs: list[tuple[str, LogRecord]] = field(default_factory=list)
    hooks: list[dict[str, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    is_closing: threading.Event = field(default_factory=threading.Event)

    def list_trace(self, trace_id: str) -> list[CollectedSpan]:
        """Return the spans of a trace."""
        return [span for span in self.spans if span.trace_id == trace_id]

    def take(self, path: str, body: bytes) -> None:
        """Decode an export."""
        self.bodies.append(body)
        match path.rpartition("/")[2]:
            case "traces":
                self._take_spans(ExportTraceServiceRequest.FromString(body))
            case "metrics":
                for one in ExportMetricsServiceRequest.FromString(body).resource_metrics:
                    service = _read_attributes(one.resource.attributes)["service.name"]
                    found = {each.name: each for part in one.scope_metrics for each in part.metrics}
                    self.metrics[service] = found
            case "logs":
                for log in ExportLogsServiceRequest.FromString(body).resource_logs:
                    service = _read_attributes(log.resource.attributes)["service.name"]
                    for scope in log.scope_logs:
                        self.logs += [(service, record) for record in scope.log_records]

    def _take_spans(self, request: ExportTraceServiceRequest) -> None:
        for one in request.resource_spans:
            service = _read_attributes(one.resource.attributes)["service.name"]
            for scope in one.scope_spans:
                self.spans += [_read_span(service, span) for span in scope.spans]


def _read_span(service: str, span: Span) -> CollectedSpan:
    return CollectedSpan(
        service=service,
        name=span.name,
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        links=[link.trace_id.hex() for link in span.links],
        attributes=_read_attributes(span.attributes),
        seconds=(span.end_time_unix_nano - span.start_time_unix_nano) / 1e9,
        is_failed=span.status.code == span.status.STATUS_CODE_ERROR,
    )


def _read_attributes(pairs: Any) -> dict[str, Any]:  # noqa: ANN401 - a repeated field
    def read(pair: KeyValue) -> object:
        kind = pair.value.WhichOneof("value")
        return None if kind is None else getattr(pair.value, kind)

    return {pair.key: read(pair) for pair in pairs}


def read_log_attributes(record: LogRecord) -> Mapping[str, Any]:
    """Return the attributes of a log record."""
    return _read_attributes(record.attributes)


class _Server(ThreadingHTTPServer):
    """The server of one collector."""

    daemon_threads = True

    def __init__(self, collector: Collector) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.collector = collector


class _Handler(BaseHTTPRequestHandler):
    """An answer to an export, or to a webhook."""

    server: _Server

    def do_POST(self) -> None:
        collector = self.server.collector
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        if self.path.startswith(HOOK_PATH):
            collector.hooks.append(headers)
            self._answer(204)
            return
        collector.headers.append(headers)
        if collector.status is None:
            collector.is_closing.wait()
            return
        if headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        collector.take(self.path, body)
        self._answer(collector.status)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its own name
        """Be quiet."""

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()


@contextmanager
def serve_collector(status: int | None = 200) -> Iterator[Collector]:
    """Run a collector on loopback for the block."""
    collector = Collector(status)
    with _Server(collector) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        collector.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield collector
        finally:
            collector.is_closing.set()
            server.shutdown()
            thread.join()
