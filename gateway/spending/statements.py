"""Monthly statements: opening balance, what moved it, closing balance.

The balance is what the ledger calls posted: what can be spent, and what open jobs hold. A month's
entries are those with the versions between two statements, so each entry is in exactly one month,
and a closing balance is the next opening balance by construction.

Reading writes nothing and locks nothing. A month that is over is closed by a sweep, which writes
its statement once (`closed_months.py`); until then a statement is what the entries give so far.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from sqlalchemy import select

from gateway.kit.clock import HOUR, start_of_utc_month, to_utc_month
from gateway.kit.database.sessions import Database, Session
from gateway.ledger.reports.postings import (
    AccountPoint,
    Posting,
    Span,
    find_entry_time,
    find_last_version,
    get_account_point,
    get_balance_at,
    list_payment_postings,
    read_postings,
)
from gateway.ledger.reports.statement_lines import (
    LINE_OF_CODE,
    LINE_ORDER,
    PAYMENT_LINES,
    LineKind,
    find_promotion_origin,
)
from gateway.ledger.states import TransferCode
from gateway.payments.account_payments import AccountPayment, load_account_payments
from gateway.spending.charges import find_charges
from gateway.spending.tables import Statement, StatementLine


@dataclass(frozen=True, slots=True)
class SummedLine:
    """One line of a statement: how many movements it sums up, and their signed sum."""

    kind: LineKind
    detail: str
    movements: int
    amount_microusd: int


@dataclass(frozen=True, slots=True)
class MonthBalance:
    """The balances of a month; it is final once nothing can change them any more."""

    month: int
    opening_microusd: int
    closing_microusd: int
    is_final: bool


@dataclass(frozen=True, slots=True)
class MonthStatement:
    """The statement of a month; `issued_at` is None until it is final."""

    month: int
    opening_microusd: int
    closing_microusd: int
    issued_at: int | None
    lines: Sequence[SummedLine]
    span: Span


async def load_statement(database: Database, account: int, month: int) -> MonthStatement | None:
    """Load the statement of a month, or what it would be now; None for a month to come."""
    async with database.read() as snapshot:
        point = await get_account_point(snapshot, account)
        if month > to_utc_month(point.at):
            return None
        former = await find_newest_statement(snapshot, account, before=month)
        after = former.through_version if former else 0
        row = await snapshot.get(Statement, (account, month))
        if row is not None:
            return MonthStatement(
                month,
                row.opening_microusd,
                row.closing_microusd,
                row.issued_at,
                await _load_lines(snapshot, account, month),
                Span(account, after, row.through_version),
            )
        span, is_final = await _find_open_span(snapshot, account, month, after, point)
        opening = await get_balance_at(snapshot, account, span.after)
    lines = await sum_lines(database, span)
    closing = opening + sum(each.amount_microusd for each in lines)
    issued_at = start_of_utc_month(month + 1) if is_final else None
    return MonthStatement(month, opening, closing, issued_at, lines, span)


async def _find_open_span(
    snapshot: Session, account: int, month: int, after: int, point: AccountPoint
) -> tuple[Span, bool]:
    """Return the entries of a month without a statement, and if no more can come.

    `after` is the last version of the statements before it. None can come to a month that has no
    entry, if a later one has a statement, or if it ended an hour ago.
    """
    later = select(Statement.month).where(Statement.account_id == account, Statement.month > month)
    if await snapshot.scalar(later.limit(1)) is not None:
        return Span(account, after, after), True
    ends_at = start_of_utc_month(month + 1)
    first = await find_last_version(
        snapshot, account, start_of_utc_month(month), within=(after, point.version)
    )
    last = await find_last_version(snapshot, account, ends_at, within=(first, point.version))
    return Span(account, first, last), first == last and ends_at + HOUR <= point.at


async def load_statement_payments(
    database: Database, statement: MonthStatement
) -> list[AccountPayment]:
    """Load the purchases of a month and what went back, oldest first."""
    if not any(line.kind in PAYMENT_LINES for line in statement.lines):
        return []
    postings = await list_payment_postings(database, statement.span)
    async with database.read() as snapshot:
        return await load_account_payments(snapshot, statement.span.account, postings)


async def list_months(database: Database, account: int) -> list[MonthBalance]:
    """List the current month, and those before with movements, newest first."""
    query = select(Statement).where(Statement.account_id == account)
    async with database.read() as snapshot:
        rows = (await snapshot.scalars(query.order_by(Statement.month.desc()))).all()
        point = await get_account_point(snapshot, account)
        open_months = await _list_open_months(snapshot, account, rows[0] if rows else None, point)
    closed = [
        MonthBalance(row.month, row.opening_microusd, row.closing_microusd, is_final=True)
        for row in rows
    ]
    return [*open_months, *closed]


async def _list_open_months(
    snapshot: Session, account: int, newest: Statement | None, point: AccountPoint
) -> list[MonthBalance]:
    """List the months after the newest statement: those to be closed, and the current one."""
    balance, after = (newest.closing_microusd, newest.through_version) if newest else (0, 0)
    stated, current = (newest.month if newest else 0), to_utc_month(point.at)
    months: list[MonthBalance] = []
    while after < point.version:
        month = await find_open_month(snapshot, account, after, stated)
        if month is None or month >= current:
            break
        after = await find_last_version(
            snapshot, account, start_of_utc_month(month + 1), within=(after + 1, point.version)
        )
        opening, balance = balance, await get_balance_at(snapshot, account, after)
        months.append(MonthBalance(month, opening, balance, is_final=False))
        stated = month
    months.append(MonthBalance(current, balance, point.posted_microusd, is_final=False))
    return months[::-1]


async def find_open_month(
    session: Session, account: int, after: int, stated_month: int
) -> int | None:
    """Return the month of the first entry after a version; None if there is no such entry.

    Where the clock was set back over the end of a month, that entry is of a month that is stated
    already: it is in the next one.
    """
    first_at = await find_entry_time(session, account, after + 1)
    return None if first_at is None else max(to_utc_month(first_at), stated_month + 1)


async def sum_lines(database: Database, span: Span) -> list[SummedLine]:
    """Sum up the postings of a span into lines, in their order."""
    sums: dict[tuple[LineKind, str], list[int]] = defaultdict(lambda: [0, 0])
    async with aclosing(read_postings(database, span)) as parts:
        async for postings in parts:
            for posting in postings:
                kind = LINE_OF_CODE[TransferCode(posting.code)]
                if kind is not LineKind.SPENDING:
                    _add_to_sum(sums, kind, _find_detail(kind, posting), posting.amount_microusd)
            for charge in await find_charges(database, postings):
                _add_to_sum(sums, LineKind.SPENDING, charge.task, -charge.amount_microusd)
    return sort_lines(sums)


def _find_detail(kind: LineKind, posting: Posting) -> str:
    of_promotion = kind is LineKind.PROMOTIONS
    return find_promotion_origin(posting.code, posting.reference) if of_promotion else ""


def sort_lines(sums: Mapping[tuple[LineKind, str], Sequence[int]]) -> list[SummedLine]:
    """Return the sums as lines in the order of a statement."""
    lines = [
        SummedLine(kind, detail, count, amount) for (kind, detail), (count, amount) in sums.items()
    ]
    return sorted(lines, key=lambda line: (LINE_ORDER.index(line.kind), line.detail))


def _add_to_sum(
    sums: dict[tuple[LineKind, str], list[int]], kind: LineKind, detail: str, amount: int
) -> None:
    count_and_sum = sums[kind, detail]
    count_and_sum[0] += 1
    count_and_sum[1] += amount


async def find_newest_statement(
    session: Session, account: int, before: int | None = None
) -> Statement | None:
    """Return the newest statement of an account, or the newest one before a month."""
    query = select(Statement).where(Statement.account_id == account)
    if before is not None:
        query = query.where(Statement.month < before)
    return await session.scalar(query.order_by(Statement.month.desc()).limit(1))


async def _load_lines(session: Session, account: int, month: int) -> list[SummedLine]:
    query = select(StatementLine).where(
        StatementLine.account_id == account, StatementLine.month == month
    )
    sums = {
        (row.kind, row.detail): (row.movements, row.amount_microusd)
        for row in await session.scalars(query)
    }
    return sort_lines(sums)
