"""Auto top-ups as operators see, stop and release them."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import select

from gateway.identity.errors import AccountClosed
from gateway.identity.keys import keys
from gateway.kit.database.sessions import Session, Snapshot
from gateway.kit.database.sql import get_database_time
from gateway.payments.checkouts.card_pages import withdraw_card_pages
from gateway.payments.shop import Shop
from gateway.payments.top_ups import rows
from gateway.payments.top_ups.mails import mail_off
from gateway.payments.top_ups.rules import describe_rule, write_off
from gateway.payments.top_ups.states import OffReason, RuleState
from gateway.payments.top_ups.tables import SavedCard, TopUp, TopUpRule


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSurvey:
    """A rule, its card, and what its top-ups of this month come to."""

    rule: TopUpRule
    card: SavedCard | None
    counted_micros: int


async def survey_rules(
    session: Session | Snapshot, *, limit: int, account_id: str | None = None
) -> list[RuleSurvey]:
    """Survey the rules of all accounts, or of one, changed last first."""
    query = select(TopUpRule).order_by(TopUpRule.changed_at.desc(), TopUpRule.book)
    if account_id is not None:
        query = query.where(TopUpRule.account_id == account_id)
    return [
        RuleSurvey(
            rule=rule,
            card=await rows.find_card(session, rule.account_id, rule.book),
            counted_micros=await rows.count_month(
                session, rule.account_id, rule.book, rule.currency
            ),
        )
        for rule in (await session.scalars(query.limit(limit))).all()
    ]


async def list_newest(session: Session | Snapshot, account_id: str, limit: int) -> Sequence[TopUp]:
    """List the newest top-ups of an account in both books."""
    query = select(TopUp).where(TopUp.account_id == account_id)
    return (await session.scalars(query.order_by(TopUp.checkout_id.desc()).limit(limit))).all()


async def stop_account_top_up(
    session: Session, shop: Shop, account_id: str, book: str
) -> dict[str, object] | None:
    """Turn a rule off until an operator releases it, and let Stripe forget the card.

    A card that is being saved on a page of Stripe meanwhile is forgotten too. The owner gets an
    e-mail if it was on. Return what there was; None if nothing was to do.
    """
    with suppress(AccountClosed):  # its rules are off, and its cards are forgotten
        await keys.lock_account(session, account_id)
    has_open_page = await withdraw_card_pages(session, account_id, book)
    rule = await rows.lock_rule(session, account_id, book)
    card = await rows.discard_card(session, account_id, book)
    is_stopped = rule is None or rule.off_reason == OffReason.OPERATOR
    if is_stopped and card is None and not has_open_page:
        return None
    before: dict[str, object] = {} if rule is None else describe_rule(rule)
    if has_open_page:
        before["cardPage"] = "open"
    if card is not None:
        before["card"] = f"{card.brand} {card.last4}"
    if rule is not None and not is_stopped:
        was_on = rule.state == RuleState.ON
        await write_off(session, rule, OffReason.OPERATOR)
        if was_on:
            await mail_off(session, shop, rule, OffReason.OPERATOR)
    return before


async def release_account_top_up(session: Session, account_id: str, book: str) -> bool:
    """Let the owner of a stopped rule turn it on again; return False if none is stopped."""
    rule = await rows.lock_rule(session, account_id, book)
    if rule is None or rule.off_reason != OffReason.OPERATOR:
        return False
    rule.off_reason, rule.changed_at = OffReason.RELEASED, await get_database_time(session)
    await session.flush()
    return True
