"""Sweeps of results: the bytes of deleted ones, and search texts that are missing.

Each reads what is due in a snapshot, then acts in short transactions; processes may run them at the
same time.
"""

import json
from dataclasses import dataclass

from gateway.kit.clock import MINUTE, SECOND
from gateway.kit.database.sessions import Database
from gateway.kit.database.sql import Row, sql
from gateway.kit.queue import Sweep
from gateway.kit.search_text import fold_text
from gateway.media.jobs.outputs import build_job_folder, list_stored_keys
from gateway.media.tables import LACKS_SEARCH_TEXT, Output
from gateway.storage.base import Storage

RESTORABLE = 10 * MINUTE
# A restore that was in time may commit this much later; until then the bytes must be there.
SLACK = 30 * SECOND
BATCH_ROWS = 500

SELECT_DELETED = sql(
    f"""
    SELECT o.job_id, o."index"
    FROM job_output AS o JOIN job AS j ON j.id = o.job_id
    WHERE o.hidden_at IS NOT NULL AND o.deleted_at IS NULL
      AND o.hidden_at < kt_now() - {RESTORABLE + SLACK}
      AND NOT EXISTS (SELECT 1 FROM job AS open WHERE open.account_id = j.account_id
          AND open.state IN ('queued', 'running') AND open.inputs_json LIKE '%' || o.key || '%')
      AND NOT EXISTS (SELECT 1 FROM quote AS q JOIN quote_item AS i ON i.quote_id = q.id
          WHERE q.account_id = j.account_id AND q.expires_at > kt_now()
            AND i.terms_json LIKE '%' || o.key || '%')
    ORDER BY o.hidden_at LIMIT {BATCH_ROWS}
    """  # noqa: S608 - constant
)
COUNT_OTHERS = sql(
    """
    SELECT count(*) FROM {rows} JOIN job_output AS o ON o.job_id = given.job_id
    WHERE o."index" <> given.place AND o.deleted_at IS NULL
    """,
    job_id="text",
    place="int",
)
# Also what was shown again by now, with the asset that keeps it: these bytes are gone.
MARK_DELETED = sql(
    """
    UPDATE job_output SET deleted_at = kt_now(), placeholder = NULL FROM {rows}
    WHERE job_output.job_id = given.job_id AND job_output."index" = given.place
      AND job_output.deleted_at IS NULL
    """,
    job_id="text",
    place="int",
)
SELECT_UNFOLDED = sql(
    f"""
    SELECT o.job_id, o."index", j.account_id, j.task, j.project_id, j.effective_input_json, o.name
    FROM job_output AS o JOIN job AS j ON j.id = o.job_id
    WHERE o.{LACKS_SEARCH_TEXT} ORDER BY o.job_id DESC LIMIT {BATCH_ROWS}
    """  # noqa: S608 - constant
)
# A change of the name in between has written a newer text, which stays.
SET_SEARCH_TEXT = sql(
    f"""
    UPDATE job_output SET account_id = given.account_id, task = given.task,
        project_id = given.project_id, search_text = given.search_text
    FROM {{rows}} WHERE job_output.job_id = given.job_id AND job_output."index" = given.place
      AND job_output.{LACKS_SEARCH_TEXT}
    """,  # noqa: S608 - constant
    job_id="text",
    place="int",
    account_id="int",
    task="text",
    project_id="text",
    search_text="text",
)


@dataclass(frozen=True, slots=True)
class OutputSweeps:
    """The sweeps of results, over one database."""

    database: Database
    storage: Storage

    def list_sweeps(self) -> list[Sweep]:
        """Return every sweep with how often it runs."""
        return [
            Sweep("deleted outputs", 60, self.delete_hidden_outputs),
            Sweep("search texts", 5, self.fold_search_texts, SELECT_UNFOLDED),
        ]

    async def delete_hidden_outputs(self) -> None:
        """Delete the bytes of results whose owner deleted them more than ten minutes ago.

        Those that an open job or quote needs stay until it has ended. Bytes go first: a crash in
        between repeats the delete, and leaves none behind. With the last output of a job goes its
        folder, with what lost claims and previews that were not finished left there.
        """
        while due := await self._read_deleted():
            for job_id, index in due:
                place = (job_id, index)
                async with self.database.read() as snapshot:
                    output = await snapshot.get_one(Output, place)
                    (others,) = await snapshot.read(COUNT_OTHERS, [place])
                if not others[0]:
                    await self.storage.delete_folder(build_job_folder(job_id))
                for key in list_stored_keys(output) if others[0] else ():
                    await self.storage.delete(key)
                async with self.database.write() as session:
                    await session.change(MARK_DELETED, [place])

    async def _read_deleted(self) -> list[Row]:
        async with self.database.read() as snapshot:
            return await snapshot.read(SELECT_DELETED)

    async def fold_search_texts(self) -> None:
        """Fold the search texts of rows that have none, in batches.

        Rows of older releases have none, nor those whose prompt was erased since. The newest are
        first: until then those of a large table are missing in lists of results.
        """
        count = BATCH_ROWS
        while count == BATCH_ROWS:
            async with self.database.read() as snapshot:
                due = await snapshot.read(SELECT_UNFOLDED)
            rows = [
                (job_id, index, account, task, project, fold_text(_read_prompt(text), name or ""))
                for job_id, index, account, task, project, text, name in due
            ]
            async with self.database.write() as session:
                count = await session.change(SET_SEARCH_TEXT, rows) if rows else 0


def _read_prompt(effective_input: str) -> str:
    return str(json.loads(effective_input).get("prompt") or "")
