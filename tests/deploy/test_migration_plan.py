"""`killatamata migrate --plan`: statements, locks, sizes; and nothing is changed."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from gateway.kit.database.sessions import Database
from gateway.migrations import get_own_revision
from gateway.migrations.locks import LockMode, find_locks, read_catalogue
from gateway.migrations.plan import measure_tables, plan_migrations, render_plan
from tests.deploy.planted_migrations import PlantedMigrations
from tests.deploy.schema_shape import read_shape
from tests.gateway import Gateway
from tests.services.postgres import PostgresServer

pytestmark = pytest.mark.anyio
PARENT, CHILD, BOUND = "plan_parent", "plan_child", "plan_bound"
STATEMENTS = [
    re.sub(r"\b(parent|child|bound)\b", r"plan_\1", statement)
    for statement in (
        "ALTER TABLE child ADD COLUMN colour TEXT",
        "ALTER TABLE child SET (autovacuum_vacuum_scale_factor = 0.01)",
        "ALTER TABLE child ADD CONSTRAINT c FOREIGN KEY (owner) REFERENCES parent (id)",
        "ALTER TABLE child ADD CONSTRAINT c CHECK (owner > 0) NOT VALID",
        "ALTER TABLE child VALIDATE CONSTRAINT positive",
        "ALTER TABLE child ALTER COLUMN owner SET NOT NULL",
        "CREATE INDEX i ON child (owner)",
        "CREATE UNIQUE INDEX i ON child (owner)",
        "DROP INDEX plan_index",
        "CREATE TRIGGER t BEFORE UPDATE ON child EXECUTE FUNCTION kt_append_only()",
        "DROP TABLE child",
        "TRUNCATE child",
        "INSERT INTO child (owner) VALUES (1)",
        "UPDATE child SET owner = 1",
        "DELETE FROM child",
        "CREATE TABLE other (owner bigint REFERENCES parent (id))",
        "CREATE TABLE other (owner bigint, FOREIGN KEY (owner) REFERENCES parent (id))",
        "ALTER TABLE child ADD COLUMN payer bigint REFERENCES parent (id)",
        "ALTER TABLE child ADD FOREIGN KEY (owner) REFERENCES parent (id) NOT VALID",
        "DROP TABLE bound",
        "DROP TABLE parent CASCADE",
        "ALTER TABLE bound DROP CONSTRAINT bound_owner",
        "ALTER TABLE bound DROP COLUMN owner",
        "ALTER TABLE bound RENAME COLUMN owner TO payer",
        "ALTER TABLE bound ALTER COLUMN owner TYPE integer",
        "ALTER TABLE bound ALTER COLUMN owner SET NOT NULL",
        "ALTER TABLE bound DROP CONSTRAINT bound_rule",
        "ALTER TABLE bound ADD COLUMN colour TEXT",
        "ALTER TABLE parent ALTER COLUMN id TYPE integer",
        "ALTER TABLE parent DROP COLUMN id CASCADE",
        "ALTER TABLE parent ADD COLUMN colour TEXT",
    )
]
SELECT_LOCKS = """
SELECT relation, mode FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation'
"""
ALTERS, WRITES = "ACCESS EXCLUSIVE (holds up reads and writes)", "SHARE (holds up writes)"


@pytest.fixture
def planted(tmp_path: Path) -> PlantedMigrations:
    return PlantedMigrations(tmp_path / "planted")


@pytest.fixture
async def migrated(postgres: PostgresServer, postgres_template: str) -> AsyncIterator[Database]:
    """A migrated PostgreSQL database that the test may change."""
    url = postgres.create_database(postgres_template)
    database = Database(url)
    yield database
    await database.close()
    postgres.drop_database(url)


async def test_the_locks_of_each_kind_of_statement_are_those_that_a_server_takes(
    migrated: Database,
) -> None:
    rule = "CONSTRAINT positive CHECK (owner > 0)"
    async with migrated.connect() as connection, connection.begin():
        await connection.execute(text(f"CREATE TABLE {PARENT} (id bigint PRIMARY KEY)"))
        await connection.execute(text(f"CREATE TABLE {CHILD} (owner bigint, {rule})"))
        await connection.execute(text(f"CREATE INDEX plan_index ON {CHILD} (owner)"))
        key = f"CONSTRAINT bound_owner REFERENCES {PARENT} (id)"
        check = "CONSTRAINT bound_rule CHECK (owner > 0)"
        await connection.execute(text(f"CREATE TABLE {BOUND} (owner bigint {key}, {check})"))
        catalogue = await connection.run_sync(read_catalogue)
        named = "SELECT oid, relname FROM pg_class WHERE relname LIKE 'plan_%' AND relkind = 'r'"
        names = {row[0]: row[1] for row in await connection.execute(text(named))}
    modes = {f"{mode.name.title().replace('_', '')}Lock": mode for mode in LockMode}
    for statement in STATEMENTS:
        async with migrated.connect() as connection:
            await connection.execute(text(statement))
            held = await connection.execute(text(SELECT_LOCKS))
            found: dict[str, LockMode] = {}
            for table, mode in held:
                if table in names and mode in modes:
                    strongest = max(
                        found.get(names[table], modes[mode]), modes[mode], key=[*LockMode].index
                    )
                    found[names[table]] = strongest
            await connection.rollback()
        assert {lock.table: lock.mode for lock in find_locks(statement, catalogue)} == found, (
            statement
        )


async def test_a_plan_shows_statements_locks_and_work_and_changes_nothing(
    migrated: Database, planted: PlantedMigrations
) -> None:
    own = get_own_revision()
    planted.add("op.add_column('job', sa.Column('colour', sa.Text()))", own)
    planted.add("op.create_index('ix_job_colour', 'job', ['colour'])", own)
    planted.add("op.alter_column('job', 'fence', type_=sa.Text())")
    planted.add("op.execute(\"UPDATE job SET colour = 'red'\")", own)
    before = await read_shape_of(migrated)
    start, pending = await plan_migrations(migrated, planted.build_configuration())
    sizes = await measure_tables(migrated, pending)
    lines = [
        re.sub(r"read in [0-9.]+ s|[0-9.]+ MB", "…", each)
        for each in render_plan(start, pending, sizes)
    ]
    assert lines == [
        f"the schema is {own}: 4 pending migrations, in one transaction",
        f"9001 planted: programs of schema {own} or newer keep working",
        "  ALTER TABLE job ADD COLUMN colour TEXT",
        f"    {ALTERS} on job (0 rows, …, …): changes only the catalogue",
        f"9002 planted: programs of schema {own} or newer keep working",
        "  CREATE INDEX ix_job_colour ON job (colour)",
        f"    {WRITES} on job (0 rows, …, …): reads the whole table",
        "9003 planted: programs of schema 9003 or newer keep working",
        "  ALTER TABLE job ALTER COLUMN fence TYPE TEXT",
        f"    {ALTERS} on job (0 rows, …, …): rewrites the whole table",
        f"9004 planted: programs of schema {own} or newer keep working",
        "  UPDATE job SET colour = 'red'",
        "    ROW EXCLUSIVE (holds up nothing of ours) on job (0 rows, …, …): changes rows",
        "each lock is held to the end of the transaction, and waited for 2 seconds at a time",
        "nothing was changed",
    ]
    assert await read_shape_of(migrated) == before
    await planted.run(migrated)
    assert await plan_migrations(migrated, planted.build_configuration()) == ("9004", [])


async def test_a_table_that_a_migration_creates_has_no_lock_that_holds_anybody_up(
    migrated: Database, planted: PlantedMigrations
) -> None:
    own = get_own_revision()
    planted.add("op.create_table('film_note', sa.Column('id', sa.Text(), primary_key=True))", own)
    planted.add("op.create_index('ix_film_note', 'film_note', ['id'])", own)
    planted.add("op.add_column('film_note', sa.Column('colour', sa.Text()))", own)
    planted.add("op.add_column('job', sa.Column('colour', sa.Text()))", own)
    _, pending = await plan_migrations(migrated, planted.build_configuration())
    locked = [[lock.table for each in one.statements for lock in each.locks] for one in pending]
    assert locked == [[], [], [], ["job"]]
    assert [*await measure_tables(migrated, pending)] == ["job"]


async def test_a_plan_shows_that_a_foreign_key_locks_the_table_it_references(
    migrated: Database, planted: PlantedMigrations
) -> None:
    key = "sa.Column('job_id', sa.Text(), sa.ForeignKey('job.id'))"
    planted.add(f"op.create_table('film_note', {key})", get_own_revision())
    planted.add("op.drop_table('job_output')")
    _, pending = await plan_migrations(migrated, planted.build_configuration())
    locked = [{(lock.table, lock.mode) for lock in one.statements[0].locks} for one in pending]
    assert locked == [
        {("job", LockMode.SHARE_ROW_EXCLUSIVE)},
        {("job", LockMode.ACCESS_EXCLUSIVE), ("job_output", LockMode.ACCESS_EXCLUSIVE)},
    ]


async def read_shape_of(database: Database) -> tuple[object, object]:
    """Return the shape of a database, and its schemas."""
    async with database.connect() as connection:
        schemas = await connection.execute(text("SELECT nspname FROM pg_namespace ORDER BY 1"))
        names = [row[0] for row in schemas]
        return await connection.run_sync(read_shape), names


def test_the_command_plans_for_a_new_and_a_current_database(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path / "data")
    said = gateway.run_command("migrate", "--plan").stdout.splitlines()
    assert said[-1] == "nothing was changed"
    assert said[0].startswith("the schema is empty: ")
    assert any(line.startswith("  CREATE TABLE job (") for line in said)
    assert gateway.run_command("migrate").returncode == 0
    said = gateway.run_command("migrate", "--plan").stdout.splitlines()
    assert said == [f"the schema is {get_own_revision()}: no migration of this version is pending"]
