"""The legal pages that the manifests link to."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.fixed import Fixed, fixed
from gateway.kit.routing import Route
from gateway.pages.render import ENVIRONMENT, POLICY

PAGES = ("terms", "privacy")


def legal_routes() -> list[Route]:
    """Return the routes of the terms and of what is kept."""
    return [Route(f"/legal/{name}", _page(name)) for name in PAGES]


def _page(name: str) -> Callable[[Request], Awaitable[Response]]:
    body = ENVIRONMENT.get_template(f"legal/{name}.html").render(problem=None).encode()
    headers = {"Content-Security-Policy": POLICY}
    return fixed(Fixed(body=body, media_type="text/html; charset=utf-8", headers=headers))
