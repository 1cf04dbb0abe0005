"""Sweeps of stored inputs that nothing needs any more: of expired quotes, and of lost owners."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.kit.clock import HOUR, SECOND
from gateway.kit.database.sessions import Database
from gateway.kit.queue import Sweep, purge_rows
from gateway.media.inputs.input_files import (
    OWNER_PREFIXES,
    SELECT_NEEDED_INPUTS,
    delete_files,
    drop_files,
    list_old_owners,
    release_files,
)
from gateway.media.submits import quotes
from gateway.storage.base import Storage

BATCH_ROWS = 500


@dataclass(frozen=True, slots=True)
class InputSweeps:
    """The sweeps of stored inputs, over one database."""

    database: Database
    storage: Storage

    def list_sweeps(self) -> list[Sweep]:
        """Return every sweep with how often it runs."""
        return [
            Sweep("quotes", 600, self.purge_quotes),
            Sweep("inputs of no owner", HOUR // SECOND, self.drop_inputs_of_no_owner),
        ]

    async def purge_quotes(self) -> None:
        """Drop the inputs of expired quotes that no job needs; purge quotes after 7 days."""
        async with self.database.read() as snapshot:
            stale = await snapshot.read(quotes.SELECT_STALE_QUOTES)
        for row in stale:
            async with self.database.write() as session:
                gone = await release_files(session, row[0])
                await session.change(quotes.MARK_BYTES_DROPPED, [row])
            await delete_files(self.storage, gone)
        for statement in (quotes.PURGE_ITEMS, quotes.PURGE_QUOTES):
            await purge_rows(self.database, statement)

    async def drop_inputs_of_no_owner(self) -> None:
        """Drop inputs whose gateway died before it made their job or quote.

        A request lasts at most 90 seconds: an owner that is missing after an hour is never made.
        """
        async with self.database.read() as snapshot:
            owners = [
                each for kind in OWNER_PREFIXES for each in await list_old_owners(snapshot, kind)
            ]
        for owner_id in await self._find_needless(owners):
            await drop_files(self.database, self.storage, owner_id)

    async def _find_needless(self, names: Sequence[str]) -> set[str]:
        """Return those of these owners that do not exist, or need no inputs."""
        needless = set(names)
        for start in range(0, len(names), BATCH_ROWS):
            async with self.database.read() as snapshot:
                rows = [(name,) for name in names[start : start + BATCH_ROWS]]
                needless -= {row[0] for row in await snapshot.read(SELECT_NEEDED_INPUTS, rows)}
        return needless
