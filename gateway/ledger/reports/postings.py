"""Postings: the entries that changed what an account has, by version or by time.

An account's entries have versions without gaps, and never change. So a report first decides from
which version to which it reads, by a binary search for the moment: some twenty look-ups in the
index, however many entries there are. Then it reads the versions in parts, each in a transaction of
its own: what is written meanwhile has later versions, and no long snapshot is held.
"""

from collections import defaultdict
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from gateway.kit.database.sessions import Database
from gateway.kit.database.sql import Tx, sql
from gateway.kit.database.states import build_state_check
from gateway.ledger.reports.statement_lines import PAYMENT_CODES

PART_VERSIONS, LARGE_PART_VERSIONS = 4_000, 50_000
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
SELECT_BALANCE = sql(
    """
    SELECT (
      SELECT e.balance_after_microusd FROM entry AS e
      WHERE e.account_id = given.account AND e.account_version <= given.version
        AND e.layer = 'posted' ORDER BY e.account_version DESC LIMIT 1
    ) FROM {rows}
    """,
    account="int",
    version="int",
)
POSTINGS_OF_SPAN = """
    SELECT e.account_version, e.created_at, t.code, t.reference, t.pending_id, t.key_id,
           e.amount_microusd
    FROM {rows} JOIN entry AS e ON e.account_id = given.account
      AND e.account_version > given.after AND e.account_version <= given.last
    JOIN transfer AS t ON t.id = e.transfer_id
    WHERE e.layer = 'posted'
"""
IS_PAYMENT = build_state_check("t.code", PAYMENT_CODES)
SELECT_POSTINGS = sql(
    f"{POSTINGS_OF_SPAN} ORDER BY e.account_version", account="int", after="int", last="int"
)
SELECT_PAYMENT_POSTINGS = sql(
    f"{POSTINGS_OF_SPAN} AND {IS_PAYMENT} ORDER BY e.account_version",
    account="int",
    after="int",
    last="int",
)
SUM_JOBLESS_CHARGES = sql(
    """
    SELECT t.key_id, -sum(e.amount_microusd)
    FROM {rows} JOIN entry AS e ON e.account_id = given.account
      AND e.account_version > given.after AND e.account_version <= given.last
    JOIN transfer AS t ON t.id = e.transfer_id
    WHERE e.layer = 'posted'
      AND (t.code = 'consume' OR (t.code = 'hold' AND substr(t.reference, 1, 4) = 'req_'))
    GROUP BY t.key_id
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


async def get_balance_at(tx: Tx, account: int, version: int) -> int:
    """Return the posted balance of an account after the entry of this version; 0 before any."""
    ((balance,),) = await tx.read(SELECT_BALANCE, [(account, version)])
    return balance or 0


async def list_payment_postings(database: Database, span: Span) -> list[Posting]:
    """List the postings of a span by which money came in or went back, oldest first.

    Few are, so the database leaves out the others, and reads many versions at a time.
    """
    postings: list[Posting] = []
    for after in range(span.after, span.last, LARGE_PART_VERSIONS):
        last = min(after + LARGE_PART_VERSIONS, span.last)
        async with database.read() as snapshot:
            rows = await snapshot.read(SELECT_PAYMENT_POSTINGS, [(span.account, after, last)])
        postings += [Posting(*row) for row in rows]
    return postings


async def sum_jobless_charges(database: Database, span: Span) -> dict[str | None, int]:
    """Return what messages to the agent and direct spending cost, by spender, in micro-USD."""
    sums: dict[str | None, int] = defaultdict(int)
    for after in range(span.after, span.last, LARGE_PART_VERSIONS):
        last = min(after + LARGE_PART_VERSIONS, span.last)
        async with database.read() as snapshot:
            rows = await snapshot.read(SUM_JOBLESS_CHARGES, [(span.account, after, last)])
        for spender_id, charged in rows:
            sums[spender_id] += int(charged)
    return sums


async def read_postings(
    database: Database, span: Span, part_versions: int = PART_VERSIONS
) -> AsyncGenerator[list[Posting], None]:
    """Yield the postings of a span in parts, oldest first; memory holds one part."""
    for after in range(span.after, span.last, part_versions):
        last = min(after + part_versions, span.last)
        async with database.read() as snapshot:
            rows = await snapshot.read(SELECT_POSTINGS, [(span.account, after, last)])
        yield [Posting(*row) for row in rows]
