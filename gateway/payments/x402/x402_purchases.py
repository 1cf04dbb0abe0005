"""Purchases by x402: one authorization becomes one credit, even if answers are lost on the way.

The row is committed before the facilitator is asked to settle. If the gateway stops after that, the
sweeper finds the row and looks up the transfer by payer and nonce, so money that moved is credited.
The natural key is unique: of two requests with one authorization, the second is refused.
"""

import logging
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, select
from sqlalchemy.exc import IntegrityError

from gateway.kit import faults
from gateway.kit.operation import Caller
from gateway.payments.checkouts import checkout_rows
from gateway.payments.checkouts.checkout_rows import CheckoutRequest
from gateway.payments.errors import PaymentMethodUnreachable, PaymentProviderError
from gateway.payments.shop import Shop
from gateway.payments.states import CheckoutState
from gateway.payments.tables import Checkout, Purchase
from gateway.payments.usdc.rpc import Block
from gateway.payments.x402.client import X402, SignedPayment
from gateway.payments.x402.errors import (
    AuthorizationAlreadyUsed,
    PaymentInProgress,
    PaymentInvalid,
    PaymentUsedByOtherAccount,
)
from gateway.payments.x402.outcomes import (
    PROVIDER,
    SECONDS_PER_BLOCK,
    find_paying_receipt,
    settle_from_chain,
)
from gateway.payments.x402.settlement import LEASE_MICROSECONDS, retry_settlement, settle_payment
from gateway.payments.x402.states import X402State
from gateway.payments.x402.tables import X402Payment

ReportedState = Literal[X402State.CREDITED, X402State.PENDING, X402State.FAILED]
REPORTED_STATES: dict[X402State, ReportedState] = {
    X402State.PENDING: X402State.PENDING,
    X402State.CREDITED: X402State.CREDITED,
    X402State.LOST: X402State.CREDITED,
    X402State.REVERSED: X402State.FAILED,
    X402State.FAILED: X402State.FAILED,
}
HEAD_MARGIN_BLOCKS = 30  # blocks: nodes behind one URL are not equally far
LOOKBACK_BLOCKS = 3_600 // SECONDS_PER_BLOCK  # an authorization is good for an hour at most
UNREADABLE_MESSAGE = "The chain cannot be read now; nothing was paid."
log = logging.getLogger("gateway.payments")


@dataclass(frozen=True, slots=True)
class PaymentRecord:
    """A payment that was recorded, its checkout, and the purchase that it became."""

    payment: X402Payment
    checkout: Checkout
    purchase: Purchase | None


async def find_own_payment(shop: Shop, caller: Caller, natural_key: str) -> PaymentRecord | None:
    """Return the recorded payment of an authorization, None if it is new.

    Raises:
        PaymentUsedByOtherAccount: it paid for another account.
    """
    record = await find_payment(shop, X402Payment.natural_key == natural_key)
    if record is None:
        return None
    checkout = record.checkout
    if (checkout.account_id, checkout.book) != (caller.account_id, caller.book):
        raise PaymentUsedByOtherAccount
    return record


async def find_payment(shop: Shop, condition: ColumnElement[bool]) -> PaymentRecord | None:
    """Return a payment with its checkout and purchase, or None."""
    # One statement, because on PostgreSQL each statement sees another moment: between two of them
    # the payment may be credited, and would be shown as pending with a purchase.
    query = (
        select(X402Payment, Checkout, Purchase)
        .join(Checkout, Checkout.id == X402Payment.checkout_id)
        .outerjoin(Purchase, Purchase.checkout_id == X402Payment.checkout_id)
        .where(condition)
    )
    async with shop.database.read() as snapshot:
        row = (await snapshot.execute(query)).one_or_none()
    return None if row is None else PaymentRecord(*row)


async def settle_new_payment(
    shop: Shop, x402: X402, caller: Caller, requested: CheckoutRequest, payment: SignedPayment
) -> PaymentRecord:
    """Carry out a new payment: verify it, record it, have it settled, and credit it.

    Raises:
        PaymentInvalid: the facilitator refuses it; nothing was paid.
        AuthorizationAlreadyUsed: it was used, but not to pay us the price.
        PaymentInProgress: another request is settling the same payment.
        PaymentMethodUnreachable, AccountFrozen: nothing was paid.
    """
    head = await fetch_head_block(x402)
    if not await verify_payment(x402, payment):
        # An equal request may have recorded it first.
        if await find_own_payment(shop, caller, payment.natural_key):
            raise PaymentInProgress
        return await credit_presented_payment(shop, x402, caller, requested, payment, head)
    row = await record_payment(
        shop, caller, requested, payment, from_block=head.number - HEAD_MARGIN_BLOCKS
    )
    await faults.reach("x402.row_committed")
    try:
        await settle_payment(shop, x402, row, payment, is_first_try=True)
    except PaymentProviderError:
        log.warning("payment %s is not looked up yet", row.natural_key)
    return await reload_payment(shop, row)


async def credit_presented_payment(
    shop: Shop,
    x402: X402,
    caller: Caller,
    requested: CheckoutRequest,
    payment: SignedPayment,
    head: Block,
) -> PaymentRecord:
    """Credit a payment that another party broadcast, to the account that presents it first.

    The money is ours by then and the signature is public, so nothing tells two presenters apart
    but the order in which they come.

    Raises:
        AuthorizationAlreadyUsed, PaymentInProgress, PaymentMethodUnreachable, AccountFrozen: see
            `settle_new_payment`.
    """
    first = max(0, head.number - LOOKBACK_BLOCKS)
    try:
        used = await x402.rpc.find_spending_transactions(
            x402.network.usdc, payment.authorization.payer, payment.authorization.nonce, first,
            (await x402.rpc.fetch_head()).number,
        )  # fmt: skip
        receipts = await x402.rpc.fetch_receipts(sorted(used))
    except PaymentProviderError as error:
        raise PaymentMethodUnreachable(UNREADABLE_MESSAGE) from error
    if (
        find_paying_receipt(x402, payment.natural_key, requested.package.price_microusd, receipts)
        is None
    ):
        log.error("authorization %s was used without us; it needs a person", payment.natural_key)
        raise AuthorizationAlreadyUsed
    row = await record_payment(shop, caller, requested, payment, from_block=first)
    log.warning("payment %s was broadcast by somebody else", payment.natural_key)
    try:
        await settle_from_chain(shop, x402, row)
    except PaymentProviderError:
        log.warning("payment %s is not looked up yet", row.natural_key)
    return await reload_payment(shop, row)


async def resume_payment(shop: Shop, x402: X402, record: PaymentRecord) -> PaymentRecord:
    """Try again to settle a recorded payment whose end is open; return it as it is now."""
    if get_reported_state(record) != X402State.PENDING:
        return record
    try:
        await retry_settlement(shop, x402, record.payment)
    except PaymentProviderError:
        log.warning("payment %s is not looked up yet", record.payment.natural_key)
    return await reload_payment(shop, record.payment)


async def reload_payment(shop: Shop, row: X402Payment) -> PaymentRecord:
    """Load a payment as it is now.

    Raises:
        LookupError: it does not exist.
    """
    record = await find_payment(shop, X402Payment.checkout_id == row.checkout_id)
    if record is None:
        raise LookupError(f"no payment of {row.checkout_id}")
    return record


async def fetch_head_block(x402: X402) -> Block:
    """Fetch the newest block.

    Raises:
        PaymentMethodUnreachable: the chain cannot be read.
    """
    try:
        return await x402.rpc.fetch_head()
    except PaymentProviderError as error:
        raise PaymentMethodUnreachable(UNREADABLE_MESSAGE) from error


async def verify_payment(x402: X402, payment: SignedPayment) -> bool:
    """Ask the facilitator to verify a payment; return False if it was used before.

    Raises:
        PaymentInvalid, PaymentMethodUnreachable: see `settle_new_payment`.
    """
    authorization = payment.authorization
    try:
        answer = await x402.facilitator.verify(payment.payload, payment.requirements)
        if answer.is_valid:
            return True
        used = await x402.rpc.is_authorization_used(
            x402.network.usdc, authorization.payer, authorization.nonce
        )
    except Exception as error:
        log.warning("the facilitator cannot be asked: %s", type(error).__name__)
        raise PaymentMethodUnreachable(
            "Payments cannot be verified now; nothing was paid."
        ) from error
    if used:
        return False
    log.info("payment %s is invalid: %.100s", payment.natural_key, answer.invalid_reason)
    raise PaymentInvalid("The payment is not valid: check signature, balance and nonce.")


async def record_payment(
    shop: Shop,
    caller: Caller,
    requested: CheckoutRequest,
    payment: SignedPayment,
    *,
    from_block: int,
) -> X402Payment:
    """Record a payment before it is settled: one row for each authorization.

    Raises:
        PaymentInProgress: another request recorded it meanwhile.
        AccountFrozen: the operator froze the account.
    """
    try:
        async with shop.database.write() as session:
            checkout = await checkout_rows.add_checkout(
                session, shop, caller, requested, provider=PROVIDER, state=CheckoutState.PROCESSING
            )
            row = X402Payment(
                checkout_id=checkout.id,
                natural_key=payment.natural_key,
                book=caller.book,
                purchase_id=shop.ids.new("pur"),
                payer=payment.authorization.payer,
                nonce=payment.authorization.nonce,
                from_block=max(0, from_block),
                valid_before=payment.authorization.valid_before,
                state=X402State.PENDING,
                refused=0,
                transaction=None,
                block_number=None,
                tried_at=checkout.created_at,
                settle_after=checkout.created_at + LEASE_MICROSECONDS,
                header=payment.header,
            )
            session.add(row)
    except IntegrityError as error:
        raise PaymentInProgress from error
    return row


def get_reported_state(record: PaymentRecord) -> ReportedState:
    """Return the state that the caller is told; a refused payment is failed, though it may come."""
    row = record.payment
    if row.state == X402State.PENDING and row.refused:
        return X402State.FAILED
    return REPORTED_STATES[row.state]
