"""Invoices as operators read them: the newest, and one by its id."""

from collections.abc import Sequence

from sqlalchemy import select

from gateway.kit.database.sessions import Snapshot
from gateway.payments.invoices.tables import Invoice


async def list_newest_invoices(snapshot: Snapshot, book: str, limit: int) -> Sequence[Invoice]:
    """List the newest invoices and credit notes of a book."""
    query = select(Invoice).where(Invoice.book == book).order_by(Invoice.id.desc()).limit(limit)
    return (await snapshot.scalars(query)).all()


async def get_issued_invoice(snapshot: Snapshot, invoice_id: str) -> Invoice:
    """Return a document of any account.

    Raises:
        LookupError: there is none with this id.
    """
    row = await snapshot.get(Invoice, invoice_id)
    if row is None:
        raise LookupError(f"there is no invoice {invoice_id}")
    return row
