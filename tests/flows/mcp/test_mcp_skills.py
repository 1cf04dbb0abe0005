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
from tests.mcp_clients import open_mcp_client
from tests.mcp_tasks import AnyResult

pytestmark = pytest.mark.anyio
ROOT = "skill://killatamata/"


class SkillRequestParams(types.RequestParams):
    """The parameters of a request about skills; a list names none."""

    uri: str | None = None


async def call_skills(mcp: Mcp, verb: str, uri: str | None = None) -> dict[str, Any]:
    request = types.Request[SkillRequestParams, str](
        method=f"skills/{verb}", params=SkillRequestParams(uri=uri)
    )
    answer = await mcp.session.send_request(request, AnyResult)
    return answer.model_dump(by_alias=True, exclude_none=True)


def read_contents(contents: types.TextResourceContents | types.BlobResourceContents) -> bytes:
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
    async with open_mcp_client(gateway, client.key, transport) as mcp:
        (skill,) = (await call_skills(mcp, "list"))["skills"]
        assert (await call_skills(mcp, "get", skill["uri"]))["skill"] == skill
        told = {each["uri"]: (each["digest"], each["size"]) for each in skill["resources"]}
        read = {uri: read_contents((await mcp.read_resource(uri)).contents[0]) for uri in told}
        listed = {each.uri: each for each in (await mcp.list_resources()).resources}
        with pytest.raises(MCPError) as refused:
            await call_skills(mcp, "get", ROOT)
    assert refused.value.code == -32602
    assert read == files
    assert told == {
        uri: (f"sha256:{hashlib.sha256(data).hexdigest()}", len(data))
        for uri, data in files.items()
    }
    assert skill["uri"] == f"{ROOT}SKILL.md"
    assert skill["frontmatter"]["name"] == listed[skill["uri"]].name == "killatamata"
    assert skill["frontmatter"]["description"] == listed[skill["uri"]].description
