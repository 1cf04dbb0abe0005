"""Drafts of invoices, and their items."""

import time
from typing import Any

from gateway.stripe_stand_in.currencies import check_currency
from gateway.stripe_stand_in.customers import check_owner, get_active_customer
from gateway.stripe_stand_in.discounts import compute_discount
from gateway.stripe_stand_in.invoice_lines import set_lines
from gateway.stripe_stand_in.sessions import read_discount
from gateway.stripe_stand_in.store import (
    Object,
    Store,
    StripeRefusal,
    build_list,
    unset_empty_values,
)


def create_invoice(store: Store, given: Object) -> Object:
    """Create a draft for a customer, with their pending items if it says so.

    Raises:
        StripeRefusal: there is no such customer, or it should advance by itself.
    """
    if given.get("customer") is None:
        raise StripeRefusal(
            "Missing required param: customer.", code="parameter_missing", param="customer"
        )
    customer = get_active_customer(store, given["customer"])
    method = given.get("default_payment_method")
    if method is not None:
        check_owner(store, method, customer["id"])
    if given.get("auto_advance"):
        raise StripeRefusal("The stand-in's invoices wait for calls.", param="auto_advance")
    invoice = add_invoice(
        store,
        customer,
        check_currency(given.get("currency") or customer["currency"] or "usd"),
        is_taxed=(given.get("automatic_tax") or {}).get("enabled", False),
        collection_method=given.get("collection_method") or "charge_automatically",
        default_payment_method=method,
        description=given.get("description"),
        footer=given.get("footer"),
        metadata=unset_empty_values(given.get("metadata")),
        _discounts=[read_discount(store, each) for each in given.get("discounts") or []],
    )
    if given.get("pending_invoice_items_behavior") == "include":
        for item in store.list_objects("invoiceitem", customer=customer["id"], invoice=None):
            item["invoice"] = invoice["id"]
    update_draft(store, invoice)
    store.emit_event("invoice.created", invoice)
    return invoice


def add_invoice(
    store: Store, customer: Object, currency: str, *, is_taxed: bool, **fields: Any  # noqa: ANN401 - JSON
) -> Object:  # fmt: skip
    """Add a draft invoice of a customer."""
    now = int(time.time())
    invoice = store.add_object(
        "invoice",
        "in",
        **build_draft_fields(customer, currency, now),
        automatic_tax={
            "disabled_reason": None,
            "enabled": is_taxed,
            "liability": {"type": "self"} if is_taxed else None,
            "provider": "stripe" if is_taxed else None,
            "status": None,
        },
    )
    invoice |= fields
    invoice["lines"] = build_list([], f"/v1/invoices/{invoice['id']}/lines")
    invoice["_payments"] = build_list([], "/v1/invoice_payments")
    return invoice


def build_draft_fields(customer: Object, currency: str, now: int) -> Object:
    """Build the fields of a new draft."""
    names = (
        "amount_due amount_overpaid amount_paid amount_remaining amount_shipping attempt_count"
        " post_payment_credit_notes_amount pre_payment_credit_notes_amount starting_balance"
        " subtotal total"
    )
    empty = (
        "custom_fields default_payment_method default_source description due_date effective_at"
        " ending_balance footer from_invoice hosted_invoice_url invoice_pdf last_finalization_error"
        " latest_revision next_payment_attempt number parent receipt_number statement_descriptor"
        " subtotal_excluding_tax total_excluding_tax"
    )
    moments = ("finalized_at", "marked_uncollectible_at", "paid_at", "voided_at")
    return {
        **dict.fromkeys(names.split(), 0),
        **dict.fromkeys(empty.split()),
        **render_customer(customer),
        "account_country": "US",
        "account_name": "Stand-in",
        "account_tax_ids": None,
        "attempted": False,
        "auto_advance": False,
        "billing_reason": "manual",
        "collection_method": "charge_automatically",
        "currency": currency,
        "discounts": [],
        "issuer": {"type": "self"},
        "metadata": {},
        "payment_settings": {"default_mandate": None, "payment_method_options": None,
                             "payment_method_types": None},
        "period_end": now,
        "period_start": now,
        "status": "draft",
        "status_transitions": dict.fromkeys(moments),
        "total_discount_amounts": [],
        "total_taxes": [],
        "_discounts": [],
    }  # fmt: skip


def render_customer(customer: Object) -> Object:
    """Render a customer as the invoice keeps them from its finalization on."""
    return {
        "customer": customer["id"],
        "customer_address": customer["address"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "customer_phone": customer["phone"],
        "customer_shipping": None,
        "customer_tax_exempt": customer["tax_exempt"],
        "customer_tax_ids": [
            {"type": each["type"], "value": each["value"]} for each in customer["_tax_ids"]["data"]
        ],
    }


def get_draft(store: Store, invoice_id: str) -> Object:
    """Return an invoice that can still be changed.

    Raises:
        StripeRefusal: there is none, or it is finalized.
    """
    invoice = store.get_object("invoice", invoice_id)
    if invoice["status"] != "draft":
        raise StripeRefusal(
            "Finalized invoices can't be updated in this way", code="invoice_not_editable"
        )
    return invoice


def create_item(store: Store, given: Object) -> Object:
    """Create an item of a draft invoice, or one that waits for the customer's next invoice.

    Raises:
        StripeRefusal: it has no amount, or its currency is not the invoice's.
    """
    invoice = get_draft(store, given["invoice"]) if given.get("invoice") is not None else None
    customer = given.get("customer") or (invoice or {}).get("customer")
    if customer is None:
        raise StripeRefusal("Missing required param: customer.", code="parameter_missing")
    get_active_customer(store, customer)
    amount, unit = given.get("amount"), given.get("unit_amount_decimal")
    if (amount is None) == (unit is None):
        raise StripeRefusal("Pass one of `amount` and `unit_amount_decimal`.", param="amount")
    quantity = given.get("quantity", 1)
    currency = check_currency(given.get("currency") or (invoice or {}).get("currency") or "usd")
    if invoice is not None and currency != invoice["currency"]:
        raise StripeRefusal(
            f"The currency of the invoice item ({currency}) must be that of the invoice"
            f" ({invoice['currency']}).",
            param="currency",
        )
    item = store.add_object(
        "invoiceitem",
        "ii",
        amount=amount if amount is not None else int(unit * quantity),
        currency=currency,
        customer=customer,
        description=given.get("description"),
        discountable=given.get("discountable", True),
        invoice=given.get("invoice"),
        metadata=unset_empty_values(given.get("metadata")),
        quantity=quantity,
        _tax_behavior=given.get("tax_behavior"),
    )
    if invoice is not None:
        update_draft(store, invoice)
    return item


def update_draft(store: Store, invoice: Object) -> None:
    """Bring the lines and totals of a draft to its items and its customer."""
    invoice |= render_customer(store.get_object("customer", invoice["customer"]))
    items = store.list_objects("invoiceitem", invoice=invoice["id"])
    subtotal = sum(each["amount"] for each in items)
    discount = sum(
        compute_discount(store.get_object("coupon", each["coupon"]), subtotal, invoice["currency"])
        for each in invoice["_discounts"]
    )
    set_lines(invoice, items, discount)


def delete_invoice(store: Store, invoice_id: str) -> Object:
    """Delete a draft; its items go with it."""
    invoice = get_draft(store, invoice_id)
    for item in store.list_objects("invoiceitem", invoice=invoice_id):
        del store.objects["invoiceitem"][item["id"]]
    del store.objects["invoice"][invoice_id]
    store.emit_event("invoice.deleted", invoice)
    return {"id": invoice_id, "object": "invoice", "deleted": True}
