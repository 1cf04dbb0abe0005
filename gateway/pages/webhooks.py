"""The page of webhooks: the secret, a test message, deliveries and failures."""

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.errors import CrossSiteRefused, Problem
from gateway.kit.operation import Caller
from gateway.kit.routing import Route
from gateway.media import webhook_operations as webhooks
from gateway.pages.answers import WireAnswer
from gateway.pages.asking import asking, wrong
from gateway.pages.render import page, see_other
from gateway.pages.session import Desk, form
from gateway.pages.shell import shell_of

WEBHOOKS = "/webhooks"
FILTERS = ("status", "cursor")


class WebhookPages:
    """The views of webhooks."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        """Return the routes of these pages."""
        person = self._desk.for_person
        return [
            Route(WEBHOOKS, person(self.webhooks), methods=["GET"]),
            Route(f"{WEBHOOKS}/rotate", person(self.rotate), methods=["GET", "POST"]),
            Route(f"{WEBHOOKS}/redeliver", person(self.redeliver), methods=["POST"]),
            Route(f"{WEBHOOKS}/test", person(self.test), methods=["POST"]),
        ]

    async def webhooks(self, request: Request, caller: Caller) -> Response:
        """Show the page."""
        return await self._page(request, caller)

    async def rotate(self, request: Request, caller: Caller) -> Response:
        """Ask for consent to create a new secret, or create it."""
        if request.method == "GET":
            return asking(request, "parts/rotate_secret.html", title="Create a new secret?")
        await self._desk.act(webhooks.rotate_webhook_secret, request, caller)
        return see_other(shell_of(request).to(WEBHOOKS))

    async def redeliver(self, request: Request, caller: Caller) -> Response:
        """Send a delivery again."""
        body = {"deliveryId": (await form(request)).get("deliveryId", "")}
        await self._desk.act(webhooks.redeliver_webhook, request, caller, body)
        return see_other(shell_of(request).to(WEBHOOKS))

    async def test(self, request: Request, caller: Caller) -> Response:
        """Send a test message now, and show the response to it."""
        url = (await form(request)).get("url", "")
        try:
            tried = await self._desk.act(webhooks.test_webhook, request, caller, {"url": url})
        except CrossSiteRefused:
            raise
        except Problem as problem:
            return await self._page(request, caller, problem, url=url)
        return await self._page(request, caller, url=url, tried=tried)

    async def _page(
        self,
        request: Request,
        caller: Caller,
        problem: Problem | None = None,
        *,
        url: str = "",
        tried: WireAnswer | None = None,
    ) -> Response:
        params = request.query_params
        query = {name: params[name] for name in FILTERS if params.get(name)}
        deliveries = webhooks.list_webhook_deliveries
        return page(
            request,
            "webhooks.html",
            problem=problem,
            wrong=wrong(problem),
            settings=await self._desk.found(webhooks.get_webhooks, request, caller),
            deliveries=await self._desk.found(deliveries, request, caller, **query),
            query=query,
            url=url,
            tried=tried,
        )
