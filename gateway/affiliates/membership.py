"""Membership in the programme: applications, changes by the affiliate, the operator's decisions."""

from dataclasses import dataclass

from gateway.affiliates import codes
from gateway.affiliates.earnings.payout_destinations import (
    build_destination_mail,
    normalize_destination,
)
from gateway.affiliates.errors import AlreadyApplied, CodeChangedRecently
from gateway.affiliates.programme import (
    CODE_CHANGE_INTERVAL,
    PAYOUT_BLOCK,
    Programme,
    find_affiliate,
    lock_affiliate,
)
from gateway.affiliates.states import AffiliateState
from gateway.affiliates.tables import Affiliate
from gateway.identity.accounts import identities
from gateway.identity.keys import keys
from gateway.kit.clock import to_iso
from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import get_database_time
from gateway.ledger.accounts.owners import open_accounts

MEMBERSHIP_DECISIONS = {
    "approve": (AffiliateState.APPROVED, {AffiliateState.APPLIED, AffiliateState.SUSPENDED}),
    "reject": (AffiliateState.REJECTED, {AffiliateState.APPLIED}),
    "suspend": (AffiliateState.SUSPENDED, {AffiliateState.APPROVED}),
    "ban": (AffiliateState.BANNED, {AffiliateState.SUSPENDED}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AffiliateApplication:
    """The application of an account; without `code` one is made."""

    display_name: str
    website: str | None
    promotion_plan: str | None
    code: str | None


async def apply_for_programme(
    session: Session, programme: Programme, account_id: str, application: AffiliateApplication
) -> Affiliate:
    """Make an account an affiliate that applies, with a code and ledger accounts in both books.

    Raises:
        AlreadyApplied: the account is an affiliate already.
        CodeTaken: the desired code is taken or reserved.
    """
    await keys.lock_account(session, account_id)  # or two applications could both find none
    if await find_affiliate(session, account_id) is not None:
        raise AlreadyApplied
    row = Affiliate(
        id=programme.ids.new("aff"),
        account_id=account_id,
        state=AffiliateState.APPROVED if programme.auto_approve else AffiliateState.APPLIED,
        code="",
        display_name=application.display_name,
        website=application.website,
        promotion_plan=application.promotion_plan,
        created_at=await get_database_time(session),
    )
    session.add(row)
    await session.flush()
    await codes.assign_code(session, row, application.code or codes.generate_code(programme.ids))
    await open_accounts(session, row.id, "affiliate")
    return row


async def change_code(session: Session, affiliate: Affiliate, code: str) -> None:
    """Give an affiliate another code; links with the former one go on counting.

    Raises:
        CodeTaken: the code belongs to another affiliate, or is reserved.
        CodeChangedRecently: the last change was less than 30 days ago.
    """
    if code.upper() == affiliate.code:
        return
    now = await get_database_time(session)
    if (affiliate.code_changed_at or -CODE_CHANGE_INTERVAL) > now - CODE_CHANGE_INTERVAL:
        raise CodeChangedRecently(field="code")
    await codes.assign_code(session, affiliate, code)
    affiliate.code_changed_at = now


async def change_destination(
    session: Session,
    programme: Programme,
    affiliate: Affiliate,
    method: str | None,
    destination: str | None,
) -> bool:
    """Set the payout destination; a new one is announced by mail and blocks payouts for 72 hours.

    The block and the mails to all addresses give the owner of a stolen session time to react.

    Returns: True if the destination or method is new.

    Raises:
        PayoutDestinationInvalid: it does not fit its method.
    """
    method = method or affiliate.payout_method
    place = normalize_destination(method, destination)
    if (method, place) == (affiliate.payout_method, affiliate.payout_destination):
        return False
    affiliate.payout_method = method
    if place is None:
        return True  # account credit stays within the account; the former destination is kept
    affiliate.payout_destination = place
    affiliate.payouts_from = await get_database_time(session) + PAYOUT_BLOCK
    addresses = {
        row.email for row in await identities.list_account_identities(session, affiliate.account_id)
    }
    for address in sorted(addresses):
        letter = build_destination_mail(address, affiliate, to_iso(affiliate.payouts_from))
        await programme.mailer.send_later(session, letter)
    return True


async def decide_membership(
    session: Session, affiliate_id: str, decision: str
) -> tuple[Affiliate, str]:
    """Carry out the operator's decision; return the affiliate and its former state.

    Raises:
        LookupError: there is no such affiliate.
        ValueError: the decision does not apply to its state.
    """
    state, allowed = MEMBERSHIP_DECISIONS[decision]
    affiliate = await lock_affiliate(session, affiliate_id)
    before = affiliate.state
    if before != state:
        if before not in allowed:
            raise ValueError(f"{affiliate_id} is {before}: {decision} is for {sorted(allowed)}")
        affiliate.state = state
    return affiliate, before
