"""Bills of purchases: written in the transaction of the purchase, read for receipts and refunds."""

import json
from collections.abc import Iterable

from sqlalchemy import select

from gateway.kit.database.sessions import Session, Snapshot
from gateway.payments.bills import Bill, TaxTerms, apply_tax_terms, convert_to_dollars
from gateway.payments.currencies import DOLLARS
from gateway.payments.payment import Payment
from gateway.payments.shop import Shop
from gateway.payments.tables import Checkout, Purchase, PurchaseBill, Reversal


def read_tax_terms(checkout: Checkout) -> TaxTerms:
    """Return the tax terms that a checkout was opened with."""
    return TaxTerms(
        source=checkout.tax_source,
        included=bool(checkout.tax_included),
        name=checkout.tax_name,
        percent=checkout.tax_percent,
    )


def get_price_micros(checkout: Checkout) -> int:
    """Return the price of a checkout in its currency."""
    return checkout.price_microusd if checkout.price_micros is None else checkout.price_micros


def convert_at_checkout_rate(checkout: Checkout, amount_micros: int) -> int:
    """Convert an amount in the currency of a checkout to micro-USD, at its package's own rate."""
    return convert_to_dollars(
        amount_micros,
        price_microusd=checkout.price_microusd,
        price_micros=get_price_micros(checkout),
    )


async def add_purchase_bill(
    session: Session, purchase: Purchase, checkout: Checkout, charged: Bill
) -> PurchaseBill:
    """Add the bill of a new purchase: what was charged, by the tax terms of its checkout."""
    bill = apply_tax_terms(charged, read_tax_terms(checkout))
    row = PurchaseBill(
        purchase_id=purchase.id,
        currency=bill.currency,
        list_micros=bill.list_micros,
        discount_micros=bill.discount_micros,
        net_micros=bill.net_micros,
        tax_micros=bill.tax_micros,
        total_micros=bill.total_micros,
        tax_microusd=convert_at_checkout_rate(checkout, bill.tax_micros),
        tax_included=int(bill.tax_included),
        tax_source=bill.tax_source,
        tax_name=bill.tax_name,
        tax_percent=bill.tax_percent,
        reverse_charge=int(bill.reverse_charge),
        country=bill.country,
        tax_id=bill.tax_id,
        buyer_name=bill.buyer_name,
        buyer_address_json=None if bill.buyer_address is None else json.dumps(bill.buyer_address),
        promotion_code=bill.promotion_code,
        provider_invoice_id=bill.provider_invoice_id,
        provider_invoice_url=bill.provider_invoice_url,
    )
    session.add(row)
    await session.flush()
    return row


async def record_provider_invoice(shop: Shop, purchase: Purchase, payment: Payment) -> None:
    """Record the invoice of a payment in its bill, if the provider made it only after we credited.

    Without it a refund would have no credit note.
    """
    invoice_id = None if payment.bill is None else payment.bill.provider_invoice_id
    if payment.bill is None or invoice_id is None:
        return
    async with shop.database.write() as session:
        bill = await session.get(PurchaseBill, purchase.id)
        if bill is not None and bill.provider_invoice_id is None:
            bill.provider_invoice_id = invoice_id
            bill.provider_invoice_url = payment.bill.provider_invoice_url


def get_total_micros(purchase: Purchase, bill: PurchaseBill | None) -> int:
    """Return what was charged in all, in the currency of the charge."""
    return purchase.paid_microusd if bill is None else bill.total_micros


def get_currency(bill: PurchaseBill | None) -> str:
    """Return the currency of a charge; a purchase without a bill was charged in dollars."""
    return DOLLARS if bill is None else bill.currency


def get_net_microusd(purchase: Purchase, bill: PurchaseBill | None) -> int:
    """Return the price of a purchase without its tax, in dollars at the package's own rate."""
    is_taxed_inside = bill is not None and bill.tax_included
    return purchase.paid_microusd - (bill.tax_microusd if bill and is_taxed_inside else 0)


def get_returned_net_microusd(row: Reversal) -> int:
    """Return the part of a reversal that is no tax, in dollars at the package's own rate."""
    return row.amount_microusd if row.net_microusd is None else row.net_microusd


async def find_purchase_bill(session: Session | Snapshot, purchase_id: str) -> PurchaseBill | None:
    """Return the bill of a purchase; None for one from before there were bills."""
    return await session.get(PurchaseBill, purchase_id)


async def load_purchase_bills(
    session: Session | Snapshot, purchase_ids: Iterable[str]
) -> dict[str, PurchaseBill]:
    """Load the bills of purchases, by the id of the purchase."""
    query = select(PurchaseBill).where(PurchaseBill.purchase_id.in_(list(purchase_ids)))
    return {row.purchase_id: row for row in await session.scalars(query)}
