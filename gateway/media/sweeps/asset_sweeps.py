"""Sweeps of archived assets: their bytes are deleted after some days.

Assets that an open job or quote needs are left. The sweep is here and not in the library, because
only this slice knows which jobs and quotes need an asset.
"""

from dataclasses import dataclass

from gateway.kit.clock import DAY
from gateway.kit.database.sessions import Database
from gateway.kit.database.sql import sql
from gateway.kit.queue import Sweep
from gateway.library import assets
from gateway.storage.base import Storage

SELECT_PINNED_ASSETS = sql(
    """
    SELECT given.id FROM {rows}
    WHERE EXISTS (SELECT 1 FROM job WHERE job.account_id = given.account_id
              AND job.state IN ('queued', 'running')
              AND job.inputs_json LIKE '%' || given.id || '%')
       OR EXISTS (SELECT 1 FROM quote AS q JOIN quote_item AS i ON i.quote_id = q.id
              WHERE q.account_id = given.account_id AND q.expires_at > kt_now()
              AND i.terms_json LIKE '%' || given.id || '%')
    """,
    id="text",
    account_id="int",
)


@dataclass(frozen=True, slots=True)
class AssetSweeps:
    """The sweeps of assets, over one database; bytes of archived ones stay for `days`."""

    database: Database
    storage: Storage
    days: int

    def list_sweeps(self) -> list[Sweep]:
        """Return every sweep with how often it runs."""
        return [Sweep("archived assets", 3_600, self.purge_assets)]

    async def purge_assets(self) -> None:
        """Delete the bytes of assets archived `days` ago; the row is marked before, and decides."""
        async with self.database.read() as snapshot:
            due = await snapshot.read(assets.SELECT_PURGEABLE, [(self.days * DAY,)])
            pinned = (
                {row[0] for row in await snapshot.read(SELECT_PINNED_ASSETS, due)} if due else set()
            )
        for asset_id, account in due:
            if asset_id not in pinned:
                async with self.database.write() as session:
                    gone = await assets.mark_purged(session, asset_id, account)
                if gone:
                    await self.storage.delete_folder(f"{assets.ASSETS_FOLDER}/{asset_id}")
