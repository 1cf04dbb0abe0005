"""The steps of a top-up at Stripe: draft, item, final invoice, charge; each can be repeated.

A top-up is committed before Stripe hears of it. Its invoice is named by the checkout's id, as the
idempotency key of every call; and the status of the invoice, not our memory, says which step is
next. So a crash at any point, or two gateways at once, lead to the same invoice and one charge. The
checkout is written before the invoice is final: whatever is paid has a checkout to be credited to.
"""

import logging

from gateway.identity.accounts import identities
from gateway.kit import faults
from gateway.kit.clock import DAY, HOUR
from gateway.kit.database.sql import get_database_time
from gateway.payments.bills import TaxTerms
from gateway.payments.errors import UnknownPackage
from gateway.payments.purchases.purchase_bills import get_price_micros, read_tax_terms
from gateway.payments.shop import Shop
from gateway.payments.states import CheckoutState
from gateway.payments.stripe import card_charges
from gateway.payments.stripe.client import StripeClient
from gateway.payments.stripe.customers import ensure_customer
from gateway.payments.stripe.invoices import TOP_UP_KIND, InvoiceStatus, TopUpInvoice
from gateway.payments.stripe.parameters import (
    build_automatic_tax,
    build_price_tax,
    to_minor_units,
)
from gateway.payments.tables import Checkout
from gateway.payments.top_ups.tables import TopUp

CONFIRM_PERIOD = DAY
log = logging.getLogger("gateway.payments")
CHECKOUT_LIFETIME = CONFIRM_PERIOD + HOUR


async def open_invoice(shop: Shop, stripe: StripeClient, top_up: TopUp) -> TopUpInvoice:
    """Return the invoice of a top-up as it is now; create its draft and its checkout if needed.

    Raises:
        PaymentProviderError: Stripe is silent, or refused; `final` if a repeat cannot help.
        UnknownPackage: the package is no longer sold.
    """
    async with shop.database.read() as snapshot:
        checkout = await snapshot.get(Checkout, top_up.checkout_id)
        email = await identities.find_account_email(snapshot, top_up.account_id)
    if checkout is not None and checkout.provider_reference is not None:
        return await card_charges.fetch_invoice(stripe, checkout.provider_reference)
    customer_id = await ensure_customer(shop, stripe, top_up.account_id, email)
    terms = shop.get_tax_terms(StripeClient.name)
    params = {
        **build_automatic_tax(terms),
        "customer": customer_id,
        "currency": top_up.currency,
        "default_payment_method": top_up.payment_method_id,
        "description": "Auto top-up: your balance fell below the threshold that you set.",
        "metadata": {
            "kind": TOP_UP_KIND,
            "checkout_id": top_up.checkout_id,
            "account_id": top_up.account_id,
            "package_code": top_up.package_code,
        },
    }
    invoice = await card_charges.create_draft_invoice(stripe, top_up.checkout_id, params)
    await faults.reach("topup.drafted")
    await add_top_up_checkout(shop, top_up, invoice, terms, email)
    return invoice


async def add_top_up_checkout(
    shop: Shop, top_up: TopUp, invoice: TopUpInvoice, terms: TaxTerms, email: str | None
) -> None:
    """Add the checkout of a top-up, with a copy of its package; a twin may have added it before.

    Raises:
        UnknownPackage: the package is no longer sold in this currency.
    """
    package = shop.get_package(top_up.package_code)
    price_micros = package.list_prices().get(top_up.currency)
    if price_micros is None:
        raise UnknownPackage
    async with shop.database.write() as session:
        if await session.get(Checkout, top_up.checkout_id) is not None:
            return
        now = await get_database_time(session)
        session.add(
            Checkout(
                id=top_up.checkout_id,
                account_id=top_up.account_id,
                ledger_account=top_up.ledger_account,
                book=top_up.book,
                provider=StripeClient.name,
                state=CheckoutState.OPEN,
                package_code=package.code,
                package_name=package.name,
                price_microusd=package.price_microusd,
                credit_microusd=package.credit_microusd,
                bonus_microusd=package.bonus_microusd,
                email=email,
                return_path="/credits",
                idempotency_key=None,
                request_hash=b"",
                provider_reference=invoice.id,
                url=None,
                review_reason=None,
                created_at=now,
                expires_at=now + CHECKOUT_LIFETIME,
                currency=top_up.currency,
                price_micros=price_micros,
                tax_source=terms.source,
                tax_included=int(terms.included),
                tax_name=terms.name,
                tax_percent=terms.percent,
            )
        )


async def finalize_invoice(
    shop: Shop, stripe: StripeClient, top_up: TopUp, draft: TopUpInvoice
) -> TopUpInvoice:
    """Put the package on the draft of a top-up and finalize it; return it with its total and tax.

    Raises:
        PaymentProviderError: Stripe is silent, or refused; `final` if a repeat cannot help.
    """
    async with shop.database.read() as snapshot:
        checkout = await snapshot.get_one(Checkout, top_up.checkout_id)
    # Idempotency keys live for a day. A draft that is older and has its item must not get a second.
    if not draft.has_items:
        item = {
            "customer": draft.customer_id,
            "invoice": draft.id,
            "currency": top_up.currency,
            "amount": to_minor_units(get_price_micros(checkout), top_up.currency),
            **build_price_tax(read_tax_terms(checkout)),
            "description": f"{checkout.package_name} credit",
        }
        await card_charges.add_invoice_item(stripe, top_up.checkout_id, item)
        await faults.reach("topup.itemised")
    invoice = await card_charges.finalize_invoice(stripe, top_up.checkout_id, draft.id)
    await faults.reach("topup.finalized")
    return invoice


async def is_as_ordered(shop: Shop, top_up: TopUp, invoice: TopUpInvoice) -> bool:
    """Return True if an invoice has the price of its checkout, and the card is to pay all of it.

    Only tax may be added. A credit or debt of the customer at Stripe would change what is charged.
    """
    async with shop.database.read() as snapshot:
        checkout = await snapshot.get_one(Checkout, top_up.checkout_id)
    is_whole = invoice.status == InvoiceStatus.DRAFT or invoice.due_micros == invoice.total_micros
    if invoice.price_micros == get_price_micros(checkout) and is_whole:
        return True
    log.error("invoice %s of top-up %s: another price or sum", invoice.id, top_up.checkout_id)
    return False
