"""Hosts on loopback for tests of fetching: one that may be dialled, and one that may not."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Site:
    """A web server; a page is its bytes, or the address to which it redirects."""

    pages: dict[str, bytes | str] = field(default_factory=dict)
    requested_paths: list[str] = field(default_factory=list)
    port: int = 0

    def url(self, path: str) -> str:
        """Return the address of a page."""
        return f"http://127.0.0.1:{self.port}{path}"


@contextmanager
def serve_site() -> Iterator[Site]:
    """Serve a site on a free port of loopback for the block."""
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.requested_paths.append(self.path)
            page = site.pages[self.path]
            body = page if isinstance(page, bytes) else b""
            self.send_response(200 if isinstance(page, bytes) else 302)
            if isinstance(page, str):
                self.send_header("Location", page)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        site.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            thread.join(10)


@dataclass
class LoopbackCanary:
    """A port on both loopback addresses that no gateway may dial."""

    port: int
    listeners: list[socket.socket]

    def was_dialled(self) -> bool:
        """Return True if a connection came, and take it."""
        for listener in self.listeners:
            try:
                listener.accept()[0].close()
            except BlockingIOError:
                continue
            return True
        return False


@contextmanager
def listen_as_canary() -> Iterator[LoopbackCanary]:
    """Listen for the block, and fail if any connection came."""
    with socket.create_server(("127.0.0.1", 0)) as four:
        port: int = four.getsockname()[1]
        with socket.create_server(("::1", port), family=socket.AF_INET6) as six:
            for listener in (four, six):
                listener.settimeout(0)
            bird = LoopbackCanary(port, [four, six])
            yield bird
            assert not bird.was_dialled(), "somebody dialled what must not be dialled"
