"""The connection below ASGI: no silent, half-sent or unread connection outlives its deadline.

The problem: uvicorn's protocol has no deadline for a head, no limit for one that never ends, and no
share of connections for each address; a client could hold connections and memory for nothing. The
way: a subclass of uvicorn's protocol class, with timers and counters in its callbacks. It reaches
into uvicorn's private parts (`cycle`, `pipeline`, `limit_concurrency`, and all that `AnswerCycle`
sets), so the next version of uvicorn is let in only after the tests of both.

Invariants: whatever a connection waits for has a deadline. For a head, and for the next request
after an answer, it is `_head_timer`, for a client that reads the answer `_write_timer`, for a body
and for our own handler that of `HttpGuard`. All runs in callbacks of the event loop that never
await, so no lock is needed. Refusals look like those of `HttpGuard`: problem documents.
"""

import asyncio
import json
from dataclasses import dataclass
from typing import ClassVar, cast
from urllib.parse import unquote

import httptools
from uvicorn._types import ASGI3Application
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)
from uvicorn.server import ServerState

from gateway.kit.errors import BadRequest, HeadersTooLarge, Problem, UriTooLong
from gateway.kit.http.answer_cycle import AnswerCycle
from gateway.kit.http.connections import Admission, ConnectionsByNetwork
from gateway.kit.http.lingering import LINGER_SECONDS, LingeringTransport
from gateway.kit.ids import Ids

KIB = 1024
MIB = 1024 * KIB
CROWDED_KEY = "crowded"
"""The key in the state of a scope that tells `HttpGuard` to refuse: too many connections."""
MAX_INSTANCE_CHARACTERS = 512
MAX_PIPELINED_REQUESTS = 16
TOO_MANY_PIPELINED = f"More than {MAX_PIPELINED_REQUESTS} pipelined requests on one connection."
INVALID_REQUEST = "Invalid HTTP request."
MAX_LENGTH_DIGITS = 20  # 2**64 has as many; more could only be leading zeros


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionLimits:
    """The limits of one HTTP connection; `_seconds` are measured by the monotonic clock.

    The whole body may take `body_seconds` and one second more for each `body_bytes_per_second`.
    A new connection of an address that has too many must send its head within `grace_seconds`.
    """

    head_seconds: float = 10
    header_bytes: int = 32 * KIB
    target_bytes: int = 8 * KIB
    body_idle_seconds: float = 15
    body_seconds: float = 60
    body_bytes_per_second: int = 64 * KIB
    write_seconds: float = 60
    connections_per_address: int | None = None
    grace_seconds: float = 1


def render_problem(
    problem: Problem, *, path: str, request_id: str
) -> tuple[list[tuple[str, str]], bytes]:
    """Return the headers and the body that answer with this problem; a long path is cut."""
    instance = path[:MAX_INSTANCE_CHARACTERS]
    body = json.dumps(problem.to_document(instance=instance, request_id=request_id)).encode()
    headers = [
        ("Content-Type", "application/problem+json"),
        ("Content-Length", str(len(body))),
        *problem.headers.items(),
    ]
    if not problem.retryable:
        headers.append(("X-Should-Retry", "false"))
    return headers, body


class DeadlineProtocol(HttpToolsProtocol):
    """uvicorn's protocol over the httptools parser, with deadlines and limits it has no option for.

    The parser refuses ambiguous framing by itself, except for what `_refuse_framing` names. It
    keeps an unfinished head without any limit, so the bytes since the last whole head or part of a
    body are counted here. It reads no body of a request with `Upgrade`, so such a head is parsed
    once more without that header.
    """

    limits: ClassVar[ConnectionLimits] = ConnectionLimits()
    by_network: ClassVar[ConnectionsByNetwork] = ConnectionsByNetwork()

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        """Take over uvicorn's limit of connections: it would refuse in plain text."""
        super().__init__(config, server_state, app_state, _loop)
        self._max_connections, self.limit_concurrency = self.limit_concurrency, None
        self._unfinished_bytes = 0
        self._is_refused = False
        self._admission = Admission.SERVED
        self._answering_cycle: RequestResponseCycle | None = None
        self._quiet_since = 0.0
        self._head_timer: asyncio.TimerHandle | None = None
        self._write_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the timer for the first head, if the client's address has room for a connection."""
        super().connection_made(transport)
        self.transport = cast("asyncio.Transport", LingeringTransport(transport, self))
        address = self.client[0] if self.client else ""
        self._admission = self.by_network.add(self.transport, address, self.loop.time)
        if self._admission is Admission.DROPPED:
            transport.abort()
            return
        if self._max_connections is not None and len(self.connections) > self._max_connections:
            self.by_network.make_room(self.loop.time())
        self._quiet_since = self.loop.time()
        served = self._admission is Admission.SERVED
        first_check = min(self.limits.head_seconds, self.timeout_keep_alive)
        seconds = first_check if served else self.limits.grace_seconds
        self._head_timer = self.loop.call_later(
            seconds, self._check_head_time if served else self._close_idle
        )

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the timers, and tell the handler that still answers that its client is gone."""
        for timer in (self._head_timer, self._write_timer):
            if timer is not None:
                timer.cancel()
        # uvicorn tells only the newest cycle. With pipelining that one may still wait for its turn,
        # and the handler of an older one would stream to a client that is gone.
        if (answering := self._answering_cycle) is not None and not answering.response_complete:
            answering.disconnected = True
            answering.message_event.set()
        self.by_network.remove(self.transport)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came, or refuse it with a problem; after a refusal, ignore all that comes.

        Up to twice the limit of headers, a whole head still reaches `HttpGuard`, which refuses it
        with a request id and a log line.
        """
        if self._is_refused or self.transport.is_closing():
            return
        self._unfinished_bytes += len(data)
        try:
            self._parse(data)
        except httptools.HttpParserError as error:
            # The parser wraps what a callback of ours raised, such as `on_headers_complete`.
            cause = error.__context__
            self._refuse(cause if isinstance(cause, Problem) else BadRequest(INVALID_REQUEST))
        else:
            if self._unfinished_bytes > 2 * self.limits.header_bytes:
                is_target = len(self.url) > self.limits.target_bytes
                self._refuse(UriTooLong() if is_target else HeadersTooLarge())

    def _parse(self, data: bytes) -> None:
        """Parse what came; a request to upgrade to another protocol is served as plain HTTP.

        Raises:
            HttpParserError: it is not HTTP, or the error's context is our own refusal.
        """
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            # The parser stops after such a head and reads no body for it. A new parser gets the
            # head without `Upgrade`, and after it the rest of the data.
            version = self.parser.get_http_version().encode()
            lines = [b"%s %s HTTP/%s" % (self.parser.get_method(), self.url, version)]
            lines += [b"%s: %s" % each for each in self.headers if each[0] != b"upgrade"]
            self.parser = httptools.HttpRequestParser(self)
            self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn does
            self._parse(b"\r\n".join(lines) + b"\r\n\r\n" + data[upgrade.args[0] :])

    def on_header(self, name: bytes, value: bytes) -> None:
        """Add a header, without the blanks after its value, which the parser leaves on."""
        name, value = name.lower(), value.rstrip(b" \t")
        if name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Begin a request, if its head leaves no doubt about its end and its host.

        Raises:
            BadRequest: it does, or too many requests came before the first was answered.
        """
        self._unfinished_bytes = 0
        if self.parser.get_method() == b"CONNECT":
            raise BadRequest(INVALID_REQUEST)
        if self.parser.should_upgrade():
            return  # `_parse` sends this head through a new parser, and comes here again
        _refuse_framing(self.headers, self.parser.get_http_version())
        if len(self.pipeline) >= MAX_PIPELINED_REQUESTS:
            raise BadRequest(TOO_MANY_PIPELINED)
        self.by_network.record_whole_head(self.transport)
        # Tasks too: an answer may go on after its connection is closed, and still takes memory.
        at_once = max(len(self.connections), len(self.tasks) + 1)
        crowded = self._max_connections is not None and at_once > self._max_connections
        self.scope["state"][CROWDED_KEY] = crowded or self._admission is Admission.REFUSED
        self._begin_request()
        # The scope keeps the list that it has. The parser hands trailers of a chunked body to
        # `on_header` too; added to that list, they could forge a header after it was checked.
        self.headers = []

    def _begin_request(self) -> None:
        """Complete the scope, and answer the request, or let it wait for those before it."""
        version, url = self.parser.get_http_version(), httptools.parse_url(self.url)
        path = url.path.decode("ascii")
        self.scope["method"] = self.parser.get_method().decode("ascii")
        self.scope["http_version"] = version
        self.scope["path"] = self.root_path + (unquote(path) if "%" in path else path)
        self.scope["raw_path"] = self.root_path.encode("ascii") + url.path
        self.scope["query_string"] = url.query or b""
        last, keep_alive = self.cycle, version != "1.0" and self.parser.should_keep_alive()
        self.cycle = AnswerCycle(self, keep_alive=keep_alive)
        if last is None or last.response_complete:
            self._start_asgi_task(self.cycle, self.app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, self.app))

    def on_body(self, body: bytes) -> None:
        """Pass on a part of a body."""
        self._unfinished_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End the body of a request that has begun."""
        if self.parser.should_upgrade():
            return
        self._unfinished_bytes = 0
        super().on_message_complete()
        if self.cycle is not None:
            self.cycle.more_body = False  # also of one that was answered before its body ended

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._answering_cycle = cycle
        super()._start_asgi_task(cycle, app)

    def on_response_complete(self) -> None:
        """Answer the next pipelined request, or begin the time in which the client must send one.

        uvicorn would set a timer for that time after each answer, and cancel it at each request.
        """
        self.server_state.total_requests += 1
        self._quiet_since = self.loop.time()
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())

    def expects_more(self) -> bool:
        """Return True if the client may still be sending what is not read any more."""
        return self._is_refused or (self.cycle is not None and self.cycle.more_body)

    def shutdown(self) -> None:
        """Close after the answer under way; a request that is just arriving is answered too.

        uvicorn would close a connection whose request is still on its way, and the client could not
        know if it was carried out.
        """
        if self.cycle is None or self._unfinished_bytes:
            self.loop.call_later(self.limits.grace_seconds, super().shutdown)
        else:
            super().shutdown()

    def pause_writing(self) -> None:
        """Start the timer for a client that does not read: the buffers are full."""
        super().pause_writing()
        self._write_timer = self.loop.call_later(self.limits.write_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """Cancel that timer: the client reads again."""
        super().resume_writing()
        if self._write_timer is not None:
            self._write_timer.cancel()

    def _check_head_time(self) -> None:
        """Drop a client that is slow to send a head, but not one that waits for our handler.

        One timer serves all requests of a connection: a new one for each would cost more. It fires
        when the time could be up, looks at `_quiet_since`, and if need be is set again.
        """
        now, last, is_closing = self.loop.time(), self.cycle, self.transport.is_closing()
        is_idle = last is not None and not last.more_body and not self._unfinished_bytes
        seconds = self.limits.head_seconds
        if is_closing:
            seconds += LINGER_SECONDS  # it may be sending a refused body, or reading the answer
        elif is_idle:
            seconds = min(seconds, self.timeout_keep_alive)
        due_at = self._quiet_since + seconds
        if last is not None and not last.response_complete:
            due_at = now + seconds
        elif due_at <= now and (is_closing or not is_idle):
            self.transport.abort()
            return
        elif due_at <= now:
            # What its client has not read yet keeps it open, until the next look aborts it.
            self.transport.close()
            due_at = now + seconds
        # The time for the next request may begin at once and is the shorter one.
        due_at = min(due_at, now + self.timeout_keep_alive)
        self._head_timer = self.loop.call_at(due_at, self._check_head_time)

    def _close_idle(self) -> None:
        """Drop a client that was let in only for a refusal, and has not sent a head."""
        if self.cycle is None:
            self.transport.abort()
        else:
            self._check_head_time()

    def _refuse(self, problem: Problem) -> None:
        """Answer bytes that are not HTTP with a problem document, where that is still possible."""
        self._is_refused = True
        self.logger.warning("refused before it was a request: %s", problem.code)
        last = self.cycle
        # The bytes follow requests that are whole: answer those, then close without an answer. A
        # document written now would be read as the answer to one of them.
        if last is not None and not last.response_complete and not last.more_body:
            last.keep_alive = False
            return
        # The bytes are in the body of the newest request: its handler learns that the client is
        # gone, and may be answered for only if no answer has begun and none comes before it.
        if last is not None and last.more_body:
            last.disconnected = True
            last.message_event.set()
            if last.response_started or self.pipeline:
                self.transport.close()
                return
        request_id = Ids().new("rid")
        headers, body = render_problem(problem, path="/", request_id=request_id)
        headers += [("X-Request-Id", request_id), ("Connection", "close")]
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers).encode("latin-1")
        self.transport.write(STATUS_LINE[problem.status] + lines + b"\r\n" + body)
        self.transport.close()


def build_protocol(limits: ConnectionLimits, trusted_proxies: str = "") -> type[DeadlineProtocol]:
    """Return a protocol class with these limits, for uvicorn's `http=`.

    uvicorn makes one protocol a connection by itself, so limits and counts are on the class.
    """
    by_network = ConnectionsByNetwork(
        limits.connections_per_address, limits.grace_seconds, trusted_proxies
    )
    return type("HeadDeadline", (DeadlineProtocol,), {"limits": limits, "by_network": by_network})


def _refuse_framing(headers: list[tuple[bytes, bytes]], version: str) -> None:
    """Refuse heads that our parser accepts and another one, as of a proxy, may read differently.

    Raises:
        BadRequest: not exactly one Host, or a body in an unknown coding.
    """
    hosts = 0
    for name, value in headers:
        if name == b"host":
            hosts += 1
        elif name == b"content-length" and len(value) > MAX_LENGTH_DIGITS:
            raise BadRequest(INVALID_REQUEST)
        elif name == b"transfer-encoding" and value.lower() != b"chunked":
            raise BadRequest("The only transfer encoding accepted is `chunked`.")
    if hosts != 1 and (hosts or version == "1.1"):
        raise BadRequest("A request needs exactly one Host header.")
