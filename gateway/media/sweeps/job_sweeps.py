"""Sweeps of jobs: those that were lost or are late get their end, by database time.

Every process may run them at the same time. Each reads what is due in a snapshot and then acts in a
short transaction per row, whose conditional update changes nothing if a twin was faster.
"""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from gateway.kit import faults, idempotency, queue
from gateway.kit.clock import DAY, HOUR, SECOND
from gateway.kit.database.connection_tx import ONE_EMPTY_ROW
from gateway.kit.database.sessions import Database, Session
from gateway.kit.database.sql import Row, Statement, sql
from gateway.kit.queue import Sweep, WakeUps
from gateway.kit.telemetry import metrics
from gateway.kit.wire.json_text import write_json
from gateway.media.inputs import input_files
from gateway.media.jobs import attempts, lifecycle
from gateway.media.jobs.claims import ClaimedJob
from gateway.media.jobs.outputs import build_job_folder
from gateway.media.jobs.waits import SELECT_QUEUED, SELECT_RECENTLY_ENDED, QueueDepths
from gateway.media.states import JobState
from gateway.media.submits.quotes import QUOTE_LIFETIME
from gateway.media.tables import HAS_TEXT, WAITS_AGAIN, WAITS_FOR_TIMEOUT
from gateway.storage.base import Storage

BATCH_ROWS = 500
# Longer than a live worker waits for its engine to let go of a canceled attempt
# (`LET_GO_SECONDS` in workers/jobs/endings.py): until then the attempt does hold its slot.
LEFTOVER_GRACE = 120 * SECOND
TEXT_FIELDS = ("prompt", "negativePrompt")
# `started_at` as it is would lead SQLite to the index of all jobs that ever started.
HAS_STARTED = "COALESCE(started_at, 0) > 0"
IS_OVERDUE = "COALESCE(started_at + deadline_seconds * 1000000 < kt_now(), false)"

# A job that `SELECT_LOST` found was read earlier: a twin may have handled it since, or the worker
# was only late and has renewed. Only if it still holds may its attempt be touched.
RECHECK_LOST = sql(
    """
    UPDATE job SET lease_expires_at = 0 FROM {rows}
    WHERE job.id = given.id AND job.fence = given.fence AND job.state = 'running'
      AND job.lease_expires_at < kt_now()
    """,
    id="text",
    fence="int",
)
SELECT_LOST = sql(
    f"""
    SELECT id, fence FROM job WHERE state = 'running' AND lease_expires_at < kt_now()
    ORDER BY lease_expires_at LIMIT {BATCH_ROWS}
    """  # noqa: S608 - constant
)
END_LEASES = sql("UPDATE job SET lease_expires_at = 0 WHERE state = 'running'")
# The three that follow are asked each second and must not read all of a long queue:
# `ix_job_queue_timeout` is in order of the timeouts, `ix_job_requeued` has the few that wait again.
SELECT_OVERDUE_START = sql(
    f"""
    SELECT id FROM job WHERE {WAITS_FOR_TIMEOUT} AND started_at IS NULL
        AND queue_timeout_at < kt_now()
    UNION ALL SELECT id FROM job WHERE state = 'running' AND started_at IS NULL
        AND queue_timeout_at < kt_now() LIMIT {BATCH_ROWS}
    """  # noqa: S608 - constant
)
SELECT_STRANDED = sql(
    f"""
    SELECT id FROM job WHERE {WAITS_FOR_TIMEOUT} AND {HAS_STARTED} AND queue_timeout_at < kt_now()
      AND queue_timeout_at + run_limit_seconds * 1000000 < kt_now()
    ORDER BY queue_timeout_at LIMIT {BATCH_ROWS}
    """  # noqa: S608 - constant
)
SELECT_OVERDUE_END = sql(
    f"""
    SELECT id FROM job WHERE {WAITS_AGAIN} AND {IS_OVERDUE}
    UNION ALL SELECT id FROM job WHERE state = 'running' AND {IS_OVERDUE} LIMIT {BATCH_ROWS}
    """  # noqa: S608 - constant
)
SELECT_ASLEEP = sql("SELECT id FROM job WHERE state = 'queued' AND dispatch_after < kt_now()")
SELECT_SLEEPING_QUEUES = sql(
    f"""
    SELECT queue, min(id) FROM job WHERE state = 'queued' AND dispatch_after < kt_now()
    GROUP BY queue LIMIT {BATCH_ROWS}
    """  # noqa: S608 - constant
)
POSTPONE_DISPATCH = sql(
    """
    UPDATE job SET dispatch_after = kt_now() + 10000000
    WHERE id IN (
        SELECT job.id FROM {rows} JOIN job ON job.queue = given.queue
        WHERE job.state = 'queued' AND job.dispatch_after < kt_now() ORDER BY job.id LIMIT 32
    )
    """,
    queue="text",
)
SELECT_STALE_OUTPUTS = sql(
    f"""
    SELECT o.job_id FROM job_output AS o JOIN job AS j ON j.id = o.job_id
    WHERE o.deleted_at IS NULL AND o.expires_at < kt_now() - {DAY}
      AND NOT EXISTS (SELECT 1 FROM job AS open WHERE open.account_id = j.account_id
          AND open.state IN ('queued', 'running')
          AND open.created_at < o.expires_at + {QUOTE_LIFETIME})
    GROUP BY o.job_id ORDER BY o.job_id LIMIT {BATCH_ROWS}
    """  # noqa: S608 - constant
)
MARK_OUTPUTS_DELETED = sql(
    """
    UPDATE job_output SET deleted_at = kt_now(), placeholder = NULL
    WHERE job_id = (SELECT id FROM {rows}) AND deleted_at IS NULL
    """,
    id="text",
)
SELECT_STALE_INPUTS = sql(
    f"""
    SELECT id, state FROM job WHERE inputs_json <> '{{}}' AND finished_at < kt_now() - {3 * DAY}
    ORDER BY finished_at LIMIT {BATCH_ROWS}
    """  # noqa: S608 - constant
)
FORGET_INPUTS = sql(
    "UPDATE job SET inputs_json = '{}' FROM {rows} WHERE job.id = given.id", id="text"
)
SELECT_OLD_TEXTS = sql(
    f"""
    SELECT job.id, job.effective_input_json FROM job
    WHERE {HAS_TEXT} AND job.finished_at < kt_now() - (SELECT age FROM {{rows}})
    ORDER BY job.finished_at LIMIT {BATCH_ROWS}
    """,  # noqa: S608 - constant
    age="int",
)
BLANK_TEXTS = sql(
    """
    UPDATE job SET effective_input_json = given.input, text_blanked_at = kt_now()
    FROM {rows} WHERE job.id = given.id
    """,
    id="text",
    input="text",
)
FORGET_SEARCH_TEXTS = sql(
    "UPDATE job_output SET search_text = NULL FROM {rows} WHERE job_output.job_id = given.id",
    id="text",
)
DROP_WORKFLOWS = sql(
    """
    UPDATE media_attempt SET workflow_json = NULL FROM {rows}
    WHERE media_attempt.job_id = given.id AND media_attempt.workflow_json IS NOT NULL
    """,
    id="text",
)
PURGE_KEYS = sql(
    f"""
    DELETE FROM idempotency WHERE (account_id, book, method, path, key) IN (
        SELECT account_id, book, method, path, key FROM idempotency
        WHERE created_at < kt_now() - {idempotency.RETENTION}
          AND NOT EXISTS (SELECT 1 FROM job WHERE job.id = idempotency.resource_id
                          AND job.state IN ('queued', 'running'))
        ORDER BY created_at LIMIT {queue.PURGE_ROWS}
    )
    """  # noqa: S608 - constant
)


@dataclass(frozen=True, slots=True)
class JobSweeps:
    """The sweeps of the media slice, over one database."""

    database: Database
    storage: Storage
    wakes: WakeUps
    depths: QueueDepths
    input_days: int

    def list_sweeps(self) -> list[Sweep]:
        """Return every sweep with how often it runs."""
        return [
            # After an outage of the database every lease may be over. Workers that live renew
            # theirs as soon as it is back, and this waits for them: else it would take their jobs.
            # With SQLite the one worker is in this process, and leases at its start are of a dead
            # one.
            Sweep(
                "lost leases",
                1,
                self.requeue_lost_jobs,
                SELECT_LOST,
                calm_seconds=2 * lifecycle.RENEW_SECONDS if self.database.is_postgres else 0,
            ),
            Sweep(
                "nodes that do not let go",
                10,
                self.mark_leftover_attempts_lost,
                attempts.SELECT_LOCALLY_OPEN,
            ),
            Sweep("queue timeouts", 1, self.expire_late_jobs, SELECT_OVERDUE_START),
            Sweep("stranded", 1, self.fail_stranded_jobs, SELECT_STRANDED),
            Sweep("deadlines", 1, self.cancel_overdue_jobs, SELECT_OVERDUE_END),
            Sweep("wake-ups", 1, self.resend_wake_ups, SELECT_ASLEEP),
            Sweep("queue depths", 1, self.depths.refresh, SELECT_QUEUED),
            Sweep("queue pace", 10, self.depths.refresh_pace, SELECT_RECENTLY_ENDED),
            Sweep("outputs", 600, self.delete_stale_outputs),
            Sweep("inputs", 600, self.delete_stale_inputs),
            Sweep("texts", 3_600, self.blank_old_texts),
            Sweep("idempotency keys", HOUR // 1_000_000, self.purge_idempotency_keys),
        ]

    async def end_all_leases(self) -> None:
        """End every lease at the start of the only process: they all belong to a dead one.

        Only for the embedded profile; beside other processes it would take their jobs away.
        """
        async with self.database.write() as session:
            await session.change(END_LEASES)
            await attempts.mark_leftover_attempts_lost(session, 0)

    async def requeue_lost_jobs(self) -> None:
        """Requeue jobs whose lease ran out, or fail them after their last attempt."""
        for job_id, fence in await self._read_due(SELECT_LOST):
            async with self.database.write() as session:
                await self._requeue_lost_job(session, job_id, fence)

    async def _requeue_lost_job(self, session: Session, job_id: str, fence: int) -> None:
        if not await session.change(RECHECK_LOST, [(job_id, fence)]):
            return
        # Only id and fence matter to `fail_claimed_job` and `requeue_job`.
        claimed = ClaimedJob(job_id, fence, 0, "", {}, {}, 0)
        await attempts.mark_orphaned_attempt_lost(session, job_id)
        if (await attempts.count_bad_attempts(session, job_id)).total >= lifecycle.MOST_ATTEMPTS:
            session.run_after_commit(metrics.LEASE_EXPIRED.labels("failed").inc)
            await lifecycle.fail_claimed_job(session, claimed, "worker_lost")
        else:
            session.run_after_commit(metrics.LEASE_EXPIRED.labels("requeued").inc)
            await lifecycle.requeue_job(session, claimed)

    async def mark_leftover_attempts_lost(self) -> None:
        """Free the slots of ended jobs whose worker did not close their attempt in time."""
        async with self.database.write() as session:
            await attempts.mark_leftover_attempts_lost(session, LEFTOVER_GRACE)

    async def expire_late_jobs(self) -> None:
        """Expire jobs that did not start in time."""
        await self._apply_to_each(SELECT_OVERDUE_START, lifecycle.expire_job)

    async def fail_stranded_jobs(self) -> None:
        """Fail jobs that lost their node and found no other in time."""
        await self._apply_to_each(SELECT_STRANDED, lifecycle.fail_stranded_job)

    async def cancel_overdue_jobs(self) -> None:
        """Cancel jobs that did not finish in time."""

        async def cancel(session: Session, job_id: str) -> bool:
            return await lifecycle.cancel_open_job(session, job_id, "deadline")

        await self._apply_to_each(SELECT_OVERDUE_END, cancel)

    async def resend_wake_ups(self) -> None:
        """Send wake-ups again that the broker may have lost, 32 a queue: no backlog floods it."""
        for name, job_id in await self._read_due(SELECT_SLEEPING_QUEUES):
            async with self.database.write() as session:
                count = await session.change(POSTPONE_DISPATCH, [(name,)])
            await faults.reach("dispatch.noted")
            for _ in range(count):
                self.wakes.send_soon(name, job_id)

    async def delete_stale_outputs(self) -> None:
        """Delete the bytes of outputs, posters and previews a day after their 48 hours.

        Bytes go first: a crash in between repeats the delete, and leaves none behind.
        """
        while due := await self._read_due(SELECT_STALE_OUTPUTS):
            for (job_id,) in due:
                await self.storage.delete_folder(build_job_folder(job_id))
                await faults.reach("cleanup.deleted")
                async with self.database.write() as session:
                    await session.change(MARK_OUTPUTS_DELETED, [(job_id,)])

    async def delete_stale_inputs(self) -> None:
        """Delete inputs of jobs, and files that lost claims left, 72 hours after the job's end."""
        for job_id, state in await self._read_due(SELECT_STALE_INPUTS):
            if state != JobState.SUCCEEDED:
                await self.storage.delete_folder(build_job_folder(job_id))
            async with self.database.write() as session:
                gone = await input_files.release_files(session, job_id)
                await session.change(FORGET_INPUTS, [(job_id,)])
            await input_files.delete_files(self.storage, gone)

    async def blank_old_texts(self) -> None:
        """Blank prompts of jobs that ended `input_days` ago, and delete graphs that hold them."""
        while due := await self._read_due(SELECT_OLD_TEXTS, [(self.input_days * DAY,)]):
            async with self.database.write() as session:
                ids = [(job_id,) for job_id, _ in due]
                await session.change(DROP_WORKFLOWS, ids)
                await session.change(FORGET_SEARCH_TEXTS, ids)  # folded anew from what is left
                await session.change(
                    BLANK_TEXTS, [(job_id, blank_written_text(text)) for job_id, text in due]
                )

    async def purge_idempotency_keys(self) -> None:
        """Purge idempotency keys after 7 days, but never before their job has ended."""
        await queue.purge_rows(self.database, PURGE_KEYS)

    async def _read_due(
        self, statement: Statement, rows: Sequence[Row] = ONE_EMPTY_ROW
    ) -> list[Row]:
        async with self.database.read() as snapshot:
            return await snapshot.read(statement, rows)

    async def _apply_to_each(
        self, statement: Statement, step: Callable[[Session, str], Awaitable[bool]]
    ) -> None:
        """Apply a step of the lifecycle to each due job, in a transaction of its own."""
        for row in await self._read_due(statement):
            async with self.database.write() as session:
                await step(session, row[0])


def blank_written_text(effective_input: str) -> str:
    """Return an effective input (JSON) with the text that the client wrote blanked."""
    fields = json.loads(effective_input)
    return write_json(fields | {name: "" for name in TEXT_FIELDS if fields.get(name)})
