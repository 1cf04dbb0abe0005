"""Sweeps of documents: the words of assets that were purged."""

from dataclasses import dataclass

from gateway.kit.database import Database
from gateway.kit.queue import Sweep
from gateway.kit.sql import sql
from gateway.library import reading

BITE = 500
EVERY_SECONDS = 3600
NEXT = sql(
    f"""
    SELECT DISTINCT v.asset_id FROM {{rows}} JOIN document_version AS v ON v.asset_id > given.after
    ORDER BY v.asset_id LIMIT {BITE}
    """,  # noqa: S608 - constant
    after="text",
)
FORGET = (
    sql("DELETE FROM document_version WHERE asset_id IN (SELECT id FROM {rows})", id="text"),
    sql("DELETE FROM shot_take WHERE asset_id IN (SELECT id FROM {rows})", id="text"),
)


@dataclass(frozen=True, slots=True)
class DocumentSweeps:
    """The sweeps of documents, over one database."""

    database: Database

    def all(self) -> list[Sweep]:
        """Return every sweep with how often it runs."""
        return [Sweep("purged documents", EVERY_SECONDS, self.purged)]

    async def purged(self) -> None:
        """Forget versions and takes of documents whose asset was purged."""
        after = ""
        while True:
            async with self.database.write() as session:
                names = [row[0] for row in await session.read(NEXT, [(after,)])]
                gone = await reading.purged(session, names)
                for statement in FORGET:
                    await session.change(statement, [(name,) for name in gone])
            if len(names) < BITE:
                return
            after = names[-1]
