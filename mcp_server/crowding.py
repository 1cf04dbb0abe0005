"""Refusing for now, as HTTP and as JSON-RPC say it; apart from the SDK."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus

from starlette.types import Scope, Send

from mcp_server.principal import Principal

SERVER_ERROR = -32_000  # the first code that JSON-RPC leaves to servers


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowded:
    """Too much was asked for now, or the gateway is away; the code is that of the REST API.

    Without `retry_after_seconds` it is refused for good.
    """

    code: str
    message: str
    hint: str
    retry_after_seconds: int | None
    status: HTTPStatus = HTTPStatus.TOO_MANY_REQUESTS


Count = Callable[[Principal | None, Scope], Awaitable[Crowded | None]]
"""Count a request of a caller, or of nobody that is known; None: it may go on."""


async def count_nothing(_principal: Principal | None, _scope: Scope) -> None:
    """Let every request go on: the gateway behind this server counts."""


async def refuse(crowded: Crowded, send: Send) -> None:
    """Answer a request; clients show the message to the person or the model."""
    data: dict[str, object] = {"code": crowded.code, "hint": crowded.hint}
    again = crowded.retry_after_seconds
    if again is not None:
        data["retryAfterSeconds"] = again
    told = f"{crowded.message} {crowded.hint}".rstrip()
    error = {"code": SERVER_ERROR, "message": told, "data": data}
    body = json.dumps({"jsonrpc": "2.0", "id": None, "error": error}).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
    ]
    if again is not None:
        headers.append((b"retry-after", b"%d" % again))
    start = {"type": "http.response.start", "status": crowded.status.value, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": body})
