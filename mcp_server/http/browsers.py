"""Browsers as clients: allowed origins and preflights, as the fetch standard asks for them.

Only pages of our own addresses and, where the gateway serves this machine, pages on it may call: a
page of another site, or one whose name was rebound to this machine, sends another `Origin`. All of
them still need a key; there are no cookies here.
"""

import json
import re
from collections.abc import Collection
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mcp_server.http.site import MCP_PATH, MESSAGES_PATH, SSE_PATH, Site

INVALID_REQUEST_CODE = -32_600
OPTIONS = "OPTIONS"
ALLOWED_HEADERS = (
    "Accept",
    "Authorization",
    "Content-Type",
    "Last-Event-ID",
    "MCP-Protocol-Version",
    "Mcp-Method",
    "Mcp-Name",
    "Mcp-Session-Id",
    "X-API-Key",
    "X-MCP-Readonly",
    "X-MCP-Tools",
    "X-MCP-Toolsets",
)
EXPOSED_HEADERS = (
    "Mcp-Session-Id",
    "MCP-Protocol-Version",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "WWW-Authenticate",
    "X-Request-Id",
)
PARAMETER_HEADER = re.compile(r"mcp-param-[a-z0-9-]{1,100}")
"""Headers that repeat a tool's arguments are named after those, so no fixed list has them all."""
PREFLIGHT_CACHE_SECONDS = 7200  # Chromium keeps no preflight longer


class BrowserGuard:
    """The guard of a site against foreign pages; it also answers preflights and wrong methods.

    An allowed origin that ends with `:*` stands for every port.
    """

    def __init__(self, site: Site, allowed_origins: Collection[str]) -> None:
        self._methods = {
            MCP_PATH: ("GET", "POST", "DELETE") if site.sessions else ("POST",),
            SSE_PATH: ("GET",),
            MESSAGES_PATH: ("POST",),
        }
        ports = [re.escape(each).replace(re.escape(":*"), r":\d{1,5}") for each in allowed_origins]
        self._allowed_origin = re.compile("|".join(ports))

    async def __call__(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request to the application, or answer it here."""
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        origin = headers.get(b"origin", "")
        methods = self._methods.get(scope["path"], self._methods[MCP_PATH])
        allow = ("Allow", ", ".join([*methods, OPTIONS]))
        if origin and self._allowed_origin.fullmatch(origin) is None:
            await _send_refusal(
                send, HTTPStatus.FORBIDDEN, "Pages of this origin may not use the server."
            )
            return
        if origin:
            send = _allow_reading(send, origin)
        if scope["method"] == OPTIONS:
            requested = headers.get(b"access-control-request-headers", "")
            preflight_headers = _build_preflight_headers(methods, requested) if origin else []
            await _send_answer(send, HTTPStatus.NO_CONTENT, [allow, *preflight_headers])
        elif scope["method"] not in methods:
            await _send_refusal(send, HTTPStatus.METHOD_NOT_ALLOWED, f"Allowed: {allow[1]}.", allow)
        else:
            await app(scope, receive, send)


def _build_preflight_headers(
    methods: Collection[str], requested_headers: str
) -> list[tuple[str, str]]:
    """Build the headers that tell a page which methods and headers it may send."""
    names = requested_headers.lower().replace(" ", "").split(",")
    parameters = [name for name in names if PARAMETER_HEADER.fullmatch(name)]
    return [
        ("Access-Control-Allow-Methods", ", ".join(methods)),
        ("Access-Control-Allow-Headers", ", ".join([*ALLOWED_HEADERS, *parameters])),
        ("Access-Control-Max-Age", str(PREFLIGHT_CACHE_SECONDS)),
    ]


def _allow_reading(send: Send, origin: str) -> Send:
    """Wrap `send` so that a page of this origin may read the answer, refusals too."""
    origin_headers = [
        (b"access-control-allow-origin", origin.encode("latin-1")),
        (b"access-control-expose-headers", ", ".join(EXPOSED_HEADERS).encode()),
        (b"vary", b"Origin"),
    ]

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *origin_headers]
        await send(message)

    return send_with_headers


async def _send_refusal(
    send: Send, status: HTTPStatus, message: str, *headers: tuple[str, str]
) -> None:
    """Send a refusal in the form of a JSON-RPC error without an id."""
    error = {"code": INVALID_REQUEST_CODE, "message": f"{status.phrase}. {message}"}
    body = json.dumps({"jsonrpc": "2.0", "id": None, "error": error}).encode()
    await _send_answer(send, status, [("Content-Type", "application/json"), *headers], body)


async def _send_answer(
    send: Send, status: HTTPStatus, headers: Collection[tuple[str, str]], body: bytes = b""
) -> None:
    lines = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    if body:
        lines.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": status.value, "headers": lines})
    await send({"type": "http.response.body", "body": body})
