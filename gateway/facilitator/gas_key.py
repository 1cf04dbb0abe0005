"""The key that pays gas: its transactions go out one after the other, and each comes into a block.

A chain takes the transactions of a key in the order of their nonces. One that the node lost, or
finds too cheap, holds up all later ones. So each is kept until it is in a block. Whenever a wait
for one ends in vain, the node's own count of them says which to send it again; one for which the
network asks more by now is replaced, under its nonce, by the same call at a higher price. Of
several under one nonce a chain takes one at most, so nothing is paid for twice.
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

from gateway.facilitator.chain_session import bounded_provider
from gateway.facilitator.settings import FacilitatorSettings
from gateway.kit.json_text import JsonObject

POLL_SECONDS = 0.5
REMEMBERED = 1_000  # nonces whose transactions somebody may still ask about
STALLED_AFTER = 5  # waits for a block
HAD_ALREADY = ("already known", "alreadyknown", "known transaction", "already imported")  # by node
RAISE_PERCENT = 25  # nodes replace a transaction by one that pays 10 or 12.5 % more, none for less
log = logging.getLogger("gateway.facilitator")


@dataclass(slots=True)
class Sent:
    """A call under its nonce, and the transactions that it was sent as: the newest is the last."""

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
    """Transactions that are in no block yet; `stalled`: the oldest has waited for too long."""

    waiting: int
    oldest_seconds: int
    stalled: bool


class GasKey(FacilitatorWeb3Signer):
    """The package's key, but one that sees each of its transactions into a block."""

    def __init__(self, settings: FacilitatorSettings) -> None:
        """Take the key, and the node that it sends through."""
        url = settings.rpc_url.get_secret_value()
        super().__init__(settings.gas_key(), url)
        self._w3.provider = bounded_provider(url)
        self._wait_seconds = settings.wait_seconds
        self._turn = threading.Lock()  # over `_sent`, `_mined` and the order of sending
        self._sent: dict[int, Sent] = {}
        self._mined = 0
        self._looked_at = time.monotonic()

    @property
    def balance_wei(self) -> int:
        """Return what the key has for gas."""
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

        Returns: its receipt; a failed one if somebody else used its nonce with the same key.

        Raises:
            TimeExhausted: it did not come in time; it was brought to the node again.
        """
        deadline = time.monotonic() + self._wait_seconds
        while time.monotonic() < deadline:
            if (found := self._receipt_of(tx_hash)) is not None:
                return found
            time.sleep(POLL_SECONDS)
        self.keep_moving()
        found = self._receipt_of(tx_hash)
        if found is None and self._is_displaced(tx_hash):
            found = TransactionReceipt(status=0, block_number=0, tx_hash=tx_hash, logs=[])
        if found is None:
            raise TimeExhausted(f"{tx_hash} is in no block after {self._wait_seconds} s")
        return found

    def keep_moving(self) -> None:
        """Bring to the node what is in no block and it does not have, or finds too cheap."""
        with self._turn:
            self._look()

    def backlog(self) -> Backlog:
        """Return what waits for a block, after looking again if the last look is old."""
        due = self._looked_at + self._wait_seconds
        if self._waiting() and time.monotonic() > due:
            try:
                self.keep_moving()
            except Exception as error:  # noqa: BLE001 - the node and its client may raise anything
                log.warning("the node cannot be asked: %s", type(error).__name__)
        waiting, now = self._waiting(), time.monotonic()
        oldest = int(max((now - each.sent_at for each in waiting), default=0))
        return Backlog(len(waiting), oldest, stalled=oldest > STALLED_AFTER * self._wait_seconds)

    def hash_in_block(self, tx_hash: str) -> str:
        """Return which transaction of a call came into a block, when it was sent as several."""
        sent = self._sent_as(tx_hash)
        return tx_hash if sent is None or sent.mined_hash is None else sent.mined_hash

    def _send(self, to: str, data: str) -> str:
        with self._turn:
            known = self._look()
            for each in self._waiting():
                if (each.to, each.data) == (to, data):  # a settlement that was asked for again
                    return each.hashes[-1]
            nonce = max([known, *(each + 1 for each in self._sent)])
            sent = Sent(nonce, to, data)
            self._sign(sent, self._w3.eth.gas_price)
            self._sent[nonce] = sent
            self._send_first(sent)
            return sent.hashes[-1]

    def _send_first(self, sent: Sent) -> None:
        """Bring a transaction to the node; forget it only if the node says that it has it not.

        When the node said nothing at all, or no and yet counts it, it may have the transaction,
        as one that a proxy brought twice. If the nonce were free then, the same settlement would
        go out again under the next one, and this one be replaced by nothing.
        """
        try:
            self._w3.eth.send_raw_transaction(sent.raw)
        except Web3RPCError as refused:
            if any(each in str(refused).lower() for each in HAD_ALREADY):
                return
            owner = Web3.to_checksum_address(self.address)
            if self._w3.eth.get_transaction_count(owner, "pending") <= sent.nonce:
                del self._sent[sent.nonce]
            raise

    def _look(self) -> int:
        """Send again what the node lacks, the oldest first; return the nonce that it expects."""
        self._looked_at = time.monotonic()
        owner = Web3.to_checksum_address(self.address)
        self._mined = self._w3.eth.get_transaction_count(owner, "latest")
        known = self._w3.eth.get_transaction_count(owner, "pending")
        # What was sent before this process started is unknown, and may be stuck as well: if it is
        # overdue, it is replaced by a transfer of nothing to ourselves.
        for nonce in range(self._mined, max([known, *self._sent])):
            self._sent.setdefault(nonce, Sent(nonce, self.address, "0x"))
        for nonce in [each for each in self._sent if each < self._mined - REMEMBERED]:
            del self._sent[nonce]
        if waiting := self._waiting():
            price = self._w3.eth.gas_price
            for each in waiting:
                self._send_again(each, price, lost=each.nonce >= known)
        return known

    def _send_again(self, sent: Sent, price_wei: int, *, lost: bool) -> None:
        overdue = time.monotonic() - sent.sent_at > self._wait_seconds
        cheap = overdue and sent.price_wei < price_wei
        if not (cheap or (lost and sent.raw)):
            return
        try:
            if cheap:
                raised = -(-sent.price_wei * (100 + RAISE_PERCENT) // 100)
                self._sign(sent, max(price_wei, raised))
            self._w3.eth.send_raw_transaction(sent.raw)
        except Web3RPCError as refused:  # most nodes refuse what they have already
            log.info("transaction %s was not taken again: %.100s", sent.nonce, refused)
        else:
            said = f"replaced at {sent.price_wei} wei" if cheap else "sent again"
            log.warning("transaction %s was in no block: %s", sent.nonce, said)

    def _sign(self, sent: Sent, price_wei: int) -> None:
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

    def _waiting(self) -> list[Sent]:
        return [self._sent[nonce] for nonce in sorted(self._sent) if nonce >= self._mined]

    def _sent_as(self, tx_hash: str) -> Sent | None:
        return next((each for each in [*self._sent.values()] if tx_hash in each.hashes), None)

    def _receipt_of(self, tx_hash: str) -> TransactionReceipt | None:
        sent = self._sent_as(tx_hash)
        for each in [tx_hash] if sent is None else sent.hashes:
            found = self._receipt(each)
            if found is not None:
                if sent is not None:
                    sent.mined_hash, self._mined = each, max(self._mined, sent.nonce + 1)
                return TransactionReceipt(
                    status=found["status"], block_number=found["blockNumber"], tx_hash=each,
                    logs=list(found["logs"]),
                )  # fmt: skip
        return None

    def _receipt(self, tx_hash: str) -> TxReceipt | None:
        try:
            return self._w3.eth.get_transaction_receipt(tx_hash)  # type: ignore[arg-type]  # hex
        except (TransactionNotFound, TransactionIndexingInProgress):
            return None

    def _is_displaced(self, tx_hash: str) -> bool:
        """Return True if the nonce of a transaction in no block was used by another one."""
        sent = self._sent_as(tx_hash)
        return sent is not None and sent.nonce < self._mined
