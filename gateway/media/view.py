"""A job on the wire, as a submit answers it and as a read shows it."""

import json
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from gateway.kit.clock import iso
from gateway.kit.money import both
from gateway.media.job_errors import explain
from gateway.media.nodes import engine_of
from gateway.media.tables import Attempt, Job, Output
from gateway.media.tasks.adjust import plain
from gateway.media.upstream import render_upstream

WAITING_STAGE = "waiting_for_node"
NO_NODE = {"percent": 0, "stage": WAITING_STAGE}
POLL_SECONDS = {"image": 1, "video": 5, "cpu": 2}
BILLING = {"queued": "reserved", "running": "reserved", "succeeded": "captured"}


def urls(job_id: str) -> dict[str, str]:
    """Return where a job is read, watched and canceled."""
    return {
        "get": f"/api/v1/media/jobs?jobId={job_id}",
        "events": f"/api/v1/media/jobs/events?jobId={job_id}",
        "cancel": "/api/v1/media/jobs/cancel",
    }


def billing(job: Job) -> dict[str, Any]:
    """Return what a job costs and what became of the reservation."""
    return {
        "state": BILLING.get(job.state, "released"),
        "currency": "USD",
        **both("price", job.price_microusd),
        **both("charged", job.captured_microusd or 0),
        "priceVersion": job.price_version,
        "breakdown": json.loads(job.breakdown_json),
    }


def shown(
    job: Job,
    outputs: Sequence[dict[str, Any]],
    queue_position: int | None,
    *,
    waits_for_node: bool = False,
) -> dict[str, Any]:
    """Return a job as a read shows it; `outputs` is their wire form."""
    progress = json.loads(job.progress_json) if job.progress_json else None
    available = [output["url"] for output in outputs if output["url"] is not None]
    return {
        "id": job.id,
        "jobId": job.id,
        "externalJobId": job.id,
        "task": job.task,
        "status": job.state,
        "livemode": job.book == "live",
        "version": job.version,
        "createdAt": iso(job.created_at),
        "startedAt": job.started_at and iso(job.started_at),
        "finishedAt": job.finished_at and iso(job.finished_at),
        "queuePosition": queue_position,
        "pollAfterSeconds": POLL_SECONDS[job.queue] if job.finished_at is None else None,
        "attempt": job.fence - (job.state in {"canceled", "expired"}),
        "progress": NO_NODE if waits_for_node else progress,
        "outputs": list(outputs),
        "downloadableOutputUrls": available,
        "outputsExpireAt": outputs[0]["expiresAt"] if outputs else None,
        "endReason": job.end_reason,
        "error": explain(job.error_code),
        "metadata": json.loads(job.metadata_json) if job.metadata_json else None,
        "projectId": job.project_id,
        "billing": billing(job),
        "urls": urls(job.id),
    }


def find_reported(attempts: Sequence[Attempt]) -> Attempt | None:
    """Return the last attempt that an engine reported of."""
    return next((each for each in reversed(attempts) if each.upstream_json is not None), None)


def details(job: Job, attempts: Sequence[Attempt], graph: str | None = None) -> dict[str, Any]:
    """Return what `includeDetails=1` adds; `graph` (JSON) is that of the last reported attempt."""
    last = find_reported(attempts)
    # A job of a release before 0.8 has its only report in its own row.
    reported = job.upstream_json if last is None else last.upstream_json
    return {
        "effectiveInput": json.loads(job.effective_input_json),
        "inputAdjustments": json.loads(job.adjustments_json),
        "warnings": json.loads(job.warnings_json),
        "attempts": [
            render_attempt(job, attempt, number) for number, attempt in enumerate(attempts, 1)
        ],
        "upstream": reported and render_upstream(json.loads(reported), graph),
    }


def render_attempt(job: Job, attempt: Attempt, number: int) -> dict[str, Any]:
    """Return one attempt of a job; the one whose claim made the job succeed was charged for."""
    settled = (job.state, attempt.state, attempt.fence) == ("succeeded", "succeeded", job.fence)
    reported = attempt.upstream_json
    return {
        "attempt": number,
        "node": attempt.node,
        "engine": engine_of(attempt.node),
        "startedAt": attempt.began_at and iso(attempt.began_at),
        "endedAt": attempt.finished_at and iso(attempt.finished_at),
        "outcome": attempt.state,
        "errorCode": attempt.failure_kind,
        "charged": settled,
        "upstream": reported and render_upstream(json.loads(reported)),
    }


def output(
    row: Output, *, now: int, url: str, poster_url: str | None, asset_id: str | None
) -> dict[str, Any]:
    """Return one output; after 48 hours it is expired, after the clean-up deleted.

    `asset_id` is the asset that keeps it, if one does.
    """
    state = "available" if now < row.expires_at else "expired"
    if row.deleted_at is not None:
        state = "deleted"
    here = state == "available"
    fps = None if row.fps is None else Fraction(row.fps)
    return {
        "index": row.index,
        "kind": row.kind,
        "state": state,
        "url": url if here else None,
        "posterUrl": poster_url if here else None,
        "mimeType": row.mime_type,
        "width": row.width,
        "height": row.height,
        "frames": row.frames,
        "fps": None if fps is None else plain(fps),
        "durationSeconds": float(row.frames / fps) if row.frames and fps else None,
        "hasAudio": bool(row.has_audio) if row.kind == "video" else None,
        "bytes": row.size_bytes,
        "sha256": row.sha256,
        "assetId": asset_id,
        "expiresAt": iso(row.expires_at),
    }
