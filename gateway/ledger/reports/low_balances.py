"""Low balances: accounts that fell below a mark, reported once for each crossing.

A row of `balance_watch` remembers the account version of the last look and whether the balance was
above the mark then. A process takes a crossing by updating that row from the version it saw; of two
processes only one changes it.
"""

from dataclasses import dataclass

from gateway.kit.database.sql import Tx, sql

BATCH_SIZE = 500
SELECT_MOVED_BALANCES = sql(
    f"""
    SELECT a.id, a.owner_id, a.book, a.posted_microusd - a.pending_microusd, a.version,
           COALESCE(w.version, 0),
           CASE WHEN COALESCE(w.was_above, 0) = 1 OR EXISTS (
             SELECT 1 FROM entry AS e
             WHERE e.account_id = a.id AND e.account_version > COALESCE(w.version, 0)
               AND e.layer = 'posted' AND e.amount_microusd > 0
               AND e.balance_after_microusd >= given.mark
           ) THEN 1 ELSE 0 END
    FROM {{rows}} JOIN ledger_account AS a ON a.id > given.after AND a.kind = 'customer'
    LEFT JOIN balance_watch AS w ON w.account_id = a.id
    WHERE a.version > COALESCE(w.version, 0)
    ORDER BY a.id LIMIT {BATCH_SIZE}
    """,  # noqa: S608 - a constant
    mark="int",
    after="int",
)
INSERT_WATCHES = sql(
    """
    INSERT INTO balance_watch (account_id, version, was_above)
    SELECT given.account_id, 0, 0 FROM {rows} WHERE true ON CONFLICT (account_id) DO NOTHING
    """,
    account_id="int",
)
UPDATE_WATCHES = sql(
    """
    UPDATE balance_watch SET version = given.version, was_above = given.was_above FROM {rows}
    WHERE balance_watch.account_id = given.account_id AND balance_watch.version = given.seen
    """,
    account_id="int",
    seen="int",
    version="int",
    was_above="int",
)


@dataclass(frozen=True, slots=True)
class MovedBalance:
    """A customer's account with entries after `seen_version`, the version that was checked last.

    `was_above` is 1 if the balance was at the mark or above then or since; `available_microusd` may
    be negative.
    """

    account: int
    owner_id: str
    book: str
    available_microusd: int
    version: int
    seen_version: int
    was_above: int

    def fell_below(self, mark_microusd: int) -> bool:
        """Return True if the balance is below the mark now and was not before."""
        return bool(self.was_above) and self.available_microusd < mark_microusd


async def list_moved_balances(tx: Tx, mark_microusd: int, after: int = 0) -> list[MovedBalance]:
    """Return at most 500 accounts after the number `after` that moved since the last look."""
    return [
        MovedBalance(*row) for row in await tx.read(SELECT_MOVED_BALANCES, [(mark_microusd, after)])
    ]


async def record_balances_checked(tx: Tx, mark_microusd: int, accounts: list[MovedBalance]) -> int:
    """Record that these balances were checked; return how many no other process had taken."""
    await tx.change(INSERT_WATCHES, [(each.account,) for each in accounts])
    return await tx.change(
        UPDATE_WATCHES,
        [
            (
                each.account,
                each.seen_version,
                each.version,
                int(each.available_microusd >= mark_microusd),
            )
            for each in accounts
        ],
    )
