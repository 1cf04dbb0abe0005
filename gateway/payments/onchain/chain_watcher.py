"""The watcher of a chain: reads its blocks one after the other for payments to our addresses.

The problem: the last blocks of a chain may be replaced at any time, also between two calls of one
round, and a node may have a block before it has the events of it.

The way: the hashes of the last blocks are kept. Each round first goes back to where the chain and
the hashes agree, then reads on in steps. A step reads events and receipts between two looks at its
last block, and is thrown away (`ChainReorganised`) if that changed meanwhile. Events of the 60
blocks before are read again each time.

Invariants: one process reads a chain, by the lease of its cursor. A twin does no harm: deposits are
written under the lock of their checkout, and the cursor moves only from where the step began, in
the transaction that records what the step found.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from prometheus_client import Gauge
from sqlalchemy import ColumnElement, delete, func, select

from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import sql
from gateway.kit.telemetry import metrics
from gateway.payments.errors import PaymentProviderError
from gateway.payments.onchain import chain_cursor
from gateway.payments.onchain.chain import Chain
from gateway.payments.onchain.deposits import (
    MIN_CREDITED_MICROUSD,
    PROVIDER,
    lock_checkouts,
    record_transfer,
    settle_deposits,
    update_checkout_state,
)
from gateway.payments.onchain.tables import ChainBlock, Deposit, DepositAddress
from gateway.payments.shop import Shop
from gateway.payments.states import CheckoutState
from gateway.payments.tables import Checkout
from gateway.payments.usdc.chain_history import REORG_WINDOW_BLOCKS
from gateway.payments.usdc.rpc import Block, Transfer, read_transfers
from gateway.payments.usdc.states import DepositState

WATCH_SECONDS = 4
BLOCKS_PER_STEP = 2_000
REREAD_BLOCKS = 60  # blocks: two minutes on Base, for nodes whose events come late
STATES_WHEN_ORPHANED = {
    DepositState.SEEN: DepositState.ORPHANED,
    DepositState.CREDITED: DepositState.LOST,
}
NOW = sql("SELECT kt_now()")
log = logging.getLogger("gateway.payments")


@dataclass(frozen=True, slots=True)
class BlockBatch:
    """Blocks that were read: their transfers to us, and the heads of the newest ones.

    `transfers` has each transfer with the id of its checkout and the time of its block.
    """

    first: int
    last: int
    heads: Sequence[Block]
    transfers: Sequence[tuple[Transfer, str, int]]


class ChainReorganised(Exception):  # noqa: N818 - names what happened
    """Blocks were replaced while they were read; the next round reads them again."""


async def watch_chains(shop: Shop) -> None:
    """Read each chain whose lease this process gets, and settle its due checkouts."""
    for chain in shop.list_open_providers(Chain):
        try:
            await read_chain(shop, chain, metrics.CHAIN_BEHIND.labels(chain.book))
        except ChainReorganised:
            log.info("%s moved while it was read", chain.network.name)
        except PaymentProviderError as error:
            metrics.CHAIN_FAILURES.labels(chain.book).inc()
            log.warning("%s cannot be read: %s", chain.network.name, error.detail)


async def read_chain(shop: Shop, chain: Chain, behind_gauge: Gauge) -> None:
    """Read a chain up to its newest block; `behind_gauge` is the gauge of blocks still to read.

    Raises:
        PaymentProviderError: the chain cannot be read.
        ChainReorganised: blocks were replaced meanwhile.
    """
    head = await chain.rpc.fetch_head()
    has_lease = await chain_cursor.take_lease(shop.database, chain, head)
    behind_gauge.set(head.number + 1 - await load_next_block(shop, chain))
    if not has_lease:
        return
    await rewind_chain(shop, chain)
    first = await load_next_block(shop, chain)
    while first <= head.number:
        last = min(first + BLOCKS_PER_STEP - 1, head.number)
        await record_block_batch(
            shop, chain, await fetch_block_batch(shop, chain, first, last, head)
        )
        first = last + 1
        behind_gauge.set(head.number - last)
    await settle_due_checkouts(shop, chain, head.number)


async def load_next_block(shop: Shop, chain: Chain) -> int:
    """Load the number of the next block to read."""
    async with shop.database.read() as snapshot:
        return await chain_cursor.get_next_block(snapshot, chain)


async def rewind_chain(shop: Shop, chain: Chain) -> None:
    """Forget blocks that were replaced; their deposits are `orphaned`, or `lost` once credited."""
    on_this_chain = ChainBlock.chain_id == chain.network.chain_id
    async with shop.database.read() as snapshot:
        newest = select(ChainBlock).where(on_this_chain).order_by(ChainBlock.number.desc())
        remembered = (await snapshot.scalars(newest)).all()
    replaced: list[int] = []
    for block_row in remembered:
        (block,) = await chain.rpc.fetch_blocks([block_row.number])
        if block is not None and block.hash == block_row.hash:
            break
        replaced.append(block_row.number)
    if not replaced:
        return
    log.warning(
        "%s: %s blocks from %s on were replaced", chain.network.name, len(replaced), replaced[-1]
    )
    async with shop.database.write() as session:
        await orphan_deposits(session, chain, Deposit.block_number >= replaced[-1])
        await session.execute(
            delete(ChainBlock).where(on_this_chain, ChainBlock.number >= replaced[-1])
        )
        await chain_cursor.move_cursor(session, chain, replaced[-1])


async def orphan_deposits(session: Session, chain: Chain, *conditions: ColumnElement[bool]) -> None:
    """Mark the deposits that match these conditions as out of their block."""
    conditions_here = (Deposit.chain_id == chain.network.chain_id, *conditions)
    checkout_ids = await session.scalars(
        select(Deposit.checkout_id).where(*conditions_here).distinct()
    )
    checkouts = await lock_checkouts(session, checkout_ids.all())
    for row in await session.scalars(select(Deposit).where(*conditions_here)):
        row.state = STATES_WHEN_ORPHANED.get(row.state, row.state)
    for checkout in checkouts.values():
        await update_checkout_state(session, chain, checkout)


async def fetch_block_batch(
    shop: Shop, chain: Chain, first: int, last: int, head: Block
) -> BlockBatch:
    """Read some blocks, and return their transfers to our addresses.

    Raises:
        PaymentProviderError: the chain cannot be read.
        ChainReorganised: blocks were replaced meanwhile.
    """
    # The addresses are loaded after the head was fetched. An address that is added later cannot
    # have been paid in these blocks; loaded earlier, one could be missed.
    # A node may have a block before its events, and then reports none. So the events of earlier
    # blocks are read once more; recording a known transfer changes nothing.
    heads = await fetch_block_heads(chain, max(first, head.number - REORG_WINDOW_BLOCKS + 1), last)
    addresses = await list_watched_addresses(shop, chain)
    token = chain.network.usdc
    first_reread = await find_reread_start(shop, chain, first)
    paying = (
        await chain.rpc.find_paying_transactions(token, list(addresses), first_reread, last)
        if addresses
        else set()
    )
    receipts = await chain.rpc.fetch_receipts(sorted(paying))
    if None in receipts:
        raise ChainReorganised
    paid = [each for receipt in receipts if receipt for each in read_transfers(receipt, token)]
    own_transfers = [each for each in paid if each.receiver in addresses]
    block_times = await fetch_block_times(chain, own_transfers, heads)
    if heads:
        (last_block,) = await chain.rpc.fetch_blocks([heads[-1].number])
        if last_block is None or last_block.hash != heads[-1].hash:
            raise ChainReorganised
    found = [
        (each, addresses[each.receiver], block_times[each.block_number]) for each in own_transfers
    ]
    return BlockBatch(first, last, heads, found)


async def find_reread_start(shop: Shop, chain: Chain, first: int) -> int:
    """Return the first block whose events are read again, not before the oldest one we keep."""
    on_this_chain = ChainBlock.chain_id == chain.network.chain_id
    async with shop.database.read() as snapshot:
        oldest = await snapshot.scalar(select(func.min(ChainBlock.number)).where(on_this_chain))
    return first if oldest is None else min(first, max(oldest, first - REREAD_BLOCKS))


async def fetch_block_heads(chain: Chain, first: int, last: int) -> list[Block]:
    """Fetch the heads of blocks, each the parent of the next.

    Raises:
        PaymentProviderError: the chain cannot be read.
        ChainReorganised: one is missing, or is not the parent of the next.
    """
    blocks = await chain.rpc.fetch_blocks(range(first, last + 1))
    heads = [each for each in blocks if each is not None]
    linked = all(a.hash == b.parent for a, b in pairwise(heads))
    if len(heads) < len(blocks) or not linked:
        raise ChainReorganised
    return heads


async def fetch_block_times(
    chain: Chain, paid: Sequence[Transfer], heads: Sequence[Block]
) -> dict[int, int]:
    """Fetch the times of the blocks of transfers, by number, in microseconds since 1970.

    Raises:
        ChainReorganised: one was replaced.
    """
    by_number = {each.number: each for each in heads}
    missing = sorted({each.block_number for each in paid} - by_number.keys())
    by_number |= {
        each.number: each for each in await chain.rpc.fetch_blocks(missing) if each is not None
    }
    for each in paid:
        block = by_number.get(each.block_number)
        if block is None or block.hash != each.block_hash:
            raise ChainReorganised
    return {number: block.timestamp * 1_000_000 for number, block in by_number.items()}


async def list_watched_addresses(shop: Shop, chain: Chain) -> dict[str, str]:
    """List the watched addresses, each with the id of its checkout."""
    async with shop.database.read() as snapshot:
        now: int = (await snapshot.read(NOW))[0][0]
        rows = await snapshot.execute(
            select(DepositAddress.address, DepositAddress.checkout_id).where(
                DepositAddress.chain_id == chain.network.chain_id,
                DepositAddress.watched_until > now,
            )
        )
        return {address: checkout_id for address, checkout_id in rows}  # noqa: C416 - rows are tuples


async def record_block_batch(shop: Shop, chain: Chain, batch: BlockBatch) -> None:
    """Record the transfers of blocks, and move the cursor past them.

    Raises:
        ChainReorganised: another process moved the cursor meanwhile.
    """
    async with shop.database.write() as session:
        newest = batch.heads[-1] if batch.heads else None
        if not await chain_cursor.move_cursor(
            session, chain, batch.last + 1, start=batch.first, newest=newest
        ):
            raise ChainReorganised
        checkouts = await lock_checkouts(
            session, {checkout_id for _, checkout_id, _ in batch.transfers}
        )
        for transfer, checkout_id, block_at in batch.transfers:
            await record_transfer(session, chain, checkouts[checkout_id], transfer, block_at)
        await orphan_replaced_deposits(
            session, chain, {each.number: each.hash for each in batch.heads}
        )
        for checkout in checkouts.values():
            await update_checkout_state(session, chain, checkout)
        on_this_chain = ChainBlock.chain_id == chain.network.chain_id
        old = ChainBlock.number <= batch.last - REORG_WINDOW_BLOCKS
        await session.execute(delete(ChainBlock).where(on_this_chain, old))
        for each in batch.heads:
            row = ChainBlock(chain_id=chain.network.chain_id, number=each.number, hash=each.hash)
            await session.merge(row)


async def orphan_replaced_deposits(
    session: Session, chain: Chain, hashes: Mapping[int, str]
) -> None:
    """Mark deposits that a claim recorded in these blocks, but in another one of that number."""
    if not hashes:
        return
    await orphan_deposits(
        session,
        chain,
        Deposit.block_number.in_(hashes),
        Deposit.block_hash.not_in(hashes.values()),
    )


async def settle_due_checkouts(shop: Shop, chain: Chain, head_number: int) -> None:
    """Settle checkouts with deposits that are deep enough, and end the expired ones.

    Raises:
        PaymentProviderError: the chain cannot be read.
    """
    for checkout_id in await list_checkouts_to_settle(shop, chain, head_number):
        await settle_deposits(shop, chain, checkout_id, head_number)
    async with shop.database.write() as session:
        expired_ids = await session.scalars(
            select(Checkout.id)
            .join(DepositAddress, DepositAddress.checkout_id == Checkout.id)
            .where(
                DepositAddress.chain_id == chain.network.chain_id,
                Checkout.provider == PROVIDER,
                Checkout.state.in_((CheckoutState.OPEN, CheckoutState.SEEN)),
                Checkout.expires_at < await chain_cursor.get_newest_block_at(session, chain),
            )
        )
        for checkout in (await lock_checkouts(session, expired_ids.all())).values():
            await update_checkout_state(session, chain, checkout)


async def list_checkouts_to_settle(shop: Shop, chain: Chain, head_number: int) -> Sequence[str]:
    """List the checkouts with deposits that are deep enough to settle, and not too small."""
    reached = Deposit.block_number <= head_number - chain.confirmations + 1
    waiting = (
        select(Deposit.checkout_id)
        .where(
            Deposit.chain_id == chain.network.chain_id,
            Deposit.state.in_((DepositState.SEEN, DepositState.LOST)),
            reached,
        )
        .distinct()
    )
    creditable = (
        select(Deposit.checkout_id)
        .where(Deposit.checkout_id.in_(waiting), Deposit.state != DepositState.ORPHANED, reached)
        .group_by(Deposit.checkout_id)
        .having(func.sum(Deposit.amount_microusd) >= MIN_CREDITED_MICROUSD)
        .order_by(Deposit.checkout_id)
    )
    async with shop.database.read() as snapshot:
        return (await snapshot.scalars(creditable)).all()
