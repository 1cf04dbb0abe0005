"""The sweep over x402 payments: looks open ones up on the chain, and settles them until expiry.

Credited payments in the last blocks are checked too: if their block was replaced they are `lost`,
and open again.
"""

import asyncio
import logging
from collections.abc import Sequence

from sqlalchemy import select

from gateway.kit.clock import SECOND
from gateway.kit.database.sql import sql
from gateway.kit.queue import OUTAGE_ERRORS
from gateway.payments.errors import PaymentProviderError
from gateway.payments.shop import Shop
from gateway.payments.usdc.chain_history import REORG_WINDOW_BLOCKS
from gateway.payments.x402.client import X402
from gateway.payments.x402.outcomes import OPEN_STATES, read_payments_to_us
from gateway.payments.x402.settlement import retry_settlement
from gateway.payments.x402.states import X402State
from gateway.payments.x402.tables import X402Payment

SWEEP_SECONDS, BATCH_ROWS, MAX_PARALLEL = 15, 100, 4
NOW = sql("SELECT kt_now()")
MARK_TRIED = sql(
    """
    UPDATE x402_payment SET tried_at = kt_now()
    FROM {rows} WHERE x402_payment.checkout_id = given.checkout_id
    """,
    checkout_id="text",
)
FORGET_HEADERS = sql(
    f"""
    UPDATE x402_payment SET header = NULL
    WHERE header IS NOT NULL AND valid_before * {SECOND} < kt_now()
    """  # noqa: S608 - constant text
)
log = logging.getLogger("gateway.payments")


async def sweep_x402_payments(shop: Shop) -> None:
    """Forget expired headers, find lost payments, and try to settle open ones, book by book."""
    # Headers hold signatures. They are dropped first, in a transaction of their own, even if the
    # chain cannot be read; and a book whose node is down does not stop the other one.
    async with shop.database.write() as session:
        await session.change(FORGET_HEADERS)
    for x402 in shop.list_open_providers(X402):
        for step in (mark_lost_payments, retry_open_payments):
            try:
                await step(shop, x402, x402.book)
            except OUTAGE_ERRORS as error:
                log.warning("payments of %s mode wait: %s", x402.book, type(error).__name__)


async def retry_open_payments(shop: Shop, x402: X402, book: str) -> None:
    """Try once to settle each open payment of a book."""
    async with shop.database.read() as snapshot:
        began_at: int = (await snapshot.read(NOW))[0][0]
    has_more, tried = True, set[str]()
    while has_more:
        rows = await claim_pending_batch(shop, book, began_at)
        if tried & {row.checkout_id for row in rows}:  # the clock of the database was set back
            return
        tried |= {row.checkout_id for row in rows}
        await retry_payments(shop, x402, rows)
        has_more = len(rows) == BATCH_ROWS


async def mark_lost_payments(shop: Shop, x402: X402, book: str) -> None:
    """Mark credited payments of the last blocks as `lost` if the chain replaced their block."""
    try:
        head = await x402.rpc.fetch_head()
        rows = await list_credited_after_block(shop, book, head.number - REORG_WINDOW_BLOCKS)
        receipts = await x402.rpc.fetch_receipts([row.transaction or "" for row in rows])
    except PaymentProviderError as error:
        log.warning("payments of %s mode are not looked up: %s", book, error.detail)
        return
    for row, receipt in zip(rows, receipts, strict=True):
        is_there = receipt is not None and row.natural_key in read_payments_to_us(x402, receipt)
        number = receipt.block_number if receipt is not None and is_there else None
        if number == row.block_number:
            continue
        async with shop.database.write() as session:
            row_now = await session.get_one(X402Payment, row.checkout_id, with_for_update=True)
            if (row_now.state, row_now.transaction) == (X402State.CREDITED, row.transaction):
                row_now.state = X402State.CREDITED if is_there else X402State.LOST
                row_now.block_number = number or row_now.block_number


async def list_credited_after_block(
    shop: Shop, book: str, block_number: int
) -> Sequence[X402Payment]:
    """List the credited payments of a book in blocks after this one."""
    async with shop.database.read() as snapshot:
        payments = await snapshot.scalars(
            select(X402Payment).where(
                X402Payment.state == X402State.CREDITED,
                X402Payment.book == book,
                X402Payment.block_number > block_number,
            )
        )
        return payments.all()


async def retry_payments(shop: Shop, x402: X402, rows: Sequence[X402Payment]) -> None:
    """Try to settle payments, four at a time, because a facilitator may take seconds for each."""
    places = asyncio.Semaphore(MAX_PARALLEL)

    async def retry_one(row: X402Payment) -> None:
        async with places:
            try:
                await retry_settlement(shop, x402, row)
            except PaymentProviderError as error:
                log.warning("payment %s is not looked up: %s", row.natural_key, error.detail)
            except OUTAGE_ERRORS as error:
                log.warning("payment %s waits: %s", row.natural_key, type(error).__name__)

    await asyncio.gather(*(retry_one(row) for row in rows))


async def claim_pending_batch(shop: Shop, book: str, before: int) -> Sequence[X402Payment]:
    """List open payments that were not tried since a time, and mark them as tried."""
    async with shop.database.write() as session:
        payments = await session.scalars(
            select(X402Payment)
            .where(
                X402Payment.state.in_(OPEN_STATES),
                X402Payment.book == book,
                X402Payment.tried_at < before,
            )
            .order_by(X402Payment.tried_at)
            .limit(BATCH_ROWS)
        )
        rows = payments.all()
        if rows:
            await session.change(MARK_TRIED, [(row.checkout_id,) for row in rows])
    return rows
