"""Rules, saved cards and top-ups in the database: found, locked, counted."""

from collections.abc import Sequence

from sqlalchemy import func, or_, select

from gateway.kit.clock import to_utc_month
from gateway.kit.database.sessions import Session, Snapshot
from gateway.kit.database.sql import get_database_time, sql
from gateway.payments.tables import Purchase, Reversal
from gateway.payments.top_ups.states import COUNTED_STATES, IN_FLIGHT_STATES, PAID_CODE
from gateway.payments.top_ups.tables import CardRemoval, SavedCard, TopUp, TopUpRule

INSERT_REMOVAL = sql(
    """
    INSERT INTO card_removal (payment_method_id, account_id, book, next_try_at)
    SELECT given.payment_method_id, given.account_id, given.book, kt_now() FROM {rows} WHERE true
    ON CONFLICT (payment_method_id) DO NOTHING
    """,
    payment_method_id="text",
    account_id="text",
    book="text",
)


async def find_rule(session: Session | Snapshot, account_id: str, book: str) -> TopUpRule | None:
    """Return the rule of an account in a book; None if it never had one."""
    return await session.get(TopUpRule, (account_id, book))


async def lock_rule(session: Session, account_id: str, book: str) -> TopUpRule | None:
    """Lock the rule of an account in a book and return it as it is now."""
    # Whoever charges, changes or ends a top-up locks the rule first, then the top-up, then the
    # checkout: one order, so that no two wait for each other.
    return await session.scalar(
        select(TopUpRule)
        .where(TopUpRule.account_id == account_id, TopUpRule.book == book)
        .with_for_update()
    )


async def find_card(session: Session | Snapshot, account_id: str, book: str) -> SavedCard | None:
    """Return the saved card of an account in a book."""
    return await session.get(SavedCard, (account_id, book))


async def find_in_flight(session: Session | Snapshot, account_id: str, book: str) -> TopUp | None:
    """Return the top-up of an account that is in flight."""
    return await session.scalar(
        select(TopUp).where(
            TopUp.account_id == account_id, TopUp.book == book, TopUp.state.in_(IN_FLIGHT_STATES)
        )
    )


async def lock_in_flight(session: Session, checkout_id: str) -> TopUp | None:
    """Lock a top-up and return it as it is now; None if it has ended."""
    return await session.scalar(
        select(TopUp)
        .where(TopUp.checkout_id == checkout_id, TopUp.state.in_(IN_FLIGHT_STATES))
        .with_for_update()
    )


async def count_month(
    session: Session | Snapshot, account_id: str, book: str, currency: str, *, but: str = ""
) -> int:
    """Return what an account's top-ups of this month come to, those in flight included.

    In millionths of the currency, tax included; the top-up `but` is left out.
    """
    total = select(func.coalesce(func.sum(TopUp.gross_micros), 0)).where(
        TopUp.account_id == account_id,
        TopUp.book == book,
        TopUp.currency == currency,
        TopUp.month == to_utc_month(await get_database_time(session)),
        or_(TopUp.state.in_(COUNTED_STATES), TopUp.decline_code == PAID_CODE),
        TopUp.checkout_id != but,
    )
    return int(await session.scalar(total) or 0)


async def has_other_currency(
    session: Session | Snapshot, account_id: str, book: str, currency: str
) -> bool:
    """Return True if this month's top-ups were charged in another currency than this."""
    others = select(TopUp.checkout_id).where(
        TopUp.account_id == account_id,
        TopUp.book == book,
        TopUp.currency != currency,
        TopUp.month == to_utc_month(await get_database_time(session)),
        TopUp.state.in_(COUNTED_STATES),
    )
    return await session.scalar(others.limit(1)) is not None


async def has_reversal_since(session: Session, account_id: str, book: str, since: int) -> bool:
    """Return True if a purchase of the account was refunded or disputed after this time."""
    reversals = (
        select(Reversal.id)
        .join(Purchase, Purchase.id == Reversal.purchase_id)
        .where(
            Purchase.account_id == account_id,
            Purchase.book == book,
            Reversal.created_at > since,
        )
    )
    return await session.scalar(reversals.limit(1)) is not None


async def list_top_ups(
    session: Session | Snapshot, account_id: str, book: str, *, cursor: str | None, limit: int
) -> Sequence[TopUp]:
    """List the top-ups of an account, the newest first."""
    query = select(TopUp).where(TopUp.account_id == account_id, TopUp.book == book)
    if cursor is not None:
        query = query.where(TopUp.checkout_id < cursor)
    return (await session.scalars(query.order_by(TopUp.checkout_id.desc()).limit(limit))).all()


async def add_removal(session: Session, payment_method_id: str, account_id: str, book: str) -> None:
    """Note that Stripe must forget a card."""
    await session.change(INSERT_REMOVAL, [(payment_method_id, account_id, book)])


async def discard_card(session: Session, account_id: str, book: str) -> SavedCard | None:
    """Delete a saved card, and note that Stripe must forget it; return what was saved."""
    card = await find_card(session, account_id, book)
    if card is not None:
        await add_removal(session, card.payment_method_id, account_id, book)
        await session.delete(card)
        await session.flush()
    return card


async def list_removals(session: Session | Snapshot, now: int, limit: int) -> Sequence[CardRemoval]:
    """List cards that Stripe must forget and that are due, the longest due first."""
    due = select(CardRemoval).where(CardRemoval.next_try_at <= now)
    return (await session.scalars(due.order_by(CardRemoval.next_try_at).limit(limit))).all()
