"""Monthly statements: opening balance, what moved it, closing balance.

The balance is what the ledger calls posted: what can be spent, and what open jobs hold. A month's
entries are those with the versions between two statements, so each entry is in exactly one month,
and a closing balance is the next opening balance by construction.

A statement is written once, when its month is over. By then no transaction may be under way that
read its clock in that month: `get_account_point` waits for them at the lock of the account. What is
read afterwards is older than the lock and never changes, so two processes find the same, and the
primary key lets one of them write it. Statements are written in order, by whoever asks first.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from gateway.kit.clock import start_of_utc_month, to_utc_month
from gateway.kit.database.sessions import Database, Session
from gateway.kit.database.sql import sql
from gateway.ledger.reports.postings import (
    AccountPoint,
    Span,
    find_entry_time,
    find_last_version,
    get_account_point,
    read_postings,
)
from gateway.ledger.reports.statement_lines import (
    LINE_OF_CODE,
    LINE_ORDER,
    LineKind,
    find_promotion_origin,
)
from gateway.ledger.states import TransferCode
from gateway.spending.charges import find_charges
from gateway.spending.tables import Statement, StatementLine

INSERT_STATEMENT = sql(
    """
    INSERT INTO statement (account_id, month, ends_at, through_version, opening_microusd,
                           closing_microusd, issued_at)
    SELECT given.account, given.month, given.ends_at, given.through, given.opening, given.closing,
           kt_now()
    FROM {rows} WHERE true ON CONFLICT (account_id, month) DO NOTHING
    """,
    account="int",
    month="int",
    ends_at="int",
    through="int",
    opening="int",
    closing="int",
)
INSERT_LINES = sql(
    """
    INSERT INTO statement_line (account_id, month, kind, detail, movements, amount_microusd)
    SELECT given.account, given.month, given.kind, given.detail, given.movements, given.amount
    FROM {rows}
    """,
    account="int",
    month="int",
    kind="text",
    detail="text",
    movements="int",
    amount="int",
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line: what it is about, how many movements it sums up, and their signed sum."""

    kind: LineKind
    detail: str
    movements: int
    amount_microusd: int


@dataclass(frozen=True, slots=True)
class MonthStatement:
    """The statement of a month; `issued_at` is None while the month goes on."""

    month: int
    opening_microusd: int
    closing_microusd: int
    issued_at: int | None
    lines: Sequence[Line]
    span: Span


async def load_statement(database: Database, account: int, month: int) -> MonthStatement | None:
    """Load the statement of a month, or what it would be now; None for a month to come."""
    point = await issue_statements(database, account)
    current = to_utc_month(point.at)
    if month > current:
        return None
    async with database.read() as snapshot:
        former = await _load_newest(snapshot, account, before=month)
        row = await snapshot.get(Statement, (account, month))
        stored = [] if row is None else await _load_lines(snapshot, account, month)
    opening, after = (former.closing_microusd, former.through_version) if former else (0, 0)
    if row is not None:
        span = Span(account, after, row.through_version)
        return MonthStatement(
            month, row.opening_microusd, row.closing_microusd, row.issued_at, stored, span
        )
    span = Span(account, after, point.version if month == current else after)
    lines = await sum_lines(database, span)
    closing = opening + sum(each.amount_microusd for each in lines)
    issued_at = None if month == current else start_of_utc_month(month + 1)
    return MonthStatement(month, opening, closing, issued_at, lines, span)


async def list_statements(
    database: Database, account: int
) -> tuple[Sequence[Statement], AccountPoint]:
    """List the statements of the months with movements, newest first; and where it stands now."""
    point = await issue_statements(database, account)
    query = select(Statement).where(Statement.account_id == account)
    async with database.read() as snapshot:
        rows = (await snapshot.scalars(query.order_by(Statement.month.desc()))).all()
    return rows, point


async def issue_statements(database: Database, account: int) -> AccountPoint:
    """Write the statements of all months that are over; return where the account stands.

    Raises:
        LookupError: there is no such account.
    """
    async with database.read() as snapshot:
        newest = await _load_newest(snapshot, account)
        point = await get_account_point(snapshot, account)
    if newest is not None and newest.month == to_utc_month(point.at) - 1:
        return point
    async with database.write() as session:
        point = await get_account_point(session, account, lock=True)
    while True:
        issued = await _issue_next(database, account, point, newest)
        if issued is None:
            return point
        newest = issued


async def _issue_next(
    database: Database, account: int, point: AccountPoint, newest: Statement | None
) -> Statement | None:
    """Write the statement after the newest one, or find that another process wrote it.

    Returns: None if the entries that follow are of the month that goes on.
    """
    after = newest.through_version if newest else 0
    async with database.read() as snapshot:
        first_at = await find_entry_time(snapshot, account, after + 1)
        if first_at is None or after >= point.version:
            return None
        month = _find_month(first_at, newest)
        if month >= to_utc_month(point.at):
            return None
        ends_at = start_of_utc_month(month + 1)
        through = await find_last_version(
            snapshot, account, ends_at, within=(after + 1, point.version)
        )
    lines = await sum_lines(database, Span(account, after, through))
    opening = newest.closing_microusd if newest else 0
    closing = opening + sum(each.amount_microusd for each in lines)
    async with database.write() as session:
        row = (account, month, ends_at, through, opening, closing)
        if await session.change(INSERT_STATEMENT, [row]):
            await session.write(
                (
                    INSERT_LINES,
                    [
                        (account, month, each.kind, each.detail, each.movements,
                         each.amount_microusd)
                        for each in lines
                    ],
                )
            )  # fmt: skip
    async with database.read() as snapshot:
        return await snapshot.get_one(Statement, (account, month))


async def sum_lines(database: Database, span: Span) -> list[Line]:
    """Sum up the postings of a span into lines, in their order."""
    sums: dict[tuple[LineKind, str], list[int]] = defaultdict(lambda: [0, 0])
    async for postings in read_postings(database, span):
        for posting in postings:
            kind = LINE_OF_CODE[TransferCode(posting.code)]
            if kind is LineKind.SPENDING:
                continue
            of_promotion = kind is LineKind.PROMOTIONS
            detail = find_promotion_origin(posting.code, posting.reference) if of_promotion else ""
            _add(sums, kind, detail, posting.amount_microusd)
        for charge in await find_charges(database, postings):
            _add(sums, LineKind.SPENDING, charge.task, -charge.amount_microusd)
    return sort_lines(sums)


def sort_lines(sums: Mapping[tuple[LineKind, str], Sequence[int]]) -> list[Line]:
    """Return the sums as lines in the order of a statement."""
    lines = [Line(kind, detail, count, amount) for (kind, detail), (count, amount) in sums.items()]
    return sorted(lines, key=lambda line: (LINE_ORDER.index(line.kind), line.detail))


def _add(
    sums: dict[tuple[LineKind, str], list[int]], kind: LineKind, detail: str, amount: int
) -> None:
    count_and_sum = sums[kind, detail]
    count_and_sum[0] += 1
    count_and_sum[1] += amount


def _find_month(first_at: int, newest: Statement | None) -> int:
    """Return the month of the next statement, from the time of its first entry.

    Where the clock was set back over the end of a month, that entry is of a month that is stated
    already: it is in the next one.
    """
    return max(to_utc_month(first_at), newest.month + 1 if newest else 0)


async def _load_newest(
    session: Session, account: int, before: int | None = None
) -> Statement | None:
    query = select(Statement).where(Statement.account_id == account)
    if before is not None:
        query = query.where(Statement.month < before)
    return await session.scalar(query.order_by(Statement.month.desc()).limit(1))


async def _load_lines(session: Session, account: int, month: int) -> list[Line]:
    query = select(StatementLine).where(
        StatementLine.account_id == account, StatementLine.month == month
    )
    sums = {
        (row.kind, row.detail): (row.movements, row.amount_microusd)
        for row in await session.scalars(query)
    }
    return sort_lines(sums)
