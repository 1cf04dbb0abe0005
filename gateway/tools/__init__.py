"""The MCP tools: the operation that each of them calls, and its words for a model.

All else that a tool needs (its path, the types of its arguments) is read from the operation in the
OpenAPI document, where each tool stands under `x-mcp`.
"""

from gateway.tools import (
    account,
    affiliates,
    films,
    media,
    outputs,
    plans,
    shares,
    storyboards,
    studio,
)
from gateway.tools.base import Tool

TOOLS: dict[str, tuple[Tool, ...]] = (
    plans.TOOLS
    | media.TOOLS
    | outputs.TOOLS
    | studio.TOOLS
    | storyboards.TOOLS
    | films.TOOLS
    | shares.TOOLS
    | account.TOOLS
    | affiliates.TOOLS
)
"""The tools of each operation that has any, by the operation's id."""


def render_tools(operation_id: str) -> list[dict[str, object]]:
    """Render the tools of an operation for its `x-mcp` in the OpenAPI document."""
    return [tool.render() for tool in TOOLS.get(operation_id, ())]
