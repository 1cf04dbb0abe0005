"""Purchases by x402: one authorization, one credit, whatever is lost on the way.

The row is committed before anything is settled, so money that moved is found by payer and nonce.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from gateway.kit import faults
from gateway.kit.database import Session, Snapshot
from gateway.kit.operation import Caller
from gateway.kit.sql import sql
from gateway.payments import checkouts
from gateway.payments.checkouts import Wanted
from gateway.payments.errors import (
    AuthorizationAlreadyUsed,
    PaymentInProgress,
    PaymentInvalid,
    PaymentMethodSilent,
    PaymentProviderError,
    PaymentUsedByOtherAccount,
)
from gateway.payments.providers.evm_rpc import Authorized, Receipt, authorized
from gateway.payments.providers.x402_client import X402, Payment
from gateway.payments.purchases import Arrived, of_checkout, record
from gateway.payments.shop import Shop
from gateway.payments.tables import Checkout, Purchase, X402Payment

PROVIDER = "x402"
EVERY_SECONDS, BITE = 15, 100
SECONDS_PER_BLOCK = 2
CERTAIN = ("invalid_", "insufficient_funds")
NOW = sql("SELECT kt_now()")
TRY = sql(
    """
    UPDATE x402_payment SET tried_at = kt_now()
    FROM {rows} WHERE x402_payment.checkout_id = given.checkout_id
    """,
    checkout_id="text",
)
log = logging.getLogger("gateway.payments")


@dataclass(frozen=True, slots=True)
class Found:
    """A payment of ours, its checkout, and the purchase it became."""

    payment: X402Payment
    checkout: Checkout
    purchase: Purchase | None


async def known(shop: Shop, caller: Caller, natural_key: str) -> Found | None:
    """Return what became of an authorization before, None if it is new.

    Raises:
        PaymentUsedByOtherAccount: it paid for somebody else.
    """
    async with shop.database.read() as snapshot:
        row = await snapshot.scalar(
            select(X402Payment).where(X402Payment.natural_key == natural_key)
        )
        if row is None:
            return None
        found = await looked_at(snapshot, row)
    checkout = found.checkout
    if (checkout.account_id, checkout.book) != (caller.account_id, caller.book):
        raise PaymentUsedByOtherAccount
    return found


async def looked_at(session: Snapshot | Session, row: X402Payment) -> Found:
    """Return a payment with its checkout and purchase."""
    checkout = await session.get_one(Checkout, row.checkout_id)
    bought = await of_checkout(session, row.checkout_id)
    return Found(row, checkout, bought[0] if bought else None)


async def paid(shop: Shop, at: X402, caller: Caller, wanted: Wanted, payment: Payment) -> Found:
    """Carry out a new payment: verified, written down, settled, found on the chain, credited.

    Raises:
        PaymentInvalid: the facilitator refuses it; nothing was paid.
        AuthorizationAlreadyUsed: somebody else broadcast it.
        PaymentInProgress: the same payment came twice at once.
        PaymentMethodSilent, AccountFrozen: nothing was paid.
    """
    if not await verify(at, payment):
        if await known(shop, caller, payment.natural_key):  # a twin was faster
            raise PaymentInProgress
        log.error("authorization %s was used without us; it needs a person", payment.natural_key)
        raise AuthorizationAlreadyUsed
    row = await written(shop, at, caller, wanted, payment)
    await faults.reach("x402.row_committed")
    refused = await settle(at, payment)
    await faults.reach("x402.settled")
    if refused:
        async with shop.database.write() as session:
            (await session.get_one(X402Payment, row.checkout_id)).refused = 1
    try:
        await reconcile(shop, at, row)
    except PaymentProviderError:
        log.warning("payment %s is not looked up yet", row.natural_key)
    async with shop.database.read() as snapshot:
        return await looked_at(snapshot, await snapshot.get_one(X402Payment, row.checkout_id))


async def verify(at: X402, payment: Payment) -> bool:
    """Ask whether a payment is good; say False if it was used before.

    Raises:
        PaymentInvalid, PaymentMethodSilent: see `paid`.
    """
    signed = payment.authorization
    try:
        answer = await at.facilitator.verify(payment.payload, payment.requirements)
        if answer.is_valid:
            return True
        used = await at.rpc.authorization_used(at.network.usdc, signed.payer, signed.nonce)
    except Exception as error:
        log.warning("the facilitator cannot be asked: %s", type(error).__name__)
        raise PaymentMethodSilent("Payments cannot be verified now; nothing was paid.") from error
    if used:
        return False
    log.info("payment %s is invalid: %.100s", payment.natural_key, answer.invalid_reason)
    raise PaymentInvalid("The payment is not valid: check signature, balance and nonce.")


async def written(
    shop: Shop, at: X402, caller: Caller, wanted: Wanted, payment: Payment
) -> X402Payment:
    """Write a payment down before it is settled; one row for each authorization.

    Raises:
        PaymentInProgress: it was written down meanwhile.
        PaymentMethodSilent: the chain cannot be read.
        AccountFrozen: by the operator.
    """
    try:
        head = await at.rpc.head()
    except PaymentProviderError as error:
        raise PaymentMethodSilent("The chain cannot be read now; nothing was paid.") from error
    try:
        async with shop.database.write() as session:
            checkout = await checkouts.added(
                session, shop, caller, wanted, provider=PROVIDER, state="processing"
            )
            row = X402Payment(
                checkout_id=checkout.id,
                natural_key=payment.natural_key,
                book=caller.book,
                purchase_id=shop.ids.new("pur"),
                payer=payment.authorization.payer,
                nonce=payment.authorization.nonce,
                from_block=head.number,
                valid_before=payment.authorization.valid_before,
                state="pending",
                refused=0,
                transaction=None,
                tried_at=checkout.created_at,
            )
            session.add(row)
    except IntegrityError as error:
        raise PaymentInProgress from error
    return row


async def settle(at: X402, payment: Payment) -> bool:
    """Have a payment settled; say whether it was refused for certain.

    Whether it went through is read off the chain, never believed.
    """
    try:
        answer = await at.facilitator.settle(payment.payload, payment.requirements)
    except Exception as error:  # noqa: BLE001 - the facilitator may say and do anything
        log.warning("payment %s: no answer, %s", payment.natural_key, type(error).__name__)
        return False
    if answer.success:
        return False
    log.warning("payment %s: %.100s", payment.natural_key, answer.error_reason)
    return (answer.error_reason or "").startswith(CERTAIN)


async def reconcile(shop: Shop, at: X402, row: X402Payment) -> None:
    """Look on the chain whether a payment went through, and credit it; however often, only once.

    Raises:
        PaymentProviderError: the chain cannot be read.
    """
    head = await at.rpc.head()
    used = await at.rpc.spending(at.network.usdc, row.payer, row.nonce, row.from_block, head.number)
    receipts = await at.rpc.receipts(sorted(used))
    async with shop.database.write() as session:
        checkout = await session.scalar(
            select(Checkout).where(Checkout.id == row.checkout_id).with_for_update()
        )
        ours = await session.get(X402Payment, row.checkout_id, populate_existing=True)
        if checkout is None or ours is None or ours.state != "pending":
            return
        for receipt in filter(None, receipts):
            payment = to_us(at, receipt).get(row.natural_key)
            if payment is not None and payment.transfer.amount == checkout.price_microusd:
                await credited(session, shop, checkout, ours, receipt.transaction)
                return
        over = head.timestamp > row.valid_before + at.confirmations * SECONDS_PER_BLOCK
        if over if not used else elsewhere(receipts, head.number - at.confirmations):
            ours.state = checkout.state = "failed"


def to_us(at: X402, receipt: Receipt) -> dict[str, Authorized]:
    """Return the payments to us of one transaction, by their natural key.

    What else a transaction moves pays for nothing: it may use many authorizations.
    """
    return {
        at.natural_key(each.payer, each.nonce): each
        for each in authorized(receipt, at.network.usdc)
        if each.transfer.receiver == at.pay_to.lower()
    }


def elsewhere(receipts: Sequence[Receipt | None], deep: int) -> bool:
    """Say whether an authorization was used for good: by transactions in blocks that are deep."""
    return all(each is not None and each.block_number <= deep for each in receipts)


async def credited(
    session: Session, shop: Shop, checkout: Checkout, row: X402Payment, transaction: str
) -> None:
    """Credit a payment that is in a block."""
    arrived = Arrived(
        natural_key=row.natural_key,
        paid_microusd=checkout.price_microusd,
        email=checkout.email,
        card_hash=shop.card_hash(row.payer),
        purchase_id=row.purchase_id,
    )
    row.state, row.transaction = "credited", transaction
    await record(session, shop, checkout, arrived)


async def sweep(shop: Shop) -> None:
    """Look once after each payment whose end is not known."""
    async with shop.database.read() as snapshot:
        began: int = (await snapshot.read(NOW))[0][0]
    for book, at in shop.x402s.items():
        more, tried = True, set[str]()
        while more:
            rows = await next_pending(shop, book, began)
            for row in rows:
                if row.checkout_id in tried:  # the clock went back meanwhile
                    return
                tried.add(row.checkout_id)
                try:
                    await reconcile(shop, at, row)
                except PaymentProviderError as error:
                    log.warning("payment %s is not looked up: %s", row.natural_key, error.detail)
            more = len(rows) == BITE


async def next_pending(shop: Shop, book: str, before: int) -> Sequence[X402Payment]:
    """Return some pending payments that were not tried since a time, and write down the try."""
    async with shop.database.write() as session:
        found = await session.scalars(
            select(X402Payment)
            .where(
                X402Payment.state == "pending",
                X402Payment.book == book,
                X402Payment.tried_at < before,
            )
            .order_by(X402Payment.tried_at)
            .limit(BITE)
        )
        rows = found.all()
        if rows:
            await session.change(TRY, [(row.checkout_id,) for row in rows])
    return rows


def state_of(found: Found) -> Literal["credited", "pending", "failed"]:
    """Return what is said of a payment; one that was refused and may still come is failed."""
    row = found.payment
    if row.state == "pending" and row.refused:
        return "failed"
    return row.state  # type: ignore[return-value]  # the row's check constraint
