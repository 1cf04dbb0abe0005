"""Both databases for tests: fresh, migrated, and with a clock that the test moves.

A test with the fixture `database` runs twice, once on each kind. To migrate a database takes a
second, so each run migrates once: SQLite files are copied from a template, and PostgreSQL
databases are copies of a template that go back emptied after their test (`spare.emptied`).
"""

import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from gateway.kit.database.sessions import Database
from gateway.kit.ids import Ids
from gateway.migrations import upgrade
from gateway.migrations.extras import KT_NOW
from tests.services.postgres import PostgresServer

T = TypeVar("T")
DATABASE_KINDS = ("sqlite", "postgresql")
# SQL that prepares the template, so that `spare.emptied()` can later empty a used copy. It returns
# false where a test changed tables, triggers or functions: rows alone cannot bring that back.
# Schema `seed` holds the rows that migrations wrote; they go back after the tables are emptied.
EMPTYING_STATEMENTS = (
    "CREATE SCHEMA seed",
    "CREATE SCHEMA spare",
    """
    DO $$ DECLARE one text; filled boolean; BEGIN
        FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
            EXECUTE format('SELECT EXISTS (SELECT FROM %I)', one) INTO filled;
            IF filled THEN EXECUTE format('CREATE TABLE seed.%I AS TABLE %I', one, one); END IF;
        END LOOP;
    END $$
    """,
    """
    CREATE VIEW spare.shape AS SELECT md5(string_agg(part, ',' ORDER BY part)) AS now FROM (
        SELECT concat_ws(' ', relname, relkind, relnatts) FROM pg_class
        WHERE relnamespace = 'public'::regnamespace
        UNION ALL SELECT concat_ws(' ', tgname, tgenabled) FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT concat_ws(' ', proname, prosrc) FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace
        UNION ALL SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    ) AS parts (part)
    """,
    "CREATE TABLE spare.known AS SELECT now AS shape FROM spare.shape",
    """
    CREATE FUNCTION spare.emptied() RETURNS boolean LANGUAGE plpgsql AS $$
    DECLARE one text;
    BEGIN
        IF (SELECT now <> shape FROM spare.shape, spare.known) THEN RETURN false; END IF;
        PERFORM pg_terminate_backend(pid, 10000) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid();
        SET LOCAL session_replication_role = replica;  -- no trigger and no foreign key objects
        FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
            EXECUTE format('DELETE FROM %I', one);
        END LOOP;
        FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'seed' LOOP
            EXECUTE format('INSERT INTO %I OVERRIDING SYSTEM VALUE TABLE seed.%I', one, one);
        END LOOP;
        FOR one IN SELECT sequencename FROM pg_sequences WHERE last_value IS NOT NULL LOOP
            EXECUTE format('ALTER SEQUENCE %I RESTART', one);
        END LOOP;
        RETURN true;
    END $$
    """,
)


class MovedClock:
    """A clock that shows the time of this machine plus `offset` microseconds."""

    def __init__(self) -> None:
        self.offset = 0

    def now(self) -> int:
        return time.time_ns() // 1_000 + self.offset

    async def advance(self, database: Database, microseconds: int) -> None:
        """Move the clock, and `kt_now()` of a PostgreSQL database with it."""
        self.offset += microseconds
        if database.is_postgres:
            async with database.connect() as connection, connection.begin():
                moved = KT_NOW.replace("CREATE", "CREATE OR REPLACE")
                moved = moved.replace("::bigint", f"::bigint + {self.offset}")
                await connection.exec_driver_sql(moved)


def run_on_own_loop(work: Coroutine[Any, Any, T]) -> T:
    """Return the result of a coroutine on a loop of its own, even if a loop runs in this thread."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


async def migrate_database(url: str) -> None:
    database = Database(url)
    await upgrade(database)
    await database.close()


@cache
def read_migrated_sqlite() -> bytes:
    """Return a migrated SQLite file: writing its bytes is 100 times faster than migrating."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.db"
        run_on_own_loop(migrate_database(f"sqlite+aiosqlite:///{path}"))
        return path.read_bytes()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    path.write_bytes(read_migrated_sqlite())
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresServer) -> Iterator[str]:
    """The name of a migrated PostgreSQL database to copy."""
    url = postgres.create_database()
    run_on_own_loop(migrate_database(url))
    name = make_url(url).database
    assert name is not None
    for statement in EMPTYING_STATEMENTS:
        postgres.execute(statement, database=name)
    yield name
    postgres.drop_database(url)


class DatabaseCopies:
    """Copies of the PostgreSQL template that tests take in turn: to empty one is 10 times faster.

    A copy is dropped where a test changed more than rows and the clock, or we may not empty it.
    """

    def __init__(self, server: PostgresServer, template: str) -> None:
        self.server = server
        self.template = template
        self.free_urls: list[str] = []

    def take(self) -> str:
        """Return the URL of an empty copy; make one if none is free."""
        return (
            self.free_urls.pop() if self.free_urls else self.server.create_database(self.template)
        )

    def give_back(self, url: str) -> None:
        """Empty a copy for the next test, or drop it."""
        name = make_url(url).database or ""
        try:
            self.server.execute(KT_NOW.replace("CREATE", "CREATE OR REPLACE"), database=name)
            ((emptied,),) = self.server.execute("SELECT spare.emptied()", database=name)
        except DBAPIError:
            emptied = False
        if emptied:
            self.free_urls.append(url)
        else:
            self.server.drop_database(url)


@pytest.fixture(scope="session")
def postgres_copies(postgres: PostgresServer, postgres_template: str) -> Iterator[DatabaseCopies]:
    """Yield the source of PostgreSQL databases without a row."""
    copies = DatabaseCopies(postgres, postgres_template)
    yield copies
    for url in copies.free_urls:
        postgres.drop_database(url)


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def ids() -> Ids:
    return Ids()


@pytest.fixture(params=DATABASE_KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh migrated database, once of each kind."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        yield f"sqlite+aiosqlite:///{shutil.copy(template, tmp_path / 'gateway.db')}"
        return
    copies: DatabaseCopies = request.getfixturevalue("postgres_copies")
    url = copies.take()
    yield url
    copies.give_back(url)


@pytest.fixture
async def database(
    anyio_backend: str, database_url: str, clock: MovedClock
) -> AsyncIterator[Database]:
    """A fresh migrated database, once of each kind."""
    opened = Database(database_url, clock)
    yield opened
    await opened.close()
