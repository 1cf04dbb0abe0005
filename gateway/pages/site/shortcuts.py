"""The page of keyboard shortcuts, which also turns them off."""

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.http.routing import Route
from gateway.pages.dialogs import render_dialog
from gateway.pages.session import Desk


def shortcut_routes(desk: Desk) -> list[Route]:
    """Build the route of the page."""

    async def view(request: Request) -> Response:
        return render_dialog(request, "parts/shortcuts.html", title="Keyboard")

    return [Route("/shortcuts", desk.public_view(view), methods=["GET"])]
