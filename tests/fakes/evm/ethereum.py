"""A chain whose blocks a real EVM executes (py-evm), with a token like USDC on it.

It has the chain id of Base Sepolia. A transaction is in a block at once, unless the chain stalls.
"""

import json
import time
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_hash.auto import keccak
from eth_tester import EthereumTester, PyEVMBackend  # type: ignore[import-untyped]
from eth_tester.exceptions import (  # type: ignore[import-untyped]
    BlockNotFound,
    TransactionNotFound,
)

CHAIN_ID = 84532
USDC = "0x036CbD53842c5426634e7929541eC2318f3dCF7e"
MNEMONIC = "test test test test test test test test test test test junk"
HD_PATH, ACCOUNT_COUNT = "m/44'/60'/0'/0", 4
MINT_SELECTOR, TRANSFER_SELECTOR, BALANCE_OF_SELECTOR = "40c10f19", "a9059cbb", "70a08231"
TOKEN_ARTIFACT = json.loads((Path(__file__).parent / "TestUSDC.json").read_text())
GAS, GAS_PRICE = 200_000, 2_000_000_000


def list_private_keys() -> list[str]:
    """Return the private keys of the accounts that have ether in the first block."""
    Account.enable_unaudited_hdwallet_features()
    owners = (
        Account.from_mnemonic(MNEMONIC, account_path=f"{HD_PATH}/{i}") for i in range(ACCOUNT_COUNT)
    )
    return [f"0x{each.key.hex().removeprefix('0x')}" for each in owners]


class Ethereum:
    """The chain; its first account is the bank that mints and pays for tests."""

    def __init__(self) -> None:
        state = PyEVMBackend.generate_genesis_state(
            mnemonic=MNEMONIC, num_accounts=ACCOUNT_COUNT, hd_path=HD_PATH
        )
        code = bytes.fromhex(TOKEN_ARTIFACT["runtime"][2:])
        state[bytes.fromhex(USDC[2:])] = {"balance": 0, "nonce": 1, "code": code, "storage": {}}
        parameters = PyEVMBackend.generate_genesis_params({"timestamp": int(time.time()) - 60})
        backend = PyEVMBackend(parameters, state, mnemonic=MNEMONIC, hd_path=HD_PATH)
        type(backend.chain).chain_id = CHAIN_ID
        self.tester = EthereumTester(backend)
        self.is_stalled = False
        self.pending: list[bytes] = []
        self._bank = Account.from_key(list_private_keys()[0])
        self._reorganisations = 0

    @property
    def height(self) -> int:
        """Return the number of the newest block."""
        return int(self.tester.get_block_by_number("latest")["number"])

    def send_transaction(self, raw: bytes) -> str:
        """Take a signed transaction and return its hash; a stalled chain keeps it until release."""
        if raw in self.pending:
            raise ValueError("already known")
        if self.is_stalled:
            self.pending.append(raw)
            return f"0x{keccak(raw).hex()}"
        return str(self.tester.send_raw_transaction(f"0x{raw.hex()}"))

    def count_transactions(self, owner: str, at: str) -> int:
        """Return how many transactions an address sent; at `pending` it counts those that wait."""
        own = [raw for raw in self.pending if Account.recover_transaction(raw) == owner]
        return int(self.tester.get_nonce(owner)) + (len(own) if at == "pending" else 0)

    def release_pending(self) -> None:
        """End the stall, and execute the transactions that wait."""
        self.is_stalled, waiting = False, self.pending
        self.pending = []
        for raw in waiting:
            self.send_transaction(raw)

    def mine(self, blocks: int = 1) -> None:
        """Add empty blocks.

        Each reorganisation has a miner of its own: else the new blocks would have the hashes of
        those that they replace.
        """
        miner = f"0x{self._reorganisations:040x}"
        self.tester.mine_blocks(blocks, coinbase=miner)

    def reorganise(self, snapshot_id: int, blocks: int) -> None:
        """Replace the blocks since a snapshot by so many empty ones, as a reorganisation does."""
        self.tester.revert_to_snapshot(snapshot_id)
        self._reorganisations += 1
        self.mine(blocks)

    def mint_tokens(self, receiver: str, amount: int) -> str:
        """Mint tokens of so many micro-dollars for an address."""
        return self.call_as_bank(MINT_SELECTOR, receiver, amount)

    def pay_tokens(self, receiver: str, amount: int) -> str:
        """Pay tokens from the bank, which mints itself what it needs."""
        self.mint_tokens(self._bank.address, amount)
        return self.call_as_bank(TRANSFER_SELECTOR, receiver, amount)

    def call_as_bank(self, selector: str, receiver: str, amount: int) -> str:
        """Call the token as the bank, whether the chain stalls or not."""
        signed = self._bank.sign_transaction(
            {
                "to": USDC,
                "data": f"0x{selector}{receiver[2:]:0>64}{amount:064x}",
                "value": 0,
                "nonce": self.tester.get_nonce(self._bank.address),
                "chainId": CHAIN_ID,
                "gas": GAS,
                "gasPrice": GAS_PRICE,
            }
        )  # fmt: skip
        return str(self.tester.send_raw_transaction(f"0x{signed.raw_transaction.hex()}"))

    def get_balance(self, owner: str) -> int:
        """Return how much of the token an address has."""
        data = f"0x{BALANCE_OF_SELECTOR}{owner[2:]:0>64}"
        return int(self.call_contract({"to": USDC, "data": data}), 16)

    def call_contract(self, wanted: dict[str, Any]) -> str:
        """Execute a call without a transaction and return its result.

        Raises:
            TransactionFailed: The contract refuses it.
        """
        sender = wanted.get("from", self._bank.address)
        if not self.tester.get_balance(sender):  # a node asks no ether of a mere call, py-evm does
            sender = self._bank.address
        call = {"to": wanted["to"], "data": wanted["data"], "from": sender, "gas": 2_000_000}
        return str(self.tester.call(call, "latest"))

    def find_block(self, wanted: str) -> dict[str, Any] | None:
        """Return a block by its hexadecimal number or name; None if there is none."""
        number: str | int = wanted if wanted in {"latest", "pending"} else int(wanted, 16)
        try:
            block = dict(self.tester.get_block_by_number(number, full_transactions=False))
        except BlockNotFound:
            return None
        return block | {"logs_bloom": f"0x{block['logs_bloom']:0512x}"}

    def find_receipt(self, transaction: str) -> dict[str, Any] | None:
        """Return the receipt of a transaction; None if it is in no block."""
        try:
            return dict(self.tester.get_transaction_receipt(transaction))
        except TransactionNotFound:
            return None
