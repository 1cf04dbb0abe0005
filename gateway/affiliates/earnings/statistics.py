"""Statistics of an affiliate: clicks and sign-ups by day, commission by state."""

from dataclasses import dataclass

from sqlalchemy import func, select

from gateway.affiliates.earnings.commissions import get_affiliate_account
from gateway.affiliates.earnings.payouts import NET_MICROUSD
from gateway.affiliates.programme import list_affiliate_codes
from gateway.affiliates.states import CommissionState, PayoutState
from gateway.affiliates.tables import Affiliate, AffiliateDay, Commission, Payout
from gateway.identity.accounts import account_referrals
from gateway.kit.clock import DAY, to_utc_day
from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import get_database_time
from gateway.ledger.movements.earnings import Earnings, get_earnings


@dataclass(frozen=True, slots=True)
class DayStatistics:
    """The statistics of one UTC day; `number` counts days since 1970."""

    number: int
    clicks: int
    sign_ups: int
    commission_microusd: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AffiliateStatistics:
    """The statistics of an affiliate: days and buyers within the period, money of all time."""

    days: list[DayStatistics]
    buyers: int
    pending_microusd: int
    hold_microusd: int
    reversed_microusd: int
    paid_microusd: int
    earnings: Earnings


async def load_statistics(
    session: Session, affiliate: Affiliate, book: str, days: int
) -> AffiliateStatistics:
    """Load the statistics of an affiliate in a book, for the last `days` days."""
    today = to_utc_day(await get_database_time(session))
    first = today - days + 1
    clicks = await _count_clicks_by_day(session, affiliate.id, first)
    codes = await list_affiliate_codes(session, affiliate.id)
    sign_ups = await account_referrals.count_sign_ups(session, codes, first * DAY)
    ours = (Commission.affiliate_id == affiliate.id, Commission.book == book)
    commission_by_day = await _sum_commission_by_day(session, affiliate.id, book, first)
    states = await session.execute(
        select(Commission.state, func.sum(NET_MICROUSD)).where(*ours).group_by(Commission.state)
    )
    net = {state: int(amount) for state, amount in states}
    buyers = select(func.count(Commission.buyer_id.distinct())).where(
        *ours, Commission.created_at >= first * DAY
    )
    return AffiliateStatistics(
        days=[
            DayStatistics(
                day, clicks.get(day, 0), sign_ups.get(day, 0), commission_by_day.get(day, 0)
            )
            for day in range(first, today + 1)
        ],
        buyers=await session.scalar(buyers) or 0,
        pending_microusd=net.get(CommissionState.PENDING, 0),
        hold_microusd=net.get(CommissionState.HOLD, 0),
        reversed_microusd=await _sum_reversed(session, affiliate.id, book),
        paid_microusd=await _sum_paid(session, affiliate.id, book),
        earnings=await get_earnings(
            session, await get_affiliate_account(session, affiliate.id, book)
        ),
    )


async def _count_clicks_by_day(session: Session, affiliate_id: str, first: int) -> dict[int, int]:
    rows = await session.execute(
        select(AffiliateDay.day, AffiliateDay.clicks).where(
            AffiliateDay.affiliate_id == affiliate_id, AffiliateDay.day >= first
        )
    )
    return dict(list(rows))


async def _sum_commission_by_day(
    session: Session, affiliate_id: str, book: str, first: int
) -> dict[int, int]:
    day = Commission.created_at // DAY
    rows = await session.execute(
        select(day, func.sum(NET_MICROUSD))
        .where(
            Commission.affiliate_id == affiliate_id,
            Commission.book == book,
            Commission.created_at >= first * DAY,
        )
        .group_by(day)
    )
    return {number: int(amount) for number, amount in rows}


async def _sum_reversed(session: Session, affiliate_id: str, book: str) -> int:
    """Return the amount that refunds, disputes and the operator took back, in micro-USD.

    Before the approval it is part of the commission's row; afterwards corrections are own rows.
    """
    ours = (Commission.affiliate_id == affiliate_id, Commission.book == book)
    reversed_before = await session.scalar(
        select(func.sum(Commission.reversed_microusd)).where(*ours)
    )
    corrections = select(func.sum(Commission.amount_microusd)).where(
        *ours, Commission.kind != "commission"
    )
    return int(reversed_before or 0) - int(await session.scalar(corrections) or 0)


async def _sum_paid(session: Session, affiliate_id: str, book: str) -> int:
    query = select(func.sum(Payout.amount_microusd)).where(
        Payout.affiliate_id == affiliate_id, Payout.book == book, Payout.state == PayoutState.PAID
    )
    return int(await session.scalar(query) or 0)
