"""The page of the plans that wait for approval, as cards; the one that expires first on top."""

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.http.routing import Route
from gateway.kit.operation import Caller
from gateway.pages.operation_client import OperationClient
from gateway.pages.render import PRIVATE_HEADERS, render_page
from gateway.pages.studio.plan_cards import PlanCards

MOST_PLANS = 100  # a plan waits for fifteen minutes, so hardly anybody has more
MOST_CARDS = 10  # the others are lines, each with a link to its own page


class WaitingPage:
    """The view of the plans that wait: each is read and approved in its place."""

    def __init__(self, client: OperationClient) -> None:
        self._client = client
        self._cards = PlanCards(client)

    def routes(self) -> list[Route]:
        """Return the route of this page."""
        return [Route("/waiting", self._client.person_view(self.show_waiting), methods=["GET"])]

    async def show_waiting(self, request: Request, caller: Caller) -> Response:
        """Show the page; a page that is open asks for the plans `after` its newest one.

        Those are put below the others, so nothing moves under the finger of whoever reads.
        """
        newest_id = request.query_params.get("after", "")
        newest_first = await self._cards.list_waiting_plans(request, caller, MOST_PLANS)
        waiting = [plan for plan in newest_first if plan["planId"] > newest_id][::-1]
        is_part = "hx-request" in request.headers and "after" in request.query_params
        if is_part and not waiting:
            return Response(status_code=204, headers=PRIVATE_HEADERS)
        plan_ids = [plan["planId"] for plan in waiting]
        cards = await self._cards.build_waiting_cards(request, caller, plan_ids[:MOST_CARDS])
        return render_page(
            request,
            "parts/waiting_cards.html" if is_part else "waiting.html",
            cards=cards,
            others=waiting[MOST_CARDS:],
            newest_id=plan_ids[-1] if plan_ids else "",
        )
