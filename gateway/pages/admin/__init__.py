"""Pages of operators. To everyone else they answer like a path without a route."""

from gateway.kit.http.routing import Route
from gateway.pages.admin.act_page import ActPage
from gateway.pages.admin.operator_guard import OperatorGuard
from gateway.pages.admin.operator_pages import OperatorPages
from gateway.pages.operation_client import OperationClient


def routes(client: OperationClient) -> list[Route]:
    """Build the routes of the pages of operators."""
    guard = OperatorGuard(client)
    return [*OperatorPages(guard).routes(), *ActPage(guard).routes()]
