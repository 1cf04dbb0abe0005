"""x402 payments whose end is open: looked for on the chain, and settled while there is time.

Those in the last blocks may open again: their chain may turn elsewhere.
"""

import asyncio
import logging
from collections.abc import Sequence

from sqlalchemy import select

from gateway.kit.clock import SECOND
from gateway.kit.queue import AWAY
from gateway.kit.sql import sql
from gateway.payments.errors import PaymentProviderError
from gateway.payments.shop import Shop
from gateway.payments.usdc.history import WATCHED_BLOCKS
from gateway.payments.x402.client import X402
from gateway.payments.x402.outcomes import OPEN, to_us
from gateway.payments.x402.settling import pursue
from gateway.payments.x402.states import X402State
from gateway.payments.x402.tables import X402Payment

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
    """Look once after each payment whose end is not known.

    What is not needed any more is forgotten first, whatever comes of the rest; and no book waits
    for the trouble of another.
    """
    async with shop.database.write() as session:
        await session.change(FORGET)
    for at in shop.opened(X402):
        for step in (notice_lost, pursue_open):
            try:
                await step(shop, at, at.book)
            except AWAY as error:
                log.warning("payments of %s mode wait: %s", at.book, type(error).__name__)


async def pursue_open(shop: Shop, at: X402, book: str) -> None:
    """Look after each payment of a book whose end is not known."""
    async with shop.database.read() as snapshot:
        began: int = (await snapshot.read(NOW))[0][0]
    more, tried = True, set[str]()
    while more:
        rows = await next_pending(shop, book, began)
        if tried & {row.checkout_id for row in rows}:  # the clock went back meanwhile
            return
        tried |= {row.checkout_id for row in rows}
        await pursue_all(shop, at, rows)
        more = len(rows) == BITE


async def notice_lost(shop: Shop, at: X402, book: str) -> None:
    """Find payments credited lately whose block the chain has replaced: they are open again."""
    try:
        head = await at.rpc.head()
        rows = await in_last_blocks(shop, book, head.number - WATCHED_BLOCKS)
        receipts = await at.rpc.receipts([row.transaction or "" for row in rows])
    except PaymentProviderError as error:
        log.warning("payments of %s mode are not looked up: %s", book, error.detail)
        return
    for row, receipt in zip(rows, receipts, strict=True):
        there = receipt is not None and row.natural_key in to_us(at, receipt)
        number = receipt.block_number if receipt is not None and there else None
        if number == row.block_number:
            continue
        async with shop.database.write() as session:
            ours = await session.get_one(X402Payment, row.checkout_id, with_for_update=True)
            if (ours.state, ours.transaction) == (X402State.CREDITED, row.transaction):
                ours.state = X402State.CREDITED if there else X402State.LOST
                ours.block_number = number or ours.block_number


async def in_last_blocks(shop: Shop, book: str, after: int) -> Sequence[X402Payment]:
    """Return the credited payments of a book in blocks after one."""
    async with shop.database.read() as snapshot:
        found = await snapshot.scalars(
            select(X402Payment).where(
                X402Payment.state == X402State.CREDITED,
                X402Payment.book == book,
                X402Payment.block_number > after,
            )
        )
        return found.all()


async def pursue_all(shop: Shop, at: X402, rows: Sequence[X402Payment]) -> None:
    """Look after payments, some at once: a facilitator may take its time over each."""
    places = asyncio.Semaphore(AT_ONCE)

    async def look_after(row: X402Payment) -> None:
        async with places:
            try:
                await pursue(shop, at, row)
            except PaymentProviderError as error:
                log.warning("payment %s is not looked up: %s", row.natural_key, error.detail)
            except AWAY as error:
                log.warning("payment %s waits: %s", row.natural_key, type(error).__name__)

    await asyncio.gather(*(look_after(row) for row in rows))


async def next_pending(shop: Shop, book: str, before: int) -> Sequence[X402Payment]:
    """Return some pending payments that were not tried since a time, and write down the try."""
    async with shop.database.write() as session:
        found = await session.scalars(
            select(X402Payment)
            .where(
                X402Payment.state.in_(OPEN),
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
