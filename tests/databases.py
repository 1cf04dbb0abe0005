"""Both databases for tests: fresh, migrated, and with a clock that the test moves.

Ask for `database` and the test runs twice; `clock.forward` moves the time of the one it got.
"""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from gateway.kit.database import Database
from gateway.kit.ids import Ids
from gateway.migrations import upgrade
from gateway.migrations.extras import KT_NOW
from tests.services.postgres import PostgresServer

KINDS = ("sqlite", "postgresql")


class MovedClock:
    """The time of this machine plus what the test added."""

    def __init__(self) -> None:
        self.offset = 0

    def now(self) -> int:
        return time.time_ns() // 1_000 + self.offset

    async def forward(self, database: Database, microseconds: int) -> None:
        """Move `kt_now()` of a database."""
        self.offset += microseconds
        if database.postgres:
            async with database.connect() as connection, connection.begin():
                moved = KT_NOW.replace("CREATE", "CREATE OR REPLACE")
                moved = moved.replace("::bigint", f"::bigint + {self.offset}")
                await connection.exec_driver_sql(moved)


def apart(work: Any) -> None:  # noqa: ANN401 - any coroutine
    """Run a coroutine to its end on a loop of its own, whatever runs here."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, work).result()


async def migrate(url: str) -> None:
    database = Database(url)
    await upgrade(database)
    await database.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    apart(migrate(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresServer) -> Iterator[str]:
    """The name of a migrated PostgreSQL database to copy."""
    url = postgres.create()
    apart(migrate(url))
    name = make_url(url).database
    assert name is not None
    yield name
    postgres.drop(url)


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def ids() -> Ids:
    return Ids()


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh migrated database, once of each kind."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        yield f"sqlite+aiosqlite:///{shutil.copy(template, tmp_path / 'gateway.db')}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    url = server.create(request.getfixturevalue("postgres_template"))
    yield url
    server.drop(url)


@pytest.fixture
async def database(
    anyio_backend: str, database_url: str, clock: MovedClock
) -> AsyncIterator[Database]:
    """A fresh migrated database, once of each kind."""
    opened = Database(database_url, clock)
    yield opened
    await opened.close()
