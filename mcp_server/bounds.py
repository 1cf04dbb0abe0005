"""Bounds of every request of the protocol, whatever its method."""

from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS, METHOD_NOT_FOUND

MOST_CHARACTERS = 2_048
MOST_ARGUMENT_CHARACTERS = 10_000  # of a prompt, which repeats it whole
NAMES = ("name", "uri", "taskId")


async def check_bounds(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Refuse names, URIs and prompts that are too long, and cursors that no list has given.

    Errors of the SDK repeat names whole, and prompts their arguments. Each list has one page, so it
    never gives a cursor; who sends one would take the first page again and again for the next.

    Raises:
        MCPError: one of them is there.
    """
    params = ctx.params or {}
    if len(ctx.method) > MOST_CHARACTERS:
        raise MCPError(METHOD_NOT_FOUND, "Method not found")
    for name in NAMES:
        _check_length(name, params.get(name), MOST_CHARACTERS)
    arguments = params.get("arguments")
    if ctx.method == "prompts/get" and isinstance(arguments, dict):
        for name, value in arguments.items():
            _check_length("argument", name, MOST_CHARACTERS)
            _check_length(name, value, MOST_ARGUMENT_CHARACTERS)
    cursor = params.get("cursor")
    if ctx.method.endswith("/list") and cursor is not None and cursor != "":
        told = "`cursor` is not valid: this list has one page. Leave it out."
        raise MCPError(INVALID_PARAMS, told)
    return await call_next(ctx)


def _check_length(name: str, value: object, most: int) -> None:
    """Check a text.

    Raises:
        MCPError: it is too long.
    """
    if isinstance(value, str) and len(value) > most:
        told = f"`{name}` may have at most {most} characters; it has {len(value)}."
        raise MCPError(INVALID_PARAMS, told)
