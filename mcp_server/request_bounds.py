"""Bounds of protocol requests: the length of names, and cursors, whatever the method."""

from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS, METHOD_NOT_FOUND

MAX_CHARACTERS = 2_048
MAX_PROMPT_ARGUMENT_CHARACTERS = 10_000  # of a prompt, which repeats it whole
BOUNDED_PARAMETERS = ("name", "uri", "taskId")


async def check_bounds(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Refuse names, URIs and prompt arguments that are too long, and every cursor.

    Raises:
        MCPError: the request holds one of them.
    """
    params = ctx.params or {}
    # The SDK's errors repeat a name whole, and prompts repeat their arguments: without a bound a
    # request of megabytes would get an answer of megabytes.
    if len(ctx.method) > MAX_CHARACTERS:
        raise MCPError(METHOD_NOT_FOUND, "Method not found")
    for name in BOUNDED_PARAMETERS:
        _check_length(name, params.get(name), MAX_CHARACTERS)
    arguments = params.get("arguments")
    if ctx.method == "prompts/get" and isinstance(arguments, dict):
        for name, value in arguments.items():
            _check_length("argument", name, MAX_CHARACTERS)
            _check_length(name, value, MAX_PROMPT_ARGUMENT_CHARACTERS)
    # Each list has one page and gives out no cursor. The SDK would ignore one and answer with the
    # first page, which a client that follows cursors would take for the next, without an end.
    cursor = params.get("cursor")
    if ctx.method.endswith("/list") and cursor is not None and cursor != "":
        message = "`cursor` is not valid: this list has one page. Leave it out."
        raise MCPError(INVALID_PARAMS, message)
    return await call_next(ctx)


def _check_length(name: str, value: object, max_characters: int) -> None:
    """Refuse a text that is too long; a value of another type passes.

    Raises:
        MCPError: the text has more than `max_characters` characters.
    """
    if isinstance(value, str) and len(value) > max_characters:
        message = f"`{name}` may have at most {max_characters} characters; it has {len(value)}."
        raise MCPError(INVALID_PARAMS, message)
