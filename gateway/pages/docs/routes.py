"""Where the reference is served: for people, for models, and to try things out."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.kit.fixed import Fixed, answer, fixed
from gateway.kit.routing import Route
from gateway.pages.assets import FILES
from gateway.pages.docs.guide import chapters, installs
from gateway.pages.docs.reading import Reader
from gateway.pages.render import ENVIRONMENT, POLICY

Endpoint = Callable[[Request], Awaitable[Response]]
HTML, MARKDOWN = "text/html; charset=utf-8", "text/markdown; charset=utf-8"
EXPLORER_SCRIPT = "vendor/scalar.js"
LINK = (
    '</.well-known/api-catalog>; rel="api-catalog", </openapi.json>; rel="service-desc", '
    '</api-docs>; rel="service-doc", </llms.txt>; rel="describedby"'
)
# The explorer writes styles into its elements, and HTML by itself; other scripts stay shut out.
EXPLORER = POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'").partition(
    "; require-trusted-types-for"
)[0]


def routes(document: Mapping[str, Any], tasks: Sequence[Mapping[str, Any]]) -> list[Route]:
    """Return the routes of the reference and of what it loads."""
    site = document["info"]["contact"]["url"]
    api = document["servers"][0]["url"]
    shown = {
        "api": document,
        "by_tag": Reader(document).by_tag(),
        "codes": Reader(document).codes(),
        "tasks": tasks,
        "site": site,
        "base": api,
        "chapters": chapters(),
        "guide": [
            ("quick-start", "Quick start"),
            ("install", "For agents"),
            *((anchor, title) for anchor, title, _ in chapters()),
        ],
        "installs": installs(site, api),
        "explorer": EXPLORER_SCRIPT in FILES,
    }
    html = _page("docs/reference.html", shown, HTML, POLICY)
    markdown = _page("docs/reference.md", shown, MARKDOWN, POLICY)
    return [
        Route("/api-docs", _negotiated(html, markdown)),
        Route("/api-docs.md", fixed(markdown)),
        Route("/api-docs/interactive", _explorer(shown)),
    ]


def _page(template: str, shown: Mapping[str, Any], media_type: str, policy: str) -> Fixed:
    body = ENVIRONMENT.get_template(template).render(**shown).encode()
    headers = {"Link": LINK, "Content-Security-Policy": policy, "Vary": "Accept"}
    return Fixed(body=body, media_type=media_type, headers=headers)


def _negotiated(html: Fixed, markdown: Fixed) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        asked = request.headers.get("accept", "")
        return answer(request, markdown if "text/markdown" in asked else html)

    return endpoint


def _explorer(shown: Mapping[str, Any]) -> Endpoint:
    if EXPLORER_SCRIPT not in FILES:

        async def away(_request: Request) -> Response:
            return RedirectResponse("/api-docs", 307)

        return away
    return fixed(_page("docs/interactive.html", shown, HTML, EXPLORER))
