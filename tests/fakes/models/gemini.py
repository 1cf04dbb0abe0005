"""The wire of Gemini CLI: generateContent, whole and as a stream."""

import json
from typing import Any

from tests.fakes.models.script import (
    HostRequest,
    ModelTurn,
    ScriptedModel,
    ToolResult,
    strip_prefix,
)

PREFIX = "mcp_killatamata_"


def render_answer(model: ScriptedModel, body: dict[str, Any]) -> dict[str, Any]:
    """Return the model's answer to a request; one without our tools is the host's own."""
    request = read_request(body)
    turn = model.answer_request(request) if request.tools else ModelTurn(0, words="{}")
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


def read_request(body: dict[str, Any]) -> HostRequest:
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
                results[part["functionResponse"]["id"]] = _read_result(part, parts[place + 1 :])
    return HostRequest(strip_prefix(PREFIX, tools), results, None, len(json.dumps(body)))


def _read_result(part: dict[str, Any], after: list[dict[str, Any]]) -> ToolResult:
    """Read the result of a call; older models get its pictures in the parts after it."""
    response = part["functionResponse"]
    beside = [*response.get("parts", ()), *after]
    result = response["response"]
    return ToolResult(
        text="\n".join(
            [result.get("output") or result.get("error") or json.dumps(result)]
            + [each["text"] for each in beside if "text" in each]
        ),
        pictures=sum("inlineData" in each for each in beside),
        total_bytes=len(json.dumps(part)) + len(json.dumps(after)),
    )
