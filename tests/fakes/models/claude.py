"""The wire of Claude Code, Anthropic Messages, served by the stand-in of the agent's model."""

import json
from dataclasses import dataclass
from typing import Any

from tests.fakes.anthropic.script import Script, ScriptedTurn
from tests.fakes.models.script import HostRequest, ScriptedModel, ToolResult, strip_prefix

PREFIX, SEARCH = "mcp__killatamata__", "ToolSearch"
FIRST_SEARCH_NUMBER = 1000  # the first number of a search, above those of all turns


@dataclass(kw_only=True)
class LiveScript(Script):
    """A script whose next turn is the scripted model's answer to the request."""

    model: ScriptedModel

    def take_turn(self, asked: dict[str, Any]) -> tuple[int, ScriptedTurn]:
        """Return the model's turn; a request without tools is the host's own, such as for a title.

        A search selects a tool by its name, which the host tells the model at the start.
        """
        if not asked.get("tools"):
            return 0, ScriptedTurn(text="A fox")
        request = read_request(asked)
        turn = self.model.answer_request(request)
        if turn.call is None:
            return turn.number, ScriptedTurn(text=turn.words)
        name = PREFIX + turn.call.tool
        if turn.search:
            return FIRST_SEARCH_NUMBER + turn.number, ScriptedTurn(
                calls=[(SEARCH, {"query": f"select:{name}"})]
            )
        return turn.number, ScriptedTurn(calls=[(name, turn.call.arguments)])


def read_request(body: dict[str, Any]) -> HostRequest:
    """Read the tools and tool results of a request."""
    tools = {tool["name"]: tool for tool in body.get("tools", ())}
    results: dict[str, ToolResult] = {}
    searched = set()
    for message in body["messages"]:
        for block in message["content"] if isinstance(message["content"], list) else ():
            if block["type"] == "tool_result":
                number = int(block["tool_use_id"].split("_")[1])
                if number >= FIRST_SEARCH_NUMBER:
                    searched.add(f"call_{number - FIRST_SEARCH_NUMBER}")
                else:
                    results[f"call_{number}"] = _read_result(block)
    return HostRequest(strip_prefix(PREFIX, tools), results, searched, len(json.dumps(body)))


def _read_result(block: dict[str, Any]) -> ToolResult:
    content = block["content"]
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
    return ToolResult(
        text="\n".join(part["text"] for part in parts if part["type"] == "text"),
        pictures=sum(part["type"] == "image" for part in parts),
        total_bytes=len(json.dumps(block)),
    )
