"""Schemas of other releases: which program works on which, and which migration would break one."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from gateway import migrations
from gateway.kit.database.sessions import Database
from gateway.migrations import SchemaRefused, get_own_revision
from gateway.migrations.compatibility import (
    SchemaFit,
    SchemaRevision,
    decide_fit,
    find_schema,
    get_oldest_code,
)
from gateway.operator.backups.database_copies import read_database
from tests.databases import DATABASE_KINDS, run_on_own_loop
from tests.deploy.planted_migrations import VERSIONS, PlantedMigrations, build_configuration
from tests.deploy.schema_shape import TableShape, list_breaks, read_shape
from tests.flows.operators.test_observing import fetch_readiness
from tests.gateway import picture_input, serve_gateway
from tests.services.postgres import PostgresServer
from tests.waiting import wait_for_condition

pytestmark = pytest.mark.anyio
STRICT_REVISION = "0047"  # of the last release that accepts no schema but its own
# A check that accepts more than before is no break, but the guard cannot tell. Name it, and why.
WIDENED_RULES: dict[str, str] = {}
ADDITIVE = "op.add_column('job', sa.Column('colour', sa.Text(), nullable=True))"
BREAKS = {
    "op.drop_column('job', 'metadata_json')": "job.metadata_json is gone",
    "op.alter_column('job', 'metadata_json', new_column_name='notes')": "job.metadata_json is gone",
    "op.drop_table('film')": "film is gone",
    "op.rename_table('film', 'movie')": "film is gone",
    "op.alter_column('job', 'worker', nullable=False)": "job.worker must be given now",
    "op.add_column('job', sa.Column('colour', sa.Text(), nullable=False))": (
        "job.colour is new and has no default"
    ),
    "op.alter_column('job', 'fence', type_=sa.Text())": "job.fence is TEXT and was BIGINT",
    "op.create_index('uq_job_worker', 'job', ['worker'], unique=True)": (
        "job has a new rule: unique ['worker'] []"
    ),
    "op.create_check_constraint('ck_job_short', 'job', 'length(task) < 9')": (
        "job has a new rule: check length(task) < 9"
    ),
}


@pytest.mark.parametrize(
    ("revision", "oldest_code", "fit"),
    [
        ("0050", "0047", SchemaFit.CURRENT),
        ("0049", "0047", SchemaFit.TOO_OLD),
        ("0051", "0047", SchemaFit.NEWER),
        ("0052", "0050", SchemaFit.NEWER),
        ("0052", "0051", SchemaFit.TOO_NEW),
    ],
)
def test_a_program_works_on_newer_schemas_down_to_their_oldest_code(
    revision: str, oldest_code: str, fit: SchemaFit
) -> None:
    assert decide_fit(SchemaRevision(revision, oldest_code), "0050") is fit
    assert fit.is_usable is (fit in {SchemaFit.CURRENT, SchemaFit.NEWER})


@pytest.fixture
def planted(tmp_path: Path) -> PlantedMigrations:
    return PlantedMigrations(tmp_path / "planted")


async def test_a_program_starts_and_stays_on_a_newer_schema_until_it_is_too_old_for_it(
    database: Database, planted: PlantedMigrations
) -> None:
    expanding = planted.add(ADDITIVE, get_own_revision())
    await planted.run(database)
    assert await migrations.upgrade(database) is SchemaFit.NEWER
    planted.add("op.drop_column('job', 'colour')", expanding)
    await planted.run(database)
    assert await migrations.get_schema_fit(database) is SchemaFit.TOO_NEW
    needs = (
        f"revision 9002 needs a program of 9001 or newer, and this one is of {get_own_revision()}"
    )
    with pytest.raises(SchemaRefused, match=needs):
        await migrations.upgrade(database)


async def test_a_migration_that_declares_nothing_needs_its_own_program(
    database: Database, planted: PlantedMigrations
) -> None:
    planted.add(ADDITIVE)
    await planted.run(database)
    assert await migrations.get_schema_fit(database) is SchemaFit.TOO_NEW


async def test_a_strict_release_sees_its_own_revision_for_as_long_as_it_works(
    database: Database, planted: PlantedMigrations
) -> None:
    async def read_strict_table() -> str:
        async with database.connect() as connection:
            return str(await connection.scalar(text("SELECT version_num FROM alembic_version")))

    planted.add(ADDITIVE, STRICT_REVISION)
    await planted.run(database)
    assert await read_strict_table() == await read_declared(database)
    planted.add("op.drop_column('job', 'colour')", "9001")
    await planted.run(database)
    assert await read_strict_table() == "9001"


async def read_declared(database: Database) -> str:
    """Return the oldest code that the database names."""
    async with database.connect() as connection:
        schema = await connection.run_sync(find_schema)
    assert schema is not None
    return schema.oldest_code


async def make_strict(database: Database) -> None:
    """Leave the database as the last strict release does, at today's newest migration."""
    async with database.connect() as connection, connection.begin():
        await connection.execute(text("DROP TABLE schema_revision"))
        newest = text("UPDATE alembic_version SET version_num = :own")
        await connection.execute(newest, {"own": get_own_revision()})


async def list_tables(database: Database) -> list[str]:
    """Return the names of the tables of a database."""
    async with database.connect() as connection:
        return await connection.run_sync(lambda each: inspect(each).get_table_names())


async def test_a_database_of_a_strict_release_is_taken_over(
    database: Database, planted: PlantedMigrations
) -> None:
    own = get_own_revision()
    await make_strict(database)
    assert await migrations.get_schema_fit(database) is SchemaFit.CURRENT
    planted.add(ADDITIVE, own)
    await planted.run(database)
    async with database.connect() as connection:
        assert await connection.run_sync(find_schema) == SchemaRevision("9001", own)


async def test_a_database_of_a_strict_release_is_taken_over_with_nothing_pending(
    database: Database,
) -> None:
    own = get_own_revision()
    await make_strict(database)
    assert (await read_database(database)).schema == SchemaRevision(own, own)
    assert await migrations.upgrade(database) is SchemaFit.CURRENT
    assert "schema_revision" in await list_tables(database)
    assert await read_declared(database) == own
    assert (await read_database(database)).schema == SchemaRevision(own, own)


async def test_the_role_of_the_gateway_serves_before_and_after_its_owner_takes_it_over(
    migrated: Database, postgres: PostgresServer
) -> None:
    role = "kt_strict"
    await make_strict(migrated)
    postgres.execute(f"CREATE ROLE {role} LOGIN")
    await migrations.grant_to(migrated, role)
    url = migrated.url.set(username=role).render_as_string(hide_password=False)
    gateway = Database(url)
    assert await migrations.upgrade(gateway) is SchemaFit.CURRENT
    assert "schema_revision" not in await list_tables(gateway)
    await migrations.upgrade(migrated)
    assert await migrations.get_schema_fit(gateway) is SchemaFit.CURRENT
    await migrations.grant_to(migrated, role)
    for edit in ("DELETE FROM schema_revision", "UPDATE schema_revision SET oldest_code = ''"):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with gateway.write() as session:
                await session.execute(text(edit))
    assert await migrations.upgrade(gateway) is SchemaFit.CURRENT
    await gateway.close()
    postgres.execute(f"DROP OWNED BY {role}", database=migrated.url.database or "")
    postgres.execute(f"DROP ROLE {role}")


def test_an_old_gateway_stays_ready_on_a_newer_schema_and_says_when_it_is_too_old(
    tmp_path: Path, planted: PlantedMigrations
) -> None:
    data_dir = tmp_path / "data"

    async def migrate() -> None:
        database = Database(f"sqlite+aiosqlite:///{data_dir / 'kt.db'}")
        await planted.run(database)
        await database.close()

    planted.add(ADDITIVE, get_own_revision())
    with serve_gateway(data_dir) as gateway, gateway.account() as account:
        gateway.stop()
        run_on_own_loop(migrate())
        gateway.start()
        status, parts = fetch_readiness(gateway)
        assert (status, parts["schema"], parts["database"]) == (200, "newer", True)
        job = account.run_job("image.generate", picture_input())
        assert job["status"] == "succeeded"
        said = gateway.run_command("migrate").stdout
        assert said == "the tables are of a newer version, and this one works on them\n"
        planted.add("op.execute('SELECT 1')", "9001")
        run_on_own_loop(migrate())
        wait_for_condition(lambda: fetch_readiness(gateway)[0] == 503)
        assert fetch_readiness(gateway)[1]["schema"] == "too_new"
        assert "the schema is too_new for this program" in gateway.read_log()


def list_new_migrations() -> Iterator[Script]:
    """Yield the migrations since the strict release, the oldest first."""
    directory = ScriptDirectory(str(VERSIONS.parent), version_locations=[str(VERSIONS)])
    scripts = sorted(directory.walk_revisions(), key=lambda each: each.revision)
    yield from (each for each in scripts if each.revision > STRICT_REVISION)


def test_each_migration_declares_the_oldest_code_that_works_on_it() -> None:
    for script in list_new_migrations():
        assert hasattr(script.module, "oldest_code"), f"{script.path}: declare oldest_code"
        assert STRICT_REVISION <= script.module.oldest_code <= script.revision, script.path


@pytest.fixture(params=DATABASE_KINDS)
async def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """A database of each kind without a table."""
    server: PostgresServer | None = None
    url = f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres")
        url = server.create_database()
    database = Database(url)
    yield database
    await database.close()
    if server is not None:
        server.drop_database(url)


async def test_no_migration_breaks_the_oldest_code_that_it_declares(
    empty_database: Database,
) -> None:
    shapes: dict[str, dict[str, TableShape]] = {}
    known: dict[tuple[str, ...], TableShape] = {}

    def migrate(connection: Connection, revision: str) -> None:
        command.upgrade(build_configuration(connection, [VERSIONS]), revision)
        shapes[revision] = read_shape(connection, known)

    scripts = list(list_new_migrations())
    for revision in [STRICT_REVISION, *(each.revision for each in scripts)]:
        async with empty_database.connect() as connection, connection.begin():
            await connection.run_sync(migrate, revision)
    for script in scripts:
        found = list_breaks(shapes[get_oldest_code(script)], shapes[script.revision])
        told = [each for each in found if each not in WIDENED_RULES]
        assert told == [], f"{script.path}: raise oldest_code, or expand first"


@pytest.mark.parametrize(("body", "told"), BREAKS.items())
async def test_a_migration_that_drops_renames_or_tightens_is_found(
    migrated: Database, planted: PlantedMigrations, body: str, told: str
) -> None:
    planted.add(body)
    async with migrated.connect() as connection:
        before = await connection.run_sync(read_shape)
    await planted.run(migrated)
    async with migrated.connect() as connection:
        assert told in list_breaks(before, await connection.run_sync(read_shape))


@pytest.fixture
async def migrated(postgres: PostgresServer, postgres_template: str) -> AsyncIterator[Database]:
    """A migrated PostgreSQL database that the test may change."""
    url = postgres.create_database(postgres_template)
    database = Database(url)
    yield database
    await database.close()
    postgres.drop_database(url)


async def test_a_migration_that_waits_for_a_table_lets_others_pass_and_tries_again(
    migrated: Database, planted: PlantedMigrations, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted.add(ADDITIVE, get_own_revision())
    pretend_to_be_newer(monkeypatch, planted)
    monkeypatch.setattr(migrations, "LOCK_LIMIT", "100ms")
    monkeypatch.setattr(migrations, "RETRY_PAUSES_SECONDS", [0.1] * 100)
    async with asyncio.timeout(60):
        async with migrated.write() as report:
            await report.execute(text("LOCK TABLE job IN ACCESS SHARE MODE"))
            upgrading = asyncio.create_task(migrations.upgrade(migrated))
            for _ in range(20):  # they queue behind the migration only while it waits
                async with migrated.read() as session:
                    await session.execute(text("SELECT count(*) FROM job"))
            assert not upgrading.done()
        assert await upgrading is SchemaFit.CURRENT


async def test_a_table_that_stays_in_use_is_told_and_nothing_is_changed(
    migrated: Database, planted: PlantedMigrations, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted.add(ADDITIVE, get_own_revision())
    pretend_to_be_newer(monkeypatch, planted)
    monkeypatch.setattr(migrations, "LOCK_LIMIT", "100ms")
    monkeypatch.setattr(migrations, "RETRY_PAUSES_SECONDS", [0.1])
    async with migrated.write() as report:
        await report.execute(text("LOCK TABLE job IN ACCESS SHARE MODE"))
        with pytest.raises(SchemaRefused, match="stays in use, and nothing was changed"):
            await migrations.upgrade(migrated)
    assert await migrations.get_schema_fit(migrated) is SchemaFit.TOO_OLD


async def test_a_process_that_migrates_for_long_is_waited_for_once_and_told_apart(
    migrated: Database,
    planted: PlantedMigrations,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    planted.add(ADDITIVE, get_own_revision())
    pretend_to_be_newer(monkeypatch, planted)
    monkeypatch.setattr(migrations, "TURN_LIMIT", "100ms")
    monkeypatch.setattr(migrations, "RETRY_PAUSES_SECONDS", [0.1])
    async with migrated.write() as other:
        turn = f"SELECT pg_advisory_xact_lock({migrations.ADVISORY_LOCK})"
        await other.execute(text(turn))
        with pytest.raises(SchemaRefused, match="another process still migrates"):
            await migrations.upgrade(migrated)
    assert "next try" not in caplog.text
    assert await migrations.upgrade(migrated) is SchemaFit.CURRENT


def pretend_to_be_newer(monkeypatch: pytest.MonkeyPatch, planted: PlantedMigrations) -> None:
    """Let this process be the program that brings the planted migrations."""

    def build(connection: Connection) -> Config:
        return build_configuration(connection, [VERSIONS, planted.folder])

    monkeypatch.setattr(migrations, "get_own_revision", lambda: planted.revisions[-1])
    monkeypatch.setattr(migrations, "configuration", build)
