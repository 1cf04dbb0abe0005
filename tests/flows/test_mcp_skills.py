"""Skills: the Agent Skill over MCP is the archive that everybody installs, file by file."""

import base64
import hashlib
import io
import zipfile
from typing import Any

import pytest
from mcp import MCPError, types
from mcp.client import Client as Mcp

from tests.gateway import Client, Gateway
from tests.mcp_clients import connected
from tests.mcp_tasks import Anything

pytestmark = pytest.mark.anyio
ROOT = "skill://killatamata/"


class Which(types.RequestParams):
    """The parameters of a request about skills; a list names none."""

    uri: str | None = None


async def skills(mcp: Mcp, what: str, uri: str | None = None) -> dict[str, Any]:
    request = types.Request[Which, str](method=f"skills/{what}", params=Which(uri=uri))
    answer = await mcp.session.send_request(request, Anything)
    return answer.model_dump(by_alias=True, exclude_none=True)


def body(contents: types.TextResourceContents | types.BlobResourceContents) -> bytes:
    if isinstance(contents, types.BlobResourceContents):
        return base64.b64decode(contents.blob)
    return contents.text.encode()


@pytest.mark.promise("mcp: one-skill")
@pytest.mark.parametrize("transport", ["http", "stdio of 2025"])
async def test_the_skill_is_the_archive_that_everybody_installs(
    transport: str, gateway: Gateway, client: Client
) -> None:
    archive = client.http.get("/skills/killatamata.zip").content
    with zipfile.ZipFile(io.BytesIO(archive)) as bundle:
        files = {ROOT + name: bundle.read(name) for name in bundle.namelist()}
    async with connected(gateway, client.key, transport) as mcp:
        (skill,) = (await skills(mcp, "list"))["skills"]
        assert (await skills(mcp, "get", skill["uri"]))["skill"] == skill
        told = {each["uri"]: (each["digest"], each["size"]) for each in skill["resources"]}
        read = {uri: body((await mcp.read_resource(uri)).contents[0]) for uri in told}
        listed = {each.uri: each for each in (await mcp.list_resources()).resources}
        with pytest.raises(MCPError) as refused:
            await skills(mcp, "get", ROOT)
    assert refused.value.code == -32602
    assert read == files
    assert told == {
        uri: (f"sha256:{hashlib.sha256(data).hexdigest()}", len(data))
        for uri, data in files.items()
    }
    assert skill["uri"] == f"{ROOT}SKILL.md"
    assert skill["frontmatter"]["name"] == listed[skill["uri"]].name == "killatamata"
    assert skill["frontmatter"]["description"] == listed[skill["uri"]].description
