"""MCP clients for tests: the SDK's own client to a real gateway, over every transport."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from mcp import types
from mcp.client import Client
from mcp.client.sse import sse_client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.types.version import HANDSHAKE_PROTOCOL_VERSIONS

from tests.gateway import Gateway
from tests.processes import BASE_ENVIRONMENT, COMMAND_PATH

TRANSPORTS = ("http", "http of 2025", "sse", "stdio", "stdio of 2025")
OLD_PROTOCOL_SUFFIX = "of 2025"
CLIENT_INFO = {"name": "a test", "version": "1"}
INITIALIZE_REQUEST: dict[str, Any] = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": CLIENT_INFO},
}


@asynccontextmanager
async def open_mcp_client(
    gateway: Gateway,
    key: str,
    transport: str = "http",
    *words: str,
    **options: Any,  # noqa: ANN401 - the SDK's own options
) -> AsyncIterator[Client]:
    """Yield a client with this key; `words` are options of the stdio command or HTTP headers.

    A header is written `name:value`, a query `?name=value`. `options` are options of the SDK's
    client.
    """
    mode = "legacy" if transport.endswith(OLD_PROTOCOL_SUFFIX) or transport == "sse" else "auto"
    if transport.startswith("stdio"):
        server = StdioServerParameters(
            command=COMMAND_PATH,
            args=["mcp", *words],
            env=BASE_ENVIRONMENT
            | {
                "KT_API_BASE": gateway.base,
                "KT_API_KEY": key,
                "XDG_CACHE_HOME": str(gateway.data_dir.parent),
            },
        )
        async with Client(stdio_client(server), mode=mode, **options) as client:
            yield client
        return
    query = "".join(word for word in words if word.startswith("?"))
    named = (word.split(":", 1) for word in words if not word.startswith("?"))
    headers = {"Authorization": f"Bearer {key}"} | dict(named)
    if transport == "sse":
        async with Client(
            sse_client(f"{gateway.base}/sse", headers=headers), mode=mode, **options
        ) as client:
            yield client
        return
    async with (
        httpx2.AsyncClient(headers=headers, timeout=90, trust_env=False) as http,
        Client(
            streamable_http_client(f"{gateway.base}/mcp{query}", http_client=http),
            mode=mode,
            **options,
        ) as client,
    ):
        yield client


def read_structured_answer(result: Any) -> dict[str, Any]:  # noqa: ANN401 - what the client may return
    """Return the structured answer of a tool call that succeeded."""
    assert isinstance(result, types.CallToolResult), result
    assert not result.is_error, result.structured_content
    answer: dict[str, Any] = result.structured_content or {}
    return answer


def read_tool_error(result: Any) -> dict[str, Any]:  # noqa: ANN401 - what the client may return
    """Return the error of a tool call that was refused."""
    assert isinstance(result, types.CallToolResult), result
    assert result.is_error, result.structured_content
    assert result.structured_content is not None
    error: dict[str, Any] = result.structured_content["error"]
    return error


def send_raw_request(
    http: httpx2.Client, version: str, method: str, params: str, *, name: str = ""
) -> dict[str, Any]:
    """Send `/mcp` a request that no SDK would send and return its message.

    `params` is the inside of a JSON object. A version with a handshake gets a session for the call;
    later ones carry the client's data in `_meta`.
    """
    headers = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": version}
    if version in HANDSHAKE_PROTOCOL_VERSIONS:
        opened = http.post("/mcp", json=INITIALIZE_REQUEST, headers={"Accept": headers["Accept"]})
        headers["Mcp-Session-Id"] = opened.headers["mcp-session-id"]
        started = {"jsonrpc": "2.0", "method": "notifications/initialized"}
        http.post("/mcp", json=started, headers=headers)
    else:
        headers |= {"Mcp-Method": method} | ({"Mcp-Name": name} if name else {})
        meta = {"protocolVersion": version, "clientCapabilities": {}, "clientInfo": CLIENT_INFO}
        named = {f"io.modelcontextprotocol/{key}": value for key, value in meta.items()}
        params += f', "_meta": {json.dumps(named)}'
    text = f'{{"jsonrpc": "2.0", "id": 1, "method": "{method}", "params": {{{params}}}}}'
    headers["Content-Type"] = "application/json"
    answer = http.post("/mcp", content=text, headers=headers)
    if version in HANDSHAKE_PROTOCOL_VERSIONS:
        http.delete("/mcp", headers=headers)
    return read_message(answer)


def read_message(answer: httpx2.Response) -> dict[str, Any]:
    """Return the last JSON-RPC message of an answer, be it JSON or an event stream."""
    message: dict[str, Any]
    if answer.headers["content-type"].startswith("application/json"):
        message = answer.json()
    else:
        lines = [line for line in answer.text.splitlines() if line.startswith("data: {")]
        message = json.loads(lines[-1].removeprefix("data: "))
    return message
