"""The price of a film in a model's context: all results from the storyboard to the file."""

import json
from pathlib import Path
from typing import Any

import pytest
from mcp import types
from mcp.client import Client as SdkClient

from tests.gateway import Client, Gateway
from tests.mcp_clients import open_mcp_client, read_structured_answer

pytestmark = pytest.mark.anyio
PAGE = Path(__file__).resolve().parents[3] / "docs" / "mcp.md"
SHOT_COUNT = 8
MAX_FILM_TOKENS, BYTES_PER_TOKEN = 3_000, 3  # no tokenizer needs as many tokens for JSON
SMALL = {"width": 256, "height": 256, "fps": 24, "durationFrames": 9}
PROMPT = (
    "A grey fox in a worn suit walks along a corridor of red light, the camera a step behind, dust "
    "in the air, a low hum, and then the hiss of a door that opens."
)


class Reader:
    """A model that reads each result in one of two ways, and counts the bytes of both.

    Some hosts give it only the structured content; others the text and the links. How often it is
    told that the film still runs is the affair of the host, so that is not counted.
    """

    def __init__(self, mcp: SdkClient) -> None:
        self._mcp = mcp
        self.plan: dict[str, Any] = {}
        self.structured_bytes = self.text_bytes = self.links = 0

    async def call(self, tool: str, **arguments: object) -> dict[str, Any]:
        result = await self._mcp.call_tool(tool, arguments)
        answer = read_structured_answer(result)
        self.plan = answer if "planHash" in answer else self.plan
        if tool == "plan_get" and answer["outcome"] == "running":
            return answer
        self.structured_bytes += count_bytes(answer)
        for part in result.content:
            if isinstance(part, types.TextContent):
                self.text_bytes += len(part.text.encode())
            elif isinstance(part, types.ResourceLink):
                self.links += 1
                self.text_bytes += count_bytes(part.model_dump(by_alias=True, exclude_none=True))
        return answer


def count_bytes(value: object) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def build_film() -> dict[str, Any]:
    shots = [
        {"id": f"shot_{number}", "prompt": PROMPT, "camera": "Slow push in."}
        for number in range(1, SHOT_COUNT + 1)
    ]
    scene = {"id": "scene_1", "heading": "INT. SHIP - NIGHT", "shots": shots}
    return {"title": "The hatch", "defaults": SMALL, "scenes": [scene]}


def load_program() -> Any:  # noqa: ANN401 - a function of the page
    """Return the function that the page shows."""
    text = PAGE.read_text()
    program = text[text.index("async def make_film") :].partition("```")[0]
    names: dict[str, Any] = {}
    exec(program, names)  # noqa: S102 - our own page
    return names["make_film"]


@pytest.mark.promise("mcp: film-is-cheap")
async def test_a_film_of_eight_shots_costs_a_model_3000_tokens_of_results(
    gateway: Gateway, client: Client
) -> None:
    async with open_mcp_client(gateway, client.key) as mcp:
        reader = Reader(mcp)
        project = (await reader.call("studio_project_create", name="Fox"))["projectId"]
        url = await load_program()(reader.call, project, build_film())
        plan = read_structured_answer(
            await mcp.call_tool("plan_get", {"planId": reader.plan["planId"]})
        )
        # The shots are there by reference, without a link of their own.
        chosen = {name: plan[name] for name in ("planId", "planHash")}
        (film,) = read_structured_answer(await mcp.call_tool("plan_execute", chosen))["jobs"]
        seen = await mcp.call_tool("media_preview", {"ref": f"job://{plan['steps'][0]['jobId']}/0"})
    assert len(plan["steps"]) == SHOT_COUNT + 1
    assert (film["jobId"], film["jobId"] in url) == (plan["steps"][-1]["jobId"], True)
    assert [part.type for part in seen.content] == ["text", "image"]
    assert reader.links <= 2  # the film alone, when it ends and when it is read
    assert reader.structured_bytes <= MAX_FILM_TOKENS * BYTES_PER_TOKEN
    assert reader.text_bytes <= MAX_FILM_TOKENS * BYTES_PER_TOKEN
