"""The pages of buying credit: packages, the way back from the payment page, receipts.

`?mode=live` or `?mode=test` says which book a page is about, wherever a person comes from.
"""

from starlette.requests import Request
from starlette.responses import Response

from gateway.identity.sessions import Sessions
from gateway.kit.operation import authorise, declared
from gateway.kit.routing import Route
from gateway.ledger import operations as ledger
from gateway.pages.render import POLICY, page, see_other
from gateway.pages.session import Desk, form, sign_in_first
from gateway.payments import operations as payments
from gateway.payments.schemas import Claimed, StripeCheckout
from gateway.payments.shop import Shop

CREDITS = "/credits"
KINDS = {
    "promo": "Given",
    "bonus": "Bonus",
    "earned": "Earned",
    "paid": "Bought",
}


class CreditPages:
    """The views; each asks operations through the desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._shop: Shop = desk.ports.get(Shop)
        self._sessions: Sessions = desk.ports.get(Sessions)

    def routes(self) -> list[Route]:
        """Return the routes of these pages."""
        shown = self._desk.shown
        return [
            Route(CREDITS, shown(self.credits), methods=["GET"]),
            Route(f"{CREDITS}/buy", shown(self.buy), methods=["POST"]),
            Route(f"{CREDITS}/return", shown(self.back), methods=["GET"]),
            Route(f"{CREDITS}/receipt", shown(self.receipt), methods=["GET"]),
        ]

    async def credits(self, request: Request) -> Response:
        """Show the balance, what is for sale, and what was bought."""
        caller = await self._desk.person(request)
        if caller is None:
            return sign_in_first(request)
        read = self._desk.read
        answer = page(
            request,
            "credits.html",
            mode=caller.book,
            other_mode=self._other(caller.book),
            balance=await read(ledger.get_balance, request, caller),
            kinds=KINDS,
            shop=await read(payments.list_packages, request, caller, mode=caller.book),
            purchases=(await read(payments.list_purchases, request, caller)).data,
        )
        at = self._shop.stripes.get(caller.book)
        if at is not None:  # browsers hold the redirect after a form to the form's own policy
            policy = POLICY.replace("form-action 'self'", f"form-action 'self' {at.pages}")
            answer.headers["Content-Security-Policy"] = policy
        return answer

    def _other(self, mode: str) -> str:
        """Return the mode one can switch to, empty where there is only one."""
        if not self._sessions.live_enabled:
            return ""
        return "test" if mode == "live" else "live"

    async def buy(self, request: Request) -> Response:
        """Open a checkout and go to its payment page."""
        mode = request.query_params.get("mode", "")
        given = {
            "packageCode": (await form(request)).get("packageCode", ""),
            "returnPath": f"{CREDITS}/return{f'?mode={mode}' if mode else ''}",
        }
        answer = await self._desk.ask(payments.start_stripe_checkout, request, given)
        return see_other(StripeCheckout.model_validate_json(answer.body).checkout_url)

    async def back(self, request: Request) -> Response:
        """Say what became of a checkout; the address is only a hint, the provider is asked."""
        caller = await self._desk.person(request)
        if caller is None:
            return sign_in_first(request)
        given = {"sessionId": request.query_params.get("session_id", "")}
        claim = payments.claim_stripe
        authorise(declared(claim), caller)
        answer = await self._desk.carry_out(claim, request, given, caller)
        claimed = Claimed.model_validate_json(answer.body)
        return page(request, "paid.html", mode=caller.book, claim=claimed)

    async def receipt(self, request: Request) -> Response:
        """Show a receipt that can be printed."""
        caller = await self._desk.person(request)
        if caller is None:
            return sign_in_first(request)
        query = {"purchaseId": request.query_params.get("purchaseId", "")}
        receipt = await self._desk.read(payments.get_receipt, request, caller, **query)
        return page(request, "receipt.html", mode=caller.book, receipt=receipt)
