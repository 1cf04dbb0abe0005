"""One top-up from its start to its end.

The problem: the card must be charged once at most, never beyond the monthly maximum, and not after
the person turned it off; while gateways race, crash, and lose answers. The way: a top-up is a
row that the unique index allows once at a time. `start_top_up` writes it under the rule's lock.
`advance_top_up` asks Stripe for the invoice and takes the step that its status calls for; before a
charge it asks the rule once more. `end_top_up` lets exactly one process write the end. One gap is
left: a charge that the rule admitted may reach the bank after the rule was turned off. No lock is
held while Stripe is asked, so that charge arrives; it is credited, and is the last one.

Nothing outside is called inside a transaction. Locks come in one order: account, rule, top-up,
checkout.
"""

import logging

from sqlalchemy import update

from gateway.identity.errors import AccountClosed
from gateway.identity.keys import keys
from gateway.kit import faults
from gateway.kit.clock import DAY, MINUTE, to_utc_month
from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import get_database_time
from gateway.ledger.reports.balances import Balance, load_balances
from gateway.ledger.states import AccountState
from gateway.payments.errors import PaymentProviderError, UnknownPackage
from gateway.payments.stripe import card_charges
from gateway.payments.stripe.card_charges import ChargeAnswer
from gateway.payments.stripe.client import StripeClient
from gateway.payments.stripe.invoices import InvoiceStatus, TopUpInvoice
from gateway.payments.tables import Checkout
from gateway.payments.top_ups import invoice_steps, mails, rows
from gateway.payments.top_ups.decisions import (
    StartDecision,
    TopUpFacts,
    decide_start,
    has_room,
)
from gateway.payments.top_ups.endings import (
    UNPAID_STATUSES,
    end_top_up,
    end_voided_top_up,
    is_overdue,
    refuse_top_up,
    rest_until_next_month,
    settle_top_up,
    void_and_end,
)
from gateway.payments.top_ups.rules import TopUps, get_credit, load_terms, stop_rule
from gateway.payments.top_ups.states import (
    OffReason,
    RuleState,
    TopUpState,
)
from gateway.payments.top_ups.tables import SavedCard, TopUp, TopUpRule

STEP_LEASE = MINUTE
WAITING_PAUSE = 5 * MINUTE
GIVE_UP_PERIOD = DAY
log = logging.getLogger("gateway.payments")


async def start_top_up(top_ups: TopUps, account_id: str, book: str) -> str | None:
    """Start a top-up of an account if its rule asks for one; return its id.

    The caller has found the account below its threshold; here it is decided, under the rule's lock.
    """
    shop = top_ups.shop
    async with shop.database.write() as session:
        is_closed = False
        try:
            await keys.lock_account(session, account_id)
        except AccountClosed:
            is_closed = True
        rule = await rows.lock_rule(session, account_id, book)
        if rule is None or rule.state == RuleState.OFF:
            return None
        reason = OffReason.CLOSED if is_closed else await find_stop_reason(session, top_ups, rule)
        if reason is not None:
            await stop_rule(session, shop, rule, reason)
            return None
        top_up_id = await add_due_top_up(session, top_ups, rule)
    await faults.reach("topup.committed")
    return top_up_id


async def find_stop_reason(session: Session, top_ups: TopUps, rule: TopUpRule) -> OffReason | None:
    """Return the reason to turn a rule off instead of charging, if there is one."""
    terms = load_terms(top_ups.shop, rule)
    # A package of less credit than the threshold would be bought again at once, and again.
    if terms is None or terms.threshold_microusd > get_credit(top_ups.shop, rule):
        return OffReason.PACKAGE_GONE
    # A refund lowers the balance: without this it would be charged to the card again at once.
    if await rows.has_reversal_since(session, rule.account_id, rule.book, rule.changed_at):
        return OffReason.REFUNDED
    return None


async def add_due_top_up(session: Session, top_ups: TopUps, rule: TopUpRule) -> str | None:
    """Add a top-up for a locked rule, if it is due; return its id."""
    terms = load_terms(top_ups.shop, rule)
    card = await rows.find_card(session, rule.account_id, rule.book)
    if terms is None or card is None:
        return None
    # Asked before the balance: a top-up that ends in between has raised the balance by then.
    in_flight = await rows.find_in_flight(session, rule.account_id, rule.book)
    balance = await load_balance(session, rule)
    facts = TopUpFacts(
        is_on=rule.state == RuleState.ON,
        is_in_flight=in_flight is not None,
        is_account_active=balance.state == AccountState.ACTIVE,
        retry_at=rule.retry_at,
        available_microusd=balance.available_microusd,
        counted_micros=await rows.count_month(session, rule.account_id, rule.book, rule.currency),
    )
    now = await get_database_time(session)
    decision = decide_start(terms, facts, now)
    if decision == StartDecision.OVER_MAXIMUM:
        await rest_until_next_month(session, top_ups, rule)
    if decision != StartDecision.START:
        return None
    top_up = build_top_up(top_ups, rule, card, terms.price_micros, now)
    session.add(top_up)
    return top_up.checkout_id


def build_top_up(
    top_ups: TopUps, rule: TopUpRule, card: SavedCard, price_micros: int, now: int
) -> TopUp:
    """Build the row of a new top-up by the terms of its rule."""
    return TopUp(
        checkout_id=top_ups.shop.ids.new("chk"),
        account_id=rule.account_id,
        ledger_account=rule.ledger_account,
        book=rule.book,
        state=TopUpState.CHARGING,
        decline_code=None,
        package_code=rule.package_code,
        currency=rule.currency,
        gross_micros=price_micros,
        monthly_max_micros=rule.monthly_max_micros,
        month=to_utc_month(now),
        rule_version=rule.version,
        payment_method_id=card.payment_method_id,
        card_last4=card.last4,
        created_at=now,
        next_step_at=now + STEP_LEASE,  # the process that started it takes the first step
        confirm_until=None,
        ended_at=None,
    )


async def load_balance(session: Session, rule: TopUpRule) -> Balance:
    """Load the balance of a rule's account as this transaction sees it."""
    return (await load_balances(session, [rule.ledger_account]))[rule.ledger_account]


async def advance_top_up(top_ups: TopUps, top_up: TopUp) -> None:
    """Take every step that a top-up is ready for; the caller has claimed it.

    Raises:
        PaymentProviderError, PaymentMethodUnavailable: Stripe cannot be asked; it goes on later.
    """
    shop = top_ups.shop
    stripe = shop.get_provider(StripeClient, top_up.book)
    end = None
    try:
        invoice = await invoice_steps.open_invoice(shop, stripe, top_up)
        if invoice.status == InvoiceStatus.DRAFT:
            end = await admit_charge(top_ups, top_up, top_up.gross_micros)
            if end is None:
                invoice = await invoice_steps.finalize_invoice(shop, stripe, top_up, invoice)
    except UnknownPackage:
        await end_top_up(top_ups, top_up.checkout_id, TopUpState.CANCELED)
        return
    except PaymentProviderError as error:
        if card_charges.is_invoice_missing(error):
            await end_voided_top_up(top_ups, top_up.checkout_id)
            return
        if not (card_charges.is_refused_for_good(error) or await is_given_up(top_ups, top_up)):
            raise
        await refuse_top_up(top_ups, stripe, top_up)
        return
    if end is not None:
        # Decided once: asked again, the rule might admit a draft that has no items and no price.
        await void_and_end(top_ups, stripe, top_up, invoice, end)
    elif invoice.status in UNPAID_STATUSES:
        await charge_or_end(top_ups, stripe, top_up, invoice)
    else:
        await settle_top_up(top_ups, stripe, top_up, invoice)


async def charge_or_end(
    top_ups: TopUps, stripe: StripeClient, top_up: TopUp, invoice: TopUpInvoice
) -> None:
    """Charge the card for a final invoice, unless the rule speaks against it now."""
    code = top_up.decline_code or find_decline(top_up, invoice)
    if code is not None:  # declined before, and not yet void
        await record_decline(top_ups, top_up, code)
        await void_and_end(top_ups, stripe, top_up, invoice, TopUpState.DECLINED, code)
        return
    if invoice.is_processing:
        return  # the bank has it, and nothing can end it: neither we nor the person
    end = await decide_end(top_ups, top_up, invoice)
    if end is not None or invoice.status != InvoiceStatus.OPEN:
        await void_and_end(top_ups, stripe, top_up, invoice, end or TopUpState.CANCELED)
        return
    if top_up.state == TopUpState.WAITING:
        return  # the person pays on Stripe's page, or not
    await faults.reach("topup.admitted")
    answer = await charge_card(stripe, top_up, invoice)
    await faults.reach("topup.charged")
    if answer.result == "needs_person":
        await wait_for_person(top_ups, top_up, invoice)
    elif answer.result == "processing":
        log.info("top-up %s waits for the bank", top_up.checkout_id)
    elif answer.result == "declined":
        await record_decline(top_ups, top_up, answer.code)
        await void_and_end(top_ups, stripe, top_up, invoice, TopUpState.DECLINED, answer.code)
    else:
        await settle_top_up(top_ups, stripe, top_up, invoice)


def find_decline(top_up: TopUp, invoice: TopUpInvoice) -> str | None:
    """Return why a charge was declined that nobody here knows the answer of, None if none was.

    Of a bank that wants its customer to confirm, the charge tells it again.
    """
    if top_up.state == TopUpState.WAITING or invoice.decline in card_charges.CONFIRMATION_CODES:
        return None
    return invoice.decline


async def decide_end(top_ups: TopUps, top_up: TopUp, invoice: TopUpInvoice) -> TopUpState | None:
    """Decide how an unpaid top-up ends now; None if it goes on."""
    end = await admit_charge(top_ups, top_up, invoice.total_micros)
    if end is not None:
        return end
    if await is_overdue(top_ups, top_up):
        return TopUpState.UNCONFIRMED
    is_ordered = await invoice_steps.is_as_ordered(top_ups.shop, top_up, invoice)
    if not is_ordered or await is_given_up(top_ups, top_up):
        return TopUpState.REFUSED
    return None


async def charge_card(stripe: StripeClient, top_up: TopUp, invoice: TopUpInvoice) -> ChargeAnswer:
    """Charge the card for an invoice; one that a twin has paid meanwhile is paid."""
    try:
        answer = await card_charges.charge_invoice(
            stripe, top_up.checkout_id, invoice.id, top_up.payment_method_id
        )
    except PaymentProviderError as error:
        if not error.final:
            raise
        # A final refusal is no decline: the card is gone, or a twin paid or ended the invoice.
        now = await card_charges.fetch_invoice(stripe, invoice.id)
        if now.status != InvoiceStatus.OPEN:
            return ChargeAnswer("paid")
        if not card_charges.is_refused_for_good(error):
            raise
        return ChargeAnswer("declined", "card_unusable")
    # A repeated call answers what the first did: what came of a slow charge is in the invoice.
    return await read_slow_charge(stripe, invoice) if answer.result == "processing" else answer


async def read_slow_charge(stripe: StripeClient, invoice: TopUpInvoice) -> ChargeAnswer:
    """Read what has come of a charge that the bank did not answer at once."""
    now = await card_charges.fetch_invoice(stripe, invoice.id)
    if now.status != InvoiceStatus.OPEN:
        return ChargeAnswer("paid")
    if now.is_processing or now.decline is None:
        return ChargeAnswer("processing")
    return ChargeAnswer("declined", now.decline)


async def is_given_up(top_ups: TopUps, top_up: TopUp) -> bool:
    """Return True if a top-up has tried to charge the card for a day without an answer."""
    async with top_ups.shop.database.read() as snapshot:
        now = await get_database_time(snapshot)
    return top_up.state == TopUpState.CHARGING and top_up.created_at + GIVE_UP_PERIOD <= now


async def admit_charge(top_ups: TopUps, top_up: TopUp, gross_micros: int) -> TopUpState | None:
    """Ask the rule once more, with the total of the invoice; return how to end, None to charge."""
    async with top_ups.shop.database.write() as session:
        rule = await rows.lock_rule(session, top_up.account_id, top_up.book)
        own = await rows.lock_in_flight(session, top_up.checkout_id)
        if rule is None or own is None or not top_ups.is_enabled:
            return TopUpState.CANCELED
        if rule.state == RuleState.OFF or rule.version != top_up.rule_version:
            return TopUpState.CANCELED
        reason = await find_stop_reason(session, top_ups, rule)
        if reason is not None:
            await stop_rule(session, top_ups.shop, rule, reason)
            return TopUpState.CANCELED
        balance = await load_balance(session, rule)
        is_enough = balance.available_microusd >= rule.threshold_microusd
        if balance.state != AccountState.ACTIVE or is_enough:
            return TopUpState.CANCELED
        others = await rows.count_month(
            session, rule.account_id, rule.book, top_up.currency, but=top_up.checkout_id
        )
        if not has_room(rule.monthly_max_micros, others, gross_micros):
            return TopUpState.OVER_MAXIMUM
        own.gross_micros = gross_micros
        own.monthly_max_micros = rule.monthly_max_micros
        if own.state == TopUpState.CHARGING:  # it counts in the month in which it is charged
            own.month = to_utc_month(await get_database_time(session))
        return None


async def wait_for_person(top_ups: TopUps, top_up: TopUp, invoice: TopUpInvoice) -> None:
    """Note that the bank wants the person to confirm, and mail them the link, once."""
    async with top_ups.shop.database.write() as session:
        await rows.lock_rule(session, top_up.account_id, top_up.book)
        own = await rows.lock_in_flight(session, top_up.checkout_id)
        if own is None or own.state == TopUpState.WAITING or invoice.page_url is None:
            return
        now = await get_database_time(session)
        own.state = TopUpState.WAITING
        own.confirm_until = now + invoice_steps.CONFIRM_PERIOD
        own.next_step_at = now + WAITING_PAUSE
        await session.execute(
            update(Checkout).where(Checkout.id == top_up.checkout_id).values(url=invoice.page_url)
        )
        await mails.mail_confirmation(session, top_ups.shop, own, invoice.page_url)


async def record_decline(top_ups: TopUps, top_up: TopUp, code: str) -> None:
    """Write why the bank declined, before the invoice is void: a crash in between loses nothing."""
    async with top_ups.shop.database.write() as session:
        await rows.lock_rule(session, top_up.account_id, top_up.book)
        own = await rows.lock_in_flight(session, top_up.checkout_id)
        if own is not None:
            own.decline_code = code
