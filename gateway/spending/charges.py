"""Charges: what an account spent, and on what."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from gateway.kit.clock import to_utc_day
from gateway.kit.database.sessions import Database
from gateway.ledger.reports.postings import Posting, Span, read_postings
from gateway.ledger.states import SPENDING_CODES, TransferCode
from gateway.media.jobs.charged_jobs import find_charged_jobs

AGENT_TASK, API_TASK, OTHER_TASK = "agent", "api", "other"
REQUEST_PREFIX = "req_"


@dataclass(frozen=True, slots=True)
class Charge:
    """One charge: the UTC day, the key, and the task and project of its job.

    What is no job has the task `agent` (a message to the agent) or `api` (direct spending).
    """

    version: int
    at: int
    key_id: str | None
    task: str
    project_id: str | None
    amount_microusd: int

    @property
    def day(self) -> int:
        """Return the UTC day as days since 1970."""
        return to_utc_day(self.at)


async def read_charges(
    database: Database, span: Span, *, with_jobs: bool = True
) -> AsyncIterator[list[Charge]]:
    """Yield the charges of a span in parts, oldest first.

    Without `with_jobs` a charge of a job has no project, and not the task of the job.
    """
    async for postings in read_postings(database, span):
        yield await find_charges(database, postings, with_jobs=with_jobs)


async def find_charges(
    database: Database, postings: Sequence[Posting], *, with_jobs: bool = True
) -> list[Charge]:
    """Return the charges among postings."""
    spent = [each for each in postings if each.code in SPENDING_CODES]
    hold_ids = [each.hold_id for each in spent if each.hold_id is not None]
    if not with_jobs or not hold_ids:
        return [_build_charge(each, None, None) for each in spent]
    async with database.read() as snapshot:
        jobs = await find_charged_jobs(snapshot, hold_ids)
    charges = []
    for each in spent:
        job = jobs.get(each.hold_id or "")
        charges.append(
            _build_charge(each, None, None)
            if job is None
            else _build_charge(each, job.task, job.project_id)
        )
    return charges


def _build_charge(posting: Posting, task: str | None, project_id: str | None) -> Charge:
    if task is None:
        of_agent = posting.reference.startswith(REQUEST_PREFIX)
        task = AGENT_TASK if of_agent else OTHER_TASK
        if posting.code == TransferCode.CONSUME:
            task = API_TASK
    return Charge(
        posting.version, posting.at, posting.key_id, task, project_id, -posting.amount_microusd
    )
