"""An MCP client connects with nothing but the address of `/mcp`, and is ended by a person."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest
from mcp.client import Client as Mcp
from mcp.client.auth import OAuthClientProvider, TokenStorage
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import (
    AuthorizationCodeResult,
    OAuthClientInformationFull,
    OAuthClientMetadata,
    OAuthToken,
)
from mcp.shared.exceptions import MCPError
from pydantic import AnyUrl

from tests.fakes.site import answer_plainly, serve_site, write_certificate
from tests.flows.oauth_apps import KEYS, REDIRECT, App, allow_app, open_app
from tests.flows.oauth_apps import client as client
from tests.flows.oauth_apps import page as page
from tests.flows.oauth_apps import program as program
from tests.gateway import Client, Gateway, serve_gateway
from tests.mcp_clients import open_mcp_client, read_structured_answer, read_tool_error

pytestmark = pytest.mark.anyio


class KeptTokens(TokenStorage):
    """The tokens and client data that an SDK client would keep on disk."""

    tokens: OAuthToken | None = None
    info: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.info

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.info = client_info

    @property
    def access_token(self) -> str:
        assert self.tokens is not None
        return self.tokens.access_token


class SdkConnection:
    """An SDK client, and the browser of the person in front of it."""

    def __init__(self, gateway: Gateway, page: httpx2.Client, url: str | None = None) -> None:
        self.gateway, self.page = gateway, page
        self.choices: dict[str, str | None] = {}
        self.kept_tokens, self.consent_count, self.answer = KeptTokens(), 0, {"": ""}
        metadata = OAuthClientMetadata(
            client_name="SDK",
            redirect_uris=[AnyUrl(REDIRECT)],
            token_endpoint_auth_method="client_secret_post",
        )
        self.provider = OAuthClientProvider(
            f"{gateway.base}/mcp",
            metadata,
            self.kept_tokens,
            self.open_consent_page,
            self.read_code,
            url,
        )

    async def open_consent_page(self, url: str) -> None:
        self.consent_count += 1
        query = dict(parse_qsl(urlsplit(url).query))
        self.answer = await asyncio.to_thread(allow_app, self.page, query, **self.choices)

    async def read_code(self) -> AuthorizationCodeResult:
        return AuthorizationCodeResult(**self.answer)

    @asynccontextmanager
    async def open(self, mode: str = "auto") -> AsyncIterator[Mcp]:
        async with (
            httpx2.AsyncClient(auth=self.provider, timeout=90, trust_env=False) as http,
            Mcp(
                streamable_http_client(f"{self.gateway.base}/mcp", http_client=http),
                mode=mode,
            ) as mcp,
        ):
            yield mcp


async def prepare_picture(mcp: Mcp, prompt: str) -> dict[str, object]:
    """Prepare a picture of $0.02; return what executes it without a wait."""
    plan = read_structured_answer(await mcp.call_tool("image_generate_prepare", {"prompt": prompt}))
    return {"planId": plan["planId"], "planHash": plan["planHash"], "waitSeconds": 0}


def read_token_status(gateway: Gateway, token: str) -> int:
    """Return the status with which a gateway's MCP server answers a token."""
    with gateway.client(token) as http:
        return http.post("/mcp", json={}).status_code


def revoke_grant(client: Client, token: str) -> None:
    """Revoke a grant among the keys, by how its tokens begin."""
    prefix = {"keyPrefix": token[: len("kt_oat_") + 8]}
    answer = client.http.post(f"{KEYS}/revoke", json=prefix)
    assert answer.status_code == 200, answer.text


@pytest.mark.promise("identity: oauth-sdk")
@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_client_registers_is_allowed_works_within_its_limits_and_is_ended(
    gateway: Gateway, page: httpx2.Client, client: Client, mode: str
) -> None:
    connection = SdkConnection(gateway, page)
    connection.choices = {"autoApproveUsd": "0.02", "dailyLimitUsd": "0.03"}
    async with connection.open(mode) as mcp:
        first, second = [
            await prepare_picture(mcp, prompt) for prompt in ("a red fox", "a blue fox")
        ]
        assert len(read_structured_answer(await mcp.call_tool("plan_execute", first))["jobs"]) == 1
        refused = read_tool_error(await mcp.call_tool("plan_execute", second))
        assert refused["code"] == "key_limit_exceeded"

        before = connection.kept_tokens.access_token
        connection.provider.context.token_expiry_time = 1
        assert "balanceUsd" in read_structured_answer(await mcp.call_tool("account_balance", {}))
        assert connection.kept_tokens.access_token != before
        assert connection.consent_count == 1
    assert read_token_status(gateway, connection.kept_tokens.access_token) != 401
    revoke_grant(client, connection.kept_tokens.access_token)
    assert read_token_status(gateway, connection.kept_tokens.access_token) == 401


async def test_an_app_asks_a_person_above_what_was_given_and_stops_when_it_is_ended(
    program: App, page: httpx2.Client, client: Client
) -> None:
    gateway, token = program.gateway, program.connect(page)["access_token"]
    async with open_mcp_client(gateway, token) as mcp:
        plan = await prepare_picture(mcp, "a red fox")
        refused = read_tool_error(await mcp.call_tool("plan_execute", plan))
        where = f"/plans/{plan['planId']}"
        assert (refused["code"], refused["approvalUrl"]) == (
            "approval_required",
            f"{gateway.base}{where}",
        )
        asker = await asyncio.to_thread(page.get, where)
        assert "the connected app “A test app”" in asker.text
        revoke_grant(client, token)
        with pytest.raises(MCPError):
            await mcp.call_tool("account_balance", {})


async def test_an_app_sees_and_calls_only_the_tools_that_it_was_given(
    program: App, page: httpx2.Client
) -> None:
    choices = {"readOnly": "on", "scope.studio": None, "toolset.account": None}
    token = program.connect(page, **choices)["access_token"]
    async with open_mcp_client(program.gateway, token) as mcp:
        tools = (await mcp.list_tools()).tools
        assert "media_jobs_list" in {tool.name for tool in tools}
        assert all(tool.annotations and tool.annotations.read_only_hint for tool in tools)
        assert not [tool.name for tool in tools if tool.name.startswith(("account_", "studio_"))]
        for name in ("account_balance", "plan_execute", "media_job_cancel"):
            assert read_tool_error(await mcp.call_tool(name, {}))["code"] == "tool_not_available"


@pytest.mark.promise("identity: oauth-sdk")
async def test_a_client_that_describes_itself_needs_no_registration_and_picks_its_port(
    tmp_path: Path,
) -> None:
    pem = write_certificate(tmp_path, "127.0.0.1")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    async with serve_site(answer_plainly(), server) as served:
        url = f"https://127.0.0.1:{served.port}/client.json"
        described = {
            "client_id": url,
            "client_name": "Me",
            "redirect_uris": ["http://127.0.0.1/callback"],
        }
        served.answer = answer_plainly(body=json.dumps(described).encode())
        settings = {"KT_FETCH_ALLOW": f"127.0.0.1:{served.port}", "SSL_CERT_FILE": str(pem)}
        with (
            serve_gateway(tmp_path / "data", **settings) as gateway,
            gateway.account() as owner,
            gateway.browser(owner.account_id) as browser,
        ):
            connection = SdkConnection(gateway, browser, url)
            async with connection.open() as mcp:
                assert "balanceUsd" in read_structured_answer(
                    await mcp.call_tool("account_balance", {})
                )
            (grant,) = [key for key in owner.http.get(KEYS).json()["data"] if key["app"]]
            assert (grant["label"], grant["app"]["clientId"]) == ("Me", url)
            assert len(served.requests) == 1


@pytest.mark.promise("identity: oauth-sdk")
async def test_an_app_that_is_ended_in_one_process_is_refused_by_the_others(
    two_gateways: list[Gateway],
) -> None:
    first, second = two_gateways
    with (
        first.account() as owner,
        first.browser(owner.account_id) as browser,
        open_app(first) as there,
    ):
        token = there.connect(browser)["access_token"]
        assert read_token_status(second, token) != 401
        revoke_grant(owner, token)
        assert read_token_status(second, token) == 401
