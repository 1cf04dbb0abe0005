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


class RpcRefusal(Exception):  # noqa: N818 - the node's word
    """A call that the node refuses, with code and message of JSON-RPC."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code, self.words = code, words


class ChainNode:
    """A node of a chain, whose limits a test may change at any time.

    It refuses more than `max_batch_calls` in one request, and logs of more than `max_log_blocks`.
    It has no events of blocks that are `unindexed`.
    """

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.offline = False
        self.max_log_blocks = 10_000
        self.max_batch_calls = 1_000
        self.unindexed: set[int] = set()
        self.request_counts: Counter[str] = Counter()
        self.refused_batches = 0

    def build_application(self) -> Starlette:
        """Return the application."""
        return Starlette(routes=[Route("/", self._answer, methods=["POST"])])

    async def _answer(self, request: Request) -> Response:
        if self.offline:
            return Response(status_code=503)
        sent = json.loads(await request.body())
        if isinstance(sent, list) and len(sent) > self.max_batch_calls:
            self.refused_batches += 1
            return JSONResponse(render_batch_refusal(self.max_batch_calls))
        if isinstance(sent, list):
            return JSONResponse([self._answer_call(each) for each in reversed(sent)])
        return JSONResponse(self._answer_call(sent))

    def _answer_call(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        head = {"jsonrpc": "2.0", "id": sent["id"]}
        self.request_counts[sent["method"]] += 1
        try:
            return head | {"result": self._run_method(sent["method"], sent["params"])}
        except RpcRefusal as refused:
            return head | {"error": {"code": refused.code, "message": refused.words}}

    def _run_method(self, method: str, params: list[Any]) -> object:
        match method:
            case "eth_chainId":
                return hex(self.chain.chain_id)
            case "eth_getBlockByNumber":
                return self._find_block(params[0])
            case "eth_getTransactionReceipt":
                return self._find_receipt(params[0])
            case "eth_getLogs":
                return self._list_logs(params[0])
            case "eth_call":
                return self._call_contract(params[0])
        raise RpcRefusal(-32601, f"the method {method} does not exist")

    def _call_contract(self, wanted: Mapping[str, Any]) -> str:
        data = str(wanted["data"])
        if not data.startswith("0xe94a0102"):
            raise RpcRefusal(3, "execution reverted")
        return (
            f"0x{int(self.chain.is_authorization_used(f'0x{data[34:74]}', f'0x{data[74:]}')):064x}"
        )

    def _find_block(self, wanted: str) -> dict[str, Any] | None:
        number = self.chain.head.number if wanted == "latest" else int(wanted, 16)
        for block in self.chain.blocks:
            if block.number == number:
                return render_block_head(block)
        return None

    def _find_receipt(self, wanted: str) -> dict[str, Any] | None:
        mined = self.chain.find_transaction(wanted.lower())
        if mined is None:
            return None
        block, transaction, well = mined
        return {
            "transactionHash": transaction.hash,
            "blockNumber": hex(block.number),
            "blockHash": block.hash,
            "status": hex(int(well)),
            "logs": [
                each for each in block.render_logs() if each["transactionHash"] == transaction.hash
            ],
        }

    def _list_logs(self, wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
        first, last = int(wanted["fromBlock"], 16), int(wanted["toBlock"], 16)
        if first > last:
            raise RpcRefusal(-32602, "invalid block range params")
        if last - first + 1 > self.max_log_blocks:
            raise RpcRefusal(-32005, f"more than {self.max_log_blocks} blocks")
        return [
            each
            for block in self.chain.blocks
            if first <= block.number <= last and block.number not in self.unindexed
            for each in block.render_logs()
            if str(each["address"]) == wanted["address"].lower()
            and matches_topics(each["topics"], wanted["topics"])
        ]


def render_batch_refusal(most: int) -> dict[str, Any]:
    """Return the answer of a node that refuses a whole batch."""
    error = {"code": -32014, "message": f"maximum {most} calls in 1 batch"}
    return {"jsonrpc": "2.0", "id": None, "error": error}


def render_block_head(block: Block) -> dict[str, Any]:
    """Return a block with the hashes of its transactions, as JSON-RPC has it."""
    return {
        "number": hex(block.number),
        "hash": block.hash,
        "parentHash": block.parent,
        "timestamp": hex(block.timestamp),
        "transactions": [each.hash for each, _ in block.outcomes],
    }


def matches_topics(topics: object, wanted: list[Any]) -> bool:
    """Return True if topics match a filter, where null matches any and a list one of its own."""
    if not isinstance(topics, list):
        return False
    return len(topics) >= len(wanted) and all(
        each is None or topic in (each if isinstance(each, list) else [each])
        for topic, each in zip(topics, wanted, strict=False)
    )
