"""The balance history as CSV, for spreadsheets."""

import csv
import io
from collections.abc import Sequence
from urllib.parse import urlencode

from gateway.kit.clock import to_iso
from gateway.kit.money import render_usd
from gateway.kit.operation import Answer
from gateway.ledger.history import Line
from gateway.ledger.schemas import HistoryQuery

CSV = "text/csv"
COLUMNS = (
    "at",
    "transferId",
    "code",
    "phase",
    "reference",
    "amountUsd",
    "balanceAfterUsd",
    "description",
)
# A spreadsheet runs a cell that begins like this as a formula: descriptions are quoted against it.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def wanted(accept: str) -> bool:
    """Return True if the `Accept` header names CSV."""
    return CSV in accept.lower()


def answer(lines: Sequence[Line], query: HistoryQuery, following: str | None) -> Answer:
    """Return a page of the history as CSV; its `Link` header leads to the page at `following`."""
    headers = {"Content-Type": f"{CSV}; charset=utf-8", "Vary": "Accept"}
    if following is not None:
        parameters = query.model_dump(mode="json", by_alias=True, exclude_unset=True)
        target = urlencode(parameters | {"cursor": following})
        headers["Link"] = f'</api/v1/balance/history?{target}>; rel="next"'
    return Answer(status=200, body=table(lines).encode(), headers=headers)


def table(lines: Sequence[Line]) -> str:
    """Return the lines as CSV, headed by the column names."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    for line in lines:
        description = line.description or ""
        if description.startswith(FORMULA):
            description = f"'{description}"
        rows.writerow(
            (
                to_iso(line.at),
                line.transfer_id,
                line.code,
                line.phase,
                line.reference,
                render_usd(line.amount_microusd),
                render_usd(line.balance_after_microusd),
                description,
            )
        )
    return text.getvalue()
