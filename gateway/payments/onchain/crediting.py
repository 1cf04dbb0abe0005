"""Deposits of USDC: seen, deep enough, credited; each exactly once.

Watcher and claims come here. Whoever changes deposits holds the row of their checkout; what moves
money locks its purchases next, all of them, and the ledger account last.
"""

import logging
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select

from gateway.kit import faults
from gateway.kit.database import Session, Snapshot
from gateway.payments.onchain import cursor
from gateway.payments.onchain.bonus import holders_of, is_due, settle_bonus
from gateway.payments.onchain.chain import Chain
from gateway.payments.onchain.tables import Deposit
from gateway.payments.packages import CENT
from gateway.payments.purchases import Arrived, hold_purchases, record
from gateway.payments.shop import Shop
from gateway.payments.states import CheckoutState
from gateway.payments.tables import Checkout
from gateway.payments.usdc.rpc import Transfer, transfers
from gateway.payments.usdc.states import DepositState
from gateway.payments.vanished import restore_purchase, reverse_purchase

PROVIDER = "onchain"
LEAST_MICROUSD = 10 * CENT
BACK = {
    DepositState.ORPHANED: DepositState.SEEN,
    DepositState.LOST: DepositState.CREDITED,
    DepositState.REVERSED: DepositState.SEEN,
}
log = logging.getLogger("gateway.payments")


def natural_key(row: Deposit) -> str:
    """Return what a deposit is called everywhere: the same after its block was replaced."""
    return f"evm:{row.chain_id}:{row.transaction}:{row.position}"


def key_of(chain: Chain, seen: Transfer) -> str:
    """Return what the deposit of a transfer is called."""
    return f"evm:{chain.network.chain_id}:{seen.transaction}:{seen.position}"


def depth(row: Deposit, head: int) -> int:
    """Return how many blocks a deposit has, its own among them, when `head` is the newest."""
    return (
        max(0, head - row.block_number + 1)
        if row.state in {DepositState.SEEN, DepositState.CREDITED}
        else 0
    )


def amount(rows: Sequence[Deposit], *states: DepositState) -> int:
    """Return the sum of the deposits in these states, in micro-USD."""
    return sum(row.amount_microusd for row in rows if row.state in states)


def standing(checkout: Checkout, rows: Sequence[Deposit], read_until: int) -> CheckoutState:
    """Return the state of a checkout by its deposits: pure.

    It is over when the chain was read to a block after its end, not when our clock says so: what
    was paid in time may be in a block that nobody has read yet.
    """
    credited = amount(rows, DepositState.CREDITED)
    waiting = amount(rows, DepositState.SEEN, DepositState.LOST)
    if credited >= checkout.price_microusd:
        return CheckoutState.CREDITED
    if read_until <= checkout.expires_at:
        return CheckoutState.SEEN if credited or waiting else CheckoutState.OPEN
    if waiting and credited + waiting >= LEAST_MICROUSD:
        return CheckoutState.SEEN
    return CheckoutState.UNDERPAID if credited or waiting else CheckoutState.EXPIRED


async def held(session: Session, checkout_ids: Collection[str]) -> dict[str, Checkout]:
    """Lock checkouts, in one order."""
    found = await session.scalars(
        select(Checkout)
        .where(Checkout.id.in_(sorted(checkout_ids)))
        .order_by(Checkout.id)
        .with_for_update()
    )
    return {row.id: row for row in found}


async def of_checkout(session: Session | Snapshot, checkout_id: str) -> list[Deposit]:
    """Return the deposits of a checkout, in the order of the chain."""
    found = await session.scalars(
        select(Deposit)
        .where(Deposit.checkout_id == checkout_id)
        .order_by(Deposit.block_number, Deposit.transaction, Deposit.position)
    )
    return list(found)


async def judged(session: Session, chain: Chain, checkout: Checkout) -> list[Deposit]:
    """Bring the state of a held checkout to its deposits; return them."""
    rows = await of_checkout(session, checkout.id)
    checkout.state = standing(checkout, rows, await cursor.read_until(session, chain))
    return rows


async def see(
    session: Session, chain: Chain, checkout: Checkout, seen: Transfer, block_at: int
) -> None:
    """Write down a transfer to the address of a held checkout, in the block where it now is."""
    key = (chain.network.chain_id, seen.transaction, seen.position)
    row = await session.get(Deposit, key)
    if row is None:
        row = Deposit(
            chain_id=key[0],
            transaction=seen.transaction,
            position=seen.position,
            checkout_id=checkout.id,
            sender=seen.sender,
            amount_microusd=seen.amount,
            block_number=seen.block_number,
            block_hash=seen.block_hash,
            block_at=block_at,
            state=DepositState.SEEN,
        )
        session.add(row)
    elif row.amount_microusd != seen.amount:
        log.error("deposit %s is another amount, and needs a person", natural_key(row))
    else:
        row.block_number, row.block_hash = seen.block_number, seen.block_hash
        row.block_at = block_at
        row.state = BACK.get(row.state, row.state)
    await session.flush()


async def settle(shop: Shop, chain: Chain, checkout_id: str, head: int) -> None:
    """Credit what is deep enough, and take back what is gone for good; however often, only once.

    Raises:
        PaymentProviderError: the chain cannot be read; nothing changed.
    """
    async with shop.database.read() as snapshot:
        rows = await of_checkout(snapshot, checkout_id)
    due = due_of(rows, chain, head)
    lost = [row for row in rows if row.state == DepositState.LOST and is_deep(row, chain, head)]
    proven = await on_chain(chain, [*due, *lost])
    async with shop.database.write() as session:
        checkout = (await held(session, [checkout_id]))[checkout_id]
        blocks = {natural_key(row): row.block_hash for row in due if natural_key(row) in proven}
        await credit(session, shop, checkout, blocks)
        await reverse(session, shop, checkout, {natural_key(row) for row in lost} - proven)
        await judged(session, chain, checkout)
        await faults.reach("deposit.in_transaction")
    await faults.reach("deposit.committed")


def is_deep(row: Deposit, chain: Chain, head: int) -> bool:
    """Return True if a deposit is credited with this newest block."""
    return row.block_number + chain.confirmations - 1 <= head


def due_of(rows: Sequence[Deposit], chain: Chain, head: int) -> list[Deposit]:
    """Return the deposits of a checkout to credit now: seen, deep, and enough all in all."""
    due = [row for row in rows if row.state == DepositState.SEEN and is_deep(row, chain, head)]
    return (
        due
        if amount(rows, DepositState.CREDITED) + amount(due, DepositState.SEEN) >= LEAST_MICROUSD
        else []
    )


async def take_in(
    session: Session,
    shop: Shop,
    chain: Chain,
    checkout: Checkout,
    found: Sequence[tuple[Transfer, int]],
    head: int,
) -> list[Deposit]:
    """Write down transfers to a held checkout just read off the chain, and credit what is deep.

    Each comes with the time of its block.

    Returns: the deposits of the checkout.
    """
    for transfer, block_at in found:
        await see(session, chain, checkout, transfer, block_at)
    read = {key_of(chain, transfer) for transfer, _ in found}
    due = due_of(await of_checkout(session, checkout.id), chain, head)
    blocks = {natural_key(row): row.block_hash for row in due if natural_key(row) in read}
    await credit(session, shop, checkout, blocks)
    return await judged(session, chain, checkout)


async def on_chain(chain: Chain, rows: Sequence[Deposit]) -> set[str]:
    """Read transactions again; return which deposits are in a block, the one we know if seen.

    Raises:
        PaymentProviderError: the chain cannot be read.
    """
    receipts = await chain.rpc.receipts([row.transaction for row in rows])
    found = set()
    for row, receipt in zip(rows, receipts, strict=True):
        there = [] if receipt is None else transfers(receipt, chain.network.usdc)
        if any(
            (each.position, each.amount) == (row.position, row.amount_microusd)
            and (row.state == DepositState.LOST or each.block_hash == row.block_hash)
            for each in there
        ):
            found.add(natural_key(row))
    return found


async def credit(
    session: Session, shop: Shop, checkout: Checkout, blocks: Mapping[str, str]
) -> None:
    """Credit the deposits of a held checkout that still are in these blocks, as they came.

    The bonus comes with what fills the price, in blocks no later than the end of the checkout.
    """
    rows = await of_checkout(session, checkout.id)
    due = [
        row
        for row in rows
        if row.state == DepositState.SEEN and blocks.get(natural_key(row)) == row.block_hash
    ]
    if not due:
        return
    bought = {each.natural_key: each for each in await hold_purchases(session, checkout.id)}
    for row in due:
        known = bought.get(natural_key(row))
        row.state = DepositState.CREDITED
        if known is not None:  # the chain had undone it
            await restore_purchase(session, shop, known)
            continue
        fills = is_due(checkout, rows) and not any(
            each.has_bonus for each in await holders_of(session, checkout)
        )
        await record(
            session,
            shop,
            checkout,
            Arrived(
                natural_key=natural_key(row),
                paid_microusd=row.amount_microusd,
                email=checkout.email,
                payer=row.sender,
                credit_microusd=row.amount_microusd,
                bonus_microusd=checkout.bonus_microusd if fills else 0,
            ),
        )
    await settle_bonus(session, shop, checkout, rows)


async def reverse(session: Session, shop: Shop, checkout: Checkout, gone: set[str]) -> None:
    """Take back the credit of deposits whose blocks are no more."""
    rows = await of_checkout(session, checkout.id)
    lost = [row for row in rows if row.state == DepositState.LOST and natural_key(row) in gone]
    if not lost:
        return
    bought = {each.natural_key: each for each in await hold_purchases(session, checkout.id)}
    for row in lost:
        row.state = DepositState.REVERSED
        await reverse_purchase(session, shop, bought[natural_key(row)])
    await settle_bonus(session, shop, checkout, rows)
