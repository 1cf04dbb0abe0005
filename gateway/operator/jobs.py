"""Acts on jobs: list, read, cancel, queue again, refund."""

from typing import TypedDict

from gateway.identity.accounts import account_search
from gateway.kit.clock import to_iso, to_iso_or_none
from gateway.kit.database.sessions import Session
from gateway.kit.ids import Ids
from gateway.kit.money import render_usd, to_amount_fields
from gateway.ledger.accounts import owners as accounts
from gateway.ledger.reports.transfer_search import list_hold_transfers
from gateway.ledger.states import Phase
from gateway.media.oversight import operator_jobs, operator_lists
from gateway.media.states import JobState
from gateway.operator.acts import ActOutcome, OperatorOrder, OutcomeFields, perform_act
from gateway.operator.gateway_location import GatewayLocation, open_database_at


class OperatorJob(TypedDict):
    """A job as operators see it: owner, money, times and error."""

    jobId: str
    accountId: str
    mode: str
    task: str
    status: JobState
    priceUsd: str
    priceMicrousd: int
    chargedUsd: str
    chargedMicrousd: int
    worker: str | None
    errorCode: str | None
    endReason: str | None
    requestId: str
    createdAt: str
    startedAt: str | None
    finishedAt: str | None


class AttemptRow(TypedDict):
    """One attempt of a job on a node."""

    attemptId: str
    node: str
    state: str
    failure: str | None
    submittedAt: str | None
    beganAt: str | None
    finishedAt: str | None


class TransferRow(TypedDict):
    """One transfer of a job's money; `what` is a word such as `held`."""

    transferId: str
    what: str
    amountUsd: str
    amountMicrousd: int
    at: str


class JobDetails(OperatorJob, TypedDict):
    """A job with its attempts and the transfers of its money."""

    attempts: list[AttemptRow]
    money: list[TransferRow]


TRANSFER_WORDS = {
    ("hold", Phase.PENDING): "held",
    ("hold", Phase.POST): "captured",
    ("hold", Phase.VOID): "released",
    ("adjust", Phase.SINGLE): "refunded",
}


async def list_jobs(
    where: GatewayLocation,
    *,
    state: str = "",
    task: str = "",
    node: str = "",
    account_id: str = "",
    before: str = "",
) -> list[OperatorJob]:
    """List the 50 newest jobs below an id: of a state, a task, a node, an account, or all.

    Raises:
        NotFound: there is no such account.
    """
    async with open_database_at(where) as database, database.read() as snapshot:
        numbers: list[int] = []
        if account_id:
            owner = await account_search.get_account_id(snapshot, account_id)
            numbers = [
                await accounts.get_account_number(snapshot, owner, b) for b in accounts.BOOKS
            ]
        rows = await operator_lists.list_operator_jobs(
            snapshot, state=state, task=task, node=node, accounts=numbers, before=before
        )
        owners = await accounts.get_account_owners(snapshot, [job.account for job in rows])
    return [render_operator_job(job, owners[job.account]) for job in rows]


async def get_job_details(where: GatewayLocation, job_id: str) -> JobDetails:
    """Return a job as operators see it, with its attempts and each transfer of its money.

    Raises:
        NotFound: there is no such job.
    """
    async with open_database_at(where) as database, database.read() as snapshot:
        job = await operator_jobs.get_operator_job(snapshot, job_id)
        owners = await accounts.get_account_owners(snapshot, [job.account])
        attempts = await operator_lists.list_attempts(snapshot, job_id)
        transfers = await list_hold_transfers(
            snapshot, job.hold_id, job.book, operator_jobs.build_refund_reference(job_id)
        )
    return {
        **render_operator_job(job, owners[job.account]),
        "attempts": [
            {
                "attemptId": attempt.id,
                "node": attempt.node,
                "state": attempt.state,
                "failure": attempt.failure_kind,
                "submittedAt": to_iso_or_none(attempt.submitted_at),
                "beganAt": to_iso_or_none(attempt.began_at),
                "finishedAt": to_iso_or_none(attempt.finished_at),
            }
            for attempt in attempts
        ],
        "money": [
            {
                "transferId": each.id,
                "what": TRANSFER_WORDS.get((each.code, each.phase), f"{each.code} {each.phase}"),
                "amountUsd": render_usd(each.amount_microusd),
                "amountMicrousd": each.amount_microusd,
                "at": to_iso(each.created_at),
            }
            for each in transfers
        ],
    }


def render_operator_job(job: operator_jobs.JobRecord, account_id: str) -> OperatorJob:
    """Render a job as operators see it, with its owner."""
    return {
        "jobId": job.id,
        "accountId": account_id,
        "mode": job.book,
        "task": job.task,
        "status": job.state,
        "priceUsd": render_usd(job.price_microusd),
        "priceMicrousd": job.price_microusd,
        "chargedUsd": render_usd(job.captured_microusd),
        "chargedMicrousd": job.captured_microusd,
        "worker": job.worker,
        "errorCode": job.error_code,
        "endReason": job.end_reason,
        "requestId": job.request_id,
        "createdAt": to_iso(job.created_at),
        "startedAt": to_iso_or_none(job.started_at),
        "finishedAt": to_iso_or_none(job.finished_at),
    }


async def cancel(order: OperatorOrder, job_id: str) -> OutcomeFields:
    """Cancel a job and release its price.

    Raises:
        NotFound, JobFinished: there is none, or it ended in another way.
    """

    async def work(session: Session) -> ActOutcome:
        changed = await operator_jobs.cancel_job(session, job_id)
        return ActOutcome(target=job_id, changed=changed, after={"status": JobState.CANCELED})

    return await perform_act(order, "job.cancel", work)


async def requeue(order: OperatorOrder, job_id: str) -> OutcomeFields:
    """Take a running job from its worker and queue it again.

    Raises:
        NotFound, JobFinished: there is none, or it has ended.
    """

    async def work(session: Session) -> ActOutcome:
        changed = await operator_jobs.requeue_job(session, job_id)
        return ActOutcome(target=job_id, changed=changed, after={"status": JobState.QUEUED})

    return await perform_act(order, "job.requeue", work)


async def refund(order: OperatorOrder, job_id: str) -> OutcomeFields:
    """Refund the charge of a job, once.

    Raises:
        NotFound, ValueError: there is none, or it was charged nothing.
    """

    async def work(session: Session) -> ActOutcome:
        changed, amount = await operator_jobs.refund_job(session, Ids(), job_id)
        return ActOutcome(
            target=job_id, changed=changed, after=to_amount_fields("refunded", amount)
        )

    return await perform_act(order, "job.refund", work)
