"""Sweeps of stored inputs that nothing needs any more: of expired quotes, and orphans.

Older releases kept inputs below `inputs/<owner>/`, without rows; what is left of those folders is
deleted with its owner.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.kit.clock import HOUR, SECOND
from gateway.kit.database import Database
from gateway.kit.ids import is_id_older
from gateway.kit.queue import Sweep, purge_rows
from gateway.kit.sql import sql
from gateway.media import quotes
from gateway.media.input_files import (
    FOLDER,
    delete_files,
    drop_files,
    list_old_owners,
    release,
)
from gateway.storage.base import Storage

BITE = 500
OWNERS, FILES = ("job_", "quote_"), "input_"  # the studio sweeps what its plans keep
NEEDED = sql(
    """
    SELECT given.id FROM {rows}
    WHERE EXISTS (SELECT 1 FROM input_file AS f WHERE f.id = given.id)
       OR EXISTS (SELECT 1 FROM job WHERE job.id = given.id AND job.inputs_json <> '{}')
       OR EXISTS (SELECT 1 FROM quote AS q WHERE q.id = given.id AND q.stored = 1)
       OR EXISTS (SELECT 1 FROM quote_item AS i JOIN job ON job.id = i.job_id
                  WHERE i.quote_id = given.id AND job.inputs_json <> '{}')
    """,
    id="text",
)


@dataclass(frozen=True, slots=True)
class InputSweeps:
    """The sweeps of stored inputs, over one database."""

    database: Database
    storage: Storage

    def all(self) -> list[Sweep]:
        """Return every sweep with how often it runs."""
        return [
            Sweep("quotes", 600, self.quotes),
            Sweep("orphan inputs", HOUR // SECOND, self.orphans),
        ]

    async def quotes(self) -> None:
        """Drop the inputs of expired quotes that no job needs; purge quotes after 7 days."""
        async with self.database.read() as snapshot:
            stale = await snapshot.read(quotes.STALE_BYTES)
        for row in stale:
            async with self.database.write() as session:
                gone = await release(session, row[0])
                await session.change(quotes.DROPPED, [row])
            await delete_files(self.storage, gone)
        for statement in (quotes.PURGE_ITEMS, quotes.PURGE):
            await purge_rows(self.database, statement)

    async def orphans(self) -> None:
        """Delete inputs whose gateway died before it made their job or quote.

        A request lasts at most 90 seconds: an owner that is missing after an hour is never made.
        """
        async with self.database.read() as snapshot:
            owners = [each for kind in OWNERS for each in await list_old_owners(snapshot, kind)]
        for owner_id in await self._needless(owners):
            await drop_files(self.database, self.storage, owner_id)
        before = self.database.clock.now() - HOUR
        names = await self.storage.list_folders(FOLDER)
        old = [name for name in names if name.startswith((*OWNERS, FILES))]
        for name in await self._needless([name for name in old if is_id_older(name, before)]):
            await self.storage.delete_folder(f"{FOLDER}/{name}")

    async def _needless(self, names: Sequence[str]) -> set[str]:
        """Return those of these owners and files that do not exist, or need no inputs."""
        needless = set(names)
        for start in range(0, len(names), BITE):
            async with self.database.read() as snapshot:
                rows = [(name,) for name in names[start : start + BITE]]
                needless -= {row[0] for row in await snapshot.read(NEEDED, rows)}
        return needless
