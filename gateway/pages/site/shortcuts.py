"""The page of keyboard shortcuts, which also turns them off."""

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.http.routing import Route
from gateway.pages.dialogs import render_dialog
from gateway.pages.operation_client import OperationClient


def build_shortcut_routes(client: OperationClient) -> list[Route]:
    """Build the route of the page."""

    async def view(request: Request) -> Response:
        return render_dialog(request, "parts/shortcuts.html", title="Keyboard")

    return [Route("/shortcuts", client.public_view(view), methods=["GET"])]
