"""Comparing the books with Stripe: by an operator, and every night by one process."""

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from gateway.kit import audit_log, metrics
from gateway.kit.audit_log import Actor
from gateway.kit.clock import DAY, HOUR, SECOND
from gateway.kit.database import Snapshot
from gateway.kit.errors import Problem
from gateway.kit.money import usd
from gateway.kit.sql import sql
from gateway.payments import fulfilment
from gateway.payments.shop import Shop
from gateway.payments.stripe_client import Disputed, Payment, Refunded
from gateway.payments.tables import Checkout, Purchase, Reversal

WINDOW = 35 * DAY
EVERY_SECONDS, NIGHT = 3600, 3 * HOUR
SYSTEM, NIGHTLY = Actor(kind="system", id="reconcile"), "each night"
NOW = sql("SELECT kt_now()")
BEGIN = sql(
    """
    INSERT INTO reconciliation (provider, book, day)
    SELECT 'stripe', given.book, given.day FROM {rows} WHERE true
    ON CONFLICT (provider, book, day) DO NOTHING
    """,
    book="text",
    day="int",
)
FINISH = sql(
    """
    UPDATE reconciliation SET differences = given.differences FROM {rows}
    WHERE reconciliation.provider = 'stripe' AND reconciliation.book = given.book
      AND reconciliation.day = given.day
    """,
    book="text",
    day="int",
    differences="int",
)
AGAIN = sql(
    """
    DELETE FROM reconciliation WHERE provider = 'stripe' AND (book, day) IN
      (SELECT given.book, given.day FROM {rows})
    """,
    book="text",
    day="int",
)
LAST = sql(
    """
    SELECT r.provider, r.book, r.differences FROM reconciliation AS r
    WHERE r.differences IS NOT NULL AND r.day = (
      SELECT max(o.day) FROM reconciliation AS o
      WHERE o.provider = r.provider AND o.book = r.book AND o.differences IS NOT NULL
    )
    """
)
log = logging.getLogger("gateway.payments")


async def nightly(shop: Shop) -> None:
    """Compare each book once a day, after three in the night UTC, and settle what is missing.

    Whoever writes the day's row does it. While Stripe cannot be asked, it is tried again.
    """
    async with shop.database.read() as snapshot:
        now: int = (await snapshot.read(NOW))[0][0]
    if now % DAY < NIGHT:
        return
    for book in shop.stripes:
        turn = (book, now // DAY)
        async with shop.database.write() as session:
            mine = await session.change(BEGIN, [turn])
        if mine:
            await one_night(shop, turn)


async def one_night(shop: Shop, turn: tuple[str, int]) -> None:
    """Carry out the comparison of a book and a day."""
    try:
        report = await reconcile(shop, turn[0], apply=True, actor=SYSTEM)
    except Problem as problem:
        log.warning("the %s book is not compared with stripe: %s", turn[0], problem.code)
        async with shop.database.write() as session:
            await session.change(AGAIN, [turn])
        return
    for line in report.differences:
        log.error("the %s book differed from stripe: %s", turn[0], line)
    async with shop.database.write() as session:
        await session.change(FINISH, [(*turn, len(report.differences))])


async def refresh(snapshot: Snapshot) -> None:
    """Set the gauges of what the last night found."""
    for provider, book, differences in await snapshot.read(LAST):
        metrics.RECONCILE_DIFFERENCES.labels(provider, book).set(differences)


@dataclass(slots=True)
class Report:
    """What the books and Stripe say of the last 35 days; each difference is one line."""

    book: str
    provider_microusd: int = 0
    books_microusd: int = 0
    differences: list[dict[str, Any]] = field(default_factory=list)

    def shown(self) -> dict[str, Any]:
        """Return the report as JSON."""
        return {
            "book": self.book,
            "providerUsd": usd(self.provider_microusd),
            "booksUsd": usd(self.books_microusd),
            "differences": self.differences,
        }


async def reconcile(
    shop: Shop, book: str, *, apply: bool = False, actor: Actor = SYSTEM, reason: str = NIGHTLY
) -> Report:
    """Compare 35 days of a book with Stripe; `apply` settles what is missing, as an event would.

    What was settled is in the audit log, as done by the actor for this reason.

    Raises:
        PaymentMethodUnavailable: the book has no key.
        PaymentProviderError: Stripe cannot be asked.
    """
    at, report = shop.stripe(book), Report(book)
    async with shop.database.read() as snapshot:
        now: int = (await snapshot.read(NOW))[0][0]
    since = (now - WINDOW) // SECOND
    async for payment in at.sessions_since(since):
        await compare_payment(shop, report, payment, apply=apply)
    async for seen in returns(shop, book, since=since):
        await compare_return(shop, report, seen, apply=apply)
    if apply and report.differences:
        async with shop.database.write() as session:
            after = report.shown() | {"reason": reason}
            await audit_log.record(session, actor, "payments.reconcile", book, after=after)
    return report


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
