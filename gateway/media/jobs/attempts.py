"""Attempts: one row for each try of a job, written before anything is sent to a node.

    created ─ unknown ─ submitted ─ running ─ canceling   open: it has a slot of node and account
    rejected, succeeded, failed, canceled, lost           final: a retry is a new attempt

Attempts never move money. An attempt on a node of the pool outlives its worker: the worker that
claims the job next adopts it, and nothing is sent to the node twice. One on the sandbox or on a
worker dies with its process, and is lost. An attempt is adopted three times at most, for a job that
kills each worker would otherwise never end.

The first end of an attempt stands, and only the claim that owns it (`fence`) may change it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any
from uuid import UUID, uuid4

from gateway.kit.clock import SECOND
from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import Tx, sql
from gateway.kit.telemetry import metrics
from gateway.media.jobs.claims import ClaimedJob
from gateway.media.nodes.node_pool import LOCAL_NODES
from gateway.media.nodes.upstream import NO_REPORT, StoredReport
from gateway.media.states import AttemptState
from gateway.media.tables import IS_OPEN_ATTEMPT

MOST_ADOPTIONS = 3
WORKER_FAULT, NODE_BUSY = "worker_fault", "node_busy"
# What is lost may be charged all the same.
LOST_COST = (
    "cost_state = CASE WHEN media_attempt.cost_state = 'expected' THEN 'possible' "
    "ELSE media_attempt.cost_state END"
)
INSERT_ATTEMPT = sql(
    f"""
    INSERT INTO media_attempt (id, job_id, segment, fence, node, state, submitted_at,
                               began_at, node_epoch, family, adoptions, upstream_json)
    SELECT given.id, given.job_id, 0, given.fence, given.node, 'created', kt_now(),
           CASE WHEN given.node IN {LOCAL_NODES} THEN kt_now() END,
           given.epoch, given.family, 0, given.upstream FROM {{rows}}
    """,  # noqa: S608 - constant
    id="text",
    job_id="text",
    fence="int",
    node="text",
    epoch="int",
    family="text",
    upstream="text",
)
ADOPT_ATTEMPT = sql(
    """
    UPDATE media_attempt SET fence = given.fence, adoptions = COALESCE(adoptions, 0) + 1
    FROM {rows} WHERE media_attempt.id = given.id AND media_attempt.finished_at IS NULL
    """,
    id="text",
    fence="int",
)
SELECT_REPORT = sql(
    """
    SELECT media_attempt.upstream_json, media_attempt.handle FROM {rows}
    JOIN media_attempt ON media_attempt.id = given.id
    """,
    id="text",
)
UPDATE_ATTEMPT = sql(
    """
    UPDATE media_attempt SET state = given.state,
        began_at = CASE WHEN given.state = 'running'
            THEN COALESCE(began_at, kt_now()) ELSE began_at END,
        cancel_requested_at = CASE WHEN given.state = 'canceling'
            THEN COALESCE(cancel_requested_at, kt_now()) ELSE cancel_requested_at END,
        upstream_json = COALESCE(given.upstream, upstream_json),
        workflow_json = COALESCE(given.workflow, workflow_json),
        handle = COALESCE(given.handle, media_attempt.handle),
        cost_microusd = CASE WHEN given.cost_state IS NULL THEN cost_microusd ELSE given.cost END,
        cost_state = COALESCE(given.cost_state, media_attempt.cost_state)
    FROM {rows} WHERE media_attempt.id = given.id AND media_attempt.finished_at IS NULL
      AND media_attempt.fence = given.fence
    """,
    id="text",
    fence="int",
    state="text",
    upstream="text",
    workflow="text",
    handle="text",
    cost="int",
    cost_state="text",
)
CLOSE_ATTEMPT = sql(
    """
    UPDATE media_attempt SET state = given.state, failure_kind = given.kind, finished_at = kt_now(),
        upstream_json = COALESCE(given.upstream, upstream_json),
        workflow_json = COALESCE(given.workflow, workflow_json),
        handle = COALESCE(given.handle, media_attempt.handle),
        cost_microusd = CASE WHEN given.cost_state IS NULL THEN cost_microusd ELSE given.cost END,
        cost_state = COALESCE(given.cost_state, media_attempt.cost_state)
    FROM {rows} WHERE media_attempt.id = given.id AND media_attempt.finished_at IS NULL
      AND media_attempt.fence = COALESCE(given.fence, media_attempt.fence)
    """,
    id="text",
    fence="int",
    state="text",
    kind="text",
    upstream="text",
    workflow="text",
    handle="text",
    cost="int",
    cost_state="text",
)
LOSE_OPEN_ATTEMPT = sql(
    f"""
    UPDATE media_attempt SET state = 'lost', finished_at = kt_now(), {LOST_COST}
    FROM {{rows}} WHERE media_attempt.job_id = given.job_id AND media_attempt.finished_at IS NULL
    """,  # noqa: S608 - constant
    job_id="text",
)
LOSE_ORPHANED_ATTEMPT = sql(
    f"""
    UPDATE media_attempt SET state = 'lost', finished_at = kt_now(), {LOST_COST}
    FROM {{rows}} WHERE media_attempt.job_id = given.job_id AND media_attempt.finished_at IS NULL
      AND (media_attempt.node IN {LOCAL_NODES} OR media_attempt.adoptions >= {MOST_ADOPTIONS})
    """,  # noqa: S608 - constants
    job_id="text",
)
SELECT_LOCALLY_OPEN = sql(
    f"SELECT id FROM media_attempt WHERE finished_at IS NULL AND node IN {LOCAL_NODES}"  # noqa: S608 - constant
)
LOSE_LEFTOVERS = sql(
    f"""
    UPDATE media_attempt SET state = 'lost', finished_at = kt_now()
    WHERE finished_at IS NULL AND node IN {LOCAL_NODES} AND EXISTS (
        SELECT 1 FROM job WHERE job.id = media_attempt.job_id
           AND job.finished_at < kt_now() - (SELECT grace FROM {{rows}})
    )
    """,  # noqa: S608 - constants
    grace="int",
)
COUNT_BAD = sql(
    """
    SELECT COALESCE(sum(CASE WHEN COALESCE(failure_kind, '')
                             IN ('incompatible', 'worker_fault', 'node_busy')
                             THEN 0 ELSE 1 END), 0),
           COALESCE(sum(CASE WHEN failure_kind = given.kind THEN 1 ELSE 0 END), 0)
    FROM {rows} JOIN media_attempt ON media_attempt.job_id = given.job_id
    WHERE state IN ('rejected', 'failed', 'lost')
    """,
    job_id="text",
    kind="text",
)
SELECT_LEFT_BEHIND = sql(
    f"""
    SELECT media_attempt.id FROM {{rows}} JOIN media_attempt ON media_attempt.node = given.node
    JOIN job ON job.id = media_attempt.job_id
    WHERE media_attempt.{IS_OPEN_ATTEMPT} AND job.finished_at < kt_now() - given.grace
    """,  # noqa: S608 - constant
    node="text",
    grace="int",
)
SELECT_RECENT_DURATIONS = sql(
    """
    SELECT media_attempt.finished_at - media_attempt.began_at FROM {rows} JOIN media_attempt
      ON media_attempt.node = given.node AND media_attempt.family = given.family
    JOIN job ON job.id = media_attempt.job_id AND job.task = given.task
    WHERE media_attempt.state = 'succeeded' AND media_attempt.began_at IS NOT NULL
    ORDER BY media_attempt.finished_at DESC LIMIT 20
    """,
    node="text",
    family="text",
    task="text",
)
SELECT_ENDED = sql(
    """
    SELECT given.id FROM {rows}
    JOIN media_attempt ON media_attempt.id BETWEEN given.least AND given.greatest
    WHERE media_attempt.finished_at IS NOT NULL
    """,
    id="text",
    least="text",
    greatest="text",
)


@dataclass(frozen=True, slots=True)
class StartedAttempt:
    """The attempt of a claimed job; if `is_adopted`, it is never sent again.

    `reported` is the engine's report as far as the worker before had stored it, and `handle` the
    node's own id of the attempt.
    """

    id: UUID
    is_adopted: bool
    handle: str | None = None
    reported: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BadAttempts:
    """Counts of a job's attempts that ended badly, and of those among them of one failure kind."""

    total: int
    same_kind: int


async def start_attempt(
    tx: Tx, claimed: ClaimedJob, report: StoredReport = NO_REPORT
) -> StartedAttempt:
    """Open an attempt for a claimed job, in the transaction that claims it.

    An attempt that still runs on a node is adopted instead. Others that were left open are marked
    lost first: a unique index allows one open attempt a job. `report` is known of the engine before
    it begins.
    """
    if claimed.adopted_attempt_id is not None:
        row = (claimed.adopted_attempt_id, claimed.fence)
        if await tx.change(ADOPT_ATTEMPT, [row]):
            [(reported, handle)] = await tx.read(SELECT_REPORT, [(claimed.adopted_attempt_id,)])
            return StartedAttempt(
                UUID(claimed.adopted_attempt_id),
                is_adopted=True,
                handle=handle,
                reported=json.loads(reported or "{}"),
            )
    attempt = uuid4()
    if claimed.fence > 1:
        await tx.change(LOSE_OPEN_ATTEMPT, [(claimed.job_id,)])
    values = (claimed.job_id, claimed.fence, claimed.node, claimed.node_epoch, claimed.family)
    await tx.write((INSERT_ATTEMPT, [(str(attempt), *values, report.upstream_json)]))
    return StartedAttempt(attempt, is_adopted=False)


async def update_attempt(
    session: Session,
    attempt: UUID,
    fence: int,
    state: AttemptState,
    report: StoredReport = NO_REPORT,
) -> None:
    """Update state and report of an open attempt, unless another claim has adopted it."""
    await session.change(UPDATE_ATTEMPT, [(str(attempt), fence, state, *_report_row(report))])


def _report_row(report: StoredReport) -> tuple[str | int | None, ...]:
    return (
        report.upstream_json,
        report.workflow_json,
        report.handle,
        report.cost_microusd,
        report.cost_state,
    )


async def close_attempt(
    session: Session,
    attempt: UUID,
    fence: int | None,
    state: AttemptState,
    kind: str | None = None,
    report: StoredReport = NO_REPORT,
) -> bool:
    """Close an attempt with its final state and the engine's report; the first end stands.

    Returns False if it has ended before, or a claim other than that of `fence` has adopted it;
    with None for `fence` any claim may own it.
    """
    row = (str(attempt), fence, state, kind, *_report_row(report))
    ended = await session.change(CLOSE_ATTEMPT, [row]) == 1
    if ended:
        session.run_after_commit(metrics.JOB_ATTEMPTS.labels(state).inc)
    return ended


async def mark_attempt_lost(session: Session, job_id: str) -> None:
    """Mark the open attempt of a job as lost, wherever it runs."""
    if await session.change(LOSE_OPEN_ATTEMPT, [(job_id,)]):
        session.run_after_commit(metrics.JOB_ATTEMPTS.labels(AttemptState.LOST).inc)


async def mark_orphaned_attempt_lost(session: Session, job_id: str) -> None:
    """Mark the open attempt of a job as lost if it died with its worker; on a node it runs on.

    One that was adopted three times is lost as well.
    """
    if await session.change(LOSE_ORPHANED_ATTEMPT, [(job_id,)]):
        session.run_after_commit(metrics.JOB_ATTEMPTS.labels(AttemptState.LOST).inc)


async def mark_leftover_attempts_lost(session: Session, grace: int) -> None:
    """Mark local attempts as lost that are open `grace` microseconds after their job ended.

    Their worker died before it closed them, and each would count as a running job of its account.
    """
    await session.change(LOSE_LEFTOVERS, [(grace,)])


async def count_bad_attempts(session: Session, job_id: str, kind: str | None = None) -> BadAttempts:
    """Count the attempts of a job that ended badly, in all and of one failure kind.

    `total` leaves out those that an incompatible or busy node did not take, and those of a worker
    at fault: the job may have others.
    """
    row = (await session.read(COUNT_BAD, [(job_id, kind)]))[0]
    return BadAttempts(int(row[0]), int(row[1]))


async def estimate_run_seconds(tx: Tx, claimed: ClaimedJob) -> float | None:
    """Return the median run of the last 20 jobs of this task and family on the node, or None."""
    if not claimed.is_on_node:
        return None
    return await find_usual_seconds(tx, claimed.node, claimed.family, claimed.task)


async def find_usual_seconds(tx: Tx, node: str, family: str | None, task: str) -> float | None:
    """Return the median run of the last 20 jobs of a task and family on a node, or None."""
    rows = await tx.read(SELECT_RECENT_DURATIONS, [(node, family, task)])
    return median(row[0] for row in rows) / SECOND if rows else None


async def list_leftover_node_attempts(tx: Tx, node: str, grace: int) -> list[UUID]:
    """Return the attempts open on a node `grace` microseconds after their job ended."""
    return [UUID(row[0]) for row in await tx.read(SELECT_LEFT_BEHIND, [(node, grace)])]


async def list_ended_attempts(tx: Tx, prompts: Sequence[tuple[str, str, str]]) -> list[UUID]:
    """Return the prompt ids among these whose attempt has ended.

    Each comes with the least and the greatest id that its attempt may have: a clip that is enlarged
    in segments is several prompts of one attempt.
    """
    return [UUID(row[0]) for row in await tx.read(SELECT_ENDED, prompts)]
