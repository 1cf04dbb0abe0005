"""Comparison of the books with a hosted provider, payment by payment, in both directions.

First each payment that the provider lists, then each purchase of ours that it did not list. One
direction alone would find no difference where its own side is empty.
"""

from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy import select

from gateway.kit.clock import SECOND
from gateway.payments.checkouts import fulfilment
from gateway.payments.payment import Payment
from gateway.payments.provider import HostedProvider
from gateway.payments.purchases.purchase_bills import (
    find_purchase_bill,
    get_currency,
    get_total_micros,
    record_provider_invoice,
)
from gateway.payments.reconciliation_report import ReconciliationReport, build_charge_difference
from gateway.payments.shop import Shop
from gateway.payments.states import CheckoutState
from gateway.payments.tables import Checkout, Purchase

MISSING_OUTCOME = "not at the provider; review it by hand"
REJECTED_OUTCOME = "rejected here; refund it at the provider"
SumReturned = Callable[[Payment], Awaitable[int]]


async def compare_payments(
    shop: Shop,
    provider: HostedProvider,
    report: ReconciliationReport,
    since: int,
    sum_returned: SumReturned,
    *,
    apply: bool,
) -> dict[str, Payment]:
    """Compare the payments since a time; `apply` credits what is missing in the books.

    `sum_returned` returns how much of a payment went back, in millionths of its currency.

    Returns: the payments that were credited before, by session id.

    Raises:
        PaymentProviderError: the provider cannot be asked.
    """
    listed: set[str] = set()
    credited: dict[str, Payment] = {}

    async def compare(payment: Payment) -> None:
        if await compare_payment(shop, provider, report, payment, sum_returned, apply=apply):
            credited[payment.session_id] = payment

    async for payment in provider.list_payments_since(since // SECOND):
        if payment.has_arrived:
            listed.add(payment.session_id)
            await compare(payment)
    for purchase, session_id in await list_provider_purchases(shop, provider, since):
        if session_id in listed:
            continue
        payment_now = await provider.find_payment(session_id)
        if payment_now is not None and payment_now.has_arrived:  # it began before the list
            await compare(payment_now)
        else:
            currency, books_micros = await load_charge(shop, purchase)
            report.add_charge(currency, books_micros=books_micros)
            missing = build_charge_difference(
                "payment", session_id, currency, (0, books_micros), outcome=MISSING_OUTCOME
            )
            report.differences.append(missing | {"checkoutId": purchase.checkout_id})
    return credited


async def list_provider_purchases(
    shop: Shop, provider: HostedProvider, since: int
) -> Sequence[tuple[Purchase, str]]:
    """List the purchases at a provider since a time, each with its session id."""
    query = (
        select(Purchase, Checkout.provider_reference)
        .join(Checkout, Checkout.id == Purchase.checkout_id)
        .where(
            Purchase.book == provider.book,
            Purchase.provider == provider.name,
            Purchase.created_at >= since,
        )
        .order_by(Purchase.id)
    )
    async with shop.database.read() as snapshot:
        return [(row, reference or "") for row, reference in await snapshot.execute(query)]


async def compare_payment(
    shop: Shop,
    provider: HostedProvider,
    report: ReconciliationReport,
    payment: Payment,
    sum_returned: SumReturned,
    *,
    apply: bool,
) -> bool:
    """Add a payment to both sums, and a line to the report if the sums differ.

    A payment that names no checkout or purchase of ours is left out. Of a payment that a person
    rejected, only the part that was not refunded counts.

    Returns: True if it was credited before.
    """
    checkout, purchase = await find_booked_payment(shop, report.book, payment)
    if checkout is None and purchase is None:
        return False
    kept_micros = payment.amount_micros
    rejected = purchase is None and checkout is not None and is_rejected(checkout)
    if rejected:
        kept_micros -= await sum_returned(payment)
    currency, books_micros = payment.currency, 0
    if purchase is not None:
        currency, books_micros = await load_charge(shop, purchase)
        await record_provider_invoice(shop, purchase, payment)
    report.add_charge(payment.currency, provider_micros=kept_micros)
    report.add_charge(currency, books_micros=books_micros)
    is_missing_gift = purchase is None and payment.payment_status == "free" and not rejected
    if (currency, books_micros) == (payment.currency, kept_micros) and not is_missing_gift:
        return purchase is not None
    difference = build_charge_difference(
        "payment",
        payment.session_id,
        payment.currency,
        (kept_micros, books_micros),
        checkoutId=payment.checkout_id,
    )
    if rejected:
        difference["outcome"] = REJECTED_OUTCOME
    elif apply:
        outcome = await fulfilment.fulfil_checkout(shop, provider, payment.session_id)
        difference["outcome"] = outcome.result
    report.differences.append(difference)
    return purchase is not None


async def load_charge(shop: Shop, purchase: Purchase) -> tuple[str, int]:
    """Load the currency of a purchase's bill and what was charged in all."""
    async with shop.database.read() as snapshot:
        bill = await find_purchase_bill(snapshot, purchase.id)
    return get_currency(bill), get_total_micros(purchase, bill)


def is_rejected(checkout: Checkout) -> bool:
    """Return True if a person rejected the payment of this checkout."""
    return checkout.state == CheckoutState.FAILED and checkout.review_reason is not None


async def find_booked_payment(
    shop: Shop, book: str, payment: Payment
) -> tuple[Checkout | None, Purchase | None]:
    """Return the checkout that a payment names and its purchase, each None if unknown."""
    async with shop.database.read() as snapshot:
        checkout = await snapshot.get(Checkout, payment.checkout_id)
        purchase = await snapshot.scalar(
            select(Purchase).where(
                Purchase.book == book,
                Purchase.provider == payment.provider,
                Purchase.natural_key == payment.natural_key,
            )
        )
    return checkout, purchase
