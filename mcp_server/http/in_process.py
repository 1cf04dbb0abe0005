"""Calls of an ASGI application in this process, without what HTTP needs on a wire.

A tool call is one REST call. To build its URL, headers and request for an HTTP client and to send
them through the whole of it (authentication, cookies, redirects, streams) costs as much as the
answer itself.
"""

import asyncio
import json
from dataclasses import dataclass
from urllib.parse import urlencode

import httpx2
from starlette.types import ASGIApp, Message, Scope

from mcp_server.rest.api import TIMEOUT_SECONDS, RestAnswer, RestApi
from mcp_server.rest.offers import RestRequest

PEER = ("127.0.0.1", 123)
"""The address of the caller that the application sees."""
MAX_QUERY_CHARACTERS = 65_536  # as an HTTP client bounds a URL


class InProcessClient(httpx2.AsyncClient):
    """A client that reaches an application and nothing else; files take its way."""

    def __init__(self, app: ASGIApp, base_url: str) -> None:
        super().__init__(
            transport=httpx2.ASGITransport(app), base_url=base_url, timeout=TIMEOUT_SECONDS
        )


@dataclass(frozen=True, slots=True)
class InProcessApi(RestApi):
    """The REST API of an application in this process, which is called without `client`."""

    app: ASGIApp

    async def exchange(self, request: RestRequest) -> RestAnswer:
        """Call the application, and return its whole answer."""
        scope, body = self._build_scope(request)
        unread, messages, is_answered = [body], list[Message](), asyncio.Event()

        async def receive() -> Message:
            if unread:
                return {"type": "http.request", "body": unread.pop(), "more_body": False}
            await is_answered.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            messages.append(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                is_answered.set()

        await self.app(scope, receive, send)
        head, *parts = messages
        return RestAnswer(
            status=head["status"],
            headers={
                name.decode("latin-1").lower(): value.decode("latin-1")
                for name, value in head["headers"]
            },
            content=b"".join(part.get("body", b"") for part in parts),
        )

    def _build_scope(self, request: RestRequest) -> tuple[Scope, bytes]:
        """Build the ASGI scope of a call, and its body.

        Raises:
            ValueError: no URL, header or JSON text can hold its values.
            RecursionError: the body is nested too deeply.
        """
        site, query, body = self.client.base_url, urlencode(request.query).encode(), b""
        if len(query) > MAX_QUERY_CHARACTERS:
            raise ValueError("the query is too long")
        headers = {"Host": site.netloc.decode(), "Accept": "application/json"} | request.headers
        if request.body is not None:
            text = json.dumps(
                request.body, ensure_ascii=False, separators=(",", ":"), allow_nan=False
            )
            body = text.encode()
            headers |= {"Content-Length": str(len(body)), "Content-Type": "application/json"}
        path = request.path.encode("ascii")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": request.method,
            "headers": [
                (name.lower().encode("ascii"), value.encode("ascii"))
                for name, value in headers.items()
            ],
            "scheme": site.scheme,
            "path": request.path,
            "raw_path": path,
            "query_string": query,
            "server": (site.host, site.port),
            "client": PEER,
            "root_path": "",
        }
        return scope, body
