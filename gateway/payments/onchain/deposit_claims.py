"""Claims of deposits: a buyer asks for a checkout, or names the transaction that paid it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from gateway.kit.database.sessions import Session
from gateway.kit.errors import NotFound
from gateway.kit.money import to_amount_fields
from gateway.kit.operation import Caller
from gateway.ledger.reports.balances import Balance
from gateway.payments.checkouts import checkout_rows
from gateway.payments.errors import ChainUnreadableError, PaymentProviderError
from gateway.payments.onchain import chain_cursor
from gateway.payments.onchain.chain import Chain
from gateway.payments.onchain.deposits import (
    PROVIDER,
    count_confirmations,
    list_deposits,
    lock_checkouts,
    record_transfer,
    settle_deposits,
)
from gateway.payments.onchain.tables import Deposit, DepositAddress
from gateway.payments.purchases import purchase_credit
from gateway.payments.refunds.reversal_rows import CHAIN_REVERSAL_KIND
from gateway.payments.shop import Shop
from gateway.payments.states import UNSETTLED_CHECKOUTS, CheckoutState, ReversalState
from gateway.payments.tables import Checkout, Purchase, Reversal
from gateway.payments.usdc.rpc import Transfer, read_transfers
from gateway.payments.usdc.schemas import ClaimCrypto, CryptoClaimed, DepositShown
from gateway.payments.usdc.states import DepositState

WAITING_STATES = {*UNSETTLED_CHECKOUTS, CheckoutState.SEEN}
RETRY_SECONDS = 4
MAX_BEHIND_BLOCKS = 150  # five minutes on Base: a claim would not know of payments since then
UNMINED_HINT = (
    "If it was just sent, try again in a few seconds. Otherwise check its hash and network."
)
WRONG_PAYMENT_HINT = (
    "Only USDC counts, on the network and to the address of a checkout of this account."
)


@dataclass(frozen=True, slots=True)
class DepositClaim:
    """A checkout, its deposits, the purchases they became, and the newest block of the chain.

    `chain_reversals` are the chain reversals of the purchases.
    """

    checkout: Checkout
    deposits: Sequence[Deposit]
    purchases: Sequence[Purchase]
    chain_reversals: Sequence[Reversal]
    head_number: int
    confirmations: int


async def settle_deposit_claim(shop: Shop, caller: Caller, claim: ClaimCrypto) -> DepositClaim:
    """Credit the deposits of the caller's checkout that are deep enough, and return its state.

    Raises:
        NotFound: the account has no such checkout, or the transaction paid none of its checkouts.
        ChainUnreadableError: the chain cannot be read, or the watcher is five minutes behind.
        PaymentMethodUnavailable: the book does not take USDC.
    """
    chain = shop.get_provider(Chain, caller.book)
    try:
        checkout_id = claim.checkout_id or await record_transaction(shop, chain, caller, claim)
        async with shop.database.read() as snapshot:
            checkout = await checkout_rows.get_own_checkout(
                snapshot, caller, checkout_id=checkout_id, provider=PROVIDER
            )
            read_block = await chain_cursor.get_next_block(snapshot, chain) - 1
        head_number = (
            read_block
            if checkout.state == CheckoutState.CREDITED
            else (await chain.rpc.fetch_head()).number
        )
        if claim.checkout_id is not None and head_number - read_block > MAX_BEHIND_BLOCKS:
            raise ChainUnreadableError
        await settle_deposits(shop, chain, checkout.id, head_number)
    except PaymentProviderError as error:
        raise ChainUnreadableError from error
    return await load_deposit_claim(shop, chain, checkout.id, head_number)


async def load_deposit_claim(
    shop: Shop, chain: Chain, checkout_id: str, head_number: int
) -> DepositClaim:
    """Load a checkout, its deposits and purchases as of one moment."""
    # The checkout is locked while the rest is read. On PostgreSQL each statement sees another
    # moment, and an answer could show a deposit as credited without its purchase.
    async with shop.database.write() as session:
        checkout = (await lock_checkouts(session, [checkout_id]))[checkout_id]
        return DepositClaim(
            checkout,
            await list_deposits(session, checkout_id),
            await purchase_credit.list_checkout_purchases(session, checkout_id),
            await list_chain_reversals(session, checkout_id),
            head_number,
            chain.confirmations,
        )


async def list_chain_reversals(session: Session, checkout_id: str) -> Sequence[Reversal]:
    """List the chain reversals of a checkout whose credit was not given back."""
    rows = await session.scalars(
        select(Reversal)
        .join(Purchase, Purchase.id == Reversal.purchase_id)
        .where(
            Purchase.checkout_id == checkout_id,
            Reversal.kind == CHAIN_REVERSAL_KIND,
            Reversal.state == ReversalState.TAKEN,
        )
    )
    return rows.all()


async def record_transaction(shop: Shop, chain: Chain, caller: Caller, claim: ClaimCrypto) -> str:
    """Record the transfers of a transaction to the caller's checkouts.

    Returns: the id of the first checkout that it paid.

    Raises:
        NotFound: it paid none of them.
        PaymentProviderError: the chain cannot be read.
    """
    (receipt,) = await chain.rpc.fetch_receipts([claim.transaction or ""])
    if receipt is None:
        raise NotFound("This transaction is in no block yet.", hint=UNMINED_HINT)
    if not receipt.status:
        raise NotFound(
            "This transaction failed: it has transferred nothing.", hint=WRONG_PAYMENT_HINT
        )
    paid = read_transfers(receipt, chain.network.usdc)
    own_by_address = await list_own_addresses(shop, chain, caller, paid)
    own_transfers = [transfer for transfer in paid if transfer.receiver in own_by_address]
    if not own_transfers:
        raise NotFound("This transaction paid none of your checkouts.", hint=WRONG_PAYMENT_HINT)
    (block,) = await chain.rpc.fetch_blocks([own_transfers[0].block_number])
    if block is None or block.hash != own_transfers[0].block_hash:
        raise NotFound("The block of this transaction was replaced.", hint=UNMINED_HINT)
    async with shop.database.write() as session:
        checkouts_by_id = await lock_checkouts(session, own_by_address.values())
        for transfer in own_transfers:
            checkout = checkouts_by_id[own_by_address[transfer.receiver]]
            await record_transfer(session, chain, checkout, transfer, block.timestamp * 1_000_000)
    return own_by_address[own_transfers[0].receiver]


async def list_own_addresses(
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


def render_deposit_claim(claim: DepositClaim, balance: Balance) -> CryptoClaimed:
    """Render the state of a checkout; `retry_after_seconds` is set while it is not final."""
    checkout = claim.checkout
    in_blocks = [
        each for each in claim.deposits if each.state in {DepositState.SEEN, DepositState.CREDITED}
    ]
    received = sum(each.amount_microusd for each in in_blocks)
    credited = sum(each.credit_microusd for each in claim.purchases)
    credited -= sum(each.credit_taken_microusd for each in claim.chain_reversals)
    bonus = sum(each.bonus_microusd for each in claim.purchases)
    bonus -= sum(each.bonus_taken_microusd for each in claim.chain_reversals)
    total = balance.available_microusd + balance.held_microusd
    return CryptoClaimed(
        checkout_id=checkout.id,
        state=CheckoutState.OPEN if checkout.state is CheckoutState.CREATING else checkout.state,
        confirmations=min(
            (count_confirmations(each, claim.head_number) for each in in_blocks), default=0
        ),
        confirmations_required=claim.confirmations,
        **to_amount_fields("received", received),
        **to_amount_fields("credited", credited),
        **to_amount_fields("bonus", bonus),
        **to_amount_fields("balance", total),
        deposits=[render_deposit(each, claim.head_number) for each in claim.deposits],
        retry_after_seconds=RETRY_SECONDS if checkout.state in WAITING_STATES else None,
    )


def render_deposit(row: Deposit, head_number: int) -> DepositShown:
    """Render a deposit; the wire has no `lost`, so that is shown as `orphaned`."""
    return DepositShown(
        transaction=row.transaction,
        **to_amount_fields("amount", row.amount_microusd),
        confirmations=count_confirmations(row, head_number),
        state=DepositState.ORPHANED if row.state is DepositState.LOST else row.state,
    )
