"""x402 payments whose end is open: looked for on the chain, and settled while there is time."""

import asyncio
import logging
from collections.abc import Sequence

from sqlalchemy import select

from gateway.kit.clock import SECOND
from gateway.kit.sql import sql
from gateway.payments.errors import PaymentProviderError
from gateway.payments.providers.x402_client import X402
from gateway.payments.shop import Shop
from gateway.payments.tables import X402Payment
from gateway.payments.x402.settling import pursue

EVERY_SECONDS, BITE, AT_ONCE = 15, 100, 4
NOW = sql("SELECT kt_now()")
TRY = sql(
    """
    UPDATE x402_payment SET tried_at = kt_now()
    FROM {rows} WHERE x402_payment.checkout_id = given.checkout_id
    """,
    checkout_id="text",
)
FORGET = sql(
    f"""
    UPDATE x402_payment SET header = NULL
    WHERE header IS NOT NULL AND valid_before * {SECOND} < kt_now()
    """  # noqa: S608 - constant text
)
log = logging.getLogger("gateway.payments")


async def sweep(shop: Shop) -> None:
    """Look once after each payment whose end is not known."""
    async with shop.database.read() as snapshot:
        began: int = (await snapshot.read(NOW))[0][0]
    for book, at in shop.x402s.items():
        more, tried = True, set[str]()
        while more:
            rows = await next_pending(shop, book, began)
            if tried & {row.checkout_id for row in rows}:  # the clock went back meanwhile
                return
            tried |= {row.checkout_id for row in rows}
            await pursue_all(shop, at, rows)
            more = len(rows) == BITE
    async with shop.database.write() as session:
        await session.change(FORGET)


async def pursue_all(shop: Shop, at: X402, rows: Sequence[X402Payment]) -> None:
    """Look after payments, some at once: a facilitator may take its time over each."""
    places = asyncio.Semaphore(AT_ONCE)

    async def look_after(row: X402Payment) -> None:
        async with places:
            try:
                await pursue(shop, at, row)
            except PaymentProviderError as error:
                log.warning("payment %s is not looked up: %s", row.natural_key, error.detail)

    await asyncio.gather(*(look_after(row) for row in rows))


async def next_pending(shop: Shop, book: str, before: int) -> Sequence[X402Payment]:
    """Return some pending payments that were not tried since a time, and write down the try."""
    async with shop.database.write() as session:
        found = await session.scalars(
            select(X402Payment)
            .where(
                X402Payment.state == "pending",
                X402Payment.book == book,
                X402Payment.tried_at < before,
            )
            .order_by(X402Payment.tried_at)
            .limit(BITE)
        )
        rows = found.all()
        if rows:
            await session.change(TRY, [(row.checkout_id,) for row in rows])
    return rows
