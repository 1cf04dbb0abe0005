"""The payment of an invoice: by a call while its customer is away, or by them at its page."""

from gateway.stripe_stand_in.cards import get_test_card
from gateway.stripe_stand_in.invoices import (
    check_not_processing,
    finalize_invoice,
    settle_invoice,
)
from gateway.stripe_stand_in.payment_methods import create_payment_method
from gateway.stripe_stand_in.payments import AUTHENTICATION, Holder, charge_intent, decline_intent
from gateway.stripe_stand_in.store import Object, Store, StripeRefusal


def pay_invoice(store: Store, invoice_id: str, given: Object) -> Object:
    """Pay an invoice with a card that its customer saved; a draft is finalized first.

    Raises:
        StripeRefusal: it is paid or void, there is no card, or the bank declined.
    """
    invoice = store.get_object("invoice", invoice_id)
    if invoice["status"] == "draft":
        finalize_invoice(store, invoice_id)
    if invoice["status"] == "paid":
        raise StripeRefusal("Invoice is already paid")
    if invoice["status"] != "open":
        raise StripeRefusal("You can only pass in open invoices. This invoice isn't open.")
    if given.get("paid_out_of_band"):
        raise StripeRefusal("The stand-in has no payments out of band.", param="paid_out_of_band")
    check_not_processing(store, invoice)
    method = find_invoice_method(store, invoice, given.get("payment_method"))
    off_session = given.get("off_session", True)  # Stripe's default
    charge_invoice(store, invoice, method, "away" if off_session else "present")
    return invoice


def find_invoice_method(store: Store, invoice: Object, named: str | None) -> Object:
    """Find the card for an invoice: the named one, the invoice's, or the customer's default.

    Raises:
        StripeRefusal: there is none, or it is not the customer's.
    """
    customer = store.get_object("customer", invoice["customer"])
    settings = customer.get("invoice_settings") or {}
    name = named or invoice["default_payment_method"] or settings.get("default_payment_method")
    if name is None:
        raise StripeRefusal(
            "This customer has no attached payment source or default payment method. Please"
            " consider adding a default payment method.",
            code="resource_missing",
        )
    method = store.get_referenced("payment_method", name, "payment_method")
    if method["customer"] != invoice["customer"]:
        raise StripeRefusal(
            f"The customer does not have a payment method with the ID {name}. The payment method"
            " must be attached to the customer.",
            code="resource_missing",
            param="payment_method",
        )
    return method


def pay_at_page(
    store: Store, invoice_id: str, *, card: str | None = None, holder: Holder = "confirmed"
) -> Object:
    """Pay an invoice like its customer at its page: with a new card, or the one that was tried.

    Raises:
        StripeRefusal: it is not open, there is no card, or the bank declined.
    """
    invoice = store.get_object("invoice", invoice_id)
    if invoice["status"] != "open":
        raise StripeRefusal("This invoice is no longer open.")
    check_not_processing(store, invoice)
    if card is not None:
        method = create_payment_method(store, card)
    else:
        method = find_invoice_method(store, invoice, get_intent(store, invoice)["payment_method"])
    charge_invoice(store, invoice, method, holder)
    return invoice


def needs_holder(store: Store, invoice: Object) -> bool:
    """Return True if the bank of the card that was tried waits for its holder."""
    return bool(get_intent(store, invoice)["status"] == "requires_action")


def get_intent(store: Store, invoice: Object) -> Object:
    """Return the payment intent of a finalized invoice."""
    payment = invoice["_payments"]["data"][0]["payment"]
    return store.get_object("payment_intent", payment["payment_intent"])


def charge_invoice(store: Store, invoice: Object, method: Object, holder: Holder) -> None:
    """Charge a card for an invoice, and tell by events what came of it.

    Raises:
        StripeRefusal: the bank declined, or needs its holder.
    """
    intent = get_intent(store, invoice)
    invoice |= {"attempted": True, "attempt_count": invoice["attempt_count"] + 1}
    try:
        charge_intent(store, intent, method, holder, is_invoice=True)
    except StripeRefusal as refused:
        store.emit_event("invoice.payment_failed", invoice)
        if refused.error.get("code") == AUTHENTICATION:
            store.emit_event("invoice.payment_action_required", invoice)
        raise
    if intent["status"] == "requires_action":
        store.emit_event("invoice.payment_action_required", invoice)
        raise StripeRefusal(
            "This payment requires additional user action before it can be completed"
            " successfully. Payment can be completed using the PaymentIntent associated with the"
            " invoice.",
            status=402,
            type="card_error",
            code="invoice_payment_intent_requires_action",
            payment_intent=dict(intent),
        )
    if intent["status"] == "succeeded":
        settle_invoice(store, invoice)


def end_slow_charge(store: Store, invoice_id: str, decline: str | None) -> None:
    """Let the bank answer the charge of an invoice that it was slow about."""
    invoice = store.get_object("invoice", invoice_id)
    intent = get_intent(store, invoice)
    method = store.get_object("payment_method", intent["payment_method"])
    if decline is None:
        charge_intent(store, intent, method, "confirmed", is_invoice=True)
        settle_invoice(store, invoice)
        return
    decline_intent(store, intent, method, decline, is_invoice=True)
    store.emit_event("invoice.payment_failed", invoice)


def asks_its_holder(number: str) -> bool:
    """Return True if the bank of a new card asks its holder."""
    return bool(get_test_card(number).authentication)
