"""CSV that is safe to open in a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Sequence

CSV_MEDIA_TYPE = "text/csv"
# A spreadsheet runs a cell that begins like this as a formula; full-width signs count to some.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001


def accepts_csv(accept: str) -> bool:
    """Return True if the `Accept` header names CSV."""
    return CSV_MEDIA_TYPE in accept.lower()


def to_text_cell(value: object) -> str:
    """Return a text for a cell; a quote before what looks like a formula makes it text."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def render_rows(rows: Iterable[Sequence[object]]) -> str:
    """Render rows as CSV (RFC 4180)."""
    stream = io.StringIO()
    csv.writer(stream).writerows(rows)
    return stream.getvalue()
