"""Stored input bytes that nothing needs any more: of quotes, and of nobody at all."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.kit.clock import HOUR, SECOND
from gateway.kit.database import Database
from gateway.kit.ids import made_before
from gateway.kit.queue import Sweep, purge
from gateway.kit.sql import sql
from gateway.media import quotes
from gateway.media.inputs import FOLDER
from gateway.storage.base import Storage

BITE = 500
OWNERS = ("job_", "quote_")  # other rooms look after what is theirs
OWNED = sql(
    """
    SELECT given.id FROM {rows}
    WHERE EXISTS (SELECT 1 FROM job WHERE job.id = given.id)
       OR EXISTS (SELECT 1 FROM quote WHERE quote.id = given.id)
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
        """Delete what expired quotes kept and no job needs; forget quotes after 7 days."""
        async with self.database.read() as snapshot:
            stale = await snapshot.read(quotes.STALE_BYTES)
        for row in stale:
            await self.storage.delete_prefix(f"{FOLDER}/{row[0]}")
            async with self.database.write() as session:
                await session.change(quotes.DROPPED, [row])
        for statement in (quotes.PURGE_ITEMS, quotes.PURGE):
            await purge(self.database, statement)

    async def orphans(self) -> None:
        """Delete inputs whose gateway died before their job or quote came to be.

        A request lasts 90 seconds at most, so an owner that is not there after an hour never comes.
        """
        before = self.database.clock.now() - HOUR
        names = [name for name in await self.storage.folders(FOLDER) if name.startswith(OWNERS)]
        old = [name for name in names if made_before(name, before)]
        for start in range(0, len(old), BITE):
            for name in await self._ownerless(old[start : start + BITE]):
                await self.storage.delete_prefix(f"{FOLDER}/{name}")

    async def _ownerless(self, names: Sequence[str]) -> set[str]:
        async with self.database.read() as snapshot:
            owned = await snapshot.read(OWNED, [(name,) for name in names])
        return set(names) - {row[0] for row in owned}
