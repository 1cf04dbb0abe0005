"""Single jobs: look at, cancel, queue again, refund."""

from typing import Any

from gateway.identity import finding
from gateway.kit.clock import iso
from gateway.kit.database import Session
from gateway.kit.ids import Ids
from gateway.kit.money import both
from gateway.ledger import accounts
from gateway.ledger.finding import of_hold
from gateway.ledger.states import Phase
from gateway.media import surveying, tending
from gateway.media.states import JobState
from gateway.operator.acting import Deed, Order, act
from gateway.operator.opening import Where, database_at

MOVES = {
    ("hold", Phase.PENDING): "held",
    ("hold", Phase.POST): "captured",
    ("hold", Phase.VOID): "released",
    ("adjust", Phase.SINGLE): "refunded",
}


async def listed(
    where: Where,
    *,
    state: str = "",
    task: str = "",
    node: str = "",
    account_id: str = "",
    before: str = "",
) -> list[dict[str, Any]]:
    """Return the 50 newest jobs below an id: of a state, a task, a node, an account, or all.

    Raises:
        NotFound: there is no such account.
    """
    async with database_at(where) as database, database.read() as snapshot:
        numbers: list[int] = []
        if account_id:
            owner = await finding.account_named(snapshot, account_id)
            numbers = [await accounts.number_of(snapshot, owner, b) for b in accounts.BOOKS]
        found = await surveying.jobs(
            snapshot, state=state, task=task, node=node, accounts=numbers, before=before
        )
        owners = await accounts.owners_of(snapshot, [job.account for job in found])
    return [shown(job, owners[job.account]) for job in found]


async def show(where: Where, job_id: str) -> dict[str, Any]:
    """Return how it stands with a job: its tries on nodes, and each transfer of its money.

    Raises:
        NotFound: there is no such job.
    """
    async with database_at(where) as database, database.read() as snapshot:
        job = await tending.standing(snapshot, job_id)
        owners = await accounts.owners_of(snapshot, [job.account])
        tries = await surveying.attempts_of(snapshot, job_id)
        moves = await of_hold(snapshot, job.hold_id, job.book, tending.refunded_as(job_id))
    return shown(job, owners[job.account]) | {
        "attempts": [
            {
                "attemptId": each.id,
                "node": each.node,
                "state": each.state,
                "failure": each.failure_kind,
                "submittedAt": each.submitted_at and iso(each.submitted_at),
                "beganAt": each.began_at and iso(each.began_at),
                "finishedAt": each.finished_at and iso(each.finished_at),
            }
            for each in tries
        ],
        "money": [
            {
                "transferId": each.id,
                "what": MOVES.get((each.code, each.phase), f"{each.code} {each.phase}"),
                **both("amount", each.amount_microusd),
                "at": iso(each.created_at),
            }
            for each in moves
        ],
    }


def shown(job: tending.Standing, account_id: str) -> dict[str, Any]:
    """Return how it stands with a job, and whose it is."""
    return {
        "jobId": job.id,
        "accountId": account_id,
        "mode": job.book,
        "task": job.task,
        "status": job.state,
        **both("price", job.price_microusd),
        **both("charged", job.captured_microusd),
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
        return Deed(target=job_id, changed=changed, after={"status": JobState.CANCELED})

    return await act(order, "job.cancel", work)


async def requeue(order: Order, job_id: str) -> dict[str, Any]:
    """Take a running job from its worker and queue it again.

    Raises:
        NotFound, JobFinished: there is none, or it has ended.
    """

    async def work(session: Session) -> Deed:
        changed = await tending.requeue(session, job_id)
        return Deed(target=job_id, changed=changed, after={"status": JobState.QUEUED})

    return await act(order, "job.requeue", work)


async def refund(order: Order, job_id: str) -> dict[str, Any]:
    """Give back what a job was charged, once.

    Raises:
        NotFound, ValueError: there is none, or it was charged nothing.
    """

    async def work(session: Session) -> Deed:
        changed, amount = await tending.refund(session, Ids(), job_id)
        return Deed(target=job_id, changed=changed, after=both("refunded", amount))

    return await act(order, "job.refund", work)
