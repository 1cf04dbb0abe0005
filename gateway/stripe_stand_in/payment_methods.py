"""Payment methods: cards that were entered, and those that a customer saved."""

import time
from typing import Any

from gateway.stripe_stand_in.cards import build_decline, get_test_card
from gateway.stripe_stand_in.customers import get_active_customer
from gateway.stripe_stand_in.store import Object, Store, StripeRefusal, unset_empty_values


def create_payment_method(
    store: Store, number: str, billing_details: Object | None = None
) -> Object:
    """Create a payment method from the number of a test card; nobody has saved it yet."""
    card = {
        "brand": get_test_card(number).brand,
        "country": "US",
        "display_brand": get_test_card(number).brand,
        "exp_month": 12,
        "exp_year": time.gmtime().tm_year + 3,
        "fingerprint": f"fp_{number}",
        "funding": "credit",
        "last4": number[-4:],
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }
    empty = {"address": None, "email": None, "name": None, "phone": None}
    return store.add_object(
        "payment_method",
        "pm",
        allow_redisplay="unspecified",
        billing_details=empty | (billing_details or {}),
        card=card,
        customer=None,
        metadata={},
        type="card",
        _number=number,
        _is_set_up=False,
    )


def create_from_token(store: Store, given: Object) -> Object:
    """Create a payment method from the number of a test card, as Stripe allows in test mode.

    Raises:
        StripeRefusal: it is no card.
    """
    number = (given.get("card") or {}).get("number")
    if given.get("type") != "card" or number is None:
        raise StripeRefusal("The stand-in has only cards.", param="type")
    return create_payment_method(store, number)


def attach_payment_method(store: Store, method_id: str, given: Object) -> Object:
    """Attach a card to a customer.

    Raises:
        StripeRefusal: it belongs to another, or its bank declines.
    """
    method = store.get_object("payment_method", method_id)
    get_active_customer(store, given["customer"])
    if method["customer"] not in {None, given["customer"]}:
        raise StripeRefusal("The payment method you provided has already been attached.")
    check_saving(method)
    return save_for_customer(store, method, given["customer"], "unspecified")


def check_saving(method: Object) -> None:
    """Check that a card's bank lets it be saved.

    Raises:
        StripeRefusal: it declines.
    """
    card = get_test_card(method["_number"])
    if not card.can_be_saved:
        raise build_decline(card.decline_code or "generic_decline", payment_method=method)


def save_for_customer(store: Store, method: Object, customer_id: str, redisplay: str) -> Object:
    """Keep a card for a customer's later payments."""
    if method["customer"] is None:
        method["customer"] = customer_id
        method["allow_redisplay"] = redisplay
        store.emit_event("payment_method.attached", method)
    return method


def detach_payment_method(store: Store, method_id: str) -> Object:
    """Detach a card from its customer for good.

    Raises:
        StripeRefusal: it is attached to none.
    """
    method = store.get_object("payment_method", method_id)
    if method["customer"] is None:
        raise StripeRefusal(
            "The payment method you provided is not attached to a customer so detachment is"
            " impossible."
        )
    customer = store.objects["customer"][method["customer"]]
    settings: dict[str, Any] = customer.get("invoice_settings") or {}
    if settings.get("default_payment_method") == method_id:
        settings["default_payment_method"] = None
    method["customer"] = None
    store.emit_event("payment_method.detached", method)
    return method


def update_payment_method(store: Store, method_id: str, given: Object) -> Object:
    """Change the metadata of a payment method, or whether its owner sees it at checkout."""
    method = store.get_object("payment_method", method_id)
    if "metadata" in given:
        method["metadata"] = unset_empty_values(given["metadata"], method["metadata"])
    if "allow_redisplay" in given:
        method["allow_redisplay"] = given["allow_redisplay"]
    return method


def create_setup_intent(store: Store, customer: str | None, given: Object) -> Object:
    """Create the intent to save a card, as a Checkout Session of mode `setup` does."""
    return store.add_object(
        "setup_intent",
        "seti",
        application=None,
        cancellation_reason=None,
        client_secret=None,
        customer=customer,
        description=given.get("description"),
        last_setup_error=None,
        latest_attempt=None,
        mandate=None,
        metadata=unset_empty_values(given.get("metadata")),
        next_action=None,
        payment_method=None,
        payment_method_types=["card"],
        single_use_mandate=None,
        status="requires_payment_method",
        usage="off_session",
    )


def finish_setup_intent(
    store: Store, intent: Object, method: Object, *, is_authenticated: bool
) -> None:
    """Save the card of a setup intent; its holder was there to be asked.

    Raises:
        StripeRefusal: the bank declined, or its holder did not confirm.
    """
    card = get_test_card(method["_number"])
    decline = card.decline_code or "generic_decline" if not card.can_be_saved else None
    if card.authentication and not is_authenticated:
        refusal = build_failed_authentication("setup_intent", intent, method)
    elif decline is not None:
        refusal = build_decline(decline, setup_intent=intent, payment_method=method)
    else:
        method["_is_set_up"] = True
        intent |= {"status": "succeeded", "payment_method": method["id"], "last_setup_error": None}
        if intent["customer"] is not None:
            save_for_customer(store, method, intent["customer"], "limited")
        store.emit_event("setup_intent.succeeded", intent)
        return
    intent["last_setup_error"] = {
        name: value for name, value in refusal.error.items() if name != "setup_intent"
    }
    store.emit_event("setup_intent.setup_failed", intent)
    raise refusal


def build_failed_authentication(kind: str, intent: Object, method: Object) -> StripeRefusal:
    """Build the answer when the holder of a card did not confirm at the bank."""
    return StripeRefusal(
        "We are unable to authenticate your payment method. Please choose a different payment"
        " method and try again.",
        status=402,
        type="card_error",
        code=f"{kind}_authentication_failure",
        payment_method=method,
        **{kind: intent},
    )
