"""Two web processes on one database: whichever answers, the call goes on."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from mcp import types
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client

from mcp_server.apps.extension import DATA_KEY
from tests.flows.mcp.test_mcp_access import mint_key
from tests.flows.mcp.test_mcp_consent import Person
from tests.flows.mcp.test_mcp_pages import open_pages, read_page_data
from tests.gateway import Gateway, picture_input
from tests.mcp_clients import read_structured_answer, read_tool_error

pytestmark = pytest.mark.anyio


class TurnsTransport(httpx2.AsyncHTTPTransport):
    """Sends each request to the next process, as a load balancer does."""

    def __init__(self, gateways: list[Gateway]) -> None:
        super().__init__()
        self._next = itertools.cycle(gateways)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        port = next(self._next).port
        request.url = request.url.copy_with(port=port)
        request.headers["host"] = f"127.0.0.1:{port}"
        return await super().handle_async_request(request)


@asynccontextmanager
async def open_balanced_client(
    gateways: list[Gateway], key: str, mode: str, person: Person
) -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {key}"}
    async with (
        httpx2.AsyncClient(transport=TurnsTransport(gateways), headers=headers, timeout=90) as http,
        Client(
            streamable_http_client(f"{gateways[0].base}/mcp", http_client=http),
            mode=mode,
            elicitation_callback=person,
        ) as mcp,
    ):
        yield mcp


async def run_plan(mcp: Client, plan: dict[str, Any]) -> types.CallToolResult:
    given = {"planId": plan["planId"], "planHash": plan["planHash"], "waitSeconds": 0}
    return await mcp.call_tool("plan_execute", given)


@pytest.mark.promise("mcp: any-process")
async def test_a_yes_that_another_process_asked_for_counts_and_old_clients_get_the_page(
    two_gateways: list[Gateway],
) -> None:
    with two_gateways[0].account() as client:
        key = mint_key(client, "media", autoApproveUsd="0", confirmUpToUsd="1")
        person = Person("accept", {"approve": True})
        async with open_balanced_client(two_gateways, key, "auto", person) as mcp:
            plan = read_structured_answer(
                await mcp.call_tool("image_generate_prepare", picture_input("a fox"))
            )
            ran = read_structured_answer(await run_plan(mcp, plan))
            assert (ran["state"], len(ran["jobs"]), len(person.questions)) == ("executed", 1, 1)
        async with open_balanced_client(two_gateways, key, "legacy", person) as mcp:
            plan = read_structured_answer(
                await mcp.call_tool("image_generate_prepare", picture_input("a fox"))
            )
            refused = read_tool_error(await run_plan(mcp, plan))
        assert refused["code"] == "approval_required"
        assert refused["approvalUrl"].endswith(plan["planId"])
        assert client.http.get("/sse").status_code == 404


async def test_without_a_session_a_page_shows_what_is_bought_and_confirms_nothing(
    two_gateways: list[Gateway],
) -> None:
    """Nobody knows then what a client of the handshake versions supports."""
    one = two_gateways[0]
    with one.account() as account:
        async with open_pages(one, account.key, "http of 2025") as mcp:
            listed = {tool.name for tool in (await mcp.list_tools()).tools}
            of_model = await mcp.call_tool("image_generate_prepare", picture_input("a fox"))
            plan = read_structured_answer(of_model)
            named, page = {"planId": plan["planId"], "waitSeconds": 0}, {DATA_KEY: True}
            result = await mcp.call_tool("plan_get", named, meta=page)
            asked = {"planId": plan["planId"], "planHash": plan["planHash"], "approve": True}
            refused = await mcp.call_tool("page_plan_run", asked)
        assert of_model.meta is None
        data = read_page_data(result)
        assert data["steps"][0]["gist"] == "a fox"
        assert "plan_execute" in data["can"]
        assert not any(name.startswith("page_") for name in listed.union(data["can"]))
        assert read_tool_error(refused)["code"] == "tool_not_available"
