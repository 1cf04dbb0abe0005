"""Balances, read without a lock: never cached, never summed.

The columns of an account lag behind in two ways until the next lock: spending that no grant has
paid yet (`untaken_microusd`), and grants that are due. Reading applies both without writing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.kit.database.sessions import Database
from gateway.kit.database.sql import Row, Tx, sql
from gateway.ledger.accounts.grants import (
    Category,
    Grant,
    calculate_free_parts,
    sort_grants,
    take_from_grants,
)
from gateway.ledger.states import AccountState

SELECT_BALANCES = sql(
    """
    SELECT a.id, kt_now(), a.posted_microusd, a.pending_microusd, a.debt_microusd,
           a.untaken_microusd, a.state, f.reason,
           g.id, g.category, g.purchase_id, g.remaining_microusd, g.expires_at, g.created_at
    FROM {rows} JOIN ledger_account AS a ON a.id = given.id
    LEFT JOIN account_freeze AS f ON f.account_id = a.id
    LEFT JOIN credit_grant AS g ON g.account_id = a.id AND g.remaining_microusd > 0
    """,
    id="int",
)


@dataclass(frozen=True, slots=True)
class Bucket:
    """The remaining credit of a grant, as the owner of the account sees it."""

    category: Category
    remaining_microusd: int
    expires_at: int | None


@dataclass(frozen=True, slots=True)
class Balance:
    """The balance of one account; `available` is `posted` less `held`, negative when in debt."""

    posted_microusd: int
    held_microusd: int
    debt_microusd: int
    available_microusd: int
    state: AccountState
    buckets: list[Bucket]
    frozen_reasons: list[str]


async def fetch_balances(database: Database, accounts: Sequence[int]) -> dict[int, Balance]:
    """Return the balances of these accounts by number, in one statement; unknown are left out."""
    return _balances_by_account(
        await database.fetch(SELECT_BALANCES, [(number,) for number in accounts])
    )


async def load_balances(tx: Tx, accounts: Sequence[int]) -> dict[int, Balance]:
    """Return the balances of these accounts as this transaction sees them."""
    return _balances_by_account(await tx.read(SELECT_BALANCES, [(number,) for number in accounts]))


def _balances_by_account(rows: Iterable[Row]) -> dict[int, Balance]:
    rows_by_account: dict[int, list[Row]] = {}
    for row in rows:
        rows_by_account.setdefault(row[0], []).append(row)
    return {
        number: balance_from_rows(account_rows) for number, account_rows in rows_by_account.items()
    }


def balance_from_rows(rows: Sequence[Row]) -> Balance:
    """Build the balance from the rows of one account.

    The join gives each grant once per freeze, so both are made unique here.
    """
    _, now, posted, pending, debt, untaken, state, *_ = rows[0]
    grants = {row[8]: Grant(*row[8:]) for row in rows if row[8] is not None}
    settled, _ = take_from_grants(list(grants.values()), untaken)
    # Holds protect their part of an expired grant: only what is free of them counts as expired.
    parts = calculate_free_parts(settled, 0, pending)
    expired = {grant.id: parts[grant.id] for grant in settled if grant.is_expired(now)}
    posted -= sum(expired.values())
    return Balance(
        posted_microusd=posted,
        held_microusd=pending,
        debt_microusd=debt,
        available_microusd=posted - pending,
        state=AccountState(state),
        buckets=list(build_buckets(sort_grants(settled), expired)),
        frozen_reasons=sorted({row[7] for row in rows if row[7] is not None}),
    )


def build_buckets(grants: Sequence[Grant], expired: dict[str, int]) -> Iterable[Bucket]:
    """Yield what remains of each grant; `expired` is the expired amount by grant id."""
    for grant in grants:
        remaining = grant.remaining_microusd - expired.get(grant.id, 0)
        if remaining:
            yield Bucket(grant.category, remaining, grant.expires_at)
