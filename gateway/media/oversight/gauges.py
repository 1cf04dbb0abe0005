"""Gauges of jobs, queues, nodes, webhooks and stored bytes, read from the database."""

from gateway.kit.clock import SECOND
from gateway.kit.database.sessions import Snapshot
from gateway.kit.database.sql import sql
from gateway.kit.queue import JOB_QUEUES
from gateway.kit.telemetry import metrics

COUNT_STATES = sql(
    """
    SELECT 'queued', count(*) FROM job WHERE state = 'queued'
    UNION ALL SELECT 'running', count(*) FROM job WHERE state = 'running'
    """
)
SELECT_DEPTHS = sql(
    """
    SELECT queue, count(*), kt_now() - min(created_at) FROM job
    WHERE state = 'queued' GROUP BY queue
    """
)
SELECT_NODES = sql(
    """
    SELECT name, enabled = 1 AND silent_since IS NULL AND last_seen_at IS NOT NULL, depth
    FROM media_node
    """
)
# Only those never tried: one that its receiver keeps refusing is late by no fault of ours.
SELECT_OLDEST_UNSENT = sql(
    """
    SELECT COALESCE(kt_now() - min(created_at), 0) FROM webhook_delivery
    WHERE next_try_at IS NOT NULL AND tries_json = '[]'
    """
)
SUM_STORED_BYTES = sql(
    "SELECT COALESCE(sum(size_bytes), 0) FROM job_output WHERE deleted_at IS NULL"
)


async def count_jobs(snapshot: Snapshot) -> dict[str, int]:
    """Count the queued and the running jobs, by state."""
    return dict(await snapshot.read(COUNT_STATES))


async def load_queue_depths(snapshot: Snapshot) -> dict[str, tuple[int, int]]:
    """Return, by queue, how many jobs wait and for how long the oldest has, in microseconds."""
    waiting = {row[0]: (row[1], row[2]) for row in await snapshot.read(SELECT_DEPTHS)}
    return {queue: waiting.get(queue, (0, 0)) for queue in JOB_QUEUES}


async def refresh_gauges(snapshot: Snapshot) -> None:
    """Set the gauges of jobs, queues, nodes, unsent webhooks and stored outputs."""
    for state, number in (await count_jobs(snapshot)).items():
        metrics.JOBS_IN_STATE.labels(state).set(number)
    for queue, (depth, oldest) in (await load_queue_depths(snapshot)).items():
        metrics.QUEUE_DEPTH.labels(queue).set(depth)
        metrics.QUEUE_OLDEST_SECONDS.labels(queue).set(oldest / SECOND)
    for gauge in (metrics.ENGINE_NODE_UP, metrics.ENGINE_NODE_QUEUE):
        gauge.clear()  # else a removed node would keep its last value
    for name, is_up, depth in await snapshot.read(SELECT_NODES):
        metrics.ENGINE_NODE_UP.labels(name).set(bool(is_up))
        metrics.ENGINE_NODE_QUEUE.labels(name).set(depth)
    ((unsent,),) = await snapshot.read(SELECT_OLDEST_UNSENT)
    metrics.OUTBOX_OLDEST_SECONDS.labels("webhook").set(unsent / SECOND)
    metrics.STORAGE_BYTES.set((await snapshot.read(SUM_STORED_BYTES))[0][0])
