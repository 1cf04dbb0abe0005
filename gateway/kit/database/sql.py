"""SQL over sets of rows: one text, two dialects.

The problem: each statement must run on PostgreSQL and on SQLite, and on PostgreSQL a batch of any
size must cost one round trip. The way: `{rows}` in a text stands for a table `given` of the rows
that come at run time. PostgreSQL gets that table's columns as arrays. SQLite has no round trips: it
writes with the same text once for each row, and reads all rows of a set from one JSON text, which
takes half of the time. `{for_update}` is a row lock of the table alias `locked` on PostgreSQL, and
nothing on SQLite, where a write transaction is alone.

Invariants: values are always parameters, never a part of the text, so texts are constants that
both databases cache. The order of a statement's columns is that of the tuples in its rows.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from pydantic_core import to_json

Row = tuple[Any, ...]
# asyncpg checks each element of a list for being an array itself, so a column is sent faster as
# one text that PostgreSQL splits. The end mark, which `trim_array` drops again, tells a column with
# one empty text from an empty column. The doors refuse control characters, so no value holds the
# two other marks; in a text that came another way, as from a node, they become U+FFFD.
SEPARATOR, NULL_MARK, END_MARK = "\x1f", "\x1e", "."
MARK_CHARACTERS = re.compile(f"[{SEPARATOR}{NULL_MARK}]")
ARRAY_EXPRESSIONS = {
    "text": r"trim_array(string_to_array(${}::text, E'\x1f', E'\x1e'), 1)",
    "int": "${}::text::bigint[]",
    "blob": "${}::bytea[]",
}
PARAMETER = re.compile(r"\$(\d+)")
SQLITE_ROWS = re.compile(r"\(SELECT \? AS [^)]+\) AS given")
PLAIN_INSERT = re.compile(r"(INSERT INTO \w+ \([^)]*\))\s+SELECT (.*)\s+FROM \{rows\}", re.DOTALL)
GIVEN_COLUMN = re.compile(r"\bgiven\.(\w+)")


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """One statement over one row set, in both dialects, and the names and kinds of its columns.

    Statements are compared by identity, so that they are cheap keys of caches and of group reads.
    """

    postgres: str
    sqlite: str
    column_names: tuple[str, ...] = ()
    column_kinds: tuple[str, ...] = ()


def sql(text: str, **columns: str) -> Statement:
    """Make a statement over the row set `{rows}`, whose columns are `text`, `int` or `blob`.

    Without columns it is a plain statement that runs once.
    """
    arrays = ", ".join(
        ARRAY_EXPRESSIONS[kind].format(number) for number, kind in enumerate(columns.values(), 1)
    )
    return Statement(
        postgres=text.replace("{rows}", f"unnest({arrays}) AS given({', '.join(columns)})")
        .replace("{for_update}", "FOR UPDATE OF locked")
        .strip(),
        sqlite=_write_for_sqlite(text.strip(), tuple(columns)),
        column_names=tuple(columns),
        column_kinds=tuple(columns.values()),
    )


def _write_for_sqlite(text: str, names: Sequence[str]) -> str:
    """Write a text for SQLite, which adds the rows of a plain INSERT faster from `VALUES`.

    That goes where each column is named once, in order: early versions of Python 3.12 warn of
    numbered parameters.
    """
    insert = PLAIN_INSERT.fullmatch(text)
    if insert is not None and GIVEN_COLUMN.findall(insert[2]) == [*names]:
        return f"{insert[1]} VALUES ({GIVEN_COLUMN.sub('?', insert[2]).strip()})"
    row = ", ".join(f"? AS {name}" for name in names)
    return text.replace("{rows}", f"(SELECT {row}) AS given").replace("{for_update}", "").strip()


Read = tuple[Statement, Sequence[Row]]
Write = tuple[Statement, Sequence[Row]]


class WrongRowCount(Exception):  # noqa: N818 - names what happened
    """A write changed another number of rows than it was given; its transaction must not commit."""


class Tx(Protocol):
    """One open transaction, carried by a session, a connection or the SQLite writer thread."""

    async def read(self, statement: Statement, rows: Sequence[Row] = ((),)) -> list[Row]:
        """Return all rows the statement answers for the given row set, in its own order if any."""
        ...

    async def read_all(self, *reads: Read) -> list[list[Row]]:
        """Return the rows of each read; on PostgreSQL all see one snapshot, in one round trip."""
        ...

    async def change(self, statement: Statement, rows: Sequence[Row] = ((),)) -> int:
        """Carry out a conditional write and return how many rows it changed."""
        ...

    async def write(self, *writes: Write) -> None:
        """Carry out independent writes, each of which must change exactly its rows.

        Raises:
            WrongRowCount: one of them did not.
        """
        ...


def to_columns(rows: Sequence[Row], kinds: Sequence[str]) -> tuple[Sequence[Any], ...]:
    """Turn rows into one parameter for each column, as PostgreSQL's arrays take them."""
    columns: Iterable[Row] = zip(*rows, strict=True) if rows else ((),) * len(kinds)
    return tuple(
        # `unnest` fills up with NULL, so a column of nothing else is sent empty. The first column
        # is always sent: it has the number of the rows.
        COLUMN_ENCODERS[kind](() if place and column.count(None) == len(column) else column)
        for place, (kind, column) in enumerate(zip(kinds, columns, strict=True))
    )


def list_sqlite_reads(statement: Statement, rows: Sequence[Row]) -> list[tuple[str, Row]]:
    """List the texts and parameters by which SQLite reads the answer for a row set."""
    if len(rows) > 1 and (text := _read_rows_from_json(statement)) is not None:
        return [(text, (to_json(rows).decode(),))]
    return [(statement.sqlite, row) for row in rows]


@lru_cache(maxsize=512)
def _read_rows_from_json(statement: Statement) -> str | None:
    """Return SQLite's text over all rows in one parameter; None where JSON cannot hold them."""
    if SQLITE_ROWS.search(statement.sqlite) is None or "blob" in statement.column_kinds:
        return None
    values = ", ".join(
        f"json_extract(value, '$[{place}]') AS {name}"
        for place, name in enumerate(statement.column_names)
    )
    rows = f"(SELECT {values} FROM json_each(?)) AS given"  # noqa: S608 - constant text
    return SQLITE_ROWS.sub(rows, statement.sqlite)


def _encode_texts(column: Row) -> str:
    nulls = column.count(None)
    values = [NULL_MARK if each is None else each for each in column] if nulls else column
    text = SEPARATOR.join([*values, END_MARK])
    # One mark too many means that a value holds it: split there, every later row would get the
    # value of its neighbour. The recursion ends, for the cleaned values hold no marks.
    if text.count(SEPARATOR) != len(column) or text.count(NULL_MARK) != nulls:
        return _encode_texts(tuple(each and MARK_CHARACTERS.sub("\ufffd", each) for each in column))
    return text


def _encode_integers(column: Row) -> str:
    """Write integers as the text of a PostgreSQL array, such as `{1,NULL,3}`."""
    return f"{{{','.join(map(str, column)).replace('None', 'NULL')}}}"


COLUMN_ENCODERS: dict[str, Callable[[Row], Sequence[Any]]] = {
    "text": _encode_texts,
    "int": _encode_integers,
    "blob": tuple,
}


@lru_cache(maxsize=512)
def combine_questions(questions: tuple[Statement, ...]) -> Statement:
    """Return one statement with one column a question: true if the question returns any row.

    An ORDER BY in a question costs nothing here, for EXISTS returns no row.
    """
    postgres, sqlite = (
        f"SELECT {', '.join(f'EXISTS ({text})' for text in texts)}"
        for texts in zip(*((each.postgres, each.sqlite) for each in questions), strict=True)
    )
    return Statement(postgres, sqlite)


def combine_reads(reads: Sequence[Read]) -> tuple[str, tuple[Sequence[Any], ...]]:
    """Return the text and the parameters of one PostgreSQL statement that carries out all reads.

    Its one row holds an array of records for each read of any rows: see `spread_answers`.
    """
    asked = [(statement, rows) for statement, rows in reads if rows]
    columns = (to_columns(rows, statement.column_kinds) for statement, rows in asked)
    text = _combine_reads(tuple(statement for statement, _ in asked))
    return text, tuple(column for each in columns for column in each)


@lru_cache(maxsize=512)
def _combine_reads(statements: tuple[Statement, ...]) -> str:
    arrays, offset = [], 0
    for statement in statements:
        text = renumber_parameters(statement.postgres, offset)
        arrays.append(f"ARRAY(SELECT answer FROM ({text}) AS answer)")  # noqa: S608 - constant
        offset += len(statement.column_kinds)
    return f"SELECT {', '.join(arrays)}"


def spread_answers(reads: Sequence[Read], answers: Iterable[list[Row]]) -> list[list[Row]]:
    """Give each read its answer; to those of no rows, which were not asked, an empty one."""
    rest = iter(answers)
    return [next(rest) if rows else [] for _, rows in reads]


def combine_writes(writes: Sequence[Write]) -> tuple[str, tuple[Sequence[Any], ...]]:
    """Return the text and the parameters of one PostgreSQL statement that carries out all writes.

    Its one row holds the number of rows that each write changed. All writes see the same snapshot,
    so none may depend on the rows of another.
    """
    columns = (to_columns(rows, statement.column_kinds) for statement, rows in writes)
    text = _combine_statements(tuple(statement for statement, _ in writes))
    return text, tuple(column for each in columns for column in each)


@lru_cache(maxsize=512)
def _combine_statements(statements: tuple[Statement, ...]) -> str:
    parts, counts, offset = [], [], 0
    for number, statement in enumerate(statements):
        parts.append(
            f"w{number} AS ({renumber_parameters(statement.postgres, offset)} RETURNING 1)"
        )
        counts.append(f"(SELECT count(*) FROM w{number})")  # noqa: S608 - constant text
        offset += len(statement.column_kinds)
    return f"WITH {', '.join(parts)} SELECT {', '.join(counts)}"


def renumber_parameters(text: str, offset: int) -> str:
    """Move every `$n` of a PostgreSQL text up by `offset`."""
    return PARAMETER.sub(lambda match: f"${int(match[1]) + offset}", text)


def check_counts(writes: Sequence[Write], counts: Sequence[int]) -> None:
    """Check that each write changed exactly as many rows as it was given.

    Raises:
        WrongRowCount: naming the first statement that did not.
    """
    for (statement, rows), count in zip(writes, counts, strict=True):
        if count != len(rows):
            raise WrongRowCount(f"{count} rows instead of {len(rows)}: {statement.sqlite[:80]}")


SELECT_NOW = sql("SELECT kt_now()")


async def get_database_time(tx: Tx) -> int:
    """Return the time by the database's clock, in microseconds since 1970.

    Clocks of machines differ; deadlines are kept and judged by this one.
    """
    now: int = (await tx.read(SELECT_NOW))[0][0]
    return now
