"""Anvil, a node that we did not write: it has a pool of transactions, which may lose some."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.fakes.evm.ethereum import BALANCE_OF, CHAIN_ID, MINT, MNEMONIC, TOKEN, USDC
from tests.gateway import free_port

PACKAGE, FETCH_SECONDS, START_SECONDS = "@foundry-rs/anvil@1.7.1", 300, 60


class Anvil:
    """A running node; `url` is its JSON-RPC."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.http = httpx2.Client(base_url=self.url, timeout=60, trust_env=False)

    def ask(self, method: str, *params: object) -> Any:  # noqa: ANN401 - JSON
        """Ask the node."""
        sent = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer = self.http.post("/", json=sent).json()
        assert "error" not in answer, answer
        return answer["result"]

    def mine_by_itself(self, seconds: int) -> None:
        """Make a block every so many seconds; 0 is none."""
        self.ask("evm_setIntervalMining", seconds)

    def mine(self, blocks: int = 1) -> None:
        """Make blocks now."""
        self.ask("anvil_mine", hex(blocks))

    def waiting(self, sender: str) -> list[str]:
        """Return what of a sender waits for a block: hashes in the order of their nonces."""
        pool = self.ask("txpool_content")
        found = {
            int(nonce): each["hash"]
            for part in pool.values()
            for owner, rows in part.items()
            if owner.lower() == sender.lower()
            for nonce, each in rows.items()
        }
        return [found[nonce] for nonce in sorted(found)]

    def drop(self, transaction: str) -> None:
        """Lose a transaction that waits, as a node does that restarts or is full."""
        self.ask("anvil_dropTransaction", transaction)

    def mint(self, receiver: str, amount: int) -> None:
        """Make tokens."""
        data = f"0x{MINT}{receiver[2:].lower():0>64}{amount:064x}"
        bank = self.ask("eth_accounts")[0]
        self.ask("eth_sendTransaction", {"from": bank, "to": USDC, "data": data})

    def balance(self, owner: str) -> int:
        """Return what an address has of USDC, in micro-dollars."""
        data = f"0x{BALANCE_OF}{owner[2:].lower():0>64}"
        return int(self.ask("eth_call", {"to": USDC, "data": data}, "latest"), 16)


def installed(folder: Path) -> Path:
    """Return the program, fetched by npm into a folder; skip the test where there is none."""
    if shutil.which("npm") is None:
        pytest.skip("NO NODE: no chain that loses transactions; install Node 20 with npm")
    words = ("npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", str(folder))
    try:
        done = subprocess.run(
            (*words, PACKAGE), env=os.environ | {"HOME": str(folder)}, capture_output=True,
            text=True, timeout=FETCH_SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        pytest.skip(f"NO ANVIL: npm did not end within {FETCH_SECONDS} s")
    found = next(folder.glob("node_modules/@foundry-rs/anvil-*/bin/anvil"), None)
    if done.returncode or found is None:
        pytest.skip(f"NO ANVIL: npm said {done.stderr[-500:]}")
    return found


@contextmanager
def anvil(program: Path, words: Sequence[str] = ()) -> Iterator[Anvil]:
    """Serve the chain of Base Sepolia with USDC on it for the block."""
    port = free_port()
    process = subprocess.Popen(
        [str(program), "--port", str(port), "--chain-id", str(CHAIN_ID), "--mnemonic", MNEMONIC,
         "--silent", *words],
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    running = Anvil(port)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not reachable(running):
            assert process.poll() is None, "anvil did not start"
            assert time.monotonic() < deadline, "anvil is slow to start"
            time.sleep(0.1)
        running.ask("anvil_setCode", USDC, TOKEN["runtime"])
        yield running
    finally:
        running.http.close()
        process.terminate()
        process.wait(START_SECONDS)


def reachable(running: Anvil) -> bool:
    """Return True if it answers."""
    try:
        running.ask("eth_chainId")
    except httpx2.TransportError:
        return False
    return True
