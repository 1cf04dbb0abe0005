"""The receiver of webhooks of a chaos run: it keeps what came, and can be made to refuse."""

import json
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class WebhookSink:
    """The webhooks that came: the ids of the deliveries of each job's end, repeated ones twice."""

    port: int = 0
    refuses: bool = False
    delivery_ids: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        """Return the address that a job names."""
        return f"http://127.0.0.1:{self.port}/hook"


@contextmanager
def serve_sink() -> Iterator[WebhookSink]:
    """Run a sink for the block."""
    sink = WebhookSink()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            if not sink.refuses:
                with sink.lock:
                    sink.delivery_ids[body["data"]["jobId"]].append(self.headers["webhook-id"])
            self.send_response(503 if sink.refuses else 204)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Print no line for each request."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    sink.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield sink
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
