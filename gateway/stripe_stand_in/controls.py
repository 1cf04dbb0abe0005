"""The controls of tests: acts of a buyer, a bank or Stripe itself."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.stripe_stand_in.api import Api
from gateway.stripe_stand_in.delivery import Delivery, Endpoint, to_wire_object
from gateway.stripe_stand_in.disputes import close_dispute, open_dispute
from gateway.stripe_stand_in.invoice_payment import end_slow_charge, pay_at_page
from gateway.stripe_stand_in.payment_methods import create_payment_method, save_for_customer
from gateway.stripe_stand_in.payments import Holder
from gateway.stripe_stand_in.refunds import create_refund, fail_refund, succeed_refund
from gateway.stripe_stand_in.session_payment import Entries, end_delayed_payment, pay_session
from gateway.stripe_stand_in.sessions import expire_session
from gateway.stripe_stand_in.store import Store, StripeRefusal


class Controls:
    """The controls, each a `do_` method."""

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
            return JSONResponse(to_wire_object({"error": refused.error}), refused.status)
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

    async def do_pay(self, session: str, **entries: Any) -> Any:  # noqa: ANN401 - JSON
        """Pay like the hosted page; `Entries` has what a buyer can enter."""
        return pay_session(self.store, session, Entries(**entries))["payment_intent"]

    async def do_pay_invoice(
        self, invoice: str, card: str | None = None, holder: Holder = "confirmed"
    ) -> Any:  # noqa: ANN401 - JSON
        """Pay like the hosted page of an invoice, with a new card or the one that was tried."""
        return to_wire_object(pay_at_page(self.store, invoice, card=card, holder=holder))

    async def do_save_card(self, customer: str, card: str = "4242424242424242") -> Any:  # noqa: ANN401 - JSON
        """Save a card for a customer, as a completed setup does; return its id."""
        method = create_payment_method(self.store, card)
        method["_is_set_up"] = True
        return save_for_customer(self.store, method, customer, "limited")["id"]

    async def do_decline(self, method: str, codes: list[str]) -> Any:  # noqa: ANN401 - JSON
        """Let the bank answer the next charges of a saved card with these decline codes."""
        self.store.decline_codes[method] = codes

    async def do_slow_bank(self, method: str) -> Any:  # noqa: ANN401 - JSON
        """Let the bank of a saved card take its time over the next charge."""
        self.store.slow_methods.add(method)

    async def do_end_slow_charge(self, invoice: str, decline: str | None = None) -> Any:  # noqa: ANN401 - JSON
        """Let the bank answer the charge of an invoice that it was slow about."""
        end_slow_charge(self.store, invoice, decline)

    async def do_arrive(self, session: str, *, succeeded: bool) -> Any:  # noqa: ANN401 - JSON
        """End a delayed payment."""
        end_delayed_payment(self.store, session, succeeded=succeeded)

    async def do_expire(self, session: str) -> Any:  # noqa: ANN401 - JSON
        """Let a session run out."""
        expire_session(self.store, session)

    async def do_slow_refunds(self, *, on: bool) -> Any:  # noqa: ANN401 - JSON
        """Let new refunds begin as pending."""
        self.store.are_refunds_slow = on

    async def do_refund(self, intent: str, amount: int | None = None) -> Any:  # noqa: ANN401 - JSON
        """Refund like the dashboard."""
        return create_refund(self.store, {"payment_intent": intent, "amount": amount})["id"]

    async def do_succeed_refund(self, refund: str) -> Any:  # noqa: ANN401 - JSON
        """Let a pending refund arrive."""
        succeed_refund(self.store, refund)

    async def do_fail_refund(self, refund: str) -> Any:  # noqa: ANN401 - JSON
        """Let a refund fail."""
        fail_refund(self.store, refund)

    async def do_dispute(
        self, intent: str, amount: int | None = None, *, withdraw: bool = True
    ) -> Any:  # noqa: ANN401 - JSON
        """Open a dispute."""
        return open_dispute(self.store, intent, amount, withdraw=withdraw)["id"]

    async def do_close_dispute(self, dispute: str, *, won: bool) -> Any:  # noqa: ANN401 - JSON
        """End a dispute."""
        close_dispute(self.store, dispute, won=won)

    async def do_alter(self, kind: str, id: str, **fields: Any) -> Any:  # noqa: A002, ANN401 - JSON
        """Change fields of an object, as only a mistake or an attack would."""
        self.store.get_object(kind, id).update(fields)

    async def do_forget(self, kind: str, id: str) -> Any:  # noqa: A002, ANN401 - JSON
        """Forget an object, as after a restore or with another account of Stripe."""
        del self.store.objects[kind][id]

    async def do_forget_keys(self) -> Any:  # noqa: ANN401 - JSON
        """Forget every idempotency key, as after a day."""
        self.api.answers_by_key.clear()

    async def do_fail(
        self,
        calls: int = 0,
        lost: int = 0,
        status: int = 500,
        broken: str = "",
        *,
        late: bool = False,
    ) -> Any:  # noqa: ANN401 - JSON
        """Refuse the next calls with a status, or carry them out and lose the answer.

        The next call whose idempotency key ends in `broken` breaks, `late` after it is carried out.
        """
        self.api.calls_to_fail, self.api.answers_to_lose = calls, lost
        self.api.failing_status, self.api.broken_key = status, broken
        self.api.is_broken_late = late

    async def do_silent(self, *, on: bool) -> Any:  # noqa: ANN401 - JSON
        """Take requests without an answer, or answer again."""
        (self.api.is_answering.clear if on else self.api.is_answering.set)()

    async def do_think(self, seconds: float) -> Any:  # noqa: ANN401 - JSON
        """Delay each change by some seconds, while its idempotency key is in use."""
        self.api.thinking_seconds = seconds

    async def do_objects(self, kind: str) -> Any:  # noqa: ANN401 - JSON
        """Return every object of a kind, the oldest first."""
        return to_wire_object(list(self.store.objects[kind].values()))

    async def do_events(self, about: str) -> Any:  # noqa: ANN401 - JSON
        """Return the ids and types of the events about an object."""
        return [
            {"id": each["id"], "type": each["type"]}
            for each in self.store.objects["event"].values()
            if each["data"]["object"]["id"] == about
        ]
