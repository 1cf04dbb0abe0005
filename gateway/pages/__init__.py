"""The pages people read; server-rendered, readable without JavaScript."""

import json
import re
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.kit.fixed import fixed
from gateway.kit.routing import Route
from gateway.pages.credits import CreditPages
from gateway.pages.device import DevicePage
from gateway.pages.oauth import OAuthPages
from gateway.pages.plans import PlanPages
from gateway.pages.render import ENVIRONMENT, HERE, POLICY
from gateway.pages.session import Desk
from gateway.pages.sign_in import SignInPages

HTML_HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "public, max-age=300",
    "Link": '</openapi.json>; rel="service-desc", </api-docs>; rel="service-doc"',
}
TICKS = re.compile(r"`([^`]+)`")


def routes(document: dict[str, Any], tasks: Sequence[dict[str, Any]], desk: Desk) -> list[Route]:
    """Return the routes of the pages and of the document they are drawn from."""
    ENVIRONMENT.filters["ticked"] = ticked
    reference = ENVIRONMENT.get_template("api_docs.html").render(
        api=document, by_tag=by_tag(document), tasks=tasks
    )
    styles = {name: (HERE / "static" / name).read_bytes() for name in ("docs.css", "site.css")}
    openapi = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    public = {"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=300"}

    async def home(_request: Request) -> Response:
        return RedirectResponse("/api-docs", 307)

    return [
        Route("/", home),
        Route("/api-docs", fixed(reference.encode(), "text/html; charset=utf-8", HTML_HEADERS)),
        *(
            Route(f"/static/{name}", fixed(style, "text/css; charset=utf-8", public))
            for name, style in styles.items()
        ),
        *SignInPages(desk).routes(),
        *CreditPages(desk).routes(),
        *DevicePage(desk).routes(),
        *PlanPages(desk).routes(),
        *OAuthPages(desk).routes(),
        Route("/openapi.json", fixed(openapi, "application/json", public)),
    ]


def ticked(text: str) -> Markup:
    """Return text with what stands in backticks as code; everything is escaped."""
    return Markup(TICKS.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped before


def by_tag(document: dict[str, Any]) -> list[tuple[dict[str, str], list[dict[str, Any]]]]:
    """Return the operations under each tag, with method and path."""
    groups: list[tuple[dict[str, str], list[dict[str, Any]]]] = []
    for tag in document["tags"]:
        found = [
            {"method": method.upper(), "path": path} | operation
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
            if tag["name"] in operation["tags"]
        ]
        groups.append((tag, found))
    return groups
