"""Reading balances: never cached, never summed; grants as they would be if settled now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.kit.database import Database
from gateway.kit.sql import Row, Tx, sql
from gateway.ledger.grants import Category, Grant, free, in_order, take
from gateway.ledger.states import AccountState

BALANCES = sql(
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
    """A parcel of credit as its owner sees it."""

    category: Category
    remaining_microusd: int
    expires_at: int | None


@dataclass(frozen=True, slots=True)
class Balance:
    """One account at one moment; `available` is `posted` less `held`, below zero the debt."""

    posted_microusd: int
    held_microusd: int
    debt_microusd: int
    available_microusd: int
    state: AccountState
    buckets: list[Bucket]
    frozen_reasons: list[str]


async def balances(database: Database, accounts: Sequence[int]) -> dict[int, Balance]:
    """Return the balances of these accounts in one statement, those unknown left out."""
    return _each(await database.fetch(BALANCES, [(number,) for number in accounts]))


async def balances_in(tx: Tx, accounts: Sequence[int]) -> dict[int, Balance]:
    """Return the same as a transaction sees it."""
    return _each(await tx.read(BALANCES, [(number,) for number in accounts]))


def _each(rows: Iterable[Row]) -> dict[int, Balance]:
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(row)
    return {number: balance(of_one) for number, of_one in found.items()}


def balance(rows: Sequence[Row]) -> Balance:
    """Return the balance in the rows of one account: its grants, times its freezes."""
    _, now, posted, pending, debt, untaken, state, *_ = rows[0]
    grants = {row[8]: Grant(*row[8:]) for row in rows if row[8] is not None}
    taken, _ = take(list(grants.values()), untaken)
    parts = free(taken, 0, pending)
    gone = {grant.id: parts[grant.id] for grant in taken if grant.expired(now)}
    posted -= sum(gone.values())
    return Balance(
        posted_microusd=posted,
        held_microusd=pending,
        debt_microusd=debt,
        available_microusd=posted - pending,
        state=AccountState(state),
        buckets=list(buckets(in_order(taken), gone)),
        frozen_reasons=sorted({row[7] for row in rows if row[7] is not None}),
    )


def buckets(grants: Sequence[Grant], gone: dict[str, int]) -> Iterable[Bucket]:
    """Yield what remains of each grant without what expired."""
    for grant in grants:
        remaining = grant.remaining_microusd - gone.get(grant.id, 0)
        if remaining:
            yield Bucket(grant.category, remaining, grant.expires_at)
