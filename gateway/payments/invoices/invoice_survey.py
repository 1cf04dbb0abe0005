"""Invoices as operators read them: the newest, one by its id or number, and all as CSV."""

from collections.abc import Sequence

from sqlalchemy import select

from gateway.kit.clock import to_iso
from gateway.kit.database.sessions import Snapshot
from gateway.kit.wire.csv_text import render_rows, to_text_cell
from gateway.payments.invoices.amounts import format_amount
from gateway.payments.invoices.documents import Document, render_invoice_number
from gateway.payments.invoices.tables import Invoice

COLUMNS = (
    *("number", "kind", "date", "invoice", "buyer", "country", "taxId", "net", "tax", "taxName"),
    *("taxPercent", "gross", "currency", "provider", "reference"),
)


async def list_newest_invoices(snapshot: Snapshot, book: str, limit: int) -> Sequence[Invoice]:
    """List the newest invoices and credit notes of a book."""
    query = select(Invoice).where(Invoice.book == book).order_by(Invoice.id.desc()).limit(limit)
    return (await snapshot.scalars(query)).all()


async def list_invoices_between(
    snapshot: Snapshot, book: str, since: int, until: int
) -> Sequence[Invoice]:
    """List what a book issued from a time until before another, in the order of the numbers."""
    query = select(Invoice).where(
        Invoice.book == book, Invoice.issued_at >= since, Invoice.issued_at < until
    )
    return (await snapshot.scalars(query.order_by(Invoice.kind.desc(), Invoice.number))).all()


async def get_issued_invoice(snapshot: Snapshot, invoice_id: str) -> Invoice:
    """Return a document of any account.

    Raises:
        LookupError: there is none with this id.
    """
    row = await snapshot.get(Invoice, invoice_id)
    if row is None:
        raise LookupError(f"there is no invoice {invoice_id}")
    return row


def render_csv(rows: Sequence[Invoice]) -> str:
    """Render documents as CSV; what a credit note returns is negative, so that columns add up."""
    lines: list[Sequence[object]] = [COLUMNS]
    for row in rows:
        document = Document.from_json(row.document_json)
        sign = -1 if row.kind == "credit_note" else 1
        net, tax, gross = (
            format_amount(row.currency, sign * micros)
            for micros in (row.net_micros, row.tax_micros, row.total_micros)
        )
        buyer = document.buyer
        lines.append(
            (
                render_invoice_number(row),
                row.kind,
                to_iso(row.issued_at)[:10],
                document.invoice_number or "",
                to_text_cell(buyer.name or buyer.email),
                to_text_cell(buyer.country),
                to_text_cell(buyer.tax_id),
                net,
                tax,
                to_text_cell(document.tax_name),
                document.tax_percent or "",
                gross,
                row.currency.upper(),
                document.provider,
                to_text_cell(document.reference),
            )
        )
    return render_rows(lines)
