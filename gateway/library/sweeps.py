"""Sweeps of the library: what uploads leave behind that never became an asset."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.kit.clock import DAY, HOUR, SECOND
from gateway.kit.database.sessions import Database
from gateway.kit.database.sql import sql
from gateway.kit.ids import is_id_older
from gateway.kit.queue import Sweep
from gateway.library.assets import ASSETS_FOLDER, fold_asset_text
from gateway.library.quota import DELETE_ABANDONED
from gateway.library.tables import LACKS_SEARCH_TEXT
from gateway.storage.base import Storage

BATCH_SIZE = 500
LEFTOVER_SECONDS = 3600
SELECT_OWNED = sql(
    """
    SELECT given.id FROM {rows} JOIN asset ON asset.id = given.id WHERE asset.purged_at IS NULL
    """,
    id="text",
)
SELECT_UNFOLDED = sql(
    f"SELECT id, name, filename, tags_json FROM asset WHERE {LACKS_SEARCH_TEXT} LIMIT {BATCH_SIZE}"  # noqa: S608 - constant
)
SET_SEARCH_TEXT = sql(
    f"""
    UPDATE asset SET search_text = given.search_text FROM {{rows}}
    WHERE asset.id = given.id AND asset.{LACKS_SEARCH_TEXT}
    """,  # noqa: S608 - constant
    id="text",
    search_text="text",
)
DELETE_OLD_LINKS = sql(f"DELETE FROM upload_link WHERE expires_at < kt_now() - {DAY}")  # noqa: S608 - constant


@dataclass(frozen=True, slots=True)
class LibrarySweeps:
    """The sweeps of the library; `folder` is where uploads are saved on their way."""

    database: Database
    storage: Storage
    folder: Path

    def list_sweeps(self) -> list[Sweep]:
        """Return every sweep with its interval."""
        return [
            Sweep("uploads", 600, self.delete_abandoned_uploads),
            Sweep("orphan assets", HOUR // SECOND, self.delete_orphan_bytes),
            Sweep("asset search texts", 5, self.fold_search_texts, SELECT_UNFOLDED),
        ]

    async def fold_search_texts(self) -> None:
        """Fold the search texts of assets of older releases, in batches."""
        count = BATCH_SIZE
        while count == BATCH_SIZE:
            async with self.database.read() as snapshot:
                due = await snapshot.read(SELECT_UNFOLDED)
            rows = [
                (asset_id, fold_asset_text(name, filename, json.loads(tags)))
                for asset_id, name, filename, tags in due
            ]
            async with self.database.write() as session:
                count = await session.change(SET_SEARCH_TEXT, rows) if rows else 0

    async def delete_abandoned_uploads(self) -> None:
        """Delete files, reservations and links of abandoned uploads."""
        await asyncio.to_thread(_remove_old_files, self.folder)
        async with self.database.write() as session:
            await session.change(DELETE_ABANDONED)
            await session.change(DELETE_OLD_LINKS)

    async def delete_orphan_bytes(self) -> None:
        """Delete stored bytes without a row, or whose row was purged."""
        # Bytes are stored before their row: younger ones may still get one, within an hour at most.
        before = self.database.clock.now() - HOUR
        names = await self.storage.list_folders(ASSETS_FOLDER)
        old = [name for name in names if is_id_older(name, before)]
        for start in range(0, len(old), BATCH_SIZE):
            for name in await self._find_ownerless(old[start : start + BATCH_SIZE]):
                await self.storage.delete_folder(f"{ASSETS_FOLDER}/{name}")

    async def _find_ownerless(self, names: Sequence[str]) -> set[str]:
        async with self.database.read() as snapshot:
            owned = await snapshot.read(SELECT_OWNED, [(name,) for name in names])
        return set(names) - {row[0] for row in owned}


def _remove_old_files(folder: Path) -> None:
    oldest = time.time() - LEFTOVER_SECONDS
    for leftover in folder.iterdir():
        try:
            if leftover.stat().st_mtime < oldest:
                leftover.unlink()
        except FileNotFoundError:
            continue
