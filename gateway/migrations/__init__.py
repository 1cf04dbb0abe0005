"""The schema and its history: one set of migrations for both databases, forward only.

`compatibility.py` says which programs work on which schema.
"""

import asyncio
import logging
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.kit.database.sessions import Database, TransactionConflict
from gateway.kit.database.write_gate import WriteGate
from gateway.migrations.compatibility import (
    SCHEMA_TABLE,
    STRICT_TABLE,
    SchemaFit,
    can_take_over,
    decide_fit,
    find_schema,
    prepare_schema_table,
    record_compatibility,
)

ADVISORY_LOCK = 4_903_201_577
APPEND_ONLY = ("transfer", "entry", "audit_log")
ONE_AT_A_TIME = WriteGate()  # alembic keeps the migration that runs in global variables
FORBIDDEN, LOCK_TIMEOUT = "42501", "55P03"
# A statement that waits for a table makes all later ones wait behind it. So it waits briefly; then
# the whole migration is rolled back, and traffic flows until the next try.
TURN_LIMIT, LOCK_LIMIT = "5min", "2s"
RETRY_PAUSES_SECONDS = (1, 2, 4, 8, 15, 15, 15, 15)
log = logging.getLogger("gateway.migrations")


class SchemaRefused(ValueError):  # noqa: N818 - said of the schema
    """The schema is not this version's, and cannot be made so from here."""


async def upgrade(database: Database, *, create: bool = True) -> SchemaFit:
    """Bring the schema to this program's revision, unless it is newer and this program works on it.

    A schema that a pre-release of 0.7.0 left at this revision is taken over, if this role owns it.
    Processes that start at once wait for each other. Return how the schema fits afterwards.

    Raises:
        SchemaRefused: this program is too old for it, or this role may not change it, or a table
            stays in use, or another process migrates for long, or there is none and `create` is
            false.
    """
    async with database.connect() as connection:
        fit = await connection.run_sync(_find_finished_fit)
    if fit is not None:
        return fit
    async with ONE_AT_A_TIME.hold_in_task():
        for pause in RETRY_PAUSES_SECONDS:
            try:
                return await _upgrade_once(database, create)
            except TransactionConflict:
                log.warning("a table to migrate is in use; rolled back, next try in %s s", pause)
                await asyncio.sleep(pause)
        try:
            return await _upgrade_once(database, create)
        except TransactionConflict:
            raise SchemaRefused(
                "a table to migrate stays in use, and nothing was changed: "
                "end the long transaction that holds it, and run `killatamata migrate` again"
            ) from None


async def get_schema_fit(database: Database) -> SchemaFit:
    """Compare the schema in the database with the one that this program was made for."""
    async with database.connect() as connection:
        schema = await connection.run_sync(find_schema)
    return decide_fit(schema, get_own_revision())


async def grant_to(database: Database, role: str) -> None:
    """Let a PostgreSQL role run the gateway: it may add to the ledger, never edit it."""
    async with database.connect() as connection, connection.begin():
        name = connection.dialect.identifier_preparer.quote(role)
        edit = "UPDATE, DELETE, TRUNCATE"
        tables = await connection.run_sync(lambda each: inspect(each).get_table_names())
        for statement in (
            f"GRANT USAGE ON SCHEMA public TO {name}",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}",
            f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {name}",
            f"REVOKE {edit} ON {', '.join(APPEND_ONLY)} FROM {name}",
            *(
                f"REVOKE INSERT, {edit} ON {table} FROM {name}"
                for table in (SCHEMA_TABLE, STRICT_TABLE)
                if table in tables
            ),
        ):
            await connection.execute(text(statement))


def configuration(connection: Connection | None = None, *, batch: bool = False) -> Config:
    """Return alembic's configuration of this folder; `batch` writes ALTERs that SQLite can do."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    config.attributes |= {"connection": connection, "batch": batch}
    return config


def migrate(connection: Connection, config: Config) -> None:
    """Run the migrations of a configuration up to the newest, in the connection's transaction."""
    prepare_schema_table(connection)
    command.upgrade(config, "head")
    record_compatibility(connection, ScriptDirectory.from_config(config).walk_revisions())


@cache
def get_own_revision() -> str:
    """Return the schema revision that this program was made for: its newest migration."""
    return str(ScriptDirectory.from_config(configuration()).get_current_head())


async def _upgrade_once(database: Database, create: bool) -> SchemaFit:  # noqa: FBT001 - passed on
    """Migrate in one transaction.

    Raises:
        TransactionConflict: a table was in use; nothing was changed.
        SchemaRefused: as `upgrade`.
    """
    async with database.connect() as connection:
        await connection.execution_options(begin="BEGIN IMMEDIATE")  # what SQLite begins with
        async with connection.begin():
            if database.is_postgres:
                await _wait_for_turn(connection)
                await connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_LIMIT}'"))
            return await connection.run_sync(_to_head, create)


async def _wait_for_turn(connection: AsyncConnection) -> None:
    """Wait until no other process migrates.

    A lock of a table that is not free soon is tried again; this long wait is made once.

    Raises:
        SchemaRefused: another one migrates for longer than `TURN_LIMIT`.
    """
    await connection.execute(text("SET LOCAL statement_timeout = 0"))
    await connection.execute(text(f"SET LOCAL lock_timeout = '{TURN_LIMIT}'"))
    try:
        await connection.execute(text(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})"))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != LOCK_TIMEOUT:
            raise
        raise SchemaRefused(
            f"another process still migrates this database after {TURN_LIMIT}: "
            "when it has ended, start this one again"
        ) from None


def _find_finished_fit(connection: Connection) -> SchemaFit | None:
    """Return how the schema fits, if there is nothing left to do for this role."""
    fit = decide_fit(find_schema(connection), get_own_revision())
    return fit if fit.is_usable and not can_take_over(connection) else None


def _to_head(connection: Connection, create: bool) -> SchemaFit:  # noqa: FBT001 - run_sync passes it on
    schema = find_schema(connection)
    fit = decide_fit(schema, get_own_revision())
    if fit.is_usable:  # another process or a pre-release of 0.7.0 left it like this
        if can_take_over(connection):
            prepare_schema_table(connection)
        return fit
    if fit is SchemaFit.TOO_NEW and schema is not None:
        raise SchemaRefused(
            f"the tables are of another version of this program: revision {schema.revision} needs "
            f"a program of {schema.oldest_code} or newer, and this one is of {get_own_revision()}"
        )
    if fit is SchemaFit.MISSING and not create:
        raise SchemaRefused("the database has no tables: run `killatamata migrate`")
    try:
        migrate(connection, configuration(connection))
    except CommandError as error:
        raise SchemaRefused(f"the tables are of another version of this program: {error}") from None
    except ProgrammingError as error:
        if getattr(error.orig, "sqlstate", None) != FORBIDDEN:
            raise
        raise SchemaRefused(
            "the tables are not those of this version, and this role may not change them: "
            "run `killatamata migrate` as their owner"
        ) from None
    return SchemaFit.CURRENT
