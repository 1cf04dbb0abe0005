"""Pages as answers: compressed, unless they show a secret or another site caused the request.

The length of a compressed answer tells what it repeats. Who can make a browser ask for a page with
words of his choice, and watch the wire, reads a secret of that page letter by letter (the BREACH
attack). Two rules stop it, each by itself: what another site causes is never compressed, and a page
that shows a secret never is. A template marks a secret by `data-once` or `data-secret`.
"""

import re

from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.types import Receive, Scope, Send

ONE_PACKET_BYTES = 1_400
GZIP_LEVEL = 5  # of pages of 70 kB it takes 2 ms; level 9 takes 6 and saves 2 % more
# What browsers send with a request that our own pages cause, or that a person types.
OWN_FETCH_SITES = frozenset({"same-origin", "none"})
SECRET_MARK = re.compile(r"<[^>]*\sdata-(?:once|secret)\b")


class SecretPage(HTMLResponse):
    """A page that travels as it is, because it may show a secret."""


class CompressedPage(HTMLResponse):
    """A page that travels in gzip to who accepts it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the page through Starlette's middleware, which adds `Vary: Accept-Encoding`."""
        compressed = GZipMiddleware(super().__call__, ONE_PACKET_BYTES, GZIP_LEVEL)
        await compressed(scope, receive, send)


def build_page_response(
    request: Request, body: str, status: int, headers: dict[str, str]
) -> HTMLResponse:
    """Build the answer of a page, compressed if that can give nothing away."""
    is_safe = is_caused_by_own_page(request.headers) and SECRET_MARK.search(body) is None
    kind = CompressedPage if is_safe else SecretPage
    return kind(body, status_code=status, headers=headers)


def is_caused_by_own_page(headers: Headers) -> bool:
    """Return True if the browser says that no other site caused the request."""
    return headers.get("sec-fetch-site") in OWN_FETCH_SITES
