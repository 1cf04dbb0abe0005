"""Checkouts that nobody came back for: the provider is asked what became of them."""

import logging
from collections.abc import Callable, Collection

from sqlalchemy import ColumnElement, select

from gateway.kit.clock import DAY, MINUTE
from gateway.kit.errors import Problem
from gateway.kit.sql import sql
from gateway.payments.claims import OVER, UNSETTLED, looked_at
from gateway.payments.shop import Shop
from gateway.payments.tables import Checkout

EVERY_SECONDS, AGAIN_SECONDS = 300, 6 * 3600
QUIET, DOUBTED = 10 * MINUTE, 7 * DAY
BITE = 100
NOW = sql("SELECT kt_now()")
Wanted = Callable[[int], tuple[ColumnElement[bool], ...]]
log = logging.getLogger("gateway.payments")


async def sweep(shop: Shop) -> int:
    """Settle hosted checkouts that are unsettled for ten minutes; return how many were looked at.

    One that cannot be asked about now is looked at again next time.
    """
    return sum([await sweep_of(shop, *each, unsettled) for each in shop.hosts()])


async def look_again(shop: Shop) -> int:
    """Look at checkouts that Coinbase called over this week: it may complete one late."""
    return await sweep_of(shop, "coinbase", shop.coinbases, over)


def unsettled(now: int) -> tuple[ColumnElement[bool], ...]:
    """Return which checkouts have no end yet, though nobody is waiting for it."""
    return Checkout.state.in_(UNSETTLED), Checkout.created_at < now - QUIET


def over(now: int) -> tuple[ColumnElement[bool], ...]:
    """Return which checkouts ended lately without payment, and not by a person's no."""
    return (
        Checkout.state.in_(OVER),
        Checkout.review_reason.is_(None),
        Checkout.provider_reference.is_not(None),
        Checkout.created_at > now - DOUBTED,
    )


async def sweep_of(shop: Shop, provider: str, books: Collection[str], wanted: Wanted) -> int:
    """Settle those of a provider that are wanted."""
    after, seen = "", 0
    while rows := await following(shop, provider, books, wanted, after):
        for row in rows:
            try:
                await looked_at(shop, row)
            except Problem as problem:
                log.warning("checkout %s is not settled: %s", row.id, problem.code)
        after, seen = rows[-1].id, seen + len(rows)
    return seen


async def following(
    shop: Shop, provider: str, books: Collection[str], wanted: Wanted, after: str
) -> list[Checkout]:
    """Return the next wanted checkouts of books that have a key."""
    async with shop.database.read() as snapshot:
        now: int = (await snapshot.read(NOW))[0][0]
        found = await snapshot.scalars(
            select(Checkout)
            .where(
                *wanted(now),
                Checkout.provider == provider,
                Checkout.book.in_(books),
                Checkout.id > after,
            )
            .order_by(Checkout.id)
            .limit(BITE)
        )
        return list(found)
