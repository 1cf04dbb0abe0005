"""The rescan of an address: an operator looks for deposits that the watcher did not see."""

from typing import TypedDict

from sqlalchemy import select

from gateway.kit import audit_log
from gateway.kit.audit_log import Actor
from gateway.kit.clock import HOUR, SECOND
from gateway.kit.money import render_usd
from gateway.kit.rehearsal import DryRun, DryRunFields
from gateway.payments.checkouts import by_id
from gateway.payments.onchain.chain import Chain
from gateway.payments.onchain.crediting import held, of_checkout, take_in
from gateway.payments.onchain.tables import DepositAddress
from gateway.payments.shop import Shop
from gateway.payments.tables import Checkout
from gateway.payments.usdc.history import block_time, first_since, paid_to
from gateway.payments.usdc.rpc import transfers


class FoundDeposit(TypedDict):
    """A deposit in the answer of a rescan."""

    transaction: str
    amountUsd: str
    state: str


class RescanAnswer(DryRunFields, TypedDict):
    """The answer of a rescan: the checkout of the address, and its deposits."""

    checkoutId: str
    changed: bool
    state: str
    deposits: list[FoundDeposit]


async def rescan(
    shop: Shop, actor: Actor, book: str, address: str, reason: str, *, dry_run: bool = False
) -> RescanAnswer:
    """Read all payments to an address since its checkout, and credit those deep enough.

    Deposits that are not deep yet are recorded, and the watcher credits them later.

    Raises:
        LookupError: no checkout has this address.
        PaymentMethodUnavailable, PaymentProviderError: the chain cannot be read.
    """
    chain = shop.at(Chain, book)
    checkout = await checkout_of(shop, chain, address)
    head = await chain.rpc.head()
    first = await first_since(chain.rpc, (checkout.created_at - HOUR) // SECOND, head)
    token, timed_transfers = chain.network.usdc, []
    async for receipt in paid_to(chain.rpc, token, [address], first, head.number):
        paid = [each for each in transfers(receipt, token) if each.receiver == address.lower()]
        timed_transfers += [(each, await block_time(chain.rpc, each)) for each in paid]
    async with shop.database.write() as session:
        rehearsal = DryRun(session)
        held_checkout = (await held(session, [checkout.id]))[checkout.id]
        before = [
            (row.transaction, row.state) for row in await of_checkout(session, held_checkout.id)
        ]
        rows = await take_in(session, shop, chain, held_checkout, timed_transfers, head.number)
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


async def checkout_of(shop: Shop, chain: Chain, address: str) -> Checkout:
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
        return await by_id(snapshot, checkout_id)
