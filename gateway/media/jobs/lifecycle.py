"""The life of a job: claim, renew, finish, fail, requeue, cancel, expire.

A job may be claimed by a worker that dies, is merely late, or races with a cancel, and it must end
once and move its money once. So each step here is one conditional UPDATE of the job row, by state
and fence, and the money moves in the same transaction, after it.

- The fence rises with each claim, cancel and expiry. A step under an old fence changes no row, and
  the worker drops its late result.
- A final state is never left, so of two ends that race the second changes no row.
- Every step locks the job row before the account. In another order two ends of one job could
  deadlock.
- Webhook deliveries are rows of the same transaction; metrics count after the commit.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select

from gateway.kit import faults
from gateway.kit.clock import HOUR, SECOND
from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import Statement, Tx, sql
from gateway.kit.messaging.notifications import Notifications
from gateway.kit.telemetry import metrics
from gateway.ledger import transfers
from gateway.ledger.accounts.owners import BOOKS
from gateway.media.jobs import fairness, job_traces, webhook_events
from gateway.media.jobs.claims import (
    BEGIN_JOB,
    CLAIM_JOB,
    WORKER_NAME,
    ClaimedJob,
    FirstStart,
    build_claimed_job,
    choose_node_fields,
)
from gateway.media.jobs.outputs import MadeOutput
from gateway.media.nodes import placement, server_nodes
from gateway.media.states import JobState
from gateway.media.tables import Job

# How long a job waits for another worker when its own is killed. Three renewals may fail before it
# is lost, so a restart of PostgreSQL, of a few seconds, takes no job from a worker that lives.
LEASE = 20 * SECOND
RENEW_SECONDS = 5
OUTPUT_LIFETIME = 48 * HOUR
MOST_ATTEMPTS = 3

WAKE_WAITING = sql(
    """
    UPDATE job SET dispatch_after = kt_now() WHERE id IN (
        SELECT id FROM job WHERE state = 'queued' AND book = 'live' ORDER BY id LIMIT 32)
    """
)
RENEW_LEASE = sql(
    """
    UPDATE job SET lease_expires_at = kt_now() + given.lease
    FROM {rows} WHERE job.id = given.id AND job.fence = given.fence AND job.state = 'running'
    """,
    id="text",
    fence="int",
    lease="int",
)
SET_PROGRESS = sql(
    """
    UPDATE job SET progress_json = given.progress, version = version + 1
    FROM {rows} WHERE job.id = given.id AND job.fence = given.fence AND job.state = 'running'
    """,
    id="text",
    fence="int",
    progress="text",
)
SELECT_STATE = sql(
    "SELECT job.id, job.state, job.fence FROM {rows} JOIN job ON job.id = given.id", id="text"
)
FINISH_JOB = sql(
    """
    UPDATE job SET state = 'succeeded', version = version + 1, finished_at = kt_now(),
        started_at = COALESCE(started_at, kt_now()), captured_microusd = price_microusd,
        lease_expires_at = NULL, progress_json = NULL
    FROM {rows} WHERE job.id = given.id AND job.fence = given.fence AND job.state = 'running'
    """,
    id="text",
    fence="int",
)
FAIL_JOB = sql(
    """
    UPDATE job SET state = 'failed', version = version + 1, finished_at = kt_now(),
        lease_expires_at = NULL, error_code = given.code
    FROM {rows} WHERE job.id = given.id AND job.fence = given.fence AND job.state = 'running'
    """,
    id="text",
    fence="int",
    code="text",
)
REQUEUE_JOB = sql(
    """
    UPDATE job SET state = 'queued', version = version + 1, worker = NULL,
        lease_expires_at = NULL, dispatch_after = kt_now(), progress_json = NULL
    FROM {rows} WHERE job.id = given.id AND job.fence = given.fence AND job.state = 'running'
    """,
    id="text",
    fence="int",
)
CANCEL_JOB = sql(
    """
    UPDATE job SET state = 'canceled', version = version + 1, fence = fence + 1,
        finished_at = kt_now(), lease_expires_at = NULL, end_reason = given.reason
    FROM {rows} WHERE job.id = given.id AND job.state IN ('queued', 'running')
    """,
    id="text",
    reason="text",
)
FAIL_STRANDED_JOB = sql(
    """
    UPDATE job SET state = 'failed', version = version + 1, fence = fence + 1,
        finished_at = kt_now(), lease_expires_at = NULL, error_code = 'worker_lost'
    FROM {rows} WHERE job.id = given.id AND job.state = 'queued' AND job.started_at IS NOT NULL
    """,
    id="text",
)
EXPIRE_JOB = sql(
    """
    UPDATE job SET state = 'expired', version = version + 1, fence = fence + 1,
        finished_at = kt_now(), lease_expires_at = NULL
    FROM {rows} WHERE job.id = given.id AND job.state IN ('queued', 'running')
      AND job.started_at IS NULL
    """,
    id="text",
)


async def claim_job(
    tx: Tx,
    queue: str,
    *,
    running_limit: int,
    books: Collection[str] = BOOKS,
    avoid: Collection[str] = (),
    servers: Collection[str] | None = None,
) -> ClaimedJob | None:
    """Claim the next job in fair order for this worker, None if there is nothing to do.

    A live job is claimed only with a place on a node; test jobs go to the sandbox. The caller's
    transaction begins with `claims.LOCK_CLAIMS`, writes the attempt too, and is followed by
    `announce_claim`.
    `running_limit` is how many jobs an account may have running. Only jobs of these books are
    claimed, and those to `avoid` are left to other workers, as are those for a server that is not
    among `servers`: this worker has no key for it.
    """
    places = [
        place
        for place in await placement.lock_free_places(tx)
        if server_nodes.may_use(place.name, place.engine, servers)
    ]
    tasks = placement.list_offered_tasks(places)
    for candidate in await fairness.list_candidates(tx, queue, books, tasks):
        if candidate.running >= running_limit or candidate.job_id in avoid:
            continue
        node_fields = await choose_node_fields(tx, candidate, queue, places, servers)
        if node_fields is None:
            continue
        # A node of the pool may have other work before this job; then `begin_job` writes the start.
        begins = "url" not in node_fields
        row = (candidate.job_id, WORKER_NAME, LEASE, int(begins))
        for taken in await tx.read(CLAIM_JOB, [row]):
            claimed = build_claimed_job(taken, node_fields, begins=begins)
            if claimed.first_start is not None:
                await claimed.first_start.queue_delivery(tx)
            return claimed
    return None


def announce_claim(notifications: Notifications, claimed: ClaimedJob) -> None:
    """Wake those who wait for a claimed job, and count its wait, once the claim is committed."""
    notifications.notify([claimed.job_id])
    if claimed.first_start is not None:
        claimed.first_start.report()


async def begin_job(session: Session, claimed: ClaimedJob) -> None:
    """Record the first start of a claimed job: the engine works on it. Later calls do nothing."""
    for row in await session.read(BEGIN_JOB, [(claimed.job_id, claimed.fence)]):
        start = FirstStart(*row)
        await start.queue_delivery(session)
        session.notify_after_commit(claimed.job_id)
        session.run_after_commit(start.report)


async def wake_waiting_jobs(session: Session) -> None:
    """Wake the oldest waiting live jobs: a node can work again."""
    await session.change(WAKE_WAITING)


async def finish_job(session: Session, claimed: ClaimedJob, outputs: Sequence[MadeOutput]) -> bool:
    """Make the job succeed and capture its price; False if this claim has lost it."""
    job = await _end_job(session, FINISH_JOB, (claimed.job_id, claimed.fence))
    if job is None:
        metrics.FENCE_REFUSED.labels("finish").inc()
        return False
    expires_at = (job.finished_at or 0) + OUTPUT_LIFETIME
    session.add_all(
        made.to_listed_row(job, index, expires_at) for index, made in enumerate(outputs)
    )
    await transfers.post(session, job.hold_id)
    return True


async def has_succeeded(session: Session, claimed: ClaimedJob) -> bool:
    """Return True if the job has succeeded under this very claim."""
    rows = await session.read(SELECT_STATE, [(claimed.job_id,)])
    return rows[0][1:] == (JobState.SUCCEEDED, claimed.fence)


async def fail_claimed_job(session: Session, claimed: ClaimedJob, code: str) -> bool:
    """Make the job fail and release its price; False if this claim has lost it."""
    failed = await _end_and_release(session, FAIL_JOB, (claimed.job_id, claimed.fence, code))
    if not failed:
        metrics.FENCE_REFUSED.labels("fail").inc()
    return failed


async def requeue_job(session: Session, claimed: ClaimedJob) -> bool:
    """Put the job back into the queue for another attempt; False if this claim has lost it."""
    session.notify_after_commit(claimed.job_id)
    return await session.change(REQUEUE_JOB, [(claimed.job_id, claimed.fence)]) == 1


async def cancel_open_job(session: Session, job_id: str, reason: str) -> bool:
    """Cancel a job at once and release its price; False if it has already ended."""
    return await _end_and_release(session, CANCEL_JOB, (job_id, reason))


async def expire_job(session: Session, job_id: str) -> bool:
    """Expire a job that never started and release its price; False if it has started.

    A job that waits behind other work on its node has not started either.
    """
    return await _end_and_release(session, EXPIRE_JOB, (job_id,))


async def fail_stranded_job(session: Session, job_id: str) -> bool:
    """Make a job fail that lost its node and found no other in time; release its price."""
    return await _end_and_release(session, FAIL_STRANDED_JOB, (job_id,))


async def _end_and_release(session: Session, statement: Statement, row: tuple[Any, ...]) -> bool:
    """End a job by this statement and void its hold; False if the statement changed no row."""
    job = await _end_job(session, statement, row)
    if job is None:
        return False
    await transfers.void(session, job.hold_id)
    await faults.reach("release.in_transaction")
    return True


async def _end_job(session: Session, statement: Statement, row: tuple[Any, ...]) -> Job | None:
    """Run the conditional update that ends a job; return the job, None if it changed no row."""
    if await session.change(statement, [row]) == 0:
        return None
    session.notify_after_commit(row[0])
    # The update went past the ORM: without this option the session would return its old copy.
    query = select(Job).where(Job.id == row[0]).execution_options(populate_existing=True)
    job = (await session.scalars(query)).one()
    source = webhook_events.EventSource(job.id, job.account_id, job.webhook_json)
    await webhook_events.queue_delivery(session, source, "job.completed", job.finished_at or 0)
    job_traces.trace_end(session, job)
    session.run_after_commit(metrics.JOBS.labels(job.task, job.state).inc)
    return job
