"""Single jobs: look at, cancel, queue again, refund."""

from pathlib import Path
from typing import Any

from gateway.kit.clock import iso
from gateway.kit.database import Session
from gateway.kit.ids import Ids
from gateway.kit.money import both, usd
from gateway.media import tending
from gateway.operator.acting import Deed, Order, act
from gateway.operator.opening import opened, settings_for


async def show(data_dir: Path | None, job_id: str) -> dict[str, Any]:
    """Return how it stands with a job.

    Raises:
        NotFound: there is no such job.
    """
    async with opened(settings_for(data_dir)) as database, database.read() as snapshot:
        job = await tending.standing(snapshot, job_id)
    return {
        "jobId": job.id,
        "mode": job.book,
        "task": job.task,
        "status": job.state,
        "priceUsd": usd(job.price_microusd),
        "chargedUsd": usd(job.captured_microusd),
        "worker": job.worker,
        "errorCode": job.error_code,
        "endReason": job.end_reason,
        "requestId": job.request_id,
        "createdAt": iso(job.created_at),
        "startedAt": job.started_at and iso(job.started_at),
        "finishedAt": job.finished_at and iso(job.finished_at),
    }


async def cancel(order: Order, job_id: str) -> dict[str, Any]:
    """Cancel a job and release its price.

    Raises:
        NotFound, JobFinished: there is none, or it ended in another way.
    """

    async def work(session: Session) -> Deed:
        changed = await tending.cancel(session, job_id)
        return Deed(target=job_id, changed=changed, after={"status": "canceled"})

    return await act(order, "job.cancel", work)


async def requeue(order: Order, job_id: str) -> dict[str, Any]:
    """Take a running job from its worker and queue it again.

    Raises:
        NotFound, JobFinished: there is none, or it has ended.
    """

    async def work(session: Session) -> Deed:
        changed = await tending.requeue(session, job_id)
        return Deed(target=job_id, changed=changed, after={"status": "queued"})

    return await act(order, "job.requeue", work)


async def refund(order: Order, job_id: str) -> dict[str, Any]:
    """Give back what a job was charged, once.

    Raises:
        NotFound, ValueError: there is none, or it was charged nothing.
    """

    async def work(session: Session) -> Deed:
        changed, amount = await tending.refund(session, Ids(), job_id, order.reason)
        return Deed(target=job_id, changed=changed, after=both("refunded", amount))

    return await act(order, "job.refund", work)
