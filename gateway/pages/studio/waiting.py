"""The page of the plans that wait for approval, the newest first."""

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.http.routing import Route
from gateway.kit.operation import Caller
from gateway.pages.operation_client import OperationClient
from gateway.pages.render import render_page
from gateway.pages.studio.plan_cards import PlanCards

MOST_PLANS = 100  # a plan waits for fifteen minutes, so hardly anybody has more


class WaitingPage:
    """The view of the plans that wait; each leads to its own page, where it is approved."""

    def __init__(self, client: OperationClient) -> None:
        self._client = client
        self._cards = PlanCards(client)

    def routes(self) -> list[Route]:
        """Return the route of this page."""
        return [Route("/waiting", self._client.person_view(self.show_waiting), methods=["GET"])]

    async def show_waiting(self, request: Request, caller: Caller) -> Response:
        """Show the page."""
        waiting = await self._cards.list_waiting_plans(request, caller, MOST_PLANS)
        return render_page(request, "waiting.html", waiting=waiting)
