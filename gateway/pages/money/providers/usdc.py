"""Pages of a payment in USDC: the address to pay to, and the progress of the payment.

The pages need not stay open: the sweeper finds the payment on the chain and credits it.
"""

import re
from typing import TypedDict, cast

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.database.sessions import Database
from gateway.kit.errors import InvalidInput, NotFound, Problem
from gateway.kit.http.routing import Route
from gateway.kit.operation import Caller
from gateway.pages.answers import CheckoutAnswer, ClaimAnswer
from gateway.pages.media.job_view import format_duration, seconds_until
from gateway.pages.operation_client import OperationClient, read_form
from gateway.pages.render import render_page, see_other
from gateway.pages.shell import get_shell
from gateway.payments.crypto import operations as crypto
from gateway.payments.errors import ChainUnreadableError, PaymentProviderError

USDC_PATH = "/credits/usdc"
TRANSACTION_HASH = re.compile("0x[0-9a-fA-F]{64}(?![0-9a-fA-F])")
NO_HASH = "This is not the hash of a transaction."
HASH_HINT = (
    "It begins with 0x; 64 digits and letters from a to f follow. Your wallet shows it with the"
    " payment."
)
NETWORK_WORDS = {"base": "Base", "base-sepolia": "Base Sepolia (a test network)"}


class _ShownCheckout(TypedDict):
    checkout: CheckoutAnswer
    claim: ClaimAnswer
    network: str
    left: str
    missing: int


class UsdcPages:
    """The views of a USDC checkout."""

    def __init__(self, client: OperationClient) -> None:
        self._client = client
        self._database: Database = client.ports.get(Database)

    def routes(self) -> list[Route]:
        """Return the routes of these pages."""
        person = self._client.person_view
        checkout_path = f"{USDC_PATH}/{{checkout_id}}"
        return [
            Route(USDC_PATH, person(self.start_checkout), methods=["POST"]),
            Route(f"{USDC_PATH}/find", person(self.find_payment), methods=["GET", "POST"]),
            Route(checkout_path, person(self.show_checkout), methods=["GET"]),
            Route(f"{checkout_path}/state", person(self.show_state), methods=["GET"]),
        ]

    async def start_checkout(self, request: Request, caller: Caller) -> Response:
        """Start a checkout and redirect to its page; a second press leads to the same one."""
        fields = await read_form(request)
        body = {"packageCode": fields.get("packageCode", ""), "returnPath": "/credits"}
        key = fields.get("idempotencyKey")
        start = crypto.start_crypto_checkout
        checkout = await self._client.call_from_form(start, request, caller, body, key=key)
        return see_other(get_shell(request).act(f"{USDC_PATH}/{checkout['checkoutId']}"))

    async def show_checkout(self, request: Request, caller: Caller) -> Response:
        """Show address, amount and what has arrived; only the price if the chain is down."""
        checkout = await self._get_checkout(request, caller)
        try:
            values = await self._to_shown_checkout(request, caller, checkout)
        except ChainUnreadableError as unread:
            return render_page(
                request, "providers/usdc_unread.html", problem=unread, checkout=checkout
            )
        return render_page(request, "providers/usdc.html", **values)

    async def find_payment(self, request: Request, caller: Caller) -> Response:
        """Ask for the transaction of a payment that is missing, and redirect to its checkout."""
        fields = await read_form(request)
        text = fields.get("transaction", "").strip()
        problem: Problem | None = None
        if request.method == "POST":
            try:
                checkout_id = await self._find_paid_checkout(request, caller, text)
                return see_other(get_shell(request).act(f"{USDC_PATH}/{checkout_id}"))
            except (InvalidInput, NotFound, PaymentProviderError) as refused:
                problem = refused
        return render_page(request, "providers/usdc_find.html", problem=problem, transaction=text)

    async def _find_paid_checkout(self, request: Request, caller: Caller, text: str) -> str:
        """Find the checkout that a transaction paid; the text may be a block explorer's address."""
        match = TRANSACTION_HASH.search(text)
        if match is None:
            raise InvalidInput(NO_HASH, hint=HASH_HINT)
        body = {"transaction": match[0]}
        claim = await self._client.call_from_form(crypto.claim_crypto, request, caller, body)
        checkout_id: str = claim["checkoutId"]
        return checkout_id

    async def show_state(self, request: Request, caller: Caller) -> Response:
        """Render the changing part of a checkout for htmx; a browser is sent to the whole page."""
        if "hx-request" not in request.headers:
            return see_other(get_shell(request).act(request.url.path.removesuffix("/state")))
        values = await self._to_shown_checkout(
            request, caller, await self._get_checkout(request, caller)
        )
        # A settled checkout is another page, without an address to pay to: reload all of it.
        headers = {} if values["claim"]["retryAfterSeconds"] else {"HX-Refresh": "true"}
        return render_page(request, "providers/usdc_state.html", headers=headers, **values)

    async def _get_checkout(self, request: Request, caller: Caller) -> CheckoutAnswer:
        checkout_id = request.path_params["checkout_id"]
        operation = crypto.get_crypto_checkout
        checkout = await self._client.read_wire(operation, request, caller, checkoutId=checkout_id)
        return cast("CheckoutAnswer", checkout)

    async def _to_shown_checkout(
        self, request: Request, caller: Caller, checkout: CheckoutAnswer
    ) -> _ShownCheckout:
        body = {"checkoutId": checkout["checkoutId"]}
        claim_answer = await self._client.claim_payment(crypto.claim_crypto, request, caller, body)
        claim = cast("ClaimAnswer", claim_answer)
        seconds_left = seconds_until(checkout["expiresAt"], self._database.clock.now())
        return {
            "checkout": checkout,
            "claim": claim,
            "network": NETWORK_WORDS.get(checkout["network"], checkout["network"]),
            "left": format_duration(seconds_left) if seconds_left else "",
            "missing": max(0, checkout["priceMicrousd"] - claim["receivedMicrousd"]),
        }
