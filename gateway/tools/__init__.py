"""The MCP tools: which operation each of them calls, and how it is put to a model.

Whatever else a tool needs (its path, the types of its arguments) is read from the operation in the
OpenAPI document, where each tool stands under `x-mcp`.
"""

from gateway.tools import account, affiliates, media, plans, storyboards, studio
from gateway.tools.base import Tool

TOOLS: dict[str, tuple[Tool, ...]] = (
    plans.TOOLS | media.TOOLS | studio.TOOLS | storyboards.TOOLS | account.TOOLS | affiliates.TOOLS
)
"""The tools of each operation that has any, by the operation's id."""


def of(operation_id: str) -> list[dict[str, object]]:
    """Return the tools of an operation as they stand under `x-mcp`."""
    return [tool.shown() for tool in TOOLS.get(operation_id, ())]
