"""Referrals of accounts: kept at the sign-up, or bound once soon after."""

from collections.abc import Sequence

from sqlalchemy import func, select, update

from gateway.identity.accounts import identities
from gateway.identity.accounts.addresses import to_abuse_key
from gateway.identity.tables import Account
from gateway.kit.clock import DAY
from gateway.kit.database.sessions import Session, Snapshot
from gateway.kit.referrals import ReferralClick


async def bind_referral(session: Session, account_id: str, click: ReferralClick) -> bool:
    """Write the click that brought an account here; return False if it has one already."""
    bound = await session.execute(
        update(Account)
        .where(Account.id == account_id, Account.referral_code.is_(None))
        .values(
            referral_code=click.code, referral_click_id=click.click_id, referred_at=click.clicked_at
        )
        .returning(Account.id)
    )
    return bound.scalar() is not None


async def count_sign_ups(
    session: Session | Snapshot, codes: Sequence[str], since: int
) -> dict[int, int]:
    """Count the accounts that came by these codes on each UTC day (days since 1970)."""
    day = Account.created_at // DAY
    rows = await session.execute(
        select(day, func.count())
        .where(Account.referral_code.in_(codes), Account.created_at >= since)
        .group_by(day)
    )
    return dict(list(rows))


async def list_abuse_keys(session: Session | Snapshot, account_id: str) -> frozenset[str]:
    """List the abuse keys of an account; accounts that share one belong to one person."""
    rows = await identities.list_account_identities(session, account_id)
    return frozenset(to_abuse_key(row.email) for row in rows)
