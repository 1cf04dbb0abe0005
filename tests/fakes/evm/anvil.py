"""Anvil, a node that others wrote, with a pool of transactions that may lose some."""

import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from tests.fakes.evm.ethereum import (
    BALANCE_OF_SELECTOR,
    CHAIN_ID,
    MINT_SELECTOR,
    MNEMONIC,
    TOKEN_ARTIFACT,
    USDC,
)
from tests.gateway import find_free_port
from tests.installing import ROOT, install_from_npm

FOLDER = ROOT / ".tools" / "anvil"
PACKAGES = {"@foundry-rs/anvil": "1.7.1"}
PROGRAM = "node_modules/@foundry-rs/anvil-*/bin/anvil"
START_SECONDS = 60


class Anvil:
    """A running node; `url` is its JSON-RPC."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.http = httpx2.Client(base_url=self.url, timeout=60, trust_env=False)

    def call_rpc(self, method: str, *params: object) -> Any:  # noqa: ANN401 - JSON
        """Call a method of the node and return its result; fail on an error."""
        sent = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer = self.http.post("/", json=sent).json()
        assert "error" not in answer, answer
        return answer["result"]

    def set_block_interval(self, seconds: int) -> None:
        """Mine a block every so many seconds; 0 mines none."""
        self.call_rpc("evm_setIntervalMining", seconds)

    def mine(self, blocks: int = 1) -> None:
        """Mine blocks now."""
        self.call_rpc("anvil_mine", hex(blocks))

    def list_pending(self, sender: str) -> list[str]:
        """Return the hashes of a sender's transactions that wait for a block, by nonce."""
        pool = self.call_rpc("txpool_content")
        hashes = {
            int(nonce): each["hash"]
            for part in pool.values()
            for owner, rows in part.items()
            if owner.lower() == sender.lower()
            for nonce, each in rows.items()
        }
        return [hashes[nonce] for nonce in sorted(hashes)]

    def drop_transaction(self, transaction: str) -> None:
        """Drop a transaction that waits, as a node does that restarts or is full."""
        self.call_rpc("anvil_dropTransaction", transaction)

    def mint_tokens(self, receiver: str, amount: int) -> None:
        """Mint USDC of so many micro-dollars for an address."""
        data = f"0x{MINT_SELECTOR}{receiver[2:].lower():0>64}{amount:064x}"
        bank = self.call_rpc("eth_accounts")[0]
        self.call_rpc("eth_sendTransaction", {"from": bank, "to": USDC, "data": data})

    def get_balance(self, owner: str) -> int:
        """Return the USDC of an address, in micro-dollars."""
        data = f"0x{BALANCE_OF_SELECTOR}{owner[2:].lower():0>64}"
        return int(self.call_rpc("eth_call", {"to": USDC, "data": data}, "latest"), 16)


def install_anvil() -> Path:
    """Return the program, installed from npm; skip the test where that fails."""
    install_from_npm(FOLDER, PACKAGES, PROGRAM)
    return next(FOLDER.glob(PROGRAM))


@contextmanager
def run_anvil(program: Path, words: Sequence[str] = ()) -> Iterator[Anvil]:
    """Run anvil as the chain of Base Sepolia, with USDC on it, for the block."""
    port = find_free_port()
    process = subprocess.Popen(
        [str(program), "--port", str(port), "--chain-id", str(CHAIN_ID), "--mnemonic", MNEMONIC,
         "--silent", *words],
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    running = Anvil(port)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not is_reachable(running):
            assert process.poll() is None, "anvil did not start"
            assert time.monotonic() < deadline, "anvil is slow to start"
            time.sleep(0.1)
        running.call_rpc("anvil_setCode", USDC, TOKEN_ARTIFACT["runtime"])
        yield running
    finally:
        running.http.close()
        process.terminate()
        process.wait(START_SECONDS)


def is_reachable(running: Anvil) -> bool:
    """Return True if the node answers."""
    try:
        running.call_rpc("eth_chainId")
    except httpx2.TransportError:
        return False
    return True
