"""The caps of members: kept by the ledger, one policy for each member and book.

Caps are of live money. Play money has none, but its spender ends with the member too.
"""

from collections.abc import Mapping, Sequence

from gateway.kit.caller import build_member_spender_id
from gateway.kit.database.sessions import Session, Snapshot
from gateway.ledger import policies
from gateway.ledger.accounts.locks import lock_accounts
from gateway.ledger.accounts.owners import BOOKS, get_account_number
from gateway.ledger.decisions import Limits, Policy

NO_LIMITS = Limits()


async def lock_ledger_accounts(session: Session, *account_ids: str) -> list[tuple[str, int]]:
    """Lock the ledger accounts of accounts in their order; return the book and number of each."""
    numbers = [
        (book, await get_account_number(session, account_id, book))
        for account_id in account_ids
        for book in BOOKS
    ]
    await lock_accounts(session, sorted(number for _, number in numbers))
    return numbers


async def let_member_spend(
    session: Session, account_id: str, member_id: str, limits: Limits
) -> None:
    """Let a member spend from the team, within these caps of live money; or change the caps."""
    for book, number in await lock_ledger_accounts(session, account_id):
        caps = limits if book == "live" else NO_LIMITS
        await policies.set_member_limits(session, member_id, number, caps)


async def end_member_spending(
    session: Session, account_id: str, member_id: str, *, keys_only: bool
) -> list[tuple[str, int]]:
    """End all spending of a member's keys for good, and that of the member unless `keys_only`.

    No hold is admitted after this. Return each book with the time of the end.
    """
    revoke = policies.revoke_member_keys if keys_only else policies.revoke_member
    return [
        (book, await revoke(session, member_id, number))
        for book, number in await lock_ledger_accounts(session, account_id)
    ]


async def load_member_policies(
    session: Session | Snapshot, member_ids: Sequence[str]
) -> Mapping[str, Policy]:
    """Load the caps of members and what they have used of them in live money, by member."""
    if not member_ids:
        return {}
    spender_ids: dict[str, str] = {
        build_member_spender_id(each, "live"): each for each in member_ids
    }
    view = await policies.load_spenders(session, list(spender_ids))
    return {
        spender_ids[policy_id]: policy.with_windows_at(view.now)
        for policy_id, policy in view.policies.items()
        if policy_id in spender_ids
    }
