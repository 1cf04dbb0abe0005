"""The bundle for desktop programs, judged by the tool of its makers, and its bridge in use.

`KT_TEST_SLOW=1 ./test tests/slow -k desktop` needs npm; without it, it is skipped.
"""

import io
import json
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mcp import types
from mcp.client import Client as SdkClient
from mcp.client.context import ClientRequestContext
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.shared.exceptions import MCPError

from tests.gateway import Client, Gateway, picture_input, serve_gateway
from tests.installing import NODE, ROOT, install_from_npm
from tests.mcp_clients import read_structured_answer
from tests.processes import BASE_ENVIRONMENT

pytestmark = [pytest.mark.slow, pytest.mark.anyio]
FOLDER = ROOT / ".tools" / "mcpb"
PACKAGES = {"node": "22.23.3", "@anthropic-ai/mcpb": "2.1.2"}
MODES = pytest.mark.parametrize("mode", ["auto", "legacy"])


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    install_from_npm(FOLDER, PACKAGES)
    with serve_gateway(tmp_path_factory.mktemp("bundle") / "data") as one:
        yield one


@pytest.fixture
def client(gateway: Gateway) -> Iterator[Client]:
    with gateway.account() as account:
        yield account


@pytest.fixture(scope="module")
def bundle(gateway: Gateway, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle of the gateway, unpacked."""
    folder = tmp_path_factory.mktemp("unpacked")
    with gateway.client() as http:
        data = http.get("/plugins/killatamata.mcpb").content
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        archive.extractall(folder)
    return folder


def run_mcpb(*words: str) -> str:
    script = FOLDER / "node_modules/@anthropic-ai/mcpb/dist/cli/cli.js"
    ran = subprocess.run(
        [str(FOLDER / NODE), str(script), *words],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout + ran.stderr


def build_server(bundle: Path, key: str, **chosen: str) -> StdioServerParameters:
    """Build what a desktop program starts, with the values that its person has entered."""
    manifest = json.loads((bundle / "manifest.json").read_text())
    values = {name: each.get("default") for name, each in manifest["user_config"].items()}
    values |= {"api_key": key, **chosen}
    texts = {name: str(v).lower() if isinstance(v, bool) else str(v) for name, v in values.items()}
    configuration = manifest["server"]["mcp_config"]

    def fill(text: str) -> str:
        for name, value in {f"user_config.{name}": v for name, v in texts.items()}.items():
            text = text.replace(f"${{{name}}}", value)
        return text.replace("${__dirname}", str(bundle))

    environment = {name: fill(value) for name, value in configuration["env"].items()}
    words = [fill(word) for word in configuration["args"]]
    return StdioServerParameters(
        command=str(FOLDER / NODE), args=words, env=BASE_ENVIRONMENT | environment
    )


@pytest.mark.promise("mcp: desktop")
def test_the_tool_of_its_makers_takes_the_bundle(bundle: Path, tmp_path: Path) -> None:
    run_mcpb("validate", str(bundle / "manifest.json"))
    packed = tmp_path / "killatamata.mcpb"
    run_mcpb("pack", str(bundle), str(packed))
    assert "killatamata" in run_mcpb("info", str(packed))


@MODES
@pytest.mark.promise("mcp: desktop")
async def test_a_picture_is_made_after_a_yes_and_tools_can_be_chosen(
    client: Client, bundle: Path, mode: str
) -> None:
    policy = {"autoApproveUsd": "0", "confirmUpToUsd": "1"}
    body = {"label": "desktop", "scopes": ["media"], "spendPolicy": policy}
    key = client.http.post("/api/v1/keys", json=body).json()["apiKey"]

    async def confirm(
        context: ClientRequestContext, params: types.ElicitRequestParams
    ) -> types.ElicitResult:
        return types.ElicitResult(action="accept", content={"approve": True})

    server = stdio_client(build_server(bundle, key))
    async with SdkClient(server, mode=mode, elicitation_callback=confirm) as mcp:
        prepared = await mcp.call_tool("image_generate_prepare", picture_input(prompt="Füchsin"))
        plan = read_structured_answer(prepared)
        named: dict[str, Any] = {name: plan[name] for name in ("planId", "planHash")}
        done = read_structured_answer(await mcp.call_tool("plan_execute", named))
        assert done["jobs"][0]["status"] == "succeeded"
        await mcp.read_resource(f"killatamata://plans/{plan['planId']}")
    few = build_server(bundle, key, toolsets="core", read_only="true")
    async with SdkClient(stdio_client(few), mode=mode) as mcp:
        listed = (await mcp.list_tools()).tools
        assert 0 < len(listed) < 12
        assert all(tool.annotations and tool.annotations.read_only_hint for tool in listed)


@MODES
async def test_a_wrong_key_and_a_gateway_that_is_away_are_said(
    client: Client, bundle: Path, mode: str
) -> None:
    refused = build_server(bundle, "kt_test_wrong")
    assert "refuses this API key" in await read_refusal(refused, mode)
    away = build_server(bundle, client.key, gateway="http://127.0.0.1:9")
    assert "http://127.0.0.1:9 cannot be reached" in await read_refusal(away, mode)


async def read_refusal(server: StdioServerParameters, mode: Any) -> str:  # noqa: ANN401 - a word
    try:
        async with SdkClient(stdio_client(server), mode=mode) as mcp:
            await mcp.list_tools()
    except* MCPError as errors:
        found: BaseException = errors
        while isinstance(found, BaseExceptionGroup):
            found = found.exceptions[0]
        refusal = str(found)
    return refusal
