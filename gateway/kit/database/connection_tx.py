"""A transaction carried by a connection of SQLAlchemy, on either database."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.kit.database.sql import (
    Read,
    Row,
    Statement,
    Write,
    check_counts,
    combine_reads,
    combine_writes,
    list_sqlite_reads,
    spread_answers,
    to_columns,
)

ONE_EMPTY_ROW: Sequence[Row] = ((),)


class ConnectionTx:
    """A transaction carried by one SQLAlchemy connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._postgres = connection.dialect.name == "postgresql"

    async def read(self, statement: Statement, rows: Sequence[Row] = ONE_EMPTY_ROW) -> list[Row]:
        """Return all rows the statement answers for the given row set."""
        if self._postgres:
            answer = await self._connection.exec_driver_sql(
                statement.postgres, to_columns(rows, statement.column_kinds)
            )
            return [tuple(row) for row in answer]
        answers: list[Row] = []
        for text, parameters in list_sqlite_reads(statement, rows):
            answer = await self._connection.exec_driver_sql(text, parameters)
            answers += [tuple(each) for each in answer]
        return answers

    async def read_all(self, *reads: Read) -> list[list[Row]]:
        """Return the rows of each read; on PostgreSQL all see one snapshot."""
        if not self._postgres:
            return [await self.read(*each) for each in reads]
        text, columns = combine_reads(reads)
        answer = await self._connection.exec_driver_sql(text, columns)
        return spread_answers(reads, answer.one() if answer.returns_rows else ())

    async def change(self, statement: Statement, rows: Sequence[Row] = ONE_EMPTY_ROW) -> int:
        """Carry out a conditional write and return how many rows it changed."""
        if self._postgres:
            columns = to_columns(rows, statement.column_kinds)
            return (await self._connection.exec_driver_sql(statement.postgres, columns)).rowcount
        changed = 0
        for row in rows:
            changed += (await self._connection.exec_driver_sql(statement.sqlite, row)).rowcount
        return changed

    async def write(self, *writes: Write) -> None:
        """Carry out independent writes, each of which must change exactly its rows."""
        writes = tuple(write for write in writes if write[1])
        if not writes:
            return
        if not self._postgres:
            check_counts(writes, [await self.change(*write) for write in writes])
            return
        text, columns = combine_writes(writes)
        counts = (await self._connection.exec_driver_sql(text, columns)).one()
        check_counts(writes, counts)
