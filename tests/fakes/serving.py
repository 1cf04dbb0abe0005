"""The server of every stand-in: a thread of this process, on a free port of loopback."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette

from tests.gateway import find_free_port

START_SECONDS, STOP_SECONDS = 60, 60


@contextmanager
def serve_application(application: Starlette) -> Iterator[str]:
    """Serve an application from a thread for the block; yield its base URL."""
    port = find_free_port()
    config = uvicorn.Config(
        application,
        host="127.0.0.1",
        port=port,
        log_level="warning",
        lifespan="off",
        timeout_graceful_shutdown=1,  # a client may keep its connection for as long as it lives
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + START_SECONDS
    while not server.started:
        assert time.monotonic() < deadline, "the stand-in did not start"
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(STOP_SECONDS)
        assert not thread.is_alive(), "the stand-in does not stop"
