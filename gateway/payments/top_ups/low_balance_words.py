"""The line about auto top-up in the mail about a low balance."""

from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import get_database_time
from gateway.kit.money import render_usd
from gateway.payments.top_ups import rows
from gateway.payments.top_ups.decisions import TopUpTerms, has_room
from gateway.payments.top_ups.mails import render_money
from gateway.payments.top_ups.rules import TopUps, load_terms
from gateway.payments.top_ups.states import OffReason, RuleState, TopUpState
from gateway.payments.top_ups.tables import TopUpRule

OFFER = (
    "You can turn on auto top-up on this page: a card that you save is then charged when your"
    " balance is low, up to a monthly maximum that you set."
)


async def describe_top_up(
    top_ups: TopUps, session: Session, account_id: str, book: str
) -> str | None:
    """Return what auto top-up will do, or how to turn it on; None if it is not offered."""
    if not top_ups.is_offered(book):
        return None
    rule = await rows.find_rule(session, account_id, book)
    if rule is None or rule.state == RuleState.OFF:
        return None if rule is not None and rule.off_reason == OffReason.OPERATOR else OFFER
    terms = load_terms(top_ups.shop, rule)
    # Without its package it is turned off, by a mail of its own, as soon as it would charge.
    return None if terms is None else await describe_rule_on(session, rule, terms)


async def describe_rule_on(session: Session, rule: TopUpRule, terms: TopUpTerms) -> str:
    """Describe what a rule that is on will do next."""
    maximum = render_money(rule.monthly_max_micros, rule.currency)
    in_flight = await rows.find_in_flight(session, rule.account_id, rule.book)
    if in_flight is not None and in_flight.state == TopUpState.WAITING:
        return "Auto top-up waits for you to confirm a charge to your bank, on this page."
    if in_flight is None and await is_resting(session, rule, terms):
        if rule.declines:
            return "Your bank declined the last charge of auto top-up, so it rests for some hours."
        return f"Auto top-up charges nothing more this month: its maximum is {maximum}."
    return (
        f"Auto top-up is on: below ${render_usd(rule.threshold_microusd)} the saved card is"
        f" charged, up to {maximum} a month."
    )


async def is_resting(session: Session, rule: TopUpRule, terms: TopUpTerms) -> bool:
    """Return True if a rule that is on charges nothing now: after a decline, or at its maximum."""
    if rule.retry_at is not None and rule.retry_at > await get_database_time(session):
        return True
    counted = await rows.count_month(session, rule.account_id, rule.book, rule.currency)
    return not has_room(rule.monthly_max_micros, counted, terms.price_micros)
