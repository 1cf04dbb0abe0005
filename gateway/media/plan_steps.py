"""Steps of approval plans: the ends of their jobs, and the outputs that a later step uses."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from gateway.kit.database.sessions import Session, Snapshot
from gateway.kit.database.sql import sql
from gateway.media.errors import MediaNotFound, SourceNotReady
from gateway.media.inputs.kept_media import find_kept_media, to_stored_media
from gateway.media.inputs.resolver import JOB_URL, STEP_URL
from gateway.media.jobs.job_errors import render_job_error
from gateway.media.jobs.job_schemas import JobError
from gateway.media.states import OPEN_JOB_STATES, JobState
from gateway.media.stored_media import StoredMedia
from gateway.media.tables import Job, Output
from gateway.media.tasks.base import Plan

SELECT_STATES = sql(
    "SELECT job.id, job.state, job.error_code FROM {rows} JOIN job ON job.id = given.id", id="text"
)
SELECT_PROGRESS = sql(
    "SELECT job.id, job.progress_json FROM {rows} JOIN job ON job.id = given.id", id="text"
)

COUNT_QUEUED = sql(
    """
    SELECT count(job.id) FROM {rows}
    LEFT JOIN job ON job.state = 'queued' AND (given.book = 'test' OR job.book = given.book)
    """,
    book="text",
)


def build_has_ended_sql(column: str) -> str:
    """Return the SQL condition that the job whose id is in a column has ended."""
    return f"EXISTS (SELECT 1 FROM job WHERE job.id = {column} AND job.finished_at IS NOT NULL)"  # noqa: S608 - a name of ours


async def count_queued_jobs(session: Session, book: str) -> int:
    """Count the waiting jobs that take up the queue of a book: for live only the live ones."""
    ((number,),) = await session.read(COUNT_QUEUED, [(book,)])
    return int(number)


async def load_job_ends(
    session: Session, job_ids: Sequence[str]
) -> dict[str, tuple[JobState, JobError | None]]:
    """Return, of the jobs that have ended, the final state and the rendered error."""
    rows = await session.read(SELECT_STATES, [(job_id,) for job_id in job_ids]) if job_ids else []
    return {
        row[0]: (JobState(row[1]), render_job_error(row[2]))
        for row in rows
        if row[1] not in OPEN_JOB_STATES
    }


async def load_percents(snapshot: Snapshot, job_ids: Sequence[str]) -> dict[str, int]:
    """Return the progress of each of these jobs in percent; 0 without any yet."""
    rows = (
        await snapshot.read(SELECT_PROGRESS, [(job_id,) for job_id in job_ids]) if job_ids else []
    )
    return {row[0]: int(json.loads(row[1] or "{}").get("percent") or 0) for row in rows}


async def resolve_promised_media(
    session: Session, account: int, plan: Plan, jobs: Mapping[str, str]
) -> Plan:
    """Return a plan with its promised media replaced by the outputs that were made.

    Price and sizes stay. `jobs` are the jobs of earlier steps, by the key of the step.

    Raises:
        SourceNotReady: a job has not ended yet, or did not succeed.
        MediaNotFound: its output was deleted.
    """
    made: dict[str, StoredMedia] = {}
    for one in (each for many in plan.media.values() for each in many if not each.key):
        made[one.source] = await _load_made_output(session, account, one.source, jobs)
    if not made:
        return plan
    media = {
        name: [made.get(each.source, each) for each in many] for name, many in plan.media.items()
    }
    described = {source: one.describe() for source, one in made.items()}
    return replace(
        plan, media=media, effective_input=_replace_descriptions(plan.effective_input, described)
    )


async def _load_made_output(
    session: Session, account: int, source: str, jobs: Mapping[str, str]
) -> StoredMedia:
    step, job_url = STEP_URL.fullmatch(source), JOB_URL.fullmatch(source)
    match = step or job_url
    if match is None:  # pragma: no cover - nothing else is ever promised
        raise MediaNotFound
    job_id, index = jobs[match[1]] if step else match[1], int(match[2])
    job = await session.get(Job, job_id)
    if job is None or job.account_id != account:
        raise MediaNotFound
    if job.state != JobState.SUCCEEDED:
        raise SourceNotReady(f"{job_id} is {job.state}.", jobId=job_id, jobStatus=job.state)
    output = await session.get(Output, (job_id, index))
    made = None
    if output is not None and output.hidden_at is None:
        is_stored = output.deleted_at is None
        made = to_stored_media(job, output) if is_stored else None
        made = made or await find_kept_media(session, job, index)
    if made is None:
        raise MediaNotFound(f"Output {index} of {job_id} has been deleted.")
    return made


def _replace_descriptions(value: Any, described: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON value
    """Return an effective input with these descriptions, by source, in place of promised media."""
    if isinstance(value, list):
        return [_replace_descriptions(each, described) for each in value]
    if not isinstance(value, dict):
        return value
    if value.get("source") in described:
        return described[value["source"]]
    return {name: _replace_descriptions(each, described) for name, each in value.items()}
