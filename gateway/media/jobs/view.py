"""The wire form of a job: its outputs, attempts, billing and ETag."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256
from typing import TypedDict, cast

from pydantic import MISSING

from gateway.kit.clock import to_iso, to_iso_or_none
from gateway.kit.money import render_usd
from gateway.kit.wire.json_text import write_json
from gateway.library.facts import Kind
from gateway.media.jobs.job_errors import render_job_error
from gateway.media.jobs.job_schemas import Billing, JobOutput, JobParent, JobUrls, Progress
from gateway.media.jobs.job_schemas import Job as WireJob
from gateway.media.nodes.node_pool import get_engine
from gateway.media.nodes.upstream import render_upstream
from gateway.media.nodes.upstream_schemas import JobAttempt, Upstream
from gateway.media.states import AttemptState, BillingState, JobState, OutputState, Relation
from gateway.media.tables import Attempt, Job, Output
from gateway.media.tasks.base import ADJUSTMENTS_ADAPTER, WARNINGS_ADAPTER, Adjustment, InputWarning
from gateway.media.tasks.input_json import InputJson
from gateway.media.tasks.prices import Breakdown
from gateway.media.tasks.rules.adjustments import to_json_number

WAITING_STAGE = "waiting_for_node"
WAITING_PROGRESS = Progress(percent=0, stage=WAITING_STAGE, step=None, steps=None, eta_seconds=None)
POLL_SECONDS: Mapping[str, int] = {"image": 1, "video": 5, "cpu": 2}
BILLING_STATES: Mapping[JobState, BillingState] = {
    JobState.QUEUED: BillingState.RESERVED,
    JobState.RUNNING: BillingState.RESERVED,
    JobState.SUCCEEDED: BillingState.CAPTURED,
}


class JobDetails(TypedDict, total=False):
    """The fields of a job that only `includeDetails=1` shows."""

    effective_input: InputJson
    input_adjustments: list[Adjustment]
    warnings: list[InputWarning]
    attempts: list[JobAttempt]
    upstream: Upstream | None


def build_job_urls(job_id: str) -> JobUrls:
    """Return the paths at which a job is read, watched and canceled."""
    return JobUrls(
        get=f"/api/v1/media/jobs?jobId={job_id}",
        events=f"/api/v1/media/jobs/events?jobId={job_id}",
        cancel="/api/v1/media/jobs/cancel",
    )


def render_parent(job: Job) -> JobParent | None:
    """Render the result that a job was made from, None if it was made from none."""
    if job.parent_job_id is None or job.relation is None:
        return None
    return JobParent(
        job_id=job.parent_job_id,
        output_index=job.parent_index or 0,
        relation=Relation(job.relation),
    )


def render_billing(job: Job) -> Billing:
    """Render a job's price, and whether it is reserved, captured or released."""
    charged = job.captured_microusd or 0
    return Billing(
        state=BILLING_STATES.get(job.state, BillingState.RELEASED),
        price_usd=render_usd(job.price_microusd),
        price_microusd=job.price_microusd,
        charged_usd=render_usd(charged),
        charged_microusd=charged,
        price_version=job.price_version,
        breakdown=Breakdown.read(job.breakdown_json),
    )


def render_job(
    job: Job,
    outputs: Sequence[JobOutput],
    queue_position: int | None,
    *,
    waits_for_node: bool = False,
    details: JobDetails | None = None,
) -> WireJob:
    """Render a job with its outputs; `details` are the fields of `includeDetails=1`."""
    progress = WAITING_PROGRESS if waits_for_node else None
    if progress is None and job.progress_json is not None:
        progress = Progress.model_validate_json(job.progress_json, extra="ignore")
    return WireJob(
        id=job.id,
        job_id=job.id,
        external_job_id=job.id,
        task=job.task,
        status=job.state,
        livemode=job.book == "live",
        version=job.version,
        created_at=to_iso(job.created_at),
        started_at=to_iso_or_none(job.started_at),
        finished_at=to_iso_or_none(job.finished_at),
        queue_position=queue_position,
        poll_after_seconds=POLL_SECONDS[job.queue] if job.finished_at is None else None,
        # Cancel and expiry raise the fence too, without an attempt.
        attempt=job.fence - (job.state in {JobState.CANCELED, JobState.EXPIRED}),
        progress=progress,
        outputs=list(outputs),
        downloadable_output_urls=[each.url for each in outputs if each.url is not None],
        outputs_expire_at=outputs[0].expires_at if outputs else None,
        end_reason=job.end_reason,
        error=render_job_error(job.error_code),
        metadata=json.loads(job.metadata_json) if job.metadata_json else None,
        project_id=job.project_id,
        parent=render_parent(job),
        preset_ids=job.preset_ids.split(",") if job.preset_ids else [],
        billing=render_billing(job),
        urls=build_job_urls(job.id),
        **(details or JobDetails()),
    )


def compute_etag(job: Job, wire_job: WireJob, *, details: bool) -> str:
    """Return the ETag of a job as it is read: its version, with details also a hash of them.

    Details change without a version: a node lets go of a canceled attempt after the job has ended,
    a report comes before the next progress, and the prompt is erased after months.
    """
    # An output expires without a new version, so its state is a part of the ETag.
    states = "".join(output.state[0] for output in wire_job.outputs)
    if not details:
        return f'"{job.version}-{states}-0"'
    text = write_json([wire_job.effective_input, wire_job.attempts, wire_job.upstream])
    return f'"{job.version}-{states}-{sha256(text.encode()).hexdigest()[:32]}"'


def find_reported_attempt(job: Job, attempts: Sequence[Attempt]) -> Attempt | None:
    """Return the last attempt with an engine's report, None if the job's own row has one.

    Only workers of releases before attempts had reports write to the job's row, at success: so that
    report is later than any of an attempt.
    """
    if job.upstream_json is not None:
        return None
    return next((each for each in reversed(attempts) if each.upstream_json is not None), None)


def render_details(job: Job, attempts: Sequence[Attempt], graph: str | None = None) -> JobDetails:
    """Render the fields of `includeDetails=1`; `graph` (JSON) is of the last reported attempt."""
    last = find_reported_attempt(job, attempts)
    reported = job.upstream_json if last is None else last.upstream_json
    return {
        "effective_input": json.loads(job.effective_input_json),
        "input_adjustments": ADJUSTMENTS_ADAPTER.validate_json(
            job.adjustments_json, extra="ignore"
        ),
        "warnings": WARNINGS_ADAPTER.validate_json(job.warnings_json, extra="ignore"),
        "attempts": [
            render_attempt(job, attempt, number) for number, attempt in enumerate(attempts, 1)
        ],
        "upstream": None if reported is None else render_upstream(json.loads(reported), graph),
    }


def render_attempt(job: Job, attempt: Attempt, number: int) -> JobAttempt:
    """Render one attempt of a job; `charged` is the one whose claim made the job succeed."""
    won = job.state is JobState.SUCCEEDED and attempt.state is AttemptState.SUCCEEDED
    reported = attempt.upstream_json
    upstream = None if reported is None else render_upstream(json.loads(reported))
    engine = MISSING if upstream is None else upstream.engine
    return JobAttempt(
        attempt=number,
        node=attempt.node,
        engine=get_engine(attempt.node) if engine is MISSING else engine,
        started_at=to_iso_or_none(attempt.began_at),
        ended_at=to_iso_or_none(attempt.finished_at),
        outcome=attempt.state,
        error_code=attempt.failure_kind,
        charged=won and attempt.fence == job.fence,
        upstream=upstream,
    )


@dataclass(frozen=True, slots=True)
class OutputLinks:
    """The signed URLs of an output: its file, poster, preview pictures by size, preview clip."""

    file: str
    poster: str | None
    previews: Mapping[str, str]
    clip: str | None


def render_output(row: Output, *, now: int, urls: OutputLinks, asset_id: str | None) -> JobOutput:
    """Render one output; it is expired after 48 hours, and deleted once it or its bytes are.

    `asset_id` is the asset that keeps it, if any.
    """
    is_deleted = row.deleted_at is not None or row.hidden_at is not None
    is_available = not is_deleted and now < row.expires_at
    gone = OutputState.DELETED if is_deleted else OutputState.EXPIRED
    fps = None if row.fps is None else Fraction(row.fps)
    duration = read_duration(row)
    return JobOutput(
        index=row.index,
        kind=cast("Kind", row.kind),  # only `MadeOutput` writes the column, from a `Kind`
        state=OutputState.AVAILABLE if is_available else gone,
        url=urls.file if is_available else None,
        poster_url=urls.poster if is_available else None,
        preview_urls=dict(urls.previews) if is_available else {},
        preview_clip_url=urls.clip if is_available else None,
        placeholder=row.placeholder,
        mime_type=row.mime_type,
        width=row.width,
        height=row.height,
        frames=row.frames,
        fps=None if fps is None else to_json_number(fps),
        duration_seconds=None if duration is None else float(duration),
        has_audio=bool(row.has_audio) if row.kind == "video" else None,
        bytes=row.size_bytes,
        sha256=row.sha256,
        asset_id=asset_id if row.hidden_at is None else None,
        expires_at=to_iso(row.expires_at),
    )


def read_duration(row: Output) -> Fraction | None:
    """Return the exact seconds of a clip or sound, None for a picture.

    Rows of older releases hold only frames and rate.
    """
    if row.duration is not None:
        return Fraction(row.duration)
    return row.frames / Fraction(row.fps) if row.frames and row.fps else None
