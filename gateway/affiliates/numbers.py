"""The numbers of an affiliate: clicks and people by day, money by state, as the ledger has it."""

from dataclasses import dataclass

from sqlalchemy import func, select

from gateway.affiliates.commissions import account_of
from gateway.affiliates.payouts import NET
from gateway.affiliates.programme import codes_of
from gateway.affiliates.states import CommissionState, PayoutState
from gateway.affiliates.tables import Affiliate, AffiliateDay, Commission, Payout
from gateway.identity import keys, referring
from gateway.kit.clock import DAY, day_of
from gateway.kit.database import Session
from gateway.ledger.earnings import Earned, earned_of


@dataclass(frozen=True, slots=True)
class Day:
    """One UTC day (days since 1970)."""

    number: int
    clicks: int
    sign_ups: int
    commission_microusd: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """What came of an affiliate's links: people within the days, money of all time."""

    days: list[Day]
    buyers: int
    pending_microusd: int
    hold_microusd: int
    reversed_microusd: int
    paid_microusd: int
    earned: Earned


async def numbers(session: Session, affiliate: Affiliate, book: str, days: int) -> Numbers:
    """Return the numbers of an affiliate in a book, with the last so many days."""
    today = day_of(await keys.database_time(session))
    first = today - days + 1
    clicks = await _clicks(session, affiliate.id, first)
    codes = await codes_of(session, affiliate.id)
    people = await referring.sign_ups(session, codes, first * DAY)
    ours = (Commission.affiliate_id == affiliate.id, Commission.book == book)
    earned_on = await _by_day(session, affiliate.id, book, first)
    states = await session.execute(
        select(Commission.state, func.sum(NET)).where(*ours).group_by(Commission.state)
    )
    net = {state: int(amount) for state, amount in states}
    buyers = select(func.count(Commission.buyer_id.distinct())).where(
        *ours, Commission.created_at >= first * DAY
    )
    return Numbers(
        days=[
            Day(each, clicks.get(each, 0), people.get(each, 0), earned_on.get(each, 0))
            for each in range(first, today + 1)
        ],
        buyers=await session.scalar(buyers) or 0,
        pending_microusd=net.get(CommissionState.PENDING, 0),
        hold_microusd=net.get(CommissionState.HOLD, 0),
        reversed_microusd=await _reversed(session, affiliate.id, book),
        paid_microusd=await _paid(session, affiliate.id, book),
        earned=await earned_of(session, await account_of(session, affiliate.id, book)),
    )


async def _clicks(session: Session, affiliate_id: str, first: int) -> dict[int, int]:
    rows = await session.execute(
        select(AffiliateDay.day, AffiliateDay.clicks).where(
            AffiliateDay.affiliate_id == affiliate_id, AffiliateDay.day >= first
        )
    )
    return dict(list(rows))


async def _by_day(session: Session, affiliate_id: str, book: str, first: int) -> dict[int, int]:
    day = Commission.created_at // DAY
    rows = await session.execute(
        select(day, func.sum(NET))
        .where(
            Commission.affiliate_id == affiliate_id,
            Commission.book == book,
            Commission.created_at >= first * DAY,
        )
        .group_by(day)
    )
    return {number: int(amount) for number, amount in rows}


async def _reversed(session: Session, affiliate_id: str, book: str) -> int:
    """Return what refunds, disputes and the operator took, before and after the approval."""
    ours = (Commission.affiliate_id == affiliate_id, Commission.book == book)
    less = await session.scalar(select(func.sum(Commission.reversed_microusd)).where(*ours))
    corrections = select(func.sum(Commission.amount_microusd)).where(
        *ours, Commission.kind != "commission"
    )
    return int(less or 0) - int(await session.scalar(corrections) or 0)


async def _paid(session: Session, affiliate_id: str, book: str) -> int:
    wanted = select(func.sum(Payout.amount_microusd)).where(
        Payout.affiliate_id == affiliate_id, Payout.book == book, Payout.state == PayoutState.PAID
    )
    return int(await session.scalar(wanted) or 0)
