"""Auto top-ups as operators see and stop them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from gateway.kit import audit_log
from gateway.kit.audit_log import Actor
from gateway.kit.database.dry_run import DryRun
from gateway.kit.database.sessions import Session, Snapshot
from gateway.payments.shop import Shop
from gateway.payments.top_ups import rows
from gateway.payments.top_ups.rules import remove_card, stop_rule
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
    shop: Shop, actor: Actor, account_id: str, book: str, reason: str, *, dry_run: bool = False
) -> dict[str, object]:
    """Turn a rule off, tell its owner, and let Stripe forget the card; both may be so already."""
    async with shop.database.write() as session:
        rehearsal = DryRun(session)
        rule = await rows.lock_rule(session, account_id, book)
        card = await rows.find_card(session, account_id, book)
        was_on = rule is not None and rule.state == RuleState.ON
        answer: dict[str, object] = {"target": account_id, "changed": was_on or card is not None}
        if rule is not None:
            await stop_rule(session, shop, rule, OffReason.OPERATOR, actor)
        await remove_card(session, account_id, book, actor)
        if dry_run:
            return answer | {"dryRun": True, "rows": await rehearsal.undo()}
        if answer["changed"]:
            after = {"mode": book, "reason": reason}
            await audit_log.record(session, actor, "topup.stop", account_id, after=after)
    return answer
