"""Referral codes and clicks: a visitor's first click earns, later ones are only counted."""

import re
from dataclasses import dataclass

from gateway.affiliates.errors import CodeTaken
from gateway.affiliates.programme import Programme, find_affiliate_by_code
from gateway.affiliates.states import AffiliateState
from gateway.affiliates.tables import Affiliate
from gateway.kit.clock import SECOND, to_utc_day
from gateway.kit.database.sessions import Session, Snapshot
from gateway.kit.database.sql import get_database_time, sql
from gateway.kit.ids import ALPHABET, Ids
from gateway.kit.referrals import ReferralClick

CODE_PATTERN = re.compile(r"[A-Z0-9-]{4,24}")
GENERATED_CHARACTERS = 8
# Names that a visitor could take for ours, and words that forms and programs use for "no code".
RESERVED_CODES = frozenset(
    {
        "ADMIN", "AFFILIATE", "AFFILIATES", "ANTHROPIC", "BILLING", "FREE", "HELP", "INFO",
        "KILLA", "KILLA-TAMATA", "KILLATAMATA", "LOGIN", "NONE", "NULL", "OFFICIAL", "ROOT",
        "SECURITY", "STAFF", "SUPPORT", "SYSTEM", "TAMATA", "TEAM", "TEST", "UNDEFINED",
    }
)  # fmt: skip
INSERT_CODE = sql(
    """
    INSERT INTO affiliate_code (code, affiliate_id) SELECT given.code, given.affiliate_id
    FROM {rows} WHERE true ON CONFLICT (code) DO NOTHING
    """,
    code="text",
    affiliate_id="text",
)
COUNT_CLICK = sql(
    """
    INSERT INTO affiliate_day (affiliate_id, day, clicks)
    SELECT given.affiliate_id, given.day, 1 FROM {rows} WHERE true
    ON CONFLICT (affiliate_id, day) DO UPDATE SET clicks = affiliate_day.clicks + 1
    """,
    affiliate_id="text",
    day="int",
)


@dataclass(frozen=True, slots=True)
class CountedClick:
    """The click that counts for a visitor and its token; `is_first` if it is this click."""

    click: ReferralClick
    token: str
    is_first: bool


def generate_code(ids: Ids) -> str:
    """Return a random code, for an affiliate that chose none."""
    return "".join(ALPHABET[each % len(ALPHABET)] for each in ids.bytes(GENERATED_CHARACTERS))


async def assign_code(session: Session, affiliate: Affiliate, code: str) -> None:
    """Give a code to an affiliate; a code that it had before is still its own.

    Raises:
        CodeTaken: the code belongs to another affiliate, or is reserved.
    """
    code = code.upper()
    if code in RESERVED_CODES:
        raise CodeTaken(field="code")
    if not await session.change(INSERT_CODE, [(code, affiliate.id)]):
        owner = await find_affiliate_by_code(session, code)
        if owner is None or owner.id != affiliate.id:
            raise CodeTaken(field="code")
    affiliate.code = code


async def find_active_affiliate(session: Session | Snapshot, code: str) -> Affiliate | None:
    """Return the approved affiliate that owns a code, or None."""
    if CODE_PATTERN.fullmatch(code.upper()) is None:
        return None
    affiliate = await find_affiliate_by_code(session, code)
    if affiliate is None or affiliate.state != AffiliateState.APPROVED:
        return None
    return affiliate


async def record_click(
    session: Session,
    programme: Programme,
    code: str,
    *,
    earlier_token: str | None,
    click_id: str | None,
) -> CountedClick | None:
    """Count a click; return the click that counts, or None if the code is not active.

    `earlier_token` is the token that the visitor has from an earlier click.
    """
    affiliate = await find_active_affiliate(session, code)
    if affiliate is None:
        return None
    now = await get_database_time(session)
    await session.change(COUNT_CLICK, [(affiliate.id, to_utc_day(now))])
    first = programme.referrals.read_click(earlier_token or "", now)
    if first is not None:
        return CountedClick(first, earlier_token or "", is_first=False)
    at = now // SECOND * SECOND  # tokens carry whole seconds
    click = ReferralClick(code.upper(), click_id or programme.ids.new("clk"), at)
    return CountedClick(click, programme.referrals.sign_click(click), is_first=True)
