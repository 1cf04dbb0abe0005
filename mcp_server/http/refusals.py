"""Refusals before the protocol: rates, session limits, a gateway that is away.

A refusal is an HTTP status and a JSON-RPC error at once. This module does without the SDK, so the
gateway can build one before the SDK is loaded.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus

from starlette.types import Scope, Send

from mcp_server.principal import Principal

SERVER_ERROR_CODE = -32_000  # the first code that JSON-RPC leaves to servers


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRefusal:
    """The refusal of a request; its code is one of the REST API's.

    Without `retry_after_seconds` the refusal is permanent.
    """

    code: str
    message: str
    hint: str
    retry_after_seconds: int | None
    status: HTTPStatus = HTTPStatus.TOO_MANY_REQUESTS


CountRequest = Callable[[Principal | None, Scope], Awaitable[HttpRefusal | None]]
"""Count a request, of a caller or without one; return None if it may go on."""


async def skip_counting(_principal: Principal | None, _scope: Scope) -> None:
    """Let every request go on: the gateway behind this server counts the REST calls."""


async def send_refusal(refusal: HttpRefusal, send: Send) -> None:
    """Answer a request with a refusal.

    Clients show only the message to the person or the model, so it contains the hint too.
    """
    data: dict[str, object] = {"code": refusal.code, "hint": refusal.hint}
    retry_after_seconds = refusal.retry_after_seconds
    if retry_after_seconds is not None:
        data["retryAfterSeconds"] = retry_after_seconds
    message = f"{refusal.message} {refusal.hint}".rstrip()
    error = {"code": SERVER_ERROR_CODE, "message": message, "data": data}
    body = json.dumps({"jsonrpc": "2.0", "id": None, "error": error}).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
    ]
    if retry_after_seconds is not None:
        headers.append((b"retry-after", b"%d" % retry_after_seconds))
    start = {"type": "http.response.start", "status": refusal.status.value, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": body})
