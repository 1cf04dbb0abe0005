"""A gateway that is away is called so, with its address; nobody is told to bring another key."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.fault_proxy import FaultProxy
from tests.gateway import Client, Gateway, find_free_port, stop_process
from tests.mcp_clients import (
    INITIALIZE_REQUEST,
    open_mcp_client,
    read_structured_answer,
    read_tool_error,
)
from tests.processes import start_command

pytestmark = pytest.mark.anyio
START_SECONDS = 60
PROJECT = {"name": "Fox"}


@pytest.fixture
def proxy(gateway: Gateway) -> Iterator[FaultProxy]:
    """Yield a proxy between an MCP server of its own and the gateway."""
    with FaultProxy(gateway.port) as one:
        yield one


@pytest.fixture
def front(proxy: FaultProxy, tmp_path: Path) -> Gateway:
    """The gateway as the MCP server knows it: by the address of the proxy."""
    one = Gateway(tmp_path / "data")
    one.base = f"http://127.0.0.1:{proxy.port}"
    return one


@pytest.mark.promise("mcp: away-is-said")
@pytest.mark.parametrize(
    ("fault", "why"), [("reset", "."), ("502", ": what stands before it answered 502")]
)
async def test_a_gateway_that_does_not_answer_is_named_with_its_address(
    front: Gateway, proxy: FaultProxy, client: Client, fault: str, why: str
) -> None:
    async with open_mcp_client(front, client.key, "stdio") as mcp:
        read_structured_answer(await mcp.call_tool("account_balance", {}))
        proxy.set_fault(fault)
        for tool, given in (("account_balance", {}), ("studio_project_create", PROJECT)):
            refused = read_tool_error(await mcp.call_tool(tool, given))
            assert (refused["code"], refused["retryable"]) == ("unreachable", True), refused
            assert f"The gateway at {front.base} does not answer{why}" in refused["message"]
            assert "scope" not in str(refused)
        proxy.heal()
        again = {**PROJECT, "idempotencyKey": refused["idempotencyKey"]}
        made = [
            read_structured_answer(await mcp.call_tool("studio_project_create", again))
            for _ in range(2)
        ]
    assert made[0]["projectId"] == made[1]["projectId"]


@pytest.mark.promise("mcp: away-is-said")
async def test_a_page_in_place_of_an_answer_is_no_gateways(
    front: Gateway, proxy: FaultProxy, client: Client
) -> None:
    async with open_mcp_client(front, client.key, "stdio") as mcp:
        read_structured_answer(await mcp.call_tool("account_balance", {}))
        proxy.set_fault("page")
        for tool, given in (("account_balance", {}), ("media_preview", {"ref": "job://job_1/0"})):
            refused = read_tool_error(await mcp.call_tool(tool, given))
            assert refused["code"] == "unexpected_answer", refused
            assert front.base in refused["message"]
            assert "KT_API_BASE" in refused["hint"]
    proxy.set_fault("502")
    async with open_mcp_client(front, client.key, "stdio") as mcp:  # from the document that it kept
        refused = read_tool_error(await mcp.call_tool("account_balance", {}))
        assert refused["code"] == "unreachable"


@pytest.mark.promise("mcp: away-is-said")
async def test_a_key_that_cannot_be_looked_up_now_is_not_called_invalid(
    front: Gateway, proxy: FaultProxy, client: Client, tmp_path: Path
) -> None:
    port = find_free_port()
    settings = {"KT_API_BASE": front.base, "XDG_CACHE_HOME": str(tmp_path)}
    process = start_command(["mcp", "--http", f"127.0.0.1:{port}"], settings, tmp_path / "log")
    base = f"http://127.0.0.1:{port}"
    headers = {"Authorization": f"Bearer {client.key}", "Accept": "application/json, */*"}
    try:
        with httpx2.Client(base_url=base, headers=headers, timeout=60, trust_env=False) as http:
            assert _wait_for_answer(http).status_code == 200
            for fault, code in (("reset", "unreachable"), ("page", "unexpected_answer")):
                proxy.set_fault(fault)
                answer = http.post("/mcp", json=INITIALIZE_REQUEST)
                error: dict[str, Any] = answer.json()["error"]
                assert (answer.status_code, error["data"]["code"]) == (503, code)
                assert front.base in error["message"]
                assert int(answer.headers["retry-after"]) > 0
            proxy.heal()
            assert http.post("/mcp", json=INITIALIZE_REQUEST).status_code == 200
            wrong = {"Authorization": "Bearer kt_test_nobody"}
            assert http.post("/mcp", json=INITIALIZE_REQUEST, headers=wrong).status_code == 401
    finally:
        stop_process(process)


def _wait_for_answer(http: httpx2.Client) -> httpx2.Response:
    """Return the answer of a server that starts, when it has started."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            return http.post("/mcp", json=INITIALIZE_REQUEST)
        except httpx2.ConnectError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
