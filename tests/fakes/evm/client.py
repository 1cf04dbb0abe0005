"""The chain with the real EVM in a process of its own, with its controls as calls."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2

from tests.gateway import find_free_port

START_SECONDS = 90


class RealChain:
    """A running chain; `url` is its JSON-RPC."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.http = httpx2.Client(base_url=self.url, timeout=60, trust_env=False)

    def call_control(self, name: str, **given: object) -> Any:  # noqa: ANN401 - JSON
        """Call a control of the chain; `CONTROLS` has their names and arguments."""
        answer = self.http.post(f"/_test/{name}", json=given)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def call_rpc(self, method: str, *params: object) -> Any:  # noqa: ANN401 - JSON
        """Call a method of the node and return its result."""
        sent = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        return self.http.post("/", json=sent).json()["result"]

    def get_balance(self, owner: str) -> int:
        """Return the USDC of an address, in micro-dollars."""
        microusd: int = self.call_control("balance", owner=owner)
        return microusd


@contextmanager
def serve_real_chain() -> Iterator[RealChain]:
    """Run the chain in a process for the block."""
    port = find_free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.evm", str(port)],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.getcwd()},  # noqa: PTH109 - a text
    )
    running = RealChain(port)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not is_reachable(running):
            assert process.poll() is None, "the chain did not start"
            assert time.monotonic() < deadline, "the chain is slow to start"
            time.sleep(0.1)
        yield running
    finally:
        running.http.close()
        process.terminate()
        process.wait(START_SECONDS)


def is_reachable(running: RealChain) -> bool:
    """Return True if the chain answers."""
    try:
        running.call_rpc("eth_chainId")
    except httpx2.TransportError:
        return False
    return True
