"""The page of webhooks: the secret, a test message, deliveries and failures."""

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.errors import CrossSiteRefused, Problem
from gateway.kit.http.routing import Route
from gateway.kit.operation import Caller
from gateway.media.webhooks import operations as webhooks
from gateway.pages.answers import WireAnswer
from gateway.pages.dialogs import render_dialog, to_field_problems
from gateway.pages.operation_client import OperationClient, read_form
from gateway.pages.render import render_page, see_other
from gateway.pages.shell import get_shell
from gateway.pages.toasts import Toast, add_toast

WEBHOOKS_PATH = "/webhooks"
FILTERS = ("status", "cursor")


class WebhookPages:
    """The views of webhooks."""

    def __init__(self, client: OperationClient) -> None:
        self._client = client

    def routes(self) -> list[Route]:
        """Return the routes of these pages."""
        person = self._client.person_view
        return [
            Route(WEBHOOKS_PATH, person(self.show_webhooks), methods=["GET"]),
            Route(f"{WEBHOOKS_PATH}/rotate", person(self.rotate_secret), methods=["GET", "POST"]),
            Route(f"{WEBHOOKS_PATH}/redeliver", person(self.redeliver_delivery), methods=["POST"]),
            Route(f"{WEBHOOKS_PATH}/test", person(self.send_test), methods=["POST"]),
        ]

    async def show_webhooks(self, request: Request, caller: Caller) -> Response:
        """Show the page."""
        return await self._page(request, caller)

    async def rotate_secret(self, request: Request, caller: Caller) -> Response:
        """Ask for consent to create a new secret, or create it."""
        if request.method == "GET":
            return render_dialog(request, "parts/rotate_secret.html", title="Create a new secret?")
        await self._client.call_from_form(webhooks.rotate_webhook_secret, request, caller)
        return see_other(get_shell(request).to(WEBHOOKS_PATH))

    async def redeliver_delivery(self, request: Request, caller: Caller) -> Response:
        """Send a delivery again."""
        body = {"deliveryId": (await read_form(request)).get("deliveryId", "")}
        await self._client.call_from_form(webhooks.redeliver_webhook, request, caller, body)
        answer = see_other(get_shell(request).to(WEBHOOKS_PATH))
        return add_toast(request, answer, Toast(words="The delivery is sent again."))

    async def send_test(self, request: Request, caller: Caller) -> Response:
        """Send a test message now, and show the response to it."""
        url = (await read_form(request)).get("url", "")
        try:
            tried = await self._client.call_from_form(
                webhooks.test_webhook, request, caller, {"url": url}
            )
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
        return render_page(
            request,
            "webhooks.html",
            problem=problem,
            wrong=to_field_problems(problem),
            settings=await self._client.read_wire(webhooks.get_webhooks, request, caller),
            deliveries=await self._client.read_wire(deliveries, request, caller, **query),
            query=query,
            url=url,
            tried=tried,
        )
