"""Claims of what was paid in USDC: what the chain shows of a checkout, settled where it can be."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from gateway.kit.database import Session
from gateway.kit.errors import NotFound
from gateway.kit.money import both
from gateway.kit.operation import Caller
from gateway.ledger.balances import Balance
from gateway.payments import checkouts, purchases
from gateway.payments.errors import ChainUnreadError, PaymentProviderError
from gateway.payments.onchain import cursor
from gateway.payments.onchain.chain import Chain
from gateway.payments.onchain.crediting import PROVIDER, depth, held, of_checkout, see, settle
from gateway.payments.onchain.tables import Deposit, DepositAddress
from gateway.payments.reversals import UNDONE_BY_CHAIN
from gateway.payments.shop import Shop
from gateway.payments.states import UNSETTLED_CHECKOUTS, CheckoutState, ReversalState
from gateway.payments.tables import Checkout, Purchase, Reversal
from gateway.payments.usdc.rpc import Transfer, transfers
from gateway.payments.usdc.schemas import ClaimCrypto, CryptoClaimed, DepositShown
from gateway.payments.usdc.states import DepositState

WAITING = {*UNSETTLED_CHECKOUTS, CheckoutState.SEEN}
RETRY_SECONDS = 4
BEHIND_BLOCKS = 150  # five minutes on Base: what was paid since then is not known here
UNMINED = "If it was just sent, try again in a few seconds. Otherwise check its hash and network."
OTHERS = "Only USDC counts, on the network and to the address of a checkout of this account."


@dataclass(frozen=True, slots=True)
class Found:
    """A checkout, its deposits, the purchases they became, and the newest block of the chain.

    `undone` is what the chain took back of the purchases.
    """

    checkout: Checkout
    deposits: Sequence[Deposit]
    purchases: Sequence[Purchase]
    undone: Sequence[Reversal]
    head: int
    confirmations: int


async def settled(shop: Shop, caller: Caller, wanted: ClaimCrypto) -> Found:
    """Return the caller's checkout after crediting what is deep enough.

    Raises:
        NotFound: the account has no such checkout, or the transaction paid none.
        ChainUnreadError, PaymentMethodUnavailable: the chain cannot be read, or was not.
    """
    chain = shop.at(Chain, caller.book)
    try:
        checkout_id = wanted.checkout_id or await looked_up(shop, chain, caller, wanted)
        async with shop.database.read() as snapshot:
            row = await checkouts.own(snapshot, caller, checkout_id=checkout_id, provider=PROVIDER)
            read = await cursor.next_block(snapshot, chain) - 1
        head = read if row.state == CheckoutState.CREDITED else (await chain.rpc.head()).number
        if wanted.checkout_id is not None and head - read > BEHIND_BLOCKS:
            raise ChainUnreadError
        await settle(shop, chain, row.id, head)
    except PaymentProviderError as error:
        raise ChainUnreadError from error
    return await settled_now(shop, chain, row.id, head)


async def settled_now(shop: Shop, chain: Chain, checkout_id: str, head: int) -> Found:
    """Return a checkout and all that belongs to it as of one moment: while it is held."""
    async with shop.database.write() as session:
        checkout = (await held(session, [checkout_id]))[checkout_id]
        return Found(
            checkout,
            await of_checkout(session, checkout_id),
            await purchases.of_checkout(session, checkout_id),
            await undone_of(session, checkout_id),
            head,
            chain.confirmations,
        )


async def undone_of(session: Session, checkout_id: str) -> Sequence[Reversal]:
    """Return what the chain took back of a checkout and has not brought back."""
    rows = await session.scalars(
        select(Reversal)
        .join(Purchase, Purchase.id == Reversal.purchase_id)
        .where(
            Purchase.checkout_id == checkout_id,
            Reversal.kind == UNDONE_BY_CHAIN,
            Reversal.state == ReversalState.TAKEN,
        )
    )
    return rows.all()


async def looked_up(shop: Shop, chain: Chain, caller: Caller, wanted: ClaimCrypto) -> str:
    """Write down what a transaction paid to the caller's checkouts; return the first of these.

    Raises:
        NotFound: it paid none.
        PaymentProviderError: the chain cannot be read.
    """
    (receipt,) = await chain.rpc.receipts([wanted.transaction or ""])
    if receipt is None:
        raise NotFound("This transaction is in no block yet.", hint=UNMINED)
    if not receipt.status:
        raise NotFound("This transaction failed: it has transferred nothing.", hint=OTHERS)
    paid = transfers(receipt, chain.network.usdc)
    ours = await own_addresses(shop, chain, caller, paid)
    mine = [each for each in paid if each.receiver in ours]
    if not mine:
        raise NotFound("This transaction paid none of your checkouts.", hint=OTHERS)
    (block,) = await chain.rpc.blocks([mine[0].block_number])
    if block is None or block.hash != mine[0].block_hash:
        raise NotFound("The block of this transaction was replaced.", hint=UNMINED)
    async with shop.database.write() as session:
        rows = await held(session, ours.values())
        for each in mine:
            checkout = rows[ours[each.receiver]]
            await see(session, chain, checkout, each, block.timestamp * 1_000_000)
    return ours[mine[0].receiver]


async def own_addresses(
    shop: Shop, chain: Chain, caller: Caller, paid: Sequence[Transfer]
) -> dict[str, str]:
    """Return which receivers are checkouts of the caller."""
    receivers = {each.receiver for each in paid}
    async with shop.database.read() as snapshot:
        rows = await snapshot.execute(
            select(DepositAddress.address, DepositAddress.checkout_id)
            .join(Checkout, Checkout.id == DepositAddress.checkout_id)
            .where(
                DepositAddress.chain_id == chain.network.chain_id,
                DepositAddress.address.in_(receivers),
                Checkout.account_id == caller.account_id,
                Checkout.book == caller.book,
            )
        )
        return {address: checkout_id for address, checkout_id in rows}  # noqa: C416 - rows are tuples


def shown(found: Found, balance: Balance) -> CryptoClaimed:
    """Return what became of a checkout on the wire; a `retry_after_seconds` means: not final."""
    row = found.checkout
    alive = [
        each for each in found.deposits if each.state in {DepositState.SEEN, DepositState.CREDITED}
    ]
    received = sum(each.amount_microusd for each in alive)
    credited = sum(each.credit_microusd for each in found.purchases)
    credited -= sum(each.credit_taken_microusd for each in found.undone)
    bonus = sum(each.bonus_microusd for each in found.purchases)
    bonus -= sum(each.bonus_taken_microusd for each in found.undone)
    total = balance.available_microusd + balance.held_microusd
    return CryptoClaimed(
        checkout_id=row.id,
        state=CheckoutState.OPEN if row.state is CheckoutState.CREATING else row.state,
        confirmations=min((depth(each, found.head) for each in alive), default=0),
        confirmations_required=found.confirmations,
        **both("received", received),
        **both("credited", credited),
        **both("bonus", bonus),
        **both("balance", total),
        deposits=[deposit_shown(each, found.head) for each in found.deposits],
        retry_after_seconds=RETRY_SECONDS if row.state in WAITING else None,
    )


def deposit_shown(row: Deposit, head: int) -> DepositShown:
    """Return a deposit on the wire."""
    return DepositShown(
        transaction=row.transaction,
        **both("amount", row.amount_microusd),
        confirmations=depth(row, head),
        state=DepositState.ORPHANED if row.state is DepositState.LOST else row.state,
    )
