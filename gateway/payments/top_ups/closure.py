"""The end of auto top-up with its account: rules are off, and no card stays with Stripe."""

from sqlalchemy import select

from gateway.kit.database.sessions import Session
from gateway.payments.top_ups import rows
from gateway.payments.top_ups.rules import turn_off
from gateway.payments.top_ups.states import IN_FLIGHT_STATES, OffReason, RuleState
from gateway.payments.top_ups.tables import SavedCard, TopUp, TopUpRule


async def has_open_charge(session: Session, account_id: str) -> bool:
    """Return True if a live card may be charged for an account any moment."""
    open_charges = select(TopUp.checkout_id).where(
        TopUp.account_id == account_id, TopUp.book == "live", TopUp.state.in_(IN_FLIGHT_STATES)
    )
    return await session.scalar(open_charges.limit(1)) is not None


async def stop_account_rules(session: Session, account_id: str) -> None:
    """Turn off the rules of an account that closes, and let Stripe forget its cards.

    The caller has locked the account, so no top-up can start any more.
    """
    rules = select(TopUpRule).where(
        TopUpRule.account_id == account_id, TopUpRule.state == RuleState.ON
    )
    for rule in (await session.scalars(rules.order_by(TopUpRule.book).with_for_update())).all():
        await turn_off(session, rule, OffReason.CLOSED)
    cards = select(SavedCard.book).where(SavedCard.account_id == account_id)
    for book in (await session.scalars(cards)).all():
        await rows.discard_card(session, account_id, book)
