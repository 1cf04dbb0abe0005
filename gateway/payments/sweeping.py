"""Checkouts that nobody came back for: the provider is asked what became of them."""

import logging
from collections.abc import Collection

from sqlalchemy import select

from gateway.kit.clock import MINUTE
from gateway.kit.errors import Problem
from gateway.kit.sql import sql
from gateway.payments.claims import UNSETTLED, looked_at
from gateway.payments.shop import Shop
from gateway.payments.tables import Checkout

EVERY_SECONDS = 300
QUIET = 10 * MINUTE
BITE = 100
NOW = sql("SELECT kt_now()")
log = logging.getLogger("gateway.payments")


async def sweep(shop: Shop) -> int:
    """Settle hosted checkouts that are unsettled for ten minutes; return how many were looked at.

    One that cannot be asked about now is looked at again next time.
    """
    return sum([await sweep_of(shop, *each) for each in shop.hosts()])


async def sweep_of(shop: Shop, provider: str, books: Collection[str]) -> int:
    """Settle those of a provider."""
    after, seen = "", 0
    while rows := await quiet(shop, provider, books, after):
        for row in rows:
            try:
                await looked_at(shop, row)
            except Problem as problem:
                log.warning("checkout %s is not settled: %s", row.id, problem.code)
        after, seen = rows[-1].id, seen + len(rows)
    return seen


async def quiet(shop: Shop, provider: str, books: Collection[str], after: str) -> list[Checkout]:
    """Return the next unsettled checkouts of books that have a key."""
    async with shop.database.read() as snapshot:
        now: int = (await snapshot.read(NOW))[0][0]
        found = await snapshot.scalars(
            select(Checkout)
            .where(
                Checkout.state.in_(UNSETTLED),
                Checkout.provider == provider,
                Checkout.book.in_(books),
                Checkout.created_at < now - QUIET,
                Checkout.id > after,
            )
            .order_by(Checkout.id)
            .limit(BITE)
        )
        return list(found)
