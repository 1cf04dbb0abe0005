"""The affiliate programme's terms and members, shared by all its parts."""

from dataclasses import dataclass

from sqlalchemy import select

from gateway.affiliates.errors import NotAnAffiliate
from gateway.affiliates.tables import Affiliate, AffiliateCode
from gateway.kit.browser import Site
from gateway.kit.clock import DAY, HOUR
from gateway.kit.database import Session, Snapshot
from gateway.kit.ids import Ids
from gateway.kit.money import MICROUSD
from gateway.kit.referrals import Referrals
from gateway.mail.outbox import Mailer

RATE_BPS = 1_500
HOLD = 30 * DAY
EARNS_FOR = 365 * DAY
MINIMUM_MICROUSD = 25 * MICROUSD
BINDING = 14 * DAY
CODE_EVERY = 30 * DAY
PAYOUTS_WAIT = 72 * HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """The parts that the programme is made of; `auto_approve` lets everybody in who applies."""

    ids: Ids
    site: Site
    referrals: Referrals
    mailer: Mailer
    auto_approve: bool

    def link(self, code: str) -> str:
        """Return the address that brings people here by a code."""
        return f"{self.site.public_url}/api/v1/affiliates/r?code={code}"


async def find(session: Session | Snapshot, account_id: str) -> Affiliate | None:
    """Return the affiliate that an account is, if it is one."""
    return await session.scalar(select(Affiliate).where(Affiliate.account_id == account_id))


async def own(session: Session | Snapshot, account_id: str) -> Affiliate:
    """Return the affiliate that an account is.

    Raises:
        NotAnAffiliate: it is none.
    """
    found = await find(session, account_id)
    if found is None:
        raise NotAnAffiliate
    return found


async def held(session: Session, affiliate_id: str) -> Affiliate:
    """Lock an affiliate and return it as it is now.

    Raises:
        LookupError: there is none.
    """
    found = await session.scalar(
        select(Affiliate)
        .where(Affiliate.id == affiliate_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise LookupError(f"there is no affiliate {affiliate_id}")
    return found


async def codes_of(session: Session | Snapshot, affiliate_id: str) -> list[str]:
    """Return every code that an affiliate has, or had."""
    wanted = select(AffiliateCode.code).where(AffiliateCode.affiliate_id == affiliate_id)
    return list(await session.scalars(wanted))


async def by_code(session: Session | Snapshot, code: str) -> Affiliate | None:
    """Return whose code this is, in any state; capitals do not matter."""
    return await session.scalar(
        select(Affiliate)
        .join(AffiliateCode, AffiliateCode.affiliate_id == Affiliate.id)
        .where(AffiliateCode.code == code.upper())
    )
