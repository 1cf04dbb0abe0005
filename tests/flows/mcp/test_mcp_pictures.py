"""Pictures that tools answer with, as the models of hosts get to see them."""

import base64
import io
import random

import pytest
from mcp import types
from PIL import Image

from tests.gateway import Client, Gateway, picture_input
from tests.mcp_clients import open_mcp_client, read_structured_answer

pytestmark = pytest.mark.anyio
UPLOAD = "/api/v1/studio/assets/upload"


def make_noise_png() -> bytes:
    """Return a picture that no JPEG makes small."""
    stream, pixels = io.BytesIO(), random.Random(1).randbytes(512 * 512 * 3)  # noqa: S311 - no secret
    Image.frombytes("RGB", (512, 512), pixels).save(stream, "PNG")
    return stream.getvalue()


async def test_a_preview_is_a_picture_however_large(gateway: Gateway, client: Client) -> None:
    project = client.http.post("/api/v1/studio/projects", json={"name": "Noise"}).json()
    query = {"projectId": project["projectId"], "filename": "noise.png"}
    asset = client.http.post(UPLOAD, params=query, content=make_noise_png()).json()
    async with open_mcp_client(gateway, client.key) as mcp:
        seen = await mcp.call_tool("media_preview", {"ref": f"asset://{asset['assetId']}"})
    assert isinstance(seen, types.CallToolResult)
    assert seen.structured_content is None, "hosts that pass on only this drop the picture"
    text, image = seen.content
    assert isinstance(text, types.TextContent)
    assert isinstance(image, types.ImageContent)
    assert 100_000 < len(base64.b64decode(image.data)) <= 150_000


@pytest.mark.parametrize("tool", ["plan_execute", "media_job_get"])
async def test_an_answer_names_the_preview_for_hosts_that_drop_its_picture(
    tool: str, gateway: Gateway, client: Client
) -> None:
    async with open_mcp_client(gateway, client.key) as mcp:
        plan = read_structured_answer(
            await mcp.call_tool("image_generate_prepare", picture_input())
        )
        given = {name: plan[name] for name in ("planId", "planHash")}
        done = read_structured_answer(
            await mcp.call_tool("plan_execute", given | {"waitSeconds": 50})
        )
        (job,) = done["jobs"]
        if tool == "media_job_get":
            done = read_structured_answer(await mcp.call_tool(tool, {"jobId": job["jobId"]}))
    assert done["next"].endswith(f"media_preview shows job://{job['jobId']}/0.")
