"""Statements in their wire form, and as CSV."""

from collections.abc import Sequence

from gateway.kit.clock import start_of_utc_month, to_iso, to_iso_or_none, to_utc_month
from gateway.kit.money import render_usd
from gateway.kit.wire.csv_text import render_rows, to_text_cell
from gateway.ledger.reports.postings import AccountPoint
from gateway.spending import schemas
from gateway.spending.schemas import format_month
from gateway.spending.statements import MonthStatement
from gateway.spending.tables import Statement

CSV_COLUMNS = ("kind", "detail", "movements", "amountUsd", "amountMicrousd")


def render_summaries(rows: Sequence[Statement], point: AccountPoint) -> schemas.Statements:
    """Return the written statements, newest first, after the month that goes on."""
    current = to_utc_month(point.at)
    opening = rows[0].closing_microusd if rows else 0
    months = [(current, opening, point.posted_microusd, False)]
    months += [(row.month, row.opening_microusd, row.closing_microusd, True) for row in rows]
    return schemas.Statements(
        data=[
            schemas.StatementSummary(
                month=format_month(month),
                opening_usd=render_usd(opening),
                opening_microusd=opening,
                closing_usd=render_usd(closing),
                closing_microusd=closing,
                is_final=is_final,
            )
            for month, opening, closing, is_final in months
        ]
    )


def render_statement(found: MonthStatement, book: str) -> schemas.Statement:
    """Return a statement in its wire form."""
    return schemas.Statement(
        livemode=book == "live",
        mode="live" if book == "live" else "test",
        month=format_month(found.month),
        first=to_iso(start_of_utc_month(found.month)),
        last=to_iso(start_of_utc_month(found.month + 1)),
        is_final=found.issued_at is not None,
        issued_at=to_iso_or_none(found.issued_at),
        opening_usd=render_usd(found.opening_microusd),
        opening_microusd=found.opening_microusd,
        lines=[
            schemas.StatementLine(
                kind=line.kind,
                detail=line.detail or None,
                movements=line.movements,
                amount_usd=render_usd(line.amount_microusd),
                amount_microusd=line.amount_microusd,
            )
            for line in found.lines
        ],
        closing_usd=render_usd(found.closing_microusd),
        closing_microusd=found.closing_microusd,
    )


def render_statement_csv(shown: schemas.Statement) -> str:
    """Return a statement as CSV: opening balance, lines, closing balance."""
    return render_rows(
        [
            CSV_COLUMNS,
            ("opening_balance", shown.month, "", shown.opening_usd, shown.opening_microusd),
            *(
                (line.kind, to_text_cell(line.detail), line.movements, line.amount_usd,
                 line.amount_microusd)
                for line in shown.lines
            ),
            ("closing_balance", shown.month, "", shown.closing_usd, shown.closing_microusd),
        ]
    )  # fmt: skip
