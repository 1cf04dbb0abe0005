"""What time does to plans: they expire, their bytes are dropped, and after 90 days their rows."""

from dataclasses import dataclass

from gateway.kit.clock import DAY, HOUR, MINUTE, SECOND
from gateway.kit.database import Database
from gateway.kit.ids import made_before
from gateway.kit.queue import Sweep
from gateway.kit.sql import sql
from gateway.media.inputs import FOLDER
from gateway.storage.base import Storage

BITE = 500
EXPIRE = sql(
    """
    UPDATE approval_plan SET state = 'expired', version = version + 1
    WHERE state = 'pending' AND expires_at <= kt_now()
    """
)
STALE_BYTES = sql(
    f"""
    SELECT id FROM approval_plan WHERE stored = 1 AND expires_at < kt_now() - {MINUTE}
      AND (state <> 'executed' OR finished_at < kt_now() - {3 * DAY})
    ORDER BY expires_at LIMIT {BITE}
    """  # noqa: S608 - constant
)
DROPPED = sql(
    "UPDATE approval_plan SET stored = 0 FROM {rows} WHERE approval_plan.id = given.id", id="text"
)
OLD = f"""stored = 0 AND created_at < kt_now() - {90 * DAY}
    AND (state <> 'executed' OR finished_at IS NOT NULL)"""
PURGE_STEPS = sql(
    f"DELETE FROM plan_step WHERE plan_id IN (SELECT id FROM approval_plan WHERE {OLD})"  # noqa: S608 - constant
)
PURGE = sql(f"DELETE FROM approval_plan WHERE {OLD}")  # noqa: S608 - constant
KNOWN = sql("SELECT p.id FROM {rows} JOIN approval_plan AS p ON p.id = given.id", id="text")


@dataclass(frozen=True, slots=True)
class PlanSweeps:
    """The sweeps of plans that keep house, over one database."""

    database: Database
    storage: Storage

    def all(self) -> list[Sweep]:
        """Return every sweep with how often it runs."""
        return [
            Sweep("pending plans", 10, self.expire),
            Sweep("plan bytes", 600, self.drop_bytes),
            Sweep("orphan plan bytes", HOUR // SECOND, self.orphans),
            Sweep("old plans", HOUR // SECOND, self.purge),
        ]

    async def expire(self) -> None:
        """Write down what already reads as expired."""
        async with self.database.write() as session:
            await session.change(EXPIRE)

    async def drop_bytes(self) -> None:
        """Delete the media of plans that no step needs any more, nor a plan that resumes them."""
        async with self.database.read() as snapshot:
            stale = await snapshot.read(STALE_BYTES)
        for row in stale:
            await self.storage.delete_prefix(f"{FOLDER}/{row[0]}")
            async with self.database.write() as session:
                await session.change(DROPPED, [row])

    async def orphans(self) -> None:
        """Delete media whose gateway died before the plan came to be."""
        before = self.database.clock.now() - HOUR
        names = [
            name
            for name in await self.storage.folders(FOLDER)
            if name.startswith("plan_") and made_before(name, before)
        ]
        async with self.database.read() as snapshot:
            rows = await snapshot.read(KNOWN, [(name,) for name in names]) if names else []
        for name in set(names) - {row[0] for row in rows}:
            await self.storage.delete_prefix(f"{FOLDER}/{name}")

    async def purge(self) -> None:
        """Forget plans after 90 days."""
        async with self.database.write() as session:
            await session.change(PURGE_STEPS)
            await session.change(PURGE)
