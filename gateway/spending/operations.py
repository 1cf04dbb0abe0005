"""Operations on exports of usage, statements and budgets."""

from dataclasses import dataclass, field

from gateway.kit import audit_log
from gateway.kit.audit_log import Actor
from gateway.kit.database.sessions import Database
from gateway.kit.database.sql import get_database_time
from gateway.kit.errors import ConcurrencyLimited, InvalidInput, NotFound
from gateway.kit.ids import Ids
from gateway.kit.money import parse_usd, to_amount_fields
from gateway.kit.operation import JSON_MEDIA_TYPE, Answer, Call, Caller, operation
from gateway.kit.roles import Role
from gateway.kit.wire.csv_text import CSV_MEDIA_TYPE, accepts_csv
from gateway.ledger.reports.postings import find_span
from gateway.media.jobs.event_streams import OpenStreams
from gateway.media.usage import build_period
from gateway.payments.shop import Shop
from gateway.spending import budgets, schemas, statement_rendering
from gateway.spending.budget_alerts import BudgetAlerts
from gateway.spending.budget_rendering import render_budget
from gateway.spending.budget_rules import list_crossed_thresholds
from gateway.spending.budgets import (
    check_budget_subject,
    list_alerts,
    list_budget_progress,
    read_budget_count,
)
from gateway.spending.exports import Export
from gateway.spending.names import load_spender_names
from gateway.spending.statements import (
    list_months,
    load_statement,
    load_statement_payments,
)
from gateway.spending.states import BudgetSubject

OK = 200
MOST_EXPORT_DAYS, MOST_EXPORTS = 366, 2


@dataclass(frozen=True, slots=True)
class OpenExports:
    """The exports that each account has open in this process."""

    slots: OpenStreams = field(
        default_factory=lambda: OpenStreams(most=MOST_EXPORTS, things="exports at once")
    )


@operation(
    "GET",
    "/api/v1/usage/export",
    tag="balance",
    response=schemas.UsageExport,
    scopes=("account:read",),
    session="also",
    seconds=None,
    media_types=(JSON_MEDIA_TYPE, CSV_MEDIA_TYPE),
    problems=(ConcurrencyLimited,),
)
async def export_usage(
    call: Call,
    caller: Caller,
    query: schemas.UsageExportQuery,
    database: Database,
    exports: OpenExports,
) -> Answer:
    """Export what was charged in a range of UTC days, by day, key, member, project and task.

    The total is what the ledger charged in these days, to the micro-dollar. Owners and admins of a
    team see everybody's charges, other members their own. It is streamed; with `Accept: text/csv`
    as CSV, in which text never becomes a formula.
    """
    async with database.read() as snapshot:
        now = await get_database_time(snapshot)
        days = build_period(query.first, query.last, now, most_days=MOST_EXPORT_DAYS)
        span = await find_span(snapshot, caller.ledger_account, *days.bounds)
    names = await load_spender_names(database, caller)
    groups = [each for each in schemas.EXPORT_GROUPS if each in query.group_by.split(",")]
    export = Export(database, span, days.first, days.last, groups, names)
    as_csv = accepts_csv(call.headers.get("accept", ""))
    name = f"usage-{days.first}-{days.last}.{'csv' if as_csv else 'json'}"
    headers = {
        "Content-Type": f"{CSV_MEDIA_TYPE}; charset=utf-8" if as_csv else JSON_MEDIA_TYPE,
        "Content-Disposition": f'attachment; filename="{name}"',
        "Vary": "Accept",
    }
    parts = export.stream_csv() if as_csv else export.stream_json()
    return Answer(
        status=OK, body=b"", headers=headers, stream=exports.slots.stream_in_slot(caller, parts)
    )


@operation(
    "GET",
    "/api/v1/statements",
    tag="balance",
    response=schemas.Statements,
    scopes=("account:read",),
    session="also",
    least_role=Role.ADMIN,
)
async def list_statements(caller: Caller, database: Database) -> schemas.Statements:
    """List the monthly statements: opening and closing balance of each UTC month."""
    months = await list_months(database, caller.ledger_account)
    return statement_rendering.render_summaries(months)


@operation(
    "GET",
    "/api/v1/statement",
    tag="balance",
    response=schemas.Statement,
    scopes=("account:read",),
    session="also",
    least_role=Role.ADMIN,
    seconds=120,
    media_types=(JSON_MEDIA_TYPE, CSV_MEDIA_TYPE),
    problems=(NotFound,),
)
async def get_statement(
    call: Call, caller: Caller, query: schemas.StatementQuery, database: Database, shop: Shop
) -> Answer | schemas.Statement:
    """Read the statement of a UTC month: opening balance, what moved it, closing balance.

    Opening balance plus lines is the closing balance, to the micro-dollar, and that is the next
    month's opening balance. A month that is closed never changes. `payments` has each purchase and
    refund with its tax and numbers. `Accept: text/csv` returns the lines as CSV.
    """
    month = schemas.parse_month(query.month)
    found = await load_statement(database, caller.ledger_account, month)
    if found is None:
        raise NotFound("This month has not begun.", field="month")
    payments = await load_statement_payments(database, found)
    shown = statement_rendering.render_statement(found, payments, caller.book, shop.seller)
    if not accepts_csv(call.headers.get("accept", "")):
        return shown
    headers = {
        "Content-Type": f"{CSV_MEDIA_TYPE}; charset=utf-8",
        "Content-Disposition": f'attachment; filename="statement-{query.month}.csv"',
        "Vary": "Accept",
    }
    body = statement_rendering.render_statement_csv(shown).encode()
    return Answer(status=OK, body=body, headers=headers)


@operation(
    "GET",
    "/api/v1/budgets",
    tag="balance",
    response=schemas.Budgets,
    scopes=("billing",),
    session="also",
    seconds=60,
)
async def list_budgets(caller: Caller, database: Database) -> schemas.Budgets:
    """List the budgets, and what was spent of each in the current UTC month.

    A budget only alerts, by mail at 50, 80 and 100 %. What stops spending is the limit of a key.
    """
    counted = await list_budget_progress(database, caller.account_id, caller.ledger_account)
    async with database.read() as snapshot:
        alerts = await list_alerts(snapshot, [each.budget.id for each in counted])
    return schemas.Budgets(data=[render_budget(each, alerts) for each in counted])


@operation(
    "PUT",
    "/api/v1/budgets",
    tag="balance",
    response=schemas.Budget,
    session="only",
    seconds=60,
    problems=(NotFound,),
)
async def set_budget(
    call: Call,
    caller: Caller,
    body: schemas.SetBudget,
    database: Database,
    ids: Ids,
    *,
    alerts: BudgetAlerts,
) -> schemas.Budget:
    """Set the monthly budget of the account, a key, a member or a project.

    Only a signed-in person may. Its alerts are mailed at 50, 80 and 100 %, each once a month; a
    new budget counts from the start of the month.
    """
    amount = parse_usd(body.amount_usd)
    subject_id = body.subject_id or ""
    if amount < 1:
        raise InvalidInput("The amount must be above zero.", field="amountUsd")
    if (body.subject is BudgetSubject.ACCOUNT) != (subject_id == ""):
        raise InvalidInput("Name a subject for all but the account.", field="subjectId")
    account = caller.ledger_account
    await alerts.alert_account(account)  # by the amounts of before
    async with database.write() as session:
        await check_budget_subject(session, caller, body.subject, subject_id)
        budget, former = await budgets.set_budget(
            session, ids, account, subject=body.subject, subject_id=subject_id,
            amount_microusd=amount,
        )  # fmt: skip
        crossed = list_crossed_thresholds(read_budget_count(budget), amount)
        await alerts.record_alerts(session, caller.account_id, budget, crossed)
        after = {"subject": body.subject, "subjectId": subject_id, "mode": caller.book}
        await audit_log.record(
            session,
            Actor.from_call(call),
            "budget.set",
            budget.id,
            before=None if former is None else to_amount_fields("amount", former),
            after=after | to_amount_fields("amount", amount),
        )
    await alerts.alert_account(account)
    shown = await list_budgets(caller, database)
    return next(each for each in shown.data if each.budget_id == budget.id)


@operation(
    "POST",
    "/api/v1/budgets/delete",
    tag="balance",
    response=schemas.Budgets,
    session="only",
    seconds=60,
    problems=(NotFound,),
)
async def delete_budget(
    call: Call, caller: Caller, body: schemas.DeleteBudget, database: Database
) -> schemas.Budgets:
    """Delete a budget, and list those that are left."""
    async with database.write() as session:
        row = await budgets.delete_budget(session, caller.ledger_account, body.budget_id)
        before = {"subject": row.subject, "subjectId": row.subject_id, "mode": caller.book}
        await audit_log.record(
            session,
            Actor.from_call(call),
            "budget.delete",
            row.id,
            before=before | to_amount_fields("amount", row.amount_microusd),
        )
    return await list_budgets(caller, database)
