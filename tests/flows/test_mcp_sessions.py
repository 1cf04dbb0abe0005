"""Sessions of the handshake versions of MCP: so many for each key, and none for ever."""

import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp.shared.exceptions import MCPError

from mcp_server.watching import MOST_STREAMS_OF_ONE
from tests.flows.test_mcp_access import key_of
from tests.gateway import Client, Gateway, serving
from tests.mcp_clients import INITIALIZE, connected, facts

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
    with serving(tmp_path_factory.mktemp("sessions") / "data", **given) as one:
        yield one


class Door:
    """`/mcp` as a program sees it that speaks HTTP itself."""

    def __init__(self, http: httpx2.Client) -> None:
        self.http = http
        http.headers["Accept"] = "application/json, text/event-stream"

    def open(self) -> httpx2.Response:
        """Ask for a session."""
        return self.http.post("/mcp", json=INITIALIZE)

    def opened(self) -> str:
        """Open a session and return its id."""
        answer = self.open()
        assert answer.status_code == 200, answer.text
        return answer.headers["mcp-session-id"]

    def ping(self, session_id: str) -> httpx2.Response:
        """Ask something in a session."""
        return self.http.post("/mcp", json=PING, headers={"mcp-session-id": session_id})


@pytest.fixture
def door(gateway: Gateway, client: Client) -> Iterator[Door]:
    with gateway.client(key_of(client, "media")) as http:
        yield Door(http)


def refusal_of(answer: httpx2.Response, code: str) -> dict[str, Any]:
    """Return the error of a refusal, after a look at how long to wait."""
    assert answer.status_code == 429, answer.text
    error: dict[str, Any] = answer.json()["error"]
    assert error["data"]["code"] == code
    assert error["data"]["retryAfterSeconds"] == int(answer.headers["retry-after"]) > 0
    assert error["data"]["hint"] in error["message"]
    return error


def resident_bytes(gateway: Gateway) -> int:
    assert gateway.process is not None
    pages = Path(f"/proc/{gateway.process.pid}/statm").read_text().split()[1]
    return int(pages) * 4096


@pytest.mark.promise("mcp: sessions-bounded")
async def test_a_key_opens_so_many_sessions_and_others_go_on(
    gateway: Gateway, client: Client, door: Door
) -> None:
    with gateway.account() as other:
        async with connected(gateway, other.key, "http of 2025") as mcp:
            held = [door.opened() for _ in range(PER_KEY)]
            told = refusal_of(door.open(), "concurrency_limited")
            assert f"limit of {PER_KEY} open MCP sessions" in told["message"]
            refusal_of(door.http.get("/sse"), "concurrency_limited")
            before = resident_bytes(gateway)
            for _ in range(100):
                refusal_of(door.open(), "concurrency_limited")
            assert resident_bytes(gateway) - before < 8 * MIB
            assert "balanceUsd" in facts(await mcp.call_tool("account_balance", {}))
        async with connected(gateway, other.key, "http of 2025") as mcp:
            assert "balanceUsd" in facts(await mcp.call_tool("account_balance", {}))
    for session_id in held[:2]:
        ended = door.http.delete("/mcp", headers={"mcp-session-id": session_id})
        assert ended.status_code == 200
    again = door.opened()
    assert [door.ping(each).status_code for each in (again, held[2])] == [200, 200]


@pytest.mark.promise("mcp: sessions-bounded")
def test_all_keys_of_an_account_share_its_sessions(gateway: Gateway, client: Client) -> None:
    opened = 0
    for _ in range(PER_ACCOUNT):
        with gateway.client(key_of(client, "media")) as http:
            door = Door(http)
            while opened < PER_ACCOUNT and (answer := door.open()).status_code == 200:
                opened += 1
            answer = door.open()
            assert answer.status_code == 429
    assert opened == PER_ACCOUNT
    assert "This account" in refusal_of(answer, "concurrency_limited")["message"]


@pytest.mark.promise("mcp: sessions-bounded")
def test_a_session_that_is_not_used_ends_and_makes_room(door: Door) -> None:
    oldest, *_ = [door.opened() for _ in range(PER_KEY)]
    deadline = time.monotonic() + WAIT_SECONDS
    while (answer := door.open()).status_code == 429:
        refusal_of(answer, "concurrency_limited")
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert answer.status_code == 200
    assert door.ping(oldest).status_code == 404
    with door.http.stream("GET", "/mcp", headers={"mcp-session-id": door.opened()}) as listening:
        assert listening.status_code == 200  # a session that somebody listens to is in use


async def test_a_key_listens_to_so_many_streams_and_others_go_on(
    gateway: Gateway, client: Client
) -> None:
    uris = ["killatamata://jobs/none"]
    async with AsyncExitStack() as stack, connected(gateway, client.key) as mcp:
        for _ in range(MOST_STREAMS_OF_ONE):
            await stack.enter_async_context(mcp.listen(resource_subscriptions=uris))
        with pytest.raises(MCPError, match="Too many streams"):
            await stack.enter_async_context(mcp.listen(resource_subscriptions=uris))
        with gateway.account() as other:
            async with (
                connected(gateway, other.key) as theirs,
                theirs.listen(resource_subscriptions=uris),
            ):
                assert "balanceUsd" in facts(await theirs.call_tool("account_balance", {}))


def test_what_is_no_opening_takes_no_place(door: Door) -> None:
    for _ in range(PER_KEY + 1):
        assert door.http.post("/mcp", json={"jsonrpc": "2.0"}).status_code == 400
        assert door.http.get("/mcp").status_code >= 400
        assert door.http.post("/mcp", json=PING).status_code == 400
    assert door.opened()


@pytest.mark.promise("mcp: sessions-bounded")
def test_an_account_and_an_address_may_ask_so_often(gateway: Gateway, client: Client) -> None:
    with gateway.client(key_of(client, "media")) as http:
        door = Door(http)
        session_id = door.opened()
        for _ in range(2 * PER_MINUTE + 1):  # the minute may end in between
            if (answer := door.ping(session_id)).status_code == 429:
                break
        refusal_of(answer, "rate_limited")
    with gateway.account() as other, gateway.client(other.key) as http:
        answer = Door(http).open()
        assert answer.status_code == 200
        assert answer.headers["ratelimit-policy"] == f'"mcp";q={PER_MINUTE};w=60'
    with gateway.client("kt_test_nobody") as http:
        answer = Door(http).open()
        assert (answer.status_code, answer.headers["ratelimit-policy"][:8]) == (401, '"public"')
