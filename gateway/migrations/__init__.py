"""The schema and its history: one set of migrations for both databases, forward only."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError

from gateway.kit.database.sessions import Database
from gateway.kit.database.write_gate import WriteGate

ADVISORY_LOCK = 4_903_201_577
APPEND_ONLY = ("transfer", "entry", "audit_log")
ONE_AT_A_TIME = WriteGate()  # alembic keeps the migration that runs in global variables
FORBIDDEN = "42501"


class SchemaRefused(ValueError):  # noqa: N818 - said of the schema
    """The schema is not this version's, and cannot be made so from here."""


async def upgrade(database: Database, *, create: bool = True) -> None:
    """Bring the schema to its newest version; processes that start at once wait for each other.

    Raises:
        SchemaRefused: it is a newer program's, or this role may not change it, or there is none
            and `create` is false.
    """
    async with ONE_AT_A_TIME.hold_in_task(), database.connect() as connection:
        await connection.execution_options(begin="BEGIN IMMEDIATE")  # what SQLite begins with
        async with connection.begin():
            if database.is_postgres:
                for setting in ("statement_timeout = 0", "lock_timeout = '5min'"):
                    await connection.execute(text(f"SET LOCAL {setting}"))
                await connection.execute(text(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})"))
            await connection.run_sync(_to_head, create)


async def is_current(database: Database) -> bool:
    """Return True if the schema is the one that this program was made for."""
    async with database.connect() as connection:
        return await connection.run_sync(_at_head)


async def grant_to(database: Database, role: str) -> None:
    """Let a PostgreSQL role run the gateway: it may add to the ledger, never edit it."""
    async with database.connect() as connection, connection.begin():
        name = connection.dialect.identifier_preparer.quote(role)
        edit = "UPDATE, DELETE, TRUNCATE"
        for statement in (
            f"GRANT USAGE ON SCHEMA public TO {name}",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}",
            f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {name}",
            f"REVOKE {edit} ON {', '.join(APPEND_ONLY)} FROM {name}",
            f"REVOKE INSERT, {edit} ON alembic_version FROM {name}",
        ):
            await connection.execute(text(statement))


def configuration(connection: Connection | None = None, *, batch: bool = False) -> Config:
    """Return alembic's configuration of this folder; `batch` writes ALTERs that SQLite can do."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    config.attributes |= {"connection": connection, "batch": batch}
    return config


@cache
def _heads() -> frozenset[str]:
    return frozenset(ScriptDirectory.from_config(configuration()).get_heads())


def _at_head(connection: Connection) -> bool:
    return _heads() == set(MigrationContext.configure(connection).get_current_heads())


def _to_head(connection: Connection, create: bool) -> None:  # noqa: FBT001 - run_sync passes it on
    if _at_head(connection):
        return
    if not create and not MigrationContext.configure(connection).get_current_heads():
        raise SchemaRefused("the database has no tables: run `killatamata migrate`")
    try:
        command.upgrade(configuration(connection), "head")
    except CommandError as error:
        raise SchemaRefused(f"the tables are of another version of this program: {error}") from None
    except ProgrammingError as error:
        if getattr(error.orig, "sqlstate", None) != FORBIDDEN:
            raise
        raise SchemaRefused(
            "the tables are not those of this version, and this role may not change them: "
            "run `killatamata migrate` as their owner"
        ) from None
