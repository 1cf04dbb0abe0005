"""Dry runs: a transaction whose written rows are recorded, shown and then rolled back."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeAlias, TypedDict

from sqlalchemy import event, inspect
from sqlalchemy.orm import Session as SyncSession

from gateway.kit.database.sessions import Database, Session
from gateway.kit.database.sql import Row, Statement

WRITE_HEAD = re.compile(r"(INSERT INTO|UPDATE|DELETE FROM)\s+(\w+)")
VERBS = {"INSERT INTO": "insert", "UPDATE": "update", "DELETE FROM": "delete"}
WrittenRow: TypeAlias = dict[str, object]
"""A written row: `verb`, `table` and its columns; open, for each table has its own."""


class DryRunFields(TypedDict, total=False):
    """The fields of an answer that only a dry run has."""

    dryRun: bool
    rows: list[WrittenRow]


class DryRun:
    """The rows that one session has written, in order, as plain values.

    It listens to statements through `Session.on_write` and to the ORM through its flush.
    """

    def __init__(self, session: Session) -> None:
        self.rows: list[WrittenRow] = []
        self._session = session
        session.on_write = self._record_statement
        event.listen(session.sync_session, "before_flush", self._record_flush)

    async def undo(self) -> list[WrittenRow]:
        """Roll the transaction back; return the rows that it had written."""
        await self._session.flush()
        await self._session.rollback()
        return self.rows

    def _record_statement(self, statement: Statement, rows: Sequence[Row]) -> None:
        head = WRITE_HEAD.search(statement.sqlite)
        if head is None:
            return
        for row in rows:
            values = zip(statement.column_names, row, strict=True)
            self._record_row(VERBS[head[1]], head[2], dict(values))

    def _record_flush(self, session: SyncSession, _context: object, _instances: object) -> None:
        for row in session.new:
            columns = inspect(type(row)).columns
            values = {column.name: getattr(row, column.key) for column in columns}
            self._record_row("insert", row.__tablename__, values)
        for row in session.dirty:
            state = inspect(row)
            changed = {each.key: each.value for each in state.attrs if each.history.has_changes()}
            if changed:
                keys = zip(state.mapper.primary_key, state.identity or (), strict=False)
                self._record_row(
                    "update",
                    row.__tablename__,
                    {column.name: value for column, value in keys} | changed,
                )

    def _record_row(self, verb: str, table: str, values: dict[str, object]) -> None:
        present = {
            name: f"{len(value)} bytes" if isinstance(value, bytes) else value
            for name, value in values.items()
            if value is not None
        }
        self.rows.append({"verb": verb, "table": table, **present})


class DryRunDatabase:
    """A stand-in for a database: it records the rows of each write transaction and undoes it.

    It is for work that opens transactions of its own; a later one does not see an earlier one's
    rows.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.rows: list[WrittenRow] = []

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the database has
        """Return the database's own attribute: everything but `write`."""
        return getattr(self._database, name)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Session]:
        """Open a write transaction for the block; record its rows and roll it back."""
        async with self._database.write() as session:
            recorder = DryRun(session)
            yield session
            self.rows += await recorder.undo()
