"""The wire of Gemini CLI: generateContent, whole and as a stream."""

import json
from typing import Any

from tests.fakes.models.script import Asked, ScriptedModel, Told, Turn, unprefixed

PREFIX = "mcp_killatamata_"


def answer(model: ScriptedModel, body: dict[str, Any]) -> dict[str, Any]:
    """Return the model's answer to a request; one without our tools is the host's own."""
    request = read(body)
    turn = model.answer(request) if request.tools else Turn(0, words="{}")
    part: dict[str, Any] = {"text": turn.words}
    if turn.call is not None:
        name = PREFIX + turn.call.tool
        part = {"functionCall": {"id": turn.call_id, "name": name, "args": turn.call.arguments}}
    content = {"role": "model", "parts": [part]}
    counts = {"promptTokenCount": 9, "candidatesTokenCount": 9, "totalTokenCount": 18}
    return {
        "candidates": [{"content": content, "finishReason": "STOP", "index": 0}],
        "usageMetadata": counts,
    }


def read(body: dict[str, Any]) -> Asked:
    """Read the tools and tool results of a request."""
    tools = {
        tool["name"]: tool
        for group in body.get("tools", ())
        for tool in group.get("functionDeclarations", ())
    }
    results = {}
    for content in body["contents"]:
        parts = content["parts"]
        for place, part in enumerate(parts):
            if "functionResponse" in part:
                results[part["functionResponse"]["id"]] = _told(part, parts[place + 1 :])
    return Asked(unprefixed(PREFIX, tools), results, None, len(json.dumps(body)))


def _told(part: dict[str, Any], after: list[dict[str, Any]]) -> Told:
    """Read the result of a call; older models get its pictures in the parts after it."""
    response = part["functionResponse"]
    beside = [*response.get("parts", ()), *after]
    result = response["response"]
    return Told(
        text="\n".join(
            [result.get("output") or result.get("error") or json.dumps(result)]
            + [each["text"] for each in beside if "text" in each]
        ),
        pictures=sum("inlineData" in each for each in beside),
        total_bytes=len(json.dumps(part)) + len(json.dumps(after)),
    )
