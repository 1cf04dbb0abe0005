"""Plan of the pending migrations: their statements, the locks they take, the work they do.

Statements of a migration depend on the tables, so they are found by a rehearsal. On PostgreSQL it
runs in a schema of its own, on empty tables, in a transaction that is rolled back: no lock on a
table in use is taken, and nothing stays. SQLite rehearses in memory.
"""

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.exc import DBAPIError

from gateway.kit.database.sessions import Database
from gateway.migrations import ONE_AT_A_TIME, configuration
from gateway.migrations.compatibility import (
    SCHEMA_TABLE,
    find_schema,
    get_oldest_code,
    prepare_schema_table,
)
from gateway.migrations.locks import Catalogue, TableLock, find_locks, read_catalogue

READ_LIMIT_SECONDS = 10
FILE_NODES = """
SELECT relname, relfilenode FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'
"""
SIZE = """
SELECT reltuples::bigint, pg_total_relation_size(oid) FROM pg_class WHERE oid = '{table}'::regclass
"""
DATA_VERBS = ("INSERT", "UPDATE", "DELETE")
SCHEMA_VERBS = ("ALTER", "CREATE", "DROP", "TRUNCATE", "COMMENT")
WHOLE_TABLE = re.compile(
    r"^CREATE (UNIQUE )?INDEX|ADD CONSTRAINT(?!.*NOT VALID)|SET NOT NULL|VALIDATE"
)


class StatementWork(StrEnum):
    """The work of a statement, which decides how long it holds its locks."""

    CATALOGUE = "changes only the catalogue"
    READ = "reads the whole table"
    REWRITE = "rewrites the whole table"
    ROWS = "changes rows"


@dataclass(frozen=True, slots=True)
class PlannedStatement:
    """One statement, the locks that it takes on tables in use, and its work."""

    text: str
    locks: Sequence[TableLock]
    work: StatementWork


@dataclass(frozen=True, slots=True)
class PlannedMigration:
    """One pending migration."""

    revision: str
    title: str
    oldest_code: str
    statements: Sequence[PlannedStatement]


@dataclass(frozen=True, slots=True)
class TableSize:
    """The size of a table; `read_seconds` is what one read of it took, None beyond the limit."""

    rows: int
    bytes: int
    read_seconds: float | None


@dataclass(slots=True)
class Rehearsal:
    """Runs pending migrations on empty tables and records their statements."""

    connection: Connection
    statements: list[PlannedStatement] = field(default_factory=list)
    _tables_in_use: frozenset[str] = frozenset()
    _nodes: dict[str, int] = field(default_factory=dict)
    _catalogue: Catalogue = field(default_factory=Catalogue)
    _is_looking: bool = False

    def run(self, config: Config, start: str, pending: Sequence[Script]) -> list[PlannedMigration]:
        """Build the tables of the revision `start`, then run each pending migration."""
        prepare_schema_table(self.connection)
        if start:
            command.upgrade(config, start)
        self._look()
        # A table that the migrations create is in use by nobody, and has no size to measure.
        self._tables_in_use = frozenset(self._nodes)
        event.listen(self.connection, "after_cursor_execute", self._record)
        migrations = []
        for script in pending:
            self.statements = []
            command.upgrade(config, script.revision)
            title = script.doc.partition("\n")[0].rstrip(".")
            oldest = get_oldest_code(script)
            migrations.append(PlannedMigration(script.revision, title, oldest, self.statements))
        return migrations

    def _record(self, _connection: Connection, _cursor: Any, statement: str, *_: object) -> None:  # noqa: ANN401 - the driver's
        verb = statement.split(maxsplit=1)[0].upper()
        if (
            self._is_looking
            or verb not in {*DATA_VERBS, *SCHEMA_VERBS}
            or SCHEMA_TABLE in statement
        ):
            return
        line = " ".join(statement.split())
        self._is_looking = True
        before, catalogue = self._nodes, self._catalogue
        self._look()
        self._is_looking = False
        locks = [lock for lock in find_locks(line, catalogue) if lock.table in self._tables_in_use]
        rewritten = {name for name, node in self._nodes.items() if before.get(name, node) != node}
        work = decide_work(line, is_rewrite=bool(rewritten & {lock.table for lock in locks}))
        self.statements.append(PlannedStatement(line, locks, work))

    def _look(self) -> None:
        """Note the tables with their files, which change in a rewrite, and what locks depend on."""
        if self.connection.dialect.name != "postgresql":
            return
        files = self.connection.exec_driver_sql(FILE_NODES)
        self._nodes = {row[0]: row[1] for row in files}
        self._catalogue = read_catalogue(self.connection)


def decide_work(statement: str, *, is_rewrite: bool) -> StatementWork:
    """Decide what a statement does to the tables that it locks."""
    if statement.startswith(DATA_VERBS):
        return StatementWork.ROWS
    if is_rewrite:
        return StatementWork.REWRITE
    return StatementWork.READ if WHOLE_TABLE.search(statement) else StatementWork.CATALOGUE


async def plan_migrations(
    database: Database, config: Config | None = None
) -> tuple[str, list[PlannedMigration]]:
    """Return the revision of the schema ("" without tables) and its pending migrations."""
    async with ONE_AT_A_TIME.hold_in_task(), database.connect() as connection:
        return await connection.run_sync(_rehearse, config)


async def measure_tables(
    database: Database, migrations: Sequence[PlannedMigration]
) -> dict[str, TableSize]:
    """Measure the tables that the migrations lock; those they work through are read once."""
    statements = [each for migration in migrations for each in migration.statements]
    tables = {lock.table for each in statements for lock in each.locks}
    is_read = {
        lock.table
        for each in statements
        for lock in each.locks
        if each.work is not StatementWork.CATALOGUE
    }
    sizes = {}
    for table in sorted(tables):
        async with database.connect() as connection:
            size = await connection.run_sync(_measure, table, table in is_read)
            sizes[table] = size
    return sizes


def render_plan(
    start: str, migrations: Sequence[PlannedMigration], sizes: dict[str, TableSize]
) -> Iterator[str]:
    """Yield the lines of a plan."""
    if not migrations:
        yield f"the schema is {start}: no migration of this version is pending"
        return
    count = f"{len(migrations)} pending migration{'s' if len(migrations) > 1 else ''}"
    yield f"the schema is {start or 'empty'}: {count}, in one transaction"
    for migration in migrations:
        kept = f"programs of schema {migration.oldest_code} or newer keep working"
        yield f"{migration.revision} {migration.title}: {kept}"
        for statement in migration.statements:
            yield f"  {statement.text}"
            for lock in statement.locks:
                size = sizes.get(lock.table)
                known = "" if size is None else f" ({render_size(size)})"
                yield f"    {lock.mode} on {lock.table}{known}: {statement.work}"
    if sizes:
        yield "each lock is held to the end of the transaction, and waited for 2 seconds at a time"
    yield "nothing was changed"


def render_size(size: TableSize) -> str:
    """Render the size of a table, and what one read of it took."""
    parts = [f"{size.rows:,} rows", f"{size.bytes / 1_000_000:,.1f} MB"]
    if size.read_seconds is not None:
        parts.append(f"read in {size.read_seconds:.2f} s")
    return ", ".join(parts)


def _rehearse(connection: Connection, config: Config | None) -> tuple[str, list[PlannedMigration]]:
    schema = find_schema(connection)
    start = "" if schema is None else schema.revision
    config = config or configuration()
    scripts = sorted(
        ScriptDirectory.from_config(config).walk_revisions(), key=lambda each: each.revision
    )
    pending = [script for script in scripts if script.revision > start]
    if not pending:
        return start, []
    if connection.dialect.name == "postgresql":
        place = f"kt_plan_{connection.scalar(text('SELECT pg_backend_pid()'))}"
        connection.execute(text(f"CREATE SCHEMA {place}"))
        connection.execute(text(f"SET LOCAL search_path = {place}"))
        config.attributes["connection"] = connection
        try:
            return start, Rehearsal(connection).run(config, start, pending)
        finally:
            connection.rollback()
    engine = create_engine("sqlite://")
    with engine.connect() as memory:
        driver: Any = memory.connection.driver_connection
        driver.create_function("kt_now", 0, lambda: 0)
        config.attributes["connection"] = memory
        migrations = Rehearsal(memory).run(config, start, pending)
    engine.dispose()
    return start, migrations


def _measure(connection: Connection, table: str, is_read: bool) -> TableSize:  # noqa: FBT001 - run_sync passes it on
    """Return a table's size; `is_read`: with the time that one read of it takes."""
    rows, size = connection.exec_driver_sql(SIZE.format(table=table)).one()
    seconds = None
    if is_read:
        try:
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = '{READ_LIMIT_SECONDS}s'")
            began = time.monotonic()
            rows = connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()  # noqa: S608 - a name of ours
            seconds = time.monotonic() - began
        except DBAPIError:  # beyond the limit: the estimate of the catalogue stays
            pass
    connection.rollback()
    return TableSize(max(rows, 0), size, seconds)
