"""Stripe for one book: the SDK over our HTTP client, and its objects as plain values."""

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, ClassVar

import httpx2
import stripe

from gateway.kit.clock import SECOND
from gateway.kit.outgoing.bounded_client import AnswerLimits, build_http_client
from gateway.kit.wire import request_reader
from gateway.kit.wire.json_text import JsonObject
from gateway.ledger.accounts.owners import House
from gateway.payments.errors import PaymentProviderBusyError, PaymentProviderError
from gateway.payments.inbox import ProviderEvent
from gateway.payments.packages import CENT_MICROUSD, Package
from gateway.payments.payment import Payment, ProviderDispute, ProviderRefund
from gateway.payments.provider import ProviderReturn
from gateway.payments.schemas import Method
from gateway.payments.stripe import events
from gateway.payments.tables import Checkout

EXPANDED_FIELDS = ["payment_intent.latest_charge"]  # the charge has the card's fingerprint
MIN_CHARGE_MICROUSD = 50 * CENT_MICROUSD  # Stripe charges no less
RETURN_ID_PREFIXES = ("re_", "pyr_", "du_", "dp_")
# Stripe's words, translated to those of `gateway.payments.payment`
INTENT_STATUS_WORDS = {"requires_payment_method": "canceled"}
REFUND_STATUS_WORDS = {"requires_action": "pending", "canceled": "failed"}
DISPUTE_STATUS_WORDS = {"warning_closed": "won", "prevented": "won"}
LIMITS = AnswerLimits(seconds=8, connect_seconds=3)
TOTAL_SECONDS = 9  # for all tries, so that our caller gets an answer within ten seconds
SILENT_MESSAGE = "The payment provider does not answer; nothing was charged here."
RETRY_HEADERS = {"stripe-should-retry": "true"}  # added to a 429: without it the SDK does not retry
log = logging.getLogger("gateway.payments")


class Httpx2Client(stripe.HTTPClient):
    """The HTTP client of the SDK, over ours and its limits."""

    name = "httpx2"

    def __init__(self) -> None:
        super().__init__()
        self._client = build_http_client(LIMITS)

    async def request_async(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        post_data: Any = None,  # noqa: ANN401 - the SDK's own
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Send one request.

        Raises:
            stripe.APIConnectionError: no complete answer came.
        """
        try:
            answer = await self._client.request(method, url, headers=headers, content=post_data)
        except httpx2.HTTPError as error:
            lost = stripe.APIConnectionError(type(error).__name__, should_retry=True)  # type: ignore[no-untyped-call]  # the SDK's
            raise lost from error
        busy = answer.status_code == httpx2.codes.TOO_MANY_REQUESTS
        return (
            answer.content,
            answer.status_code,
            {**answer.headers} | (RETRY_HEADERS if busy else {}),
        )

    async def request_with_retries_async(self, *given: Any, **named: Any) -> Any:  # noqa: ANN401 - the SDK's own
        """Send a request, with the SDK's retries, for `TOTAL_SECONDS` at most.

        Raises:
            stripe.APIConnectionError: no answer came in this time.
        """
        try:
            async with asyncio.timeout(TOTAL_SECONDS):
                return await super().request_with_retries_async(*given, **named)
        except TimeoutError as error:
            raise stripe.APIConnectionError("no answer in time") from error  # type: ignore[no-untyped-call]  # the SDK's

    def sleep_async(self, secs: float) -> Any:  # noqa: ANN401 - the SDK's own
        """Return what the SDK awaits between two tries."""
        return asyncio.sleep(secs)

    async def close_async(self) -> None:
        """Close every connection."""
        await self._client.aclose()


class StripeClient:
    """Stripe with the keys of one book."""

    name: ClassVar = "stripe"
    reconciliation_name: ClassVar = "stripe"
    method: ClassVar = "stripe"
    clearing_account: ClassVar = House.CLEARING_STRIPE
    unavailable_message: ClassVar = "Cards are not accepted"
    pays_in_parts: ClassVar = False
    completes_late: ClassVar = False
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
        """Create the Checkout Session of a checkout; a repeated call returns the same session.

        Raises:
            PaymentProviderError: no session was made; `final` if a repeat cannot help.
        """
        separator = "&" if "?" in checkout.return_path else "?"
        return_path = f"{checkout.return_path}{separator}session_id={{CHECKOUT_SESSION_ID}}"
        params: Any = {
            "mode": "payment",
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": "usd",
                        "unit_amount": checkout.price_microusd // CENT_MICROUSD,
                        "product_data": {"name": f"{checkout.package_name} credit"},
                    },
                }
            ],
            "client_reference_id": checkout.account_id,
            "metadata": {"checkout_id": checkout.id, "package_code": checkout.package_code},
            "payment_intent_data": {"metadata": {"checkout_id": checkout.id}},
            "adaptive_pricing": {"enabled": False},
            "success_url": f"{site}{return_path}",
            "cancel_url": f"{site}/credits?mode={checkout.book}",
            "expires_at": checkout.expires_at // SECOND,
        }
        if checkout.email is not None:
            params["customer_email"] = checkout.email
        with translate_stripe_errors():
            session = await self._client.v1.checkout.sessions.create_async(
                params, {"idempotency_key": f"checkout:{checkout.id}"}
            )
        return read_stripe_payment(session.to_dict())

    async def find_payment(self, session_id: str) -> Payment | None:
        """Return the payment of a Checkout Session, or None if Stripe does not know the id."""
        with translate_stripe_errors():
            try:
                session = await self._client.v1.checkout.sessions.retrieve_async(
                    session_id, {"expand": EXPANDED_FIELDS}
                )
            except stripe.InvalidRequestError as error:
                if error.code == "resource_missing":
                    return None
                raise
        return read_stripe_payment(session.to_dict())

    async def find_session_id(self, intent_id: str) -> str | None:
        """Return the id of the Checkout Session that made a payment intent, or None."""
        with translate_stripe_errors():
            sessions = await self._client.v1.checkout.sessions.list_async(
                {"payment_intent": intent_id, "limit": 1}
            )
        return sessions.data[0].id if sessions.data else None

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
        if event.type in events.SESSION_EVENTS:
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

    async def refund_payment(
        self, intent_id: str, amount_microusd: int, reversal_id: str, reason: str
    ) -> ProviderRefund:
        """Refund a part of a payment; `reversal_id` is the idempotency key."""
        with translate_stripe_errors():
            refund = await self._client.v1.refunds.create_async(
                {
                    "payment_intent": intent_id,
                    "amount": amount_microusd // CENT_MICROUSD,
                    "metadata": {"reversal_id": reversal_id, "reason": reason},
                },
                {"idempotency_key": f"refund:{reversal_id}"},
            )
        return read_stripe_refund(refund.to_dict())

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
        """Yield every completed Checkout Session created since a Unix time."""
        with translate_stripe_errors():
            page = await self._client.v1.checkout.sessions.list_async(
                {"created": {"gte": seconds}, "status": "complete", "limit": 100}
            )
            async for each in page.auto_paging_iter():
                yield read_stripe_payment(each.to_dict())


@contextmanager
def translate_stripe_errors() -> Iterator[None]:
    """Translate errors of the SDK into ours; Stripe's own text is only logged.

    Raises:
        PaymentProviderBusyError: Stripe is still answering an equal request.
        PaymentProviderError: Stripe refused or is silent; `final` if a repeat cannot help.
    """
    try:
        yield
    except stripe.StripeError as error:
        log.warning(
            "stripe: %s %s %s %s", type(error).__name__, error.http_status, error.code, error
        )
        if error.http_status == HTTPStatus.CONFLICT:  # the SDK drops the code of a 409
            raise PaymentProviderBusyError from error
        silent = isinstance(error, stripe.APIConnectionError)
        problem = PaymentProviderError(SILENT_MESSAGE) if silent else PaymentProviderError()
        problem.final = isinstance(error, stripe.InvalidRequestError)
        raise problem from error


def build_list_parameters(since: int | None, intent_id: str | None) -> Any:  # noqa: ANN401 - the SDK's own
    """Build the parameters of a list: since a Unix time, or of a payment."""
    parameters: dict[str, object] = {"limit": 100}
    if since is not None:
        parameters["created"] = {"gte": since}
    if intent_id is not None:
        parameters["payment_intent"] = intent_id
    return parameters


def read_stripe_payment(session: JsonObject) -> Payment:
    """Read a Checkout Session as a payment; missing fields are empty and will not match."""
    intent = session.get("payment_intent")
    expanded: JsonObject = intent if isinstance(intent, dict) else {"id": intent}
    charge = expanded.get("latest_charge")
    details = (charge if isinstance(charge, dict) else {}).get("payment_method_details") or {}
    metadata = session.get("metadata") or {}
    customer = session.get("customer_details") or {}
    return Payment(
        session_id=session["id"],
        status=session.get("status") or "",
        payment_status=session.get("payment_status") or "",
        amount_microusd=(session.get("amount_total") or 0) * CENT_MICROUSD,
        currency=session.get("currency") or "",
        account_id=session.get("client_reference_id") or "",
        checkout_id=metadata.get("checkout_id") or "",
        package_code=metadata.get("package_code") or "",
        livemode=session.get("livemode") is True,
        url=session.get("url"),
        email=customer.get("email") or session.get("customer_email"),
        intent_id=expanded.get("id"),
        intent_status=INTENT_STATUS_WORDS.get(expanded.get("status") or "", expanded.get("status")),
        intent_checkout_id=(expanded.get("metadata") or {}).get("checkout_id"),
        fingerprint=(details.get("card") or {}).get("fingerprint"),
        provider="stripe",
    )


def read_stripe_refund(refund: JsonObject) -> ProviderRefund:
    """Read a refund of Stripe."""
    return ProviderRefund(
        id=refund["id"],
        intent_id=refund.get("payment_intent"),
        amount_microusd=refund["amount"] * CENT_MICROUSD,
        status=REFUND_STATUS_WORDS.get(refund.get("status") or "", refund.get("status") or ""),
        reversal_id=(refund.get("metadata") or {}).get("reversal_id"),
        reason=refund.get("reason"),
    )


def read_stripe_dispute(dispute: JsonObject) -> ProviderDispute:
    """Read a dispute of Stripe.

    Its balance transactions are in the currency of payouts to the operator: only signs count.
    """
    moved_amounts = [each["amount"] for each in dispute.get("balance_transactions") or []]
    return ProviderDispute(
        id=dispute["id"],
        intent_id=dispute.get("payment_intent"),
        amount_microusd=dispute["amount"] * CENT_MICROUSD,
        status=DISPUTE_STATUS_WORDS.get(dispute.get("status") or "", dispute.get("status") or ""),
        withdrawn=any(amount < 0 for amount in moved_amounts),
        reinstated=any(amount > 0 for amount in moved_amounts),
        reason=dispute.get("reason"),
    )
