"""Postings: the entries that changed what an account has, by version or by time.

An account's entries have versions without gaps, and never change. So a report first decides from
which version to which it reads, by a binary search for the moment: some twenty look-ups in the
index, however many entries there are. Then it reads the versions in parts, each in a transaction of
its own: what is written meanwhile has later versions, and no long snapshot is held.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from gateway.kit.database.sessions import Database
from gateway.kit.database.sql import Tx, sql

PART_VERSIONS = 4_000
SELECT_VERSION = sql(
    "SELECT a.version, a.posted_microusd, kt_now() FROM {rows}"
    " JOIN ledger_account AS a ON a.id = given.id",
    id="int",
)
# The row lock waits for every transaction that has read its clock under it. So entries with a later
# version than the one returned here are not older than this statement.
LOCK_VERSION = sql(
    "SELECT locked.version, locked.posted_microusd, kt_now() FROM {rows}"
    " JOIN ledger_account AS locked ON locked.id = given.id {for_update}",
    id="int",
)
SELECT_ENTRY_TIME = sql(
    """
    SELECT e.created_at FROM {rows}
    JOIN entry AS e ON e.account_id = given.account AND e.account_version = given.version
    """,
    account="int",
    version="int",
)
SELECT_POSTINGS = sql(
    """
    SELECT e.account_version, e.created_at, t.code, t.reference, t.pending_id, t.key_id,
           e.amount_microusd
    FROM {rows} JOIN entry AS e ON e.account_id = given.account
      AND e.account_version > given.after AND e.account_version <= given.last
    JOIN transfer AS t ON t.id = e.transfer_id
    WHERE e.layer = 'posted' ORDER BY e.account_version
    """,
    account="int",
    after="int",
    last="int",
)


@dataclass(frozen=True, slots=True)
class AccountPoint:
    """An account at one moment: the version of its newest entry, its posted balance, the time."""

    version: int
    posted_microusd: int
    at: int


@dataclass(frozen=True, slots=True)
class Span:
    """The entries of an account with versions above `after`, up to `last`."""

    account: int
    after: int
    last: int


@dataclass(frozen=True, slots=True)
class Posting:
    """A change of what an account has: `amount_microusd` is signed, `hold_id` that of a charge."""

    version: int
    at: int
    code: str
    reference: str
    hold_id: str | None
    key_id: str | None
    amount_microusd: int


async def get_account_point(tx: Tx, account: int, *, lock: bool = False) -> AccountPoint:
    """Return where an account stands; with `lock`, once no other transaction is writing to it.

    Raises:
        LookupError: there is no such account.
    """
    rows = await tx.read(LOCK_VERSION if lock else SELECT_VERSION, [(account,)])
    if not rows:
        raise LookupError(f"no account {account}")
    return AccountPoint(*rows[0])


async def find_entry_time(tx: Tx, account: int, version: int) -> int | None:
    """Return the time of the entry with this version, or None."""
    rows = await tx.read(SELECT_ENTRY_TIME, [(account, version)])
    return rows[0][0] if rows else None


async def find_last_version(tx: Tx, account: int, before: int, *, within: tuple[int, int]) -> int:
    """Return the version of the last entry older than a moment.

    `within` are a version that is older, or 0, and the newest version to look at.
    """
    older, newest = within
    newer = newest + 1
    while newer - older > 1:
        middle = (older + newer) // 2
        at = await find_entry_time(tx, account, middle)
        if at is not None and at < before:
            older = middle
        else:
            newer = middle
    return older


async def find_span(tx: Tx, account: int, start: int, end: int) -> Span:
    """Return the entries of an account from `start` to before `end`, as they are now."""
    newest = (await get_account_point(tx, account)).version
    after = await find_last_version(tx, account, start, within=(0, newest))
    return Span(account, after, await find_last_version(tx, account, end, within=(after, newest)))


async def read_postings(
    database: Database, span: Span, part_versions: int = PART_VERSIONS
) -> AsyncIterator[list[Posting]]:
    """Yield the postings of a span in parts, oldest first; memory holds one part."""
    for after in range(span.after, span.last, part_versions):
        last = min(after + part_versions, span.last)
        async with database.read() as snapshot:
            rows = await snapshot.read(SELECT_POSTINGS, [(span.account, after, last)])
        yield [Posting(*row) for row in rows]
