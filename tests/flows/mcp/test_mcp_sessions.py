"""Sessions of the handshake versions of MCP: so many for each key, and none for ever."""

import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp.shared.exceptions import MCPError

from mcp_server.resources.subscriptions import MAX_STREAMS_PER_CALLER
from tests.flows.mcp.test_mcp_access import mint_key
from tests.gateway import Client, Gateway, serve_gateway
from tests.mcp_clients import INITIALIZE_REQUEST, open_mcp_client, read_structured_answer

pytestmark = pytest.mark.anyio
PER_KEY, PER_ACCOUNT, IDLE_SECONDS, PER_MINUTE = 3, 5, 2, 400
WAIT_SECONDS = 30
MIB = 2**20
PING = {"jsonrpc": "2.0", "id": 2, "method": "ping"}


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway of small limits."""
    given = {
        "KT_MCP_SESSIONS_PER_KEY": str(PER_KEY),
        "KT_MCP_SESSIONS_PER_ACCOUNT": str(PER_ACCOUNT),
        "KT_MCP_IDLE_SECONDS": str(IDLE_SECONDS),
        "KT_MCP_PER_MINUTE": str(PER_MINUTE),
    }
    with serve_gateway(tmp_path_factory.mktemp("sessions") / "data", **given) as one:
        yield one


class McpDoor:
    """`/mcp` as a program sees it that speaks HTTP itself."""

    def __init__(self, http: httpx2.Client) -> None:
        self.http = http
        http.headers["Accept"] = "application/json, text/event-stream"

    def request_session(self) -> httpx2.Response:
        """Ask for a session."""
        return self.http.post("/mcp", json=INITIALIZE_REQUEST)

    def open_session(self) -> str:
        """Open a session and return its id."""
        answer = self.request_session()
        assert answer.status_code == 200, answer.text
        return answer.headers["mcp-session-id"]

    def send_ping(self, session_id: str) -> httpx2.Response:
        """Ask something in a session."""
        return self.http.post("/mcp", json=PING, headers={"mcp-session-id": session_id})


@pytest.fixture
def door(gateway: Gateway, client: Client) -> Iterator[McpDoor]:
    with gateway.client(mint_key(client, "media")) as http:
        yield McpDoor(http)


def read_session_refusal(answer: httpx2.Response, code: str) -> dict[str, Any]:
    """Return the error of a refusal, after a look at how long to wait."""
    assert answer.status_code == 429, answer.text
    error: dict[str, Any] = answer.json()["error"]
    assert error["data"]["code"] == code
    assert error["data"]["retryAfterSeconds"] == int(answer.headers["retry-after"]) > 0
    assert error["data"]["hint"] in error["message"]
    return error


def read_resident_bytes(gateway: Gateway) -> int:
    assert gateway.process is not None
    pages = Path(f"/proc/{gateway.process.pid}/statm").read_text().split()[1]
    return int(pages) * 4096


@pytest.mark.promise("mcp: sessions-bounded")
async def test_a_key_opens_so_many_sessions_and_others_go_on(
    gateway: Gateway, client: Client, door: McpDoor
) -> None:
    with gateway.account() as other:
        async with open_mcp_client(gateway, other.key, "http of 2025") as mcp:
            held = [door.open_session() for _ in range(PER_KEY)]
            told = read_session_refusal(door.request_session(), "concurrency_limited")
            assert f"limit of {PER_KEY} open MCP sessions" in told["message"]
            read_session_refusal(door.http.get("/sse"), "concurrency_limited")
            before = read_resident_bytes(gateway)
            for _ in range(100):
                read_session_refusal(door.request_session(), "concurrency_limited")
            assert read_resident_bytes(gateway) - before < 8 * MIB
            assert "balanceUsd" in read_structured_answer(
                await mcp.call_tool("account_balance", {})
            )
        async with open_mcp_client(gateway, other.key, "http of 2025") as mcp:
            assert "balanceUsd" in read_structured_answer(
                await mcp.call_tool("account_balance", {})
            )
    for session_id in held[:2]:
        ended = door.http.delete("/mcp", headers={"mcp-session-id": session_id})
        assert ended.status_code == 200
    again = door.open_session()
    assert [door.send_ping(each).status_code for each in (again, held[2])] == [200, 200]


@pytest.mark.promise("mcp: sessions-bounded")
def test_all_keys_of_an_account_share_its_sessions(gateway: Gateway, client: Client) -> None:
    opened = 0
    for _ in range(PER_ACCOUNT):
        with gateway.client(mint_key(client, "media")) as http:
            door = McpDoor(http)
            while opened < PER_ACCOUNT and (answer := door.request_session()).status_code == 200:
                opened += 1
            answer = door.request_session()
            assert answer.status_code == 429
    assert opened == PER_ACCOUNT
    assert "This account" in read_session_refusal(answer, "concurrency_limited")["message"]


@pytest.mark.promise("mcp: sessions-bounded")
def test_a_session_that_is_not_used_ends_and_makes_room(door: McpDoor) -> None:
    oldest, *_ = [door.open_session() for _ in range(PER_KEY)]
    deadline = time.monotonic() + WAIT_SECONDS
    while (answer := door.request_session()).status_code == 429:
        read_session_refusal(answer, "concurrency_limited")
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert answer.status_code == 200
    assert door.send_ping(oldest).status_code == 404
    with door.http.stream(
        "GET", "/mcp", headers={"mcp-session-id": door.open_session()}
    ) as listening:
        assert listening.status_code == 200  # a session that somebody listens to is in use


async def test_a_key_listens_to_so_many_streams_and_others_go_on(
    gateway: Gateway, client: Client
) -> None:
    uris = ["killatamata://jobs/none"]
    async with AsyncExitStack() as stack, open_mcp_client(gateway, client.key) as mcp:
        for _ in range(MAX_STREAMS_PER_CALLER):
            await stack.enter_async_context(mcp.listen(resource_subscriptions=uris))
        with pytest.raises(MCPError, match="Too many streams"):
            await stack.enter_async_context(mcp.listen(resource_subscriptions=uris))
        with gateway.account() as other:
            async with (
                open_mcp_client(gateway, other.key) as theirs,
                theirs.listen(resource_subscriptions=uris),
            ):
                assert "balanceUsd" in read_structured_answer(
                    await theirs.call_tool("account_balance", {})
                )


def test_what_is_no_opening_takes_no_place(door: McpDoor) -> None:
    for _ in range(PER_KEY + 1):
        assert door.http.post("/mcp", json={"jsonrpc": "2.0"}).status_code == 400
        assert door.http.get("/mcp").status_code >= 400
        assert door.http.post("/mcp", json=PING).status_code == 400
    assert door.open_session()


@pytest.mark.promise("mcp: sessions-bounded")
def test_an_account_and_an_address_may_ask_so_often(gateway: Gateway, client: Client) -> None:
    with gateway.client(mint_key(client, "media")) as http:
        door = McpDoor(http)
        session_id = door.open_session()
        for _ in range(2 * PER_MINUTE + 1):  # the minute may end in between
            if (answer := door.send_ping(session_id)).status_code == 429:
                break
        read_session_refusal(answer, "rate_limited")
    with gateway.account() as other, gateway.client(other.key) as http:
        answer = McpDoor(http).request_session()
        assert answer.status_code == 200
        assert answer.headers["ratelimit-policy"] == f'"mcp";q={PER_MINUTE};w=60'
    with gateway.client("kt_test_nobody") as http:
        answer = McpDoor(http).request_session()
        assert (answer.status_code, answer.headers["ratelimit-policy"][:8]) == (401, '"public"')
