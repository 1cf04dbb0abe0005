"""The MCP server as its clients meet it: the same tools on every transport, one charge a plan."""

import io
import json
from typing import Any

import httpx2
import pytest
from mcp import types
from PIL import Image

from tests.gateway import Client, Gateway
from tests.mcp_clients import TRANSPORTS, open_mcp_client, read_structured_answer, read_tool_error

pytestmark = pytest.mark.anyio


async def list_tools(
    gateway: Gateway, key: str, transport: str, *words: str
) -> list[dict[str, Any]]:
    async with open_mcp_client(gateway, key, transport, *words) as mcp:
        found = await mcp.list_tools()
    return [tool.model_dump(by_alias=True, exclude_none=True) for tool in found.tools]


@pytest.mark.promise("mcp: same-tools-everywhere")
async def test_every_transport_in_both_eras_lists_the_same_tools(
    gateway: Gateway, client: Client
) -> None:
    first = await list_tools(gateway, client.key, TRANSPORTS[0])
    assert {"plan_execute", "image_generate_prepare"} <= {tool["name"] for tool in first}
    for transport in TRANSPORTS[1:]:
        assert await list_tools(gateway, client.key, transport) == first, transport


@pytest.mark.parametrize("transport", ["http", "stdio of 2025"])
async def test_the_server_shows_an_icon_that_is_there(
    gateway: Gateway, client: Client, transport: str
) -> None:
    async with open_mcp_client(gateway, client.key, transport) as mcp:
        assert mcp.server_info is not None
        (icon,) = mcp.server_info.icons or []
    picture = httpx2.get(icon.src, trust_env=False)
    assert picture.headers["content-type"] == icon.mime_type == "image/png"
    with Image.open(io.BytesIO(picture.content)) as image:
        assert [f"{image.width}x{image.height}"] == icon.sizes


@pytest.mark.promise("mcp: prepare-is-free")
async def test_preparing_is_free_and_executing_twice_charges_once(
    gateway: Gateway, client: Client
) -> None:
    async with open_mcp_client(gateway, client.key) as mcp:
        plan = read_structured_answer(
            await mcp.call_tool("image_generate_prepare", {"prompt": "a red fox"})
        )
        assert client.get_balance()["balanceUsd"] == "5.00"
        run = {"planId": plan["planId"], "planHash": plan["planHash"], "waitSeconds": 50}
        result = await mcp.call_tool("plan_execute", run)
        done, again = (
            read_structured_answer(result),
            read_structured_answer(await mcp.call_tool("plan_execute", run)),
        )
    assert done["outcome"] == "succeeded"
    assert [job["jobId"] for job in again["jobs"]] == [job["jobId"] for job in done["jobs"]]
    kinds = [type(part) for part in result.content]
    assert kinds == [types.TextContent, types.ResourceLink, types.ImageContent]
    assert client.get_balance()["balanceUsd"] == "4.98"


async def test_a_wrong_argument_is_called_by_its_name_and_nothing_is_done(
    gateway: Gateway, client: Client
) -> None:
    async with open_mcp_client(gateway, client.key) as mcp:
        wrong = {"prompt": "a fox", "width": 1, "height": 256}
        refused = read_tool_error(await mcp.call_tool("image_generate_prepare", wrong))
        assert (refused["code"], refused["field"]) == ("invalid_input", "width")
        plan = read_structured_answer(
            await mcp.call_tool("image_generate_prepare", {"prompt": "a fox"})
        )
        run = {"planId": plan["planId"], "planHash": plan["planHash"], "waitSeconds": 99}
        refused = read_tool_error(await mcp.call_tool("plan_execute", run))
        assert refused["field"] == "waitSeconds"
        read = read_structured_answer(await mcp.call_tool("plan_get", {"planId": plan["planId"]}))
    assert read["state"] == "pending"


@pytest.mark.promise("mcp: next-step")
async def test_the_next_step_is_a_fact_too_and_a_long_answer_is_told_once(
    gateway: Gateway, client: Client
) -> None:
    async with open_mcp_client(gateway, client.key) as mcp:
        plan = read_structured_answer(
            await mcp.call_tool("image_generate_prepare", {"prompt": "a fox"})
        )
        result = await mcp.call_tool("media_tasks_list", {})
    assert "plan_execute" in plan["next"]
    told = read_structured_answer(result)
    (text,) = result.content
    assert isinstance(text, types.TextContent)
    line, _, rest = text.text.partition("\n")
    assert len(rest) > 4_000
    assert told == {"next": line} | json.loads(rest)


async def test_a_request_without_a_key_is_told_where_to_get_a_token(gateway: Gateway) -> None:
    answer = httpx2.post(f"{gateway.base}/mcp", json={}, trust_env=False, timeout=60)
    assert answer.status_code == 401
    where = f'resource_metadata="{gateway.base}/.well-known/oauth-protected-resource/mcp"'
    assert where in answer.headers["www-authenticate"]
