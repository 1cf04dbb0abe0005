"""A node of a chain over JSON-RPC: blocks, receipts and transfers as plain values.

Nodes are third parties, so every answer is validated; one of another shape counts as no answer.
"""

import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import lru_cache
from typing import Annotated, Any, Literal, NamedTuple, TypedDict, TypeVar

import httpx2
from pydantic import BaseModel, BeforeValidator, Field, TypeAdapter, ValidationError

from gateway.kit.outgoing.bounded_client import MIB, AnswerLimits, AnswerTooLarge, build_http_client
from gateway.payments.errors import PaymentProviderError

TRANSFER_TOPIC = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
AUTHORIZATION_USED_TOPIC = "0x98de503528ee59b575ef0c0a2576a82497bfc029a5685b209e9ec333479b10a5"
AUTHORIZATION_STATE_SELECTOR = "0xe94a0102"  # authorizationState(address,bytes32)
TRANSFER_TOPIC_COUNT = 3
ADDRESSES_PER_CALL, BLOCKS_PER_CALL, CALLS_PER_REQUEST = 500, 2_000, 50
# A receipt may have 20 MB: that many events fit into the gas of one transaction.
LIMITS = AnswerLimits(max_bytes=32 * MIB, seconds=15, silence_seconds=8, connect_seconds=3)
REMEMBERED_SIZE_SECONDS = 3_600
T = TypeVar("T")
R = TypeVar("R")
MethodCall = tuple[str, list[Any]]
log = logging.getLogger("gateway.payments")


class ChainRefused(PaymentProviderError):  # noqa: N818 - as its parent
    """The node answers, but refuses this call."""


def _parse_hex(given: object) -> object:
    return int(given, 16) if isinstance(given, str) and given.startswith("0x") else None


def _to_lower(given: object) -> object:
    return given.lower() if isinstance(given, str) else given


Number = Annotated[int, BeforeValidator(_parse_hex), Field(ge=0)]
Hash = Annotated[str, BeforeValidator(_to_lower), Field(pattern="^0x[0-9a-f]{64}$")]
Address = Annotated[str, BeforeValidator(_to_lower), Field(pattern="^0x[0-9a-f]{40}$")]


class Block(BaseModel):
    """The head of a block; `timestamp` is in seconds since 1970."""

    number: Annotated[Number, Field(lt=2**62)]
    hash: Hash
    parent: Hash = Field(alias="parentHash")
    timestamp: Annotated[Number, Field(lt=2**40)]


class Log(BaseModel):
    """An event of a contract."""

    address: Address
    topics: list[Hash]
    data: Annotated[str, Field(pattern="^0x[0-9a-fA-F]*$")]
    block_number: Number = Field(alias="blockNumber")
    block_hash: Hash = Field(alias="blockHash")
    transaction: Hash = Field(alias="transactionHash")
    index: Number = Field(alias="logIndex")
    removed: bool = False


class Receipt(BaseModel):
    """The receipt of a transaction: its block, and the events of its contracts."""

    transaction: Hash = Field(alias="transactionHash")
    block_number: Number = Field(alias="blockNumber")
    block_hash: Hash = Field(alias="blockHash")
    status: Number
    logs: list[Log]


class Transfer(NamedTuple):
    """A transfer of tokens; `position` is that of its event among those of the transaction."""

    transaction: str
    position: int
    sender: str
    receiver: str
    amount: int
    block_number: int
    block_hash: str


def read_transfers(receipt: Receipt, token: str) -> list[Transfer]:
    """Read the transfers of a token from a receipt; none if the transaction failed.

    Transfers of nothing, and amounts that no column holds, are left out.
    """
    if not receipt.status:
        return []
    return [
        Transfer(
            transaction=receipt.transaction,
            position=position,
            sender=f"0x{each.topics[1][-40:]}",
            receiver=f"0x{each.topics[2][-40:]}",
            amount=int(each.data, 16),
            block_number=receipt.block_number,
            block_hash=receipt.block_hash,
        )
        for position, each in enumerate(sorted(receipt.logs, key=lambda each: each.index))
        if is_transfer(each, token) and 0 < int(each.data, 16) < 2**62
    ]


class AuthorizedTransfer(NamedTuple):
    """A transfer that the payer signed and another party sent (EIP-3009)."""

    payer: str
    nonce: str
    transfer: Transfer


def read_authorized_transfers(receipt: Receipt, token: str) -> list[AuthorizedTransfer]:
    """Read the transfers of a receipt that were authorized by a signature."""
    # The contract of USDC logs `AuthorizationUsed` directly before the transfer that it allows.
    # Any other transfer of the transaction belongs to no authorization.
    transfers_found = []
    by_position = {each.position: each for each in read_transfers(receipt, token)}
    for position, each in enumerate(sorted(receipt.logs, key=lambda each: each.index)):
        next_transfer = by_position.get(position + 1)
        if each.address == token.lower() and each.topics[:1] == [AUTHORIZATION_USED_TOPIC]:
            payer = f"0x{each.topics[1][-40:]}"
            if next_transfer is not None and next_transfer.sender == payer:
                transfers_found.append(AuthorizedTransfer(payer, each.topics[2], next_transfer))
    return transfers_found


def is_transfer(event: Log, token: str) -> bool:
    """Return True if an event is a transfer of the token."""
    return (
        event.address == token.lower()
        and len(event.topics) == TRANSFER_TOPIC_COUNT
        and event.topics[0] == TRANSFER_TOPIC
        and len(event.data) > len("0x")
        and not event.removed
    )


def pad_address(address: str) -> str:
    """Pad an address to a word of 32 bytes, as topics and arguments of calls have it."""
    return f"0x{address[2:].lower():0>64}"


class BatchSize:
    """The number of things that a node takes in one call; a smaller one is kept for an hour.

    Nodes limit the calls of a batch, the blocks of a search and the addresses in it. Each has its
    own limits and its own words for them, so the text of a refusal is never read: a refused batch
    is asked again in halves, down to single things. The same happens if an answer is larger than
    we read. Otherwise a stranger could stop all deposits by two transactions with many events.
    """

    def __init__(self, most: int) -> None:
        self._most = self._fits = most
        self._until = 0.0

    async def ask_in_batches(
        self, things: Sequence[T], question: Callable[[Sequence[T]], Awaitable[list[R]]]
    ) -> list[R]:
        """Ask about all things in batches that fit; return the answers in order.

        Raises:
            ChainRefused: the node refuses a single thing.
        """
        if time.monotonic() > self._until:
            self._fits = self._most
        answers: list[R] = []
        position = 0
        while position < len(things):
            batch = things[position : position + self._fits]
            answers += await self._ask_in_halves(batch, question)
            position += len(batch)
        return answers

    async def _ask_in_halves(
        self, part: Sequence[T], question: Callable[[Sequence[T]], Awaitable[list[R]]]
    ) -> list[R]:
        try:
            return await question(part)
        except ChainRefused:
            if len(part) == 1:
                raise
        middle = (len(part) + 1) // 2
        answers = await self._ask_in_halves(part[:middle], question)
        answers += await self._ask_in_halves(part[middle:], question)
        self._fits, self._until = (
            min(self._fits, middle),
            time.monotonic() + REMEMBERED_SIZE_SECONDS,
        )
        return answers


class Rpc:
    """The client of a node; its URL may hold a secret and is never logged."""

    def __init__(self, url: str, chain_id: int) -> None:
        self._url, self._chain_id, self._known = url, chain_id, False
        self._addresses = BatchSize(ADDRESSES_PER_CALL)
        self._blocks, self._calls = BatchSize(BLOCKS_PER_CALL), BatchSize(CALLS_PER_REQUEST)
        self._http = build_http_client(LIMITS)

    async def close(self) -> None:
        """Close every connection."""
        await self._http.aclose()

    async def fetch_head(self) -> Block:
        """Fetch the newest block.

        Raises:
            PaymentProviderError: the node cannot be asked.
        """
        answers = await self._ask([("eth_getBlockByNumber", ["latest", False])])
        found: Block = _parse(Block, answers[0])
        return found

    async def fetch_blocks(self, numbers: Iterable[int]) -> list[Block | None]:
        """Fetch the blocks with these numbers, None for those that do not exist.

        Raises:
            PaymentProviderError: the node cannot be asked.
        """
        calls = [("eth_getBlockByNumber", [hex(each), False]) for each in numbers]
        return [_parse(Block | None, each) for each in await self._ask(calls)]

    async def fetch_receipts(self, transactions: Iterable[str]) -> list[Receipt | None]:
        """Fetch the receipts of transactions, None for those that are in no block.

        Raises:
            PaymentProviderError: the node cannot be asked.
        """
        calls = [("eth_getTransactionReceipt", [each]) for each in transactions]
        return [_parse(Receipt | None, each) for each in await self._ask(calls)]

    async def find_paying_transactions(
        self, token: str, addresses: Sequence[str], first: int, last: int
    ) -> set[str]:
        """Find the transactions of some blocks that transfer the token to these addresses.

        Raises:
            PaymentProviderError: the node cannot be asked.
        """

        async def to_these(some: Sequence[str]) -> list[str]:
            padded = [pad_address(each) for each in some]
            return await self._find_logging_transactions(
                token, [TRANSFER_TOPIC, None, padded], first, last
            )

        return set(await self._addresses.ask_in_batches(addresses, to_these))

    async def find_spending_transactions(
        self, token: str, payer: str, nonce: str, first: int, last: int
    ) -> set[str]:
        """Find the transactions of some blocks that used a payer's authorization.

        Raises:
            PaymentProviderError: the node cannot be asked.
        """
        return set(
            await self._find_logging_transactions(
                token, [AUTHORIZATION_USED_TOPIC, pad_address(payer), nonce], first, last
            )
        )

    async def is_authorization_used(self, token: str, payer: str, nonce: str) -> bool:
        """Return True if an authorization was used or canceled, by any party.

        Raises:
            PaymentProviderError: the node cannot be asked.
        """
        data = f"{AUTHORIZATION_STATE_SELECTOR}{pad_address(payer)[2:]}{nonce[2:]}"
        (answer,) = await self._ask([("eth_call", [{"to": token, "data": data}, "latest"])])
        found: int = _parse(Number, answer)
        return found != 0

    async def _find_logging_transactions(
        self, token: str, topics: list[Any], first: int, last: int
    ) -> list[str]:
        """Find the transactions of events; a node that is behind the others reports none."""

        async def of_these(blocks: Sequence[int]) -> list[str]:
            query = {
                "address": token,
                "topics": topics,
                "fromBlock": hex(blocks[0]),
                "toBlock": hex(blocks[-1]),
            }
            (answer,) = await self._ask([("eth_getLogs", [query])])
            return [each.transaction for each in _parse(list[Log], answer)]

        return await self._blocks.ask_in_batches(range(first, last + 1), of_these)

    async def _check_chain(self) -> None:
        """Check before the first call that the node is on the right chain."""
        chain_id = _parse(
            Number,
            _get_result(_index_answers(await self._post(_build_call(0, "eth_chainId", []))).get(0)),
        )
        if chain_id != self._chain_id:
            log.error("the node for chain %s is on chain %s", self._chain_id, chain_id)
            raise PaymentProviderError("The chain node is on another chain.")
        self._known = True

    async def _ask(self, calls: Sequence[MethodCall]) -> list[Any]:
        if not self._known:
            await self._check_chain()
        return await self._calls.ask_in_batches(calls, self._ask_at_once)

    async def _ask_at_once(self, calls: Sequence[MethodCall]) -> list[Any]:
        bodies = [_build_call(number, *each) for number, each in enumerate(calls)]
        by_id = _index_answers(await self._post(bodies if len(bodies) > 1 else bodies[0]))
        return [_get_result(by_id.get(number)) for number in range(len(calls))]

    async def _post(self, body: object) -> object:
        try:
            answer = await self._http.post(self._url, json=body)
            if answer.is_error:
                raise ChainRefused(f"The chain node answered {answer.status_code}.")
            return answer.json()
        except AnswerTooLarge as error:
            raise ChainRefused("The chain node's answer is too large.") from error
        except (httpx2.HTTPError, ValueError) as error:
            raise PaymentProviderError("The chain cannot be read now.") from error


class RpcCall(TypedDict):
    """A call of JSON-RPC 2.0."""

    jsonrpc: Literal["2.0"]
    id: int
    method: str
    params: list[Any]


def _build_call(number: int, method: str, params: list[Any]) -> RpcCall:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def _index_answers(answers: object) -> dict[Any, Any]:
    listed = answers if isinstance(answers, list) else [answers]
    return {each.get("id"): each for each in listed if isinstance(each, dict)}


def _get_result(answer: Any) -> Any:  # noqa: ANN401 - JSON
    if answer is None or "result" not in answer:
        log.warning("the node refuses: %.200s", "no answer" if answer is None else answer)
        raise ChainRefused("The chain node refused the request.")
    return answer["result"]


@lru_cache
def _adapter(kind: Any) -> TypeAdapter[Any]:  # noqa: ANN401 - any kind
    return TypeAdapter(kind)


def _parse(kind: Any, given: object) -> Any:  # noqa: ANN401 - the kind's own
    try:
        return _adapter(kind).validate_python(given)
    except ValidationError as error:
        raise PaymentProviderError("The chain node returned an invalid response.") from error
