"""Changes of SQL texts, each of which could be a programmer's mistake.

Much of the money code is SQL inside of Python strings, where operators for Python find nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

STATEMENT = re.compile(r"\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|WHERE|EXISTS)\b")
CLAUSE = re.compile(r"\b(SELECT|SET|WHERE|ON|AND|OR|WHEN|HAVING|FROM|VALUES|BETWEEN)\b")
# What stands in the text, and what it becomes. The longer ones stand first.
REPLACEMENTS = {
    r"\bIS NOT NULL\b": "IS NULL",
    r"\bIS NULL\b": "IS NOT NULL",
    r"\bNOT EXISTS\b": "EXISTS",
    r"\bNOT IN\b": "IN",
    r" <= ": " < ",
    r" >= ": " > ",
    r" <> ": " = ",
    r" < ": " <= ",
    r" > ": " >= ",
    r" = ": " <> ",
    r" \+ ": " - ",
    r" - ": " + ",
    r"\bAND\b": "OR",
    r"\bOR\b": "AND",
    r"\bDESC\b": "ASC",
    r"\bsum\(": "max(",
    r"\bmin\(": "max(",
    r"\bmax\(": "min(",
    r"\bDISTINCT ": "",
    r"\b0\b": "1",
    r"\b1\b": "2",
}
TOKEN = re.compile("|".join(f"({each})" for each in REPLACEMENTS))


@dataclass(frozen=True, slots=True)
class SqlChange:
    """A piece of a text from `start` to `end`, and what replaces it."""

    start: int
    end: int
    replacement: str


def list_sql_changes(text: str) -> list[SqlChange]:
    """Return every change of a text in order; none if the text is no SQL."""
    return [*find_sql_changes(text)] if STATEMENT.search(text) else []


def find_sql_changes(text: str) -> Iterator[SqlChange]:
    """Yield every change whose result is still SQL: an assignment and a BETWEEN stay whole.

    What `EXISTS (SELECT 1` selects does not matter.
    """
    for match in TOKEN.finditer(text):
        clauses = CLAUSE.findall(text, 0, match.start())
        clause = clauses[-1] if clauses else ""
        if match[0] == " = " and clause in {"SET", ""}:
            continue
        if match[0] == "AND" and clause == "BETWEEN":
            continue
        if match[0] == "1" and text[: match.start()].endswith("EXISTS (SELECT "):
            continue
        if match[0] == "OR" and text[match.end() :].startswith((" REPLACE", " IGNORE")):
            continue
        replacement = [*REPLACEMENTS.values()][(match.lastindex or 1) - 1]
        yield SqlChange(match.start(), match.end(), replacement)
