"""The issue of invoices and credit notes, in the transaction of the purchase or its reversal.

Numbers have no gaps: they are counted in the row that counts the receipts of the book, which is
locked last, and a rollback gives them back. The caller has locked the purchase, so that two reports
of one refund issue one credit note.
"""

import json
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select

from gateway.kit.clock import SECOND
from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import get_database_time, sql
from gateway.payments.billing.billing_details import Buyer, load_billing_details
from gateway.payments.currencies import get_minor_unit_micros
from gateway.payments.invoices.corrections import (
    Correction,
    Kind,
    list_corrections,
)
from gateway.payments.invoices.documents import (
    Document,
    Line,
    Seller,
    clean_line,
    render_invoice_number,
)
from gateway.payments.invoices.tables import Invoice
from gateway.payments.shop import Shop
from gateway.payments.states import TaxSource
from gateway.payments.tables import Purchase, PurchaseBill, Reversal

TAKE_NUMBER = sql(
    """
    UPDATE receipt_counter SET last_invoice = receipt_counter.last_invoice + given.invoices,
        last_credit_note = receipt_counter.last_credit_note + given.credit_notes
    FROM {rows} WHERE receipt_counter.book = given.book
    RETURNING last_invoice, last_credit_note
    """,
    book="text",
    invoices="int",
    credit_notes="int",
)
REASONS = {
    ("refund", "credit_note"): "Refund",
    ("dispute", "credit_note"): "Payment disputed and lost",
    ("deposit_reversed", "credit_note"): "Payment left its chain",
    ("refund", "invoice"): "Refund failed, charged again",
    ("dispute", "invoice"): "Dispute won, charged again",
    ("deposit_reversed", "invoice"): "Payment is on its chain again, charged again",
}


def is_invoiced_by_us(bill: PurchaseBill) -> bool:
    """Return True if a purchase gets an invoice of ours: its provider issues none.

    A provider that computes the tax also makes the invoice, but may name it only later.
    """
    return bill.tax_source != TaxSource.PROVIDER and bill.provider_invoice_id is None


async def issue_invoice(
    session: Session, shop: Shop, purchase: Purchase, bill: PurchaseBill
) -> Invoice | None:
    """Issue the invoice of a new purchase; None if its provider has issued one."""
    if not is_invoiced_by_us(bill):
        return None
    buyer = await find_buyer(session, purchase, bill)
    document = build_invoice_document(shop, purchase, bill, buyer)
    sums = (bill.net_micros, bill.tax_micros, bill.total_micros)
    return await _add_document(session, shop, purchase, bill.currency, "invoice", sums, document)


async def find_buyer(session: Session, purchase: Purchase, bill: PurchaseBill) -> Buyer:
    """Return the buyer: who the provider wrote down for the tax, else the billing details."""
    details = await load_billing_details(session, purchase.account_id)
    email = details.email or purchase.email
    if bill.buyer_name is None and bill.tax_id is None and bill.buyer_address_json is None:
        return replace(details, email=clean_line(email))
    address = json.loads(bill.buyer_address_json or "{}")
    lines = {
        "line1": "line1", "line2": "line2", "postal_code": "postal_code", "city": "city",
        "region": "state",
    }  # fmt: skip
    return Buyer(
        name=clean_line(bill.buyer_name),
        country=bill.country or clean_line(address.get("country")),
        tax_id=clean_line(bill.tax_id),
        email=clean_line(email),
        **{name: clean_line(address.get(key)) for name, key in lines.items()},
    )


def build_invoice_document(
    shop: Shop, purchase: Purchase, bill: PurchaseBill, buyer: Buyer
) -> Document:
    """Build the content of the invoice of a purchase."""
    description = f"{purchase.package_name}: prepaid credit"
    lines = [Line(description=description, amount_micros=bill.list_micros)]
    if bill.discount_micros:
        code = f" ({clean_line(bill.promotion_code)})" if bill.promotion_code else ""
        lines.append(Line(description=f"Discount{code}", amount_micros=-bill.discount_micros))
    return Document(
        seller=Seller(name=shop.seller, address=shop.seller_address, tax_id=shop.seller_tax_id),
        buyer=buyer,
        lines=tuple(lines),
        tax_included=bool(bill.tax_included),
        tax_name=clean_line(bill.tax_name),
        tax_percent=bill.tax_percent,
        reverse_charge=bool(bill.reverse_charge),
        provider=purchase.provider,
        reference=purchase.natural_key,
        paid_at=purchase.created_at,
        note=shop.invoice_note or None,
    )


async def settle_credit_notes(
    session: Session, shop: Shop, purchase: Purchase, reversals: Sequence[Reversal]
) -> None:
    """Issue what the reversals of a locked purchase ask for; a repeated call issues nothing.

    A purchase without an invoice of ours, from its provider or from before there were any, is left
    alone.
    """
    await session.flush()
    query = select(Invoice).where(Invoice.purchase_id == purchase.id).order_by(Invoice.id)
    documents = (await session.scalars(query)).all()
    original = next((each for each in documents if each.reversal_id is None), None)
    if original is None:
        return
    issued = {(each.reversal_id, each.kind) for each in documents}
    for each in list_corrections(
        reversals,
        total_micros=original.total_micros,
        tax_micros=original.tax_micros,
        minor_unit_micros=get_minor_unit_micros(original.currency),
    ):
        if (each.reversal.id, each.kind) not in issued:
            await _issue_correction(session, shop, purchase, original, each)


async def _issue_correction(
    session: Session,
    shop: Shop,
    purchase: Purchase,
    original: Invoice,
    correction: Correction,
) -> None:
    """Issue a credit note, or an invoice that charges again, with the parties of the invoice."""
    before = Document.from_json(original.document_json)
    reason = REASONS[correction.reversal.kind, correction.kind]
    net_micros = correction.total_micros - correction.tax_micros
    amount_micros = correction.total_micros if before.tax_included else net_micros
    description = f"{purchase.package_name}: {reason[0].lower()}{reason[1:]}"
    document = replace(
        before,
        lines=(Line(description=description, amount_micros=amount_micros),),
        invoice_number=render_invoice_number(original),
        reason=reason,
    )
    sums = (net_micros, correction.tax_micros, correction.total_micros)
    await _add_document(
        session, shop, purchase, original.currency, correction.kind, sums, document,
        reversal_id=correction.reversal.id,
    )  # fmt: skip


async def _add_document(
    session: Session,
    shop: Shop,
    purchase: Purchase,
    currency: str,
    kind: Kind,
    sums: tuple[int, int, int],
    document: Document,
    *,
    reversal_id: str | None = None,
) -> Invoice:
    """Add a document under the next number of its book and kind."""
    step = (purchase.book, int(kind == "invoice"), int(kind == "credit_note"))
    invoices, credit_notes = (await session.read(TAKE_NUMBER, [step]))[0]
    net_micros, tax_micros, total_micros = sums
    row = Invoice(
        id=shop.ids.new("inv"),
        account_id=purchase.account_id,
        book=purchase.book,
        kind=kind,
        number=invoices if kind == "invoice" else credit_notes,
        prefix=shop.invoice_prefix,
        purchase_id=purchase.id,
        reversal_id=reversal_id,
        currency=currency,
        net_micros=net_micros,
        tax_micros=tax_micros,
        total_micros=total_micros,
        document_json=document.to_json(),
        issued_at=await get_database_time(session) // SECOND * SECOND,
    )
    session.add(row)
    return row
