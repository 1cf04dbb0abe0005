"""Lists of jobs, attempts and failed deliveries of all accounts, for operators."""

from collections.abc import Sequence

from sqlalchemy import func, select

from gateway.kit.database.sessions import Session, Snapshot
from gateway.media.oversight.operator_jobs import GIVEN_UP_STATES, JobRecord, to_operator_job
from gateway.media.tables import Attempt, Job, WebhookDelivery

MOST_LISTED = 50


async def list_operator_jobs(
    session: Session | Snapshot,
    *,
    state: str = "",
    task: str = "",
    node: str = "",
    accounts: Sequence[int] = (),
    before: str = "",
) -> list[JobRecord]:
    """Return the 50 newest jobs that match, older than `before`; `accounts` are ledger numbers."""
    statement = select(Job).order_by(Job.id.desc()).limit(MOST_LISTED)
    if state:
        statement = statement.where(Job.state == state)
    if task:
        statement = statement.where(Job.task == task)
    if node:
        statement = statement.where(Job.id.in_(select(Attempt.job_id).where(Attempt.node == node)))
    if accounts:
        statement = statement.where(Job.account_id.in_(accounts))
    if before:
        statement = statement.where(Job.id < before)
    return [to_operator_job(job) for job in await session.scalars(statement)]


async def list_attempts(session: Session | Snapshot, job_id: str) -> Sequence[Attempt]:
    """List the attempts of a job, the oldest first."""
    statement = (
        select(Attempt).where(Attempt.job_id == job_id).order_by(Attempt.submitted_at, Attempt.id)
    )
    return (await session.scalars(statement)).all()


async def count_given_up(session: Session | Snapshot) -> int:
    """Count the webhook deliveries that ended without reaching their receiver."""
    statement = select(func.count()).where(WebhookDelivery.state.in_(GIVEN_UP_STATES))
    return await session.scalar(statement) or 0
