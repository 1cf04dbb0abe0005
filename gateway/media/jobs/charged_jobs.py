"""The jobs behind charges: what each was for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from gateway.kit.database.sessions import Session
from gateway.media.tables import Job

MOST_HOLDS = 1_000  # a database takes only so many values in one statement


@dataclass(frozen=True, slots=True)
class ChargedJob:
    """A charged job: its task, and its project if it is in one."""

    task: str
    project_id: str | None


async def find_charged_jobs(session: Session, hold_ids: Sequence[str]) -> Mapping[str, ChargedJob]:
    """Return the job of each of these holds that belongs to a job, by the id of the hold."""
    jobs: dict[str, ChargedJob] = {}
    for start in range(0, len(hold_ids), MOST_HOLDS):
        part = hold_ids[start : start + MOST_HOLDS]
        query = select(Job.hold_id, Job.task, Job.project_id).where(Job.hold_id.in_(part))
        for hold_id, task, project_id in await session.execute(query):
            jobs[hold_id] = ChargedJob(task, project_id)
    return jobs
