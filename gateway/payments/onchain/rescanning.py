"""Looking for deposits to an address that is no longer watched."""

from typing import TypedDict

from sqlalchemy import select

from gateway.kit import audit_log
from gateway.kit.audit_log import Actor
from gateway.kit.clock import HOUR, SECOND
from gateway.kit.money import usd
from gateway.kit.rehearsal import DryRunFields, Rehearsal
from gateway.payments.checkouts import by_id
from gateway.payments.onchain.chain import Chain
from gateway.payments.onchain.crediting import held, of_checkout, take_in
from gateway.payments.onchain.tables import DepositAddress
from gateway.payments.shop import Shop
from gateway.payments.tables import Checkout
from gateway.payments.usdc.history import block_time, first_since, paid_to
from gateway.payments.usdc.rpc import transfers


class FoundDeposit(TypedDict):
    """A deposit as the answer of a rescan names it."""

    transaction: str
    amountUsd: str
    state: str


class RescanAnswer(DryRunFields, TypedDict):
    """The checkout of a rescanned address and its deposits."""

    checkoutId: str
    changed: bool
    state: str
    deposits: list[FoundDeposit]


async def rescan(
    shop: Shop, actor: Actor, book: str, address: str, reason: str, *, dry_run: bool = False
) -> RescanAnswer:
    """Read all that was paid to an address since its checkout, and credit what is deep enough.

    What is not deep yet is credited by the watcher, as any deposit that was seen.

    Raises:
        LookupError: no checkout has this address.
        PaymentMethodUnavailable, PaymentProviderError: the chain cannot be read.
    """
    chain = shop.at(Chain, book)
    checkout = await checkout_of(shop, chain, address)
    head = await chain.rpc.head()
    first = await first_since(chain.rpc, (checkout.created_at - HOUR) // SECOND, head)
    token, found = chain.network.usdc, []
    async for receipt in paid_to(chain.rpc, token, [address], first, head.number):
        paid = [each for each in transfers(receipt, token) if each.receiver == address.lower()]
        found += [(each, await block_time(chain.rpc, each)) for each in paid]
    async with shop.database.write() as session:
        rehearsal = Rehearsal(session)
        ours = (await held(session, [checkout.id]))[checkout.id]
        before = [(row.transaction, row.state) for row in await of_checkout(session, ours.id)]
        rows = await take_in(session, shop, chain, ours, found, head.number)
        changed = before != [(row.transaction, row.state) for row in rows]
        shown: RescanAnswer = {
            "checkoutId": ours.id,
            "changed": changed,
            "state": ours.state,
            "deposits": [
                {"transaction": row.transaction, "amountUsd": usd(row.amount_microusd),
                 "state": row.state}
                for row in rows
            ],
        }  # fmt: skip
        if changed:
            after = {**shown, "reason": reason}
            await audit_log.record(session, actor, "crypto.rescan", address.lower(), after=after)
        if not dry_run:
            return shown
        return {**shown, "dryRun": True, "rows": await rehearsal.undo()}


async def checkout_of(shop: Shop, chain: Chain, address: str) -> Checkout:
    """Return the checkout that an address was given to.

    Raises:
        LookupError: there is none.
    """
    async with shop.database.read() as snapshot:
        found = await snapshot.scalar(
            select(DepositAddress.checkout_id).where(
                DepositAddress.chain_id == chain.network.chain_id,
                DepositAddress.address == address.lower(),
            )
        )
        if found is None:
            raise LookupError(f"{address} belongs to no checkout")
        return await by_id(snapshot, found)
