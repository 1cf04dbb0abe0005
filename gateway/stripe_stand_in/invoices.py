"""Invoices: finalization, their payment and voiding, and those of Checkout Sessions."""

import time

from gateway.stripe_stand_in.currencies import check_total
from gateway.stripe_stand_in.discounts import (
    check_promotion_code,
    count_redemption,
    render_discount,
)
from gateway.stripe_stand_in.invoice_drafts import add_invoice, update_draft
from gateway.stripe_stand_in.invoice_lines import read_invoice_buyer, set_lines
from gateway.stripe_stand_in.payments import add_intent
from gateway.stripe_stand_in.store import Object, Store, StripeRefusal, unset_empty_values


def finalize_invoice(store: Store, invoice_id: str) -> Object:
    """Finalize a draft: number it and make its page and payment; nothing to pay makes it paid.

    Raises:
        StripeRefusal: it is finalized, is empty, or its tax cannot be computed.
    """
    invoice = store.get_object("invoice", invoice_id)
    if invoice["status"] != "draft":
        raise StripeRefusal(
            "This invoice is already finalized, you can't re-finalize a non-draft invoice.",
            code="invoice_not_editable",
        )
    update_draft(store, invoice)
    if not invoice["lines"]["data"]:
        raise StripeRefusal(
            "Nothing to invoice for customer", code="invoice_no_customer_line_items"
        )
    if invoice["automatic_tax"]["enabled"]:
        check_tax(invoice)
    check_total(invoice["total"], invoice["currency"])
    for each in invoice["_discounts"]:
        check_code(store, invoice, each)
    open_invoice(store, invoice)
    apply_balance(store, invoice)
    if invoice["amount_due"]:
        intent = add_intent(
            store, invoice["amount_due"], invoice["currency"], customer=invoice["customer"],
            description=invoice["description"],
        )  # fmt: skip
        add_payment(store, invoice, intent)
    store.emit_event("invoice.finalized", invoice)
    if not invoice["amount_due"]:
        settle_invoice(store, invoice)
    return invoice


def apply_balance(store: Store, invoice: Object) -> None:
    """Let the customer's balance pay for an invoice, or be paid with it: a negative one is credit.

    An invoice of nothing leaves it alone.
    """
    customer = store.get_object("customer", invoice["customer"])
    balance = customer["balance"] if invoice["total"] else 0
    due = max(0, invoice["total"] + balance)
    invoice |= {
        "starting_balance": balance,
        "ending_balance": balance + invoice["total"] - due,
        "amount_due": due,
        "amount_remaining": due,
    }
    customer["balance"] += invoice["total"] - due if balance else 0


def check_not_processing(store: Store, invoice: Object) -> None:
    """Check that no bank is still about to answer a charge of an invoice.

    Raises:
        StripeRefusal: one is.
    """
    for each in invoice["_payments"]["data"]:
        intent = store.get_object("payment_intent", each["payment"]["payment_intent"])
        if intent["status"] == "processing":
            raise StripeRefusal(
                "This invoice has a payment that is processing.",
                code="payment_intent_unexpected_state",
            )


def check_tax(invoice: Object) -> None:
    """Check that the tax of every line can be computed.

    Raises:
        StripeRefusal: the customer's country is unknown, or a line leaves open how tax is meant.
    """
    if read_invoice_buyer(invoice).country is None:
        raise StripeRefusal(
            "The customer's location isn't recognized. Set a valid customer address in order to"
            " automatically calculate tax.",
            code="customer_tax_location_invalid",
        )
    lines = invoice["lines"]["data"]
    if any(each["_tax_behavior"] not in {"inclusive", "exclusive"} for each in lines):
        raise StripeRefusal(
            "You must specify a `tax_behavior` of each line when automatic tax is enabled and your"
            " account has no default.",
            param="tax_behavior",
        )


def check_code(store: Store, invoice: Object, discount: Object) -> None:
    """Check and count the discount of an invoice that is about to be finalized.

    Raises:
        StripeRefusal: the customer may not use its code.
    """
    if discount["promotion_code"] is not None:
        check_promotion_code(
            store,
            store.get_object("promotion_code", discount["promotion_code"]),
            customer=invoice["customer"],
            subtotal=invoice["subtotal"],
            currency=invoice["currency"],
        )
    count_redemption(store, discount)


def open_invoice(store: Store, invoice: Object) -> None:
    """Open a draft: give it a number and its pages."""
    now = int(time.time())
    earlier = [each for each in store.list_objects("invoice") if each["number"] is not None]
    discounts = [render_discount(each, invoice=invoice["id"]) for each in invoice["_discounts"]]
    page = f"{store.base}/i/{invoice['id']}"
    invoice |= {
        "status": "open",
        "number": f"STANDIN-{len(earlier) + 1:04}",
        "effective_at": now,
        "hosted_invoice_url": page,
        "invoice_pdf": f"{page}/pdf",
        "discounts": [each["id"] for each in discounts],
        "total_discount_amounts": [
            {"amount": invoice["_discount"], "discount": each["id"]} for each in discounts
        ],
    }
    invoice["status_transitions"]["finalized_at"] = now


def add_payment(store: Store, invoice: Object, intent: Object) -> Object:
    """Add the payment of an invoice, by which Stripe ties it to a payment intent."""
    payment = store.add_object(
        "invoice_payment",
        "inpay",
        amount_paid=None,
        amount_requested=intent["amount"],
        currency=intent["currency"],
        invoice=invoice["id"],
        is_default=True,
        payment={"type": "payment_intent", "payment_intent": intent["id"]},
        status="open",
        status_transitions={"canceled_at": None, "paid_at": None},
    )
    invoice["_payments"]["data"].append(payment)
    return payment


def settle_invoice(store: Store, invoice: Object) -> None:
    """Mark an invoice as paid, with its payment."""
    now = int(time.time())
    invoice |= {"status": "paid", "amount_paid": invoice["amount_due"], "amount_remaining": 0}
    invoice["status_transitions"]["paid_at"] = now
    for each in invoice["_payments"]["data"]:
        each |= {"status": "paid", "amount_paid": each["amount_requested"]}
        each["status_transitions"]["paid_at"] = now
        store.emit_event("invoice_payment.paid", each)
    store.emit_event("invoice.paid", invoice)
    store.emit_event("invoice.payment_succeeded", invoice)


def void_invoice(store: Store, invoice_id: str) -> Object:
    """Void an open invoice, and cancel its payment.

    Raises:
        StripeRefusal: it is a draft, paid, or void.
    """
    invoice = store.get_object("invoice", invoice_id)
    if invoice["status"] not in {"open", "uncollectible"}:
        raise StripeRefusal("You can only pass in open invoices. This invoice isn't open.")
    check_not_processing(store, invoice)
    now = int(time.time())
    # What its customer's balance had paid, or owed, is theirs again.
    used = invoice["total"] - invoice["amount_due"]
    store.get_object("customer", invoice["customer"])["balance"] -= used
    invoice["status"] = "void"
    invoice["status_transitions"]["voided_at"] = now
    for each in invoice["_payments"]["data"]:
        each["status"] = "canceled"
        each["status_transitions"]["canceled_at"] = now
        intent = store.get_object("payment_intent", each["payment"]["payment_intent"])
        intent |= {"status": "canceled", "cancellation_reason": "void_invoice", "next_action": None}
    store.emit_event("invoice.voided", invoice)
    return invoice


def mark_uncollectible(store: Store, invoice_id: str) -> Object:
    """Mark an open invoice as one that nobody expects to be paid; its page takes money as before.

    Raises:
        StripeRefusal: it is not open.
    """
    invoice = store.get_object("invoice", invoice_id)
    if invoice["status"] != "open":
        raise StripeRefusal("You can only pass in open invoices. This invoice isn't open.")
    check_not_processing(store, invoice)
    invoice["status"] = "uncollectible"
    invoice["status_transitions"]["marked_uncollectible_at"] = int(time.time())
    store.emit_event("invoice.marked_uncollectible", invoice)
    return invoice


def invoice_session(store: Store, session: Object) -> None:
    """Make the paid invoice of a Checkout Session, if it was asked for one."""
    if not (session["invoice_creation"] or {}).get("enabled"):
        return
    customer, data = store.get_object("customer", session["customer"]), session["_invoice_data"]
    invoice = add_invoice(
        store,
        customer,
        session["currency"],
        is_taxed=session["automatic_tax"]["enabled"],
        description=data.get("description"),
        footer=data.get("footer"),
        metadata=unset_empty_values(data.get("metadata")),
        _discounts=session["_discounts"],
    )
    details = session["customer_details"]
    invoice |= {
        "customer_address": details["address"],
        "customer_email": details["email"],
        "customer_name": details["name"],
        "customer_tax_ids": details["tax_ids"] or [],
    }
    items = [
        {
            "id": f"ii_{item['id']}",
            "amount": item["amount_subtotal"],
            "currency": item["currency"],
            "description": item["description"],
            "metadata": {},
            "quantity": item["quantity"],
            "_tax_behavior": item["price"]["tax_behavior"],
        }
        for item in session["_line_items"]["data"]
    ]
    set_lines(invoice, items, session["total_details"]["amount_discount"])
    open_invoice(store, invoice)
    if session["payment_intent"] is not None:
        add_payment(store, invoice, store.get_object("payment_intent", session["payment_intent"]))
    session["invoice"] = invoice["id"]
    settle_invoice(store, invoice)
