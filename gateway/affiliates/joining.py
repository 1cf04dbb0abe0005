"""Taking part: apply, change, and what the operator decides."""

from dataclasses import dataclass

from gateway.affiliates import codes
from gateway.affiliates.destinations import check_destination, notice
from gateway.affiliates.errors import AlreadyApplied, CodeChangedRecently
from gateway.affiliates.programme import CODE_EVERY, PAYOUTS_WAIT, Programme, find, held
from gateway.affiliates.states import AffiliateState
from gateway.affiliates.tables import Affiliate
from gateway.identity import identities, keys
from gateway.kit.clock import iso
from gateway.kit.database import Session
from gateway.ledger.accounts import open_accounts

DECISIONS = {
    "approve": (AffiliateState.APPROVED, {AffiliateState.APPLIED, AffiliateState.SUSPENDED}),
    "reject": (AffiliateState.REJECTED, {AffiliateState.APPLIED}),
    "suspend": (AffiliateState.SUSPENDED, {AffiliateState.APPROVED}),
    "ban": (AffiliateState.BANNED, {AffiliateState.SUSPENDED}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """What somebody says who wants to take part."""

    display_name: str
    website: str | None
    promotion_plan: str | None
    code: str | None


async def join(
    session: Session, programme: Programme, account_id: str, wanted: Application
) -> Affiliate:
    """Let an account apply; its two ledger accounts are there from then on.

    Raises:
        AlreadyApplied, CodeTaken: see there.
    """
    await keys.hold_account(session, account_id)
    if await find(session, account_id) is not None:
        raise AlreadyApplied
    row = Affiliate(
        id=programme.ids.new("aff"),
        account_id=account_id,
        state=AffiliateState.APPROVED if programme.auto_approve else AffiliateState.APPLIED,
        code="",
        display_name=wanted.display_name,
        website=wanted.website,
        promotion_plan=wanted.promotion_plan,
        created_at=await keys.database_time(session),
    )
    session.add(row)
    await session.flush()
    await codes.take(session, row, wanted.code or codes.made_code(programme.ids))
    await open_accounts(session, row.id, "affiliate")
    return row


async def change_code(session: Session, affiliate: Affiliate, code: str) -> None:
    """Give an affiliate another code; links with the earlier one go on counting.

    Raises:
        CodeTaken, CodeChangedRecently: see there.
    """
    if code.upper() == affiliate.code:
        return
    now = await keys.database_time(session)
    if (affiliate.code_changed_at or -CODE_EVERY) > now - CODE_EVERY:
        raise CodeChangedRecently(field="code")
    await codes.take(session, affiliate, code)
    affiliate.code_changed_at = now


async def change_destination(
    session: Session,
    programme: Programme,
    affiliate: Affiliate,
    method: str | None,
    destination: str | None,
) -> bool:
    """Set where payouts go; a new place is mailed to all addresses and blocks them for 3 days.

    Returns: whether it is a new one.

    Raises:
        PayoutDestinationInvalid: it is not one of its method.
    """
    method = method or affiliate.payout_method
    place = check_destination(method, destination)
    if (method, place) == (affiliate.payout_method, affiliate.payout_destination):
        return False
    affiliate.payout_method = method
    if place is None:
        return True  # account credit goes nowhere else; what was set stays known
    affiliate.payout_destination = place
    affiliate.payouts_from = await keys.database_time(session) + PAYOUTS_WAIT
    addresses = {row.email for row in await identities.of(session, affiliate.account_id)}
    for address in sorted(addresses):
        letter = notice(address, affiliate, iso(affiliate.payouts_from))
        await programme.mailer.later(session, letter)
    return True


async def decide(session: Session, affiliate_id: str, decision: str) -> tuple[Affiliate, str]:
    """Carry out what the operator decides; return the affiliate and the state that it had.

    Raises:
        LookupError: there is none.
        ValueError: not from this state.
    """
    state, allowed = DECISIONS[decision]
    affiliate = await held(session, affiliate_id)
    before = affiliate.state
    if before != state:
        if before not in allowed:
            raise ValueError(f"{affiliate_id} is {before}: {decision} is for {sorted(allowed)}")
        affiliate.state = state
    return affiliate, before
