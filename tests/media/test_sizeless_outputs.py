"""Outputs from before there was sound keep what they had; one of sound needs no size."""

from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text

from gateway.kit.database.sessions import Database
from gateway.migrations import configuration
from tests import rows
from tests.services.postgres import PostgresServer

pytestmark = pytest.mark.anyio
BEFORE, AFTER = "0037", "0038"
ROW = """
    INSERT INTO job_output
    (job_id, "index", key, kind, mime_type, width, height, has_audio, size_bytes, sha256,
     expires_at)
"""
PICTURE = f"{ROW} VALUES ('job_1', 0, 'k', 'image', 'image/png', 8, 16, 0, 1, 's', 1)"
SOUND = f"{ROW} VALUES ('job_1', 1, 'k', 'audio', 'audio/wav', NULL, NULL, 1, 1, 's', 1)"
KEPT = 'SELECT width, height, duration FROM job_output ORDER BY "index"'


async def upgrade_to(database: Database, version: str) -> None:
    async with database.connect() as connection, connection.begin():
        await connection.run_sync(lambda given: command.upgrade(configuration(given), version))


async def assert_kept(database: Database) -> None:
    await upgrade_to(database, BEFORE)
    async with database.write() as session:
        await rows.insert_row(session, "job", id="job_1", state="succeeded", price_microusd=1)
        await session.execute(text(PICTURE))
    await upgrade_to(database, AFTER)
    async with database.write() as session:
        await session.execute(text(SOUND))
        kept = (await session.execute(text(KEPT))).all()
    assert [tuple(each) for each in kept] == [(8, 16, None), (None, None, None)]
    await database.close()


async def test_a_picture_keeps_its_size_and_a_sound_needs_none_on_sqlite(tmp_path: Path) -> None:
    await assert_kept(Database(f"sqlite+aiosqlite:///{tmp_path / 'old.db'}"))


async def test_a_picture_keeps_its_size_and_a_sound_needs_none_on_postgresql(
    postgres: PostgresServer,
) -> None:
    url = postgres.create_database()
    await assert_kept(Database(url))
    postgres.drop_database(url)
