"""Outcomes of x402 payments: read from the chain by payer and nonce, then written to the books.

A facilitator may fail, lie, or answer after we gave up. So its answer never credits anything: only
a transfer on the chain does, and an authorization can be used once. A payment ends unpaid only when
no such transfer can come any more.
"""

import logging
from collections.abc import Sequence

from sqlalchemy import select

from gateway.kit.database.sessions import Session
from gateway.payments.purchases.purchase_credit import (
    ReceivedPayment,
    credit_purchase,
    lock_purchase_of_payment,
)
from gateway.payments.refunds.chain_reversals import restore_purchase, reverse_purchase
from gateway.payments.refunds.reversals import correct_invoice
from gateway.payments.shop import Shop
from gateway.payments.states import CheckoutState
from gateway.payments.tables import Checkout
from gateway.payments.usdc.rpc import AuthorizedTransfer, Block, Receipt, read_authorized_transfers
from gateway.payments.x402.client import X402
from gateway.payments.x402.states import X402State
from gateway.payments.x402.tables import X402Payment

PROVIDER = "x402"
OPEN_STATES = (X402State.PENDING, X402State.LOST)
SECONDS_PER_BLOCK, CANCELED_AFTER_SECONDS = 2, 3_600
log = logging.getLogger("gateway.payments")


async def settle_from_chain(shop: Shop, x402: X402, row: X402Payment) -> bool:
    """Look up a payment on the chain; credit it if it went through, end it if it no longer can.

    Returns: True if its end is still open.

    Raises:
        PaymentProviderError: the chain cannot be read.
    """
    head = await x402.rpc.fetch_head()
    used = await x402.rpc.find_spending_transactions(
        x402.network.usdc, row.payer, row.nonce, row.from_block, head.number
    )
    receipts = await x402.rpc.fetch_receipts(sorted(used))
    if used:
        cannot_come = is_used_for_good(receipts, head.number - x402.confirmations)
    else:
        cannot_come = await is_unused_for_good(x402, row, head)
    # The chain was read without a lock. Under the lock of the checkout the row is read again: a
    # twin may have ended the payment meanwhile.
    async with shop.database.write() as session:
        checkout = await session.scalar(
            select(Checkout).where(Checkout.id == row.checkout_id).with_for_update()
        )
        row_now = await session.get(X402Payment, row.checkout_id, populate_existing=True)
        if checkout is None or row_now is None or row_now.state not in OPEN_STATES:
            return False
        paying_receipt = find_paying_receipt(
            x402, row.natural_key, checkout.price_microusd, receipts
        )
        if paying_receipt is not None:
            await credit_x402_payment(session, shop, checkout, row_now, paying_receipt)
        elif cannot_come:
            await end_unpaid_payment(session, shop, checkout, row_now)
        return row_now.state in OPEN_STATES


async def is_unused_for_good(x402: X402, row: X402Payment, head: Block) -> bool:
    """Return True if an authorization without an event can no longer be used.

    It has expired and enough blocks are on top. The contract has the last word, for a node may
    have a block before its events. If the contract reports the authorization as used, and no event
    shows up within an hour, the payer canceled it.

    Raises:
        PaymentProviderError: the chain cannot be read.
    """
    expired_seconds = head.timestamp - row.valid_before
    if expired_seconds <= x402.confirmations * SECONDS_PER_BLOCK:
        return False
    used = await x402.rpc.is_authorization_used(x402.network.usdc, row.payer, row.nonce)
    return not used or expired_seconds > CANCELED_AFTER_SECONDS


def read_payments_to_us(x402: X402, receipt: Receipt) -> dict[str, AuthorizedTransfer]:
    """Read the authorized transfers to us from a receipt, by their natural key.

    A transaction may use many authorizations, so each transfer counts only for its own.
    """
    return {
        x402.build_natural_key(each.payer, each.nonce): each
        for each in read_authorized_transfers(receipt, x402.network.usdc)
        if each.transfer.receiver == x402.pay_to.lower()
    }


def find_paying_receipt(
    x402: X402, natural_key: str, price_microusd: int, receipts: Sequence[Receipt | None]
) -> Receipt | None:
    """Return the receipt in which an authorization paid us the price, or None."""
    for receipt in filter(None, receipts):
        payment = read_payments_to_us(x402, receipt).get(natural_key)
        if payment is not None and payment.transfer.amount == price_microusd:
            return receipt
    return None


def is_used_for_good(receipts: Sequence[Receipt | None], deep_block: int) -> bool:
    """Return True if all transactions that used an authorization are in deep blocks."""
    return all(each is not None and each.block_number <= deep_block for each in receipts)


async def credit_x402_payment(
    session: Session, shop: Shop, checkout: Checkout, row: X402Payment, receipt: Receipt
) -> None:
    """Credit a payment that is in a block, or give its credit back if it was reversed."""
    row.state, row.transaction = X402State.CREDITED, receipt.transaction
    row.block_number = receipt.block_number
    purchase = await lock_purchase_of_payment(session, row.book, PROVIDER, row.natural_key)
    if purchase is not None:
        checkout.state = CheckoutState.CREDITED
        await restore_purchase(session, shop, purchase)
        await correct_invoice(session, shop, purchase)
        return
    received = ReceivedPayment(
        natural_key=row.natural_key,
        paid_microusd=checkout.price_microusd,
        email=checkout.email,
        payer=row.payer,
        purchase_id=row.purchase_id,
    )
    await credit_purchase(session, shop, checkout, received)


async def end_unpaid_payment(
    session: Session, shop: Shop, checkout: Checkout, row: X402Payment
) -> None:
    """End a payment that can no longer go through; reverse its purchase if it was credited."""
    purchase = await lock_purchase_of_payment(session, row.book, PROVIDER, row.natural_key)
    row.state = X402State.FAILED if purchase is None else X402State.REVERSED
    checkout.state = CheckoutState.FAILED
    if purchase is not None:
        await reverse_purchase(session, shop, purchase)
        await correct_invoice(session, shop, purchase)
