"""The chain itself: blocks of transactions, tokens with balances, and reorganisations.

A transaction is a list of transfers, of which all happen or none. Balances are summed from the
blocks that there are, so a transaction is executed again in each block that takes it: what a
reorganisation undoes is undone, and may come back in another block with another outcome.
"""

import hashlib
import itertools
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

USDC = "0x036cbd53842c5426634e7929541ec2318f3dcf7e"
OTHER_TOKEN = "0x" + "70" * 20
RICH_ADDRESS = "0x" + "ab" * 20
ZERO_ADDRESS = "0x" + "00" * 20
TRANSFER_TOPIC = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
AUTHORIZATION_USED_TOPIC = "0x98de503528ee59b575ef0c0a2576a82497bfc029a5685b209e9ec333479b10a5"
SECONDS_PER_BLOCK = 2


@dataclass(frozen=True)
class TokenTransfer:
    """A transfer of a token; one with a nonce uses up an authorization of the sender."""

    receiver: str
    amount: int
    token: str = USDC
    sender: str = RICH_ADDRESS
    nonce: str | None = None


@dataclass(frozen=True)
class Transaction:
    """A signed transaction; one that `fails` is refused by a contract."""

    hash: str
    transfers: tuple[TokenTransfer, ...]
    fails: bool = False


@dataclass
class Block:
    """A block: its transactions, each with True if it succeeded."""

    number: int
    hash: str
    parent: str
    timestamp: int
    outcomes: list[tuple[Transaction, bool]] = field(default_factory=list)

    def render_logs(self) -> list[dict[str, object]]:
        """Return the events of its transfers, as JSON-RPC shows them."""
        shown: list[dict[str, object]] = []
        for each, well in self.outcomes:
            for move in each.transfers if well else ():
                if move.nonce is not None:
                    topics = [AUTHORIZATION_USED_TOPIC, pad_address(move.sender), move.nonce]
                    shown.append(self._render_log(each, move.token, topics, "0x", len(shown)))
                topics = [TRANSFER_TOPIC, pad_address(move.sender), pad_address(move.receiver)]
                amount = f"0x{move.amount:064x}"
                shown.append(self._render_log(each, move.token, topics, amount, len(shown)))
        return shown

    def _render_log(
        self, transaction: Transaction, token: str, topics: list[str], data: str, index: int
    ) -> dict[str, object]:
        return {
            "address": token,
            "topics": topics,
            "data": data,
            "blockNumber": hex(self.number),
            "blockHash": self.hash,
            "transactionHash": transaction.hash,
            "transactionIndex": "0x0",
            "logIndex": hex(index),
            "removed": False,
        }


def pad_address(address: str) -> str:
    """Return an address as a topic of 32 bytes."""
    return f"0x{address[2:].lower():0>64}"


def hash_parts(*parts: object) -> str:
    """Return a hash of 32 bytes, the same for equal parts."""
    return f"0x{hashlib.sha256(repr(parts).encode()).hexdigest()}"


class Chain:
    """A chain that mines a block only when a test tells it."""

    def __init__(self, chain_id: int = 84532) -> None:
        self.chain_id = chain_id
        self.pending: list[Transaction] = []
        self.transactions: dict[str, Transaction] = {}
        self.offset_seconds = 0
        self._numbers = itertools.count()
        self.blocks: list[Block] = []
        self.mine()

    @property
    def head(self) -> Block:
        """Return the newest block."""
        return self.blocks[-1]

    def send_transfers(self, *transfers: TokenTransfer, fails: bool = False) -> str:
        """Send a transaction of these transfers and return its hash; it waits for a block."""
        sent = Transaction(hash_parts("transaction", next(self._numbers)), transfers, fails)
        self.transactions[sent.hash] = sent
        self.pending.append(sent)
        return sent.hash

    def mine(self, blocks: int = 1) -> None:
        """Add blocks; the first takes every transaction that waits."""
        for _ in range(blocks):
            parent = self.blocks[-1] if self.blocks else None
            number = parent.number + 1 if parent else 1_000
            now = int(time.time()) + self.offset_seconds
            stamp = max(now, parent.timestamp + SECONDS_PER_BLOCK if parent else now)
            block = Block(
                number=number,
                hash=hash_parts("block", number, next(self._numbers)),
                parent=parent.hash if parent else hash_parts("nothing"),
                timestamp=stamp,
            )
            waiting, self.pending = self.pending, []
            self.blocks.append(block)  # first, so that each transaction sees those before it
            for each in waiting:
                block.outcomes.append((each, self._can_execute(each)))

    def reorganise(
        self, depth: int, *, keep: bool = True, first: Sequence[TokenTransfer] = ()
    ) -> None:
        """Replace the newest `depth` blocks by as many and one more, as a longer chain would.

        With `keep` their transactions are in the first new block, behind one of `first`.
        """
        gone, self.blocks = self.blocks[-depth:], self.blocks[:-depth]
        undone = [each for block in gone for each, _ in block.outcomes]
        before, self.pending = self.pending, []
        if first:
            self.send_transfers(*first)
        self.pending += undone if keep else []
        self.mine(depth + 1)
        self.pending = before

    def send_again(self, transaction: str) -> None:
        """Send a transaction that a reorganisation dropped again; it waits for a block."""
        if (
            self.find_transaction(transaction) is None
            and self.transactions[transaction] not in self.pending
        ):
            self.pending.append(self.transactions[transaction])

    def get_balance(self, token: str, owner: str) -> int:
        """Return how much of a token an address has; `RICH_ADDRESS` begins with 10**18."""
        sums: Counter[str] = Counter({RICH_ADDRESS: 10**18})
        for block in self.blocks:
            for each, well in block.outcomes:
                for move in each.transfers if well else ():
                    if move.token == token:
                        sums[move.sender.lower()] -= move.amount
                        sums[move.receiver.lower()] += move.amount
        return sums[owner.lower()]

    def find_transaction(self, transaction: str) -> tuple[Block, Transaction, bool] | None:
        """Return the block of a transaction, itself, and True if it succeeded; None if unmined."""
        for block in self.blocks:
            for each, well in block.outcomes:
                if each.hash == transaction:
                    return block, each, well
        return None

    def is_authorization_used(self, payer: str, nonce: str) -> bool:
        """Return True if an authorization of this payer was used up."""
        return any(
            well and (move.nonce, move.sender) == (nonce, payer)
            for block in self.blocks
            for each, well in block.outcomes
            for move in each.transfers
        )

    def _can_execute(self, transaction: Transaction) -> bool:
        spent: Counter[tuple[str, str]] = Counter()
        for move in transaction.transfers:
            spent[move.token, move.sender] += move.amount
        signed = [move for move in transaction.transfers if move.nonce is not None]
        if any(self.is_authorization_used(move.sender, move.nonce or "") for move in signed):
            return False
        return not transaction.fails and all(
            amount <= self.get_balance(token, sender) for (token, sender), amount in spent.items()
        )
