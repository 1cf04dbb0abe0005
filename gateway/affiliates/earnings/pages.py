"""Pages of commissions and payouts, the newest first."""

from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import Select, select

from gateway.affiliates.states import CommissionState, PayoutState
from gateway.affiliates.tables import Affiliate, Commission, Payout
from gateway.kit.database.sessions import Session

Row = TypeVar("Row", Commission, Payout)


async def load_commission_page(
    session: Session,
    affiliate: Affiliate,
    book: str,
    state: CommissionState | None,
    cursor: str | None,
    limit: int,
) -> tuple[Sequence[Commission], str | None]:
    """Return a page of an affiliate's commissions, and the cursor of the next page."""
    query = select(Commission).where(
        Commission.affiliate_id == affiliate.id, Commission.book == book
    )
    if state is not None:
        query = query.where(Commission.state == state)
    if cursor is not None:
        query = query.where(Commission.id < cursor)
    return await _load_page(session, query.order_by(Commission.id.desc()), limit)


async def load_payout_page(
    session: Session,
    affiliate: Affiliate,
    book: str,
    states: Sequence[PayoutState] | None,
    cursor: str | None,
    limit: int,
) -> tuple[Sequence[Payout], str | None]:
    """Return a page of payouts, in these states or in any, and the cursor of the next page."""
    query = select(Payout).where(Payout.affiliate_id == affiliate.id, Payout.book == book)
    if states is not None:
        query = query.where(Payout.state.in_(states))
    if cursor is not None:
        query = query.where(Payout.id < cursor)
    return await _load_page(session, query.order_by(Payout.id.desc()), limit)


async def _load_page(
    session: Session, query: Select[Row], limit: int
) -> tuple[Sequence[Row], str | None]:
    rows = (await session.scalars(query.limit(limit + 1))).all()
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None
