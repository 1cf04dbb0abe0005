"""Sweeps of documents: the texts of purged assets are deleted."""

from dataclasses import dataclass

from gateway.kit.database.sessions import Database
from gateway.kit.database.sql import sql
from gateway.kit.queue import Sweep
from gateway.library import asset_queries

BATCH_SIZE = 500
EVERY_SECONDS = 3600
NEXT_ASSETS = sql(
    f"""
    SELECT DISTINCT v.asset_id FROM {{rows}} JOIN document_version AS v ON v.asset_id > given.after
    ORDER BY v.asset_id LIMIT {BATCH_SIZE}
    """,  # noqa: S608 - constant
    after="text",
)
DELETE_DOCUMENT_ROWS = (
    sql("DELETE FROM document_version WHERE asset_id IN (SELECT id FROM {rows})", id="text"),
    sql("DELETE FROM shot_take WHERE asset_id IN (SELECT id FROM {rows})", id="text"),
    sql("DELETE FROM film WHERE asset_id IN (SELECT id FROM {rows})", id="text"),
    sql("DELETE FROM film_render WHERE asset_id IN (SELECT id FROM {rows})", id="text"),
)


@dataclass(frozen=True, slots=True)
class DocumentSweeps:
    """The sweeps of documents in one database."""

    database: Database

    def list_sweeps(self) -> list[Sweep]:
        """Return every sweep with its interval."""
        return [Sweep("purged documents", EVERY_SECONDS, self.delete_purged_documents)]

    async def delete_purged_documents(self) -> None:
        """Delete all rows of documents whose asset was purged, a batch a transaction.

        It walks through all documents in the order of their ids: the library owns the asset rows,
        so no statement here can join them.
        """
        last_id = ""
        while True:
            async with self.database.write() as session:
                asset_ids = [row[0] for row in await session.read(NEXT_ASSETS, [(last_id,)])]
                purged_ids = await asset_queries.list_purged_ids(session, asset_ids)
                for statement in DELETE_DOCUMENT_ROWS:
                    await session.change(statement, [(asset_id,) for asset_id in purged_ids])
            if len(asset_ids) < BATCH_SIZE:
                return
            last_id = asset_ids[-1]
