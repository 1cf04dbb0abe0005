"""What every request of the protocol is held to, whatever its method."""

from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS, METHOD_NOT_FOUND

MOST_CHARACTERS = 2_048
NAMES = ("name", "uri", "taskId")


async def check_bounds(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Refuse names and URIs that are too long, and cursors that no list of ours has given.

    Errors of the SDK repeat names whole. Each list has one page, so it never gives a cursor; who
    sends one would take the first page again and again for the next.

    Raises:
        MCPError: one of them is there.
    """
    params = ctx.params or {}
    if len(ctx.method) > MOST_CHARACTERS:
        raise MCPError(METHOD_NOT_FOUND, "Method not found")
    for name in NAMES:
        value = params.get(name)
        if isinstance(value, str) and len(value) > MOST_CHARACTERS:
            told = f"`{name}` may have at most {MOST_CHARACTERS} characters; it has {len(value)}."
            raise MCPError(INVALID_PARAMS, told)
    cursor = params.get("cursor")
    if ctx.method.endswith("/list") and cursor is not None and cursor != "":
        told = "`cursor` is not valid: this list has one page. Leave it out."
        raise MCPError(INVALID_PARAMS, told)
    return await call_next(ctx)
