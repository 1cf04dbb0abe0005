"""Budgets: amounts for a month, and what was spent of them.

A budget only alerts: nothing is ever refused because of it. Hard limits are the caps of keys and
members. What it has counted is kept with it, so a count reads only what was charged since the last
one. The count moves on by an update from the version it was at, in the transaction that writes the
alerts: of two counts at once one changes no row, and the primary key of alerts decides the rest.
"""

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass

from sqlalchemy import func, select

from gateway.identity.keys.keys import list_all_account_keys
from gateway.kit.caller import Caller, build_member_spender_id
from gateway.kit.clock import start_of_utc_month, to_utc_month
from gateway.kit.database.sessions import Database, Session
from gateway.kit.database.sql import sql
from gateway.kit.errors import InvalidInput, NotFound
from gateway.kit.ids import Ids
from gateway.ledger.accounts.owners import BOOKS
from gateway.ledger.policies import list_member_spenders, load_spenders
from gateway.ledger.reports.postings import (
    AccountPoint,
    Span,
    find_last_version,
    get_account_point,
)
from gateway.library.projects import load_project
from gateway.spending.budget_rules import (
    BudgetCount,
    BudgetScope,
    CrossedThreshold,
    count_charges,
    list_crossed_thresholds,
)
from gateway.spending.charges import read_charges
from gateway.spending.states import BudgetSubject
from gateway.spending.tables import Budget, BudgetAlert

MOST_BUDGETS = 50
MOVE_COUNT = sql(
    """
    UPDATE budget SET month = given.month, spent_microusd = given.spent,
        since_version = given.since, seen_version = given.seen
    FROM {rows} WHERE budget.id = given.id AND budget.seen_version = given.former
      AND budget.amount_microusd = given.amount
    """,
    id="text",
    former="int",
    amount="int",
    month="int",
    spent="int",
    since="int",
    seen="int",
)
HAS_BUDGETS = sql("SELECT 1 FROM budget LIMIT 1")
SELECT_ACCOUNTS_TO_COUNT = sql(
    """
    SELECT DISTINCT b.account_id FROM budget AS b
    JOIN ledger_account AS a ON a.id = b.account_id AND a.version > b.seen_version
    ORDER BY b.account_id
    """
)
INSERT_ALERT = sql(
    """
    INSERT INTO budget_alert (budget_id, month, percent, amount_microusd, spent_microusd,
                              created_at)
    SELECT given.id, given.month, given.percent, given.amount, given.spent, kt_now()
    FROM {rows} WHERE true ON CONFLICT (budget_id, month, percent) DO NOTHING
    """,
    id="text",
    month="int",
    percent="int",
    amount="int",
    spent="int",
)


@dataclass(frozen=True, slots=True)
class BudgetProgress:
    """A budget as it stands now: its row, and what it counts with the newest charges."""

    budget: Budget
    count: BudgetCount
    ended_thresholds: Sequence[CrossedThreshold]
    now: int

    @property
    def spent_microusd(self) -> int:
        """Return what was spent in the current month."""
        return self.count.spent_microusd if self.count.month == to_utc_month(self.now) else 0


async def list_budget_progress(
    database: Database, account_id: str, account: int
) -> list[BudgetProgress]:
    """Count what was charged to an account up to now, for each of its budgets; write nothing."""
    async with database.read() as snapshot:
        budgets = await list_budgets(snapshot, account)
        point = await get_account_point(snapshot, account)
        scopes = [await find_budget_scope(snapshot, account_id, each) for each in budgets]
    counts = [read_budget_count(each) for each in budgets]
    ended: list[list[CrossedThreshold]] = [[] for _ in budgets]
    first = min((each.seen_version for each in budgets), default=point.version)
    with_origins = any(each.subject is BudgetSubject.PROJECT for each in budgets)
    span = Span(account, first, point.version)
    async with aclosing(read_charges(database, span, with_origins=with_origins)) as parts:
        async for charges in parts:
            for number, budget in enumerate(budgets):
                counts[number], more = count_charges(
                    counts[number], scopes[number], charges, budget.amount_microusd
                )
                ended[number] += more
    return [
        BudgetProgress(budget, advance_count(count, point), thresholds, point.at)
        for budget, count, thresholds in zip(budgets, counts, ended, strict=True)
    ]


def advance_count(count: BudgetCount, point: AccountPoint) -> BudgetCount:
    """Return the count after all entries up to a point, the last of which were no charges."""
    return BudgetCount(count.month, count.spent_microusd, count.since_version, point.version)


def read_budget_count(budget: Budget) -> BudgetCount:
    """Return what a row has counted."""
    return BudgetCount(
        budget.month, budget.spent_microusd, budget.since_version, budget.seen_version
    )


async def list_budgets(session: Session, account: int) -> Sequence[Budget]:
    """List the budgets of an account, the one of the whole account first."""
    query = select(Budget).where(Budget.account_id == account)
    rows = (await session.scalars(query.order_by(Budget.id))).all()
    return sorted(rows, key=lambda row: row.subject is not BudgetSubject.ACCOUNT)


async def list_accounts_to_count(database: Database) -> list[int]:
    """List the ledger accounts that have a budget, and entries which it has not counted."""
    async with database.read() as snapshot:
        return [row[0] for row in await snapshot.read(SELECT_ACCOUNTS_TO_COUNT)]


async def find_budget_scope(session: Session, account_id: str, budget: Budget) -> BudgetScope:
    """Find the charges that a budget is about."""
    if budget.subject is BudgetSubject.MEMBER:
        spenders = await list_member_spender_ids(session, budget.subject_id)
        return BudgetScope(budget.subject, budget.subject_id, spenders)
    if budget.subject is not BudgetSubject.KEY:
        return BudgetScope(budget.subject, budget.subject_id, (budget.subject_id,))
    keys = await list_all_account_keys(session, account_id)
    policies = {key.policy_id for key in keys if key.id == budget.subject_id}
    rotated = {key.id for key in keys if key.policy_id in policies}
    return BudgetScope(budget.subject, budget.subject_id, rotated)


async def set_budget(
    session: Session,
    ids: Ids,
    account: int,
    *,
    subject: BudgetSubject,
    subject_id: str,
    amount_microusd: int,
) -> tuple[Budget, int | None]:
    """Create the budget of a subject, or change its amount; return it and the former amount.

    A new one counts from the start of the month.

    Raises:
        InvalidInput: the account has 50 budgets.
    """
    # The lock of the account lets two requests not create one budget each, beyond the limit.
    point = await get_account_point(session, account, lock=True)
    query = select(Budget).where(
        Budget.account_id == account, Budget.subject == subject, Budget.subject_id == subject_id
    )
    budget = await session.scalar(query.with_for_update())
    month = to_utc_month(point.at)
    since = await find_last_version(
        session, account, start_of_utc_month(month), within=(0, point.version)
    )
    if budget is not None:
        former = budget.amount_microusd
        budget.amount_microusd, budget.updated_at = amount_microusd, point.at
        if budget.month < month:  # the new amount says nothing of a month that is over
            budget.month, budget.spent_microusd = month, 0
            budget.since_version = budget.seen_version = max(since, budget.seen_version)
        await session.flush()
        await _delete_undue_alerts(session, budget)
        return budget, former
    held = select(func.count()).where(Budget.account_id == account)
    if (await session.scalar(held) or 0) >= MOST_BUDGETS:
        raise InvalidInput(f"An account has at most {MOST_BUDGETS} budgets.", field="subject")
    budget = Budget(
        id=ids.new("bud"),
        account_id=account,
        subject=subject,
        subject_id=subject_id,
        amount_microusd=amount_microusd,
        month=month,
        spent_microusd=0,
        since_version=since,
        seen_version=since,
        created_at=point.at,
        updated_at=point.at,
    )
    session.add(budget)
    await session.flush()
    return budget, None


async def _delete_undue_alerts(session: Session, budget: Budget) -> None:
    """Delete this month's alerts of parts that the new amount has not reached: they come again."""
    count = read_budget_count(budget)
    reached = {part.percent for part in list_crossed_thresholds(count, budget.amount_microusd)}
    for alert in await list_alerts(session, [budget.id]):
        if alert.month == budget.month and alert.percent not in reached:
            await session.delete(alert)
    await session.flush()


async def check_budget_subject(
    session: Session, caller: Caller, subject: BudgetSubject, subject_id: str
) -> None:
    """Check that the account has the subject of a budget.

    Raises:
        NotFound: it has no such key, member or project; a key is of one mode.
    """
    account = caller.ledger_account
    if subject is BudgetSubject.PROJECT:
        await load_project(session, account, subject_id, field="subjectId")
    elif subject is BudgetSubject.KEY:
        keys = await list_all_account_keys(session, caller.account_id)
        usable = [key for key in keys if key.book == caller.book and key.revoked_at is None]
        if subject_id not in {key.id for key in usable}:
            raise NotFound("There is no such key.", field="subjectId")
    elif subject is BudgetSubject.MEMBER:
        spenders = await list_member_spender_ids(session, subject_id)
        known = (await load_spenders(session, spenders)).spenders.values() if spenders else ()
        if account not in {spender.account for spender in known}:
            raise NotFound("There is no such member.", field="subjectId")


async def list_member_spender_ids(session: Session, member_id: str) -> list[str]:
    """List the spenders of a member, in both books: their keys, and the member in person."""
    policies = [build_member_spender_id(member_id, book) for book in BOOKS]
    return [
        spender
        for policy_id in policies
        for spender in await list_member_spenders(session, policy_id)
    ]


async def delete_budget(session: Session, account: int, budget_id: str) -> Budget:
    """Delete a budget and its alerts; return it as it was.

    Raises:
        NotFound: the account has no such budget.
    """
    query = select(Budget).where(Budget.account_id == account, Budget.id == budget_id)
    budget = await session.scalar(query.with_for_update())
    if budget is None:
        raise NotFound("There is no such budget.", field="budgetId")
    alerts = select(BudgetAlert).where(BudgetAlert.budget_id == budget_id)
    for alert in await session.scalars(alerts):
        await session.delete(alert)
    await session.flush()
    await session.delete(budget)
    await session.flush()
    return budget


async def list_alerts(session: Session, budget_ids: Sequence[str]) -> Sequence[BudgetAlert]:
    """List the alerts of budgets, oldest first."""
    query = select(BudgetAlert).where(BudgetAlert.budget_id.in_(budget_ids))
    order = (BudgetAlert.month, BudgetAlert.percent)
    return (await session.scalars(query.order_by(*order))).all()
