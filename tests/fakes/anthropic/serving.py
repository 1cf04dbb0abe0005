"""Serve the stand-in from a thread, on loopback."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from tests.fakes.anthropic.api import build
from tests.fakes.anthropic.script import Script
from tests.gateway import free_port

START_SECONDS = 10


@contextmanager
def provider() -> Iterator[tuple[str, Script]]:
    """Serve for the block; yield the base URL and the script."""
    script, port = Script(), free_port()
    config = uvicorn.Config(
        build(script), host="127.0.0.1", port=port, log_level="warning", lifespan="off"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + START_SECONDS
    while not server.started:
        assert time.monotonic() < deadline, "the stand-in did not start"
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}", script
    finally:
        script.gate.set()
        server.should_exit = True
        thread.join(START_SECONDS)
