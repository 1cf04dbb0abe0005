"""Sweeps of plans: they expire them, and delete media, texts and, after 90 days, rows."""

import json
from dataclasses import dataclass

from gateway.kit.clock import DAY, HOUR, MINUTE, SECOND
from gateway.kit.database.sessions import Database
from gateway.kit.database.sql import Row, sql
from gateway.kit.ids import is_id_older
from gateway.kit.queue import Sweep
from gateway.media.inputs.input_files import (
    INPUTS_FOLDER,
    delete_files,
    drop_files,
    list_old_owners,
    release_files,
)
from gateway.media.sweeps.job_sweeps import blank_written_text
from gateway.storage.base import Storage
from gateway.studio.plans.tables import BLANKED

BATCH_SIZE = 500
IS_OVERDUE = "state = 'pending' AND expires_at <= kt_now()"
OVERDUE_PLANS = sql(f"SELECT id FROM approval_plan WHERE {IS_OVERDUE}")  # noqa: S608 - constant
EXPIRE_PLANS = sql(
    f"UPDATE approval_plan SET state = 'expired', version = version + 1 WHERE {IS_OVERDUE}"  # noqa: S608 - constant
)
PLANS_WITH_STALE_MEDIA = sql(
    f"""
    SELECT id FROM approval_plan WHERE stored = 1 AND expires_at < kt_now() - {MINUTE}
      AND (state <> 'executed' OR finished_at < kt_now() - {3 * DAY})
    ORDER BY expires_at LIMIT {BATCH_SIZE}
    """  # noqa: S608 - constant
)
MARK_MEDIA_DELETED = sql(
    "UPDATE approval_plan SET stored = 0 FROM {rows} WHERE approval_plan.id = given.id", id="text"
)
IS_OLD = f"""stored = 0 AND created_at < kt_now() - {90 * DAY}
    AND (state <> 'executed' OR finished_at IS NOT NULL)"""
DELETE_OLD_STEPS = sql(
    f"DELETE FROM plan_step WHERE plan_id IN (SELECT id FROM approval_plan WHERE {IS_OLD})"  # noqa: S608 - constant
)
DELETE_OLD_PLANS = sql(f"DELETE FROM approval_plan WHERE {IS_OLD}")  # noqa: S608 - constant
OLD_TEXTS = sql(
    f"""
    SELECT s.id, s.input_json FROM plan_step AS s JOIN approval_plan AS p ON p.id = s.plan_id
    WHERE s.given_json <> '{BLANKED}' AND (p.state <> 'executed' OR p.finished_at IS NOT NULL)
      AND COALESCE(p.finished_at, p.expires_at) < kt_now() - (SELECT age FROM {{rows}})
    ORDER BY s.id LIMIT {BATCH_SIZE}
    """,  # noqa: S608 - constant
    age="int",
)
BLANK_TEXTS = sql(
    f"""
    UPDATE plan_step SET given_json = '{BLANKED}', terms_json = NULL, input_json = given.input
    FROM {{rows}} WHERE plan_step.id = given.id
    """,  # noqa: S608 - constant
    id="text",
    input="text",
)
WRITTEN_FIELDS = {"content", "document"}
PLANS_WITH_MEDIA = sql(
    "SELECT p.id FROM {rows} JOIN approval_plan AS p ON p.id = given.id AND p.stored = 1", id="text"
)


@dataclass(frozen=True, slots=True)
class PlanSweeps:
    """The sweeps of plans in one database; texts are kept for `input_days` after the end."""

    database: Database
    storage: Storage
    input_days: int

    def list_sweeps(self) -> list[Sweep]:
        """Return every sweep with its interval."""
        return [
            Sweep("pending plans", 10, self.expire_plans, OVERDUE_PLANS),
            Sweep("plan bytes", 600, self.delete_stale_media),
            Sweep("orphan plan bytes", HOUR // SECOND, self.delete_orphan_media),
            Sweep("plan texts", HOUR // SECOND, self.blank_old_texts),
            Sweep("old plans", HOUR // SECOND, self.delete_old_plans),
        ]

    async def expire_plans(self) -> None:
        """Mark pending plans as expired, which already read as expired."""
        async with self.database.write() as session:
            await session.change(EXPIRE_PLANS)

    async def delete_stale_media(self) -> None:
        """Delete the media of plans whose steps, and plans that resume them, need them no more.

        Rows first, bytes after the commit: the other way round, a crash in between would leave
        rows of files that are gone.
        """
        async with self.database.read() as snapshot:
            stale_plans = await snapshot.read(PLANS_WITH_STALE_MEDIA)
        for row in stale_plans:
            async with self.database.write() as session:
                released_files = await release_files(session, row[0])
                await session.change(MARK_MEDIA_DELETED, [row])
            await delete_files(self.storage, released_files)

    async def delete_orphan_media(self) -> None:
        """Delete media that no plan needs: its gateway died before it stored the plan, or later.

        It looks only at what is an hour old: a plan that is being prepared has stored its media
        and has no row yet.
        """
        async with self.database.read() as snapshot:
            owners = await list_old_owners(snapshot, "plan_")
            rows = await snapshot.read(PLANS_WITH_MEDIA, [(owner,) for owner in owners])
        for owner_id in set(owners) - {row[0] for row in rows}:
            await drop_files(self.database, self.storage, owner_id)
        an_hour_ago = self.database.clock.now() - HOUR
        names = [
            name
            for name in await self.storage.list_folders(INPUTS_FOLDER)
            if name.startswith("plan_") and is_id_older(name, an_hour_ago)
        ]
        async with self.database.read() as snapshot:
            rows = await snapshot.read(PLANS_WITH_MEDIA, [(name,) for name in names])
        for name in set(names) - {row[0] for row in rows}:
            await self.storage.delete_folder(f"{INPUTS_FOLDER}/{name}")

    async def blank_old_texts(self) -> None:
        """Blank prompts and documents of plans that ended `input_days` ago, as jobs do theirs."""
        while old_texts := await self._list_old_texts():
            rows = [(step_id, _without_text(text)) for step_id, text in old_texts]
            async with self.database.write() as session:
                await session.change(BLANK_TEXTS, rows)

    async def _list_old_texts(self) -> list[Row]:
        async with self.database.read() as snapshot:
            return await snapshot.read(OLD_TEXTS, [(self.input_days * DAY,)])

    async def delete_old_plans(self) -> None:
        """Delete plans 90 days after they were created, if they have ended."""
        async with self.database.write() as session:
            await session.change(DELETE_OLD_STEPS)
            await session.change(DELETE_OLD_PLANS)


def _without_text(frozen: str) -> str:
    """Return the JSON of a frozen input without its prompts and documents."""
    kept = json.loads(blank_written_text(frozen))
    return json.dumps({name: value for name, value in kept.items() if name not in WRITTEN_FIELDS})
