"""An agent with nothing but tools learns to write their documents, by the second try."""

import json
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from mcp import types
from mcp.client import Client as Mcp

from tests.gateway import Client, Gateway
from tests.mcp_clients import open_mcp_client, read_structured_answer, read_tool_error

pytestmark = pytest.mark.anyio
FORMAT = "killatamata://storyboard-format"
STEP = {"content": "a", "title": "b"}
SMALL = {"width": 256, "height": 256, "durationSeconds": 0.4}
# What models write of their own accord, after the words of the prompt or of another product.
WRONG: dict[str, Any] = {
    "a text": "A fox opens a hatch.",
    "shots without scenes": {"title": "Fox", "shots": [{"id": "shot_1", "prompt": "a fox"}]},
    "other names": {
        "title": "Fox",
        "scenes": [{"id": "Scene 1", "title": "Den", "shots": [{"duration": 5, "camera": {}}]}],
    },
    "lists of texts": {"title": "Fox", "characters": ["fox"], "scenes": ["the den"]},
    "words for one": {
        "title": "Fox",
        "scenes": [{"id": "s1", "shots": [{"id": "a", "dialogue": "Now!", "movement": "push in"}]}],
    },
}


def find_first_object(text: str) -> dict[str, Any]:
    """Return the first JSON object in a text."""
    found: dict[str, Any]
    found, _ = json.JSONDecoder().raw_decode(text, text.index("{"))
    return found


def list_shots(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [shot for scene in document["scenes"] for shot in scene["shots"]]


async def read_json_resource(mcp: Mcp, uri: str) -> dict[str, Any]:
    (contents,) = (await mcp.read_resource(uri)).contents
    assert isinstance(contents, types.TextResourceContents)
    found: dict[str, Any] = json.loads(contents.text)
    return found


async def read_document(mcp: Mcp, board: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
    asked = {"assetId": board["assetId"], "version": 1}
    read = await mcp.call_tool("studio_storyboard_get", asked)
    return read_structured_answer(read)["document"]


async def create_project(mcp: Mcp) -> str:
    made = read_structured_answer(await mcp.call_tool("studio_project_create", {"name": "Fox"}))
    return str(made["projectId"])


async def write_storyboard(mcp: Mcp, project_id: str, document: object) -> Any:  # noqa: ANN401 - the SDK's
    given = {"projectId": project_id, "name": "Fox", "document": document}
    return await mcp.call_tool("studio_storyboard_create", given)


async def price_rendering(mcp: Mcp, board: dict[str, Any]) -> dict[str, Any]:
    asked = {"assetId": board["assetId"]}
    return read_structured_answer(await mcp.call_tool("studio_storyboard_render_prepare", asked))


@pytest.mark.promise("mcp: formats-are-learnt")
async def test_a_film_by_the_words_of_the_prompt_is_made_at_the_first_try(
    gateway: Gateway, client: Client
) -> None:
    async with open_mcp_client(gateway, client.key) as mcp:
        prompt = await mcp.get_prompt("film_from_idea", {"idea": "A fox leaves.", "shots": "2"})
        (message,) = prompt.messages
        assert isinstance(message.content, types.TextContent)
        words, document = message.content.text, find_first_object(message.content.text)
        for word in ("studio_storyboard_create", "shot_1", "durationSeconds", "camera", "prompt"):
            assert word in words
        project_id = await create_project(mcp)
        board = read_structured_answer(await write_storyboard(mcp, project_id, document))
        assert len((await price_rendering(mcp, board))["steps"]) == 3
        shots = [
            {"id": f"shot_{n}", "camera": "Slow push in.", "prompt": "A fox.", "durationSeconds": 5}
            for n in (1, 2)
        ]
        asked = {"title": "Fox", "scenes": [{"id": "scene_1", "shots": [s | SMALL for s in shots]}]}
        plan = await price_rendering(
            mcp, read_structured_answer(await write_storyboard(mcp, project_id, asked))
        )
        execute = {"planId": plan["planId"], "planHash": plan["planHash"], "waitSeconds": 50}
        done = read_structured_answer(await mcp.call_tool("plan_execute", execute))
    assert (done["outcome"], done["chargedUsd"]) == ("succeeded", plan["totalUsd"])
    film = client.get_job(done["steps"][-1]["jobId"])
    assert film["outputs"][0]["frames"] == 18


@pytest.mark.promise("mcp: formats-are-learnt")
async def test_seconds_and_camera_reach_the_clip_and_their_rounding_is_told(
    gateway: Gateway, client: Client
) -> None:
    first = {"id": "shot_1", "camera": "Slow push in.", "prompt": "A fox", "durationSeconds": 5.1}
    then = {"id": "shot_2", "prompt": "It goes on.", "continuity": {"fromShotId": "shot_1"}}
    document = {
        "title": "Fox",
        "defaults": {"width": 256, "height": 256, "durationSeconds": 0.5},
        "scenes": [{"id": "scene_1", "shots": [first, then]}],
    }
    async with open_mcp_client(gateway, client.key) as mcp:
        plan = await price_rendering(
            mcp,
            read_structured_answer(
                await write_storyboard(mcp, await create_project(mcp), document)
            ),
        )
        whole = await read_json_resource(mcp, f"killatamata://plans/{plan['planId']}")
    clip, tail, _film = whole["steps"]
    assert clip["input"]["prompt"] == "A fox. Slow push in."
    lengths = [
        {each["field"]: (each["requested"], each["effective"]) for each in step["inputAdjustments"]}
        for step in (clip, tail)
    ]
    assert lengths == [{"durationSeconds": (5.1, 5)}, {"extendSeconds": (0.5, 0.666667)}]
    assert [step["inputAdjustments"] for step in plan["steps"][:2]] == [
        clip["inputAdjustments"],
        tail["inputAdjustments"],
    ]


@pytest.mark.promise("mcp: formats-are-learnt")
async def test_a_refused_storyboard_is_told_how_and_the_second_try_is_taken(
    gateway: Gateway, client: Client
) -> None:
    async with open_mcp_client(gateway, client.key) as mcp:
        project_id = await create_project(mcp)
        for document in WRONG.values():
            refused = read_tool_error(await write_storyboard(mcp, project_id, document))
            assert refused["hint"].endswith(f"`example` is a valid one. The whole format: {FORMAT}")
            board = read_structured_answer(
                await write_storyboard(mcp, project_id, refused["example"])
            )
        edits = [{"op": "patchShot", "shotId": "shot_1", "fields": {"length": 5}}]
        asked = {"assetId": board["assetId"], "operations": edits, "ifMatch": board["etag"]}
        refused = read_tool_error(await mcp.call_tool("studio_storyboard_update", asked))
        assert "`durationSeconds`" in refused["hint"]
        given = {"projectId": project_id, "text": "# The fox", "format": "markdown"}
        refused = read_tool_error(await mcp.call_tool("studio_storyboard_import", given))
        assert refused["hint"].endswith(FORMAT)
        given |= {"text": refused["example"]}
        taken = read_structured_answer(await mcp.call_tool("studio_storyboard_import", given))
        written = await read_document(mcp, board)
    assert taken["warnings"] == []
    assert taken["document"] == written


async def test_an_id_that_is_none_is_told_its_pattern(gateway: Gateway, client: Client) -> None:
    document = {"title": "Fox", "scenes": [{"id": "Scene 1", "shots": [{"id": "shot_1"}]}]}
    async with open_mcp_client(gateway, client.key) as mcp:
        hint = read_tool_error(await write_storyboard(mcp, await create_project(mcp), document))[
            "hint"
        ]
    assert "^[a-z0-9][a-z0-9_-]{0,31}$, for example `scene_1`" in hint


@pytest.mark.promise("mcp: formats-are-learnt")
@pytest.mark.parametrize("transport", ["http", "stdio of 2025"])
async def test_the_format_of_a_storyboard_is_a_resource_whose_example_is_valid_and_priced(
    transport: str, gateway: Gateway, client: Client
) -> None:
    async with open_mcp_client(gateway, client.key, transport) as mcp:
        assert FORMAT in {each.uri for each in (await mcp.list_resources()).resources}
        found = await read_json_resource(mcp, FORMAT)
        jsonschema.validate(found["example"], found["schema"])
        tools = {each.name: each for each in (await mcp.list_tools()).tools}
        assert FORMAT in (tools["studio_storyboard_create"].description or "")
        project_id = await create_project(mcp)
        board = read_structured_answer(await write_storyboard(mcp, project_id, found["example"]))
        assert float((await price_rendering(mcp, board))["totalUsd"]) > 0
        edits = await read_json_resource(mcp, found["operations"])
        put = {"op": "putShot", "sceneId": "scene_1", "shot": {"id": "shot_3", "action": "Dust."}}
        jsonschema.validate({"assetId": board["assetId"], "operations": [put]}, edits)
        asked = {"assetId": board["assetId"], "operations": [put], "ifMatch": board["etag"]}
        read_structured_answer(await mcp.call_tool("studio_storyboard_update", asked))
        given = {"projectId": project_id, "text": found["exampleAsMarkdown"]}
        text = read_structured_answer(await mcp.call_tool("studio_storyboard_import", given))
        written = await read_document(mcp, board)
    assert text["document"] == written


@pytest.mark.promise("mcp: formats-are-learnt")
async def test_every_other_document_has_its_whole_schema_as_a_resource(
    gateway: Gateway, client: Client
) -> None:
    wrong: dict[str, dict[str, Any]] = {
        "key_create": {"label": "a", "scopes": ["media"], "spendPolicy": {"daily": "1.00"}},
        "plan_prepare": {"steps": [{"operation": "studio.text.save", "input": STEP}]},
        "studio_settings_update": {"defaults": {"video": {"seconds": 5}}},
    }
    async with open_mcp_client(gateway, client.key, "http", "X-MCP-Toolsets:all") as mcp:
        for name, given in wrong.items():
            refused = read_tool_error(await mcp.call_tool(name, given))
            assert (refused["code"], "Known fields" in refused["hint"]) == ("invalid_input", True)
            uri = f"killatamata://tools/{name}"
            assert refused["hint"].endswith(uri)
            schema = await read_json_resource(mcp, uri)
            jsonschema.Draft202012Validator.check_schema(schema)
            with pytest.raises(jsonschema.ValidationError):
                jsonschema.validate(_without_untyped(name, given), schema)


def _without_untyped(name: str, given: dict[str, Any]) -> dict[str, Any]:
    """Return a wrong request; the input of a step is typed by its task alone."""
    return {"steps": [{"operation": "image.generate"}]} if name == "plan_prepare" else given
