"""The clips of an account: a page of the jobs that make them, and deleting one."""

from sqlalchemy import exists, func, select, update

from gateway.kit.database.sessions import Database, Session
from gateway.kit.database.sql import get_database_time
from gateway.kit.errors import NotFound
from gateway.kit.operation import Caller
from gateway.library.asset_queries import is_kept
from gateway.media.jobs import queries
from gateway.media.jobs.job_schemas import Job as WireJob
from gateway.media.jobs.outputs import OutputUrls
from gateway.media.tables import Job, Output
from gateway.media.tasks.catalogue import TASKS

VIDEO_TASKS = frozenset(name for name, task in TASKS.items() if task.output_kind == "video")


async def load_video(
    database: Database, files: OutputUrls, caller: Caller, job_id: str, *, is_listed: bool = True
) -> WireJob:
    """Return the job of a clip with its details; `is_listed` refuses one that was deleted.

    Raises:
        NotFound: there is none, it makes no clip, or its owner deleted it.
    """
    job, shown = await queries.load_job(database, files, caller, job_id, details=True)
    if job.task not in VIDEO_TASKS or (is_listed and job.unlisted_at is not None):
        raise NotFound
    return shown


async def list_videos(
    database: Database,
    files: OutputUrls,
    caller: Caller,
    *,
    after: str | None,
    limit: int,
    oldest_first: bool,
) -> tuple[list[WireJob], bool]:
    """Return a page of the jobs that make clips, with details, and whether more follow.

    `after` is the job behind which the page begins. Deleted clips are left out.
    """
    hidden = exists().where(Output.job_id == Job.id, Output.hidden_at.is_not(None))
    statement = select(Job.id).where(
        Job.account_id == caller.ledger_account,
        Job.task.in_(VIDEO_TASKS),
        Job.unlisted_at.is_(None),
        ~hidden,
    )
    if after is not None:
        statement = statement.where(Job.id > after if oldest_first else Job.id < after)
    order = Job.id.asc() if oldest_first else Job.id.desc()
    async with database.read() as snapshot:
        ids = (await snapshot.scalars(statement.order_by(order).limit(limit + 1))).all()
    jobs = await queries.load_jobs(database, files, caller, ids[:limit])
    return [jobs[job_id] for job_id in ids[:limit]], len(ids) > limit


async def delete_video(session: Session, caller: Caller, job_id: str) -> None:
    """Leave a clip out of the list, and delete its bytes unless an asset keeps them.

    The bytes go after the ten minutes in which the result can be restored; until then an open job
    that uses them keeps them too. A clip that was deleted before stays so.

    Raises:
        NotFound: there is no such clip.
    """
    now = await get_database_time(session)
    mine = (Job.id == job_id, Job.account_id == caller.ledger_account, Job.task.in_(VIDEO_TASKS))
    since = func.coalesce(Job.unlisted_at, now)
    deleted = await session.execute(
        update(Job).where(*mine).values(unlisted_at=since).returning(Job.id)
    )
    if deleted.one_or_none() is None:
        raise NotFound
    shown = (Output.job_id == job_id, Output.hidden_at.is_(None))
    await session.execute(
        update(Output)
        .where(*shown, ~is_kept(Output.job_id, Output.index))
        .values(hidden_at=now)
        .execution_options(synchronize_session=False)
    )
