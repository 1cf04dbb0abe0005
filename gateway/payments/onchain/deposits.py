"""Deposits of USDC: recorded, credited when deep enough, reversed if the chain undoes them.

The problem: a chain may replace its last blocks, so a transfer can vanish, or appear in another
block, before or after it was credited. The watcher, claims and operators all come here at once.

The way: a deposit is known by its transaction and the position of its event, which stay the same in
another block. It is credited when enough blocks are on top of it, and read from the chain once more
before that. If its block is replaced it is `orphaned` or, once credited, `lost`. A lost one is
looked up again: if it is in no block, it is `reversed` and its credit is taken back.

Invariants: who changes deposits holds the row of their checkout. To move money it then locks all
purchases of the checkout, then ledger accounts; the counters of receipts and invoices come after
all of them, for `document_purchases` runs once and last. No lock is held while the chain is read:
blocks are compared again under the lock, so what changed meanwhile is left for the next round.
"""

import logging
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select

from gateway.kit import faults
from gateway.kit.database.sessions import Session, Snapshot
from gateway.payments.onchain import chain_cursor
from gateway.payments.onchain.bonus import is_bonus_due, lock_reversible_purchases, settle_bonus
from gateway.payments.onchain.chain import Chain
from gateway.payments.onchain.tables import Deposit
from gateway.payments.packages import CENT_MICROUSD
from gateway.payments.purchases.purchase_credit import (
    ReceivedPayment,
    credit_payment,
    document_purchase,
    lock_purchases,
)
from gateway.payments.refunds.chain_reversals import restore_purchase, reverse_purchase
from gateway.payments.refunds.reversals import correct_invoice
from gateway.payments.shop import Shop
from gateway.payments.states import CheckoutState
from gateway.payments.tables import Checkout
from gateway.payments.usdc.rpc import Transfer, read_transfers
from gateway.payments.usdc.states import DepositState

PROVIDER = "onchain"
MIN_CREDITED_MICROUSD = 10 * CENT_MICROUSD
STATES_WHEN_BACK = {
    DepositState.ORPHANED: DepositState.SEEN,
    DepositState.LOST: DepositState.CREDITED,
    DepositState.REVERSED: DepositState.SEEN,
}
log = logging.getLogger("gateway.payments")


def build_deposit_key(row: Deposit) -> str:
    """Build the natural key of a deposit; it stays the same in another block."""
    return f"evm:{row.chain_id}:{row.transaction}:{row.position}"


def build_transfer_key(chain: Chain, transfer: Transfer) -> str:
    """Build the natural key of the deposit that a transfer makes."""
    return f"evm:{chain.network.chain_id}:{transfer.transaction}:{transfer.position}"


def count_confirmations(row: Deposit, head_number: int) -> int:
    """Count the confirmations of a deposit, its own block included; `head_number` is the newest."""
    return (
        max(0, head_number - row.block_number + 1)
        if row.state in {DepositState.SEEN, DepositState.CREDITED}
        else 0
    )


def sum_deposits(rows: Sequence[Deposit], *states: DepositState) -> int:
    """Return the sum of the deposits in any of these states, in micro-USD."""
    return sum(row.amount_microusd for row in rows if row.state in states)


def derive_checkout_state(
    checkout: Checkout, rows: Sequence[Deposit], newest_block_at: int
) -> CheckoutState:
    """Derive the state of a checkout from its deposits: pure.

    A checkout expires when a block after its expiry was read, not by our clock: a payment in time
    may be in a block that was not read yet. `newest_block_at` is the time of the newest block read.
    """
    credited = sum_deposits(rows, DepositState.CREDITED)
    waiting = sum_deposits(rows, DepositState.SEEN, DepositState.LOST)
    if credited >= checkout.price_microusd:
        return CheckoutState.CREDITED
    if newest_block_at <= checkout.expires_at:
        return CheckoutState.SEEN if credited or waiting else CheckoutState.OPEN
    if waiting and credited + waiting >= MIN_CREDITED_MICROUSD:
        return CheckoutState.SEEN
    return CheckoutState.UNDERPAID if credited or waiting else CheckoutState.EXPIRED


async def lock_checkouts(session: Session, checkout_ids: Collection[str]) -> dict[str, Checkout]:
    """Lock checkouts in the order of their ids, so that twins cannot wait for each other."""
    checkouts = await session.scalars(
        select(Checkout)
        .where(Checkout.id.in_(sorted(checkout_ids)))
        .order_by(Checkout.id)
        .with_for_update()
    )
    return {row.id: row for row in checkouts}


async def list_deposits(session: Session | Snapshot, checkout_id: str) -> list[Deposit]:
    """List the deposits of a checkout, in the order of the chain."""
    deposits = await session.scalars(
        select(Deposit)
        .where(Deposit.checkout_id == checkout_id)
        .order_by(Deposit.block_number, Deposit.transaction, Deposit.position)
    )
    return list(deposits)


async def update_checkout_state(
    session: Session, chain: Chain, checkout: Checkout
) -> list[Deposit]:
    """Update the state of a locked checkout from its deposits; return them."""
    rows = await list_deposits(session, checkout.id)
    checkout.state = derive_checkout_state(
        checkout, rows, await chain_cursor.get_newest_block_at(session, chain)
    )
    return rows


async def record_transfer(
    session: Session, chain: Chain, checkout: Checkout, transfer: Transfer, block_at: int
) -> None:
    """Record a transfer to the address of a locked checkout, in the block where it is now."""
    primary_key = (chain.network.chain_id, transfer.transaction, transfer.position)
    row = await session.get(Deposit, primary_key)
    if row is None:
        row = Deposit(
            chain_id=primary_key[0],
            transaction=transfer.transaction,
            position=transfer.position,
            checkout_id=checkout.id,
            sender=transfer.sender,
            amount_microusd=transfer.amount,
            block_number=transfer.block_number,
            block_hash=transfer.block_hash,
            block_at=block_at,
            state=DepositState.SEEN,
        )
        session.add(row)
    elif row.amount_microusd != transfer.amount:
        log.error("deposit %s is another amount, and needs a person", build_deposit_key(row))
    else:
        row.block_number, row.block_hash = transfer.block_number, transfer.block_hash
        row.block_at = block_at
        row.state = STATES_WHEN_BACK.get(row.state, row.state)
    await session.flush()


async def settle_deposits(shop: Shop, chain: Chain, checkout_id: str, head_number: int) -> None:
    """Credit the deposits that are deep enough, and reverse those that are gone for good.

    Raises:
        PaymentProviderError: the chain cannot be read; nothing changed.
    """
    # Which deposits are due is read without a lock, then the chain is asked, then the checkout is
    # locked. `credit_deposits` and `reverse_deposits` take only deposits that are still in the
    # state and the block that the chain was asked about.
    async with shop.database.read() as snapshot:
        rows = await list_deposits(snapshot, checkout_id)
    due = list_due_deposits(rows, chain, head_number)
    lost = [
        row
        for row in rows
        if row.state == DepositState.LOST and is_deep_enough(row, chain, head_number)
    ]
    keys_on_chain = await find_keys_on_chain(chain, [*due, *lost])
    async with shop.database.write() as session:
        checkout = (await lock_checkouts(session, [checkout_id]))[checkout_id]
        blocks = {
            build_deposit_key(row): row.block_hash
            for row in due
            if build_deposit_key(row) in keys_on_chain
        }
        await credit_deposits(session, shop, checkout, blocks)
        await reverse_deposits(
            session, shop, checkout, {build_deposit_key(row) for row in lost} - keys_on_chain
        )
        if blocks or lost:
            await document_purchases(session, shop, checkout)
        await update_checkout_state(session, chain, checkout)
        await faults.reach("deposit.in_transaction")
    await faults.reach("deposit.committed")


def is_deep_enough(row: Deposit, chain: Chain, head_number: int) -> bool:
    """Return True if a deposit has enough confirmations when `head_number` is the newest block."""
    return row.block_number + chain.confirmations - 1 <= head_number


def list_due_deposits(rows: Sequence[Deposit], chain: Chain, head_number: int) -> list[Deposit]:
    """List the deposits to credit now: seen, deep enough, and not below the least sum."""
    due = [
        row
        for row in rows
        if row.state == DepositState.SEEN and is_deep_enough(row, chain, head_number)
    ]
    return (
        due
        if sum_deposits(rows, DepositState.CREDITED) + sum_deposits(due, DepositState.SEEN)
        >= MIN_CREDITED_MICROUSD
        else []
    )


async def record_and_credit_transfers(
    session: Session,
    shop: Shop,
    chain: Chain,
    checkout: Checkout,
    timed_transfers: Sequence[tuple[Transfer, int]],
    head_number: int,
) -> list[Deposit]:
    """Record transfers just read from the chain to a locked checkout; credit those deep enough.

    Each transfer comes with the time of its block, in microseconds.

    Returns: the deposits of the checkout.
    """
    for transfer, block_at in timed_transfers:
        await record_transfer(session, chain, checkout, transfer, block_at)
    read_keys = {build_transfer_key(chain, transfer) for transfer, _ in timed_transfers}
    due = list_due_deposits(await list_deposits(session, checkout.id), chain, head_number)
    blocks = {
        build_deposit_key(row): row.block_hash for row in due if build_deposit_key(row) in read_keys
    }
    await credit_deposits(session, shop, checkout, blocks)
    if blocks:
        await document_purchases(session, shop, checkout)
    return await update_checkout_state(session, chain, checkout)


async def find_keys_on_chain(chain: Chain, rows: Sequence[Deposit]) -> set[str]:
    """Read the transactions of deposits from the chain; return the keys of those in a block.

    Raises:
        PaymentProviderError: the chain cannot be read.
    """
    # A `seen` deposit must be in the block that we recorded, for its depth is counted from there.
    # A `lost` one was credited, so any block will do.
    receipts = await chain.rpc.fetch_receipts([row.transaction for row in rows])
    keys = set()
    for row, receipt in zip(rows, receipts, strict=True):
        paid = [] if receipt is None else read_transfers(receipt, chain.network.usdc)
        if any(
            (each.position, each.amount) == (row.position, row.amount_microusd)
            and (row.state == DepositState.LOST or each.block_hash == row.block_hash)
            for each in paid
        ):
            keys.add(build_deposit_key(row))
    return keys


async def credit_deposits(
    session: Session, shop: Shop, checkout: Checkout, blocks: Mapping[str, str]
) -> None:
    """Credit the deposits of a locked checkout that still are in these blocks, by natural key.

    The deposit that fills the price, in a block before the expiry, brings the bonus.
    """
    rows = await list_deposits(session, checkout.id)
    due = [
        row
        for row in rows
        if row.state == DepositState.SEEN and blocks.get(build_deposit_key(row)) == row.block_hash
    ]
    if not due:
        return
    by_key = {each.natural_key: each for each in await lock_purchases(session, checkout.id)}
    for row in due:
        purchase = by_key.get(build_deposit_key(row))
        row.state = DepositState.CREDITED
        if purchase is not None:  # it was credited before, and reversed when the chain undid it
            await restore_purchase(session, shop, purchase)
            continue
        brings_bonus = is_bonus_due(checkout, rows) and not any(
            each.has_bonus for each in await lock_reversible_purchases(session, checkout)
        )
        await credit_payment(
            session,
            shop,
            checkout,
            ReceivedPayment(
                natural_key=build_deposit_key(row),
                paid_microusd=row.amount_microusd,
                email=checkout.email,
                payer=row.sender,
                credit_microusd=row.amount_microusd,
                bonus_microusd=checkout.bonus_microusd if brings_bonus else 0,
            ),
        )
    await settle_bonus(session, shop, checkout, rows)


async def reverse_deposits(
    session: Session, shop: Shop, checkout: Checkout, gone_keys: set[str]
) -> None:
    """Take back the credit of lost deposits that are in no block any more."""
    rows = await list_deposits(session, checkout.id)
    lost = [
        row
        for row in rows
        if row.state == DepositState.LOST and build_deposit_key(row) in gone_keys
    ]
    if not lost:
        return
    by_key = {each.natural_key: each for each in await lock_purchases(session, checkout.id)}
    for row in lost:
        row.state = DepositState.REVERSED
        await reverse_purchase(session, shop, by_key[build_deposit_key(row)])
    await settle_bonus(session, shop, checkout, rows)


async def document_purchases(session: Session, shop: Shop, checkout: Checkout) -> None:
    """Write the receipts, invoices and credit notes that the purchases of a checkout lack.

    All money of the transaction has moved: every other purchase waits for the counters, and one of
    them may hold a ledger account, such as the affiliate's, that would be asked for after them.
    """
    for purchase in await lock_purchases(session, checkout.id):
        if purchase.receipt_number is None:
            await document_purchase(session, shop, purchase)
        await correct_invoice(session, shop, purchase)
