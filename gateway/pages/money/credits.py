"""Pages of credit: packages, the return from the payment page, receipts, movements.

`?mode=live` or `?mode=test` names the book, wherever a person comes from.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from gateway.identity.keys import operations as identity
from gateway.identity.keys.schemas import Key
from gateway.kit.errors import NotFound
from gateway.kit.http.routing import Route
from gateway.kit.operation import Caller
from gateway.ledger import operations as ledger
from gateway.ledger.operations import TopUp
from gateway.ledger.schemas import Movement
from gateway.ledger.states import Phase
from gateway.library.uploads.intake import Uploads
from gateway.pages.answers import WireAnswer
from gateway.pages.dialogs import new_form_key
from gateway.pages.form_problems import get_posted_form
from gateway.pages.money.payment_ways import PaymentWay
from gateway.pages.money.providers import OWN_WAYS
from gateway.pages.money.providers.top_up import TopUpForms
from gateway.pages.operation_client import OperationClient, read_form, redirect_to_sign_in
from gateway.pages.render import render_page, see_other
from gateway.payments import operations as payments
from gateway.payments.codes import operations as codes
from gateway.payments.currencies import DOLLARS
from gateway.payments.invoices import operations as invoices
from gateway.payments.provider import HostedProvider
from gateway.payments.registry import PackageList, get_browser_checkouts
from gateway.payments.shop import CustomerProvider, Shop
from gateway.payments.states import CheckoutState
from gateway.studio.plans.reader import PlanReader, StepOrigin

CREDITS_PATH = "/credits"
GRANT_WORDS = {
    "promo": "Given",
    "bonus": "Bonus",
    "earned": "Earned",
    "paid": "Bought",
}
STEP_PREFIX = "step_"
PAGE_LINES, MOST_FILE_LINES, MOST_ROWS = "20", "500", "100"
MOVEMENT_WORDS = {
    ("hold", Phase.PENDING): "Held",
    ("hold", Phase.POST): "Charged",
    ("hold", Phase.VOID): "Released, nothing charged",
    ("promo", Phase.SINGLE): "Given",
    ("purchase", Phase.SINGLE): "Bought",
    ("bonus", Phase.SINGLE): "Bonus",
    ("consume", Phase.SINGLE): "Spent through the API",
    ("grant_expired", Phase.SINGLE): "Expired",
    ("refund", Phase.SINGLE): "Refunded to you",
    ("refund_failed", Phase.SINGLE): "Refund failed, credit restored",
    ("dispute", Phase.SINGLE): "Disputed",
    ("dispute_won", Phase.SINGLE): "Dispute won, credit restored",
    ("code_taken_back", Phase.SINGLE): "Taken back with its purchase",
    ("code_restored", Phase.SINGLE): "Credited again with its purchase",
    ("deposit_reversed", Phase.SINGLE): "Payment left its chain, taken back",
    ("deposit_restored", Phase.SINGLE): "Payment is back on its chain, credited again",
    ("adjust", Phase.SINGLE): "Corrected by the operator",
}


class CreditPages:
    """The views of credit, purchases and receipts."""

    def __init__(self, client: OperationClient) -> None:
        self._client = client
        self._plans: PlanReader = client.ports.get(PlanReader)
        self._shop: Shop = client.ports.get(Shop)
        self._top_up: TopUp = client.ports.get(TopUp)
        self._api_url: str = client.ports.get(Uploads).api_url
        self._doors = get_browser_checkouts()
        self._top_up_forms = TopUpForms(client)

    def routes(self) -> list[Route]:
        """Return the routes of these pages."""
        public, person = self._client.public_view, self._client.person_view
        return [
            Route(CREDITS_PATH, person(self.show_credits), methods=["GET"]),
            Route(f"{CREDITS_PATH}/history.csv", person(self.download_history), methods=["GET"]),
            Route(
                f"{CREDITS_PATH}/purchases.csv", person(self.download_purchases), methods=["GET"]
            ),
            Route(f"{CREDITS_PATH}/buy", person(self.start_checkout), methods=["POST"]),
            Route(f"{CREDITS_PATH}/return", public(self.show_payment), methods=["GET"]),
            Route(f"{CREDITS_PATH}/receipt", public(self.show_receipt), methods=["GET"]),
            *self._top_up_forms.routes(),
        ]

    async def show_credits(self, request: Request, caller: Caller) -> Response:
        """Show balance, packages, movements, purchases, and the keys with caps."""
        read_model, cursor = self._client.read_model, request.query_params.get("cursor")
        page_of = {"limit": PAGE_LINES} | ({"cursor": cursor} if cursor else {})
        history = await read_model(ledger.get_balance_history, request, caller, **page_of)
        keys = (await read_model(identity.list_keys, request, caller, limit=MOST_ROWS)).data
        ways = self._list_payment_ways(caller.book)
        shop = await read_model(payments.list_packages, request, caller, mode=caller.book)
        return render_page(
            request,
            "credits.html",
            # Browsers apply form-action to the redirect after a form too: without the payment
            # pages in it the button would lead nowhere.
            form_origins=" ".join(self._list_payment_pages(caller.book)),
            mode=caller.book,
            balance=await read_model(ledger.get_balance, request, caller),
            low_microusd=self._top_up.low_microusd,
            kinds=GRANT_WORDS,
            shop=shop,
            top_up=await self._top_up_forms.load_section(request, caller),
            currency=request.query_params.get("currency", DOLLARS),
            currencies=_list_currencies(shop, ways),
            idempotency_key=new_form_key(),
            ways=ways,
            api_url=self._api_url,
            movements=history.data,
            steps=await self._find_step_origins(caller, history.data),
            older=history.next_cursor,
            paged=cursor is not None,
            words=MOVEMENT_WORDS,
            codes=(await read_model(codes.list_redeemed_codes, request, caller)).data,
            typed_code=get_posted_form(request).get("code", ""),
            purchases=(
                await read_model(payments.list_purchases, request, caller, limit=MOST_ROWS)
            ).data,
            capped=[key for key in keys if key.mode == caller.book and _has_cap(key)],
        )

    def _list_payment_ways(self, book: str) -> list[PaymentWay]:
        """List the ways to pay that are open in a book."""
        hosted = [
            PaymentWay(method=method, words=door.words, path=f"{CREDITS_PATH}/buy", note=door.note)
            for method, door in self._doors.items()
        ]
        providers = {each.method: each for each in self._shop.providers if each.book == book}
        return [
            replace(
                each,
                takes_currencies=providers[each.method].takes_currencies,
                adds_tax=providers[each.method].computes_tax,
                saves_cards=isinstance(providers[each.method], CustomerProvider),
            )
            for each in (*hosted, *OWN_WAYS)
            if each.method in providers
        ]

    def _list_payment_pages(self, book: str) -> list[str]:
        """List the origins of payment pages that our buttons redirect to."""
        return [
            each.pages_origin
            for each in self._shop.providers
            if isinstance(each, HostedProvider) and each.method in self._doors and each.book == book
        ]

    async def _find_step_origins(
        self, caller: Caller, lines: Sequence[Movement]
    ) -> dict[str, StepOrigin]:
        """Find the plan steps that movements refer to, by the reference of the movement."""
        references = {line.reference for line in lines if line.reference.startswith(STEP_PREFIX)}
        return await self._plans.list_step_origins(caller, sorted(references)) if references else {}

    async def download_history(self, request: Request, caller: Caller) -> Response:
        """Download the newest movements as CSV."""
        query = {"limit": MOST_FILE_LINES}
        return await self._client.download_csv(
            ledger.get_balance_history, request, caller, query, "credit-history"
        )

    async def download_purchases(self, request: Request, caller: Caller) -> Response:
        """Download the newest purchases as CSV, each with its tax."""
        return await self._client.download_csv(
            payments.list_purchases, request, caller, {"limit": MOST_ROWS}, "purchases"
        )

    async def start_checkout(self, request: Request, caller: Caller) -> Response:
        """Start a checkout and redirect to its payment page; a second press starts no other."""
        fields, mode = await read_form(request), request.query_params.get("mode", "")
        saves_card = "saveCard" in fields
        back = [f"mode={mode}"] * bool(mode) + ["card=saved"] * saves_card
        body: dict[str, object] = {
            "packageCode": fields.get("packageCode", ""),
            "returnPath": f"{CREDITS_PATH}/return{'?' if back else ''}{'&'.join(back)}",
        }
        if "currency" in fields:
            body["currency"] = fields["currency"]
        key = fields.get("idempotencyKey")
        if saves_card:
            body["saveCard"] = True
            key = f"{key}-card" if key else key  # another order than without it
        first = next(iter(self._doors.values()))
        start = self._doors.get(fields.get("method", ""), first).start
        checkout = await self._client.call_from_form(start, request, caller, body, key=key)
        return see_other(checkout["checkoutUrl"])

    async def show_payment(self, request: Request) -> Response:
        """Show the state of a checkout after payment.

        The address is only a hint: the provider is asked whether it was paid.
        """
        caller = await self._client.find_caller(request)
        if caller is None:
            return redirect_to_sign_in(request)
        body = {"sessionId": request.query_params.get("session_id", "")}
        claim = await self._claim_session(request, caller, body)
        saved = None
        if claim["state"] == CheckoutState.CREDITED and "card" in request.query_params:
            saved = await self._top_up_forms.claim_card(request, caller, body)
        return render_page(request, "paid.html", mode=caller.book, claim=claim, saved=saved)

    async def _claim_session(
        self, request: Request, caller: Caller, body_fields: dict[str, str]
    ) -> WireAnswer:
        """Claim a checkout session at the provider that knows it, asking one after the other.

        The address names no provider; the answer of the last one is final.

        Raises:
            Problem: no provider knows the session, or one cannot be reached.
        """
        *others, last = (door.claim for door in self._doors.values())
        for claim in others:
            with contextlib.suppress(NotFound):
                return await self._client.claim_payment(claim, request, caller, body_fields)
        return await self._client.claim_payment(last, request, caller, body_fields)

    async def show_receipt(self, request: Request) -> Response:
        """Show a receipt that can be printed."""
        caller = await self._client.find_caller(request)
        if caller is None:
            return redirect_to_sign_in(request)
        query = {"purchaseId": request.query_params.get("purchaseId", "")}
        receipt = await self._client.read_model(payments.get_receipt, request, caller, **query)
        listed = await self._client.read_model(invoices.list_invoices, request, caller, **query)
        return render_page(
            request, "receipt.html", mode=caller.book, receipt=receipt, invoices=listed.data[::-1]
        )


def _list_currencies(shop: PackageList, ways: Sequence[PaymentWay]) -> list[str]:
    """List the currencies that a package can be paid in, dollars first."""
    if not any(each.takes_currencies for each in ways):
        return [DOLLARS]
    prices = [price.currency for package in shop.packages for price in package.prices]
    return list(dict.fromkeys([DOLLARS, *prices]))


def _has_cap(key: Key) -> bool:
    """Return True if a working key has a cap."""
    policy = key.spend_policy
    caps = (policy.daily_limit_usd, policy.monthly_limit_usd, policy.total_limit_usd)
    return key.revoked_at is None and any(cap is not None for cap in caps)
