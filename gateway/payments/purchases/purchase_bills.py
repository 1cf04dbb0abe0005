"""Bills of purchases: written in the transaction of the purchase, read for receipts and refunds."""

import json

from gateway.kit.database.sessions import Session
from gateway.payments.bills import Bill, TaxTerms, apply_tax_terms, convert_to_dollars
from gateway.payments.tables import Checkout, Purchase, PurchaseBill


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


def add_purchase_bill(
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
    return row
