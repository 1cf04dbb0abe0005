"""The cards that members of teams saved: they go with the right to pay for the team."""

from sqlalchemy import select

from gateway.kit.database.sessions import Session
from gateway.payments.top_ups import rows
from gateway.payments.top_ups.mails import Post
from gateway.payments.top_ups.rules import SYSTEM, remove_card, stop_rule
from gateway.payments.top_ups.states import OffReason
from gateway.payments.top_ups.tables import SavedCard


async def end_member_cards(session: Session, post: Post, account_id: str, person_id: str) -> None:
    """Remove the cards that a person saved for a team, and stop the rules that charge them.

    The caller holds the lock of the team's account: a card that is saved meanwhile finds out that
    its person may not pay any more.
    """
    # Of a card from before its person was recorded nobody knows that it is not theirs.
    saved = select(SavedCard.book).where(
        SavedCard.account_id == account_id,
        SavedCard.person_id.is_(None) | (SavedCard.person_id == person_id),
    )
    for book in (await session.scalars(saved.order_by(SavedCard.book))).all():
        rule = await rows.lock_rule(session, account_id, book)
        if rule is not None:
            await stop_rule(session, post, rule, OffReason.MEMBER)
        await remove_card(session, account_id, book, SYSTEM)
