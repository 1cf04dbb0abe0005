"""A scripted gateway: it gives the answers of a test over real sockets."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

RETRY_AT_ONCE = {"Retry-After": "0.01"}


@dataclass
class Answer:
    """An answer of the script; with `hang_up` the connection closes without one.

    With `pause_seconds` the body comes byte by byte, with this pause after each.
    """

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    hang_up: bool = False
    pause_seconds: float = 0


@dataclass
class ReceivedRequest:
    """A request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    header_names: list[str]
    body: bytes


class ScriptedGateway:
    """Gives the answers in turn, the last one again and again; keeps the requests."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests: list[ReceivedRequest] = []
        self.base = ""

    def take_answer(self) -> Answer:
        """Take the next answer of the script."""
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def list_idempotency_keys(self) -> list[str | None]:
        """List the idempotency keys of the requests."""
        return [each.headers.get("x-idempotency-key") for each in self.requests]


@contextmanager
def serve_answers(*answers: Answer) -> Iterator[ScriptedGateway]:
    """Serve these answers on a free port for the block."""
    script, closing = ScriptedGateway(*answers), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            length = int(self.headers.get("content-length", "0"))
            headers = {name.lower(): value for name, value in self.headers.items()}
            names = [name.lower() for name in self.headers]
            script.requests.append(
                ReceivedRequest(self.command, self.path, headers, names, self.rfile.read(length))
            )
            answer = script.take_answer()
            self.close_connection = True
            if answer.hang_up:
                return
            body = (
                answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            )
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Connection", "close")
            self.end_headers()
            if not answer.pause_seconds:
                self.wfile.write(body)
                return
            with suppress(OSError):  # the client has left
                for byte in body:
                    self.wfile.write(bytes([byte]))
                    closing.wait(answer.pause_seconds)

        do_GET = do_POST = do_PATCH = answer  # noqa: N815 - the names of the library

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    script.base = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield script
    finally:
        closing.set()
        server.shutdown()
        thread.join()
        server.server_close()
