"""Payment intents and charges, with their holder at the page (on session) or away."""

from typing import Any, Literal

from gateway.stripe_stand_in.cards import ALWAYS, UNLESS_SAVED, build_decline, get_test_card
from gateway.stripe_stand_in.currencies import check_currency, check_total
from gateway.stripe_stand_in.customers import check_owner, get_active_customer
from gateway.stripe_stand_in.payment_methods import build_failed_authentication
from gateway.stripe_stand_in.store import Object, Store, StripeRefusal, unset_empty_values

AUTHENTICATION = "authentication_required"
Holder = Literal["away", "present", "confirmed", "failed"]
"""The holder of a card: away, at the page, or there and through the bank's question."""


def add_intent(store: Store, amount: int, currency: str, **fields: Any) -> Object:  # noqa: ANN401 - JSON
    """Add a payment intent that waits for a payment method."""
    started: Object = {
        "amount": amount,
        "amount_capturable": 0,
        "amount_received": 0,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic",
        "confirmation_method": "automatic",
        "currency": currency,
        "customer": None,
        "description": None,
        "last_payment_error": None,
        "latest_charge": None,
        "metadata": {},
        "next_action": None,
        "payment_method": None,
        "payment_method_types": ["card"],
        "receipt_email": None,
        "setup_future_usage": None,
        "status": "requires_payment_method",
    }
    return store.add_object("payment_intent", "pi", **started | fields)


def create_intent(store: Store, given: Object) -> Object:
    """Create a payment intent, and confirm it at once if it says so.

    Raises:
        StripeRefusal: the card is another's, or the bank declined.
    """
    currency = check_currency(given["currency"])
    check_total(given["amount"] or 1, currency)
    customer, method = given.get("customer"), given.get("payment_method")
    if customer is not None:
        get_active_customer(store, customer)
    if method is not None and customer is not None:
        check_owner(store, method, customer)
    if given.get("off_session") is not None and not given.get("confirm"):
        raise StripeRefusal(
            "You cannot set `off_session` when `confirm` is not true.", param="off_session"
        )
    intent = add_intent(
        store,
        given["amount"],
        currency,
        customer=customer,
        description=given.get("description"),
        metadata=unset_empty_values(given.get("metadata")),
        payment_method=method,
        receipt_email=given.get("receipt_email"),
        setup_future_usage=given.get("setup_future_usage"),
        status="requires_payment_method" if method is None else "requires_confirmation",
    )
    return confirm_intent(store, intent["id"], given) if given.get("confirm") else intent


def confirm_intent(store: Store, intent_id: str, given: Object) -> Object:
    """Confirm a payment intent with its payment method.

    Raises:
        StripeRefusal: it has none, cannot be confirmed any more, or the bank declined.
    """
    intent = store.get_object("payment_intent", intent_id)
    name = given.get("payment_method") or intent["payment_method"]
    if intent["status"] in {"succeeded", "canceled", "processing"}:
        raise build_state_refusal(intent, "confirm")
    if name is None:
        raise StripeRefusal(
            "You cannot confirm this PaymentIntent because it's missing a payment method.",
            code="payment_intent_unexpected_state",
            payment_intent=intent,
        )
    method = store.get_referenced("payment_method", name, "payment_method")
    if method["customer"] is not None and method["customer"] != intent["customer"]:
        raise StripeRefusal(
            "The payment method belongs to another customer.", param="payment_method"
        )
    charge_intent(store, intent, method, "away" if given.get("off_session") else "present")
    return intent


def cancel_intent(store: Store, intent_id: str, given: Object) -> Object:
    """Cancel a payment intent.

    Raises:
        StripeRefusal: it succeeded, or was canceled before.
    """
    intent = store.get_object("payment_intent", intent_id)
    if intent["status"] in {"succeeded", "canceled"}:
        raise build_state_refusal(intent, "cancel")
    intent |= {
        "status": "canceled",
        "cancellation_reason": given.get("cancellation_reason"),
        "next_action": None,
    }
    return intent


def build_state_refusal(intent: Object, verb: str) -> StripeRefusal:
    """Build the refusal of a change that an intent's status does not allow."""
    return StripeRefusal(
        f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}.",
        code="payment_intent_unexpected_state",
        payment_intent=intent,
    )


def charge_intent(
    store: Store, intent: Object, method: Object, holder: Holder, *, is_invoice: bool = False
) -> None:
    """Charge a card: it succeeds, waits until its holder confirms, or until its bank answers.

    Raises:
        StripeRefusal: the bank declined, or needs its holder, who is away.
    """
    intent["payment_method"] = method["id"]
    if method["id"] in store.slow_methods:
        store.slow_methods.discard(method["id"])
        intent |= {"status": "processing", "next_action": None}
        store.emit_event("payment_intent.processing", intent)
        return
    forced = store.decline_codes.get(method["id"]) or []
    decline = forced.pop(0) if forced else find_decline(method, holder)
    if decline == AUTHENTICATION and holder == "present":
        intent |= {
            "status": "requires_action",
            "next_action": {
                "type": "redirect_to_url",
                "redirect_to_url": {
                    "url": f"{store.base}/c/authenticate/{intent['id']}",
                    "return_url": None,
                },
            },
        }
        return
    if holder == "failed":
        raise build_failed_authentication("payment_intent", intent, method)
    if decline is not None:
        raise decline_intent(store, intent, method, decline, is_invoice=is_invoice)
    charge = add_charge(store, intent, method, status="succeeded")
    intent |= {
        "status": "succeeded",
        "amount_received": intent["amount"],
        "latest_charge": charge["id"],
        "last_payment_error": None,
        "next_action": None,
    }


def find_decline(method: Object, holder: Holder) -> str | None:
    """Find why the bank declines a charge, or None if it pays."""
    card = get_test_card(method["_number"])
    must_ask = card.authentication == ALWAYS or (
        card.authentication == UNLESS_SAVED and not method["_is_set_up"]
    )
    if must_ask and holder in {"away", "present"}:
        return AUTHENTICATION
    return card.decline_code


def decline_intent(
    store: Store, intent: Object, method: Object, decline: str, *, is_invoice: bool
) -> StripeRefusal:
    """Note a decline in the intent; return Stripe's answer.

    An invoice's intent waits for its holder at the invoice's page, another one for a new attempt.
    """
    charge = add_charge(
        store, intent, method, status="failed", failure_code=decline, paid=False, captured=False
    )
    waits = is_invoice and decline == AUTHENTICATION
    intent |= {
        "status": "requires_action" if waits else "requires_payment_method",
        "latest_charge": charge["id"],
    }
    if not waits:
        intent["payment_method"] = None
    refusal = build_decline(decline, charge=charge["id"], payment_method=dict(method))
    intent["last_payment_error"] = dict(refusal.error)
    refusal.error["payment_intent"] = dict(intent)
    store.emit_event("payment_intent.payment_failed", intent)
    return refusal


def add_charge(store: Store, intent: Object, method: Object, **fields: Any) -> Object:  # noqa: ANN401 - JSON
    """Add a charge of an intent on a card."""
    card = method["card"]
    made: Object = {
        "amount": intent["amount"],
        "amount_captured": intent["amount"] if fields["status"] == "succeeded" else 0,
        "amount_refunded": 0,
        "billing_details": method["billing_details"],
        "captured": True,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "disputed": False,
        "failure_code": None,
        "metadata": intent["metadata"],
        "paid": True,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": {
            "type": "card",
            "card": {name: card[name] for name in ("brand", "last4", "fingerprint", "country")},
        },
        "refunded": False,
    }
    return store.add_object("charge", "ch", **made | fields)
