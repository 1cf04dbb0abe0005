"""The memory of the stand-in: sessions, payments, refunds, disputes, and events of changes.

Objects are the dictionaries that go over the wire. `livemode` is false everywhere.
"""

import copy
import secrets
import time
from collections.abc import Callable
from typing import Any, TypeAlias

Object: TypeAlias = dict[str, Any]
"""An object of Stripe as it goes over the wire: open, for its shape is Stripe's."""
HOUR = 3_600
MIN_CHARGE_CENTS = 50
API_VERSION = "2026-10-28.endive"


class StripeRefusal(Exception):  # noqa: N818 - Stripe's answer
    """A refusal as Stripe answers it: a status and an error object."""

    def __init__(self, message: str, *, status: int = 400, **error: str | None) -> None:
        super().__init__(message)
        self.status = status
        self.error: dict[str, str | None] = {
            "type": "invalid_request_error",
            "message": message,
            **error,
        }


class Store:
    """All objects in memory; `heard` is called with each new event."""

    def __init__(self, base: str, heard: Callable[[Object], None]) -> None:
        self.base = base
        self.objects: dict[str, dict[str, Object]] = {
            kind: {}
            for kind in ("session", "payment_intent", "charge", "refund", "dispute", "event")
        }
        self.are_refunds_slow = False
        self._on_event = heard

    def get_object(self, kind: str, name: str) -> Object:
        """Return the object of a kind with this id.

        Raises:
            StripeRefusal: there is no such object.
        """
        object_found = self.objects[kind].get(name)
        if object_found is None:
            raise StripeRefusal(
                f"No such {kind}: '{name}'", status=404, code="resource_missing", param="id"
            )
        return object_found

    def add_object(self, kind: str, prefix: str, **fields: Any) -> Object:  # noqa: ANN401 - JSON
        """Add an object with a new id."""
        name = f"{prefix}_{secrets.token_hex(12)}"
        made = {"id": name, "object": kind, "created": int(time.time()), "livemode": False}
        self.objects["session" if kind == "checkout.session" else kind][name] = made | fields
        return self.objects["session" if kind == "checkout.session" else kind][name]

    def emit_event(self, kind: str, about: Object) -> None:
        """Emit an event about a change, with a copy of the object as it is now."""
        event = self.add_object(
            "event",
            "evt",
            type=kind,
            api_version=API_VERSION,
            pending_webhooks=1,
            request={"id": None, "idempotency_key": None},
            data={"object": copy.deepcopy(about)},
        )
        self._on_event(event)

    def create_session(self, given: Object) -> Object:
        """Open a Checkout Session.

        Raises:
            StripeRefusal: the total is below the least charge, or the expiry is not one of Stripe.
        """
        if given.get("mode") != "payment":
            raise StripeRefusal("mode must be payment here", param="mode")
        items = given.get("line_items") or []
        if not items:
            raise StripeRefusal("Missing required param: line_items.", param="line_items")
        total = sum(
            int(each["price_data"]["unit_amount"]) * int(each["quantity"]) for each in items
        )
        if total < MIN_CHARGE_CENTS:
            raise StripeRefusal(
                "The total amount due must be at least $0.50", code="amount_too_small"
            )
        now = int(time.time())
        expires_at = int(given.get("expires_at") or now + 24 * HOUR)
        if not now + HOUR // 2 - 60 <= expires_at <= now + 24 * HOUR:
            raise StripeRefusal(
                "`expires_at` must be between 30 minutes and 24 hours from now",
                param="expires_at",
            )
        session = self.add_object(
            "checkout.session",
            "cs_test",
            mode="payment",
            status="open",
            payment_status="unpaid",
            amount_total=total,
            amount_subtotal=total,
            currency=items[0]["price_data"]["currency"],
            client_reference_id=given.get("client_reference_id"),
            metadata=given.get("metadata") or {},
            customer_email=given.get("customer_email"),
            customer_details=None,
            payment_intent=None,
            success_url=given["success_url"],
            cancel_url=given.get("cancel_url"),
            expires_at=expires_at,
        )
        session["url"] = f"{self.base}/c/pay/{session['id']}"
        session["_items"] = items
        session["_intent_metadata"] = (given.get("payment_intent_data") or {}).get("metadata") or {}
        return session

    def pay_session(self, session_id: str, *, delayed: bool = False, card: str = "4242") -> Object:
        """Pay and complete a session; a delayed payment stays `processing`."""
        session = self.get_object("session", session_id)
        if session["status"] != "open":
            raise StripeRefusal("This Checkout Session is no longer open.", code="session_not_open")
        intent = self.add_object(
            "payment_intent",
            "pi",
            amount=session["amount_total"],
            currency=session["currency"],
            metadata=session["_intent_metadata"],
            status="processing" if delayed else "succeeded",
            latest_charge=None,
        )
        session |= {
            "status": "complete",
            "payment_intent": intent["id"],
            "url": None,
            "customer_details": {"email": session["customer_email"] or "buyer@example.com"},
        }
        intent["_card"] = card
        if not delayed:
            self._charge_intent(session, intent)
        self.emit_event("checkout.session.completed", session)
        return session

    def _charge_intent(self, session: Object, intent: Object) -> None:
        charge = self.add_object(
            "charge",
            "ch",
            amount=intent["amount"],
            amount_refunded=0,
            currency=intent["currency"],
            payment_intent=intent["id"],
            paid=True,
            status="succeeded",
            metadata=intent["metadata"],
            payment_method_details={
                "type": "card",
                "card": {
                    "brand": "visa",
                    "last4": intent["_card"][-4:],
                    "fingerprint": f"fp_{intent['_card']}",
                },
            },
        )
        intent |= {"status": "succeeded", "latest_charge": charge["id"]}
        session["payment_status"] = "paid"

    def end_delayed_payment(self, session_id: str, *, succeeded: bool) -> Object:
        """End a delayed payment, by success or failure."""
        session = self.get_object("session", session_id)
        intent = self.get_object("payment_intent", session["payment_intent"])
        if succeeded:
            self._charge_intent(session, intent)
            self.emit_event("checkout.session.async_payment_succeeded", session)
        else:
            intent["status"] = "requires_payment_method"
            self.emit_event("checkout.session.async_payment_failed", session)
        return session

    def expire_session(self, session_id: str) -> Object:
        """Expire an open session."""
        session = self.get_object("session", session_id)
        if session["status"] != "open":
            raise StripeRefusal("Only Checkout Sessions with a status in open can be expired.")
        session |= {"status": "expired", "url": None}
        self.emit_event("checkout.session.expired", session)
        return session

    def create_refund(self, given: Object) -> Object:
        """Refund a payment or a part of it.

        Raises:
            StripeRefusal: less than this is left of the payment.
        """
        intent = self.get_object("payment_intent", given.get("payment_intent") or "")
        charge = self.get_object("charge", intent["latest_charge"] or "")
        left_cents = charge["amount"] - charge["amount_refunded"]
        amount = int(given.get("amount") or left_cents)
        if not 0 < amount <= left_cents:
            raise StripeRefusal(
                f"Refund amount ({amount}) is greater than unrefunded amount ({left_cents})",
                code="charge_already_refunded" if not left_cents else None,
                param="amount",
            )
        charge["amount_refunded"] += amount
        refund = self.add_object(
            "refund",
            "re",
            amount=amount,
            currency=charge["currency"],
            charge=charge["id"],
            payment_intent=intent["id"],
            metadata=given.get("metadata") or {},
            reason=given.get("reason"),
            status="pending" if self.are_refunds_slow else "succeeded",
        )
        self.emit_event("refund.created", refund)
        self.emit_event("charge.refunded", charge)
        return refund

    def fail_refund(self, refund_id: str) -> Object:
        """Let a refund fail, as one to a closed bank account does days later."""
        refund = self.get_object("refund", refund_id)
        refund |= {"status": "failed", "failure_reason": "expired_or_canceled_card"}
        self.get_object("charge", refund["charge"])["amount_refunded"] -= refund["amount"]
        self.emit_event("refund.updated", refund)
        self.emit_event("refund.failed", refund)
        return refund

    def open_dispute(self, intent_id: str, amount: int | None, *, withdraw: bool) -> Object:
        """Open a dispute; `withdraw` takes the money at once, as Stripe mostly does."""
        intent = self.get_object("payment_intent", intent_id)
        opened = self.add_object(
            "dispute",
            "du",
            amount=amount or intent["amount"],
            currency=intent["currency"],
            charge=intent["latest_charge"],
            payment_intent=intent_id,
            reason="fraudulent",
            status="needs_response",
            balance_transactions=[],
        )
        self.emit_event("charge.dispute.created", opened)
        if withdraw:
            self._move_disputed_money(opened, -1)
        return opened

    def close_dispute(self, dispute_id: str, *, won: bool) -> Object:
        """Close a dispute; if it is won, withdrawn money is reinstated."""
        dispute = self.get_object("dispute", dispute_id)
        dispute["status"] = "won" if won else "lost"
        if won and dispute["balance_transactions"]:
            self._move_disputed_money(dispute, 1)
        self.emit_event("charge.dispute.closed", dispute)
        return dispute

    def _move_disputed_money(self, dispute: Object, sign: int) -> None:
        transaction = {
            "object": "balance_transaction",
            "amount": sign * dispute["amount"],
            "fee": 1_500,
        }
        dispute["balance_transactions"].append(transaction)
        direction = "withdrawn" if sign < 0 else "reinstated"
        self.emit_event(f"charge.dispute.funds_{direction}", dispute)
