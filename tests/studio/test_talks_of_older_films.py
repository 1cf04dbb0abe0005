"""Films from before they had threads: each gets the one that is called like it, once."""

import json
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text

from gateway.kit.database.sessions import Database
from gateway.migrations import configuration
from tests.rows import insert_row
from tests.services.postgres import PostgresServer

pytestmark = pytest.mark.anyio
BEFORE, AFTER = "0043", "0044"
CUT = "INSERT INTO film (asset_id, cut_json, version, updated_at) VALUES ('ast_1', '[]', 7, 5)"
FOUND = "SELECT asset_id, version, thread_id FROM film ORDER BY asset_id"


async def upgrade_to(database: Database, version: str) -> None:
    async with database.connect() as connection, connection.begin():
        await connection.run_sync(lambda given: command.upgrade(configuration(given), version))


async def assert_found(database: Database) -> None:
    await upgrade_to(database, BEFORE)
    async with database.write() as session:
        await insert_row(session, "project", id="proj_1", account_id=1)
        for number, title in enumerate(("The “hatch”", "Alone", "Alone"), 1):
            board = {"id": f"ast_{number}", "kind": "storyboard", "project_id": "proj_1"}
            await insert_row(session, "asset", account_id=1, version=2, **board)
            for version, called in ((1, "Untitled"), (2, title)):
                content = json.dumps({"title": called}, ensure_ascii=False)
                await insert_row(
                    session,
                    "document_version",
                    asset_id=board["id"],
                    version=version,
                    content=content,
                    created_by="key",
                )
        await insert_row(
            session, "asset", account_id=1, version=1, id="ast_4", kind="text", project_id="proj_1"
        )
        text_version = {"asset_id": "ast_4", "version": 1, "content": "# Hi", "created_by": "key"}
        await insert_row(session, "document_version", **text_version)
        threads = (("The “hatch”", 0), ("The “hatch”", 0), ("Alone", 1), ("Untitled", 0), ("", 0))
        for number, (title, archived) in enumerate(threads, 1):
            thread = {"id": f"thr_{number}", "title": title, "archived": archived}
            await insert_row(session, "thread", account_id=1, project_id="proj_1", **thread)
        await session.execute(text(CUT))
    await upgrade_to(database, AFTER)
    async with database.read() as session:
        rows = [tuple(each) for each in await session.execute(text(FOUND))]
    assert rows == [("ast_1", 7, "thr_2")]
    await database.close()


async def test_an_older_film_finds_its_talk_on_sqlite(tmp_path: Path) -> None:
    await assert_found(Database(f"sqlite+aiosqlite:///{tmp_path / 'old.db'}"))


async def test_an_older_film_finds_its_talk_on_postgresql(postgres: PostgresServer) -> None:
    url = postgres.create_database()
    await assert_found(Database(url))
    postgres.drop_database(url)
