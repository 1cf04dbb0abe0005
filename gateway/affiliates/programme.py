"""The affiliate programme: its terms, its parts, and look-ups of affiliates.

The terms are durations in microseconds and amounts in micro-USD.
"""

from dataclasses import dataclass

from sqlalchemy import select

from gateway.affiliates.errors import NotAnAffiliate
from gateway.affiliates.tables import Affiliate, AffiliateCode
from gateway.kit.clock import DAY, HOUR
from gateway.kit.database.sessions import Session, Snapshot
from gateway.kit.http.browser import Site
from gateway.kit.ids import Ids
from gateway.kit.money import MICROUSD_PER_USD
from gateway.kit.referrals import ReferralTokens
from gateway.mail.outbox import Mailer

RATE_BPS = 1_500
COMMISSION_HOLD = 30 * DAY
EARNING_PERIOD = 365 * DAY
MIN_PAYOUT_MICROUSD = 25 * MICROUSD_PER_USD
BINDING_PERIOD = 14 * DAY
CODE_CHANGE_INTERVAL = 30 * DAY
PAYOUT_BLOCK = 72 * HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """The parts of the programme; `auto_approve` approves every application at once."""

    ids: Ids
    site: Site
    referrals: ReferralTokens
    mailer: Mailer
    auto_approve: bool

    def build_referral_link(self, code: str) -> str:
        """Return the referral link of a code."""
        return f"{self.site.public_url}/api/v1/affiliates/r?code={code}"


async def find_affiliate(session: Session | Snapshot, account_id: str) -> Affiliate | None:
    """Return the affiliate of an account, or None if it never applied."""
    return await session.scalar(select(Affiliate).where(Affiliate.account_id == account_id))


async def require_affiliate(session: Session | Snapshot, account_id: str) -> Affiliate:
    """Return the affiliate of an account.

    Raises:
        NotAnAffiliate: the account never applied.
    """
    affiliate = await find_affiliate(session, account_id)
    if affiliate is None:
        raise NotAnAffiliate
    return affiliate


async def lock_affiliate(session: Session, affiliate_id: str) -> Affiliate:
    """Lock an affiliate and return its newest row.

    Everything that changes codes, commissions or payouts of an affiliate takes this lock.

    Raises:
        LookupError: there is no such affiliate.
    """
    affiliate = await session.scalar(
        select(Affiliate).where(Affiliate.id == affiliate_id).with_for_update()
    )
    if affiliate is None:
        raise LookupError(f"there is no affiliate {affiliate_id}")
    return affiliate


async def list_affiliate_codes(session: Session | Snapshot, affiliate_id: str) -> list[str]:
    """Return every code of an affiliate, former ones too."""
    query = select(AffiliateCode.code).where(AffiliateCode.affiliate_id == affiliate_id)
    return list(await session.scalars(query))


async def find_affiliate_by_code(session: Session | Snapshot, code: str) -> Affiliate | None:
    """Return the affiliate that owns a code, in any state; the case does not matter."""
    return await session.scalar(
        select(Affiliate)
        .join(AffiliateCode, AffiliateCode.affiliate_id == Affiliate.id)
        .where(AffiliateCode.code == code.upper())
    )
