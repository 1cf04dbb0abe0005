"""Claims of deposits: a buyer asks for a checkout, or names the transaction that paid it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from gateway.kit.database import Session
from gateway.kit.errors import NotFound
from gateway.kit.money import to_amount_fields
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
BEHIND_BLOCKS = 150  # five minutes on Base: a claim would not know of payments since then
UNMINED = "If it was just sent, try again in a few seconds. Otherwise check its hash and network."
OTHERS = "Only USDC counts, on the network and to the address of a checkout of this account."


@dataclass(frozen=True, slots=True)
class Found:
    """A checkout, its deposits, the purchases they became, and the newest block of the chain.

    `undone` are the chain reversals of the purchases.
    """

    checkout: Checkout
    deposits: Sequence[Deposit]
    purchases: Sequence[Purchase]
    undone: Sequence[Reversal]
    head: int
    confirmations: int


async def settled(shop: Shop, caller: Caller, wanted: ClaimCrypto) -> Found:
    """Credit the deposits of the caller's checkout that are deep enough, and return its state.

    Raises:
        NotFound: the account has no such checkout, or the transaction paid none of its checkouts.
        ChainUnreadError: the chain cannot be read, or the watcher is five minutes behind.
        PaymentMethodUnavailable: the book does not take USDC.
    """
    chain = shop.at(Chain, caller.book)
    try:
        checkout_id = wanted.checkout_id or await looked_up(shop, chain, caller, wanted)
        async with shop.database.read() as snapshot:
            checkout = await checkouts.own(
                snapshot, caller, checkout_id=checkout_id, provider=PROVIDER
            )
            read_block = await cursor.next_block(snapshot, chain) - 1
        head = (
            read_block
            if checkout.state == CheckoutState.CREDITED
            else (await chain.rpc.head()).number
        )
        if wanted.checkout_id is not None and head - read_block > BEHIND_BLOCKS:
            raise ChainUnreadError
        await settle(shop, chain, checkout.id, head)
    except PaymentProviderError as error:
        raise ChainUnreadError from error
    return await settled_now(shop, chain, checkout.id, head)


async def settled_now(shop: Shop, chain: Chain, checkout_id: str, head: int) -> Found:
    """Load a checkout, its deposits and purchases as of one moment."""
    # The checkout is locked while the rest is read. On PostgreSQL each statement sees another
    # moment, and an answer could show a deposit as credited without its purchase.
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
    """List the chain reversals of a checkout whose credit was not given back."""
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
    """Record the transfers of a transaction to the caller's checkouts.

    Returns: the id of the first checkout that it paid.

    Raises:
        NotFound: it paid none of them.
        PaymentProviderError: the chain cannot be read.
    """
    (receipt,) = await chain.rpc.receipts([wanted.transaction or ""])
    if receipt is None:
        raise NotFound("This transaction is in no block yet.", hint=UNMINED)
    if not receipt.status:
        raise NotFound("This transaction failed: it has transferred nothing.", hint=OTHERS)
    paid = transfers(receipt, chain.network.usdc)
    own_by_address = await own_addresses(shop, chain, caller, paid)
    own_transfers = [transfer for transfer in paid if transfer.receiver in own_by_address]
    if not own_transfers:
        raise NotFound("This transaction paid none of your checkouts.", hint=OTHERS)
    (block,) = await chain.rpc.blocks([own_transfers[0].block_number])
    if block is None or block.hash != own_transfers[0].block_hash:
        raise NotFound("The block of this transaction was replaced.", hint=UNMINED)
    async with shop.database.write() as session:
        checkouts_by_id = await held(session, own_by_address.values())
        for transfer in own_transfers:
            checkout = checkouts_by_id[own_by_address[transfer.receiver]]
            await see(session, chain, checkout, transfer, block.timestamp * 1_000_000)
    return own_by_address[own_transfers[0].receiver]


async def own_addresses(
    shop: Shop, chain: Chain, caller: Caller, paid: Sequence[Transfer]
) -> dict[str, str]:
    """Return the receivers that are addresses of the caller's checkouts, with the checkout ids."""
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
    """Render the state of a checkout; `retry_after_seconds` is set while it is not final."""
    checkout = found.checkout
    in_blocks = [
        each for each in found.deposits if each.state in {DepositState.SEEN, DepositState.CREDITED}
    ]
    received = sum(each.amount_microusd for each in in_blocks)
    credited = sum(each.credit_microusd for each in found.purchases)
    credited -= sum(each.credit_taken_microusd for each in found.undone)
    bonus = sum(each.bonus_microusd for each in found.purchases)
    bonus -= sum(each.bonus_taken_microusd for each in found.undone)
    total = balance.available_microusd + balance.held_microusd
    return CryptoClaimed(
        checkout_id=checkout.id,
        state=CheckoutState.OPEN if checkout.state is CheckoutState.CREATING else checkout.state,
        confirmations=min((depth(each, found.head) for each in in_blocks), default=0),
        confirmations_required=found.confirmations,
        **to_amount_fields("received", received),
        **to_amount_fields("credited", credited),
        **to_amount_fields("bonus", bonus),
        **to_amount_fields("balance", total),
        deposits=[deposit_shown(each, found.head) for each in found.deposits],
        retry_after_seconds=RETRY_SECONDS if checkout.state in WAITING else None,
    )


def deposit_shown(row: Deposit, head: int) -> DepositShown:
    """Render a deposit; the wire has no `lost`, so that is shown as `orphaned`."""
    return DepositShown(
        transaction=row.transaction,
        **to_amount_fields("amount", row.amount_microusd),
        confirmations=depth(row, head),
        state=DepositState.ORPHANED if row.state is DepositState.LOST else row.state,
    )
