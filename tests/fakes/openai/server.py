"""A stand-in as a server on loopback, in a thread with a loop of its own."""

import asyncio
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import uvicorn

from tests.fakes.openai.faults import Faults
from tests.fakes.openai.upstream import PAID_PATHS, RecordedCall, Upstream

START_SECONDS = 10


class _QuietServer(uvicorn.Server):
    def install_signal_handlers(self) -> None:
        """Leave the signals to the tests."""


class FakeUpstream:
    """One server of a dialect; a test may change `faults` and the seconds at any time.

    `calls` and `faults` outlive a restart, what the server keeps in its memory does not.
    """

    def __init__(
        self, build: Callable[..., Upstream], *, seconds: float = 0.02, model: str = ""
    ) -> None:
        self.build, self.faults, self.model = build, Faults(), model
        self.calls: list[RecordedCall] = []
        self.seconds = seconds
        self.port = 0
        self.upstream: Upstream
        self._server: _QuietServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def root(self) -> str:
        """Return the address of the server without `/v1`."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """Return the base URL, as an operator writes it."""
        return f"{self.root}/v1"

    @property
    def paid_calls(self) -> list[RecordedCall]:
        """Return the calls that ask for a picture or a film, those that were refused included."""
        return [
            call
            for call in self.calls
            if call.method == "POST" and call.path.startswith(PAID_PATHS)
        ]

    @property
    def last_fields(self) -> dict[str, Any]:
        """Return the fields of the last call that asked for a picture or a film."""
        return self.paid_calls[-1].fields

    def set_seconds(self, seconds: float) -> None:
        """Set how many seconds each picture or film takes from now on."""
        self.seconds = self.upstream.seconds = seconds

    def start(self) -> Self:
        """Start with an empty memory."""
        started = threading.Event()
        # As in other servers: asyncio sets TCP_NODELAY only on sockets that name their protocol.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen()  # a client that connects before the server is up waits for it
        self.port = listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run, args=(listener, started), daemon=True)
        self._thread.start()
        if not started.wait(START_SECONDS):
            raise AssertionError("the stand-in did not start")
        return self

    def _run(self, listener: socket.socket, started: threading.Event) -> None:
        async def serve() -> None:
            self.upstream = self.build(self.faults, self.calls, self.seconds, self.root)
            self.upstream.model = self.model or self.upstream.model
            config = uvicorn.Config(
                self.upstream.build_application(),
                log_config=None,
                access_log=False,
                lifespan="off",
            )
            self._server = _QuietServer(config)
            started.set()
            await self._server.serve(sockets=[listener])

        with listener:
            asyncio.run(serve())

    def kill(self) -> None:
        """Stop at once; videos and handles are lost."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = self._server.force_exit = True
            self._thread.join(START_SECONDS)
            self._server = self._thread = None

    def restart(self) -> None:
        """Stop at once and start again at the same address."""
        self.kill()
        self.start()

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        self.kill()
