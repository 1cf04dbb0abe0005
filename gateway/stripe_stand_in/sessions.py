"""Checkout Sessions: how one is opened and expired, and what its buyer would pay."""

import time

from gateway.stripe_stand_in.currencies import check_currency, check_total
from gateway.stripe_stand_in.customers import get_active_customer, read_buyer
from gateway.stripe_stand_in.discounts import compute_discount
from gateway.stripe_stand_in.payment_methods import create_setup_intent
from gateway.stripe_stand_in.session_rules import check_session
from gateway.stripe_stand_in.store import (
    Object,
    Store,
    StripeRefusal,
    build_list,
    unset_empty_values,
)
from gateway.stripe_stand_in.tax import Buyer
from gateway.stripe_stand_in.totals import Line, Totals, compute_totals, render_total_details

HOUR = 3_600


def create_session(store: Store, given: Object) -> Object:
    """Open a Checkout Session.

    Raises:
        StripeRefusal: the parameters contradict each other, the total is below the least charge,
            or the expiry is not one of Stripe.
    """
    check_session(given)
    customer = None
    if given.get("customer") is not None:
        customer = get_active_customer(store, given["customer"])
        check_tax_location(given, customer)
    now = int(time.time())
    expires_at = given.get("expires_at") or now + 24 * HOUR
    if not now + HOUR // 2 - 60 <= expires_at <= now + 24 * HOUR:
        raise StripeRefusal(
            "`expires_at` must be between 30 minutes and 24 hours from now", param="expires_at"
        )
    items = given.get("line_items") or []
    session = store.add_object(
        "checkout.session",
        "cs_test",
        **build_fields(given),
        customer=given.get("customer"),
        currency=read_currency(given, items),
        expires_at=expires_at,
        _discounts=[read_discount(store, each) for each in given.get("discounts") or []],
        _intent_data=given.get("payment_intent_data") or {},
        _customer_update=given.get("customer_update") or {},
        _invoice_data=(given.get("invoice_creation") or {}).get("invoice_data") or {},
    )
    session["url"] = f"{store.base}/c/pay/{session['id']}"
    session["_line_items"] = build_list(
        [render_line_item(each) for each in items],
        f"/v1/checkout/sessions/{session['id']}/line_items",
    )
    if given["mode"] == "setup":
        setup = create_setup_intent(
            store, given.get("customer"), given.get("setup_intent_data") or {}
        )
        session["setup_intent"] = setup["id"]
    else:
        known = customer is not None and (customer["address"] or {}).get("country") is not None
        totals = set_totals(store, session, read_buyer(customer) if known and customer else None)
        if not session["_discounts"]:
            check_total(totals.total, session["currency"])
    return session


def build_fields(given: Object) -> Object:
    """Build the fields of a new session that depend on nothing but its parameters."""
    tax, numbers = given.get("automatic_tax") or {}, given.get("tax_id_collection") or {}
    invoice = given.get("invoice_creation") or {}
    is_payment = given["mode"] == "payment"
    creation = given.get("customer_creation") or "if_required"
    return {
        "adaptive_pricing": given.get("adaptive_pricing") or {"enabled": False},
        "allow_promotion_codes": given.get("allow_promotion_codes"),
        "allowed_payment_method_types": given.get("allowed_payment_method_types"),
        "amount_subtotal": None,
        "amount_total": None,
        "automatic_tax": {
            "enabled": tax.get("enabled", False),
            "liability": {"type": "self"} if tax.get("enabled") else None,
            "provider": "stripe" if tax.get("enabled") else None,
            "status": "requires_location_inputs" if tax.get("enabled") else None,
        },
        "billing_address_collection": given.get("billing_address_collection"),
        "cancel_url": given.get("cancel_url"),
        "client_reference_id": given.get("client_reference_id"),
        "customer_creation": None if given.get("customer") else creation,
        "customer_details": None,
        "customer_email": given.get("customer_email"),
        "discounts": [],
        "invoice": None,
        "invoice_creation": {"enabled": invoice.get("enabled", False)} if is_payment else None,
        "locale": given.get("locale"),
        "metadata": unset_empty_values(given.get("metadata")),
        "mode": given["mode"],
        "payment_intent": None,
        "payment_method_types": ["card"],
        "payment_status": "unpaid" if is_payment else "no_payment_required",
        "saved_payment_method_options": given.get("saved_payment_method_options"),
        "setup_intent": None,
        "status": "open",
        "submit_type": given.get("submit_type"),
        "success_url": given["success_url"],
        "tax_id_collection": {
            "enabled": numbers.get("enabled", False),
            "required": numbers.get("required") or "never",
        },
        "total_details": None,
        "ui_mode": "hosted_page",
    }  # fmt: skip


def check_tax_location(given: Object, customer: Object) -> None:
    """Check that the tax of an existing customer can be computed.

    Raises:
        StripeRefusal: their address is unknown, and what they enter would not be saved.
    """
    saves = (given.get("customer_update") or {}).get("address") == "auto"
    known = (customer["address"] or {}).get("country") is not None
    if (given.get("automatic_tax") or {}).get("enabled") and not known and not saves:
        raise StripeRefusal(
            "Automatic tax calculation in Checkout requires a valid address on the Customer. Add a"
            " valid address to the Customer or set either `customer_update[address]` to 'auto' or"
            " `customer_update[shipping]` to 'auto' to save the address entered in Checkout to the"
            " Customer.",
            code="customer_tax_location_invalid",
        )


def read_currency(given: Object, items: list[Object]) -> str | None:
    """Read the one currency of a session; one that only saves a card needs none.

    Raises:
        StripeRefusal: the items have several, or it is none of Stripe.
    """
    named = {each["price_data"]["currency"].lower() for each in items}
    named |= {given["currency"].lower()} if given.get("currency") else set()
    if not items and not named:
        return None
    if len(named) != 1:
        raise StripeRefusal("All prices must have the same currency.", param="currency")
    return check_currency(named.pop())


def read_discount(store: Store, given: Object) -> Object:
    """Read a discount that a parameter names: a coupon, or a promotion code with its coupon.

    Raises:
        StripeRefusal: neither or both are named, or there is no such one.
    """
    coupon, code = given.get("coupon"), given.get("promotion_code")
    if (coupon is None) == (code is None):
        raise StripeRefusal("A discount has a coupon or a promotion code.", param="discounts")
    if code is None:
        store.get_referenced("coupon", coupon or "", "discounts[0][coupon]")
        return {"coupon": coupon, "promotion_code": None}
    found = store.get_referenced("promotion_code", code, "discounts[0][promotion_code]")
    return {"coupon": found["promotion"]["coupon"], "promotion_code": code}


def render_line_item(item: Object) -> Object:
    """Render a line of a session, without discount and tax."""
    price, quantity = item["price_data"], item.get("quantity") or 1
    amount = price["unit_amount"] * quantity
    return {
        "id": f"li_{price['currency']}_{amount}",
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": price["currency"].lower(),
        "description": price["product_data"]["name"],
        "metadata": item.get("metadata") or {},
        "price": {
            "object": "price",
            "currency": price["currency"].lower(),
            "tax_behavior": price.get("tax_behavior") or "unspecified",
            "type": "one_time",
            "unit_amount": price["unit_amount"],
        },
        "quantity": quantity,
    }


def list_lines(session: Object) -> list[Line]:
    """List the lines of a session; a price without a tax behavior is taken as exclusive."""
    return [
        Line(
            each["amount_subtotal"],
            "inclusive" if each["price"]["tax_behavior"] == "inclusive" else "exclusive",
        )
        for each in session["_line_items"]["data"]
    ]


def set_totals(store: Store, session: Object, buyer: Buyer | None) -> Totals:
    """Set the totals of a session by what is known of its buyer; return them."""
    lines = list_lines(session)
    subtotal = sum(each.amount for each in lines)
    discounts = session["_discounts"]
    off = sum(
        compute_discount(store.get_object("coupon", each["coupon"]), subtotal, session["currency"])
        for each in discounts
    )
    is_taxed = session["automatic_tax"]["enabled"] and buyer is not None
    totals = compute_totals(lines, off, buyer if is_taxed else None)
    if is_taxed:
        session["automatic_tax"]["status"] = "complete"
    session |= {
        "amount_subtotal": totals.subtotal,
        "amount_total": totals.total,
        "discounts": discounts,
        "total_details": render_total_details(totals, discounts),
    }
    for number, each in enumerate(session["_line_items"]["data"]):
        tax = totals.taxes[number] if totals.taxes else None
        each["amount_discount"] = totals.discounts[number]
        each["amount_tax"] = 0 if tax is None else tax.amount
        each["amount_total"] = (
            each["amount_subtotal"] - each["amount_discount"] + (0 if tax is None else tax.on_top)
        )
    return totals


def expire_session(store: Store, session_id: str) -> Object:
    """Expire an open session."""
    session = store.get_object("session", session_id)
    if session["status"] != "open":
        raise StripeRefusal("Only Checkout Sessions with a status in open can be expired.")
    session |= {"status": "expired", "url": None}
    store.emit_event("checkout.session.expired", session)
    return session
