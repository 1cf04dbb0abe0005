"""The end of a top-up: its invoice is settled or void, and of several processes one writes it."""

import logging

from sqlalchemy import update

from gateway.kit import faults
from gateway.kit.clock import end_of_utc_month, to_utc_month
from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import get_database_time
from gateway.kit.telemetry.metrics import TOP_UPS
from gateway.payments.checkouts import fulfilment
from gateway.payments.checkouts.fulfilment import Outcome
from gateway.payments.errors import PaymentProviderError
from gateway.payments.states import UNSETTLED_CHECKOUTS, CheckoutState
from gateway.payments.stripe import card_charges
from gateway.payments.stripe.client import StripeClient
from gateway.payments.stripe.invoices import BLOCKED_CODE, InvoiceStatus, TopUpInvoice
from gateway.payments.tables import Checkout
from gateway.payments.top_ups import mails, rows
from gateway.payments.top_ups.decisions import decide_retry
from gateway.payments.top_ups.rules import TopUps, stop_rule
from gateway.payments.top_ups.states import (
    COUNTED_DECLINES,
    PAID_CODE,
    OffReason,
    RuleState,
    TopUpState,
)
from gateway.payments.top_ups.tables import TopUp, TopUpRule

UNPAID_STATUSES = {InvoiceStatus.DRAFT, InvoiceStatus.OPEN, InvoiceStatus.UNCOLLECTIBLE}
log = logging.getLogger("gateway.payments")


async def settle_top_up(
    top_ups: TopUps, stripe: StripeClient, top_up: TopUp, invoice: TopUpInvoice
) -> None:
    """Credit a paid invoice as any payment is, and end its top-up; one that is void is canceled."""
    outcome = await fulfilment.fulfil_checkout(top_ups.shop, stripe, invoice.id)
    await faults.reach("topup.settled")
    is_paid = outcome.result == CheckoutState.CREDITED
    if not is_paid:
        payment = await stripe.find_payment(invoice.id)
        is_paid = payment is not None and payment.has_arrived
        if is_paid:  # perhaps only since then: its fate is decided by what is known now
            outcome = await fulfilment.fulfil_checkout(top_ups.shop, stripe, invoice.id)
    if outcome.result == CheckoutState.CREDITED:
        await end_top_up(top_ups, top_up.checkout_id, TopUpState.CREDITED)
    elif is_paid:
        await hold_for_review(top_ups, top_up, outcome)
    elif outcome.result in {CheckoutState.EXPIRED, CheckoutState.FAILED}:
        await end_voided_top_up(top_ups, top_up.checkout_id)


async def hold_for_review(top_ups: TopUps, top_up: TopUp, outcome: Outcome) -> None:
    """Charge nothing more after a paid top-up that a person must look at; end it if they refused.

    Until they have decided it stays in flight. Refused or not, it counts in its month.
    """
    log.error("top-up %s is paid and %s", top_up.checkout_id, outcome.result)
    if outcome.result not in {CheckoutState.REVIEW, CheckoutState.FAILED}:
        return
    await stop_for_review(top_ups, top_up)
    if outcome.result == CheckoutState.FAILED:
        await end_top_up(top_ups, top_up.checkout_id, TopUpState.REFUSED, PAID_CODE)


async def stop_for_review(top_ups: TopUps, top_up: TopUp) -> None:
    """Turn off the rule of a top-up that is paid and not credited."""
    async with top_ups.shop.database.write() as session:
        rule = await rows.lock_rule(session, top_up.account_id, top_up.book)
        # One that the person turned on since then is theirs; the top-up in flight holds it back.
        if rule is not None and rule.version == top_up.rule_version:
            await stop_rule(session, top_ups.shop, rule, OffReason.REVIEW)


async def void_and_end(
    top_ups: TopUps,
    stripe: StripeClient,
    top_up: TopUp,
    invoice: TopUpInvoice,
    end: TopUpState,
    code: str | None = None,
) -> None:
    """End an unpaid invoice at Stripe, then its top-up here; if it was paid first, settle it."""
    try:
        await card_charges.void_invoice(stripe, invoice)
    except PaymentProviderError as error:
        if not error.final:
            raise
        # It can no longer be voided: it has just been paid, or a twin voided or deleted it.
        payment = await stripe.find_payment(invoice.id)
        if payment is not None and payment.has_arrived:
            await settle_top_up(top_ups, stripe, top_up, invoice)
            return
        if payment is not None and payment.status == CheckoutState.OPEN:
            raise  # it can still be paid: ended here, it would be paid and not counted
        log.info("the invoice of top-up %s had ended", top_up.checkout_id)
    await faults.reach("topup.voided")
    await end_top_up(top_ups, top_up.checkout_id, end, code)


async def refuse_top_up(top_ups: TopUps, stripe: StripeClient, top_up: TopUp) -> None:
    """End a top-up that Stripe makes no invoice for, and turn its rule off."""
    async with top_ups.shop.database.read() as snapshot:
        checkout = await snapshot.get(Checkout, top_up.checkout_id)
    if checkout is not None and checkout.provider_reference is not None:
        payment = await stripe.find_payment(checkout.provider_reference)
        if payment is not None and payment.status != CheckoutState.EXPIRED:
            invoice = await card_charges.fetch_invoice(stripe, checkout.provider_reference)
            if invoice.status in UNPAID_STATUSES:
                await void_and_end(top_ups, stripe, top_up, invoice, TopUpState.REFUSED)
            else:
                await settle_top_up(top_ups, stripe, top_up, invoice)
            return
    await end_top_up(top_ups, top_up.checkout_id, TopUpState.REFUSED)


async def end_voided_top_up(top_ups: TopUps, checkout_id: str) -> None:
    """End a top-up whose invoice is void or gone: whoever ended it died before writing why."""
    async with top_ups.shop.database.read() as snapshot:
        top_up = await snapshot.get_one(TopUp, checkout_id)
    if top_up.decline_code is not None:
        await end_top_up(top_ups, checkout_id, TopUpState.DECLINED, top_up.decline_code)
    elif await is_overdue(top_ups, top_up):
        await end_top_up(top_ups, checkout_id, TopUpState.UNCONFIRMED)
    else:
        await end_top_up(top_ups, checkout_id, TopUpState.CANCELED)


async def is_overdue(top_ups: TopUps, top_up: TopUp) -> bool:
    """Return True if the person's day to confirm is over."""
    async with top_ups.shop.database.read() as snapshot:
        now = await get_database_time(snapshot)
    return top_up.confirm_until is not None and top_up.confirm_until <= now


async def end_top_up(
    top_ups: TopUps, checkout_id: str, end: TopUpState, code: str | None = None
) -> None:
    """Write the end of a top-up and what follows from it; of several processes one does."""
    shop = top_ups.shop
    async with shop.database.write() as session:
        earlier = await session.get_one(TopUp, checkout_id)
        rule = await rows.lock_rule(session, earlier.account_id, earlier.book)
        top_up = await rows.lock_in_flight(session, checkout_id)
        if top_up is None:
            return
        top_up.state, top_up.decline_code = end, code
        top_up.ended_at = await get_database_time(session)
        if end == TopUpState.CREDITED:  # a person may confirm it after the end of its month
            top_up.month = to_utc_month(top_up.ended_at)
        if end != TopUpState.CREDITED:
            await session.execute(
                update(Checkout)
                .where(Checkout.id == checkout_id, Checkout.state.in_(UNSETTLED_CHECKOUTS))
                .values(state=CheckoutState.FAILED)
            )
        await session.flush()
        if rule is not None and rule.state == RuleState.ON:
            await apply_end(session, top_ups, rule, top_up)
    TOP_UPS.labels(outcome=end).inc()
    log.info("top-up %s: %s %s", checkout_id, end, code or "")


async def apply_end(session: Session, top_ups: TopUps, rule: TopUpRule, top_up: TopUp) -> None:
    """Apply the end of a top-up to its locked rule: reset, back off, rest, or turn off."""
    shop = top_ups.shop
    if top_up.state == TopUpState.CREDITED:
        rule.declines, rule.retry_at = 0, None
    elif top_up.state == TopUpState.REFUSED and rule.version == top_up.rule_version:
        await stop_rule(session, shop, rule, OffReason.REFUSED)
    elif top_up.state == TopUpState.OVER_MAXIMUM:
        await rest_until_next_month(session, top_ups, rule)
    elif top_up.state in COUNTED_DECLINES and rule.version == top_up.rule_version:
        rule.declines += 1
        rule.retry_at = decide_retry(rule.declines, await get_database_time(session))
        if top_up.decline_code == BLOCKED_CODE:
            await stop_rule(session, shop, rule, OffReason.CARD_BLOCKED)
        elif rule.retry_at is None:
            await stop_rule(session, shop, rule, OffReason.DECLINED)
        elif top_up.state == TopUpState.DECLINED:
            await mails.mail_decline(session, shop, top_up, rule, rule.retry_at)
        else:
            await mails.mail_unconfirmed(session, shop, top_up, rule, rule.retry_at)


async def rest_until_next_month(session: Session, top_ups: TopUps, rule: TopUpRule) -> None:
    """Let a locked rule rest until next month, and tell the person once."""
    rule.retry_at = end_of_utc_month(await get_database_time(session))
    await mails.mail_maximum(session, top_ups.shop, rule)
