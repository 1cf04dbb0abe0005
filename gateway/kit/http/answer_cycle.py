"""The answer to one request on its connection: uvicorn's cycle, with fewer writes and searches.

uvicorn writes the head of an answer and its body apart, two calls of the system for each answer,
and searches every header name and value by a regular expression of its own. Here a head that names
the length of its body waits for the body's first part, and one pass finds a character that no
header may have. A head without a length is a stream's and goes out at once: its client waits for it
while the first part may be minutes away.
"""

import asyncio
from typing import TYPE_CHECKING

from uvicorn._types import (
    ASGI3Application,
    ASGIReceiveCallable,
    ASGISendCallable,
    ASGISendEvent,
    HTTPResponseStartEvent,
    Scope,
)
from uvicorn.protocols.http.httptools_impl import HEADER_RE, STATUS_LINE, RequestResponseCycle

if TYPE_CHECKING:
    from gateway.kit.http.protocol import DeadlineProtocol

BODILESS_STATUSES = frozenset({204, 304})
CONTROL_BYTES = bytes({*range(32), 127} - {9})  # all that a value must not have; a tab may be in it
MAX_KNOWN_NAMES = 1_000


class AnswerCycle(RequestResponseCycle):
    """One request and its answer, on a connection of `DeadlineProtocol`."""

    def __init__(self, connection: "DeadlineProtocol", *, keep_alive: bool) -> None:
        """Set what uvicorn's cycle sets, apart from the access log, which we do not use."""
        self.scope = connection.scope
        self.transport = connection.transport
        self.flow = connection.flow
        self.logger = connection.logger
        self.message_event = asyncio.Event()
        self.on_response = connection.on_response_complete
        self.disconnected = False
        self.keep_alive = keep_alive
        self.waiting_for_100_continue = connection.expect_100_continue
        self.body = bytearray()
        self.more_body = True
        self.response_started = False
        self.response_complete = False
        self.chunked_encoding = None
        self.expected_content_length = 0
        self._default_headers = connection.server_state.default_headers
        self._head = b""

    async def run_asgi(self, app: ASGI3Application) -> None:
        """Run the application; if it fails before the body, the head goes out all the same.

        A connection that ends without a byte looks like one that was closed while it was idle, and
        a client would send the request again.
        """

        async def run(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
            try:
                await app(scope, receive, send)
            finally:
                if self._head and not self.disconnected:
                    self.transport.write(self._take_head())

        await super().run_asgi(run)

    async def send(self, message: ASGISendEvent) -> None:
        """Send the head or a part of the body of the answer.

        Raises:
            RuntimeError: the message may not come now, or contradicts the head.
        """
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        if self.response_complete:
            raise RuntimeError(f"{message['type']!r} was sent after the end of the answer.")
        if not self.response_started:
            if message["type"] != "http.response.start":
                raise RuntimeError(f"{message['type']!r} was sent before the head of the answer.")
            self._start(message)
        elif message["type"] != "http.response.body":
            raise RuntimeError(f"{message['type']!r} was sent in the body of the answer.")
        else:
            self._send_part(message.get("body", b""), more=message.get("more_body", False))

    def _start(self, message: HTTPResponseStartEvent) -> None:
        """Make the head of the answer; send it unless the body follows at once."""
        status, headers = message["status"], [*self._default_headers, *message.get("headers", ())]
        fields = dict(headers)
        _check_names(fields)
        length = fields.get(b"content-length")
        closes = _says_close(fields.get(b"connection", b""))
        if not self.keep_alive and not closes:
            headers.append((b"connection", b"close"))
        self.keep_alive &= not closes
        if length is not None:
            self.chunked_encoding, self.expected_content_length = False, int(length)
        elif fields.get(b"transfer-encoding", b"").lower() == b"chunked":
            self.chunked_encoding = True
        elif self.scope["method"] != "HEAD" and status not in BODILESS_STATUSES:
            self.chunked_encoding = True
            headers.append((b"transfer-encoding", b"chunked"))
        lines = b"\r\n".join([*map(b": ".join, headers), b""])
        # Two of these bytes end each line. One more would end a header where its value goes on, or
        # forge another.
        if len(lines) - len(lines.translate(None, CONTROL_BYTES)) != 2 * len(headers):
            raise RuntimeError("A header of the answer has a control character.")
        self.response_started, self.waiting_for_100_continue = True, False
        self._head = b"%b%b\r\n" % (STATUS_LINE[status], lines)
        if length is None:
            self.transport.write(self._take_head())

    def _take_head(self) -> bytes:
        """Return what of the head is not sent yet."""
        head, self._head = self._head, b""
        return head

    def _send_part(self, body: bytes, *, more: bool) -> None:
        """Send a part of the body, with the head if that still waits."""
        if self.scope["method"] == "HEAD":
            body, self.expected_content_length = b"", 0
        elif self.chunked_encoding:
            body = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
            body += b"" if more else b"0\r\n\r\n"
        else:
            self.expected_content_length -= len(body)
            if self.expected_content_length < 0:
                raise RuntimeError("The body of the answer is longer than its head says.")
        if data := self._take_head() + body:
            self.transport.write(data)
        if more:
            return
        if self.expected_content_length:
            raise RuntimeError("The body of the answer is shorter than its head says.")
        self.response_complete = True
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()


def _says_close(connection: bytes) -> bool:
    """Return True if a `Connection` header closes the connection."""
    return b"close" in map(bytes.strip, connection.lower().split(b","))


_known_names: set[bytes] = set()


def _check_names(fields: dict[bytes, bytes]) -> None:
    """Check the names of headers; the few that there are get checked once.

    Raises:
        RuntimeError: one is not valid.
    """
    if fields.keys() <= _known_names:
        return
    if any(map(HEADER_RE.search, fields)):
        raise RuntimeError("A header of the answer has a name that is not valid.")
    if len(_known_names) < MAX_KNOWN_NAMES:
        _known_names.update(fields)
