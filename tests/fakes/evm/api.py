"""The chain by JSON-RPC, as a public node answers: batches, limits and refusals."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fakes.evm.chain import Block, Chain


class Refused(Exception):  # noqa: N818 - the node's word
    """A call that the node refuses, with code and message of JSON-RPC."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code, self.words = code, words


class Node:
    """A node of a chain, whose limits a test may change at any time.

    It refuses more than `most_calls` in one request, and logs of more than `most_blocks`.
    It has no events of blocks that are `unindexed`.
    """

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.offline = False
        self.most_blocks = 10_000
        self.most_calls = 1_000
        self.unindexed: set[int] = set()
        self.asked: Counter[str] = Counter()
        self.refused = 0

    def app(self) -> Starlette:
        """Return the application."""
        return Starlette(routes=[Route("/", self._answer, methods=["POST"])])

    async def _answer(self, request: Request) -> Response:
        if self.offline:
            return Response(status_code=503)
        sent = json.loads(await request.body())
        if isinstance(sent, list) and len(sent) > self.most_calls:
            self.refused += 1
            return JSONResponse(too_many(self.most_calls))
        if isinstance(sent, list):
            return JSONResponse([self._one(each) for each in reversed(sent)])
        return JSONResponse(self._one(sent))

    def _one(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        head = {"jsonrpc": "2.0", "id": sent["id"]}
        self.asked[sent["method"]] += 1
        try:
            return head | {"result": self._result(sent["method"], sent["params"])}
        except Refused as refused:
            return head | {"error": {"code": refused.code, "message": refused.words}}

    def _result(self, method: str, params: list[Any]) -> object:
        match method:
            case "eth_chainId":
                return hex(self.chain.chain_id)
            case "eth_getBlockByNumber":
                return self._block(params[0])
            case "eth_getTransactionReceipt":
                return self._receipt(params[0])
            case "eth_getLogs":
                return self._logs(params[0])
            case "eth_call":
                return self._called(params[0])
        raise Refused(-32601, f"the method {method} does not exist")

    def _called(self, wanted: Mapping[str, Any]) -> str:
        data = str(wanted["data"])
        if not data.startswith("0xe94a0102"):
            raise Refused(3, "execution reverted")
        return f"0x{int(self.chain.used(f'0x{data[34:74]}', f'0x{data[74:]}')):064x}"

    def _block(self, wanted: str) -> dict[str, Any] | None:
        number = self.chain.head.number if wanted == "latest" else int(wanted, 16)
        for block in self.chain.blocks:
            if block.number == number:
                return head_of(block)
        return None

    def _receipt(self, wanted: str) -> dict[str, Any] | None:
        mined = self.chain.found(wanted.lower())
        if mined is None:
            return None
        block, transaction, well = mined
        return {
            "transactionHash": transaction.hash,
            "blockNumber": hex(block.number),
            "blockHash": block.hash,
            "status": hex(int(well)),
            "logs": [each for each in block.logs() if each["transactionHash"] == transaction.hash],
        }

    def _logs(self, wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
        first, last = int(wanted["fromBlock"], 16), int(wanted["toBlock"], 16)
        if first > last:
            raise Refused(-32602, "invalid block range params")
        if last - first + 1 > self.most_blocks:
            raise Refused(-32005, f"more than {self.most_blocks} blocks")
        return [
            each
            for block in self.chain.blocks
            if first <= block.number <= last and block.number not in self.unindexed
            for each in block.logs()
            if str(each["address"]) == wanted["address"].lower()
            and matches(each["topics"], wanted["topics"])
        ]


def too_many(most: int) -> dict[str, Any]:
    """Return the answer of a node that refuses a whole batch."""
    error = {"code": -32014, "message": f"maximum {most} calls in 1 batch"}
    return {"jsonrpc": "2.0", "id": None, "error": error}


def head_of(block: Block) -> dict[str, Any]:
    """Return a block with the hashes of its transactions, as JSON-RPC has it."""
    return {
        "number": hex(block.number),
        "hash": block.hash,
        "parentHash": block.parent,
        "timestamp": hex(block.timestamp),
        "transactions": [each.hash for each, _ in block.done],
    }


def matches(topics: object, wanted: list[Any]) -> bool:
    """Return True if topics match a filter, where null matches any and a list one of its own."""
    if not isinstance(topics, list):
        return False
    return len(topics) >= len(wanted) and all(
        each is None or topic in (each if isinstance(each, list) else [each])
        for topic, each in zip(topics, wanted, strict=False)
    )
