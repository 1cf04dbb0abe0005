"""A server on loopback whose answers are far too large or far too slow."""

import gzip
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

FLOOD_BYTES = 256 * 2**20  # bounded: a gateway that reads it all must not take this machine down
BLOCK, DRIP_SECONDS = b"0" * 2**16, 0.25
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
HARMLESS_ANSWER = (
    b'HTTP/1.1 200 OK\r\nContent-Length: 15\r\nConnection: close\r\n\r\n{"allow": true}'
)
MODES = ("bomb", "stream", "drip", "head")


def _build_bomb() -> bytes:
    """Return a small gzip of a large JSON string."""
    packed = gzip.compress(b'"' + b"0" * FLOOD_BYTES + b'"', 9)
    head = HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    return head + packed


class Flood:
    """A server that answers in one of four `MODES`.

    They are a gzip bomb, an endless stream, one byte at a time, and a head that never ends. A
    moderation request without the word "flood" is allowed, or no job would reach the other doors.
    """

    def __init__(self) -> None:
        self.mode = "bomb"
        self.requested_doors: set[str] = set()
        self._bomb = _build_bomb()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._closed = threading.Event()
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, door: str) -> str:
        """Return the address of one door."""
        return f"http://127.0.0.1:{self.port}/{door}"

    def close(self) -> None:
        """Stop answering."""
        self._closed.set()
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            request = connection.recv(2**16)
            if not request:
                return
            connection.settimeout(0.2)
            with suppress(TimeoutError):
                while part := connection.recv(2**16):
                    request += part
            connection.settimeout(30)
            self.requested_doors.add(request.split(b" ", 2)[1].split(b"/")[1].decode())
            if b"moderation" in request and b"flood" not in request:
                connection.sendall(HARMLESS_ANSWER)
                return
            self._flood(connection)

    def _flood(self, connection: socket.socket) -> None:
        if self.mode == "bomb":
            connection.sendall(self._bomb)
        elif self.mode == "stream":
            connection.sendall(HEAD + b'Connection: close\r\n\r\n"')
            for _ in range(FLOOD_BYTES // len(BLOCK)):
                connection.sendall(BLOCK)
        else:
            end = b"\r\n" if self.mode == "drip" else b"X-Long: "
            connection.sendall(HEAD + end)
            while not self._closed.is_set():
                connection.sendall(b"0")
                time.sleep(DRIP_SECONDS)


@contextmanager
def serve_flood() -> Iterator[Flood]:
    """Run a flood server for the block."""
    flood = Flood()
    try:
        yield flood
    finally:
        flood.close()
