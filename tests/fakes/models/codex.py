"""The wire of Codex: OpenAI Responses as a stream, where the model searches for tools first."""

import json
from collections.abc import Iterator
from typing import Any

from tests.fakes.models.script import HostRequest, ModelTurn, ScriptedModel, ToolResult

NAMESPACE, SEARCH = "mcp__killatamata", "search_"


def stream_answer(model: ScriptedModel, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the events of the model's answer to a request."""
    yield {"type": "response.created", "response": {"id": "resp_1"}}
    item = _render_item(model.answer_request(read_request(body)))
    yield {"type": "response.output_item.added", "output_index": 0, "item": item}
    yield {"type": "response.output_item.done", "output_index": 0, "item": item}
    tokens = {"input_tokens": 9, "output_tokens": 9, "total_tokens": 18}
    yield {"type": "response.completed", "response": {"id": "resp_1", "usage": tokens}}


def read_request(body: dict[str, Any]) -> HostRequest:
    """Read the tools and tool results of a request."""
    results = {
        item["call_id"]: _read_result(item)
        for item in body["input"]
        if item["type"] == "function_call_output"
    }
    searched = {
        item["call_id"].removeprefix(SEARCH)
        for item in body["input"]
        if item["type"] == "tool_search_output"
    }
    return HostRequest(_list_tools(body), results, searched, len(json.dumps(body)))


def _render_item(turn: ModelTurn) -> dict[str, Any]:
    """Return the item of a turn; a search is for the words of the tool's name."""
    if turn.call is None:
        words = {"type": "output_text", "text": turn.words, "annotations": []}
        return {"type": "message", "role": "assistant", "id": "msg_1", "content": [words]}
    if turn.search:
        return {
            "type": "tool_search_call",
            "call_id": SEARCH + turn.call_id,
            "execution": "client",
            "status": "completed",
            "arguments": {"query": turn.call.tool.replace("_", " ")},
        }
    return {
        "type": "function_call",
        "id": f"fc_{turn.call_id}",
        "call_id": turn.call_id,
        "namespace": NAMESPACE,
        "name": turn.call.tool,
        "arguments": json.dumps(turn.call.arguments),
    }


def _list_tools(body: dict[str, Any]) -> dict[str, Any]:
    """Return the server's tools in a request: those declared and those that searches found."""
    groups = [*body["tools"]]
    for item in body["input"]:
        if item["type"] == "tool_search_output":
            groups += item["tools"]
    ours = [group for group in groups if group.get("name") == NAMESPACE]
    return {tool["name"]: tool for group in ours for tool in group["tools"]}


def _read_result(item: dict[str, Any]) -> ToolResult:
    output = item["output"]
    parts = [{"type": "input_text", "text": output}] if isinstance(output, str) else output
    return ToolResult(
        text="\n".join(part["text"] for part in parts if part["type"] == "input_text"),
        pictures=sum(part["type"] == "input_image" for part in parts),
        total_bytes=len(json.dumps(item)),
    )
