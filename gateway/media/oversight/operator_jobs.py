"""Jobs and webhook deliveries of any account, as operators see and change them."""

import json
from dataclasses import dataclass
from typing import TypedDict
from urllib.parse import urlsplit

from sqlalchemy import select

from gateway.kit.clock import to_iso, to_iso_or_none
from gateway.kit.database.sessions import Session, Snapshot
from gateway.kit.errors import NotFound
from gateway.kit.ids import Ids
from gateway.ledger import transfers
from gateway.ledger.accounts.owners import get_account_owners
from gateway.ledger.reports.transfer_search import is_transfer_recorded
from gateway.media.errors import JobFinished
from gateway.media.jobs import attempts, lifecycle
from gateway.media.jobs.claims import ClaimedJob
from gateway.media.states import OPEN_JOB_STATES, DeliveryState, JobState
from gateway.media.tables import Job, WebhookDelivery
from gateway.media.webhooks.deliveries import REQUEUE_DELIVERY
from gateway.media.webhooks.sender import TryEntry

CANCEL_REASON = "operator"
MOST_LISTED = 100
GIVEN_UP_STATUS, GIVEN_UP_STATES = "given-up", (DeliveryState.FAILED, DeliveryState.STOPPED)


@dataclass(frozen=True, slots=True)
class JobRecord:
    """A job as an operator sees it; amounts in micro-USD, times in microseconds since 1970."""

    id: str
    account: int
    book: str
    task: str
    state: JobState
    price_microusd: int
    captured_microusd: int
    fence: int
    worker: str | None
    error_code: str | None
    end_reason: str | None
    request_id: str
    hold_id: str
    created_at: int
    started_at: int | None
    finished_at: int | None


async def get_operator_job(session: Session | Snapshot, job_id: str) -> JobRecord:
    """Return a job as operators see it: owner, money, lease and errors.

    Raises:
        NotFound: there is no such job.
    """
    statement = select(Job).where(Job.id == job_id).execution_options(populate_existing=True)
    job = (await session.scalars(statement)).first()
    if job is None:
        raise NotFound
    return to_operator_job(job)


def to_operator_job(job: Job) -> JobRecord:
    """Return the operators' view of a job's row."""
    return JobRecord(
        job.id, job.account_id, job.book, job.task, job.state, job.price_microusd,
        job.captured_microusd or 0, job.fence, job.worker, job.error_code, job.end_reason,
        job.request_id, job.hold_id, job.created_at, job.started_at, job.finished_at,
    )  # fmt: skip


async def cancel_job(session: Session, job_id: str) -> bool:
    """Cancel a job and release its price; False if it was canceled before.

    Raises:
        NotFound: there is no such job.
        JobFinished: it has ended in another way.
    """
    job = await get_operator_job(session, job_id)
    if job.state == JobState.CANCELED:
        return False
    if not await lifecycle.cancel_open_job(session, job_id, CANCEL_REASON):
        raise JobFinished
    return True


async def requeue_job(session: Session, job_id: str) -> bool:
    """Take a running job from its worker and queue it again; False if it is queued.

    Raises:
        NotFound: there is no such job.
        JobFinished: it has ended, and its price is settled.
    """
    job = await get_operator_job(session, job_id)
    if job.state not in OPEN_JOB_STATES:
        raise JobFinished
    claimed = ClaimedJob(job_id, job.fence, job.account, job.task, {}, {}, 0)
    await attempts.mark_attempt_lost(session, job_id)
    return await lifecycle.requeue_job(session, claimed)


async def refund_job(session: Session, ids: Ids, job_id: str) -> tuple[bool, int]:
    """Give back the price that a job was charged, once, as a new transfer from revenue.

    Returns: True if it was given back now, and the amount in micro-USD.

    Raises:
        NotFound: there is no such job.
        ValueError: it was charged nothing.
    """
    job = await get_operator_job(session, job_id)
    amount = job.captured_microusd
    if not amount:
        raise ValueError(f"{job_id} is {job.state} and was charged nothing")
    reference = build_refund_reference(job_id)
    if await is_transfer_recorded(session, job.book, "adjust", reference, job.account, amount):
        return False, amount
    await transfers.credit_account(
        session,
        ids,
        account=job.account,
        book=job.book,
        code="adjust",
        reference=reference,
        amount_microusd=amount,
        source=transfers.House.REVENUE,
        category="paid",
        description="job refunded by the operator",
    )
    return True, amount


def build_refund_reference(job_id: str) -> str:
    """Return the reference of a job's refund, by which it is given back only once."""
    return f"refund:{job_id}"


class ListedDelivery(TypedDict):
    """A webhook delivery as operators see it."""

    deliveryId: str
    jobId: str
    accountId: str | None
    type: str
    status: str
    host: str | None
    retries: int
    lastTry: TryEntry | None
    createdAt: str
    nextTryAt: str | None


async def list_webhook_deliveries(session: Snapshot, status: str | None) -> list[ListedDelivery]:
    """Return the newest webhook deliveries of all accounts, of one status or of all.

    `given-up` are those that failed or that the receiver stopped.
    """
    statement = select(WebhookDelivery).order_by(WebhookDelivery.id.desc()).limit(MOST_LISTED)
    if status == GIVEN_UP_STATUS:
        statement = statement.where(WebhookDelivery.state.in_(GIVEN_UP_STATES))
    elif status:
        statement = statement.where(WebhookDelivery.state == status)
    rows = list(await session.scalars(statement))
    owners = await get_account_owners(session, [each.account_id for each in rows])
    return [
        {
            "deliveryId": each.id,
            "jobId": each.job_id,
            "accountId": owners.get(each.account_id),
            "type": each.type,
            "status": each.state,
            "host": urlsplit(each.url).hostname,
            "retries": each.retries,
            "lastTry": next(reversed(json.loads(each.tries_json)), None),
            "createdAt": to_iso(each.created_at),
            "nextTryAt": to_iso_or_none(each.next_try_at),
        }
        for each in rows
    ]


async def requeue_delivery(session: Session, delivery_id: str) -> bool:
    """Queue a webhook delivery to be sent again at once; False if it is being sent now.

    Raises:
        NotFound: there is no such delivery.
    """
    if await session.get(WebhookDelivery, delivery_id) is None:
        raise NotFound
    return await session.change(REQUEUE_DELIVERY, [(delivery_id,)]) == 1
