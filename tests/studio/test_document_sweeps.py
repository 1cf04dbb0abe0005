import pytest
from sqlalchemy import text

from gateway.kit.database.sessions import Database
from gateway.studio.documents.sweeps import DocumentSweeps

pytestmark = pytest.mark.anyio
INSERT_ASSET = (
    "INSERT INTO asset (id, account_id, project_id, kind, name, filename, mime_type, key,"
    " size_bytes, stored_bytes, sha256, tags_json, notes, rating, source, version, created_at,"
    " updated_at, purged_at) VALUES (:id, 1, 'proj_1', 'text', 'n', 'n.md', 'text/markdown', '',"
    " 1, 1, '', '[]', '', 0, 'key', 1, 0, 0, :purged_at)"
)
INSERT_PROJECT = (
    "INSERT INTO project (id, account_id, name, description, archived, threads, spent_microusd,"
    " created_at, updated_at) VALUES ('proj_1', 1, 'p', '', 0, 0, 0, 0, 0)"
)
INSERT_VERSION = (
    "INSERT INTO document_version (asset_id, version, content, size_bytes, created_by, created_at)"
    " VALUES (:id, 1, 'x', 1, 'key', 0)"
)


async def test_the_words_of_a_purged_document_are_forgotten(database: Database) -> None:
    async with database.write() as session:
        await session.execute(text(INSERT_PROJECT))
        for name, purged_at in (("ast_gone", 1), ("ast_here", None)):
            await session.execute(text(INSERT_ASSET), {"id": name, "purged_at": purged_at})
            await session.execute(text(INSERT_VERSION), {"id": name})
    await DocumentSweeps(database).delete_purged_documents()
    async with database.read() as snapshot:
        left = (await snapshot.execute(text("SELECT asset_id FROM document_version"))).all()
    assert left == [("ast_here",)]
