"""The closing of an account: refused while money moves, then everything at once and for good.

Lock order: the rows of the account and of the teams of its person, waiting plans of members, ledger
accounts, its affiliate. All are locked before the account
is checked, so no hold, payout or affiliate can begin between the check and the end.
"""

from dataclasses import dataclass

from gateway.account.errors import AccountInUse, CreditLeft
from gateway.affiliates import closure as affiliates
from gateway.identity.accounts import closure as identity
from gateway.identity.teams.removal import (
    MemberWork,
    end_all_memberships,
    lock_for_closing,
)
from gateway.kit.database.sessions import Session
from gateway.kit.money import to_amount_fields
from gateway.ledger import transfers
from gateway.ledger.accounts import closure as ledger
from gateway.ledger.accounts.owners import BOOKS, get_account_number
from gateway.ledger.reports.balances import load_balances
from gateway.mail.outbox import Mailer
from gateway.payments.checkouts import checkout_rows
from gateway.payments.top_ups import closure as top_ups

REAL_MONEY_CATEGORIES = {"paid", "earned"}
BLOCKER_TEXTS = {
    "money_held": "open jobs or plans hold credit",
    "debt": "the balance is negative",
    "account_frozen": "spending is frozen, by a dispute or by the operator",
    "payout_open": "a commission payout is open",
    "payment_open": "a payment is in progress, or waiting for the operator",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingPreview:
    """The obstacles to closing an account, and what it would lose: real money, and other credit."""

    blocked_by: list[str]
    forfeit_microusd: int
    expires_microusd: int


async def preview_closing(session: Session, account_id: str) -> ClosingPreview:
    """Return the obstacles to closing an account and its losses; play money is no loss."""
    numbers = {book: await get_account_number(session, account_id, book) for book in BOOKS}
    balances = await load_balances(session, list(numbers.values()))
    live = balances[numbers["live"]]
    owed = await affiliates.get_owed_commission(session, account_id)
    reasons = {
        "money_held": any(each.held_microusd for each in balances.values()),
        "debt": live.debt_microusd > 0,
        "account_frozen": bool(live.frozen_reasons),
        "payout_open": owed.payout_open,
        "payment_open": await checkout_rows.has_uncredited_payment(session, account_id)
        or await top_ups.has_open_charge(session, account_id),
    }
    bought = [each for each in live.buckets if each.category in REAL_MONEY_CATEGORIES]
    credit = sum(each.remaining_microusd for each in bought)
    return ClosingPreview(
        blocked_by=[name for name, holds in reasons.items() if holds],
        forfeit_microusd=credit + owed.available_microusd,
        expires_microusd=sum(each.remaining_microusd for each in live.buckets) - credit,
    )


async def close(
    session: Session,
    mailer: Mailer,
    work: MemberWork,
    account_id: str,
    forfeit_microusd: int,
) -> int:
    """Close an account that forfeits exactly this much; return the time.

    Auto top-up ends with it, and Stripe forgets the saved cards within seconds.

    Raises:
        AccountClosed: the account is closed already.
        AccountInUse: an obstacle is left; nothing was changed.
        CreditLeft: the account would forfeit another amount; nothing was changed.
    """
    members = await lock_for_closing(session, work, account_id)
    numbers = [await get_account_number(session, account_id, book) for book in BOOKS]
    locked = await transfers.lock_accounts(session, numbers)
    await affiliates.lock_account_affiliate(session, account_id)
    preview = await preview_closing(session, account_id)
    if preview.blocked_by:
        why = "; ".join(BLOCKER_TEXTS[name] for name in preview.blocked_by)
        raise AccountInUse(
            f"The account cannot be closed yet: {why}.", blockedBy=preview.blocked_by
        )
    if forfeit_microusd != preview.forfeit_microusd:
        raise CreditLeft(
            field="forfeitUsd", **to_amount_fields("forfeit", preview.forfeit_microusd)
        )
    await ledger.close_ledger_accounts(session, locked)
    await affiliates.stop_affiliate(session, account_id)
    await top_ups.stop_account_rules(session, account_id)
    await end_all_memberships(session, work, account_id, members)
    return await identity.revoke_all_access(session, mailer, account_id)
