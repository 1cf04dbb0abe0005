"""Jobs of the last day by hour, and the jobs that each node runs, for the pages of operators."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select

from gateway.kit.clock import DAY, HOUR, SECOND
from gateway.kit.database.sessions import Snapshot
from gateway.kit.ids import build_lowest_id
from gateway.media.states import JobState
from gateway.media.tables import Attempt, Job

HOURS = 24
LONGEST_LIFE = 3 * DAY  # a job that ended today was submitted within it


@dataclass(frozen=True, slots=True, kw_only=True)
class JobHour:
    """One hour: how its jobs ended, and for how long those that began in it had waited."""

    started_at: int
    ended: Mapping[JobState, int]
    mean_wait_seconds: int


async def load_job_hours(snapshot: Snapshot, now: int) -> list[JobHour]:
    """Return the last 24 hours, the current one last."""
    last = now // HOUR
    since = (last - HOURS + 1) * HOUR
    is_recent = Job.id >= build_lowest_id("job", since - LONGEST_LIFE)
    ended: dict[int, dict[JobState, int]] = defaultdict(dict)
    end_hour = (Job.finished_at // HOUR).label("hour")
    counts = (
        select(end_hour, Job.state, func.count())
        .where(is_recent, Job.finished_at >= since)
        .group_by("hour", Job.state)
    )
    for hour, state, number in await snapshot.execute(counts):
        ended[int(hour or 0)][state] = int(number)
    start_hour = (Job.started_at // HOUR).label("hour")
    waits = (
        select(start_hour, func.sum(Job.started_at - Job.created_at), func.count())
        .where(is_recent, Job.started_at >= since)
        .group_by("hour")
    )
    means = {
        int(hour or 0): int(total or 0) // int(number) // SECOND
        for hour, total, number in await snapshot.execute(waits)
    }
    return [
        JobHour(started_at=hour * HOUR, ended=ended[hour], mean_wait_seconds=means.get(hour, 0))
        for hour in range(last - HOURS + 1, last + 1)
    ]


async def load_node_jobs(snapshot: Snapshot) -> dict[str, list[str]]:
    """Return the jobs that each node works on now, by its name."""
    statement = select(Attempt.node, Attempt.job_id).where(Attempt.finished_at.is_(None))
    jobs: dict[str, list[str]] = defaultdict(list)
    for node, job_id in await snapshot.execute(statement):
        jobs[node].append(job_id)
    return jobs
