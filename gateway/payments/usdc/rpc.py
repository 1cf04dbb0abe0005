"""A chain of Ethereum's kind over JSON-RPC: blocks, receipts, transfers, as plain values.

Trust nothing it says: an answer that is not of its shape is as good as none.
"""

import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import lru_cache
from typing import Annotated, Any, Literal, NamedTuple, TypedDict, TypeVar

import httpx2
from pydantic import BaseModel, BeforeValidator, Field, TypeAdapter, ValidationError

from gateway.kit.outbound import MIB, AnswerLimits, AnswerTooLarge, make_client
from gateway.payments.errors import PaymentProviderError

TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
AUTHORIZATION_USED = "0x98de503528ee59b575ef0c0a2576a82497bfc029a5685b209e9ec333479b10a5"
AUTHORIZATION_STATE = "0xe94a0102"  # authorizationState(address,bytes32)
TRANSFER_TOPICS = 3
ADDRESSES_PER_CALL, BLOCKS_PER_CALL, CALLS_PER_REQUEST = 500, 2_000, 50
# one receipt may have 20 MB: as many events as a transaction can pay for
LIMITS = AnswerLimits(most_bytes=32 * MIB, seconds=15, silence_seconds=8, connect_seconds=3)
REMEMBERED_SECONDS = 3_600
T = TypeVar("T")
R = TypeVar("R")
Call = tuple[str, list[Any]]
log = logging.getLogger("gateway.payments")


class ChainRefused(PaymentProviderError):  # noqa: N818 - as its parent
    """The node answers, but not this."""


def _number(given: object) -> object:
    return int(given, 16) if isinstance(given, str) and given.startswith("0x") else None


def _lower(given: object) -> object:
    return given.lower() if isinstance(given, str) else given


Number = Annotated[int, BeforeValidator(_number), Field(ge=0)]
Hash = Annotated[str, BeforeValidator(_lower), Field(pattern="^0x[0-9a-f]{64}$")]
Address = Annotated[str, BeforeValidator(_lower), Field(pattern="^0x[0-9a-f]{40}$")]


class Block(BaseModel):
    """A block's head; `timestamp` is in seconds since 1970."""

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
    """What a transaction did."""

    transaction: Hash = Field(alias="transactionHash")
    block_number: Number = Field(alias="blockNumber")
    block_hash: Hash = Field(alias="blockHash")
    status: Number
    logs: list[Log]


class Transfer(NamedTuple):
    """Tokens that went from one address to another; `position` counts a transaction's events."""

    transaction: str
    position: int
    sender: str
    receiver: str
    amount: int
    block_number: int
    block_hash: str


def transfers(receipt: Receipt, token: str) -> list[Transfer]:
    """Return what a transaction transferred of a token, if it went well; nothing is nothing."""
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


class Authorized(NamedTuple):
    """A transfer that somebody signed for somebody else to send (EIP-3009)."""

    payer: str
    nonce: str
    transfer: Transfer


def authorized(receipt: Receipt, token: str) -> list[Authorized]:
    """Return the transfers of a transaction that were signed: each follows its authorization."""
    found = []
    paid = {each.position: each for each in transfers(receipt, token)}
    for position, each in enumerate(sorted(receipt.logs, key=lambda each: each.index)):
        following = paid.get(position + 1)
        if each.address == token.lower() and each.topics[:1] == [AUTHORIZATION_USED]:
            payer = f"0x{each.topics[1][-40:]}"
            if following is not None and following.sender == payer:
                found.append(Authorized(payer, each.topics[2], following))
    return found


def is_transfer(event: Log, token: str) -> bool:
    """Return True if an event is a transfer of the token."""
    return (
        event.address == token.lower()
        and len(event.topics) == TRANSFER_TOPICS
        and event.topics[0] == TRANSFER
        and len(event.data) > len("0x")
        and not event.removed
    )


def word(address: str) -> str:
    """Return an address as a word of 32 bytes."""
    return f"0x{address[2:].lower():0>64}"


class Portion:
    """How much of something a node takes in one question; what it has shown counts for an hour.

    Nodes limit the calls of a batch, the blocks of a search and the addresses in it, each at its
    own number, and say so in as many ways. So a refusal is never read: a part that is refused is
    asked for in halves, down to single things. So is what has an answer larger than we read: else
    a stranger could hold up all deposits by two transactions with many events.
    """

    def __init__(self, most: int) -> None:
        self._most = self._fits = most
        self._until = 0.0

    async def ask(
        self, things: Sequence[T], question: Callable[[Sequence[T]], Awaitable[list[R]]]
    ) -> list[R]:
        """Ask about all things, so many at once as fit; return the answers in order.

        Raises:
            ChainRefused: the node refuses to answer about a single one.
        """
        if time.monotonic() > self._until:
            self._fits = self._most
        found: list[R] = []
        start = 0
        while start < len(things):
            part = things[start : start + self._fits]
            found += await self._halved(part, question)
            start += len(part)
        return found

    async def _halved(
        self, part: Sequence[T], question: Callable[[Sequence[T]], Awaitable[list[R]]]
    ) -> list[R]:
        try:
            return await question(part)
        except ChainRefused:
            if len(part) == 1:
                raise
        middle = (len(part) + 1) // 2
        found = await self._halved(part[:middle], question)
        found += await self._halved(part[middle:], question)
        self._fits, self._until = min(self._fits, middle), time.monotonic() + REMEMBERED_SECONDS
        return found


class Rpc:
    """One node; its address may hold a secret and is never logged."""

    def __init__(self, url: str, chain_id: int) -> None:
        self._url, self._chain_id, self._known = url, chain_id, False
        self._addresses = Portion(ADDRESSES_PER_CALL)
        self._blocks, self._calls = Portion(BLOCKS_PER_CALL), Portion(CALLS_PER_REQUEST)
        self._http = make_client(LIMITS)

    async def close(self) -> None:
        """Close every connection."""
        await self._http.aclose()

    async def head(self) -> Block:
        """Return the newest block.

        Raises:
            PaymentProviderError: it cannot be asked.
        """
        answers = await self._ask([("eth_getBlockByNumber", ["latest", False])])
        found: Block = _read(Block, answers[0])
        return found

    async def blocks(self, numbers: Iterable[int]) -> list[Block | None]:
        """Return the blocks of these numbers, None for those that are not there.

        Raises:
            PaymentProviderError: it cannot be asked.
        """
        calls = [("eth_getBlockByNumber", [hex(each), False]) for each in numbers]
        return [_read(Block | None, each) for each in await self._ask(calls)]

    async def receipts(self, transactions: Iterable[str]) -> list[Receipt | None]:
        """Return what these transactions did, None for those that are in no block.

        Raises:
            PaymentProviderError: it cannot be asked.
        """
        calls = [("eth_getTransactionReceipt", [each]) for each in transactions]
        return [_read(Receipt | None, each) for each in await self._ask(calls)]

    async def paying(self, token: str, addresses: Sequence[str], first: int, last: int) -> set[str]:
        """Return the transactions of some blocks that transfer the token to these addresses.

        Raises:
            PaymentProviderError: it cannot be asked.
        """

        async def to_these(some: Sequence[str]) -> list[str]:
            padded = [word(each) for each in some]
            return await self._logs(token, [TRANSFER, None, padded], first, last)

        return set(await self._addresses.ask(addresses, to_these))

    async def spending(self, token: str, payer: str, nonce: str, first: int, last: int) -> set[str]:
        """Return the transactions of some blocks that used a payer's authorization.

        Raises:
            PaymentProviderError: it cannot be asked.
        """
        return set(await self._logs(token, [AUTHORIZATION_USED, word(payer), nonce], first, last))

    async def authorization_used(self, token: str, payer: str, nonce: str) -> bool:
        """Return True if an authorization was used or canceled, by any party.

        Raises:
            PaymentProviderError: it cannot be asked.
        """
        data = f"{AUTHORIZATION_STATE}{word(payer)[2:]}{nonce[2:]}"
        (answer,) = await self._ask([("eth_call", [{"to": token, "data": data}, "latest"])])
        found: int = _read(Number, answer)
        return found != 0

    async def _logs(self, token: str, topics: list[Any], first: int, last: int) -> list[str]:
        """Return the transactions of the events; none if another node was ahead of this one."""

        async def of_these(blocks: Sequence[int]) -> list[str]:
            wanted = {
                "address": token,
                "topics": topics,
                "fromBlock": hex(blocks[0]),
                "toBlock": hex(blocks[-1]),
            }
            (answer,) = await self._ask([("eth_getLogs", [wanted])])
            return [each.transaction for each in _read(list[Log], answer)]

        return await self._blocks.ask(range(first, last + 1), of_these)

    async def _check(self) -> None:
        """Check once that it is a node of the right chain."""
        found = _read(Number, _result(_by_id(await self._post(_call(0, "eth_chainId", []))).get(0)))
        if found != self._chain_id:
            log.error("the node for chain %s is on chain %s", self._chain_id, found)
            raise PaymentProviderError("The chain node is on another chain.")
        self._known = True

    async def _ask(self, calls: Sequence[Call]) -> list[Any]:
        if not self._known:
            await self._check()
        return await self._calls.ask(calls, self._ask_at_once)

    async def _ask_at_once(self, calls: Sequence[Call]) -> list[Any]:
        sent = [_call(number, *each) for number, each in enumerate(calls)]
        by_id = _by_id(await self._post(sent if len(sent) > 1 else sent[0]))
        return [_result(by_id.get(number)) for number in range(len(calls))]

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
    """One call in the words of JSON-RPC 2.0."""

    jsonrpc: Literal["2.0"]
    id: int
    method: str
    params: list[Any]


def _call(number: int, method: str, params: list[Any]) -> RpcCall:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def _by_id(answers: object) -> dict[Any, Any]:
    every = answers if isinstance(answers, list) else [answers]
    return {each.get("id"): each for each in every if isinstance(each, dict)}


def _result(answer: Any) -> Any:  # noqa: ANN401 - JSON
    if answer is None or "result" not in answer:
        log.warning("the node refuses: %.200s", "no answer" if answer is None else answer)
        raise ChainRefused("The chain node refused the request.")
    return answer["result"]


@lru_cache
def _adapter(kind: Any) -> TypeAdapter[Any]:  # noqa: ANN401 - any kind
    return TypeAdapter(kind)


def _read(kind: Any, given: object) -> Any:  # noqa: ANN401 - the kind's own
    try:
        return _adapter(kind).validate_python(given)
    except ValidationError as error:
        raise PaymentProviderError("The chain node returned an invalid response.") from error
