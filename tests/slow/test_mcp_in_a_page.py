"""An MCP client that runs in a page of another origin, in a real browser."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.fault_proxy import FaultProxy
from tests.gateway import Client, Gateway, serve_gateway
from tests.mcp_clients import INITIALIZE_REQUEST
from tests.pages.browser import open_tab, start_browser

pytestmark = pytest.mark.slow
ASK = """async ([url, method, headers, body]) => {
    const answer = await fetch(url, {method, headers, body});
    const session = answer.headers.get('mcp-session-id');
    return {status: answer.status, session, text: await answer.text()};
}"""
LIST = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with serve_gateway(tmp_path_factory.mktemp("page") / "data") as one:
        yield one


@pytest.fixture
def client(gateway: Gateway) -> Iterator[Client]:
    with gateway.account() as account:
        yield account


@pytest.mark.promise("mcp: browsers-welcome")
def test_a_page_of_another_port_opens_a_session_lists_the_tools_and_ends_it(
    gateway: Gateway, client: Client
) -> None:
    headers = {
        "Accept": "application/json, text/event-stream",
        "Authorization": f"Bearer {client.key}",
        "Content-Type": "application/json",
        "MCP-Protocol-Version": "2025-11-25",
    }
    with FaultProxy(gateway.port) as host, start_browser() as browser, open_tab(browser) as seen:
        host.set_fault("page")  # any page will do that is of another origin
        seen.page.goto(f"http://127.0.0.1:{host.port}/")

        def ask(method: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
            text = None if body is None else json.dumps(body)
            asked = [f"{gateway.base}/mcp", method, headers, text]
            answer: dict[str, Any] = seen.page.evaluate(ASK, asked)
            return answer

        opened = ask("POST", INITIALIZE_REQUEST)
        assert opened["status"] == 200
        headers["Mcp-Session-Id"] = opened["session"]
        listed = ask("POST", LIST)
        assert "plan_execute" in listed["text"]
        assert ask("DELETE")["status"] == 200
        headers["Authorization"] = "Bearer kt_test_nobody"
        assert ask("POST", LIST)["status"] == 401
