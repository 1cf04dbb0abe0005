"""Load on one address: keep-alive connections, each with one request at a time.

asyncio protocols that only count answers. They take 24 µs of processor an answer, nearly all of it
in the kernel; wrk takes 22 (both on one bare route, in turns). Every answer must be a 2xx: a
benchmark of refusals would be fast and mean nothing.
"""

import asyncio
import itertools
import re
import time
from dataclasses import dataclass, field

CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)
HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True)
class LoadRequest:
    """A request, sent with each key in turn."""

    method: str
    path: str
    keys: list[str] = field(repr=False)
    body: str = ""

    def to_bytes(self, key: str) -> bytes:
        """Return the request with this key as bytes of HTTP/1.1."""
        lines = [
            f"{self.method} {self.path} HTTP/1.1",
            "Host: 127.0.0.1",
            f"Authorization: Bearer {key}",
        ]
        if self.body:
            lines += ["Content-Type: application/json", f"Content-Length: {len(self.body)}"]
        return ("\r\n".join(lines) + "\r\n\r\n" + self.body).encode()


def measure_rate(port: int, request: LoadRequest, *, clients: int, seconds: float) -> float:
    """Measure the answers a second.

    Raises:
        RuntimeError: an answer was no 2xx, or a connection broke.
    """
    return asyncio.run(count_answers(port, request, clients=clients, seconds=seconds))


async def count_answers(port: int, request: LoadRequest, *, clients: int, seconds: float) -> float:
    """Count the answers to clients that parse no more than their length; return the rate."""
    raw = itertools.cycle([request.to_bytes(key) for key in request.keys])
    loop = asyncio.get_running_loop()
    clients_open = [
        (await loop.create_connection(lambda: LoadConnection(raw), "127.0.0.1", port))[1]
        for _ in range(clients)
    ]
    begin = time.perf_counter()
    for client in clients_open:
        client.send_next()
    await asyncio.sleep(seconds)
    answers, spent = sum(client.answers for client in clients_open), time.perf_counter() - begin
    for client in clients_open:
        client.abort()
    if trouble := next((client.error_text for client in clients_open if client.error_text), None):
        raise RuntimeError(f"{request.path}: {trouble}")
    return answers / spent


class LoadConnection(asyncio.Protocol):
    """One connection: sends, counts the answer, sends the next."""

    def __init__(self, raw: "itertools.cycle[bytes]") -> None:
        self._raw = raw
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self.answers = 0
        self.error_text = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - TCP gives no other
        self._transport = transport

    def send_next(self) -> None:
        """Send one request."""
        if self._transport is not None:
            self._transport.write(next(self._raw))

    def data_received(self, data: bytes) -> None:
        """Count an answer once it is whole, and send the next request."""
        self._received += data
        end = self._received.find(HEAD_END)
        if end < 0:
            return
        length = CONTENT_LENGTH.search(self._received, 0, end)
        if len(self._received) < end + len(HEAD_END) + int(length[1] if length else 0):
            return
        if not self._received.startswith(b"HTTP/1.1 2"):
            self.error_text = self._received.decode(errors="replace")[:1_000]
            return
        self.answers += 1
        self._received = b""
        self.send_next()

    def connection_lost(self, exc: Exception | None) -> None:
        """Record a connection that the server closed."""
        if self._transport is not None:
            self.error_text = self.error_text or f"the connection was closed: {exc}"

    def abort(self) -> None:
        """End the connection from this side."""
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.abort()
