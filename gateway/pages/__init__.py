"""The pages people read; server-rendered, readable without JavaScript."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.kit.fixed import Fixed, fixed
from gateway.kit.routing import Route
from gateway.pages.credits import CreditPages
from gateway.pages.device import DevicePage
from gateway.pages.docs import routes as reference
from gateway.pages.legal import legal_routes
from gateway.pages.oauth import OAuthPages
from gateway.pages.plans import PlanPages
from gateway.pages.render import HERE
from gateway.pages.session import Desk
from gateway.pages.sign_in import SignInPages

CSS = "text/css; charset=utf-8"


def routes(
    document: Mapping[str, Any], tasks: Sequence[Mapping[str, Any]], desk: Desk
) -> list[Route]:
    """Return the routes of all pages; the reference is drawn from the OpenAPI document."""

    async def home(_request: Request) -> Response:
        return RedirectResponse("/api-docs", 307, headers={"Link": reference.LINK})

    style = Fixed(body=(HERE / "static" / "site.css").read_bytes(), media_type=CSS)
    return [
        Route("/", home),
        Route("/static/site.css", fixed(style)),
        *reference.routes(document, tasks),
        *legal_routes(),
        *SignInPages(desk).routes(),
        *CreditPages(desk).routes(),
        *DevicePage(desk).routes(),
        *PlanPages(desk).routes(),
        *OAuthPages(desk).routes(),
    ]
