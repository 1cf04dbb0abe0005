"""What the metrics say about all jobs, read from the database."""

from gateway.kit import metrics
from gateway.kit.clock import SECOND
from gateway.kit.database import Snapshot
from gateway.kit.queue import QUEUES
from gateway.kit.sql import sql

STATES = sql(
    """
    SELECT 'queued', count(*) FROM job WHERE state = 'queued'
    UNION ALL SELECT 'running', count(*) FROM job WHERE state = 'running'
    """
)
DEPTHS = sql(
    """
    SELECT queue, count(*), kt_now() - min(created_at) FROM job
    WHERE state = 'queued' GROUP BY queue
    """
)
STORED = sql("SELECT COALESCE(sum(size_bytes), 0) FROM job_output WHERE deleted_at IS NULL")


async def refresh(snapshot: Snapshot) -> None:
    """Set the gauges of jobs, queues and stored outputs."""
    counted: dict[str, int] = dict(await snapshot.read(STATES))
    for state in ("queued", "running"):
        metrics.JOBS_IN_STATE.labels(state).set(counted.get(state, 0))
    waiting = {row[0]: row[1:] for row in await snapshot.read(DEPTHS)}
    for queue in QUEUES:
        depth, oldest = waiting.get(queue, (0, 0))
        metrics.QUEUE_DEPTH.labels(queue).set(depth)
        metrics.QUEUE_OLDEST_SECONDS.labels(queue).set(oldest / SECOND)
    metrics.STORAGE_BYTES.set((await snapshot.read(STORED))[0][0])
