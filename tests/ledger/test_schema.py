"""The migrated schema: what the code says, append-only, and safe to make twice at once."""

import asyncio
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from gateway.kit.audit_log import Actor, record
from gateway.kit.database.columns import Base
from gateway.kit.database.sessions import Database
from gateway.kit.ids import Ids
from gateway.migrations import SchemaRefused, get_schema_fit, grant_to, upgrade
from gateway.migrations.compatibility import SchemaFit, build_comparison_options
from gateway.migrations.metadata import METADATA
from tests.ledger.bank import assert_sound, open_bank
from tests.services.postgres import PostgresServer

pytestmark = pytest.mark.anyio
EDITS = [
    f"{verb} {table}{rest}"
    for table, column in (
        ("transfer", "amount_microusd"),
        ("entry", "amount_microusd"),
        ("audit_log", "at"),
    )
    for verb, rest in (("UPDATE", f" SET {column} = 1"), ("DELETE FROM", ""))
]


@pytest.mark.promise("ledger: both-databases")
async def test_the_migrations_make_the_tables_that_the_code_has(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts=build_comparison_options())
        return list(compare_metadata(context, METADATA))

    async with database.connect() as connection:
        assert await connection.run_sync(differences) == []
    assert METADATA is Base.metadata


def test_tables_that_change_all_the_time_are_vacuumed_early(
    postgres: PostgresServer, postgres_template: str
) -> None:
    found = postgres.execute(
        "SELECT reloptions FROM pg_class WHERE relkind = 'r'"
        " AND relname IN ('ledger_account', 'spend_policy', 'job')",
        database=postgres_template,
    )
    assert len(found) == 3
    for (options,) in found:
        assert "autovacuum_vacuum_scale_factor=0.01" in options
        assert "autovacuum_analyze_scale_factor=0.01" in options


async def test_the_schema_says_whether_it_is_current(database: Database) -> None:
    assert await get_schema_fit(database) is SchemaFit.CURRENT
    async with database.connect() as connection, connection.begin():
        await connection.execute(text("DELETE FROM schema_revision"))
    assert await get_schema_fit(database) is SchemaFit.MISSING


async def test_an_upgrade_of_what_is_current_changes_nothing(database: Database, ids: Ids) -> None:
    bank = await open_bank(database, ids, credit=10)
    await upgrade(database)
    assert (await bank.balance()).available_microusd == 10


async def test_two_upgrades_at_once_make_one_schema_on_sqlite(tmp_path: Path) -> None:
    await upgrade_twice(f"sqlite+aiosqlite:///{tmp_path / 'new.db'}")


async def test_two_upgrades_at_once_make_one_schema_on_postgresql(
    postgres: PostgresServer,
) -> None:
    url = postgres.create_database()
    await upgrade_twice(url)
    postgres.drop_database(url)


async def upgrade_twice(url: str) -> None:
    """Upgrade from two processes at once."""
    program = (
        "import asyncio, sys\n"
        "from gateway.kit.database.sessions import Database\n"
        "from gateway.migrations import get_schema_fit, upgrade\n"
        "async def main():\n"
        "    database = Database(sys.argv[1])\n"
        "    await upgrade(database)\n"
        "    assert await get_schema_fit(database) == 'current'\n"
        "    await database.close()\n"
        "asyncio.run(main())\n"
    )
    running = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", program, url, stderr=asyncio.subprocess.PIPE
        )
        for _ in range(2)
    ]
    async with asyncio.timeout(60):
        errors = [(await process.communicate())[1].decode() for process in running]
    assert [process.returncode for process in running] == [0, 0], errors


@pytest.mark.promise("ledger: append-only")
@pytest.mark.parametrize("edit", EDITS)
async def test_what_is_written_in_the_ledger_stays(database: Database, ids: Ids, edit: str) -> None:
    await open_bank(database, ids, credit=10)
    async with database.write() as tx:
        await record(tx, Actor(kind="system", id="test"), "test.done", "acct_1")
    with pytest.raises(DBAPIError, match="append-only"):
        async with database.write() as session:
            await session.execute(text(edit))
    await assert_sound(database)


async def test_the_application_role_adds_and_spends_but_edits_nothing(
    postgres: PostgresServer, postgres_template: str
) -> None:
    url, role = postgres.create_database(postgres_template), "kt_application"
    owner = Database(url)
    postgres.execute(f"CREATE ROLE {role} LOGIN")
    await grant_to(owner, role)
    await owner.close()
    application = Database(owner.url.set(username=role).render_as_string(hide_password=False))
    bank = await open_bank(application, Ids(), credit=100)
    assert await bank.post(await bank.admit_hold(60)) == 40
    assert await get_schema_fit(application) is SchemaFit.CURRENT
    for edit in [*EDITS, "TRUNCATE entry", "DELETE FROM schema_revision"]:
        with pytest.raises(DBAPIError, match="permission denied"):
            async with application.write() as session:
                await session.execute(text(edit))
    await assert_sound(application)
    await application.close()
    postgres.drop_database(url)
    postgres.execute(f"DROP ROLE {role}")


async def test_a_role_that_may_not_migrate_is_told_who_has_to(postgres: PostgresServer) -> None:
    url, role = postgres.create_database(), "kt_stranger"
    postgres.execute(f"CREATE ROLE {role} LOGIN")
    stranger = Database(url.replace("postgres@", f"{role}@"))
    with pytest.raises(SchemaRefused, match="run `killatamata migrate` as their owner"):
        await upgrade(stranger)
    await stranger.close()
    postgres.drop_database(url)
    postgres.execute(f"DROP ROLE {role}")


async def test_a_schema_of_a_newer_program_is_refused_in_plain_words(database: Database) -> None:
    async with database.connect() as connection, connection.begin():
        newer = "UPDATE schema_revision SET version_num = '9999', oldest_code = '9999'"
        await connection.execute(text(newer))
    with pytest.raises(SchemaRefused, match=r"another version of this program.*9999"):
        await upgrade(database)


async def test_the_clock_of_the_database_is_microseconds_since_1970(database: Database) -> None:
    async with database.connect() as connection:
        now = (await connection.execute(text("SELECT kt_now()"))).scalar_one()
    assert abs(now - database.clock.now()) < 5_000_000
