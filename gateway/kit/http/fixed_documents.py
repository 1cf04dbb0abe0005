"""Fixed documents: the same bytes for every client, with entity tags, compressed, for any origin.

API answers are never compressed. Where an answer holds a secret beside text that an attacker chose,
its compressed length gives the secret away (the BREACH attack). Pages have a rule of their own.
"""

import asyncio
import gzip
import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from starlette.requests import Request
from starlette.responses import Response

DEFAULT_CACHE_CONTROL = "public, max-age=300"
OPEN_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Link",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}
ACCEPT_ENCODING = "Accept-Encoding"
GZIP_LEVEL = 9  # the slowest and smallest: it runs once for each document and process
# A body that fits into one packet arrives no sooner when compressed.
ONE_PACKET_BYTES = 1_400
WORTHWHILE_RATIO = 0.9  # fonts, pictures and archives are compressed already and hardly shrink
REFUSED_WEIGHT = re.compile(r"q\s*=\s*0(\.0{0,3})?")


@dataclass(frozen=True, kw_only=True)
class FixedDocument:
    """A document as it is served under a path: its builder, media type and `Cache-Control`."""

    build: Callable[[], bytes]
    media_type: str
    cache_control: str = DEFAULT_CACHE_CONTROL
    headers: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def body(self) -> bytes:
        """Return the bytes, built when they are first asked for."""
        return self.build()

    @cached_property
    def plain(self) -> "EncodedBody":
        """Return the bytes as they are."""
        return EncodedBody(self.body)

    @cached_property
    def gzipped(self) -> "EncodedBody | None":
        """Return the bytes in gzip, or None where gzip saves too little."""
        if len(self.body) < ONE_PACKET_BYTES:
            return None
        packed = gzip.compress(self.body, GZIP_LEVEL, mtime=0)
        return EncodedBody(packed) if len(packed) < WORTHWHILE_RATIO * len(self.body) else None


class EncodedBody:
    """A body in one encoding, with the entity tag of exactly these bytes."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def accepts_gzip(header: str) -> bool:
    """Return True if an Accept-Encoding header takes gzip, by name or as any encoding."""
    refused = {}
    for part in header.lower().split(","):
        name, *parameters = (each.strip() for each in part.split(";"))
        refused[name] = any(map(REFUSED_WEIGHT.fullmatch, parameters))
    return not refused.get("gzip", refused.get("*", True))


async def answer_document(
    request: Request, document: FixedDocument, media_type: str | None = None
) -> Response:
    """Answer a request for a document; `304` without a body if the client has it already.

    Ranges are not supported: a request for one gets the whole document.
    """
    headers = {**OPEN_HEADERS, "Cache-Control": document.cache_control, **document.headers}
    if "gzipped" not in vars(document):
        # Not yet computed by the cached property. Four megabytes take a tenth of a second, in which
        # the event loop would serve no other request.
        await asyncio.to_thread(getattr, document, "gzipped")
    sent, packed = document.plain, document.gzipped
    if packed is not None:
        headers["Vary"] = ", ".join(filter(None, (headers.get("Vary"), ACCEPT_ENCODING)))
        if accepts_gzip(request.headers.get(ACCEPT_ENCODING, "")):
            sent, headers["Content-Encoding"] = packed, "gzip"
    headers["ETag"] = sent.etag
    tags = request.headers.get("if-none-match", "").split(",")
    if {sent.etag, "*"} & {tag.strip().removeprefix("W/") for tag in tags}:
        return Response(status_code=304, headers=headers)
    headers["Content-Type"] = media_type or document.media_type
    return Response(sent.body, headers=headers)


def build_document_endpoint(document: FixedDocument) -> Callable[[Request], Awaitable[Response]]:
    """Return an endpoint that serves a document."""

    async def endpoint(request: Request) -> Response:
        return await answer_document(request, document)

    return endpoint
