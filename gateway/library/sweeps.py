"""Sweeps of the library: what uploads leave behind that never became an asset."""

import asyncio
import json
import time
from dataclasses import dataclass
from pathlib import Path

from gateway.kit.clock import DAY
from gateway.kit.database.sessions import Database
from gateway.kit.database.sql import sql
from gateway.kit.queue import Sweep
from gateway.library.assets import fold_asset_text
from gateway.library.quota import DELETE_ABANDONED
from gateway.library.tables import LACKS_SEARCH_TEXT

BATCH_SIZE = 500
LEFTOVER_SECONDS = 3600
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
    folder: Path

    def list_sweeps(self) -> list[Sweep]:
        """Return every sweep with its interval."""
        return [
            Sweep("uploads", 600, self.delete_abandoned_uploads),
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


def _remove_old_files(folder: Path) -> None:
    oldest = time.time() - LEFTOVER_SECONDS
    for leftover in folder.iterdir():
        try:
            if leftover.stat().st_mtime < oldest:
                leftover.unlink()
        except FileNotFoundError:
            continue
