"""Penny behind the port of payment providers: hosted, with events, refunds and disputes."""

import hashlib
import hmac
import os
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any, ClassVar

import httpx2

from gateway.configuration.settings import Settings
from gateway.kit.ids import Ids
from gateway.kit.outgoing.bounded_client import AnswerLimits, build_http_client
from gateway.kit.wire import request_reader
from gateway.ledger.accounts.owners import House
from gateway.payments.errors import PaymentProviderError
from gateway.payments.inbox import SIGNATURE_TOLERANCE_SECONDS, ProviderEvent
from gateway.payments.packages import CENT_MICROUSD, Package
from gateway.payments.payment import Payment, ProviderDispute, ProviderRefund, RefundOrder
from gateway.payments.provider import ProviderReturn
from gateway.payments.schemas import Method
from gateway.payments.tables import Checkout
from tests.fakes.penny.bank import PENNY_KEY, PENNY_SECRET, SIGNATURE_HEADER, sign_event

PENNY_URL_ENV = "PENNY_URL"
NOT_FOUND = 404


def open_penny(_settings: Settings, _ids: Ids) -> list["Penny"]:
    """Return Penny for the test book if the environment has its address, else no provider."""
    return [Penny(os.environ[PENNY_URL_ENV])] if PENNY_URL_ENV in os.environ else []


class Penny:
    """Penny for the test book."""

    name: ClassVar = "penny"
    reconciliation_name: ClassVar = "penny"
    method: ClassVar = "penny"
    clearing_account: ClassVar = House.CLEARING_MANUAL
    unavailable_message: ClassVar = "Pennies are not accepted"
    pays_in_parts: ClassVar = False
    completes_late: ClassVar = False
    computes_tax: ClassVar = False
    takes_currencies: ClassVar = False
    takes_promotion_codes: ClassVar = False
    event_types: ClassVar = {"session.paid", "refund.changed", "dispute.changed"}
    book = "test"

    def __init__(self, url: str) -> None:
        self.pages_origin = url
        self._http = build_http_client(AnswerLimits(), base_url=url)
        self._http.headers["authorization"] = f"Bearer {PENNY_KEY}"

    async def close(self) -> None:
        await self._http.aclose()

    def can_sell(self, package: Package) -> bool:
        return package.price_microusd >= CENT_MICROUSD

    def render_method(self) -> Method:
        return Method(enabled=True)

    async def create_session(self, checkout: Checkout, *, site: str) -> Payment:
        join = "&" if "?" in checkout.return_path else "?"
        body = {
            "cents": checkout.price_microusd // CENT_MICROUSD,
            "return_url": f"{site}{checkout.return_path}{join}session_id={{ID}}",
            "account": checkout.account_id,
            "checkout": checkout.id,
            "package": checkout.package_code,
        }
        return parse_payment(await self._ask("POST", "/api/sessions", body, key=checkout.id))

    async def find_payment(self, session_id: str) -> Payment | None:
        found = await self._ask("GET", f"/api/sessions/{session_id}")
        return None if found is None else parse_payment(found)

    async def list_payments_since(self, seconds: int) -> AsyncIterator[Payment]:
        for each in await self._ask("GET", f"/api/sessions?since={seconds}"):
            yield parse_payment(each)

    def is_signed(self, raw: bytes, headers: Mapping[str, str]) -> bool:
        given = headers[SIGNATURE_HEADER]
        stamp = int(given.partition(".")[0])
        fresh = abs(time.time() - stamp) <= SIGNATURE_TOLERANCE_SECONDS
        return fresh and hmac.compare_digest(sign_event(raw, stamp, PENNY_SECRET), given)

    def read_event(self, raw: bytes) -> ProviderEvent:
        return parse_event(request_reader.parse_json_object(raw), hashlib.sha256(raw).digest())

    async def fetch_event(self, event_id: str) -> ProviderEvent:
        found = await self._ask("GET", f"/api/events/{event_id}")
        if found is None:
            raise PaymentProviderError
        return parse_event(found, b"")

    async def find_event_subject(self, event: ProviderEvent) -> str | ProviderReturn | None:
        if event.type == "session.paid":
            return event.object_id
        return await self.find_return("", event.object_id)

    async def refund_payment(self, order: RefundOrder) -> ProviderRefund:
        body = {
            "payment": order.intent_id, "cents": order.amount_micros // CENT_MICROUSD,
            "reversal": order.reversal_id, "reason": order.reason,
        }  # fmt: skip
        key = order.reversal_id
        made = parse_return(await self._ask("POST", "/api/refunds", body, key=key))
        assert isinstance(made, ProviderRefund)
        return made

    async def find_session_id(self, intent_id: str) -> str | None:
        found = await self._ask("GET", f"/api/sessions?payment={intent_id}")
        return next((each["id"] for each in found), None)

    async def list_returns(
        self, *, since: int | None = None, intent_id: str | None = None
    ) -> AsyncIterator[ProviderReturn]:
        query = f"since={since or 0}" + (f"&payment={intent_id}" if intent_id else "")
        for each in await self._ask("GET", f"/api/returns?{query}"):
            yield parse_return(each)

    async def find_return(self, _kind: str, reference: str) -> ProviderReturn | None:
        found = await self._ask("GET", f"/api/returns/{reference}")
        return None if found is None else parse_return(found)

    def is_return_id(self, reference: str) -> bool:
        return reference.startswith(("refund_", "dispute_"))

    async def _ask(self, method: str, path: str, body: Any = None, *, key: str = "") -> Any:  # noqa: ANN401 - JSON
        try:
            headers = {"idempotency-key": key}
            answer = await self._http.request(method, path, json=body, headers=headers)
        except httpx2.HTTPError as error:
            raise PaymentProviderError from error
        if answer.status_code == NOT_FOUND:
            return None
        if answer.is_error:
            raise PaymentProviderError
        return answer.json()


def parse_event(body: dict[str, Any], digest: bytes) -> ProviderEvent:
    """Return an event of Penny as the inbox takes it."""
    return ProviderEvent(
        provider="penny", id=body["id"], book="test", type=body["type"],
        object_id=body["object"], body_sha256=digest,
    )  # fmt: skip


def parse_payment(session: dict[str, Any]) -> Payment:
    """Return a session of Penny as a payment."""
    is_paid = session["status"] == "paid"
    return Payment(
        session_id=session["id"],
        status="complete" if is_paid else "open",
        payment_status="paid" if is_paid else "unpaid",
        amount_micros=session["cents"] * CENT_MICROUSD,
        currency="usd",
        account_id=session["account"],
        checkout_id=session["checkout"],
        package_code=session["package"],
        livemode=False,
        url=session["url"],
        email=None,
        intent_id=session["payment"],
        intent_status="succeeded" if is_paid else None,
        intent_checkout_id=session["checkout"],
        fingerprint=None,
        provider="penny",
    )


def parse_return(found: dict[str, Any]) -> ProviderReturn:
    """Return a refund or a dispute of Penny as a return of money."""
    if found["kind"] == "refund":
        return ProviderRefund(
            id=found["id"], intent_id=found["payment"],
            amount_micros=found["cents"] * CENT_MICROUSD, status=found["status"],
            reversal_id=found.get("reversal"), reason=found.get("reason"),
        )  # fmt: skip
    return ProviderDispute(
        id=found["id"], intent_id=found["payment"], amount_micros=found["cents"] * CENT_MICROUSD,
        status=found["status"], withdrawn=True, reinstated=found["status"] == "won", reason=None,
    )  # fmt: skip
