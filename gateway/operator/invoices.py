"""Reads of invoices and credit notes for operators."""

from typing import TypedDict

from gateway.kit.clock import to_iso
from gateway.operator.gateway_location import GatewayLocation, open_database_at
from gateway.payments.currencies import render_amount
from gateway.payments.invoices import invoice_survey, reading
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
                "total": render_amount(row.total_micros, row.currency),
                "tax": render_amount(row.tax_micros, row.currency),
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
