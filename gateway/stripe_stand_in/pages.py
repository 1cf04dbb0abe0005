"""The hosted payment page and the controls of tests."""

import html
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from gateway.stripe_stand_in.api import Api
from gateway.stripe_stand_in.delivery import Delivery, Endpoint
from gateway.stripe_stand_in.store import Object, Store, StripeRefusal

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>Sandbox payment</title>
<style>body{{font:16px/1.5 system-ui;max-width:32rem;margin:3rem auto;padding:0 1rem;
color-scheme:light dark;color:CanvasText;background:Canvas}}
strong{{background:#fc0;color:#000;padding:.2rem .5rem}}
button{{font:inherit;padding:.6rem 1rem;margin:.3rem .3rem 0 0}}</style>
<p><strong>SANDBOX, NO REAL MONEY</strong></p><h1>{name}</h1><p>{amount}</p>{form}</html>"""
FORM = """<form method="post"><button>Pay with the test card</button>
<button name="delayed" value="1">Pay with a slow bank</button></form>"""


def render_total(session: Object) -> str:
    """Render the total of a session for people."""
    return f"${session['amount_total'] / 100:.2f} {session['currency'].upper()}"


def build_page_routes(store: Store) -> list[Route]:
    """Build the routes of the hosted payment page."""

    async def show(request: Request) -> Response:
        session = store.objects["session"].get(request.path_params["id"])
        if session is None:
            return HTMLResponse("There is no such payment.", 404)
        name = html.escape(session["_items"][0]["price_data"]["product_data"]["name"])
        form = FORM if session["status"] == "open" else "<p>This payment is closed.</p>"
        return HTMLResponse(PAGE.format(name=name, amount=render_total(session), form=form))

    async def pay(request: Request) -> Response:
        name = request.path_params["id"]
        form = parse_qs((await request.body()).decode())
        try:
            session = store.pay_session(name, delayed="delayed" in form)
        except StripeRefusal:
            return await show(request)
        back = session["success_url"].replace("{CHECKOUT_SESSION_ID}", name)
        return RedirectResponse(back, 303)

    return [
        Route("/c/pay/{id}", show),
        Route("/c/pay/{id}", pay, methods=["POST"]),
    ]


class Controls:
    """The controls of tests: acts of a buyer, a bank or Stripe itself, each a `do_` method."""

    def __init__(self, store: Store, api: Api, delivery: Delivery) -> None:
        self.store, self.api, self.delivery = store, api, delivery

    def routes(self) -> list[Route]:
        """Build the route of all controls: the name is in the path, the arguments are JSON."""
        return [Route("/_test/{name}", self._door, methods=["POST"])]

    async def _door(self, request: Request) -> Response:
        arguments = await request.json()
        try:
            answer = await getattr(self, f"do_{request.path_params['name']}")(**arguments)
        except StripeRefusal as refused:
            return JSONResponse({"error": refused.error}, refused.status)
        return JSONResponse(answer)

    async def do_endpoint(self, url: str, secret: str) -> Any:  # noqa: ANN401 - JSON
        """Deliver to one more address."""
        self.delivery.endpoints.append(Endpoint(url, secret))

    async def do_delivery(self, *, on: bool) -> Any:  # noqa: ANN401 - JSON
        """Switch delivery on or off."""
        self.delivery.is_on = on

    async def do_deliveries(self) -> Any:  # noqa: ANN401 - JSON
        """Return every try to deliver so far."""
        return self.delivery.tries

    async def do_redeliver(
        self, event: str, url: str, secret: str, timestamp: int | None = None
    ) -> Any:  # noqa: ANN401 - JSON
        """Send an event once more, with any secret and timestamp."""
        found = self.store.get_object("event", event)
        return await self.delivery.send_event(found, Endpoint(url, secret), timestamp)

    async def do_pay(self, session: str, *, delayed: bool = False, card: str = "4242") -> Any:  # noqa: ANN401 - JSON
        """Pay like the hosted page."""
        return self.store.pay_session(session, delayed=delayed, card=card)["payment_intent"]

    async def do_arrive(self, session: str, *, succeeded: bool) -> Any:  # noqa: ANN401 - JSON
        """End a delayed payment."""
        self.store.end_delayed_payment(session, succeeded=succeeded)

    async def do_expire(self, session: str) -> Any:  # noqa: ANN401 - JSON
        """Let a session run out."""
        self.store.expire_session(session)

    async def do_slow_refunds(self, *, on: bool) -> Any:  # noqa: ANN401 - JSON
        """Let new refunds begin as pending."""
        self.store.are_refunds_slow = on

    async def do_refund(self, intent: str, amount: int | None = None) -> Any:  # noqa: ANN401 - JSON
        """Refund like the dashboard."""
        return self.store.create_refund({"payment_intent": intent, "amount": amount})["id"]

    async def do_fail_refund(self, refund: str) -> Any:  # noqa: ANN401 - JSON
        """Let a refund fail."""
        self.store.fail_refund(refund)

    async def do_dispute(
        self, intent: str, amount: int | None = None, *, withdraw: bool = True
    ) -> Any:  # noqa: ANN401 - JSON
        """Open a dispute."""
        return self.store.open_dispute(intent, amount, withdraw=withdraw)["id"]

    async def do_close_dispute(self, dispute: str, *, won: bool) -> Any:  # noqa: ANN401 - JSON
        """End a dispute."""
        self.store.close_dispute(dispute, won=won)

    async def do_alter(self, kind: str, id: str, **fields: Any) -> Any:  # noqa: A002, ANN401 - JSON
        """Change fields of an object, as only a mistake or an attack would."""
        self.store.get_object(kind, id).update(fields)

    async def do_forget(self, kind: str, id: str) -> Any:  # noqa: A002, ANN401 - JSON
        """Forget an object, as after a restore or with another account of Stripe."""
        del self.store.objects[kind][id]

    async def do_fail(self, calls: int = 0, lost: int = 0, status: int = 500) -> Any:  # noqa: ANN401 - JSON
        """Refuse the next calls with a status, or carry them out and lose the answer."""
        self.api.calls_to_fail, self.api.answers_to_lose, self.api.failing_status = (
            calls,
            lost,
            status,
        )

    async def do_silent(self, *, on: bool) -> Any:  # noqa: ANN401 - JSON
        """Take requests without an answer, or answer again."""
        (self.api.is_answering.clear if on else self.api.is_answering.set)()

    async def do_think(self, seconds: float) -> Any:  # noqa: ANN401 - JSON
        """Delay each change by some seconds, while its idempotency key is in use."""
        self.api.thinking_seconds = seconds

    async def do_events(self, about: str) -> Any:  # noqa: ANN401 - JSON
        """Return the ids and types of the events about an object."""
        return [
            {"id": each["id"], "type": each["type"]}
            for each in self.store.objects["event"].values()
            if each["data"]["object"]["id"] == about
        ]
