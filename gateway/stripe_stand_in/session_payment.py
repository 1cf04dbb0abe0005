"""The payment of a Checkout Session: what its buyer enters, and what becomes of it."""

from dataclasses import dataclass
from typing import Literal

from gateway.stripe_stand_in.currencies import check_total
from gateway.stripe_stand_in.customers import (
    add_tax_id,
    check_owner,
    check_tax_id,
    create_customer,
    read_buyer,
    render_address,
)
from gateway.stripe_stand_in.discounts import (
    check_promotion_code,
    count_redemption,
    find_promotion_code,
)
from gateway.stripe_stand_in.invoices import invoice_session
from gateway.stripe_stand_in.payment_methods import (
    create_payment_method,
    finish_setup_intent,
    save_for_customer,
)
from gateway.stripe_stand_in.payments import add_intent, charge_intent
from gateway.stripe_stand_in.sessions import set_totals
from gateway.stripe_stand_in.store import Object, Store, StripeRefusal, unset_empty_values
from gateway.stripe_stand_in.tax import EU_PERCENTS, TAX_ID_TYPES, Buyer

USUAL_ADDRESS = {
    "line1": "1 Market Street", "city": "San Francisco", "state": "CA", "postal_code": "94105",
    "country": "US",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entries:
    """The entries of a buyer at the page; `holder` says if they confirm when their bank asks.

    `method` is a saved card; without one a test card of the number `card` is entered. A
    `tax_number` is of the kind that the country of the address has.
    """

    card: str = "4242"
    method: str | None = None
    email: str | None = None
    name: str | None = None
    address: Object | None = None
    tax_number: str | None = None
    promotion_code: str | None = None
    save_card: bool = False
    delayed: bool = False
    holder: Literal["confirmed", "failed"] = "confirmed"


def pay_session(store: Store, session_id: str, entries: Entries | None = None) -> Object:
    """Pay and complete a session; a delayed payment stays `processing`.

    Raises:
        StripeRefusal: it is not open, an entry is missing or wrong, or the bank declined.
    """
    entries = entries or Entries()
    session = store.get_object("session", session_id)
    if session["status"] != "open":
        raise StripeRefusal("This Checkout Session is no longer open.", code="session_not_open")
    details = read_details(store, session, entries)
    if session["mode"] == "payment":
        apply_promotion_code(store, session, entries.promotion_code)
        totals = set_totals(store, session, read_entered_buyer(store, session, details))
        check_total(totals.total, session["currency"])
    method = find_method(store, session, entries, details)
    customer = keep_customer(store, session, details, saves=entries.save_card)
    if session["mode"] == "setup":
        setup = store.get_object("setup_intent", session["setup_intent"])
        setup["customer"] = setup["customer"] or customer
        finish_setup_intent(store, setup, method, is_authenticated=entries.holder == "confirmed")
    elif session["amount_total"] == 0:
        session["payment_status"] = "no_payment_required"
    else:
        pay_intent(store, session, method, entries)
    for each in session["_discounts"]:
        count_redemption(store, each)
    session |= {"status": "complete", "url": None, "customer_details": details}
    if session["payment_status"] != "unpaid":
        invoice_session(store, session)
    store.emit_event("checkout.session.completed", session)
    return session


def preview_totals(store: Store, session_id: str, entries: Entries) -> Object:
    """Set an open session's totals by the entries so far, for the page to show; return it.

    Raises:
        StripeRefusal: an entry is wrong.
    """
    session = store.get_object("session", session_id)
    apply_promotion_code(store, session, entries.promotion_code)
    details = read_details(store, session, entries)
    set_totals(store, session, read_entered_buyer(store, session, details))
    return session


def read_details(store: Store, session: Object, entries: Entries) -> Object:
    """Read who the buyer is, from what they entered and what is known of the customer.

    Raises:
        StripeRefusal: the tax number is malformed, or none is taken here.
    """
    known = store.objects["customer"].get(session["customer"] or "", {})
    address = entries.address or known.get("address")
    collects = (
        session["automatic_tax"]["enabled"] or session["billing_address_collection"] == "required"
    )
    if address is None and collects:
        address = USUAL_ADDRESS
    email = known.get("email") or session["customer_email"]
    numbers = [
        {"type": each["type"], "value": each["value"]}
        for each in (known.get("_tax_ids") or {"data": []})["data"]
    ]
    if entries.tax_number:
        numbers.append(read_tax_number(session, entries.tax_number, (address or {}).get("country")))
    return {
        "address": render_address(address),
        "business_name": entries.name if entries.tax_number else None,
        "email": email or entries.email or "buyer@example.com",
        "individual_name": None,
        "name": entries.name or known.get("name"),
        "phone": None,
        "tax_exempt": known.get("tax_exempt") or "none",
        "tax_ids": numbers if session["tax_id_collection"]["enabled"] or numbers else None,
    }  # fmt: skip


def read_tax_number(session: Object, number: str, country: str | None) -> Object:
    """Read a business's tax number, by the kind that its country has.

    Raises:
        StripeRefusal: it is malformed, or this session collects none.
    """
    if not session["tax_id_collection"]["enabled"]:
        raise StripeRefusal("This page takes no tax number.", code="tax_id_prohibited")
    value = number.replace(" ", "").upper()
    kind = "eu_vat" if value[:2] in EU_PERCENTS else TAX_ID_TYPES.get(country or "", "")
    if not kind:
        raise StripeRefusal("This country has no tax number here.", code="tax_id_invalid")
    check_tax_id(kind, value)
    return {"type": kind, "value": value}


def read_entered_buyer(store: Store, session: Object, details: Object) -> Buyer | None:
    """Read what decides the tax from the buyer's details, or None without an address."""
    known = store.objects["customer"].get(session["customer"] or "")
    numbers = tuple((each["type"], each["value"]) for each in details["tax_ids"] or [])
    country = (details["address"] or {}).get("country")
    if country is None:
        return None if known is None else read_buyer(known)
    return Buyer(country, numbers, details["tax_exempt"])


def apply_promotion_code(store: Store, session: Object, text: str | None) -> None:
    """Apply the promotion code that the buyer entered, or none; given discounts stay.

    Raises:
        StripeRefusal: this session takes no codes, or the buyer may not use this one.
    """
    if not session["allow_promotion_codes"]:
        if text:
            raise StripeRefusal("This page takes no promotion codes.")
        return
    session["_discounts"] = []
    if text:
        code = find_promotion_code(store, text)
        check_promotion_code(
            store,
            code,
            customer=session["customer"],
            subtotal=session["amount_subtotal"],
            currency=session["currency"],
        )
        session["_discounts"] = [
            {"coupon": code["promotion"]["coupon"], "promotion_code": code["id"]}
        ]


def find_method(store: Store, session: Object, entries: Entries, details: Object) -> Object:
    """Find the saved card that the buyer chose, or enter a new one."""
    if entries.method is not None:
        check_owner(store, entries.method, session["customer"] or "")
        return store.get_object("payment_method", entries.method)
    billing = {name: details[name] for name in ("address", "email", "name")}
    return create_payment_method(store, entries.card, billing)


def keep_customer(store: Store, session: Object, details: Object, *, saves: bool) -> str | None:
    """Update the session's customer by what was entered, or create one if it needs one."""
    entered = {name: details[name] for name in ("address", "name") if details[name] is not None}
    if session["customer"] is None:
        usage = session["_intent_data"].get("setup_future_usage")
        invoiced = (session["invoice_creation"] or {}).get("enabled")
        if not (session["customer_creation"] == "always" or usage or invoiced or saves):
            return None
        made = create_customer(store, {"email": details["email"], **entered})
        session["customer"] = made["id"]
    customer = store.get_object("customer", session["customer"])
    updates = session["_customer_update"]
    changed = {name: value for name, value in entered.items() if updates.get(name) == "auto"}
    if any(customer[name] != value for name, value in changed.items()):
        customer |= changed
        store.emit_event("customer.updated", customer)
    for each in details["tax_ids"] or []:
        add_tax_id(store, customer, each["type"], each["value"])
    return str(customer["id"])


def pay_intent(store: Store, session: Object, method: Object, entries: Entries) -> None:
    """Create the payment intent of a session, and charge it unless the bank is slow.

    Raises:
        StripeRefusal: the bank declined.
    """
    data = session["_intent_data"]
    usage = data.get("setup_future_usage")
    intent = add_intent(
        store,
        session["amount_total"],
        session["currency"],
        customer=session["customer"],
        description=data.get("description"),
        metadata=unset_empty_values(data.get("metadata")),
        payment_method=method["id"],
        receipt_email=data.get("receipt_email"),
        setup_future_usage=usage,
        status="processing" if entries.delayed else "requires_confirmation",
    )
    if not entries.delayed:
        charge_intent(store, intent, method, entries.holder)
        session["payment_status"] = "paid"
    session["payment_intent"] = intent["id"]
    options = session["saved_payment_method_options"] or {}
    chosen = entries.save_card and options.get("payment_method_save") == "enabled"
    if session["customer"] is not None and (usage or chosen):
        method["_is_set_up"] = method["_is_set_up"] or usage == "off_session"
        redisplay = "always" if chosen else "limited"
        save_for_customer(store, method, session["customer"], redisplay)


def end_delayed_payment(store: Store, session_id: str, *, succeeded: bool) -> Object:
    """End a delayed payment, by success or failure."""
    session = store.get_object("session", session_id)
    intent = store.get_object("payment_intent", session["payment_intent"])
    if succeeded:
        method = store.get_object("payment_method", intent["payment_method"])
        charge_intent(store, intent, method, "confirmed")
        session["payment_status"] = "paid"
        invoice_session(store, session)
        store.emit_event("checkout.session.async_payment_succeeded", session)
    else:
        intent["status"] = "requires_payment_method"
        store.emit_event("checkout.session.async_payment_failed", session)
    return session
