"""Credit notes: a refund corrects the invoice of a provider that made one, and its tax.

The refund comes first, by the same call as every other: its metadata names our row, so its events
find that row in any order. Then the note is made and names the refund. A gateway that stops in
between leaves the note `wanted`, and the nightly comparison makes it. Some providers name their
invoice only after the purchase was credited: it is looked for then.
"""

import logging
from collections.abc import Sequence

from sqlalchemy import select

from gateway.payments.errors import PaymentProviderError
from gateway.payments.payment import CreditNoteOrder
from gateway.payments.provider import InvoicingProvider, RefundingProvider
from gateway.payments.purchases.purchase_bills import record_provider_invoice
from gateway.payments.shop import Shop
from gateway.payments.states import ReversalState
from gateway.payments.tables import Checkout, Purchase, PurchaseBill, Reversal

WANTED_CREDIT_NOTE = "wanted"
log = logging.getLogger("gateway.payments")


async def make_credit_note(shop: Shop, provider: RefundingProvider, reversal_id: str) -> None:
    """Make the credit note of a refund if it wants one; a failure is logged and made up later."""
    async with shop.database.read() as snapshot:
        row = await snapshot.get(Reversal, reversal_id)
    if (
        not isinstance(provider, InvoicingProvider)
        or row is None
        or (row.credit_note, row.state) != (WANTED_CREDIT_NOTE, ReversalState.TAKEN)
        or row.provider_reference is None
    ):
        return
    try:
        bill = await load_invoiced_bill(shop, provider, row.purchase_id)
        if bill is None or bill.provider_invoice_id is None:
            log.warning("the credit note of %s was not made: there is no invoice yet", row.id)
            return
        note_id = await provider.create_credit_note(
            CreditNoteOrder(
                invoice_id=bill.provider_invoice_id,
                refund_id=row.provider_reference,
                amount_micros=row.returned_micros,
                currency=bill.currency,
                reversal_id=row.id,
            )
        )
    except PaymentProviderError as error:
        log.warning("the credit note of %s was not made: %s", row.id, error)
        return
    async with shop.database.write() as session:
        (await session.get_one(Reversal, row.id)).credit_note = note_id


async def load_invoiced_bill(
    shop: Shop, provider: InvoicingProvider, purchase_id: str
) -> PurchaseBill | None:
    """Load the bill of a purchase; if it names no invoice, ask the provider for that first.

    Raises:
        PaymentProviderError: the provider cannot be asked.
    """
    async with shop.database.read() as snapshot:
        bill = await snapshot.get(PurchaseBill, purchase_id)
        purchase = await snapshot.get_one(Purchase, purchase_id)
        checkout = await snapshot.get(Checkout, purchase.checkout_id)
    if bill is None or bill.provider_invoice_id is not None:
        return bill
    if checkout is None or checkout.provider_reference is None:
        return None
    payment = await provider.find_payment(checkout.provider_reference)
    if payment is not None:
        await record_provider_invoice(shop, purchase, payment)
    async with shop.database.read() as snapshot:
        return await snapshot.get(PurchaseBill, purchase_id)


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
