"""Where the reference is served: for people, for models, and to try things out."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.kit.fixed import Fixed, answer
from gateway.kit.routing import Route
from gateway.pages.assets import FILES
from gateway.pages.docs.guide import chapters, installs
from gateway.pages.docs.reading import Reader
from gateway.pages.render import ENVIRONMENT, POLICY

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
    reference = _Reference(document, tasks)
    explorer = reference.explore if EXPLORER_SCRIPT in FILES else _away
    return [
        Route("/api-docs", reference.negotiate),
        Route("/api-docs.md", reference.tell),
        Route("/api-docs/interactive", explorer),
    ]


class _Reference:
    """The reference in its three forms; each is drawn when it is first asked for."""

    def __init__(self, document: Mapping[str, Any], tasks: Sequence[Mapping[str, Any]]) -> None:
        self._document = document
        self._tasks = tasks

    async def negotiate(self, request: Request) -> Response:
        """Answer with what the client would rather read."""
        asked = request.headers.get("accept", "")
        return await answer(request, self._markdown if "text/markdown" in asked else self._html)

    async def tell(self, request: Request) -> Response:
        """Answer with Markdown."""
        return await answer(request, self._markdown)

    async def explore(self, request: Request) -> Response:
        """Answer with the page on which requests can be tried."""
        return await answer(request, self._explorer)

    @cached_property
    def _html(self) -> Fixed:
        return _page("docs/reference.html", self._shown, HTML, POLICY)

    @cached_property
    def _markdown(self) -> Fixed:
        return _page("docs/reference.md", self._shown, MARKDOWN, POLICY)

    @cached_property
    def _explorer(self) -> Fixed:
        return _page("docs/interactive.html", self._shown, HTML, EXPLORER)

    @cached_property
    def _shown(self) -> Mapping[str, Any]:
        document, reader = self._document, Reader(self._document)
        site, api = document["info"]["contact"]["url"], document["servers"][0]["url"]
        return {
            "api": document,
            "by_tag": reader.by_tag(),
            "codes": reader.codes(),
            "tasks": self._tasks,
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


async def _away(_request: Request) -> Response:
    return RedirectResponse("/api-docs", 307)


def _page(template: str, shown: Mapping[str, Any], media_type: str, policy: str) -> Fixed:
    body = ENVIRONMENT.get_template(template).render(**shown).encode()
    headers = {"Link": LINK, "Content-Security-Policy": policy, "Vary": "Accept"}
    return Fixed(body=body, media_type=media_type, headers=headers)
