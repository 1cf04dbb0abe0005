"""The pages of buying credit: packages, the way back from the payment page, receipts."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.errors import Unauthorized
from gateway.kit.operation import Caller, authorise, declared
from gateway.kit.routing import Route
from gateway.ledger import operations as ledger
from gateway.pages.render import POLICY, page, see_other
from gateway.pages.session import Desk, form, shown, without_keys
from gateway.payments import operations as payments
from gateway.payments.schemas import Claimed, StripeCheckout
from gateway.payments.shop import Shop

CREDITS = "/credits"
SIGN_IN = "/login?returnPath=/credits"


class CreditPages:
    """The views; each asks operations through the desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._shop: Shop = desk.ports.get(Shop)

    def routes(self) -> list[Route]:
        """Return the routes of these pages."""
        return [
            Route(CREDITS, shown(self.credits), methods=["GET"]),
            Route(f"{CREDITS}/buy", shown(self.buy), methods=["POST"]),
            Route(f"{CREDITS}/return", shown(self.back), methods=["GET"]),
            Route(f"{CREDITS}/receipt", shown(self.receipt), methods=["GET"]),
        ]

    async def credits(self, request: Request) -> Response:
        """Show the balance, what is for sale, and what was bought."""
        caller = await self._person(request)
        if caller is None:
            return see_other(SIGN_IN)
        answer = page(
            "credits.html",
            balance=await self._read(ledger.get_balance, request, caller),
            shop=await self._read(payments.list_packages, request, caller, mode=caller.book),
            purchases=(await self._read(payments.list_purchases, request, caller)).data,
        )
        at = self._shop.stripes.get(caller.book)
        if at is not None:  # browsers hold the redirect after a form to the form's own policy
            policy = POLICY.replace("form-action 'self'", f"form-action 'self' {at.pages}")
            answer.headers["Content-Security-Policy"] = policy
        return answer

    async def buy(self, request: Request) -> Response:
        """Open a checkout and go to its payment page."""
        given = {"packageCode": (await form(request)).get("packageCode", "")}
        answer = await self._desk.ask(payments.start_stripe_checkout, request, given)
        return see_other(StripeCheckout.model_validate_json(answer.body).checkout_url)

    async def back(self, request: Request) -> Response:
        """Say what became of a checkout; the address is only a hint, the provider is asked."""
        caller = await self._person(request)
        if caller is None:
            return see_other(SIGN_IN)
        given = {"sessionId": request.query_params.get("session_id", "")}
        claim = payments.claim_stripe
        authorise(declared(claim), caller)
        answer = await self._desk.carry_out(claim, request, given, caller)
        return page("paid.html", claim=Claimed.model_validate_json(answer.body))

    async def receipt(self, request: Request) -> Response:
        """Show a receipt that can be printed."""
        caller = await self._person(request)
        if caller is None:
            return see_other(SIGN_IN)
        query = {"purchaseId": request.query_params.get("purchaseId", "")}
        receipt = await self._read(payments.get_receipt, request, caller, **query)
        return page("receipt.html", receipt=receipt)

    async def _person(self, request: Request) -> Caller | None:
        """Return who is signed in; a page that only shows may be reached from anywhere."""
        try:
            return await self._desk.callers(
                without_keys(request.headers), declared(ledger.get_balance)
            )
        except Unauthorized:
            return None

    async def _read(
        self,
        handler: Any,  # noqa: ANN401 - an operation
        request: Request,
        caller: Caller,
        **query: str,
    ) -> Any:  # noqa: ANN401 - its answer, of its own model
        authorise(declared(handler), caller)
        answer = await self._desk.carry_out(handler, request, None, caller, query=query)
        return declared(handler).response.model_validate_json(answer.body)
