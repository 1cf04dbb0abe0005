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

from gateway.kit import wire
from gateway.kit.clock import SECOND
from gateway.kit.json_text import JsonObject
from gateway.kit.outbound import AnswerLimits, build_http_client
from gateway.ledger.accounts import House
from gateway.payments.errors import PaymentProviderBusyError, PaymentProviderError
from gateway.payments.inbox import Event
from gateway.payments.packages import CENT, Package
from gateway.payments.payment import Disputed, Payment, Refunded
from gateway.payments.provider import Returned
from gateway.payments.schemas import Method
from gateway.payments.stripe import events
from gateway.payments.tables import Checkout

EXPAND = ["payment_intent.latest_charge"]  # the charge has the card's fingerprint
LEAST_MICROUSD = 50 * CENT  # Stripe charges no less
RETURN_IDS = ("re_", "pyr_", "du_", "dp_")
# Stripe's words, translated to those of `gateway.payments.payment`
NO_MORE = {"requires_payment_method": "canceled"}
REFUND_WORDS = {"requires_action": "pending", "canceled": "failed"}
DISPUTE_WORDS = {"warning_closed": "won", "prevented": "won"}
LIMITS = AnswerLimits(seconds=8, connect_seconds=3)
TOTAL_SECONDS = 9  # for all tries, so that our caller gets an answer within ten seconds
SILENT = "The payment provider does not answer; nothing was charged here."
RETRY = {"stripe-should-retry": "true"}  # added to a 429: without it the SDK does not retry
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
        return answer.content, answer.status_code, {**answer.headers} | (RETRY if busy else {})

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
    compared_as: ClassVar = "stripe"
    method: ClassVar = "stripe"
    clearing: ClassVar = House.CLEARING_STRIPE
    refusal: ClassVar = "Cards are not accepted"
    pays_in_parts: ClassVar = False
    completes_late: ClassVar = False
    event_types: ClassVar = events.HANDLED

    def __init__(self, book: str, key: str, secrets: tuple[str, ...], base: str | None) -> None:
        self.book = book
        self.secrets = secrets
        self.pages = base or "https://checkout.stripe.com"
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

    def sells(self, package: Package) -> bool:
        """Return True if a package costs at least the smallest charge of a card."""
        return package.price_microusd >= LEAST_MICROUSD

    def offer(self) -> Method:
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
                        "unit_amount": checkout.price_microusd // CENT,
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
        with answered():
            session = await self._client.v1.checkout.sessions.create_async(
                params, {"idempotency_key": f"checkout:{checkout.id}"}
            )
        return payment_of(session.to_dict())

    async def payment(self, session_id: str) -> Payment | None:
        """Return the payment of a Checkout Session, or None if Stripe does not know the id."""
        with answered():
            try:
                session = await self._client.v1.checkout.sessions.retrieve_async(
                    session_id, {"expand": EXPAND}
                )
            except stripe.InvalidRequestError as error:
                if error.code == "resource_missing":
                    return None
                raise
        return payment_of(session.to_dict())

    async def session_of(self, intent_id: str) -> str | None:
        """Return the id of the Checkout Session that made a payment intent, or None."""
        with answered():
            sessions = await self._client.v1.checkout.sessions.list_async(
                {"payment_intent": intent_id, "limit": 1}
            )
        return sessions.data[0].id if sessions.data else None

    def is_signed(self, raw: bytes, headers: Mapping[str, str]) -> bool:
        """Return True if a secret of this book signed these bytes within five minutes of now."""
        return events.is_signed(self.secrets, raw, headers.get("stripe-signature", ""))

    def read_event(self, raw: bytes) -> Event:
        """Read a signed event."""
        return events.event_of(wire.parse_json_object(raw), self.book, hashlib.sha256(raw).digest())

    async def fetch_event(self, event_id: str) -> Event:
        """Fetch an event; Stripe keeps them for 30 days."""
        with answered():
            event = await self._client.v1.events.retrieve_async(event_id)
        return events.event_of(event.to_dict(), self.book, b"")

    async def subject_of(self, event: Event) -> str | Returned | None:
        """Return the session id, or the refund or dispute as it is now; None for other events."""
        if event.type in events.SESSIONS:
            return event.object_id
        if event.type in events.REFUNDS:
            return await self._refund(event.object_id)
        if event.type in events.DISPUTES:
            return await self._dispute(event.object_id)
        return None

    async def find_return(self, kind: str, reference: str) -> Returned | None:
        """Return a refund or dispute as it is now, or None if Stripe does not know the id."""
        fetch = self._dispute if kind == "dispute" else self._refund
        try:
            return await fetch(reference)
        except PaymentProviderError as error:
            if error.final:
                return None
            raise

    def can_name(self, reference: str) -> bool:
        """Return True if a reference looks like the id of a refund or dispute of Stripe."""
        return reference.startswith(RETURN_IDS)

    async def _refund(self, refund_id: str) -> Returned:
        with answered():
            refund = await self._client.v1.refunds.retrieve_async(refund_id)
        return refund_of(refund.to_dict())

    async def _dispute(self, dispute_id: str) -> Returned:
        with answered():
            dispute = await self._client.v1.disputes.retrieve_async(dispute_id)
        return dispute_of(dispute.to_dict())

    async def pay_back(
        self, intent_id: str, amount_microusd: int, reversal_id: str, reason: str
    ) -> Refunded:
        """Refund a part of a payment; `reversal_id` is the idempotency key."""
        with answered():
            refund = await self._client.v1.refunds.create_async(
                {
                    "payment_intent": intent_id,
                    "amount": amount_microusd // CENT,
                    "metadata": {"reversal_id": reversal_id, "reason": reason},
                },
                {"idempotency_key": f"refund:{reversal_id}"},
            )
        return refund_of(refund.to_dict())

    async def returns(
        self, *, since: int | None = None, intent_id: str | None = None
    ) -> AsyncIterator[Returned]:
        """Yield refunds, then disputes: those since a Unix time, or those of a payment."""
        parameters = listing(since, intent_id)
        with answered():
            refunds = await self._client.v1.refunds.list_async(parameters)
            async for refund in refunds.auto_paging_iter():
                yield refund_of(refund.to_dict())
            disputes = await self._client.v1.disputes.list_async(parameters)
            async for dispute in disputes.auto_paging_iter():
                yield dispute_of(dispute.to_dict())

    async def sessions_since(self, seconds: int) -> AsyncIterator[Payment]:
        """Yield every completed Checkout Session created since a Unix time."""
        with answered():
            page = await self._client.v1.checkout.sessions.list_async(
                {"created": {"gte": seconds}, "status": "complete", "limit": 100}
            )
            async for each in page.auto_paging_iter():
                yield payment_of(each.to_dict())


@contextmanager
def answered() -> Iterator[None]:
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
        problem = PaymentProviderError(SILENT) if silent else PaymentProviderError()
        problem.final = isinstance(error, stripe.InvalidRequestError)
        raise problem from error


def listing(since: int | None, intent_id: str | None) -> Any:  # noqa: ANN401 - the SDK's own
    """Build the parameters of a list: since a Unix time, or of a payment."""
    parameters: dict[str, object] = {"limit": 100}
    if since is not None:
        parameters["created"] = {"gte": since}
    if intent_id is not None:
        parameters["payment_intent"] = intent_id
    return parameters


def payment_of(session: JsonObject) -> Payment:
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
        amount_microusd=(session.get("amount_total") or 0) * CENT,
        currency=session.get("currency") or "",
        account_id=session.get("client_reference_id") or "",
        checkout_id=metadata.get("checkout_id") or "",
        package_code=metadata.get("package_code") or "",
        livemode=session.get("livemode") is True,
        url=session.get("url"),
        email=customer.get("email") or session.get("customer_email"),
        intent_id=expanded.get("id"),
        intent_status=NO_MORE.get(expanded.get("status") or "", expanded.get("status")),
        intent_checkout_id=(expanded.get("metadata") or {}).get("checkout_id"),
        fingerprint=(details.get("card") or {}).get("fingerprint"),
        provider="stripe",
    )


def refund_of(refund: JsonObject) -> Refunded:
    """Read a refund of Stripe."""
    return Refunded(
        id=refund["id"],
        intent_id=refund.get("payment_intent"),
        amount_microusd=refund["amount"] * CENT,
        status=REFUND_WORDS.get(refund.get("status") or "", refund.get("status") or ""),
        reversal_id=(refund.get("metadata") or {}).get("reversal_id"),
        reason=refund.get("reason"),
    )


def dispute_of(dispute: JsonObject) -> Disputed:
    """Read a dispute of Stripe.

    Its balance transactions are in the currency of payouts to the operator: only signs count.
    """
    moved_amounts = [each["amount"] for each in dispute.get("balance_transactions") or []]
    return Disputed(
        id=dispute["id"],
        intent_id=dispute.get("payment_intent"),
        amount_microusd=dispute["amount"] * CENT,
        status=DISPUTE_WORDS.get(dispute.get("status") or "", dispute.get("status") or ""),
        withdrawn=any(amount < 0 for amount in moved_amounts),
        reinstated=any(amount > 0 for amount in moved_amounts),
        reason=dispute.get("reason"),
    )
