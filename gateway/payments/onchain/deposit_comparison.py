"""Comparison of the books with a chain: deep deposits on one side, credited ones on the other."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import select

from gateway.kit.clock import SECOND
from gateway.payments.onchain.chain import Chain
from gateway.payments.onchain.deposits import (
    MIN_CREDITED_MICROUSD,
    build_deposit_key,
    build_transfer_key,
    find_keys_on_chain,
    list_deposits,
    lock_checkouts,
    record_and_credit_transfers,
    sum_deposits,
)
from gateway.payments.onchain.tables import Deposit, DepositAddress
from gateway.payments.reconciliation_report import (
    Difference,
    ReconciliationReport,
    build_difference,
)
from gateway.payments.shop import Shop
from gateway.payments.usdc.chain_history import (
    COMPARISON_DELAY_BLOCKS,
    fetch_block_time,
    fetch_paying_receipts,
    find_first_block_since,
)
from gateway.payments.usdc.rpc import Transfer, read_transfers
from gateway.payments.usdc.states import DepositState

CREDITED_STATES = (DepositState.CREDITED, DepositState.LOST)
TransfersByCheckout = Mapping[str, Sequence[Transfer]]


async def compare(
    shop: Shop, chain: Chain, report: ReconciliationReport, since: int, *, apply: bool
) -> None:
    """Compare the deposits of all addresses since a time; `apply` credits what is missing.

    A credited deposit that is no longer on the chain is only reported: a person decides.

    Raises:
        PaymentProviderError: the chain cannot be read.
    """
    head = await chain.rpc.fetch_head()
    first = await find_first_block_since(chain.rpc, since // SECOND, head)
    last = head.number - chain.confirmations - COMPARISON_DELAY_BLOCKS
    paid = await fetch_paid_transfers(shop, chain, first, last)
    for checkout_id, paid_transfers in paid.items():
        missing = await compare_checkout(shop, report, chain, checkout_id, paid_transfers)
        if missing and apply:
            states = await credit_missing_transfers(
                shop, chain, checkout_id, [*missing.values()], head.number
            )
            for entry in report.differences:
                if entry["id"] in states:
                    entry["outcome"] = states[entry["id"]]
    keys = {
        build_transfer_key(chain, entry)
        for paid_transfers in paid.values()
        for entry in paid_transfers
    }
    await compare_credited_deposits(shop, report, chain, (first, last), keys)


async def fetch_paid_transfers(
    shop: Shop, chain: Chain, first: int, last: int
) -> TransfersByCheckout:
    """Fetch the transfers of some blocks to each checkout, watched or not.

    Raises:
        PaymentProviderError: the chain cannot be read.
    """
    async with shop.database.read() as snapshot:
        rows = await snapshot.execute(
            select(DepositAddress.address, DepositAddress.checkout_id).where(
                DepositAddress.chain_id == chain.network.chain_id
            )
        )
        checkout_by_address = {address: checkout_id for address, checkout_id in rows}  # noqa: C416 - rows are tuples
    paid = defaultdict(list)
    async for receipt in fetch_paying_receipts(
        chain.rpc, chain.network.usdc, list(checkout_by_address), first, last
    ):
        for each in read_transfers(receipt, chain.network.usdc):
            if each.receiver in checkout_by_address:
                paid[checkout_by_address[each.receiver]].append(each)
    return paid


async def compare_checkout(
    shop: Shop,
    report: ReconciliationReport,
    chain: Chain,
    checkout_id: str,
    paid: Sequence[Transfer],
) -> dict[str, Transfer]:
    """Add the transfers to a checkout to both sums, with a line for each that was not credited.

    A checkout whose transfers are below the least sum is in neither.

    Returns: the transfers that are missing in the books, by key.
    """
    async with shop.database.read() as snapshot:
        rows = {build_deposit_key(row): row for row in await list_deposits(snapshot, checkout_id)}
    by_key = {build_transfer_key(chain, each): each for each in paid}
    booked_microusd = {
        key: row.amount_microusd for key, row in rows.items() if row.state in CREDITED_STATES
    }
    missing = {key: each for key, each in by_key.items() if key not in booked_microusd}
    known_microusd = sum(booked_microusd.values()) + sum_deposits(
        [row for key, row in rows.items() if key not in missing], DepositState.SEEN
    )
    if known_microusd + sum(each.amount for each in missing.values()) < MIN_CREDITED_MICROUSD:
        return {}
    for key, each in by_key.items():
        report.add_amounts(
            provider_microusd=each.amount, books_microusd=booked_microusd.get(key, 0)
        )
    for key, each in missing.items():
        report.differences.append(build_deposit_difference(key, checkout_id, each.amount, 0))
    return missing


async def credit_missing_transfers(
    shop: Shop, chain: Chain, checkout_id: str, missing: Sequence[Transfer], head_number: int
) -> dict[str, str]:
    """Credit missing transfers; return the state of each deposit of the checkout, by key.

    Raises:
        PaymentProviderError: the chain cannot be read; nothing was credited.
    """
    timed_transfers = [(each, await fetch_block_time(chain.rpc, each)) for each in missing]
    async with shop.database.write() as session:
        checkout = (await lock_checkouts(session, [checkout_id]))[checkout_id]
        rows = await record_and_credit_transfers(
            session, shop, chain, checkout, timed_transfers, head_number
        )
        return {build_deposit_key(row): row.state for row in rows}


async def compare_credited_deposits(
    shop: Shop, report: ReconciliationReport, chain: Chain, blocks: tuple[int, int], seen: set[str]
) -> None:
    """Add credited deposits that are no longer on the chain to the books, with a line for each."""
    async with shop.database.read() as snapshot:
        deposits = await snapshot.scalars(
            select(Deposit)
            .where(
                Deposit.chain_id == chain.network.chain_id,
                Deposit.block_number.between(*blocks),
                Deposit.state.in_(CREDITED_STATES),
            )
            .order_by(Deposit.block_number)
        )
        rows = [row for row in deposits if build_deposit_key(row) not in seen]
    keys_on_chain = await find_keys_on_chain(chain, rows)
    for row in rows:
        if build_deposit_key(row) not in keys_on_chain:
            report.add_amounts(books_microusd=row.amount_microusd)
            missing = build_deposit_difference(
                build_deposit_key(row), row.checkout_id, 0, row.amount_microusd
            )
            report.differences.append(missing)


def build_deposit_difference(key: str, checkout_id: str, there: int, booked: int) -> Difference:
    """Build the line of a deposit; amounts in micro-USD."""
    return build_difference("deposit", key, there, booked, checkoutId=checkout_id)
