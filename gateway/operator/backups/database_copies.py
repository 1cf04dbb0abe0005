"""Copies of a database, and the way back into an empty one.

PostgreSQL: one transaction exports its snapshot. `pg_dump` copies what this snapshot sees, and the
same transaction reads which files it names. SQLite: `VACUUM INTO` is a read transaction of its own,
beside which the gateway goes on writing; the names are read from the copy.
"""

import asyncio
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import URL, make_url

from gateway.kit.database.connection_tx import ConnectionTx
from gateway.kit.database.sessions import Database
from gateway.kit.database.sqlite import ThreadTx
from gateway.kit.disk import sync_to_disk
from gateway.library.named_files import NamedFile
from gateway.media.oversight.named_files import stream_named_files
from gateway.migrations.compatibility import SchemaRevision, build_revision_query
from gateway.operator.backups.backup_folder import BackupRefused, hash_file
from gateway.operator.backups.postgres_programs import find_programs

# An extension of the operator is neither copied nor in the way. Indexes are no members of theirs.
NOT_OF_EXTENSIONS = (
    "(tableoid, oid) NOT IN (SELECT classid, objid FROM pg_depend WHERE deptype = 'e')"
)
POSTGRES_TABLES = f"""
    SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
    AND relkind IN ('r', 'p') AND {NOT_OF_EXTENSIONS} ORDER BY relname
"""  # noqa: S608 - constants
POSTGRES_OBJECTS = f"""
    SELECT (SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace
            AND relkind NOT IN ('i', 'I') AND {NOT_OF_EXTENSIONS})
         + (SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
            AND {NOT_OF_EXTENSIONS})
"""  # noqa: S608 - constants
SQLITE_TABLES = (
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
)
SQLITE_SUFFIXES = ("", "-wal", "-shm", "-journal")
# A dump of hours is no idle session of a process that has died.
UNLIMITED = ("statement_timeout = 0", "idle_in_transaction_session_timeout = 0")


@dataclass(frozen=True, slots=True)
class DatabaseSnapshot:
    """A moment of a database: its schema, the rows of its tables, and the files that they name."""

    schema: SchemaRevision
    tables: Mapping[str, int]
    files: list[NamedFile]


async def copy_database(
    database: Database, target: Path, programs_folder: Path | None = None
) -> DatabaseSnapshot:
    """Write a copy of the database to a file while others use it; return what the copy holds.

    Raises:
        BackupRefused: a program of PostgreSQL is missing or failed.
    """
    await asyncio.to_thread(target.touch, mode=0o600)
    if not database.is_postgres:
        with closing(sqlite3.connect(str(database.url.database), timeout=30)) as connection:
            connection.execute("VACUUM INTO ?", (str(target),))
        return await read_sqlite_copy(target)
    async with _open_snapshot(database) as tx:
        ((major, snapshot),) = await tx.read_text(
            "SELECT current_setting('server_version_num')::int / 10000, pg_export_snapshot()"
        )
        programs = await find_programs(database.url, int(major), programs_folder)
        options = ("--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}")
        await programs.run("pg_dump", *options, f"--file={target}")
        return await _read_snapshot(tx, POSTGRES_TABLES)


async def read_database(database: Database) -> DatabaseSnapshot:
    """Return what the database holds at this moment."""
    if database.is_postgres:
        async with _open_snapshot(database) as tx:
            return await _read_snapshot(tx, POSTGRES_TABLES)
    with closing(sqlite3.connect(str(database.url.database), timeout=30)) as connection:
        connection.execute("BEGIN")
        return await _read_snapshot(_SqliteTx(connection), SQLITE_TABLES)


async def read_sqlite_copy(file: Path) -> DatabaseSnapshot:
    """Return what a copy of a SQLite database holds.

    Raises:
        BackupRefused: the copy is damaged.
    """
    with closing(sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True)) as connection:
        try:
            ((verdict,),) = connection.execute("PRAGMA integrity_check(1)").fetchall()
        except sqlite3.DatabaseError as error:
            verdict = str(error)
        if verdict != "ok":
            raise BackupRefused(f"{file.name} is damaged: {verdict}")
        return await _read_snapshot(_SqliteTx(connection), SQLITE_TABLES)


async def require_empty_database(url: str) -> None:
    """Check that a backup can be restored to this address.

    Raises:
        BackupRefused: there is a SQLite file, or the PostgreSQL database has tables.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        for suffix in SQLITE_SUFFIXES:  # SQLite would replay a journal into the restored rows
            if await asyncio.to_thread(Path(f"{parsed.database}{suffix}").exists):
                raise BackupRefused(
                    f"{parsed.database}{suffix} exists: a backup is only restored beside none"
                )
        return
    async with open_plain_database(url) as database, database.connect() as connection:
        ((count,),) = await _PostgresTx(connection).read_text(POSTGRES_OBJECTS)
        if count:
            raise BackupRefused(
                f"the database {parsed.database} is not empty: a backup is only restored into an "
                "empty one"
            )


async def restore_database(
    url: str,
    source: Path,
    finish: Callable[[Database], Awaitable[None]],
    programs_folder: Path | None = None,
) -> None:
    """Bring a copy back into an empty database, all of it or nothing, and finish its rows.

    SQLite's rows are finished before the file has its name; those of PostgreSQL right behind.

    Raises:
        BackupRefused: the database is not empty, or a program of PostgreSQL is missing or failed.
    """
    await require_empty_database(url)
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        await _place_sqlite_file(source, parsed, finish)
        return
    async with open_plain_database(url) as database, database.connect() as connection:
        ((major,),) = await _PostgresTx(connection).read_text(
            "SELECT current_setting('server_version_num')::int / 10000"
        )
    programs = await find_programs(parsed, major, programs_folder)
    options = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
    ours = "--schema=public"  # without extensions, which an owner of tables may not create
    await programs.run("pg_restore", *options, ours, f"--dbname={parsed.database}", str(source))
    async with open_plain_database(url) as database:
        await finish(database)


async def check_dump(url: str, source: Path, programs_folder: Path | None) -> None:
    """Check that `pg_restore` can read a dump.

    Raises:
        BackupRefused: it cannot.
    """
    programs = await find_programs(make_url(url), 0, programs_folder)
    await programs.run("pg_restore", "--list", str(source))


async def _place_sqlite_file(
    source: Path, url: URL, finish: Callable[[Database], Awaitable[None]]
) -> None:
    """Copy a database, finish it, and give it its name; another that began there stays."""
    target = Path(str(url.database))
    temp = target.with_name(f"{target.name}.restored")
    _remove_sqlite_files(temp)  # of a try that broke off
    try:
        await asyncio.to_thread(shutil.copyfile, source, temp)
        temp.chmod(0o600)
        if hash_file(temp) != hash_file(source):
            raise BackupRefused(f"{temp} was not written as it is in the backup")
        temp_url = url.set(database=str(temp)).render_as_string(hide_password=False)
        async with open_plain_database(temp_url) as database:
            await finish(database)
        _fold_log(temp)
        await require_empty_database(url.render_as_string(hide_password=False))
        os.link(temp, target)  # unlike a rename it refuses a target that exists
        sync_to_disk(target.parent)
    except FileExistsError:
        raise BackupRefused(f"{target} was created meanwhile: nothing was restored") from None
    finally:
        _remove_sqlite_files(temp)


def _fold_log(file: Path) -> None:
    """Bring all of a database into its one file, and that to the disk."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    sync_to_disk(file)


def _remove_sqlite_files(file: Path) -> None:
    for suffix in SQLITE_SUFFIXES:
        file.with_name(f"{file.name}{suffix}").unlink(missing_ok=True)


class _PostgresTx(ConnectionTx):
    """A transaction that also reads the answer of a plain text."""

    async def read_text(self, statement: str) -> list[tuple[Any, ...]]:
        """Return the rows of a statement."""
        return [tuple(row) for row in await self._connection.execute(text(statement))]


class _SqliteTx(ThreadTx):
    """A connection of SQLite that also reads the answer of a plain text."""

    async def read_text(self, statement: str) -> list[tuple[Any, ...]]:
        """Return the rows of a statement."""
        return self._connection.execute(statement).fetchall()


@asynccontextmanager
async def open_plain_database(url: str) -> AsyncIterator[Database]:
    """Open the database at an address for the block, with whatever schema it has."""
    database = Database(url)
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def _open_snapshot(database: Database) -> AsyncIterator[_PostgresTx]:
    """Open a transaction that reads one moment, for as long as the block takes."""
    async with database.open_snapshot(is_limited=False) as connection:
        for setting in UNLIMITED:
            await connection.execute(text(f"SET LOCAL {setting}"))
        yield _PostgresTx(connection)


async def _read_snapshot(tx: "_PostgresTx | _SqliteTx", table_names: str) -> DatabaseSnapshot:
    names = [str(row[0]) for row in await tx.read_text(table_names)]
    revision_query = build_revision_query(names)
    if revision_query is None:
        raise BackupRefused("this is no database of this program: it has no schema version")
    ((revision, oldest_code),) = await tx.read_text(revision_query)
    files = [file async for file in stream_named_files(tx)]
    counts = {
        name: (await tx.read_text(f'SELECT count(*) FROM "{name}"'))[0][0]  # noqa: S608 - a table
        for name in names
    }
    return DatabaseSnapshot(SchemaRevision(revision, oldest_code), counts, files)
