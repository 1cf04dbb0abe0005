"""The gas key: sends its transactions in order, and sees each of them into a block.

The problem: a chain takes the transactions of a key in the order of their nonces. One that the node
lost, or finds too cheap, holds up all later ones.

The way: each call is kept until it is in a block. When a wait ends in vain, the node's own counts
tell which calls it lacks, and these are sent again. A call for which the network asks more by now
is replaced, under its nonce, by the same call at a higher price.

Invariants: a chain takes at most one transaction under a nonce, so nothing is paid for twice. One
lock (`_send_lock`) covers nonces, calls and the order of sending; waits for blocks do not hold it.
"""

import logging
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from web3 import Web3
from web3.exceptions import (
    TimeExhausted,
    TransactionIndexingInProgress,
    TransactionNotFound,
    Web3RPCError,
)
from web3.types import TxReceipt
from x402.mechanisms.evm import FacilitatorWeb3Signer
from x402.mechanisms.evm.data_suffix import append_data_suffix
from x402.mechanisms.evm.types import TransactionReceipt

from gateway.facilitator.chain_session import build_bounded_provider
from gateway.facilitator.settings import FacilitatorSettings
from gateway.kit.wire.json_text import JsonObject

POLL_SECONDS = 0.5
REMEMBERED_NONCES = 1_000  # nonces whose transactions a request may still wait for
STALLED_AFTER_WAITS = 5  # waits for a block
# how nodes refuse a transaction that they have already
ALREADY_KNOWN_PHRASES = ("already known", "alreadyknown", "known transaction", "already imported")
RAISE_PERCENT = 25  # nodes replace a transaction by one that pays 10 or 12.5 % more, none for less
log = logging.getLogger("gateway.facilitator")


@dataclass(slots=True)
class SentCall:
    """A call under its nonce, and the transactions that it was sent as, the newest last."""

    nonce: int
    to: str
    data: str
    price_wei: int = 0
    raw: bytes = b""
    hashes: list[str] = field(default_factory=list)
    mined_hash: str | None = None
    sent_at: float = field(default_factory=time.monotonic)


@dataclass(frozen=True, slots=True)
class Backlog:
    """The calls that are in no block yet; `is_stalled` if the oldest has waited for too long."""

    waiting_count: int
    oldest_seconds: int
    is_stalled: bool


class GasKey(FacilitatorWeb3Signer):
    """The signer of the x402 package, extended to see each transaction into a block."""

    def __init__(self, settings: FacilitatorSettings) -> None:
        """Read the key, and connect to the node."""
        url = settings.rpc_url.get_secret_value()
        super().__init__(settings.read_gas_key(), url)
        self._w3.provider = build_bounded_provider(url)
        self._wait_seconds = settings.wait_seconds
        # Over `_calls_by_nonce`, `_mined_count` and the order of sending.
        self._send_lock = threading.Lock()
        self._calls_by_nonce: dict[int, SentCall] = {}
        self._mined_count = 0
        self._looked_at = time.monotonic()

    @property
    def balance_wei(self) -> int:
        """Return the balance of the key, in wei."""
        return self.get_balance(self.address, "")

    def write_contract(
        self,
        address: str,
        abi: list[JsonObject],
        function_name: str,
        *args: Any,  # noqa: ANN401 - the package's
        data_suffix: str | None = None,
    ) -> str:
        """Call a contract; return the hash of the transaction."""
        contract = self._w3.eth.contract(address=Web3.to_checksum_address(address), abi=abi)
        data = contract.encode_abi(function_name, args=args)
        return self._send(address, append_data_suffix(data, data_suffix))

    def send_transaction(self, to: str, data: bytes) -> str:
        """Send a call as it is; return the hash of the transaction."""
        return self._send(to, f"0x{data.hex()}")

    def wait_for_transaction_receipt(self, tx_hash: str) -> TransactionReceipt:
        """Wait until a transaction, or one that replaced it, is in a block.

        Returns: its receipt; a failed one if another program used the nonce with the same key.

        Raises:
            TimeExhausted: it did not come in time, and was sent again if the node lacks it.
        """
        deadline = time.monotonic() + self._wait_seconds
        while time.monotonic() < deadline:
            if (receipt := self._find_call_receipt(tx_hash)) is not None:
                return receipt
            time.sleep(POLL_SECONDS)
        self.resend_waiting()
        receipt = self._find_call_receipt(tx_hash)
        if receipt is None and self._is_displaced(tx_hash):
            receipt = TransactionReceipt(status=0, block_number=0, tx_hash=tx_hash, logs=[])
        if receipt is None:
            raise TimeExhausted(f"{tx_hash} is in no block after {self._wait_seconds} s")
        return receipt

    def resend_waiting(self) -> None:
        """Send again the calls in no block that the node lacks or finds too cheap."""
        with self._send_lock:
            self._sync_with_node()

    def measure_backlog(self) -> Backlog:
        """Measure the calls that wait for a block; ask the node first if the last look is old."""
        due = self._looked_at + self._wait_seconds
        if self._list_waiting_calls() and time.monotonic() > due:
            try:
                self.resend_waiting()
            except Exception as error:  # noqa: BLE001 - the node and its client may raise anything
                log.warning("the node cannot be asked: %s", type(error).__name__)
        waiting, now = self._list_waiting_calls(), time.monotonic()
        oldest = int(max((now - each.sent_at for each in waiting), default=0))
        return Backlog(
            len(waiting), oldest, is_stalled=oldest > STALLED_AFTER_WAITS * self._wait_seconds
        )

    def get_mined_hash(self, tx_hash: str) -> str:
        """Return the transaction of a call that is in a block, if it was sent as several."""
        sent = self._find_sent_call(tx_hash)
        return tx_hash if sent is None or sent.mined_hash is None else sent.mined_hash

    def _send(self, to: str, data: str) -> str:
        with self._send_lock:
            expected_nonce = self._sync_with_node()
            for each in self._list_waiting_calls():
                if (each.to, each.data) == (to, data):  # asked to settle it again
                    return each.hashes[-1]
            nonce = max([expected_nonce, *(each + 1 for each in self._calls_by_nonce)])
            sent = SentCall(nonce, to, data)
            self._sign(sent, self._w3.eth.gas_price)
            self._calls_by_nonce[nonce] = sent
            self._send_first(sent)
            return sent.hashes[-1]

    def _send_first(self, sent: SentCall) -> None:
        """Send a new call; forget it only if the node refuses it and does not count it.

        If no answer came, or a refusal although the node counts the nonce, the node may have the
        transaction, as when a proxy sends it twice. If the call were forgotten then, the same
        settlement would be sent again under the next nonce, and this one never be replaced.
        """
        try:
            self._w3.eth.send_raw_transaction(sent.raw)
        except Web3RPCError as refused:
            if any(each in str(refused).lower() for each in ALREADY_KNOWN_PHRASES):
                return
            owner = Web3.to_checksum_address(self.address)
            if self._w3.eth.get_transaction_count(owner, "pending") <= sent.nonce:
                del self._calls_by_nonce[sent.nonce]
            raise

    def _sync_with_node(self) -> int:
        """Send again what the node lacks, the oldest first; return the nonce that it expects."""
        # The caller holds `_send_lock`.
        self._looked_at = time.monotonic()
        owner = Web3.to_checksum_address(self.address)
        self._mined_count = self._w3.eth.get_transaction_count(owner, "latest")
        expected_nonce = self._w3.eth.get_transaction_count(owner, "pending")
        # Calls from before this process started are unknown, and may be stuck as well. Once they
        # are overdue they are replaced by a transfer of nothing to ourselves.
        for nonce in range(self._mined_count, max([expected_nonce, *self._calls_by_nonce])):
            self._calls_by_nonce.setdefault(nonce, SentCall(nonce, self.address, "0x"))
        for nonce in [
            each for each in self._calls_by_nonce if each < self._mined_count - REMEMBERED_NONCES
        ]:
            del self._calls_by_nonce[nonce]
        if waiting := self._list_waiting_calls():
            price = self._w3.eth.gas_price
            for each in waiting:
                self._send_again(each, price, lost=each.nonce >= expected_nonce)
        return expected_nonce

    def _send_again(self, sent: SentCall, price_wei: int, *, lost: bool) -> None:
        overdue = time.monotonic() - sent.sent_at > self._wait_seconds
        is_too_cheap = overdue and sent.price_wei < price_wei
        if not (is_too_cheap or (lost and sent.raw)):
            return
        try:
            if is_too_cheap:
                raised = -(-sent.price_wei * (100 + RAISE_PERCENT) // 100)
                self._sign(sent, max(price_wei, raised))
            self._w3.eth.send_raw_transaction(sent.raw)
        except Web3RPCError as refused:  # most nodes refuse what they have already
            log.info("transaction %s was not taken again: %.100s", sent.nonce, refused)
        else:
            how = f"replaced at {sent.price_wei} wei" if is_too_cheap else "sent again"
            log.warning("transaction %s was in no block: %s", sent.nonce, how)

    def _sign(self, sent: SentCall, price_wei: int) -> None:
        signed = self._account.sign_transaction(
            {
                "to": Web3.to_checksum_address(sent.to),
                "data": sent.data,
                "value": 0,
                "nonce": sent.nonce,
                "chainId": self.get_chain_id(),
                "gas": self._gas_limit,
                "gasPrice": price_wei,
            }
        )
        sent.price_wei, sent.raw = price_wei, bytes(signed.raw_transaction)
        sent.hashes.append(f"0x{signed.hash.hex()}")

    def _list_waiting_calls(self) -> list[SentCall]:
        # Health checks come here without the lock: one step copies what another thread may change.
        calls = sorted(self._calls_by_nonce.copy().items())
        return [sent for nonce, sent in calls if nonce >= self._mined_count]

    def _find_sent_call(self, tx_hash: str) -> SentCall | None:
        # Threads that wait for a block come here without the lock. They walk over a copy: a call
        # that another thread adds meanwhile would break a loop over the dictionary itself.
        return next(
            (each for each in [*self._calls_by_nonce.values()] if tx_hash in each.hashes), None
        )

    def _find_call_receipt(self, tx_hash: str) -> TransactionReceipt | None:
        sent = self._find_sent_call(tx_hash)
        for each_hash in [tx_hash] if sent is None else sent.hashes:
            receipt = self._find_receipt(each_hash)
            if receipt is not None:
                if sent is not None:
                    sent.mined_hash, self._mined_count = (
                        each_hash,
                        max(self._mined_count, sent.nonce + 1),
                    )
                return TransactionReceipt(
                    status=receipt["status"],
                    block_number=receipt["blockNumber"],
                    tx_hash=each_hash,
                    logs=list(receipt["logs"]),
                )  # fmt: skip
        return None

    def _find_receipt(self, tx_hash: str) -> TxReceipt | None:
        try:
            return self._w3.eth.get_transaction_receipt(tx_hash)  # type: ignore[arg-type]  # hex
        except (TransactionNotFound, TransactionIndexingInProgress):
            return None

    def _is_displaced(self, tx_hash: str) -> bool:
        """Return True if another transaction used the nonce of one that is in no block."""
        sent = self._find_sent_call(tx_hash)
        return sent is not None and sent.nonce < self._mined_count
