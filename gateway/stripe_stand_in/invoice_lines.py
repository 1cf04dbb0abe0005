"""The lines and totals of an invoice."""

from collections.abc import Sequence

from gateway.stripe_stand_in.store import Object
from gateway.stripe_stand_in.tax import Buyer, render_total_tax
from gateway.stripe_stand_in.totals import Line, Totals, compute_totals


def set_lines(invoice: Object, items: Sequence[Object], discount: int) -> None:
    """Set the lines and totals of an invoice from its items and its discount."""
    lines = [
        Line(
            each["amount"],
            "inclusive" if each["_tax_behavior"] == "inclusive" else "exclusive",
        )
        for each in items
    ]
    buyer = None
    if invoice["automatic_tax"]["enabled"]:
        known = read_invoice_buyer(invoice)
        buyer = known if known.country is not None else None
        status = "requires_location_inputs" if buyer is None else "complete"
        invoice["automatic_tax"]["status"] = status
    totals = compute_totals(lines, discount, buyer)
    invoice["lines"]["data"] = [
        render_line(invoice, each, totals, number) for number, each in enumerate(items)
    ]
    set_invoice_totals(invoice, totals)


def read_invoice_buyer(invoice: Object) -> Buyer:
    """Read what decides the tax of an invoice's customer."""
    numbers = tuple((each["type"], each["value"]) for each in invoice["customer_tax_ids"])
    country = (invoice["customer_address"] or {}).get("country")
    return Buyer(country, numbers, invoice["customer_tax_exempt"])


def render_line(invoice: Object, item: Object, totals: Totals, number: int) -> Object:
    """Render a line of an invoice from its item; `amount` is before the discount."""
    taxes = [render_total_tax(totals.taxes[number])] if totals.taxes else []
    return {
        "id": f"il_{item['id']}",
        "object": "line_item",
        "amount": item["amount"],
        "currency": item["currency"],
        "description": item["description"],
        "discount_amounts": [{"amount": totals.discounts[number]}] if totals.discount else [],
        "discountable": True,
        "discounts": [],
        "invoice": invoice["id"],
        "livemode": False,
        "metadata": item["metadata"],
        "parent": {
            "type": "invoice_item_details",
            "invoice_item_details": {"invoice_item": item["id"], "proration": False},
        },
        "quantity": item["quantity"],
        "subtotal": item["amount"],
        "taxes": taxes,
        "_tax_behavior": item["_tax_behavior"],
    }


def set_invoice_totals(invoice: Object, totals: Totals) -> None:
    """Set the totals of an invoice that nobody has paid yet."""
    included = sum(each.amount - each.on_top for each in totals.taxes)
    invoice |= {
        "amount_due": totals.total,
        "amount_remaining": totals.total,
        "subtotal": totals.subtotal,
        "subtotal_excluding_tax": totals.subtotal - included,
        "total": totals.total,
        "total_excluding_tax": totals.total - totals.tax,
        "total_discount_amounts": [],
        "total_taxes": [render_total_tax(each) for each in totals.taxes],
        "_discount": totals.discount,
    }
