"""The outermost ASGI layer: Host, sizes, deadlines, request id, default headers.

Every refusal is a problem document with its `requestId`. The guard needs no proxy in front of it.
`gateway.kit.http.protocol` guards the connection below; what needs a whole head is checked here.
"""

import asyncio
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from functools import cached_property, lru_cache, partial
from itertools import chain
from math import inf
from typing import TypeAlias

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.kit.disk import is_disk_full
from gateway.kit.errors import (
    HeadersTooLarge,
    InternalError,
    MisdirectedRequest,
    PayloadTooLarge,
    Problem,
    RequestTimeout,
    StorageFull,
    Unavailable,
    UriTooLong,
)
from gateway.kit.http.deadlines import Deadline, Deadlines
from gateway.kit.http.protocol import CROWDED_KEY, MIB, ConnectionLimits, render_problem
from gateway.kit.http.request_report import (
    PROBE_PATHS,
    RequestFacts,
    find_client_version,
    find_traceparent,
    report_request,
)
from gateway.kit.ids import Ids
from gateway.kit.release import GATEWAY_VERSION_HEADER, VERSION
from gateway.kit.telemetry.logging import set_log_fields
from gateway.kit.telemetry.tracing import find_trace_id
from gateway.kit.wire.request_reader import refuse_control_characters

CONNECTION_CLOSE = (b"connection", b"close")
STRICT_TRANSPORT = (b"strict-transport-security", b"max-age=31536000")
CLOSE_HEADERS = {"Connection": "close"}
VERIFIED_CALLER_KEY = "kt.caller"
"""The key of a scope under which this process names a caller that it has verified itself.

The guard removes it from each scope that comes from outside.
"""
HOST_PATTERN = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::\d{1,5})?", re.ASCII)
LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
TOO_MANY_CONNECTIONS = "The gateway has reached its connection limit."

Headers: TypeAlias = list[tuple[str, str]]
RefusalRenderer: TypeAlias = Callable[[Problem, str], tuple[int, Headers, bytes]]
"""Renders a problem with the id of its request, as status, headers and body."""

log = structlog.stdlib.get_logger("gateway.http")


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteLimits:
    """The limits of one route: the size of a body, and the time of its handler (None: no deadline).

    The time in which the handler waits for the body does not count.
    """

    body_bytes: int = MIB
    handler_seconds: float | None = 30


@dataclass(frozen=True)
class HttpGuard:
    """The guard in front of an ASGI application.

    `hosts` are the names served (a port is ignored), `serves_loopback` adds the names of this
    machine. `find_route_limits` returns the limits of a scope's route; `is_https` is True if the
    public address is https. While `is_draining` returns True, every answer closes its connection.
    `report` is called with scope, status and seconds of each request.
    """

    app: ASGIApp
    _: KW_ONLY
    hosts: frozenset[str]
    serves_loopback: bool = False
    find_route_limits: Callable[[Scope], RouteLimits] = lambda _scope: RouteLimits()
    limits: ConnectionLimits = field(default_factory=ConnectionLimits)
    is_https: bool = False
    is_draining: Callable[[], bool] = lambda: False
    new_request_id: Callable[[], str] = field(default_factory=lambda: partial(Ids().new, "rid"))
    report: Callable[[Scope, int, float], None] = report_request
    deadlines: Deadlines = field(default_factory=Deadlines)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve HTTP guarded, refuse WebSocket, let lifespan through."""
        # Whatever server runs this application, a client must not be able to vouch for itself.
        scope.pop(VERIFIED_CALLER_KEY, None)
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] == "http":
            await self._serve(_Exchange(self, scope, receive, send))
        else:
            await self.app(scope, receive, send)

    async def serve_internal(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request of this process itself; its scope may name a verified caller."""
        await self._serve(_Exchange(self, scope, receive, send))

    async def _serve(self, exchange: "_Exchange") -> None:
        """Answer one request, whatever the application raises, and report it."""
        started = time.monotonic()
        set_log_fields(exchange.facts.build_task_fields())
        try:
            await exchange.run(self._check_head(exchange.scope, exchange.headers))
        except ClientDisconnect:
            log.info("client_disconnected")
        except Problem as problem:
            if problem.__cause__ is not None and problem.status > InternalError.status:
                cause = problem.__cause__.__cause__ or problem.__cause__
                log.warning("part_missing", error_code=problem.code, cause=type(cause).__name__)
            await exchange.refuse(problem)
        except Exception as error:
            if is_disk_full(error):
                log.warning("disk_full")
                await exchange.refuse(StorageFull(retry_after_seconds=30))
                return
            log.exception("unhandled_error")
            await exchange.refuse(InternalError())
        finally:
            self.report(exchange.scope, exchange.status, time.monotonic() - started)

    @cached_property
    def default_headers(self) -> list[tuple[bytes, bytes]]:
        """Return the headers that every answer carries, unless it declares its own."""
        headers = [
            (b"x-content-type-options", b"nosniff"),
            (b"cache-control", b"no-store"),
            (b"referrer-policy", b"no-referrer"),
            (GATEWAY_VERSION_HEADER.lower().encode(), VERSION.encode()),
        ]
        return [*headers, STRICT_TRANSPORT] if self.is_https else headers

    def _check_head(self, scope: Scope, header_values: Mapping[bytes, bytes]) -> RouteLimits:
        """Check the head of a request; return the limits of its route.

        Raises:
            Problem: something is too large or too many, or the host is not ours.
        """
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        # 4 bytes a header: the colon, the blank and the line end, which the client sent too.
        if sum(map(len, chain(*headers))) + 4 * len(headers) > self.limits.header_bytes:
            raise HeadersTooLarge(headers=CLOSE_HEADERS)
        if (
            len(scope.get("raw_path") or b"") + 1 + len(scope["query_string"])
            > self.limits.target_bytes
        ):
            raise UriTooLong(headers=CLOSE_HEADERS)
        # A load balancer asks a probe by address, and must get an answer from a full gateway too:
        # else it would take the gateway for dead and restart it.
        if scope["path"] not in PROBE_PATHS:
            if scope["state"].get(CROWDED_KEY):
                raise Unavailable(TOO_MANY_CONNECTIONS, headers=CLOSE_HEADERS)
            if not self._serves_host(header_values.get(b"host", b"")):
                raise MisdirectedRequest
        refuse_control_characters(scope["path"], "path")
        route = self.find_route_limits(scope)
        if int(header_values.get(b"content-length", b"0")) > route.body_bytes:
            raise _build_too_large(route.body_bytes)
        return route

    def _serves_host(self, host: bytes) -> bool:
        name = _parse_hostname(host)
        return name != "" and (
            name in _parse_hostnames(self.hosts)
            or (self.serves_loopback and name in LOOPBACK_HOSTS)
        )


class _Exchange:
    """One request and its answer, seen from the outside of the application."""

    def __init__(self, guard: HttpGuard, scope: Scope, receive: Receive, send: Send) -> None:
        self.guard = guard
        self.scope = scope
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        request_id = guard.new_request_id()
        self.facts = RequestFacts(
            request_id,
            find_traceparent(self.headers),
            find_trace_id(request_id),
            find_client_version(self.headers),
        )
        self.status = 0
        self._receive = receive
        self._send = send
        self._refusal: Problem | None = None
        self._received_bytes = 0
        self._waited_seconds = 0.0
        self._body_done = False
        self._body_asked = False
        self._max_body_bytes = 0
        self._deadline: Deadline
        state = scope.setdefault("state", {})
        state["request_id"], state["facts"] = self.facts.request_id, self.facts

    async def run(self, route: RouteLimits) -> None:
        """Run the application within the limits of its route.

        Raises:
            Problem: the body came too slowly or is too large, or the handler took too long.
        """
        self._max_body_bytes = route.body_bytes
        self._deadline = self.guard.deadlines.start(route.handler_seconds)
        try:
            with self._deadline:
                await self.guard.app(self.scope, self.receive, self.send)
        except Exception:
            # The application may have turned our refusal, raised in `receive`, into an error of its
            # own; or swallowed it, see below. Ours is the answer in both cases.
            if self._refusal is not None:
                raise self._refusal from None
            if self._deadline.has_expired:
                raise Unavailable("The gateway took too long to answer this.") from None
            raise
        if self._refusal is not None:
            raise self._refusal

    async def receive(self) -> Message:
        """Pass on the body under its deadlines and cap; after it, wait without a deadline.

        An application waits after the body only to learn that the client has gone.
        """
        self._body_asked = True
        if self._body_done:
            return await self._receive()
        clock = asyncio.get_running_loop().time
        started, ends_at = clock(), self._deadline.ends_at
        # The handler's deadline stands still meanwhile: a slow client must not use up its time.
        self._deadline.move(inf)
        message = await self._next_part()
        waited = clock() - started
        self._waited_seconds += waited
        self._deadline.move(ends_at + waited)
        self._received_bytes += len(message.get("body", b""))
        if self._received_bytes > self._max_body_bytes:
            raise self._remember_refusal(_build_too_large(self._max_body_bytes))
        self._body_done = not message.get("more_body", False)
        return message

    async def _next_part(self) -> Message:
        limits = self.guard.limits
        whole = limits.body_seconds + self._received_bytes / limits.body_bytes_per_second
        seconds = min(limits.body_idle_seconds, whole - self._waited_seconds)
        try:
            with self.guard.deadlines.start(seconds):
                return await self._receive()
        except TimeoutError:
            raise self._remember_refusal(RequestTimeout(headers=CLOSE_HEADERS)) from None

    def _remember_refusal(self, problem: Problem) -> Problem:
        """Remember the refusal, so that no answer of the application replaces it."""
        self._refusal = problem
        return problem

    async def send(self, message: Message) -> None:
        """Pass on the answer with the headers that every answer carries."""
        if self._refusal is not None and self.status == 0:
            return
        if message["type"] == "http.response.start":
            self.status = message["status"]
            own_headers = message.get("headers", [])
            declared = {name for name, _ in own_headers}
            missing_headers = [each for each in self._default_headers() if each[0] not in declared]
            # The client waits for `100 Continue`, which is sent when the body is read. After this
            # answer it may send the body or skip it, and its next request could be taken for it.
            if not self._body_asked and b"expect" in self.headers:
                missing_headers.append(CONNECTION_CLOSE)
            message["headers"] = [*own_headers, *missing_headers]
        await self._send(message)

    async def refuse(self, problem: Problem) -> None:
        """Answer with this problem, unless an answer has begun."""
        self._refusal = None
        self.facts.error_code = problem.code
        if self.status != 0:
            return
        if "route" not in self.scope:  # refused by its head; each door has a form of its own
            self.guard.find_route_limits(self.scope)
        route = self.scope.get("route")
        render: RefusalRenderer = getattr(route, "render_refusal", None) or self._render_problem
        status, headers, body = render(problem, self.facts.request_id)
        start = {
            "type": "http.response.start",
            "status": status,
            "headers": _encode_headers(headers),
        }
        await self.send(start)
        await self.send({"type": "http.response.body", "body": body})

    def _render_problem(self, problem: Problem, request_id: str) -> tuple[int, Headers, bytes]:
        """Render a refusal as a problem document."""
        headers, body = render_problem(problem, path=self.scope["path"], request_id=request_id)
        return problem.status, headers, body

    def _default_headers(self) -> list[tuple[bytes, bytes]]:
        request_id = (b"x-request-id", self.facts.request_id.encode())
        headers = [request_id, *self.guard.default_headers, *self.facts.headers]
        if self.scope["scheme"] == "https" and not self.guard.is_https:
            headers.append(STRICT_TRANSPORT)
        if self.guard.is_draining():
            headers.append(CONNECTION_CLOSE)
        return headers


def _encode_headers(headers: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]


@lru_cache(maxsize=256)
def _parse_hostname(host: bytes) -> str:
    """Return the name in a Host value in lower case, or `""` if it is not well formed."""
    matched = HOST_PATTERN.fullmatch(host.decode("latin-1"))
    return matched[1].lower() if matched else ""


@lru_cache(maxsize=16)
def _parse_hostnames(hosts: frozenset[str]) -> frozenset[str]:
    """Return the names served, without ports; cached, for the hosts of a guard never change."""
    return frozenset(_parse_hostname(host.encode()) for host in hosts)


def _build_too_large(max_bytes: int) -> PayloadTooLarge:
    return PayloadTooLarge(
        f"The request body is larger than {max_bytes:,} bytes.", limitBytes=max_bytes
    )
