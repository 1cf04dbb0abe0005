"""Credit notes: what of a paid invoice was taken back, with the tax in it."""

import time

from gateway.stripe_stand_in.invoice_payment import get_intent
from gateway.stripe_stand_in.refunds import create_refund
from gateway.stripe_stand_in.store import (
    Object,
    Store,
    StripeRefusal,
    build_list,
    unset_empty_values,
)


def create_credit_note(store: Store, given: Object) -> Object:
    """Credit a part of a paid invoice: refund it now, or name the refunds that did.

    Raises:
        StripeRefusal: the invoice is not paid, less is left of it, or the parts are not the sum.
    """
    invoice = store.get_referenced("invoice", given["invoice"], "invoice")
    if invoice["status"] != "paid":
        raise StripeRefusal("The stand-in credits only invoices that are paid.", param="invoice")
    refund_amount, named = given.get("refund_amount") or 0, given.get("refunds") or []
    refunds = [read_refund(store, invoice, each) for each in named]
    out_of_band = given.get("out_of_band_amount") or 0
    parts = refund_amount + sum(each["amount_refunded"] for each in refunds) + out_of_band
    amount = given["amount"] if given.get("amount") is not None else parts
    check_amounts(invoice, amount, parts)
    if refund_amount:
        intent = get_intent(store, invoice)
        made = create_refund(store, {"payment_intent": intent["id"], "amount": refund_amount})
        refunds.append(render_refund(made, refund_amount))
    number = invoice["post_payment_credit_notes_amount"]
    note = store.add_object(
        "credit_note",
        "cn",
        **build_amounts(invoice, amount),
        customer=invoice["customer"],
        customer_balance_transaction=None,
        effective_at=int(time.time()),
        invoice=invoice["id"],
        memo=given.get("memo"),
        metadata=unset_empty_values(given.get("metadata")),
        number=f"{invoice['number']}-CN-{count_notes(store, invoice) + 1:02}",
        out_of_band_amount=out_of_band or None,
        reason=given.get("reason"),
        refunds=refunds,
        status="issued",
        type="post_payment",
        voided_at=None,
    )
    note["lines"] = build_list([], f"/v1/credit_notes/{note['id']}/lines")
    note["pdf"] = f"{store.base}/i/{invoice['id']}/pdf?note={note['id']}"
    invoice["post_payment_credit_notes_amount"] = number + amount
    store.emit_event("credit_note.created", note)
    return note


def check_amounts(invoice: Object, amount: int, parts: int) -> None:
    """Check the amount of a credit note against what was paid and what becomes of it.

    Raises:
        StripeRefusal: more than is left of the invoice, or the parts are not the sum.
    """
    left = invoice["amount_paid"] - invoice["post_payment_credit_notes_amount"]
    if not 0 < amount <= left:
        raise StripeRefusal(
            f"The credit note total ({amount}) must be positive and at most the amount that is left"
            f" of the invoice ({left}).",
            param="amount",
        )
    if parts != amount:
        raise StripeRefusal(
            "The sum of credit amount, refund amount and out of band amount must equal the credit"
            f" note's post payment amount: {parts} is not {amount}.",
            param="amount",
        )


def read_refund(store: Store, invoice: Object, given: Object) -> Object:
    """Read a refund that a credit note names.

    Raises:
        StripeRefusal: it is of another payment, has failed, or less of it is without a note.
    """
    refund = store.get_referenced("refund", given.get("refund") or "", "refunds[0][refund]")
    if refund["payment_intent"] != get_intent(store, invoice)["id"]:
        raise StripeRefusal("The refund is not of this invoice's payment.", param="refunds")
    left = 0 if refund["status"] == "failed" else refund["amount"] - sum_noted(store, refund)
    amount = given.get("amount_refunded") or left
    if not 0 < amount <= left:
        raise StripeRefusal(
            f"Refund {refund['id']} has only {left} left that no credit note names.",
            param="refunds",
        )
    return render_refund(refund, amount)


def sum_noted(store: Store, refund: Object) -> int:
    """Sum up what credit notes name of a refund."""
    return sum(
        part["amount_refunded"]
        for note in store.list_objects("credit_note")
        for part in note["refunds"]
        if part["refund"] == refund["id"] and note["status"] != "void"
    )


def render_refund(refund: Object, amount: int) -> Object:
    """Render a refund as a credit note has it."""
    return {
        "amount_refunded": amount,
        "payment_record_refund": None,
        "refund": refund["id"],
        "type": "refund",
    }


def build_amounts(invoice: Object, amount: int) -> Object:
    """Build the amounts of a credit note; its tax is the invoice's in proportion, rounded down."""
    taxes = [
        each
        | {name: each[name] * amount // invoice["total"] for name in ("amount", "taxable_amount")}
        for each in invoice["total_taxes"]
    ]
    if len(taxes) == 1:
        taxes[0]["taxable_amount"] = amount - taxes[0]["amount"]
    tax = sum(each["amount"] for each in taxes)
    inclusive = sum(each["amount"] for each in taxes if each["tax_behavior"] == "inclusive")
    return {
        "amount": amount,
        "amount_shipping": 0,
        "currency": invoice["currency"],
        "discount_amount": 0,
        "discount_amounts": [],
        "post_payment_amount": amount,
        "pre_payment_amount": 0,
        "pretax_credit_amounts": [],
        "shipping_cost": None,
        "subtotal": amount - tax + inclusive,
        "subtotal_excluding_tax": amount - tax,
        "total": amount,
        "total_excluding_tax": amount - tax,
        "total_taxes": taxes,
    }


def count_notes(store: Store, invoice: Object) -> int:
    """Count the credit notes of an invoice."""
    return len(store.list_objects("credit_note", invoice=invoice["id"]))
