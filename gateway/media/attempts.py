"""Attempts: one row for each try of a job, written before anything is sent to a node."""

from uuid import UUID, uuid4

from gateway.kit import metrics
from gateway.kit.database import Session
from gateway.kit.sql import sql
from gateway.media.lifecycle import Claimed
from gateway.media.tables import OPEN_ATTEMPT

OPEN = sql(
    """
    INSERT INTO media_attempt (id, job_id, segment, fence, node, state, submitted_at)
    SELECT given.id, given.job_id, 0, given.fence, given.node, 'created', kt_now() FROM {rows}
    """,
    id="text",
    job_id="text",
    fence="int",
    node="text",
)
CLOSE = sql(
    """
    UPDATE media_attempt SET state = given.state, failure_kind = given.kind, finished_at = kt_now()
    FROM {rows} WHERE media_attempt.id = given.id AND media_attempt.finished_at IS NULL
    """,
    id="text",
    state="text",
    kind="text",
)
LOSE = sql(
    """
    UPDATE media_attempt SET state = 'lost', finished_at = kt_now()
    FROM {rows} WHERE media_attempt.job_id = given.job_id AND media_attempt.finished_at IS NULL
    """,
    job_id="text",
)
LET_GO = sql(
    f"""
    UPDATE media_attempt SET state = 'lost', finished_at = kt_now()
    WHERE {OPEN_ATTEMPT} AND EXISTS (
        SELECT 1 FROM job WHERE job.id = media_attempt.job_id
           AND job.finished_at < kt_now() - (SELECT grace FROM {{rows}})
    )
    """,  # noqa: S608 - constant
    grace="int",
)
COUNT_BAD = sql(
    """
    SELECT count(*) FROM media_attempt
    WHERE job_id = (SELECT job_id FROM {rows}) AND state IN ('rejected', 'failed', 'lost')
    """,
    job_id="text",
)


async def start(session: Session, claimed: Claimed, node: str) -> UUID:
    """Write down that a node is about to get the job; what an earlier claim left open is lost."""
    attempt = uuid4()
    await session.change(LOSE, [(claimed.job_id,)])
    await session.write((OPEN, [(str(attempt), claimed.job_id, claimed.fence, node)]))
    return attempt


async def end(session: Session, attempt: UUID, state: str, kind: str | None = None) -> None:
    """Write down how an attempt ended; the first word stands."""
    metrics.JOB_ATTEMPTS.labels(state).inc()
    await session.change(CLOSE, [(str(attempt), state, kind)])


async def lose(session: Session, job_id: str) -> None:
    """Mark the open attempt of a job lost, whose worker is gone."""
    metrics.JOB_ATTEMPTS.labels("lost").inc()
    await session.change(LOSE, [(job_id,)])


async def let_go(session: Session, grace: int) -> None:
    """Mark attempts lost that are still open `grace` microseconds after their job ended."""
    await session.change(LET_GO, [(grace,)])


async def ended_badly(session: Session, job_id: str) -> int:
    """Return how many attempts of a job ended badly."""
    count: int = (await session.read(COUNT_BAD, [(job_id,)]))[0][0]
    return count
