"""The end of months: each statement is written once, when its month is over.

By then no transaction may be under way that read its clock in that month: `get_account_point` waits
for them at the lock of the account. What is read afterwards is older than the lock and never
changes, so two processes find the same, and the primary key lets one of them write it. Statements
are written in order, by the sweep: no page and no call waits for the lock.
"""

import logging
from dataclasses import dataclass, field

from gateway.kit.clock import HOUR, start_of_utc_month, to_utc_month
from gateway.kit.database.sessions import Database
from gateway.kit.database.sql import get_database_time, sql
from gateway.kit.queue import Sweep
from gateway.ledger.reports.postings import (
    AccountPoint,
    Span,
    find_last_version,
    get_account_point,
)
from gateway.spending.statements import find_newest_statement, find_open_month, sum_lines
from gateway.spending.tables import Statement

SWEEP_SECONDS, BATCH_ACCOUNTS = 300, 500  # the latter as in `SELECT_UNSTATED`
# The accounts whose first entry after their newest statement is of a month that is over.
SELECT_UNSTATED = sql(
    """
    SELECT a.id FROM {rows}
    JOIN ledger_account AS a ON a.kind = 'customer' AND a.id > given.after
    JOIN entry AS e ON e.account_id = a.id AND e.account_version = 1 + COALESCE((
      SELECT s.through_version FROM statement AS s WHERE s.account_id = a.id
      ORDER BY s.month DESC LIMIT 1), 0)
    WHERE e.created_at < given.month_start ORDER BY a.id LIMIT 500
    """,
    after="int",
    month_start="int",
)
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
log = logging.getLogger("gateway.spending")


@dataclass(slots=True)
class MonthClosing:
    """Closes the months that are over: writes the statements of every account with entries.

    `closed_month` is the month up to which this process has nothing left to do.
    """

    database: Database
    closed_month: int = field(default=0, init=False)

    def build_sweep(self) -> Sweep:
        """Return the sweep; after the first hour of a month it rests until the next one."""
        return Sweep("statements", SWEEP_SECONDS, self.close_months)

    async def close_months(self) -> None:
        """Write the statements that are due.

        An account that fails keeps no other waiting: it is tried again by the next sweep.

        Raises:
            ExceptionGroup: the errors of the accounts that failed, after all were tried.
        """
        async with self.database.read() as snapshot:
            now = await get_database_time(snapshot)
        month = to_utc_month(now)
        if month == self.closed_month:
            return
        errors = await self._close_accounts(month)
        if errors:
            raise ExceptionGroup("statements that were not written", errors)
        if now >= start_of_utc_month(month) + HOUR:
            self.closed_month = month

    async def _close_accounts(self, month: int) -> list[Exception]:
        errors: list[Exception] = []
        after, accounts = 0, [0] * BATCH_ACCOUNTS
        while len(accounts) == BATCH_ACCOUNTS:
            async with self.database.read() as snapshot:
                rows = await snapshot.read(SELECT_UNSTATED, [(after, start_of_utc_month(month))])
            accounts = [row[0] for row in rows]
            for account in accounts:
                after = account
                try:
                    await issue_statements(self.database, account)
                except Exception as error:  # noqa: BLE001 - whatever it is, the others are closed
                    log.warning("statements of %s: %s", account, type(error).__name__)
                    errors.append(error)
        return errors


async def issue_statements(database: Database, account: int) -> None:
    """Write the statements of all months of an account that are over and have entries.

    Raises:
        LookupError: there is no such account.
    """
    async with database.read() as snapshot:
        newest = await find_newest_statement(snapshot, account)
    async with database.write() as session:
        point = await get_account_point(session, account, lock=True)
    while (issued := await _issue_next(database, account, point, newest)) is not None:
        newest = issued


async def _issue_next(
    database: Database, account: int, point: AccountPoint, newest: Statement | None
) -> Statement | None:
    """Write the statement after the newest one, or find that another process wrote it.

    Returns: None if the entries that follow are of the month that goes on.
    """
    after = newest.through_version if newest else 0
    async with database.read() as snapshot:
        month = await find_open_month(snapshot, account, after, newest.month if newest else 0)
        if month is None or after >= point.version or month >= to_utc_month(point.at):
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
