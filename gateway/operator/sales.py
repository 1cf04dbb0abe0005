"""The journal of sales as CSV, for an operator's bookkeeping and tax adviser."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

from gateway.kit.clock import to_iso, to_microseconds
from gateway.kit.wire.csv_text import render_rows, to_text_cell
from gateway.operator.gateway_location import GatewayLocation, open_database_at
from gateway.payments.currencies import render_amount
from gateway.payments.invoices.documents import Document, render_invoice_number
from gateway.payments.invoices.reading import DocumentKey, Invoice, load_documents_of_purchases
from gateway.payments.purchases.receipt_mail import render_receipt_number
from gateway.payments.sales_journal import SalesLine, list_sales_lines

WANTED_CREDIT_NOTE = "wanted"  # the provider has not made it yet
COLUMNS = (
    "at", "kind", "document", "documentId", "corrects", "receipt", "purchase", "account",
    "provider", "reference", "package", "currency", "net", "tax", "total", "taxName", "taxPercent",
    "reverseCharge", "country", "taxId", "buyer", "seller",
)  # fmt: skip


async def export_sales(where: GatewayLocation, book: str, first_day: str, last_day: str) -> str:
    """Return the sales and returns of some UTC days as CSV, the oldest first.

    Raises:
        ValueError: a day is no date such as 2026-11-30, or the last comes before the first.
    """
    since, until = parse_day(first_day), parse_day(last_day, after=True)
    if until <= since:
        raise ValueError("the last day comes before the first")
    async with open_database_at(where) as database, database.read() as snapshot:
        lines = await list_sales_lines(snapshot, book, since, until)
        ids = {line.purchase.id for line in lines}
        issued = await load_documents_of_purchases(snapshot, sorted(ids))
    rows = [[quote_formula(cell) for cell in render_line(line, issued)] for line in lines]
    return render_rows([COLUMNS, *rows])


def parse_day(text: str, *, after: bool = False) -> int:
    """Return the first microsecond of a UTC day, or of the day after it.

    Raises:
        ValueError: it is no date such as 2026-11-30.
    """
    try:
        day = date.fromisoformat(text) + timedelta(days=int(after))
    except ValueError:
        raise ValueError(f"{text!r} is no date such as 2026-11-30") from None
    return to_microseconds(datetime.combine(day, time(), UTC)) or 0


def render_line(line: SalesLine, issued: Mapping[DocumentKey, Invoice]) -> list[str]:
    """Render a line with our own document, or with what the provider calls its one."""
    purchase, own = line.purchase, issued.get(line.document_key)
    names = render_provider_document(line) if own is None else render_own_document(own)
    amounts = (line.net_micros, line.tax_micros, line.total_micros)
    cells = (
        to_iso(line.at),
        line.kind,
        *names,
        render_receipt_number(purchase),
        purchase.id,
        purchase.account_id,
        purchase.provider,
        purchase.natural_key,
        purchase.package_name,
        line.currency,
        *(render_amount(amount, line.currency) for amount in amounts),
        *render_parties(line, own),
    )
    return [cell or "" for cell in cells]


def render_own_document(row: Invoice) -> tuple[str | None, ...]:
    """Render the number and the id of a document of ours, and the invoice that it corrects."""
    corrected = Document.from_json(row.document_json).invoice_number
    return render_invoice_number(row), row.id, corrected


def render_provider_document(line: SalesLine) -> tuple[str | None, ...]:
    """Render the id of the provider's document of a line, and the invoice that it corrects."""
    invoice_id = None if line.bill is None else line.bill.provider_invoice_id
    if line.reversal is None:
        return invoice_id, None, None
    note = None if line.reversal.credit_note == WANTED_CREDIT_NOTE else line.reversal.credit_note
    return (None if line.is_restored else note), None, invoice_id


def render_parties(line: SalesLine, own: Invoice | None) -> tuple[str | None, ...]:
    """Render the tax, the buyer and the seller: as our document has them, else as the bill does."""
    bill, email = line.bill, line.purchase.email
    if own is not None:
        document = Document.from_json(own.document_json)
        buyer = document.buyer
        return (
            document.tax_name,
            document.tax_percent,
            "yes" if document.reverse_charge else "no",
            buyer.country,
            buyer.tax_id,
            buyer.name or buyer.email,
            document.seller.name,
        )
    if bill is None:
        return (None,) * 5 + (email, None)
    return (
        bill.tax_name,
        bill.tax_percent,
        "yes" if bill.reverse_charge else "no",
        bill.country,
        bill.tax_id,
        bill.buyer_name or email,
        None,
    )


def quote_formula(cell: str) -> str:
    """Quote what a spreadsheet would run as a formula; a negative amount is none."""
    is_amount = cell.removeprefix("-").replace(".", "", 1).isdecimal()
    return cell if is_amount else to_text_cell(cell)
