"""Credit notes: a refund corrects the invoice of a provider that made one, and its tax.

The refund comes first, by the same call as every other: its metadata names our row, so its events
find that row in any order. Then the note is made and names the refund. A gateway that stops in
between leaves the note `wanted`, and the nightly comparison makes it.
"""

import logging
from collections.abc import Sequence

from sqlalchemy import select

from gateway.payments.errors import PaymentProviderError
from gateway.payments.payment import CreditNoteOrder
from gateway.payments.provider import InvoicingProvider, RefundingProvider
from gateway.payments.purchases.purchase_bills import get_returned_micros
from gateway.payments.shop import Shop
from gateway.payments.states import ReversalState
from gateway.payments.tables import Purchase, PurchaseBill, Reversal

WANTED_CREDIT_NOTE = "wanted"
log = logging.getLogger("gateway.payments")


async def make_credit_note(shop: Shop, provider: RefundingProvider, reversal_id: str) -> None:
    """Make the credit note of a refund if it wants one; a failure is logged and made up later."""
    async with shop.database.read() as snapshot:
        row = await snapshot.get(Reversal, reversal_id)
        bill = None if row is None else await snapshot.get(PurchaseBill, row.purchase_id)
    if (
        not isinstance(provider, InvoicingProvider)
        or row is None
        or (row.credit_note, row.state) != (WANTED_CREDIT_NOTE, ReversalState.TAKEN)
        or row.provider_reference is None
        or bill is None
        or bill.provider_invoice_id is None
    ):
        return
    order = CreditNoteOrder(
        invoice_id=bill.provider_invoice_id,
        refund_id=row.provider_reference,
        amount_micros=get_returned_micros(row),
        currency=bill.currency,
        reversal_id=row.id,
    )
    try:
        note_id = await provider.create_credit_note(order)
    except PaymentProviderError as error:
        log.warning("the credit note of %s was not made: %s", row.id, error)
        return
    async with shop.database.write() as session:
        (await session.get_one(Reversal, row.id)).credit_note = note_id


async def make_missing_credit_notes(shop: Shop, provider: RefundingProvider) -> None:
    """Make the credit notes that refunds of a provider still want."""
    for reversal_id in await list_wanted_credit_notes(shop, provider):
        await make_credit_note(shop, provider, reversal_id)


async def list_wanted_credit_notes(shop: Shop, provider: RefundingProvider) -> Sequence[str]:
    """List the refunds of a provider's book that want a credit note."""
    query = (
        select(Reversal.id)
        .join(Purchase, Purchase.id == Reversal.purchase_id)
        .where(
            Purchase.book == provider.book,
            Reversal.provider == provider.name,
            Reversal.credit_note == WANTED_CREDIT_NOTE,
            Reversal.state == ReversalState.TAKEN,
        )
        .order_by(Reversal.id)
    )
    async with shop.database.read() as snapshot:
        return (await snapshot.scalars(query)).all()
