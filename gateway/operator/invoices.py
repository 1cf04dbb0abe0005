"""Reads of invoices and credit notes for operators and their tax adviser."""

from datetime import UTC, date, datetime, timedelta
from typing import TypedDict

from gateway.kit.clock import SECOND, to_iso
from gateway.operator.gateway_location import GatewayLocation, open_database_at
from gateway.payments.invoices import invoice_survey, reading
from gateway.payments.invoices.amounts import format_amount
from gateway.payments.invoices.documents import Document, render_invoice_number


class InvoiceRow(TypedDict):
    """An invoice or credit note in a list."""

    invoiceId: str
    number: str
    kind: str
    accountId: str
    purchaseId: str
    buyer: str | None
    total: str
    tax: str
    currency: str
    issuedAt: str


async def list_invoices(where: GatewayLocation, book: str, limit: int) -> list[InvoiceRow]:
    """List the newest invoices and credit notes of a book."""
    async with open_database_at(where) as database, database.read() as snapshot:
        return [
            {
                "invoiceId": row.id,
                "number": render_invoice_number(row),
                "kind": row.kind,
                "accountId": row.account_id,
                "purchaseId": row.purchase_id,
                "buyer": Document.from_json(row.document_json).buyer.name,
                "total": format_amount(row.currency, row.total_micros),
                "tax": format_amount(row.currency, row.tax_micros),
                "currency": row.currency.upper(),
                "issuedAt": to_iso(row.issued_at),
            }
            for row in await invoice_survey.list_newest_invoices(snapshot, book, limit)
        ]


async def show_invoice(where: GatewayLocation, invoice_id: str) -> dict[str, object]:
    """Show an invoice or credit note with all that it says.

    Raises:
        LookupError: there is none with this id.
    """
    async with open_database_at(where) as database, database.read() as snapshot:
        row = await invoice_survey.get_issued_invoice(snapshot, invoice_id)
        return {"accountId": row.account_id} | reading.render_document(row).model_dump(mode="json")


async def export_invoices(where: GatewayLocation, book: str, first: date, last: date) -> str:
    """Return what a book issued in a range of UTC days as CSV, for the tax adviser."""
    since, until = (
        int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * SECOND
        for day in (first, last + timedelta(days=1))
    )
    async with open_database_at(where) as database, database.read() as snapshot:
        rows = await invoice_survey.list_invoices_between(snapshot, book, since, until)
    return invoice_survey.render_csv(rows)
