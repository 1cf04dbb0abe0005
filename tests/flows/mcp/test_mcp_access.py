"""The tools that each key gets over MCP, and the keys that get none."""

import json
import subprocess
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp.client import Client as SdkClient
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.shared.exceptions import MCPError
from pydantic import SecretStr

from gateway.configuration.settings import Settings
from gateway.doors.mcp import build_mcp_site
from tests.gateway import Client, Gateway
from tests.mcp_clients import (
    open_mcp_client,
    read_structured_answer,
    read_tool_error,
    send_raw_request,
)
from tests.processes import BASE_ENVIRONMENT, COMMAND_PATH

pytestmark = pytest.mark.anyio
SPENDING_TOOLS = {"plan_execute", "studio_message_send"}


def mint_key(client: Client, *scopes: str, **policy: str) -> str:
    """Mint a key of the account with these scopes."""
    body: dict[str, Any] = {"label": "mcp", "scopes": list(scopes), "spendPolicy": policy}
    answer = client.http.post("/api/v1/keys", json=body)
    assert answer.status_code == 201, answer.text
    key: str = answer.json()["apiKey"]
    return key


async def list_tool_names(gateway: Gateway, key: str, transport: str, *words: str) -> set[str]:
    async with open_mcp_client(gateway, key, transport, *words) as mcp:
        return {tool.name for tool in (await mcp.list_tools()).tools}


@pytest.mark.promise("mcp: scopes-decide")
@pytest.mark.parametrize("transport", ["http of 2025", "stdio"])
async def test_a_key_without_a_scope_neither_lists_nor_calls_its_tools(
    gateway: Gateway, client: Client, transport: str
) -> None:
    key = mint_key(client, "account:read")
    async with open_mcp_client(gateway, key, transport) as mcp:
        listed = {tool.name for tool in (await mcp.list_tools()).tools}
        assert {"account_balance", "media_job_get"} <= listed
        assert not listed & {"plan_execute", "studio_project_create", "account_topup_link"}
        refused = read_tool_error(
            await mcp.call_tool("plan_execute", {"planId": "plan_1", "planHash": "sha256:0"})
        )
    assert refused["code"] == "tool_not_available"


@pytest.mark.promise("mcp: read-only")
async def test_read_only_has_no_way_to_spend_or_change(gateway: Gateway, client: Client) -> None:
    words = {"http": ["x-mcp-readonly:1", "x-mcp-toolsets:all"], "stdio": ["--read-only"]}
    for transport, given in words.items():
        async with open_mcp_client(gateway, client.key, transport, *given) as mcp:
            tools = (await mcp.list_tools()).tools
            assert tools
            assert all(tool.annotations and tool.annotations.read_only_hint for tool in tools)
            for name in SPENDING_TOOLS:
                assert (
                    read_tool_error(await mcp.call_tool(name, {}))["code"] == "tool_not_available"
                )


@pytest.mark.promise("mcp: read-only-prices")
async def test_what_only_reads_can_price_work_but_not_keep_a_quote(
    gateway: Gateway, client: Client
) -> None:
    key = mint_key(client, "account:read")
    item = {"task": "image.generate", "input": {"prompt": "a fox", "width": 512, "height": 512}}
    ways = [(key, ()), (client.key, ("x-mcp-readonly:1", "x-mcp-toolsets:core"))]
    for given, words in ways:
        async with open_mcp_client(gateway, given, "http", *words) as mcp:
            assert not {tool.name for tool in (await mcp.list_tools()).tools} & SPENDING_TOOLS
            priced = read_structured_answer(await mcp.call_tool("media_quote", {"items": [item]}))
        assert (priced["totalUsd"], priced["affordable"]) == ("0.02", True)
        assert priced["next"] == "It would cost $0.02. Nothing was prepared, held or charged."
    kept = client.http.post(
        "/api/v1/media/quote", json={"items": [item]}, headers={"Authorization": f"Bearer {key}"}
    )
    assert (kept.status_code, kept.json()["code"]) == (403, "scope_denied")


@pytest.mark.promise("mcp: small")
@pytest.mark.parametrize(("version", "core"), [("2026-07-28", ""), ("2025-11-25", "core")])
async def test_the_list_of_tools_is_small_as_it_is_sent(
    gateway: Gateway, client: Client, version: str, core: str
) -> None:
    headers = {"Authorization": f"Bearer {client.key}", "X-MCP-Toolsets": core}
    with httpx2.Client(base_url=gateway.base, headers=headers, timeout=30) as http:
        answer = send_raw_request(http, version, "tools/list", '"cursor": null')
    sent = json.dumps(answer["result"], ensure_ascii=False, separators=(",", ":")).encode()
    assert len(sent) <= (12 if core else 32) * 1024


async def test_headers_options_and_the_url_choose_tools(gateway: Gateway, client: Client) -> None:
    core = await list_tool_names(gateway, client.key, "http", "x-mcp-toolsets:core")
    assert len(core) <= 13
    for transport in ("http", "http of 2025"):
        asked = (gateway, client.key, transport)
        assert core == await list_tool_names(*asked, "?toolsets=core")
        reading = await list_tool_names(*asked, "?toolsets=core&readonly=1", "x-mcp-toolsets:media")
        assert reading < core
        assert not reading & {*SPENDING_TOOLS, "account_balance"}
    assert core == await list_tool_names(gateway, client.key, "stdio", "--toolsets", "core")
    few = await list_tool_names(gateway, client.key, "http", "x-mcp-tools:plan_get, key_list")
    assert few == {"plan_get", "key_list"}


async def test_tools_of_the_agent_need_its_own_toolset(gateway: Gateway, client: Client) -> None:
    """They talk with an agent that spends: a grant of the studio is no grant of them."""
    for choice in ((), ("x-mcp-toolsets:studio",), ("?toolsets=studio",)):
        async with open_mcp_client(gateway, client.key, "http", *choice) as mcp:
            refused = await mcp.call_tool("studio_settings_update", {})
        assert read_tool_error(refused)["code"] == "tool_not_available"
    async with open_mcp_client(gateway, client.key, "http", "?toolsets=studio,agent") as mcp:
        saved = await mcp.call_tool("studio_settings_update", {})
    assert "revision" in read_structured_answer(saved)


async def test_a_bound_in_the_url_is_never_dropped_in_silence(
    gateway: Gateway, client: Client
) -> None:
    reading = await list_tool_names(gateway, client.key, "http", "?readonly=1")
    assert not reading & SPENDING_TOOLS
    for word in ("?readonly", "?readonly=", "?readonly=True", "x-mcp-readonly:"):
        assert await list_tool_names(gateway, client.key, "http", word) == reading
    for wrong in ("readOnly", "read_only", "toolset"):
        async with open_mcp_client(gateway, client.key, "http", f"?{wrong}=1") as mcp:
            with pytest.raises(MCPError, match=f"no parameter {wrong};.*readonly"):
                await mcp.list_tools()
    for lost, told in (
        ("?readonly=1&readonly=0", "readonly twice"),
        ("?toolsets=core&toolsets=all", "toolsets twice"),
        ("?toolsets=", "toolsets of the URL names nothing"),
        ("?tools=,", "tools of the URL names nothing"),
    ):
        async with open_mcp_client(gateway, client.key, "http", lost) as mcp:
            with pytest.raises(MCPError, match=told):
                await mcp.list_tools()
    with gateway.client() as http:
        refused = http.get("/sse?readonly=1", headers={"Authorization": f"Bearer {client.key}"})
    assert refused.status_code == 400
    assert "Use /mcp" in refused.json()["error"]["message"]


async def test_a_toolset_that_there_is_not_is_refused_by_name(
    gateway: Gateway, client: Client
) -> None:
    for header, wrong in (
        ("x-mcp-toolsets:cor", "cor"),
        ("x-mcp-tools:plan_got", "plan_got"),
        ("?exclude=plan_got", "plan_got"),
    ):
        async with open_mcp_client(gateway, client.key, "http", header) as mcp:
            with pytest.raises(MCPError, match=f"no tool.* {wrong};"):
                await mcp.list_tools()
    ran = subprocess.run(  # noqa: ASYNC221 - nothing else waits
        [COMMAND_PATH, "mcp", "--exclude", "plan_got"],
        env=BASE_ENVIRONMENT | {"KT_API_BASE": gateway.base, "KT_API_KEY": client.key},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "There is no tool plan_got;" in ran.stderr
    with pytest.raises(ValueError, match=r"KT_MCP_TOOLSETS: There is no toolset cor; .*studio"):
        build_mcp_site(
            Settings(mcp_toolsets="core,cor", request_state_keys=SecretStr(f"a:{'k' * 32}")),
            frozenset(),
        )


@pytest.mark.parametrize("words", [["mcp"], ["mcp", "--profile", "default"]], ids=" ".join)
async def test_over_stdio_the_key_of_a_sign_in_is_used(
    gateway: Gateway, client: Client, tmp_path: Path, words: list[str]
) -> None:
    file = tmp_path / "killatamata" / "config.toml"
    file.parent.mkdir()
    file.write_text(f'[profile.default]\napi_key = "{client.key}"\nbase_url = "{gateway.base}"\n')
    file.chmod(0o600)
    environment = {
        **BASE_ENVIRONMENT,
        "XDG_CONFIG_HOME": str(tmp_path),
        "XDG_CACHE_HOME": str(tmp_path),
    }
    if "--profile" in words:  # a host may have variables that belong to another gateway
        environment |= {"KT_API_KEY": "kt_test_other", "KT_API_BASE": "http://127.0.0.1:9"}
    server = StdioServerParameters(command=COMMAND_PATH, args=words, env=environment)
    async with SdkClient(stdio_client(server)) as mcp:
        found = read_structured_answer(await mcp.call_tool("account_balance", {}))
    assert found["availableUsd"] == "5.00"


async def test_a_key_in_either_header_is_let_in_and_a_revoked_one_is_not(
    gateway: Gateway, client: Client
) -> None:
    key = mint_key(client, "media", "admin")
    async with open_mcp_client(gateway, key, "http") as mcp:
        read_structured_answer(await mcp.call_tool("account_balance", {}))
    revoked = client.http.post("/api/v1/keys/revoke", json={"keyPrefix": key[:15]})
    assert revoked.status_code == 200, revoked.text
    with httpx2.Client(base_url=gateway.base, trust_env=False, timeout=60) as http:
        assert http.post("/mcp", headers={"x-api-key": key}, json={}).status_code == 401
        good = {"x-api-key": client.key, "Accept": "application/json, text/event-stream"}
        assert http.post("/mcp", headers=good, json={}).status_code == 400


async def test_foreign_hosts_and_origins_are_turned_away(gateway: Gateway, client: Client) -> None:
    headers = {"Authorization": f"Bearer {client.key}"}
    with httpx2.Client(base_url=gateway.base, trust_env=False, timeout=60) as http:
        host = http.post("/mcp", headers={**headers, "Host": "evil.example"}, json={})
        origin = http.post("/mcp", headers={**headers, "Origin": "https://evil.example"}, json={})
    assert (host.status_code, origin.status_code) == (421, 403)


async def test_no_header_of_a_request_stands_for_a_caller(gateway: Gateway) -> None:
    with httpx2.Client(base_url=gateway.base, trust_env=False, timeout=60) as http:
        for name in ("kt.caller", "X-KT-Caller"):
            answer = http.get("/api/v1/media/jobs", headers={name: "acct_1"})
            assert answer.status_code == 401
