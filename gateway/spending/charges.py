"""Charges: what an account spent, and on what."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from gateway.kit.caller import Caller
from gateway.kit.clock import to_utc_day
from gateway.kit.database.sessions import Database, Session
from gateway.kit.roles import Role, has_role
from gateway.ledger.policies import list_member_spenders
from gateway.ledger.reports.postings import (
    Posting,
    Span,
    find_span,
    read_postings,
    sum_jobless_charges,
)
from gateway.ledger.states import SPENDING_CODES, TransferCode
from gateway.media.jobs.charged_jobs import ChargedJob, find_charged_jobs
from gateway.media.usage import Period
from gateway.studio.agent.charged_requests import find_charged_projects

AGENT_TASK, API_TASK, OTHER_TASK = "agent", "api", "other"
REQUEST_PREFIX = "req_"


@dataclass(frozen=True, slots=True)
class Charge:
    """One charge: the UTC day, the key, and the task and project of what was charged.

    That is a job, or a message to the agent (its task is `agent`), or direct spending (`api`),
    which is in no project.
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
    database: Database, span: Span, *, with_origins: bool = True
) -> AsyncGenerator[list[Charge], None]:
    """Yield the charges of a span in parts, oldest first.

    Without `with_origins` no charge has a project, and those of jobs not their task.
    """
    async with aclosing(read_postings(database, span)) as parts:
        async for postings in parts:
            yield await find_charges(database, postings, with_origins=with_origins)


async def load_jobless_total(database: Database, caller: Caller, days: Period) -> int:
    """Return what a caller may see of the charges in these days that are of no job, in micro-USD.

    These are messages to the agent and direct spending; `media.usage` has those of jobs.
    """
    async with database.read() as snapshot:
        span = await find_span(snapshot, caller.ledger_account, *days.bounds)
        visible = await find_visible_spenders(snapshot, caller)
    sums = await sum_jobless_charges(database, span)
    return sum(
        charged for spender, charged in sums.items() if visible is None or spender in visible
    )


async def find_visible_spenders(session: Session, caller: Caller) -> frozenset[str] | None:
    """Return the spenders whose charges a caller may see; None: all of the account.

    Owners and admins of a team see everybody's, other members their own.
    """
    if caller.member_policy_id is None or has_role(caller.role, Role.ADMIN):
        return None
    return frozenset(await list_member_spenders(session, caller.member_policy_id))


async def find_charges(
    database: Database, postings: Sequence[Posting], *, with_origins: bool = True
) -> list[Charge]:
    """Return the charges among postings."""
    spent = [each for each in postings if each.code in SPENDING_CODES]
    jobs, projects = await _find_origins(database, spent) if with_origins else ({}, {})
    return [
        _build_charge(
            each,
            jobs.get(each.hold_id) if each.hold_id else None,
            projects.get(each.hold_id) if each.hold_id else None,
        )
        for each in spent
    ]


async def _find_origins(
    database: Database, charges: Sequence[Posting]
) -> tuple[Mapping[str, ChargedJob], Mapping[str, str]]:
    """Return the jobs of charges, and the projects of messages to the agent, by their holds."""
    hold_ids = [each.hold_id for each in charges if each.hold_id is not None]
    async with database.read() as snapshot:
        jobs = await find_charged_jobs(snapshot, hold_ids)
        rest = [hold_id for hold_id in hold_ids if hold_id not in jobs]
        return jobs, await find_charged_projects(snapshot, rest)


def _build_charge(posting: Posting, job: ChargedJob | None, message_project: str | None) -> Charge:
    if job is not None:
        task, project_id = job.task, job.project_id
    else:
        task, project_id = _name_task(posting), message_project
    return Charge(
        posting.version, posting.at, posting.key_id, task, project_id, -posting.amount_microusd
    )


def _name_task(posting: Posting) -> str:
    """Return the task of a charge that is no job's."""
    if posting.code == TransferCode.CONSUME:
        return API_TASK
    return AGENT_TASK if posting.reference.startswith(REQUEST_PREFIX) else OTHER_TASK
