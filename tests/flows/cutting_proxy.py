"""A TCP proxy that cuts connections where a test sets it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

CUTTING_SECONDS = 60
PART_BYTES = 65_536


@dataclass
class CuttingProxy:
    """A proxy that cuts each of the first connections in its own way, and forwards the others.

    `request` cuts before the request is through; `answer` before the answer comes back; `half` in
    the middle of the answer; `later` in the middle of the second part of a stream.
    """

    upstream: tuple[str, int]
    cuts: list[str]
    base: str = ""
    connection_count: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def serve(self, listener: socket.socket) -> None:
        """Accept connections until the listener is closed."""
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                with self.lock:
                    cut = self.cuts.pop(0) if self.cuts else ""
                    self.connection_count += 1
                threading.Thread(target=self._forward, args=(client, cut), daemon=True).start()

    def _forward(self, client: socket.socket, cut: str) -> None:
        with (
            client,
            socket.create_connection(self.upstream, CUTTING_SECONDS) as server,
            suppress(OSError),
        ):
            client.settimeout(CUTTING_SECONDS)
            if cut == "request":
                server.sendall(client.recv(PART_BYTES)[:40])
                return
            threading.Thread(target=_copy_bytes, args=(client, server), daemon=True).start()
            if not cut:
                _copy_bytes(server, client)
                return
            answer = server.recv(PART_BYTES)
            if cut == "later":
                client.sendall(answer)
                answer = server.recv(PART_BYTES)
            if cut in {"half", "later"}:
                client.sendall(answer[: len(answer) // 2])
            for each in (client, server):  # a mere close would not end the read of another thread
                each.shutdown(socket.SHUT_RDWR)


def _copy_bytes(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while part := source.recv(PART_BYTES):
            sink.sendall(part)
        sink.shutdown(socket.SHUT_WR)


@contextmanager
def serve_cutting_proxy(base: str, *cuts: str) -> Iterator[CuttingProxy]:
    """Run a proxy before a gateway for the block; it cuts the first connections in these ways."""
    parts = urlsplit(base)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        proxy = CuttingProxy((str(parts.hostname), int(parts.port or 0)), [*cuts])
        proxy.base = f"http://127.0.0.1:{port}"
        thread = threading.Thread(target=proxy.serve, args=(listener,), daemon=True)
        thread.start()
        yield proxy
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(CUTTING_SECONDS)
