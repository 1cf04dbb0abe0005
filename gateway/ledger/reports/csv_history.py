"""The balance history as CSV, for spreadsheets."""

from collections.abc import Sequence
from urllib.parse import urlencode

from gateway.kit.clock import to_iso
from gateway.kit.money import render_usd
from gateway.kit.operation import Answer
from gateway.kit.wire.csv_text import CSV_MEDIA_TYPE, render_rows, to_text_cell
from gateway.ledger.reports.history import HistoryLine
from gateway.ledger.schemas import HistoryQuery

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


def render_csv_page(
    lines: Sequence[HistoryLine], query: HistoryQuery, next_cursor: str | None
) -> Answer:
    """Return a page of the history as CSV; its `Link` header leads to the page at `next_cursor`."""
    headers = {"Content-Type": f"{CSV_MEDIA_TYPE}; charset=utf-8", "Vary": "Accept"}
    if next_cursor is not None:
        parameters = query.model_dump(mode="json", by_alias=True, exclude_unset=True)
        target = urlencode(parameters | {"cursor": next_cursor})
        headers["Link"] = f'</api/v1/balance/history?{target}>; rel="next"'
    return Answer(status=200, body=render_csv(lines).encode(), headers=headers)


def render_csv(lines: Sequence[HistoryLine]) -> str:
    """Return the lines as CSV, headed by the column names."""
    return render_rows(
        [
            COLUMNS,
            *(
                (
                    to_iso(line.at),
                    line.transfer_id,
                    line.code,
                    line.phase,
                    line.reference,
                    render_usd(line.amount_microusd),
                    render_usd(line.balance_after_microusd),
                    to_text_cell(line.description),
                )
                for line in lines
            ),
        ]
    )
