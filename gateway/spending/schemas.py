"""Exports of usage, statements and budgets on the wire."""

import re
from typing import Annotated, Literal

from pydantic import MISSING, AfterValidator, Field

from gateway.identity.keys.schemas import Mode
from gateway.kit.wire.field_types import Count, Dollars, Instant, Many, Microusd, Text, Url
from gateway.kit.wire.id_types import Id, KeyId, ProjectId
from gateway.kit.wire.models import Day, RequestModel, Usd, WireModel
from gateway.ledger.reports.statement_lines import LineKind
from gateway.payments.schemas import CurrencyCode
from gateway.spending.states import BudgetSubject

ExportGroup = Literal["day", "key", "member", "project", "task"]
EXPORT_GROUPS: tuple[ExportGroup, ...] = ("day", "key", "member", "project", "task")
GROUPS_PATTERN = r"^(day|key|member|project|task)(,(day|key|member|project|task)){0,4}$"
MONTH_PATTERN = r"^20[0-9]{2}-(0[1-9]|1[0-2])$"


def _check_groups(text: str) -> str:
    names = text.split(",")
    if len(names) != len(set(names)):
        raise ValueError("must name each property once")
    return text


Month = Annotated[
    str,
    Field(pattern=MONTH_PATTERN, description="The UTC month.", examples=["2026-11"]),
]
BudgetId = Annotated[
    str,
    Field(
        pattern=r"^bud_[0-9A-Z]{26}$",
        description="The budget.",
        examples=["bud_01J8ZQ4V8Y6T3N5R7W9XABCDEF"],
    ),
]
MonthShown = Annotated[
    str,
    Field(description="The UTC month.", examples=["2026-11"], json_schema_extra={"maxLength": 7}),
]


class UsageExportQuery(RequestModel):
    """The days to export, and their grouping."""

    group_by: Annotated[str, AfterValidator(_check_groups)] = Field(
        "day",
        pattern=GROUPS_PATTERN,
        max_length=40,
        description="Comma-separated properties to group by: day, key, member, project, task.",
        examples=["day,key"],
    )
    first: Day | None = Field(
        None, alias="from", description="First UTC day (default: 30 days up to `to`)."
    )
    last: Day | None = Field(
        None, alias="to", description="Last UTC day, inclusive (default: today); at most 366 days."
    )


class UsageExportLine(WireModel):
    """The charges with one value of each property that was grouped by; null: without it."""

    day: Text | MISSING = Field(MISSING, description="The UTC day of the charges.")
    key_id: KeyId | MISSING | None = MISSING
    key_label: Text | MISSING | None = Field(MISSING, description="The label of the key.")
    member_id: Id | MISSING | None = Field(
        MISSING, description="The member, by id; null: the owner of the account."
    )
    project_id: ProjectId | MISSING | None = MISSING
    project_name: Text | MISSING | None = Field(MISSING, description="The name of the project.")
    task: Text | MISSING = Field(
        MISSING,
        description="The media task; `agent`: messages to the agent, `api`: direct spending.",
    )
    charges: Count = Field(description="How many charges were made.")
    charged_usd: Dollars = Field(description="The amount charged, in dollars.")
    charged_microusd: Microusd


class UsageExport(WireModel):
    """The charges of these days; to the micro-dollar those of the ledger."""

    first: Text = Field(alias="from", description="First UTC day.")
    last: Text = Field(alias="to", description="Last UTC day, inclusive.")
    group_by: Many[ExportGroup] = Field(description="The properties that were grouped by.")
    data: list[UsageExportLine] = Field(
        description="One line for each combination of values.",
        json_schema_extra={"maxItems": 10_000_000},
    )
    total_usd: Dollars = Field(description="The total, in dollars.")
    total_microusd: Microusd


class StatementQuery(RequestModel):
    """The month of a statement."""

    month: Month


class StatementSummary(WireModel):
    """The balances of one month."""

    month: MonthShown
    opening_usd: Dollars = Field(description="The balance at its start, in dollars.")
    opening_microusd: Microusd
    closing_usd: Dollars = Field(description="The balance at its end, in dollars.")
    closing_microusd: Microusd
    is_final: bool = Field(description="False until the month is over and closed.")


class Statements(WireModel):
    """The statements of the account in this mode: the current month, then those before."""

    data: Many[StatementSummary] = Field(
        description="The months in which the balance moved, newest first, after the current month."
    )


class StatementLine(WireModel):
    """One line of a statement: movements of one kind, and their signed sum."""

    kind: LineKind = Field(description="What the line is about.")
    detail: Text | None = Field(
        description="Of spending its task, of promotions `code` or `gift`; else null."
    )
    movements: Count = Field(description="How many movements it sums up.")
    amount_usd: Dollars = Field(description="Their sum, in dollars, with its sign.")
    amount_microusd: Microusd


class StatementPayment(WireModel):
    """A purchase of the month, or money that went back: what was charged, and the credit it moved.

    `net` and `tax` add up to `total`, in units of `currency`; what went back is negative.
    """

    kind: Literal[
        "purchase",
        "refund",
        "refund_failed",
        "dispute",
        "dispute_won",
        "deposit_reversed",
        "deposit_restored",
    ] = Field(description="What happened; `…_failed`, `_won`, `_restored`: the credit came back.")
    at: Instant = Field(description="When its credit moved, in UTC.")
    purchase_id: Id | None = Field(description="The purchase; null: it has no record of one.")
    receipt_number: Text | None = Field(description="The number of the purchase's receipt.")
    invoice_number: Text | None = Field(
        description="The number of our invoice or credit note; null: the provider's, or none."
    )
    invoice_url: Url | None = Field(description="The invoice of the payment provider.")
    currency: CurrencyCode
    net: Text = Field(description="The amount without tax.")
    tax: Text = Field(description="The tax.")
    total: Text = Field(description="What was charged, or went back.")
    tax_name: Text | None = Field(description="The name of the tax.")
    tax_percent: Text | None = Field(description="Its rate; null: none, or several.")
    reverse_charge: bool = Field(description="Whether the buyer accounts for the tax.")
    buyer_name: Text | None = Field(description="The buyer's name.")
    buyer_country: Text | None = Field(description="The buyer's country, as ISO 3166 names it.")
    buyer_tax_id: Text | None = Field(description="The buyer's tax id.")
    credit_usd: Dollars = Field(description="The credit it moved, in dollars, with its sign.")
    credit_microusd: Microusd


class Statement(WireModel):
    """The statement of one month: opening balance + lines = closing balance, exactly.

    The balance is all credit, also what open jobs hold.
    """

    livemode: bool = Field(description="True for real money, false for play money.")
    mode: Mode = Field(description="`live` is real money, `test` is play money.")
    month: MonthShown
    first: Instant = Field(alias="from", description="The start of the month, in UTC.")
    last: Instant = Field(alias="to", description="The end of the month, in UTC, exclusive.")
    seller: Text = Field(description="The operator who sold the credit.")
    is_final: bool = Field(
        description="False until the month is over and closed; then it never changes."
    )
    issued_at: Instant | None = Field(description="When it was written, in UTC; null: not final.")
    opening_usd: Dollars = Field(description="The balance at the start, in dollars.")
    opening_microusd: Microusd
    lines: Many[StatementLine] = Field(description="What moved the balance, in a fixed order.")
    payments: list[StatementPayment] = Field(
        description="The purchases, refunds and disputes in these lines, oldest first.",
        json_schema_extra={"maxItems": 100_000},
    )
    closing_usd: Dollars = Field(description="The balance at the end, in dollars.")
    closing_microusd: Microusd


class SetBudget(RequestModel):
    """A budget for a UTC month; it replaces the amount of the one for the same subject."""

    subject: BudgetSubject = Field(
        BudgetSubject.ACCOUNT, description="The spending it is about.", examples=["key"]
    )
    subject_id: str | None = Field(
        None,
        min_length=1,
        max_length=255,
        description="The key, member or project, by id; omit it for the account.",
        examples=["key_01J8ZQ4V8Y6T3N5R7W9XABCDEF"],
    )
    amount_usd: Usd = Field(description="Dollars a month, above zero.", examples=["50.00"])


class DeleteBudget(RequestModel):
    """The budget to delete."""

    budget_id: BudgetId


class Alert(WireModel):
    """An alert that was given in the current month."""

    percent: Count = Field(description="The part of the budget, in percent: 50, 80 or 100.")
    at: Instant = Field(description="When it was given, in UTC.")


class Budget(WireModel):
    """A budget, and what was spent of it in the current UTC month. It alerts, and stops nothing."""

    budget_id: BudgetId
    subject: BudgetSubject = Field(description="The spending it is about.")
    subject_id: Id | None = Field(description="The key, member or project; null: the account.")
    amount_usd: Dollars = Field(description="Dollars a month.")
    amount_microusd: Microusd
    month: MonthShown
    spent_usd: Dollars = Field(description="What was charged in this month, in dollars.")
    spent_microusd: Microusd
    percent: Count = Field(description="The part that is spent, in whole percent, rounded down.")
    alerts: Many[Alert] = Field(description="The alerts of this month, at 50, 80 and 100 %.")


class Budgets(WireModel):
    """The budgets of the account in this mode."""

    data: Many[Budget] = Field(description="The budgets, the one of the account first.")


def parse_month(text: str) -> int:
    """Return a month such as 2026-11 as months since year 0.

    Raises:
        ValueError: it is not of that form.
    """
    if re.fullmatch(MONTH_PATTERN, text) is None:
        raise ValueError("a month is written like 2026-11")
    year, month = text.split("-")
    return int(year) * 12 + int(month) - 1


def format_month(months: int) -> str:
    """Return a month, given as months since year 0, such as 2026-11."""
    return f"{months // 12:04d}-{months % 12 + 1:02d}"
