"""Comparing the books with Stripe: payments, refunds and disputes."""

from collections.abc import AsyncIterator

from sqlalchemy import select

from gateway.kit.clock import SECOND
from gateway.kit.money import usd
from gateway.payments import fulfilment
from gateway.payments.comparing import Report
from gateway.payments.providers.payment import Disputed, Payment, Refunded
from gateway.payments.shop import Shop
from gateway.payments.tables import Checkout, Purchase, Reversal


async def compare(shop: Shop, report: Report, since: int, *, apply: bool) -> None:
    """Compare what Stripe has since a time; `apply` settles what is missing, as an event would.

    Raises:
        PaymentMethodUnavailable: the book has no key.
        PaymentProviderError: Stripe cannot be asked.
    """
    async for payment in shop.stripe(report.book).sessions_since(since // SECOND):
        await compare_payment(shop, report, payment, apply=apply)
    async for seen in returns(shop, report.book, since=since // SECOND):
        await compare_return(shop, report, seen, apply=apply)


async def returns(
    shop: Shop, book: str, *, since: int | None = None, intent_id: str | None = None
) -> AsyncIterator[Refunded | Disputed]:
    """Yield refunds, then disputes: those since a Unix time, or those of a payment."""
    at = shop.stripe(book)
    async for refund in at.refunds(since=since, intent_id=intent_id):
        yield refund
    async for dispute in at.disputes(since=since, intent_id=intent_id):
        yield dispute


async def compare_payment(shop: Shop, report: Report, payment: Payment, *, apply: bool) -> None:
    """Add a payment of ours to both sums, and a line if it was not credited."""
    if payment.payment_status != "paid":
        return
    async with shop.database.read() as snapshot:
        checkout = await snapshot.get(Checkout, payment.checkout_id)
        purchase = await snapshot.scalar(
            select(Purchase).where(
                Purchase.book == report.book, Purchase.natural_key == (payment.intent_id or "")
            )
        )
    if checkout is None and purchase is None:
        return
    arrived = payment.amount_microusd if payment.currency == "usd" else 0
    report.provider_microusd += arrived
    report.books_microusd += 0 if purchase is None else purchase.paid_microusd
    if purchase is not None and purchase.paid_microusd == arrived:
        return
    line = {"what": "payment", "id": payment.session_id, "checkoutId": payment.checkout_id,
            "currency": payment.currency, "providerUsd": usd(arrived)}  # fmt: skip
    if apply:
        outcome = await fulfilment.fulfil(shop, report.book, payment.session_id)
        line["outcome"] = outcome.word
    report.differences.append(line)


async def compare_return(
    shop: Shop, report: Report, seen: Refunded | Disputed, *, apply: bool
) -> None:
    """Take a refund or dispute of ours from both sums, and add a line if we have it otherwise."""
    if seen.intent_id is None:
        return
    async with shop.database.read() as snapshot:
        ours = await fulfilment.known(shop, report.book, seen.intent_id)
        row = await snapshot.scalar(
            select(Reversal).where(
                Reversal.provider == "stripe", Reversal.provider_reference == seen.id
            )
        )
    if not ours:
        return
    back = seen.amount_microusd if seen.counts else 0
    booked = row.amount_microusd if row is not None and row.state == "taken" else 0
    report.provider_microusd -= back
    report.books_microusd -= booked
    if back == booked:
        return
    line = {"what": "return", "id": seen.id, "providerUsd": usd(back), "booksUsd": usd(booked)}
    if apply:
        line["outcome"] = (await fulfilment.returned(shop, report.book, seen)).word
    report.differences.append(line)
