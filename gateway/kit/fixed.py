"""Documents that are the same bytes for everybody: entity tags, and open to every origin."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from starlette.requests import Request
from starlette.responses import Response

USUAL = "public, max-age=300"
OPEN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Link",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, kw_only=True)
class Fixed:
    """What is served under a path: the bytes, what they are, how long they may be kept."""

    body: bytes
    media_type: str
    cache: str = USUAL
    headers: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def etag(self) -> str:
        """Return the strong entity tag of the bytes."""
        return f'"{hashlib.sha256(self.body).hexdigest()[:32]}"'


def answer(request: Request, document: Fixed, media_type: str | None = None) -> Response:
    """Answer a request for a document, with nothing if the client has it already."""
    own = {"ETag": document.etag, "Cache-Control": document.cache}
    headers = {**OPEN, **own, **document.headers}
    tags = request.headers.get("if-none-match", "").split(",")
    if {document.etag, "*"} & {tag.strip().removeprefix("W/") for tag in tags}:
        return Response(status_code=304, headers=headers)
    return Response(
        document.body, headers=headers | {"Content-Type": media_type or document.media_type}
    )


def fixed(document: Fixed) -> Callable[[Request], Awaitable[Response]]:
    """Return an endpoint that serves a document."""

    async def endpoint(request: Request) -> Response:
        return answer(request, document)

    return endpoint
