"""Stripe for one book: the SDK over our HTTP client."""

import hashlib
from collections.abc import AsyncIterator, Mapping
from typing import Any, ClassVar

import stripe

from gateway.kit import idempotency
from gateway.kit.wire import request_reader
from gateway.ledger.accounts.owners import House
from gateway.payments.errors import PaymentProviderError, ProviderObjectMissingError
from gateway.payments.inbox import ProviderEvent
from gateway.payments.packages import CENT_MICROUSD, Package
from gateway.payments.payment import CreditNoteOrder, Payment, ProviderRefund, RefundOrder
from gateway.payments.provider import ProviderReturn
from gateway.payments.schemas import Method
from gateway.payments.shop import Shop
from gateway.payments.stripe import customers, events, invoices
from gateway.payments.stripe.http import Httpx2Client, translate_stripe_errors
from gateway.payments.stripe.parameters import (
    build_session_parameters,
    needs_customer,
    to_minor_units,
)
from gateway.payments.stripe.readings import (
    read_stripe_dispute,
    read_stripe_payment,
    read_stripe_refund,
)
from gateway.payments.tables import Checkout

EXPANDED_FIELDS = [
    "payment_intent.latest_charge",  # it has the card's fingerprint
    "total_details.breakdown",
    "discounts.promotion_code",
    "invoice",
]
MIN_CHARGE_MICROUSD = 50 * CENT_MICROUSD  # Stripe charges no less
RETURN_ID_PREFIXES = ("re_", "pyr_", "du_", "dp_")


class StripeClient:
    """Stripe with the keys of one book."""

    name: ClassVar = "stripe"
    reconciliation_name: ClassVar = "stripe"
    method: ClassVar = "stripe"
    clearing_account: ClassVar = House.CLEARING_STRIPE
    unavailable_message: ClassVar = "Cards are not accepted"
    pays_in_parts: ClassVar = False
    completes_late: ClassVar = False
    computes_tax: ClassVar = True
    takes_currencies: ClassVar = True
    takes_promotion_codes: ClassVar = True
    event_types: ClassVar = events.HANDLED_EVENTS

    def __init__(self, book: str, key: str, secrets: tuple[str, ...], base: str | None) -> None:
        self.book = book
        self.secrets = secrets
        self.pages_origin = base or "https://checkout.stripe.com"
        self._http = Httpx2Client()
        self._client = stripe.StripeClient(
            key,
            base_addresses={} if base is None else {"api": base},
            http_client=self._http,
            max_network_retries=2,
        )

    @property
    def sdk(self) -> stripe.StripeClient:
        """Return the SDK, for the calls that charge saved cards."""
        return self._client

    async def close(self) -> None:
        """Close every connection."""
        await self._http.close_async()

    def can_sell(self, package: Package) -> bool:
        """Return True if a package costs at least the smallest charge of a card."""
        return package.price_microusd >= MIN_CHARGE_MICROUSD

    def render_method(self) -> Method:
        """Render Stripe for the list of payment methods."""
        return Method(enabled=True)

    async def create_session(self, checkout: Checkout, *, site: str) -> Payment:
        """Create the Checkout Session of a checkout; an equal call returns the same session.

        Raises:
            PaymentProviderError: no session was made; `final` if a repeat cannot help.
        """
        params: Any = build_session_parameters(checkout, site=site)
        # A key answers equal requests only. Another try may name a new Customer, or return to
        # another address of ours; whichever page is stored first is the only one given out.
        key = f"checkout:{checkout.id}:{idempotency.hash_request(params).hex()}"
        with translate_stripe_errors():
            session = await self._client.v1.checkout.sessions.create_async(
                params, {"idempotency_key": key}
            )
        return read_stripe_payment(session.to_dict())

    async def ensure_customer(self, shop: Shop, checkout: Checkout) -> str | None:
        """Return the Customer of the buyer, created if it is missing; None if none is needed.

        Raises:
            PaymentProviderError: it was not created.
        """
        if not needs_customer(checkout):
            return None
        return await customers.ensure_customer(shop, self, checkout.account_id, checkout.email)

    async def replace_customer(self, shop: Shop, checkout: Checkout) -> str:
        """Return the Customer of the buyer in place of the checkout's, which Stripe has forgotten.

        Raises:
            PaymentProviderError: it was not created.
        """
        return await customers.replace_customer(
            shop, self, checkout.account_id, checkout.email, forgotten=checkout.customer_id or ""
        )

    async def create_customer(
        self, account_id: str, email: str | None, *, forgotten: str = ""
    ) -> str:
        """Create the Customer of an account; a repeated call returns the same one.

        `forgotten` is one that Stripe no longer knows: the answer must be another.

        Raises:
            PaymentProviderError: it was not created; `final` if a repeat cannot help.
        """
        # An idempotency key answers equal requests only, and the address may have changed since
        # the first try. So it is set by a call of its own.
        params: Any = {"metadata": {"account_id": account_id, "book": self.book}}
        key = ":".join(filter(None, ("customer", account_id, self.book, forgotten)))
        with translate_stripe_errors():
            customer = await self._client.v1.customers.create_async(
                params, {"idempotency_key": key}
            )
            if email is not None:
                await self._client.v1.customers.update_async(customer.id, {"email": email})
        return customer.id

    async def find_payment(self, session_id: str) -> Payment | None:
        """Return the payment of a session or a top-up's invoice; None if Stripe knows none."""
        if session_id.startswith(invoices.INVOICE_PREFIX):
            return await invoices.find_invoice_payment(self._client, session_id)
        try:
            with translate_stripe_errors():
                session = await self._client.v1.checkout.sessions.retrieve_async(
                    session_id, {"expand": EXPANDED_FIELDS}
                )
        except ProviderObjectMissingError:
            return None
        return read_stripe_payment(session.to_dict())

    async def find_session_id(self, intent_id: str) -> str | None:
        """Return the id of the session or top-up's invoice that made an intent, or None."""
        with translate_stripe_errors():
            sessions = await self._client.v1.checkout.sessions.list_async(
                {"payment_intent": intent_id, "limit": 1}
            )
        if sessions.data:
            return sessions.data[0].id
        return await invoices.find_invoice_id(self._client, intent_id)

    def is_signed(self, raw: bytes, headers: Mapping[str, str]) -> bool:
        """Return True if a secret of this book signed these bytes within five minutes of now."""
        return events.is_signed(self.secrets, raw, headers.get("stripe-signature", ""))

    def read_event(self, raw: bytes) -> ProviderEvent:
        """Read a signed event."""
        return events.parse_event(
            request_reader.parse_json_object(raw), self.book, hashlib.sha256(raw).digest()
        )

    async def fetch_event(self, event_id: str) -> ProviderEvent:
        """Fetch an event; Stripe keeps them for 30 days."""
        with translate_stripe_errors():
            event = await self._client.v1.events.retrieve_async(event_id)
        return events.parse_event(event.to_dict(), self.book, b"")

    async def find_event_subject(self, event: ProviderEvent) -> str | ProviderReturn | None:
        """Return the session id, or the refund or dispute as it is now; None for other events."""
        if event.type in events.SESSION_EVENTS | events.INVOICE_EVENTS:
            return event.object_id
        if event.type in events.REFUND_EVENTS:
            return await self._fetch_refund(event.object_id)
        if event.type in events.DISPUTE_EVENTS:
            return await self._fetch_dispute(event.object_id)
        return None

    async def find_return(self, kind: str, reference: str) -> ProviderReturn | None:
        """Return a refund or dispute as it is now, or None if Stripe does not know the id."""
        fetch = self._fetch_dispute if kind == "dispute" else self._fetch_refund
        try:
            return await fetch(reference)
        except PaymentProviderError as error:
            if error.final:
                return None
            raise

    def is_return_id(self, reference: str) -> bool:
        """Return True if a reference looks like the id of a refund or dispute of Stripe."""
        return reference.startswith(RETURN_ID_PREFIXES)

    async def _fetch_refund(self, refund_id: str) -> ProviderReturn:
        with translate_stripe_errors():
            refund = await self._client.v1.refunds.retrieve_async(refund_id)
        return read_stripe_refund(refund.to_dict())

    async def _fetch_dispute(self, dispute_id: str) -> ProviderReturn:
        with translate_stripe_errors():
            dispute = await self._client.v1.disputes.retrieve_async(dispute_id)
        return read_stripe_dispute(dispute.to_dict())

    async def refund_payment(self, order: RefundOrder) -> ProviderRefund:
        """Refund a part of a payment; a repeated call answers the same refund."""
        with translate_stripe_errors():
            refund = await self._client.v1.refunds.create_async(
                {
                    "payment_intent": order.intent_id,
                    "amount": to_minor_units(order.amount_micros, order.currency),
                    "metadata": {"reversal_id": order.reversal_id, "reason": order.reason},
                },
                {"idempotency_key": f"refund:{order.reversal_id}"},
            )
        return read_stripe_refund(refund.to_dict())

    async def create_credit_note(self, order: CreditNoteOrder) -> str:
        """Create the credit note of a refund, and return its id; a repeated call is the same.

        Idempotency keys live for a day, and a note may be asked for again much later. So it is
        looked for first, also one that someone made in the dashboard for this refund.
        """
        made = await invoices.find_credit_note(self._client, order)
        if made is not None:
            return made
        amount = to_minor_units(order.amount_micros, order.currency)
        params: Any = {
            "invoice": order.invoice_id,
            "amount": amount,
            "refunds": [{"refund": order.refund_id, "amount_refunded": amount}],
            "metadata": {"reversal_id": order.reversal_id},
        }
        with translate_stripe_errors():
            note = await self._client.v1.credit_notes.create_async(
                params, {"idempotency_key": f"credit_note:{order.reversal_id}"}
            )
        return note.id

    async def list_returns(
        self, *, since: int | None = None, intent_id: str | None = None
    ) -> AsyncIterator[ProviderReturn]:
        """Yield refunds, then disputes: those since a Unix time, or those of a payment."""
        parameters = build_list_parameters(since, intent_id)
        with translate_stripe_errors():
            refunds = await self._client.v1.refunds.list_async(parameters)
            async for refund in refunds.auto_paging_iter():
                yield read_stripe_refund(refund.to_dict())
            disputes = await self._client.v1.disputes.list_async(parameters)
            async for dispute in disputes.auto_paging_iter():
                yield read_stripe_dispute(dispute.to_dict())

    async def list_payments_since(self, seconds: int) -> AsyncIterator[Payment]:
        """Yield every completed Checkout Session and paid top-up created since a Unix time."""
        with translate_stripe_errors():
            page = await self._client.v1.checkout.sessions.list_async(
                {"created": {"gte": seconds}, "status": "complete", "limit": 100}
            )
            async for each in page.auto_paging_iter():
                yield read_stripe_payment(each.to_dict())
        async for paid in invoices.list_invoice_payments_since(self._client, seconds):
            yield paid


def build_list_parameters(since: int | None, intent_id: str | None) -> Any:  # noqa: ANN401 - the SDK's own
    """Build the parameters of a list: since a Unix time, or of a payment."""
    parameters: dict[str, object] = {"limit": 100}
    if since is not None:
        parameters["created"] = {"gte": since}
    if intent_id is not None:
        parameters["payment_intent"] = intent_id
    return parameters
