"""Outcomes of x402 payments: the chain says, by payer and nonce, and the books follow."""

import logging
from collections.abc import Sequence

from sqlalchemy import select

from gateway.kit.database import Session
from gateway.payments.purchases import Arrived, record
from gateway.payments.purchases import paid_by as purchase_of
from gateway.payments.shop import Shop
from gateway.payments.states import CheckoutState
from gateway.payments.tables import Checkout
from gateway.payments.usdc.rpc import Authorized, Block, Receipt, authorized
from gateway.payments.vanished import restore_purchase, reverse_purchase
from gateway.payments.x402.client import X402
from gateway.payments.x402.states import X402State
from gateway.payments.x402.tables import X402Payment

PROVIDER = "x402"
OPEN = (X402State.PENDING, X402State.LOST)
SECONDS_PER_BLOCK, CANCELED_SECONDS = 2, 3_600
log = logging.getLogger("gateway.payments")


async def reconcile(shop: Shop, at: X402, row: X402Payment) -> bool:
    """Look on the chain whether a payment went through, and credit it; however often, only once.

    Returns: whether its end is still open.

    Raises:
        PaymentProviderError: the chain cannot be read.
    """
    head = await at.rpc.head()
    used = await at.rpc.spending(at.network.usdc, row.payer, row.nonce, row.from_block, head.number)
    receipts = await at.rpc.receipts(sorted(used))
    if used:
        gone = elsewhere(receipts, head.number - at.confirmations)
    else:
        gone = await is_too_late(at, row, head)
    async with shop.database.write() as session:
        checkout = await session.scalar(
            select(Checkout).where(Checkout.id == row.checkout_id).with_for_update()
        )
        ours = await session.get(X402Payment, row.checkout_id, populate_existing=True)
        if checkout is None or ours is None or ours.state not in OPEN:
            return False
        found = paid_by(at, row.natural_key, checkout.price_microusd, receipts)
        if found is not None:
            await credit(session, shop, checkout, ours, found)
        elif gone:
            await give_up(session, shop, checkout, ours)
        return ours.state in OPEN


async def is_too_late(at: X402, row: X402Payment, head: Block) -> bool:
    """Return True if an authorization that no event says was used can come no more.

    The contract has the last word: a node may have the block, and not yet its events. If it says
    that the authorization was used, and there is no event for an hour, it was canceled.

    Raises:
        PaymentProviderError: the chain cannot be read.
    """
    over_for = head.timestamp - row.valid_before
    if over_for <= at.confirmations * SECONDS_PER_BLOCK:
        return False
    used = await at.rpc.authorization_used(at.network.usdc, row.payer, row.nonce)
    return not used or over_for > CANCELED_SECONDS


def to_us(at: X402, receipt: Receipt) -> dict[str, Authorized]:
    """Return the payments to us of one transaction, by their natural key.

    What else a transaction moves pays for nothing: it may use many authorizations.
    """
    return {
        at.natural_key(each.payer, each.nonce): each
        for each in authorized(receipt, at.network.usdc)
        if each.transfer.receiver == at.pay_to.lower()
    }


def paid_by(
    at: X402, natural_key: str, price_microusd: int, receipts: Sequence[Receipt | None]
) -> Receipt | None:
    """Return the transaction by which an authorization paid us the price, None if none did."""
    for receipt in filter(None, receipts):
        payment = to_us(at, receipt).get(natural_key)
        if payment is not None and payment.transfer.amount == price_microusd:
            return receipt
    return None


def elsewhere(receipts: Sequence[Receipt | None], deep: int) -> bool:
    """Return True if an authorization was used for good: by transactions in deep blocks."""
    return all(each is not None and each.block_number <= deep for each in receipts)


async def credit(
    session: Session, shop: Shop, checkout: Checkout, row: X402Payment, receipt: Receipt
) -> None:
    """Credit a payment that is in a block; one that the chain had undone is credited again."""
    row.state, row.transaction = X402State.CREDITED, receipt.transaction
    row.block_number = receipt.block_number
    known = await purchase_of(session, row.book, PROVIDER, row.natural_key)
    if known is not None:
        checkout.state = CheckoutState.CREDITED
        await restore_purchase(session, shop, known)
        return
    arrived = Arrived(
        natural_key=row.natural_key,
        paid_microusd=checkout.price_microusd,
        email=checkout.email,
        payer=row.payer,
        purchase_id=row.purchase_id,
    )
    await record(session, shop, checkout, arrived)


async def give_up(session: Session, shop: Shop, checkout: Checkout, row: X402Payment) -> None:
    """End a payment that can come no more, and take back what was credited of it."""
    known = await purchase_of(session, row.book, PROVIDER, row.natural_key)
    row.state = X402State.FAILED if known is None else X402State.REVERSED
    checkout.state = CheckoutState.FAILED
    if known is not None:
        await reverse_purchase(session, shop, known)
