"""The wire of Claude Code, Anthropic Messages, served by the stand-in of the agent's model."""

import json
from dataclasses import dataclass
from typing import Any

from tests.fakes.anthropic.script import Said, Script
from tests.fakes.models.script import Asked, ScriptedModel, Told, unprefixed

PREFIX, SEARCH = "mcp__killatamata__", "ToolSearch"
SEARCHES = 1000  # the first number of a search, above those of all turns


@dataclass(kw_only=True)
class LiveScript(Script):
    """A script whose next turn is the scripted model's answer to the request."""

    model: ScriptedModel

    def next(self, asked: dict[str, Any]) -> tuple[int, Said]:
        """Return the model's turn; a request without tools is the host's own, such as for a title.

        A search selects a tool by its name, which the host tells the model at the start.
        """
        if not asked.get("tools"):
            return 0, Said(text="A fox")
        request = read(asked)
        turn = self.model.answer(request)
        if turn.call is None:
            return turn.number, Said(text=turn.words)
        name = PREFIX + turn.call.tool
        if turn.search:
            return SEARCHES + turn.number, Said(calls=[(SEARCH, {"query": f"select:{name}"})])
        return turn.number, Said(calls=[(name, turn.call.arguments)])


def read(body: dict[str, Any]) -> Asked:
    """Read the tools and tool results of a request."""
    tools = {tool["name"]: tool for tool in body.get("tools", ())}
    results: dict[str, Told] = {}
    searched = set()
    for message in body["messages"]:
        for block in message["content"] if isinstance(message["content"], list) else ():
            if block["type"] == "tool_result":
                number = int(block["tool_use_id"].split("_")[1])
                if number >= SEARCHES:
                    searched.add(f"call_{number - SEARCHES}")
                else:
                    results[f"call_{number}"] = _told(block)
    return Asked(unprefixed(PREFIX, tools), results, searched, len(json.dumps(body)))


def _told(block: dict[str, Any]) -> Told:
    content = block["content"]
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
    return Told(
        text="\n".join(part["text"] for part in parts if part["type"] == "text"),
        pictures=sum(part["type"] == "image" for part in parts),
        total_bytes=len(json.dumps(block)),
    )
