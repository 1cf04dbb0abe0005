"""Invoices as their account reads them: lists, and one document with all that it says."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TypeAlias

from sqlalchemy import select

from gateway.kit.clock import to_iso
from gateway.kit.database.sessions import Snapshot
from gateway.kit.errors import NotFound
from gateway.kit.operation import Caller
from gateway.payments.currencies import render_amount
from gateway.payments.invoices import schemas
from gateway.payments.invoices.documents import Document, render_invoice_number
from gateway.payments.invoices.tables import Invoice as Invoice

DocumentKey: TypeAlias = tuple[str, str | None, str]
"""The subject of a document: its purchase, the reversal that it follows, and its kind."""
BATCH_PURCHASES = 500


async def list_invoice_page(
    snapshot: Snapshot, caller: Caller, page: schemas.InvoicePage
) -> schemas.Invoices:
    """List a page of the caller's invoices and credit notes, the newest first."""
    query = select(Invoice).where(
        Invoice.account_id == caller.account_id, Invoice.book == caller.book
    )
    if page.purchase_id is not None:
        query = query.where(Invoice.purchase_id == page.purchase_id)
    if page.cursor is not None:
        query = query.where(Invoice.id < page.cursor)
    limit = page.limit
    rows = (await snapshot.scalars(query.order_by(Invoice.id.desc()).limit(limit + 1))).all()
    return schemas.Invoices(
        data=[render_invoice(row, Document.from_json(row.document_json)) for row in rows[:limit]],
        next_cursor=rows[limit - 1].id if len(rows) > limit else None,
    )


async def get_invoice(snapshot: Snapshot, caller: Caller, invoice_id: str) -> Invoice:
    """Return a document of the caller.

    Raises:
        NotFound: the account has no such document in this mode.
    """
    row = await snapshot.scalar(
        select(Invoice).where(
            Invoice.id == invoice_id,
            Invoice.account_id == caller.account_id,
            Invoice.book == caller.book,
        )
    )
    if row is None:
        raise NotFound
    return row


def render_invoice(row: Invoice, document: Document) -> schemas.InvoiceShown:
    """Render a document in a list."""
    return schemas.InvoiceShown.model_validate(_render_head(row, document))


def render_document(row: Invoice) -> schemas.InvoiceDocument:
    """Render a document with all that it says."""
    document = Document.from_json(row.document_json)
    seller = asdict(document.seller)
    return schemas.InvoiceDocument.model_validate(
        _render_head(row, document)
        | {
            "seller": seller | {"tax_id": seller["tax_id"] or None},
            "buyer": asdict(document.buyer),
            "lines": [
                {
                    "description": line.description,
                    "quantity": 1,
                    "amount": render_amount(line.amount_micros, row.currency),
                    "amount_micros": line.amount_micros,
                }
                for line in document.lines
            ],
            "tax_included": document.tax_included,
            "reverse_charge": document.reverse_charge,
            "reason": document.reason,
            "note": document.note,
            "provider": document.provider,
            "reference": document.reference,
            "paid_at": to_iso(document.paid_at),
        }
    )


def _render_head(row: Invoice, document: Document) -> dict[str, object]:
    amounts = {"net": row.net_micros, "tax": row.tax_micros, "total": row.total_micros}
    return {
        "id": row.id,
        "kind": row.kind,
        "number": render_invoice_number(row),
        "invoice_number": document.invoice_number,
        "purchase_id": row.purchase_id,
        "currency": row.currency.upper(),
        **{name: render_amount(micros, row.currency) for name, micros in amounts.items()},
        **{f"{name}_micros": micros for name, micros in amounts.items()},
        "tax_name": document.tax_name,
        "tax_percent": document.tax_percent,
        "issued_at": to_iso(row.issued_at),
        "livemode": row.book == "live",
    }


async def load_documents_of_purchases(
    snapshot: Snapshot, purchase_ids: Sequence[str]
) -> dict[DocumentKey, Invoice]:
    """Load our invoices and credit notes by purchase, reversal and kind; of twins the first."""
    documents: dict[DocumentKey, Invoice] = {}
    for start in range(0, len(purchase_ids), BATCH_PURCHASES):
        batch = purchase_ids[start : start + BATCH_PURCHASES]
        query = select(Invoice).where(Invoice.purchase_id.in_(batch)).order_by(Invoice.id)
        for row in await snapshot.scalars(query):
            documents.setdefault((row.purchase_id, row.reversal_id, row.kind), row)
    return documents
