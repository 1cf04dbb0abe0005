"""A film of three shots, made by a client that knows nothing but the tools."""

import json
from typing import Any

import pytest
from mcp import types

from tests.gateway import Client, Gateway
from tests.mcp_clients import open_mcp_client, read_structured_answer, read_tool_error

pytestmark = pytest.mark.anyio
SHOTS = ("a fox wakes", "the fox boards a rocket", "the rocket leaves")


def film_steps() -> list[dict[str, Any]]:
    small = {"width": 256, "height": 256, "durationFrames": 9}
    shots = [
        {"key": f"shot{n}", "operation": "video.generate", "input": {"prompt": words, **small}}
        for n, words in enumerate(SHOTS, 1)
    ]
    clips = [f"step://{shot['key']}/0" for shot in shots]
    return [*shots, {"operation": "video.combine", "input": {"videoUrls": clips}}]


@pytest.mark.promise("mcp: three-shots")
async def test_three_shots_are_prepared_run_and_joined(gateway: Gateway, client: Client) -> None:
    async with open_mcp_client(gateway, client.key) as mcp:
        plan = read_structured_answer(
            await mcp.call_tool("plan_prepare", {"steps": film_steps(), "title": "The fox"})
        )
        result = await mcp.call_tool(
            "plan_execute",
            {"planId": plan["planId"], "planHash": plan["planHash"], "waitSeconds": 50},
        )
        done = read_structured_answer(result)
        for _ in range(4):
            if done["outcome"] != "running":
                break
            asked = {"planId": plan["planId"], "waitSeconds": 50}
            done = read_structured_answer(await mcp.call_tool("plan_get", asked))
        assert done["outcome"] == "succeeded"
        assert done["chargedUsd"] == plan["totalUsd"]
        joined = done["steps"][-1]["jobId"]
        job = await mcp.call_tool("media_job_get", {"jobId": joined, "includeDetails": True})
        (link,) = [part for part in job.content if isinstance(part, types.ResourceLink)]
        assert (link.uri, link.mime_type) == (f"killatamata://jobs/{joined}/outputs/0", "video/mp4")
        assert link.size == read_structured_answer(job)["outputs"][0]["bytes"]
        assert read_structured_answer(job)["upstream"]["engine"] == "sandbox"
        assert [each["charged"] for each in read_structured_answer(job)["attempts"]] == [True]
        (read,) = (await mcp.read_resource(link.uri)).contents
        assert isinstance(read, types.TextResourceContents)
        assert json.loads(read.text)["bytes"] == link.size
        seen = await mcp.call_tool("media_preview", {"ref": f"job://{joined}/0", "frames": 4})
    assert [part.type for part in seen.content] == ["text", "image"]


async def test_a_storyboard_is_written_rendered_and_read_by_tools_alone(
    gateway: Gateway, client: Client
) -> None:
    async with open_mcp_client(gateway, client.key) as mcp:
        project = read_structured_answer(
            await mcp.call_tool("studio_project_create", {"name": "Fox"})
        )["projectId"]
        given = {"projectId": project, "name": "The fox"}
        board = read_structured_answer(await mcp.call_tool("studio_storyboard_create", given))
        shot = {"id": "s1", "action": "A fox wakes", "prompt": "a fox wakes"}
        edits = [{"op": "putScene", "scene": {"id": "one", "heading": "EXT. DEN", "shots": [shot]}}]
        asked = {"assetId": board["assetId"], "operations": edits, "ifMatch": board["etag"]}
        saved = read_structured_answer(await mcp.call_tool("studio_storyboard_update", asked))
        assert saved["etag"] != board["etag"]
        late = read_tool_error(await mcp.call_tool("studio_storyboard_update", asked))
        assert (late["code"], late["currentEtag"]) == ("version_conflict", saved["etag"])
        read = read_structured_answer(
            await mcp.call_tool("studio_storyboard_get", {"assetId": board["assetId"]})
        )
        assert read["document"]["scenes"][0]["shots"][0]["id"] == "s1"
        text = read_structured_answer(
            await mcp.call_tool("studio_storyboard_export", {"assetId": board["assetId"]})
        )
        assert "a fox wakes" in text["markdown"]
        rendering = {"assetId": board["assetId"], "mode": "missing"}
        plan = read_structured_answer(
            await mcp.call_tool("studio_storyboard_render_prepare", rendering)
        )
        assert [step["operation"] for step in plan["steps"]] == ["video.generate"]
        gone = read_structured_answer(
            await mcp.call_tool("plan_reject", {"planId": plan["planId"]})
        )
    assert gone["state"] == "rejected"
    assert client.get_balance()["availableUsd"] == "5.00"
