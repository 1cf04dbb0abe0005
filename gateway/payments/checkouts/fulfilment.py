"""Fulfilment: the one way to credit a hosted payment, for webhooks, claims and the sweeper.

Anybody can send an event or a URL, late, twice or out of order. So both are only hints: the object
is read from the provider before a transaction is opened, and that answer decides.

The transaction locks the checkout, then writes the purchase (unique by its natural key), then the
ledger, and the receipt counter last. Twins wait for the checkout's row and find it settled. The
event is written in the same transaction, so an event that is on record has had its effects.
"""

import logging
from dataclasses import dataclass

from sqlalchemy import select, update

from gateway.kit import faults
from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import sql
from gateway.payments.bills import build_plain_bill
from gateway.payments.checkouts.verdicts import judge_payment
from gateway.payments.inbox import ProviderEvent, record_event
from gateway.payments.payment import Payment, ProviderRefund
from gateway.payments.provider import HostedProvider, ProviderReturn, RefundingProvider
from gateway.payments.purchases.purchase_bills import convert_at_checkout_rate
from gateway.payments.purchases.purchase_credit import (
    ReceivedPayment,
    credit_purchase,
    lock_purchase_of_payment,
)
from gateway.payments.refunds.reversals import reverse_dispute, reverse_refund
from gateway.payments.shop import Shop
from gateway.payments.states import UNSETTLED_CHECKOUTS, CheckoutState
from gateway.payments.tables import Checkout, Purchase

NOW = sql("SELECT kt_now()")
OPEN_STATES = {*UNSETTLED_CHECKOUTS, CheckoutState.EXPIRED}
PAYMENT_SEEN_STATES = {CheckoutState.CREDITED, CheckoutState.REVIEW}
log = logging.getLogger("gateway.payments")


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of processing an object of the provider, and the purchase it is about."""

    result: str
    purchase_id: str | None = None


async def fulfil_checkout(
    shop: Shop, provider: HostedProvider, session_id: str, event: ProviderEvent | None = None
) -> Outcome:
    """Read a hosted checkout at its provider and settle it; a paid one is credited once.

    Raises:
        PaymentProviderError: the provider cannot be asked; nothing changed.
    """
    payment = await provider.find_payment(session_id)
    async with shop.database.write() as session:
        if payment is None:
            await fail_unknown_session(session, provider, session_id)
            outcome = Outcome("ignored")
        else:
            outcome = await settle_checkout(session, shop, provider.book, payment)
        await record_event_outcome(session, event, outcome)
    await faults.reach("event.committed")
    return outcome


async def fail_unknown_session(session: Session, provider: HostedProvider, session_id: str) -> None:
    """Fail an expired checkout whose session the provider does not know."""
    await session.execute(
        update(Checkout)
        .where(
            Checkout.book == provider.book,
            Checkout.provider == provider.name,
            Checkout.provider_reference == session_id,
            Checkout.state.in_(OPEN_STATES),
            Checkout.expires_at < (await session.read(NOW))[0][0],
        )
        .values(state=CheckoutState.FAILED)
    )


async def record_event_outcome(
    session: Session, event: ProviderEvent | None, outcome: Outcome
) -> None:
    """Write the event beside its effects."""
    # An event that reports a payment may come before the provider's own read shows it. It is left
    # out of the inbox then, so that the same event is processed again when it is redelivered.
    if event is not None and (outcome.result in PAYMENT_SEEN_STATES or not event.says_paid):
        await record_event(session, event, outcome.result, outcome.purchase_id)
    await faults.reach("event.in_transaction")


async def settle_checkout(session: Session, shop: Shop, book: str, payment: Payment) -> Outcome:
    """Lock the checkout of a payment, compare both, and credit, fail or review the checkout."""
    checkout = await lock_checkout_of_payment(session, book, payment)
    if checkout is None:
        return Outcome("ignored")
    # Without a reason it failed by itself; with one, a person rejected it, which is final.
    undecided = checkout.state == CheckoutState.FAILED and checkout.review_reason is None
    if undecided and payment.is_settled:
        checkout.provider_reference = checkout.provider_reference or payment.session_id
        return mark_for_review(checkout, "paid after the checkout had failed")
    if checkout.state not in OPEN_STATES:
        return Outcome(checkout.state, await find_purchase_id(session, checkout))
    verdict = judge_payment(checkout, payment)
    if (
        verdict.decision in {"paid", CheckoutState.PROCESSING}
        and checkout.provider_reference is None
    ):
        checkout.provider_reference = payment.session_id
    if verdict.decision == "paid":
        return await credit_matching_payment(session, shop, checkout, payment)
    if verdict.decision == CheckoutState.REVIEW:
        return mark_for_review(checkout, verdict.reason)
    # `open` only ends `creating`: an older answer must not reopen what is processing or expired.
    if not (verdict.decision == CheckoutState.OPEN and checkout.state != CheckoutState.CREATING):
        checkout.state = verdict.decision
    return Outcome(checkout.state)


async def credit_matching_payment(
    session: Session, shop: Shop, checkout: Checkout, payment: Payment
) -> Outcome:
    """Credit a payment that matches its checkout."""
    purchase = await credit_purchase(
        session, shop, checkout, build_received_payment(checkout, payment)
    )
    if purchase is not None:
        return Outcome(CheckoutState.CREDITED, purchase.id)
    return mark_for_review(checkout, "this payment was credited to another checkout")


def build_received_payment(checkout: Checkout, payment: Payment) -> ReceivedPayment:
    """Build what a hosted payment brings: its price in dollars at the package's own rate: pure."""
    charged = payment.bill or build_plain_bill(payment.currency, payment.amount_micros)
    return ReceivedPayment(
        natural_key=payment.natural_key,
        paid_microusd=convert_at_checkout_rate(checkout, charged.price_micros),
        # A customer of the provider may have an address of long ago.
        email=checkout.email or payment.email,
        payer=payment.fingerprint,
        bill=charged,
    )


def mark_for_review(checkout: Checkout, reason: str) -> Outcome:
    """Mark a checkout for review by a person."""
    checkout.state, checkout.review_reason = CheckoutState.REVIEW, reason
    log.error("checkout %s needs a review: %s", checkout.id, reason)
    return Outcome(CheckoutState.REVIEW)


async def lock_checkout_of_payment(
    session: Session, book: str, payment: Payment
) -> Checkout | None:
    """Lock and return the checkout of a payment: by the session id, else by our own id in it.

    None if there is none, or if the payment is another page's and nothing was paid there.
    """
    # A webhook may come before the answer that names the session is stored. Then the checkout has
    # no reference yet, and only the id that we sent with the session finds it.
    checkouts = select(Checkout).where(Checkout.book == book, Checkout.provider == payment.provider)
    checkout = await session.scalar(
        checkouts.where(Checkout.provider_reference == payment.session_id).with_for_update()
    )
    if checkout is not None:
        return checkout
    checkout = await session.scalar(
        checkouts.where(Checkout.id == payment.checkout_id).with_for_update()
    )
    if checkout is None:
        return None
    is_other_page = checkout.provider_reference not in {None, payment.session_id}
    # The buyer was never given the other page, so it does not matter unless money came by it.
    return None if is_other_page and payment.payment_status == "unpaid" else checkout


async def find_purchase_id(session: Session, checkout: Checkout) -> str | None:
    """Return the id of the purchase that a checkout became."""
    return await session.scalar(select(Purchase.id).where(Purchase.checkout_id == checkout.id))


async def apply_return(
    shop: Shop,
    provider: RefundingProvider,
    provider_return: ProviderReturn,
    event: ProviderEvent | None = None,
) -> Outcome:
    """Apply a refund or dispute as the provider has it; credit the payment itself first.

    Raises:
        PaymentProviderError: the provider cannot be asked; nothing changed.
    """
    if provider_return.intent_id is None:
        return await record_ignored_event(shop, event, Outcome("ignored"))
    # A refund may be reported before its payment. Without a purchase it would be ignored for good,
    # and the payment credited in full later.
    if not await is_payment_credited(shop, provider, provider_return.intent_id):
        session_id = await provider.find_session_id(provider_return.intent_id)
        if session_id is not None:
            await fulfil_checkout(shop, provider, session_id)
    async with shop.database.write() as session:
        purchase = await lock_purchase_of_payment(
            session, provider.book, provider.name, provider_return.intent_id
        )
        if purchase is None:
            outcome = Outcome("ignored")
        elif isinstance(provider_return, ProviderRefund):
            outcome = Outcome(
                await reverse_refund(session, shop, purchase, provider_return), purchase.id
            )
        else:
            outcome = Outcome(
                await reverse_dispute(session, shop, purchase, provider_return), purchase.id
            )
        await faults.reach("refund.in_transaction")
        await record_event_outcome(session, event, outcome)
    await faults.reach("event.committed")
    return outcome


async def is_payment_credited(shop: Shop, provider: RefundingProvider, intent_id: str) -> bool:
    """Return True if a purchase already exists for this payment."""
    purchase_ids = select(Purchase.id).where(
        Purchase.book == provider.book,
        Purchase.provider == provider.name,
        Purchase.natural_key == intent_id,
    )
    async with shop.database.read() as snapshot:
        return await snapshot.scalar(purchase_ids) is not None


async def record_ignored_event(
    shop: Shop, event: ProviderEvent | None, outcome: Outcome
) -> Outcome:
    """Write an event that has no effects into the inbox."""
    async with shop.database.write() as session:
        await record_event_outcome(session, event, outcome)
    return outcome
