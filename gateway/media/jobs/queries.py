"""Queries of jobs as their owner sees them: one, a page, or all that are open."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from sqlalchemy import func, select

from gateway.kit.database.sessions import Database, Session
from gateway.kit.errors import InvalidInput, NotFound
from gateway.kit.operation import Caller
from gateway.library.asset_queries import list_output_asset_ids
from gateway.media import schemas
from gateway.media.jobs import fairness, view
from gateway.media.jobs.job_rows import StoredJob, read_stored_job
from gateway.media.jobs.job_schemas import Job as WireJob
from gateway.media.jobs.job_schemas import JobOutput, JobPage
from gateway.media.jobs.outputs import OutputUrls
from gateway.media.nodes import fleet
from gateway.media.states import OPEN_JOB_STATES, JobState
from gateway.media.tables import Attempt, Job, Output

MOST_FOLLOWED = 100


async def get_own_job(session: Session, caller: Caller, job_id: str) -> Job:
    """Return a job of the caller's account.

    Raises:
        NotFound: there is none, or it belongs to another account.
    """
    statement = select(Job).where(Job.id == job_id, Job.account_id == caller.ledger_account)
    job = await session.scalar(statement)
    if job is None:
        raise NotFound
    return job


async def load_job(
    database: Database, files: OutputUrls, caller: Caller, job_id: str, *, details: bool = False
) -> tuple[Job, WireJob]:
    """Return a job of the caller's account, as its row and rendered.

    Raises:
        NotFound: see `get_own_job`.
    """
    if not details:
        stored = await database.inspect(
            lambda tx: read_stored_job(tx, caller.ledger_account, job_id)
        )
        if stored.job.state is not JobState.QUEUED:  # its place in the queue takes a longer read
            return stored.job, _render_stored_job(files, stored, database.clock.now())
    async with database.read() as snapshot:
        job = await get_own_job(snapshot, caller, job_id)
        job_details = {}
        if details:
            attempts = (await _load_attempts(snapshot, [job_id]))[job_id]
            graph = await _load_graph(snapshot, job, attempts)
            job_details = {job_id: view.render_details(job, attempts, graph)}
        (shown,) = await _render_jobs(snapshot, files, [job], database.clock.now(), job_details)
    return job, shown


def _render_stored_job(files: OutputUrls, stored: StoredJob, now: int) -> WireJob:
    outputs = [
        files.render_output(each, now, stored.asset_ids.get(each.index)) for each in stored.outputs
    ]
    return view.render_job(stored.job, outputs, None)


async def load_jobs(
    database: Database, files: OutputUrls, caller: Caller, job_ids: Collection[str]
) -> dict[str, WireJob]:
    """Return these jobs of the caller's account with details, by id; unknown ids are left out."""
    mine = select(Job).where(Job.account_id == caller.ledger_account, Job.id.in_(job_ids))
    async with database.read() as snapshot:
        jobs = (await snapshot.scalars(mine)).all()
        details = await _load_details(snapshot, jobs)
        shown = await _render_jobs(snapshot, files, jobs, database.clock.now(), details)
    return {one.id: one for one in shown}


async def render_stored_job(session: Session, files: OutputUrls, job: Job, *, now: int) -> WireJob:
    """Render a job's row with its outputs, within the caller's transaction."""
    (shown,) = await _render_jobs(session, files, [job], now)
    return shown


async def list_jobs(
    database: Database, files: OutputUrls, caller: Caller, query: schemas.JobQuery
) -> JobPage:
    """Return a page of the account's jobs, the newest first.

    Raises:
        InvalidInput: a parameter works only with `jobId`.
    """
    if query.wait_seconds or query.since_version is not None:
        raise InvalidInput("These parameters require `jobId`.", field="jobId")
    statement = select(Job).where(Job.account_id == caller.ledger_account)
    filters = {
        "status": Job.state == query.status,
        "task": Job.task == query.task,
        "project_id": Job.project_id == query.project_id,
        "created_after": Job.created_at > (query.created_after or 0),
        "created_before": Job.created_at < (query.created_before or 0),
        "cursor": Job.id < (query.cursor or ""),
    }
    statement = statement.where(
        *(f for name, f in filters.items() if getattr(query, name) is not None)
    )
    statement = statement.order_by(Job.id.desc()).limit(query.limit + 1)
    async with database.read() as snapshot:
        rows = (await snapshot.scalars(statement)).all()
        jobs = rows[: query.limit]
        details = await _load_details(snapshot, jobs) if query.include_details else {}
        shown = await _render_jobs(snapshot, files, jobs, database.clock.now(), details)
    return JobPage(data=shown, next_cursor=shown[-1].id if len(rows) > len(jobs) else None)


async def list_followed_jobs(
    database: Database, files: OutputUrls, caller: Caller, watched_ids: Collection[str]
) -> list[tuple[Job, WireJob]]:
    """Return an account's open jobs, newest first, then those of `watched_ids` that have ended."""
    mine = Job.account_id == caller.ledger_account
    statement = select(Job).where(mine, Job.state.in_(OPEN_JOB_STATES)).order_by(Job.id.desc())
    async with database.read() as snapshot:
        jobs = list((await snapshot.scalars(statement.limit(MOST_FOLLOWED))).all())
        if ended := set(watched_ids) - {job.id for job in jobs}:
            jobs += (await snapshot.scalars(select(Job).where(mine, Job.id.in_(ended)))).all()
        shown = await _render_jobs(snapshot, files, jobs, database.clock.now())
    return list(zip(jobs, shown, strict=True))


async def list_open_jobs(
    session: Session, files: OutputUrls, account: int, *, limit: int, now: int
) -> list[WireJob]:
    """Return the newest open jobs of an account, rendered."""
    statement = select(Job).where(Job.account_id == account, Job.state.in_(OPEN_JOB_STATES))
    jobs = (await session.scalars(statement.order_by(Job.id.desc()).limit(limit))).all()
    return await _render_jobs(session, files, jobs, now)


async def sum_open_versions(session: Session, account: int) -> int:
    """Return the sum of the versions of an account's open jobs.

    It rises with each change of them, so a page needs to be rendered again only when it differs.
    """
    statement = select(func.sum(Job.version)).where(
        Job.account_id == account, Job.state.in_(OPEN_JOB_STATES)
    )
    return int(await session.scalar(statement) or 0)


async def _load_attempts(session: Session, job_ids: Sequence[str]) -> dict[str, list[Attempt]]:
    attempts: dict[str, list[Attempt]] = defaultdict(list)
    statement = select(Attempt).where(Attempt.job_id.in_(job_ids)).order_by(Attempt.submitted_at)
    for attempt in await session.scalars(statement):
        attempts[attempt.job_id].append(attempt)
    return attempts


async def _load_details(session: Session, jobs: Sequence[Job]) -> dict[str, view.JobDetails]:
    attempts = await _load_attempts(session, [job.id for job in jobs])
    return {job.id: view.render_details(job, attempts[job.id]) for job in jobs}


async def _load_graph(session: Session, job: Job, attempts: Sequence[Attempt]) -> str | None:
    last = view.find_reported_attempt(job, attempts)
    if last is None:
        return None
    return await session.scalar(select(Attempt.workflow_json).where(Attempt.id == last.id))


async def _render_jobs(
    session: Session,
    files: OutputUrls,
    jobs: Sequence[Job],
    now: int,
    details: Mapping[str, view.JobDetails] = MappingProxyType({}),
) -> list[WireJob]:
    """Render jobs of one account, with the details of those that are in `details`."""
    outputs: dict[str, list[JobOutput]] = defaultdict(list)
    if made := [job.id for job in jobs if job.state == JobState.SUCCEEDED]:
        statement = (
            select(Output).where(Output.job_id.in_(made)).order_by(Output.job_id, Output.index)
        )
        kept = await list_output_asset_ids(session, made)
        for row in await session.scalars(statement):
            asset_id = kept.get((row.job_id, row.index))
            outputs[row.job_id].append(files.render_output(row, now, asset_id))
    lines = {(job.queue, job.book) for job in jobs if job.state == JobState.QUEUED}
    account = jobs[0].account_id if jobs else 0
    positions = await fairness.list_positions(session, account, lines)
    stranded = await fleet.find_jobs_without_node(session, jobs)
    return [
        view.render_job(
            job,
            outputs[job.id],
            positions.get(job.id),
            waits_for_node=job.id in stranded,
            details=details.get(job.id),
        )
        for job in jobs
    ]
