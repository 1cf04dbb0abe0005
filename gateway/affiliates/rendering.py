"""Affiliates, commissions and payouts in their wire form."""

from datetime import UTC, datetime
from typing import Any

from gateway.affiliates import schemas as wire
from gateway.affiliates.earnings.payout_destinations import mask_destination
from gateway.affiliates.earnings.statistics import AffiliateStatistics, DayStatistics
from gateway.affiliates.programme import COMMISSION_HOLD, MIN_PAYOUT_MICROUSD, RATE_BPS, Programme
from gateway.affiliates.tables import Affiliate, Commission, Payout
from gateway.identity.keys import keys
from gateway.kit.clock import DAY, SECOND, to_iso, to_iso_or_none
from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import get_database_time
from gateway.kit.money import to_amount_fields
from gateway.kit.referrals import REFERRAL_LIFETIME


def render_affiliate(
    programme: Programme, row: Affiliate, now: int, bound_code: str | None
) -> wire.AffiliateShown:
    """Return an affiliate in its wire form, with its payout block as of `now`."""
    blocked = row.payouts_from if (row.payouts_from or 0) > now else None
    return wire.AffiliateShown(
        affiliate_id=row.id,
        state=row.state,
        display_name=row.display_name,
        website=row.website,
        code=row.code,
        link=programme.build_referral_link(row.code),
        rate_bps=RATE_BPS,
        cookie_days=REFERRAL_LIFETIME // DAY,
        hold_days=COMMISSION_HOLD // DAY,
        **to_amount_fields("minPayout", MIN_PAYOUT_MICROUSD),
        payout_method=row.payout_method,  # type: ignore[arg-type]  # the table checks it
        payout_destination_masked=mask_destination(row.payout_method, row.payout_destination),
        payouts_blocked_until=to_iso_or_none(blocked),
        bound_code=bound_code,
    )


async def load_rendered_affiliate(
    session: Session, programme: Programme, row: Affiliate
) -> wire.AffiliateShown:
    """Load an affiliate in its wire form, with the code that its account is bound to."""
    account = await keys.get_account(session, row.account_id)
    now = await get_database_time(session)
    return render_affiliate(programme, row, now, account.referral_code)


def render_dashboard(statistics: AffiliateStatistics) -> wire.Dashboard:
    """Return the statistics of an affiliate in their wire form."""
    money = {
        "pending": statistics.pending_microusd,
        "approved": statistics.earnings.posted_microusd,
        "inPayout": statistics.earnings.reserved_microusd,
        "paid": statistics.paid_microusd,
        "reversed": statistics.reversed_microusd,
        "hold": statistics.hold_microusd,
        "available": statistics.earnings.available_microusd,
    }
    fields: dict[str, Any] = {}
    for name, amount in money.items():
        fields |= to_amount_fields(name, amount)
    return wire.Dashboard.model_validate(
        fields
        | {
            "clicks": sum(each.clicks for each in statistics.days),
            "signUps": sum(each.sign_ups for each in statistics.days),
            "buyers": statistics.buyers,
            "series": [render_day(each) for each in statistics.days],
        }
    )


def render_day(day: DayStatistics) -> wire.DashboardDay:
    """Return a day of the statistics in its wire form."""
    return wire.DashboardDay(
        date=datetime.fromtimestamp(day.number * DAY // SECOND, UTC).date().isoformat(),
        clicks=day.clicks,
        sign_ups=day.sign_ups,
        **to_amount_fields("commission", day.commission_microusd),
    )


def render_commission(row: Commission) -> wire.CommissionShown:
    """Return a commission in its wire form, without the buyer."""
    return wire.CommissionShown(
        id=row.id,
        kind=row.kind,  # type: ignore[arg-type]  # the table checks it
        state=row.state,
        **to_amount_fields("purchase", row.purchase_microusd),
        **to_amount_fields("commission", row.net_microusd),
        rate_bps=row.rate_bps,
        created_at=to_iso(row.created_at),
        approve_at=to_iso(row.due_at),
    )


def render_payout(row: Payout) -> wire.PayoutShown:
    """Return a paid payout in its wire form."""
    return wire.PayoutShown(
        id=row.id,
        **to_amount_fields("amount", row.amount_microusd),
        method=row.method,  # type: ignore[arg-type]  # the table checks it
        destination_masked=mask_destination(row.method, row.destination),
        reference=row.reference,
        paid_at=to_iso_or_none(row.paid_at),
    )


def render_payout_request(row: Payout) -> wire.PayoutRequestShown:
    """Return a payout request in its wire form."""
    return wire.PayoutRequestShown(
        id=row.id,
        **to_amount_fields("amount", row.amount_microusd),
        method=row.method,  # type: ignore[arg-type]  # the table checks it
        state=row.state,
        reason=row.reason,
        created_at=to_iso(row.created_at),
        decided_at=to_iso_or_none(row.decided_at),
    )
