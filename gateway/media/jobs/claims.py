"""Claims: the statements that take a job and begin it, and what a worker then knows of it.

A claim decides how long a job waits for an idle worker. So it takes few statements, all of which
the writer thread of SQLite or the driver of PostgreSQL runs without a session, and the UPDATE that
takes the job returns its values.
"""

import json
import socket
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.kit.clock import SECOND
from gateway.kit.database.sql import Row, Tx, sql
from gateway.kit.telemetry import metrics
from gateway.media.jobs import job_traces, webhook_events
from gateway.media.jobs.fairness import Candidate
from gateway.media.nodes import node_pool, placement, server_nodes
from gateway.media.tasks.input_json import InputJson
from gateway.media.tasks.rules.capacity import count_pixel_frames

WORKER_NAME = socket.gethostname()[:60]
# One claim at a time: two workers that count side by side would both see room below the limit of an
# account. A bitmap scan would read all waiting jobs of an account, where only the first is wanted.
LOCK_CLAIMS = "SELECT pg_advisory_xact_lock(72105), set_config('enable_bitmapscan', 'off', true)"
CLAIM_JOB = sql(
    """
    UPDATE job SET state = 'running', fence = fence + 1, version = version + 1,
        worker = given.worker_name, lease_expires_at = kt_now() + given.lease,
        progress_json = NULL, started_at = CASE WHEN given.begins = 1
            THEN COALESCE(started_at, kt_now()) ELSE started_at END
    FROM {rows} WHERE job.id = given.job_id AND job.state = 'queued'
    RETURNING id, account_id, task, webhook_json, created_at, started_at, fence,
        effective_input_json, inputs_json, run_limit_seconds, book, request_id, traceparent,
        project_id, keep, metadata_json, price_microusd
    """,
    job_id="text",
    worker_name="text",
    lease="int",
    begins="int",
)
BEGIN_JOB = sql(
    """
    UPDATE job SET started_at = kt_now(), version = version + 1
    FROM {rows} WHERE job.id = given.job_id AND job.fence = given.claim_fence
      AND job.state = 'running' AND job.started_at IS NULL
    RETURNING id, account_id, task, webhook_json, created_at, started_at
    """,
    job_id="text",
    claim_fence="int",
)
SELECT_INPUT = sql(
    "SELECT job.effective_input_json FROM {rows} JOIN job ON job.id = given.id", id="text"
)
_START_COLUMNS = 6


@dataclass(frozen=True, slots=True)
class FirstStart:
    """The first start of a job; times are microseconds since 1970."""

    job_id: str
    account: int
    task: str
    webhook_json: str | None
    created_at: int
    started_at: int

    async def queue_delivery(self, tx: Tx) -> None:
        """Queue the webhook of the start, in the transaction that writes it."""
        source = webhook_events.EventSource(self.job_id, self.account, self.webhook_json)
        await webhook_events.queue_delivery(tx, source, "job.started", self.started_at)

    def report(self) -> None:
        """Count the wait and record its span, after the commit."""
        job_traces.record_wait(self.job_id, self.created_at, self.started_at)
        waited = (self.started_at - self.created_at) / SECOND
        metrics.JOB_QUEUE_SECONDS.labels(self.task).observe(waited)


@dataclass(frozen=True, slots=True)
class ClaimedJob:
    """A job that a worker may run until its lease ends; every later step names its fence.

    `node` is the sandbox, the worker itself, or a node of the pool at `url`. `adopted_attempt_id`
    is the attempt that already runs there. `first_start` is set where the claim is the start.
    """

    job_id: str
    fence: int
    account: int
    task: str
    effective_input: InputJson
    inputs: Mapping[str, Sequence[str]]
    run_limit_seconds: int
    book: str = "test"
    request_id: str = ""
    traceparent: str | None = None
    project_id: str | None = None
    keep: bool = False
    node: str = node_pool.SANDBOX_ENGINE
    url: str = ""
    engine: str = ""
    node_epoch: int | None = None
    family: str | None = None
    adopted_attempt_id: str | None = None
    hops: int = 0
    price_microusd: int | None = None
    first_start: FirstStart | None = None

    @property
    def is_on_node(self) -> bool:
        """Return True if the job runs on a node of the pool."""
        return bool(self.url)


def build_claimed_job(row: Row, node_fields: Mapping[str, Any], *, begins: bool) -> ClaimedJob:
    """Build a claimed job from the row that its claim returned."""
    start = FirstStart(*row[:_START_COLUMNS])
    (
        fence,
        effective_input,
        inputs,
        run_limit,
        book,
        request_id,
        traceparent,
        project_id,
        keep,
        metadata,
        price,
    ) = row[_START_COLUMNS:]
    return ClaimedJob(
        job_id=start.job_id,
        fence=fence,
        account=start.account,
        task=start.task,
        effective_input=json.loads(effective_input),
        inputs=json.loads(inputs),
        run_limit_seconds=run_limit,
        book=book,
        request_id=request_id,
        traceparent=traceparent,
        project_id=project_id,
        keep=bool(keep),
        hops=server_nodes.read_hops(metadata),
        price_microusd=price,
        first_start=start if begins and fence == 1 else None,
        **node_fields,
    )


async def choose_node_fields(
    tx: Tx,
    candidate: Candidate,
    queue: str,
    places: Sequence[placement.Place],
    servers: Collection[str] | None,
) -> Mapping[str, Any] | None:
    """Return node, URL, epoch and family for a job, None if there is no place for it now."""
    if candidate.book == "test":
        return {"node": node_pool.SANDBOX_ENGINE}
    if queue == "cpu":
        return {"node": node_pool.WORKER_ENGINE}
    if (running := await placement.find_running_attempt(tx, candidate.job_id)) is not None:
        if not server_nodes.may_use(running.node, running.engine, servers):
            return None
        return {
            "node": running.node,
            "url": running.url,
            "engine": running.engine,
            "node_epoch": running.epoch,
            "family": running.family,
            "adopted_attempt_id": running.attempt_id,
        }
    [(effective_input,)] = await tx.read(SELECT_INPUT, [(candidate.job_id,)])
    size = count_pixel_frames(json.loads(effective_input))
    place = await placement.choose_place(
        tx, places, placement.PlacedWork(candidate.job_id, candidate.task, size, candidate.family)
    )
    if place is None:
        return None
    return {
        "node": place.name,
        "url": place.url,
        "engine": place.engine,
        "node_epoch": place.epoch,
        "family": place.abilities[candidate.task].family,
    }
