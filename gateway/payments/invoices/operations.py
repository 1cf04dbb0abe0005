"""Operations on invoices and credit notes."""

import asyncio

from gateway.kit.database.sessions import Database, Snapshot
from gateway.kit.errors import NotFound
from gateway.kit.operation import Answer, Caller, operation
from gateway.payments.invoices import reading, schemas
from gateway.payments.invoices.documents import render_invoice_number
from gateway.payments.invoices.tables import Invoice

PDF_MEDIA_TYPE = "application/pdf"


@operation(
    "GET",
    "/api/v1/invoices",
    tag="billing",
    response=schemas.Invoices,
    scopes=("billing",),
    session="also",
)
async def list_invoices(
    caller: Caller, query: schemas.InvoicePage, session: Snapshot
) -> schemas.Invoices:
    """List the invoices and credit notes of this mode, newest first.

    A purchase that its payment provider invoiced has none here.
    """
    return await reading.list_invoice_page(session, caller, query)


@operation(
    "GET",
    "/api/v1/invoices/document",
    tag="billing",
    response=schemas.InvoiceDocument,
    scopes=("billing",),
    session="also",
    problems=(NotFound,),
)
async def get_invoice(
    caller: Caller, query: schemas.InvoiceQuery, session: Snapshot
) -> schemas.InvoiceDocument:
    """Read an invoice or a credit note as it was issued."""
    return reading.render_document(await reading.get_invoice(session, caller, query.invoice_id))


@operation(
    "GET",
    "/api/v1/invoices/pdf",
    tag="billing",
    response=schemas.InvoicePdf,
    scopes=("billing",),
    session="also",
    media_types=(PDF_MEDIA_TYPE,),
    problems=(NotFound,),
)
async def get_invoice_pdf(
    caller: Caller, query: schemas.InvoiceQuery, database: Database
) -> Answer:
    """Download an invoice or a credit note as PDF, the same bytes each time."""
    async with database.read() as snapshot:
        row = await reading.get_invoice(snapshot, caller, query.invoice_id)
    body = await asyncio.to_thread(_draw, row)
    disposition = f'inline; filename="{render_invoice_number(row)}.pdf"'
    headers = {
        "Content-Type": PDF_MEDIA_TYPE,
        "Content-Disposition": disposition,
        "Cache-Control": "private, max-age=3600",
    }
    return Answer(status=200, body=body, headers=headers)


def _draw(row: Invoice) -> bytes:
    """Draw a document; the first one loads the library, for which no start has to wait."""
    from gateway.payments.invoices.pdf import (  # noqa: PLC0415 - a second of a slow machine
        paper_from_invoice,
        render_pdf,
    )

    return render_pdf(paper_from_invoice(row))
