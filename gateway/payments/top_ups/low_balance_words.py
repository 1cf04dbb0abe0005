"""The line about auto top-up in the mail about a low balance."""

from gateway.kit.database.sessions import Session
from gateway.kit.money import render_usd
from gateway.payments.top_ups import rows
from gateway.payments.top_ups.mails import render_money
from gateway.payments.top_ups.rules import TopUps
from gateway.payments.top_ups.states import RuleState


async def describe_top_up(
    top_ups: TopUps, session: Session, account_id: str, book: str
) -> str | None:
    """Return what auto top-up will do, or how to turn it on; None if it is not offered."""
    if not top_ups.is_offered(book):
        return None
    rule = await rows.find_rule(session, account_id, book)
    if rule is None or rule.state == RuleState.OFF:
        return (
            "You can turn on auto top-up on this page: your card is then charged when your balance"
            " is low, up to a monthly maximum that you set."
        )
    maximum = render_money(rule.monthly_max_micros, rule.currency)
    return (
        f"Auto top-up is on: below ${render_usd(rule.threshold_microusd)} your card is charged, up"
        f" to {maximum} a month."
    )
