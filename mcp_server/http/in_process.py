"""Calls of an ASGI application in this process, without what HTTP needs on a wire.

A tool call is one REST call. Sent through the whole of an HTTP client (authentication, cookies,
redirects, streams) the sending costs more than three times what it costs here.
"""

import asyncio
from typing import Any

import httpx2
from starlette.types import ASGIApp, Message

PEER = ("127.0.0.1", 123)
"""The address of the caller that the application sees, as httpx2 says it too."""


class InProcessClient(httpx2.AsyncClient):
    """A client whose plain calls go straight to an application; files take the whole way."""

    def __init__(self, app: ASGIApp, base_url: str, timeout_seconds: float) -> None:
        super().__init__(
            transport=httpx2.ASGITransport(app), base_url=base_url, timeout=timeout_seconds
        )
        self._app = app

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:  # noqa: ANN401 - httpx2's own
        """Send a request and return the whole answer; one with options is sent by httpx2."""
        if options:
            return await super().send(request, **options)
        url = request.url
        raw_path, _, query = url.raw_path.partition(b"?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": request.method,
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "scheme": url.scheme,
            "path": url.path,
            "raw_path": raw_path,
            "query_string": query,
            "server": (url.host, url.port),
            "client": PEER,
            "root_path": "",
        }
        unread, messages, is_answered = [request.content], list[Message](), asyncio.Event()

        async def receive() -> Message:
            if unread:
                return {"type": "http.request", "body": unread.pop(), "more_body": False}
            await is_answered.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            messages.append(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                is_answered.set()

        await self._app(scope, receive, send)
        head, *parts = messages
        content = b"".join(part.get("body", b"") for part in parts)
        return httpx2.Response(
            head["status"], headers=head.get("headers", []), content=content, request=request
        )
