"""Serve the chain from a thread, on loopback."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from tests.fakes.evm.api import Node
from tests.fakes.evm.chain import Chain
from tests.gateway import free_port

START_SECONDS = 60


@contextmanager
def node_of(chain: Chain) -> Iterator[tuple[str, Node]]:
    """Serve a node of a chain for the block; yield its address and the node."""
    node, port = Node(chain), free_port()
    config = uvicorn.Config(
        node.app(), host="127.0.0.1", port=port, log_level="warning", lifespan="off"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + START_SECONDS
    while not server.started:
        assert time.monotonic() < deadline, "the stand-in did not start"
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}", node
    finally:
        server.should_exit = True
        thread.join(START_SECONDS)
