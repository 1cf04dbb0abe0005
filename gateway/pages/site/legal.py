"""Legal pages, which the manifests link to."""

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.http.routing import Route
from gateway.pages.operation_client import OperationClient, View
from gateway.pages.render import render_page

LEGAL_PAGES = ("terms", "privacy")


def build_legal_routes(client: OperationClient) -> list[Route]:
    """Build the routes of the terms and of the privacy page."""
    return [
        Route(f"/legal/{name}", client.public_view(_legal_view(name)), methods=["GET"])
        for name in LEGAL_PAGES
    ]


def _legal_view(name: str) -> View:
    async def view(request: Request) -> Response:
        return render_page(request, f"legal/{name}.html")

    return view
