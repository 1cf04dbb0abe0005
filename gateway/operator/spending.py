"""The usage and statements of an account, as operators see them."""

from contextlib import aclosing
from datetime import date
from typing import TypedDict

from gateway.identity.accounts import account_search
from gateway.kit.clock import to_utc_month
from gateway.kit.database.sql import get_database_time
from gateway.kit.errors import InvalidInput, NotFound
from gateway.kit.money import render_usd
from gateway.ledger.accounts import owners
from gateway.ledger.reports.postings import find_span
from gateway.media.usage import build_period
from gateway.operator.gateway_location import GatewayLocation, open_database_at
from gateway.spending.charges import read_charges
from gateway.spending.schemas import format_month, parse_month
from gateway.spending.statement_rendering import render_payment
from gateway.spending.statements import load_statement, load_statement_payments

MOST_DAYS = 366


class TaskUsage(TypedDict):
    """The charges of an account for one task."""

    task: str
    charges: int
    chargedUsd: str


class StatementRow(TypedDict):
    """One line of a statement."""

    kind: str
    detail: str
    movements: int
    amountUsd: str
    amountMicrousd: int


class AccountStatement(TypedDict):
    """The statement of an account for one month, as its owner reads it (`GET /statement`)."""

    accountId: str
    mode: str
    month: str
    isFinal: bool
    openingUsd: str
    openingMicrousd: int
    lines: list[StatementRow]
    payments: list[dict[str, object]]
    closingUsd: str
    closingMicrousd: int


async def list_usage(
    where: GatewayLocation, account: str, mode: str, first: str = "", last: str = ""
) -> list[TaskUsage]:
    """List what an account was charged from one UTC day to another, by task; 30 days by default.

    Raises:
        NotFound: there is no such account.
        InvalidInput: a day is not of the form 2026-11-25.
    """
    since, until = _parse_day(first), _parse_day(last)
    async with open_database_at(where) as database:
        async with database.read() as snapshot:
            account_id = await account_search.get_account_id(snapshot, account)
            number = await owners.get_account_number(snapshot, account_id, mode)
            now = await get_database_time(snapshot)
            days = build_period(since, until, now, most_days=MOST_DAYS)
            span = await find_span(snapshot, number, *days.bounds)
        sums: dict[str, list[int]] = {}
        async with aclosing(read_charges(database, span)) as parts:
            async for charges in parts:
                for charge in charges:
                    count_and_sum = sums.setdefault(charge.task, [0, 0])
                    count_and_sum[0] += 1
                    count_and_sum[1] += charge.amount_microusd
    return [
        {"task": task, "charges": count, "chargedUsd": render_usd(charged)}
        for task, (count, charged) in sorted(sums.items())
    ]


async def get_statement(
    where: GatewayLocation, account: str, mode: str, month: str = ""
) -> AccountStatement:
    """Return the statement of an account for a month such as 2026-11, by default the current one.

    Raises:
        NotFound: there is no such account, or the month has not begun.
        InvalidInput: the month is not of that form.
    """
    async with open_database_at(where) as database:
        async with database.read() as snapshot:
            account_id = await account_search.get_account_id(snapshot, account)
            number = await owners.get_account_number(snapshot, account_id, mode)
            now = await get_database_time(snapshot)
        try:
            wanted = parse_month(month) if month else to_utc_month(now)
        except ValueError as error:
            raise InvalidInput(f"{month}: {error}.", field="month") from None
        stated = await load_statement(database, number, wanted)
        if stated is None:
            raise NotFound("This month has not begun.")
        payments = await load_statement_payments(database, stated)
    return {
        "accountId": account_id,
        "mode": mode,
        "month": format_month(stated.month),
        "isFinal": stated.issued_at is not None,
        "openingUsd": render_usd(stated.opening_microusd),
        "openingMicrousd": stated.opening_microusd,
        "lines": [
            {
                "kind": line.kind,
                "detail": line.detail,
                "movements": line.movements,
                "amountUsd": render_usd(line.amount_microusd),
                "amountMicrousd": line.amount_microusd,
            }
            for line in stated.lines
        ],
        "payments": [
            render_payment(each).model_dump(mode="json", by_alias=True) for each in payments
        ],
        "closingUsd": render_usd(stated.closing_microusd),
        "closingMicrousd": stated.closing_microusd,
    }


def _parse_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InvalidInput(f"{text} is no day; write it like 2026-11-25.") from None
