"""The rescan of an address: an operator looks for deposits that the watcher did not see."""

from typing import TypedDict

from sqlalchemy import select

from gateway.kit import audit_log
from gateway.kit.audit_log import Actor
from gateway.kit.clock import HOUR, SECOND
from gateway.kit.database.dry_run import DryRun, DryRunFields
from gateway.kit.money import render_usd
from gateway.payments.checkouts.checkout_rows import get_checkout
from gateway.payments.onchain.chain import Chain
from gateway.payments.onchain.deposits import (
    list_deposits,
    lock_checkouts,
    record_and_credit_transfers,
)
from gateway.payments.onchain.tables import DepositAddress
from gateway.payments.shop import Shop
from gateway.payments.tables import Checkout
from gateway.payments.usdc.chain_history import (
    fetch_block_time,
    fetch_paying_receipts,
    find_first_block_since,
)
from gateway.payments.usdc.rpc import read_transfers


class RescannedDeposit(TypedDict):
    """A deposit in the answer of a rescan."""

    transaction: str
    amountUsd: str
    state: str


class RescanAnswer(DryRunFields, TypedDict):
    """The answer of a rescan: the checkout of the address, and its deposits."""

    checkoutId: str
    changed: bool
    state: str
    deposits: list[RescannedDeposit]


async def rescan_address(
    shop: Shop, actor: Actor, book: str, address: str, reason: str, *, dry_run: bool = False
) -> RescanAnswer:
    """Read all payments to an address since its checkout, and credit those deep enough.

    Deposits that are not deep yet are recorded, and the watcher credits them later.

    Raises:
        LookupError: no checkout has this address.
        PaymentMethodUnavailable, PaymentProviderError: the chain cannot be read.
    """
    chain = shop.get_provider(Chain, book)
    checkout = await get_checkout_of_address(shop, chain, address)
    head = await chain.rpc.fetch_head()
    first = await find_first_block_since(chain.rpc, (checkout.created_at - HOUR) // SECOND, head)
    token, timed_transfers = chain.network.usdc, []
    async for receipt in fetch_paying_receipts(chain.rpc, token, [address], first, head.number):
        paid = [each for each in read_transfers(receipt, token) if each.receiver == address.lower()]
        timed_transfers += [(each, await fetch_block_time(chain.rpc, each)) for each in paid]
    async with shop.database.write() as session:
        rehearsal = DryRun(session)
        held_checkout = (await lock_checkouts(session, [checkout.id]))[checkout.id]
        before = [
            (row.transaction, row.state) for row in await list_deposits(session, held_checkout.id)
        ]
        rows = await record_and_credit_transfers(
            session, shop, chain, held_checkout, timed_transfers, head.number
        )
        changed = before != [(row.transaction, row.state) for row in rows]
        answer: RescanAnswer = {
            "checkoutId": held_checkout.id,
            "changed": changed,
            "state": held_checkout.state,
            "deposits": [
                {"transaction": row.transaction, "amountUsd": render_usd(row.amount_microusd),
                 "state": row.state}
                for row in rows
            ],
        }  # fmt: skip
        if changed:
            after = {**answer, "reason": reason}
            await audit_log.record(session, actor, "crypto.rescan", address.lower(), after=after)
        if not dry_run:
            return answer
        return {**answer, "dryRun": True, "rows": await rehearsal.undo()}


async def get_checkout_of_address(shop: Shop, chain: Chain, address: str) -> Checkout:
    """Return the checkout that an address belongs to.

    Raises:
        LookupError: it belongs to none.
    """
    async with shop.database.read() as snapshot:
        checkout_id = await snapshot.scalar(
            select(DepositAddress.checkout_id).where(
                DepositAddress.chain_id == chain.network.chain_id,
                DepositAddress.address == address.lower(),
            )
        )
        if checkout_id is None:
            raise LookupError(f"{address} belongs to no checkout")
        return await get_checkout(snapshot, checkout_id)
