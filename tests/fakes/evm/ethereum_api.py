"""The chain with the real EVM by JSON-RPC, as a node answers, and its controls under `/_test/`."""

from collections.abc import Callable
from typing import Any

from eth_tester.exceptions import TransactionFailed  # type: ignore[import-untyped]
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fakes.evm.ethereum import CHAIN_ID, GAS_PRICE, Ethereum

REVERTED_CODE, UNKNOWN_METHOD_CODE, SERVER_ERROR_CODE = 3, -32601, -32000


def build_application(chain: Ethereum) -> Starlette:
    """Return the application; it takes one request at a time."""

    async def answer(request: Request) -> Response:
        sent = await request.json()
        if isinstance(sent, list):
            return JSONResponse([answer_call(chain, each) for each in sent])
        return JSONResponse(answer_call(chain, sent))

    async def control(request: Request) -> Response:
        arguments = await request.json()
        return JSONResponse(CONTROLS[request.path_params["name"]](chain, arguments))

    return Starlette(
        routes=[
            Route("/", answer, methods=["POST"]),
            Route("/_test/{name}", control, methods=["POST"]),
        ]
    )


def answer_call(chain: Ethereum, sent: dict[str, Any]) -> dict[str, Any]:
    """Call one method and return its JSON-RPC answer."""
    head = {"jsonrpc": "2.0", "id": sent["id"]}
    method = METHODS.get(sent["method"])
    if method is None:
        return head | {
            "error": {"code": UNKNOWN_METHOD_CODE, "message": f"no method {sent['method']}"}
        }
    try:
        return head | {"result": render_json_rpc(method(chain, *sent.get("params", ())))}
    except TransactionFailed as error:
        return head | {"error": {"code": REVERTED_CODE, "message": f"execution reverted: {error}"}}
    except Exception as error:  # noqa: BLE001 - a node answers every failure with an error
        return head | {
            "error": {"code": SERVER_ERROR_CODE, "message": f"{type(error).__name__}: {error}"}
        }


def render_json_rpc(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a value as JSON-RPC has it, with numbers in hexadecimal and names in camelCase."""
    match value:
        case bool() | str() | None:
            return value
        case int():
            return hex(value)
        case bytes():
            return f"0x{value.hex()}"
        case dict():
            return {to_camel_case(str(name)): render_json_rpc(each) for name, each in value.items()}
        case _:
            return [render_json_rpc(each) for each in value]


def to_camel_case(name: str) -> str:
    """Return a name in camelCase."""
    first, *rest = name.split("_")
    return first + "".join(each.capitalize() for each in rest)


def list_logs(chain: Ethereum, wanted: dict[str, Any]) -> list[Any]:
    """Return the events that match a filter."""
    events = chain.tester.get_logs(
        from_block=int(wanted["fromBlock"], 16),
        to_block=min(int(wanted["toBlock"], 16), chain.height),
        address=wanted["address"],
        topics=wanted["topics"],
    )
    return list(events)


METHODS: dict[str, Callable[..., Any]] = {
    "eth_chainId": lambda _: CHAIN_ID,
    "net_version": lambda _: str(CHAIN_ID),
    "eth_blockNumber": lambda chain: chain.height,
    "eth_gasPrice": lambda _: GAS_PRICE,
    "eth_getBlockByNumber": lambda chain, block, *_: chain.find_block(block),
    "eth_getTransactionReceipt": lambda chain, transaction: chain.find_receipt(transaction),
    "eth_getLogs": list_logs,
    "eth_call": lambda chain, wanted, *_: chain.call_contract(wanted),
    "eth_getCode": lambda chain, owner, *_: chain.tester.get_code(owner),
    "eth_getBalance": lambda chain, owner, *_: chain.tester.get_balance(owner),
    "eth_getTransactionCount": lambda chain, owner, at: chain.count_transactions(owner, at),
    "eth_sendRawTransaction": lambda chain, raw: chain.send_transaction(bytes.fromhex(raw[2:])),
}


def stall_chain(chain: Ethereum, _given: object) -> None:
    """Keep every transaction that is sent from now on out of blocks until `release_pending`."""
    chain.is_stalled = True


CONTROLS: dict[str, Callable[[Ethereum, Any], Any]] = {
    "mint": lambda chain, given: chain.mint_tokens(given["to"], given["amount"]),
    "pay": lambda chain, given: chain.pay_tokens(given["to"], given["amount"]),
    "balance": lambda chain, given: chain.get_balance(given["owner"]),
    "height": lambda chain, _: chain.height,
    "mine": lambda chain, given: chain.mine(given["blocks"]),
    "stall": stall_chain,
    "release": lambda chain, _: chain.release_pending(),
    "snapshot": lambda chain, _: chain.tester.take_snapshot(),
    "turn": lambda chain, given: chain.reorganise(given["to"], given["blocks"]),
}
