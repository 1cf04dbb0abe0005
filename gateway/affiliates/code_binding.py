"""Binding of accounts to referral codes: once, within 14 days of sign-up, before a purchase."""

from gateway.affiliates import codes
from gateway.affiliates.errors import (
    AlreadyBound,
    BindingWindowClosed,
    CodeNotFound,
    SelfReferral,
)
from gateway.affiliates.programme import BINDING_PERIOD, Programme
from gateway.affiliates.tables import Affiliate
from gateway.identity.accounts import account_referrals
from gateway.identity.keys import keys
from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import get_database_time
from gateway.kit.referrals import ReferralClick
from gateway.ledger.accounts.owners import BOOKS, get_account_number
from gateway.ledger.reports.transfer_search import has_bought


async def bind_to_code(
    session: Session, programme: Programme, account_id: str, code: str | None, token: str | None
) -> ReferralClick:
    """Bind an account to a code, or to the click of a token; return the click that counts.

    Raises:
        CodeNotFound: no approved affiliate has this code.
        AlreadyBound: the account has a code, also from another request meanwhile.
        BindingWindowClosed: 14 days have passed, or the account has bought.
        SelfReferral: the code belongs to the same person.
    """
    account = await keys.get_account(session, account_id)
    now = await get_database_time(session)
    click = ReferralClick((code or "").upper(), programme.ids.new("clk"), now)
    if token is not None:
        click = programme.referrals.read_click(token, now) or click
    affiliate = await codes.find_active_affiliate(session, click.code)
    if affiliate is None:
        raise CodeNotFound(field="code" if token is None else "referralToken")
    if account.referral_code is not None:
        raise AlreadyBound
    if await find_binding_deadline(session, account_id) is None:
        raise BindingWindowClosed
    if await is_same_person(session, affiliate, account_id):
        raise SelfReferral
    if not await account_referrals.bind_referral(session, account_id, click):
        raise AlreadyBound  # another request bound the account since it was read
    return click


async def find_binding_deadline(session: Session, account_id: str) -> int | None:
    """Return the time until which an account may be bound to a code; None if it may not."""
    account = await keys.get_account(session, account_id)
    now = await get_database_time(session)
    numbers = [await get_account_number(session, account_id, book) for book in BOOKS]
    last = account.created_at + BINDING_PERIOD
    if account.referral_code is not None or now > last or await has_bought(session, numbers):
        return None
    return last


async def is_same_person(session: Session, affiliate: Affiliate, account_id: str) -> bool:
    """Return True if an affiliate and an account are one person by their e-mail addresses."""
    if affiliate.account_id == account_id:
        return True
    persons = await account_referrals.list_abuse_keys(session, affiliate.account_id)
    return not persons.isdisjoint(await account_referrals.list_abuse_keys(session, account_id))
