"""Serve the chain from a thread, on loopback."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette

from tests.fakes.evm.api import Node
from tests.fakes.evm.chain import Chain
from tests.fakes.evm.facilitator import Facilitator
from tests.gateway import free_port

START_SECONDS = 60


@contextmanager
def node_of(chain: Chain) -> Iterator[tuple[str, Node]]:
    """Serve a node of a chain for the block; yield its address and the node."""
    node = Node(chain)
    with served(node.app()) as url:
        yield url, node


@contextmanager
def facilitator_of(chain: Chain) -> Iterator[tuple[str, Facilitator]]:
    """Serve a facilitator on a chain for the block; yield its address and itself."""
    found = Facilitator(chain)
    with served(found.app()) as url:
        yield url, found


@contextmanager
def served(application: Starlette) -> Iterator[str]:
    """Serve an application for the block; yield its address."""
    port = free_port()
    config = uvicorn.Config(
        application, host="127.0.0.1", port=port, log_level="warning", lifespan="off"
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
        thread.join(START_SECONDS)
