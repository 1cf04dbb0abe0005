"""Reading a chain, block after block: who paid to an address of ours, and what was undone.

One process reads a chain at a time. Each step is safe beside a twin: rows are written under the
lock of their checkout, and the cursor moves only from where it was read.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from prometheus_client import Gauge
from sqlalchemy import ColumnElement, delete, func, select

from gateway.kit import metrics
from gateway.kit.database import Session
from gateway.kit.sql import sql
from gateway.payments.errors import PaymentProviderError
from gateway.payments.onchain import cursor
from gateway.payments.onchain.chain import Chain
from gateway.payments.onchain.crediting import LEAST_MICROUSD, PROVIDER, held, judged, see, settle
from gateway.payments.onchain.tables import ChainBlock, Deposit, DepositAddress
from gateway.payments.shop import Shop
from gateway.payments.states import CheckoutState
from gateway.payments.tables import Checkout
from gateway.payments.usdc.history import WATCHED_BLOCKS
from gateway.payments.usdc.rpc import Block, Transfer, transfers
from gateway.payments.usdc.states import DepositState

EVERY_SECONDS = 4
BLOCKS_PER_STEP = 2_000
READ_AGAIN = 60  # blocks: two minutes on Base
UNDONE = {DepositState.SEEN: DepositState.ORPHANED, DepositState.CREDITED: DepositState.LOST}
NOW = sql("SELECT kt_now()")
log = logging.getLogger("gateway.payments")


@dataclass(frozen=True, slots=True)
class Step:
    """What some blocks hold: transfers to us, their checkouts, and the heads of the newest."""

    first: int
    last: int
    heads: Sequence[Block]
    found: Sequence[tuple[Transfer, str, int]]


class ChainMoved(Exception):  # noqa: N818 - names what happened
    """The chain turned elsewhere while it was read; the next round sees how."""


async def watch(shop: Shop) -> None:
    """Read each chain up to its newest block, if no other process does, and settle what is due."""
    for chain in shop.opened(Chain):
        try:
            await read(shop, chain, metrics.CHAIN_BEHIND.labels(chain.book))
        except ChainMoved:
            log.info("%s moved while it was read", chain.network.name)
        except PaymentProviderError as error:
            log.warning("%s cannot be read: %s", chain.network.name, error.detail)


async def read(shop: Shop, chain: Chain, behind: Gauge) -> None:
    """Read one chain; `behind` shows how many of its blocks are still to be read.

    Raises:
        PaymentProviderError: it cannot be read.
        ChainMoved: it turned elsewhere meanwhile.
    """
    head = await chain.rpc.head()
    ours = await cursor.taken(shop.database, chain, head)
    behind.set(head.number + 1 - await next_block(shop, chain))
    if not ours:
        return
    await rewind(shop, chain)
    first = await next_block(shop, chain)
    while first <= head.number:
        last = min(first + BLOCKS_PER_STEP - 1, head.number)
        await keep(shop, chain, await step(shop, chain, first, last, head))
        first = last + 1
        behind.set(head.number - last)
    await settle_due(shop, chain, head.number)


async def next_block(shop: Shop, chain: Chain) -> int:
    """Return which block of a chain is read next."""
    async with shop.database.read() as snapshot:
        return await cursor.next_block(snapshot, chain)


async def rewind(shop: Shop, chain: Chain) -> None:
    """Forget blocks that are no more; what they held is `orphaned`, or `lost` once credited."""
    here = ChainBlock.chain_id == chain.network.chain_id
    async with shop.database.read() as snapshot:
        newest = select(ChainBlock).where(here).order_by(ChainBlock.number.desc())
        remembered = (await snapshot.scalars(newest)).all()
    gone: list[int] = []
    for known in remembered:
        (block,) = await chain.rpc.blocks([known.number])
        if block is not None and block.hash == known.hash:
            break
        gone.append(known.number)
    if not gone:
        return
    log.warning("%s: %s blocks from %s on were replaced", chain.network.name, len(gone), gone[-1])
    async with shop.database.write() as session:
        await undo(session, chain, Deposit.block_number >= gone[-1])
        await session.execute(delete(ChainBlock).where(here, ChainBlock.number >= gone[-1]))
        await cursor.move(session, chain, gone[-1])


async def undo(session: Session, chain: Chain, *which: ColumnElement[bool]) -> None:
    """Mark deposits whose block is no more."""
    these = (Deposit.chain_id == chain.network.chain_id, *which)
    owners = await session.scalars(select(Deposit.checkout_id).where(*these).distinct())
    checkouts = await held(session, owners.all())
    for row in await session.scalars(select(Deposit).where(*these)):
        row.state = UNDONE.get(row.state, row.state)
    for checkout in checkouts.values():
        await judged(session, chain, checkout)


async def step(shop: Shop, chain: Chain, first: int, last: int, head: Block) -> Step:
    """Read some blocks. The addresses are read after the head: later ones are paid later.

    A node may have a block, and not yet its events, and then it says that there are none. So each
    time those of the blocks before are read again: what was seen is only seen once more.

    Raises:
        PaymentProviderError: the chain cannot be read.
        ChainMoved: it turned elsewhere meanwhile.
    """
    heads = await heads_of(chain, max(first, head.number - WATCHED_BLOCKS + 1), last)
    addresses = await watched(shop, chain)
    token = chain.network.usdc
    since = await again_from(shop, chain, first)
    paying = await chain.rpc.paying(token, list(addresses), since, last) if addresses else set()
    receipts = await chain.rpc.receipts(sorted(paying))
    if None in receipts:
        raise ChainMoved
    paid = [each for receipt in receipts if receipt for each in transfers(receipt, token)]
    ours = [each for each in paid if each.receiver in addresses]
    times = await times_of(chain, ours, heads)
    if heads:
        (again,) = await chain.rpc.blocks([heads[-1].number])
        if again is None or again.hash != heads[-1].hash:
            raise ChainMoved
    found = [(each, addresses[each.receiver], times[each.block_number]) for each in ours]
    return Step(first, last, heads, found)


async def again_from(shop: Shop, chain: Chain, first: int) -> int:
    """Return from which block on events are read again; none from before all reading began."""
    here = ChainBlock.chain_id == chain.network.chain_id
    async with shop.database.read() as snapshot:
        oldest = await snapshot.scalar(select(func.min(ChainBlock.number)).where(here))
    return first if oldest is None else min(first, max(oldest, first - READ_AGAIN))


async def heads_of(chain: Chain, first: int, last: int) -> list[Block]:
    """Return the heads of blocks, each the parent of the next.

    Raises:
        PaymentProviderError: the chain cannot be read.
        ChainMoved: they do not hang together.
    """
    found = await chain.rpc.blocks(range(first, last + 1))
    heads = [each for each in found if each is not None]
    linked = all(a.hash == b.parent for a, b in pairwise(heads))
    if len(heads) < len(found) or not linked:
        raise ChainMoved
    return heads


async def times_of(
    chain: Chain, paid: Sequence[Transfer], heads: Sequence[Block]
) -> dict[int, int]:
    """Return when the blocks of transfers were made, in microseconds since 1970.

    Raises:
        ChainMoved: one is no more.
    """
    known = {each.number: each for each in heads}
    others = sorted({each.block_number for each in paid} - known.keys())
    known |= {each.number: each for each in await chain.rpc.blocks(others) if each is not None}
    for each in paid:
        block = known.get(each.block_number)
        if block is None or block.hash != each.block_hash:
            raise ChainMoved
    return {number: block.timestamp * 1_000_000 for number, block in known.items()}


async def watched(shop: Shop, chain: Chain) -> dict[str, str]:
    """Return the checkout of each address that is watched."""
    async with shop.database.read() as snapshot:
        now: int = (await snapshot.read(NOW))[0][0]
        rows = await snapshot.execute(
            select(DepositAddress.address, DepositAddress.checkout_id).where(
                DepositAddress.chain_id == chain.network.chain_id,
                DepositAddress.watched_until > now,
            )
        )
        return {address: checkout_id for address, checkout_id in rows}  # noqa: C416 - rows are tuples


async def keep(shop: Shop, chain: Chain, read: Step) -> None:
    """Write down what some blocks hold, and that they were read.

    Raises:
        ChainMoved: another process was faster.
    """
    async with shop.database.write() as session:
        newest = read.heads[-1] if read.heads else None
        if not await cursor.move(session, chain, read.last + 1, start=read.first, newest=newest):
            raise ChainMoved
        checkouts = await held(session, {checkout_id for _, checkout_id, _ in read.found})
        for transfer, checkout_id, block_at in read.found:
            await see(session, chain, checkouts[checkout_id], transfer, block_at)
        await drop_others(session, chain, {each.number: each.hash for each in read.heads})
        for checkout in checkouts.values():
            await judged(session, chain, checkout)
        here = ChainBlock.chain_id == chain.network.chain_id
        old = ChainBlock.number <= read.last - WATCHED_BLOCKS
        await session.execute(delete(ChainBlock).where(here, old))
        for each in read.heads:
            row = ChainBlock(chain_id=chain.network.chain_id, number=each.number, hash=each.hash)
            await session.merge(row)


async def drop_others(session: Session, chain: Chain, hashes: Mapping[int, str]) -> None:
    """Mark deposits that a claim saw in a block of these numbers which is not the one read."""
    if not hashes:
        return
    await undo(
        session,
        chain,
        Deposit.block_number.in_(hashes),
        Deposit.block_hash.not_in(hashes.values()),
    )


async def settle_due(shop: Shop, chain: Chain, head: int) -> None:
    """Settle checkouts with deposits that are deep enough, and those that are over.

    Raises:
        PaymentProviderError: the chain cannot be read.
    """
    for checkout_id in await deep(shop, chain, head):
        await settle(shop, chain, checkout_id, head)
    async with shop.database.write() as session:
        over = await session.scalars(
            select(Checkout.id)
            .join(DepositAddress, DepositAddress.checkout_id == Checkout.id)
            .where(
                DepositAddress.chain_id == chain.network.chain_id,
                Checkout.provider == PROVIDER,
                Checkout.state.in_((CheckoutState.OPEN, CheckoutState.SEEN)),
                Checkout.expires_at < await cursor.read_until(session, chain),
            )
        )
        for checkout in (await held(session, over.all())).values():
            await judged(session, chain, checkout)


async def deep(shop: Shop, chain: Chain, head: int) -> Sequence[str]:
    """Return the checkouts that have something to settle."""
    reached = Deposit.block_number <= head - chain.confirmations + 1
    waiting = (
        select(Deposit.checkout_id)
        .where(
            Deposit.chain_id == chain.network.chain_id,
            Deposit.state.in_((DepositState.SEEN, DepositState.LOST)),
            reached,
        )
        .distinct()
    )
    worth = (
        select(Deposit.checkout_id)
        .where(Deposit.checkout_id.in_(waiting), Deposit.state != DepositState.ORPHANED, reached)
        .group_by(Deposit.checkout_id)
        .having(func.sum(Deposit.amount_microusd) >= LEAST_MICROUSD)
        .order_by(Deposit.checkout_id)
    )
    async with shop.database.read() as snapshot:
        return (await snapshot.scalars(worth)).all()
