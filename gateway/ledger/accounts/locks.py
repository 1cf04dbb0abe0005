"""Locks of ledger accounts, which every movement of money takes first.

Invariants: accounts are locked in ascending order of their numbers, so two transactions cannot
wait for each other; due grants are expired at the lock, so of expired credit a balance under lock
contains only what open holds protect; only `lock_accounts` makes a `LockedAccounts`,
so its owner has the locks.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.kit.clock import MINUTE
from gateway.kit.database.sql import Row, Tx, get_database_time, sql
from gateway.ledger.accounts.grant_expiry import expire_grants
from gateway.ledger.decisions import Account
from gateway.ledger.states import AccountState

LOCK_ACCOUNTS = sql(
    """
    SELECT (SELECT kt_now()), locked.id, locked.kind, locked.book, locked.posted_microusd,
           locked.pending_microusd, locked.incoming_microusd, locked.debt_microusd,
           locked.untaken_microusd, locked.version, locked.state, locked.grants_due_at
    FROM {rows} JOIN ledger_account AS locked ON locked.id = given.id
    ORDER BY locked.id {for_update}
    """,
    id="int",
)


@dataclass(frozen=True, slots=True)
class LockedAccounts:
    """Accounts under lock, by number, with the newest values. Only `lock_accounts` makes it."""

    accounts: dict[int, Account]


async def lock_accounts(tx: Tx, account_numbers: Iterable[int]) -> LockedAccounts:
    """Lock these accounts in ascending order and expire their due grants.

    In a transaction that holds them already it reads them again.

    Raises:
        LookupError: an account does not exist.
    """
    numbers = sorted(set(account_numbers))
    rows = await tx.read(LOCK_ACCOUNTS, [(number,) for number in numbers])
    if len(rows) != len(numbers):
        raise LookupError(f"{len(rows)} of {len(numbers)} accounts exist")
    locked = LockedAccounts({row[1]: _account_from_row(row[1:]) for row in rows})
    # The statement read its clock before it waited for the locks. A minute of slack finds what fell
    # due meanwhile; whether it really did is decided by a clock read under the locks.
    soon = max((row[0] for row in rows), default=0) + MINUTE
    due = [a for a in locked.accounts.values() if (a.grants_due_at or soon) < soon]
    if due:
        now = await get_database_time(tx)
        for account in due:
            if account.grants_due_at is not None and account.grants_due_at <= now:
                await expire_grants(tx, account, now)
    return locked


def _account_from_row(row: Row) -> Account:
    account = Account(*row)
    account.state = AccountState(account.state)
    return account
