"""Spans of jobs: the whole job, from its submit to its end, and the time that it waited."""

from functools import partial

from gateway.kit.database.sessions import Session
from gateway.kit.telemetry import tracing
from gateway.media.states import JobState
from gateway.media.tables import Job


def record_wait(job_id: str, created_at: int, started_at: int) -> None:
    """Record how long a job waited for its first start, after that was committed."""
    if tracing.is_recording():
        tracing.record_span("queued", job_id, started_at=created_at, ended_at=started_at)


def trace_end(session: Session, job: Job) -> None:
    """Record a job that has ended, as the first span of its trace, after the commit.

    It links to the request that made the job, and to the trace that its caller named.
    """
    if not tracing.is_recording():
        return
    session.run_after_commit(
        partial(
            tracing.record_span,
            "job",
            job.id,
            is_first=True,
            started_at=job.created_at,
            ended_at=job.finished_at or job.created_at,
            links=[
                tracing.find_address(job.request_id),
                tracing.parse_traceparent(job.traceparent),
            ],
            error=job.error_code if job.state == JobState.FAILED else None,
            attributes={
                "killatamata.job_id": job.id,
                "killatamata.request_id": job.request_id,
                "killatamata.task": job.task,
                "killatamata.book": job.book,
                "killatamata.state": job.state.value,
                "killatamata.attempts": job.fence,
            },
        )
    )
