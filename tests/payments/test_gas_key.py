"""The key that pays gas, on a node that takes a transaction and does not say so."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import rlp  # type: ignore[import-untyped]
from eth_utils.crypto import keccak
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.facilitator.gas_key import GasKey
from gateway.facilitator.settings import FacilitatorSettings
from tests.fakes.serving import serve_application

KEY = "0x" + "5e" * 32
TO, CALL, OTHER = f"0x{'11' * 20}", b"\x01", b"\x02"


class Pool:
    """A node whose blocks stay empty; `mood` says how it answers the next transaction.

    good; lost: it is taken, and the connection breaks; known: it is taken twice by the road, as
    behind a proxy that asks again; unclear: it is taken, and an error said; refusing.
    """

    def __init__(self) -> None:
        self.mood = "good"
        self.raw: list[str] = []
        self.asked = 0

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/", self._answer, methods=["POST"])])

    async def _answer(self, request: Request) -> Response:
        answer = await self._answered(request)
        answer.headers["connection"] = "close"  # the key keeps its client for as long as it lives
        return answer

    async def _answered(self, request: Request) -> Response:
        sent = json.loads(await request.body())
        head = {"jsonrpc": "2.0", "id": sent["id"]}
        match sent["method"]:
            case "eth_chainId":
                return JSONResponse(head | {"result": hex(84532)})
            case "eth_gasPrice":
                return JSONResponse(head | {"result": hex(10**9)})
            case "eth_getTransactionCount":
                waits = len(self.raw) if sent["params"][1] == "pending" else 0
                return JSONResponse(head | {"result": hex(waits)})
            case "eth_sendRawTransaction":
                return self._take(head, sent["params"][0])
        return JSONResponse(head | {"error": {"code": -32601, "message": "no such method"}})

    def _take(self, head: dict[str, Any], raw: str) -> Response:
        self.asked += 1
        mood, self.mood = self.mood, "good"
        if mood == "refusing":
            error = {"code": -32000, "message": "insufficient funds for gas"}
            return JSONResponse(head | {"error": error})
        if raw in self.raw:
            mood = "known"
        else:
            self.raw.append(raw)
        match mood:
            case "lost":
                return Response(status_code=502)
            case "known" | "unclear":
                words = "already known" if mood == "known" else "nonce too low"
                return JSONResponse(head | {"error": {"code": -32000, "message": words}})
        return JSONResponse(head | {"result": hash_transaction(raw)})


def hash_transaction(raw: str) -> str:
    return f"0x{keccak(hexstr=raw).hex()}"


@pytest.fixture
def pool() -> Pool:
    return Pool()


@pytest.fixture
def key(pool: Pool, tmp_path: Path) -> Iterator[GasKey]:
    file = tmp_path / "gas.key"
    file.touch(mode=0o600)
    file.write_text(KEY)
    with serve_application(pool.app()) as url:
        settings = FacilitatorSettings(
            rpc_url=SecretStr(url), key_file=file, pay_to=TO, wait_seconds=1
        )
        yield GasKey(settings)


@pytest.mark.promise("payments: facilitator")
@pytest.mark.parametrize(("mood", "said"), [("lost", "502"), ("unclear", "nonce too low")])
def test_a_transaction_that_the_node_may_have_keeps_its_nonce_and_is_sent_once(
    pool: Pool, key: GasKey, mood: str, said: str
) -> None:
    pool.mood = mood
    with pytest.raises(Exception, match=said):
        key.send_transaction(TO, CALL)
    assert pool.asked == 1
    assert key.send_transaction(TO, CALL) == hash_transaction(pool.raw[0])
    assert len(pool.raw) == 1
    assert key.send_transaction(TO, OTHER) == hash_transaction(pool.raw[1])
    assert [read_nonce(each) for each in pool.raw] == [0, 1]


@pytest.mark.promise("payments: facilitator")
def test_a_transaction_that_the_node_has_already_was_sent(pool: Pool, key: GasKey) -> None:
    pool.mood = "known"
    assert key.send_transaction(TO, CALL) == hash_transaction(pool.raw[0])
    assert key.send_transaction(TO, CALL) == hash_transaction(pool.raw[0])
    assert len(pool.raw) == 1


@pytest.mark.promise("payments: facilitator")
def test_a_transaction_that_the_node_refuses_leaves_its_nonce_to_the_next(
    pool: Pool, key: GasKey
) -> None:
    pool.mood = "refusing"
    with pytest.raises(Exception, match="insufficient"):
        key.send_transaction(TO, CALL)
    assert key.send_transaction(TO, OTHER) == hash_transaction(pool.raw[0])
    assert [read_nonce(each) for each in pool.raw] == [0]


def read_nonce(raw: str) -> int:
    return int.from_bytes(rlp.decode(bytes.fromhex(raw[2:]))[0])
