"""The `video` object of the OpenAI door: the wire form of a job that makes a clip."""

from datetime import datetime
from fractions import Fraction
from typing import Any

from gateway.media.jobs.job_schemas import Job, JobOutput
from gateway.media.states import JobState, Relation
from gateway.media.tasks.rules.adjustments import to_exact_rate, to_json_number

VIDEO_MODEL = "killatamata-video"
ID_PREFIX, JOB_PREFIX = "video_", "job_"
STATUSES = {
    JobState.QUEUED: "queued",
    JobState.RUNNING: "in_progress",
    JobState.SUCCEEDED: "completed",
    JobState.FAILED: "failed",
    JobState.CANCELED: "failed",
    JobState.EXPIRED: "failed",
}
ENDINGS = {
    JobState.CANCELED: ("canceled", "The job was canceled. Nothing was charged."),
    JobState.EXPIRED: ("expired", "The job did not start in time. Nothing was charged."),
}
FRAME_FIELDS = ("outputFrames", "durationFrames", "frames")
DONE_PERCENT = 100
SHORTEST_POLL_MS, LONGEST_POLL_MS = 2_000, 5_000


def to_video_id(job_id: str) -> str:
    """Return the id of a job's clip at this door."""
    return ID_PREFIX + job_id.removeprefix(JOB_PREFIX)


def to_job_id(video_id: str) -> str:
    """Return the job of a clip; an id of another form names no job."""
    return JOB_PREFIX + video_id.removeprefix(ID_PREFIX)


def render_video(job: Job) -> dict[str, Any]:
    """Return the video of a job that was read with its details."""
    settings = job.effective_input if isinstance(job.effective_input, dict) else {}
    output = job.outputs[0] if job.outputs else None
    parent = job.parent
    is_remix = parent is not None and parent.relation == Relation.REMIX
    return {
        "id": to_video_id(job.id),
        "object": "video",
        "created_at": to_unix_seconds(job.created_at),
        "completed_at": to_unix_seconds(job.finished_at),
        "expires_at": to_unix_seconds(job.outputs_expire_at),
        "model": VIDEO_MODEL,
        "status": STATUSES[job.status],
        "progress": _get_percent(job),
        "prompt": settings.get("prompt") or None,
        "seconds": format_seconds(settings, output),
        "size": _format_size(settings, output),
        "remixed_from_video_id": to_video_id(parent.job_id) if parent and is_remix else None,
        "error": _render_error(job),
    }


def compute_poll_ms(job: Job) -> int | None:
    """Return after how many milliseconds a client may read an open job again; None if it ended."""
    if job.poll_after_seconds is None:
        return None
    return max(SHORTEST_POLL_MS, min(LONGEST_POLL_MS, 1_000 * job.poll_after_seconds))


def format_seconds(settings: dict[str, Any], output: JobOutput | None) -> str:
    """Return the length of a clip: the time from its first to its last frame."""
    if output is not None and output.frames and output.fps:
        frames, fps = output.frames, to_exact_rate(output.fps)
    else:
        frames = next((settings[name] for name in FRAME_FIELDS if settings.get(name)), 0)
        fps = to_exact_rate(settings.get("fps") or 1)
    return str(to_json_number(Fraction(max(0, frames - 1)) / fps))


def to_unix_seconds(moment: str | None) -> int | None:
    """Return an ISO 8601 time as whole seconds since 1970; None stays None."""
    return None if moment is None else int(datetime.fromisoformat(moment).timestamp())


def _get_percent(job: Job) -> int:
    if job.status == JobState.SUCCEEDED:
        return DONE_PERCENT
    percent = 0 if job.progress is None else job.progress.percent or 0
    return min(percent, DONE_PERCENT - 1)


def _format_size(settings: dict[str, Any], output: JobOutput | None) -> str | None:
    sides = (
        (settings.get("width"), settings.get("height"))
        if output is None
        else (output.width, output.height)
    )
    return "x".join(map(str, sides)) if all(sides) else None


def _render_error(job: Job) -> dict[str, str] | None:
    if job.error is not None:
        return {"code": job.error.code, "message": f"{job.error.message} {job.error.hint}"}
    if job.status in ENDINGS:
        code, message = ENDINGS[job.status]
        return {"code": code, "message": message}
    return None
