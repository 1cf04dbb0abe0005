"""The mail that confirms a purchase."""

from datetime import UTC, datetime

from gateway.kit.clock import SECOND
from gateway.kit.money import render_usd
from gateway.mail.base import Mail
from gateway.mail.letters import build_letter
from gateway.payments.currencies import DOLLARS, render_amount
from gateway.payments.invoices.documents import render_invoice_number
from gateway.payments.invoices.tables import Invoice
from gateway.payments.shop import Shop
from gateway.payments.tables import Purchase, PurchaseBill


def render_receipt_number(purchase: Purchase) -> str:
    """Render a receipt number such as KT-2026-000123; each book counts without gaps."""
    year = datetime.fromtimestamp(purchase.created_at // SECOND, UTC).year
    return f"KT-{year}-{purchase.receipt_number:06d}"


def render_charge(bill: PurchaseBill) -> str:
    """Render what was charged and its tax: $25.00, or 27.37 EUR with 4.37 EUR VAT."""

    def render(micros: int) -> str:
        amount = render_amount(micros, bill.currency)
        return f"${amount}" if bill.currency == DOLLARS else f"{amount} {bill.currency.upper()}"

    tax = f" with {render(bill.tax_micros)} {bill.tax_name or 'tax'}" if bill.tax_micros else ""
    reverse = " (reverse charge: you account for the tax)" if bill.reverse_charge else ""
    return f"{render(bill.total_micros)}{tax}{reverse}"


def build_receipt_mail(
    purchase: Purchase, bill: PurchaseBill, shop: Shop, email: str, invoice: Invoice | None
) -> Mail:
    """Build the mail that thanks the buyer, says what was charged, and links to the receipt."""
    test = "" if purchase.book == "live" else "TEST, play money: "
    return build_letter(
        to=email,
        subject=f"{test}Receipt {render_receipt_number(purchase)}",
        lines=[
            f"Thank you. {test}{purchase.package_name}, {render_charge(bill)}.",
            (
                f"Credit: ${render_usd(purchase.credit_microusd)},"
                f" bonus: ${render_usd(purchase.bonus_microusd)}."
            ),
            *([describe_invoice(invoice, shop)] if invoice is not None else []),
            f"Sold by {shop.seller}.",
        ],
        highlight=render_receipt_number(purchase),
        link=f"{shop.site}/credits/receipt?purchaseId={purchase.id}&mode={purchase.book}",
    )


def describe_invoice(invoice: Invoice, shop: Shop) -> str:
    """Describe where the invoice of a purchase is."""
    path = f"/credits/invoices/pdf?invoiceId={invoice.id}&mode={invoice.book}"
    return f"Invoice {render_invoice_number(invoice)}: {shop.site}{path}"
