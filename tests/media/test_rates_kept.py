"""The exact rate of an output: its storage, and the migration of older rows."""

import sqlite3
from fractions import Fraction
from pathlib import Path

import pytest
from alembic import command
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.engine import make_url

from gateway.kit.database.sessions import Database
from gateway.media.jobs.outputs import MadeOutput, read_output_facts
from gateway.migrations import configuration
from tests.services.postgres import PostgresServer

pytestmark = pytest.mark.anyio
BEFORE, AFTER = "0025", "0026"
ROWS = """
    INSERT INTO job_output
    (job_id, "index", key, kind, mime_type, width, height, frames, fps, has_audio, size_bytes,
     sha256, expires_at)
    VALUES ('job_1', 0, 'k', 'video', 'video/mp4', 8, 8, 9, 24, 0, 1, 's', 1),
           ('job_1', 1, 'k', 'image', 'image/png', 8, 8, NULL, NULL, 0, 1, 's', 1)
"""


async def upgrade_to(database: Database, version: str) -> None:
    async with database.connect() as connection, connection.begin():
        await connection.run_sync(lambda given: command.upgrade(configuration(given), version))


async def list_rates(database: Database) -> list[str | None]:
    wanted = text('SELECT fps FROM job_output ORDER BY "index"')
    async with database.connect() as connection:
        return list((await connection.execute(wanted)).scalars())


async def test_a_whole_rate_stays_what_it_was_on_sqlite(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'old.db'}")
    await upgrade_to(database, BEFORE)
    with sqlite3.connect(tmp_path / "old.db") as old:  # it does not ask for the job
        old.execute(ROWS)
    old.close()
    await upgrade_to(database, AFTER)
    assert await list_rates(database) == ["24", None]
    await database.close()


async def test_a_whole_rate_stays_what_it_was_on_postgresql(postgres: PostgresServer) -> None:
    url = postgres.create_database()
    database, name = Database(url), make_url(url).database or ""
    await upgrade_to(database, BEFORE)
    postgres.execute("ALTER TABLE job_output DROP CONSTRAINT fk_job_output_job_id", database=name)
    postgres.execute(ROWS, database=name)
    await upgrade_to(database, AFTER)
    assert await list_rates(database) == ["24", None]
    await database.close()
    postgres.drop_database(url)


@given(st.fractions(min_value=1, max_value=240, max_denominator=10**6), st.integers(1, 1_500))
def test_any_rate_and_length_come_back_exactly(fps: Fraction, frames: int) -> None:
    made = MadeOutput(
        key="k",
        poster_key=None,
        kind="video",
        mime_type="video/mp4",
        width=64,
        height=64,
        frames=frames,
        fps=fps,
        duration=frames / fps,
        has_audio=False,
        size_bytes=1,
        sha256="s",
    )
    facts = read_output_facts(made.to_row("job_1", 0, 1))
    assert (facts.fps, facts.frames, facts.duration) == (fps, frames, frames / fps)
