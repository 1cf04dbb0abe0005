"""Pages of operators. To everyone else they answer like a path without a route."""

from gateway.kit.http.routing import Route
from gateway.pages.admin.act_page import ActPage
from gateway.pages.admin.door import OperatorDoor
from gateway.pages.admin.operator_pages import OperatorPages
from gateway.pages.session import Desk


def routes(desk: Desk) -> list[Route]:
    """Build the routes of the pages of operators."""
    guard = OperatorDoor(desk)
    return [*OperatorPages(guard).routes(), *ActPage(guard).routes()]
