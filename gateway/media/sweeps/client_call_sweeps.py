"""Sweeps of client calls: a job whose client is not heard of any more is canceled, free.

By database time, so restarts change nothing. A cancel of a running job counts towards the hourly
limit of its account, like one that it asks for; beyond it the job runs on and is charged, and its
file is kept.
"""

from dataclasses import dataclass

from gateway.kit import faults, queue
from gateway.kit.clock import HOUR, SECOND
from gateway.kit.database.sessions import Database
from gateway.kit.database.sql import sql
from gateway.kit.errors import RateLimited
from gateway.kit.http.rate_limit import RateLimits
from gateway.kit.queue import Sweep
from gateway.media.client_calls.tables import HAS_NO_JOB, IS_UNSETTLED
from gateway.media.jobs import lifecycle
from gateway.media.states import OPEN_JOB_STATES, JobState

UNHEARD = 60 * SECOND
CLAIM = 10 * SECOND
KEPT, JOBLESS_KEPT = HOUR, 120 * SECOND
REASON = "client_gone"
BATCH_ROWS = 500

# A gateway that died after the submit has not written the job to the call: the stored answer of
# the submit, under the call's id, names it.
SELECT_UNHEARD = sql(
    f"""
    SELECT c.id, job.id, job.state, c.account_id, c.book FROM openai_call AS c
    LEFT JOIN idempotency AS i ON c.job_id IS NULL AND i.account_id = c.account_id
      AND i.book = c.book AND i.method = 'POST' AND i.path = c.route AND i.key = c.id
    JOIN job ON job.id = COALESCE(c.job_id, i.resource_id)
    WHERE c.delivered_at IS NULL AND c.left_at IS NULL AND c.heard_at < kt_now() - {UNHEARD}
    ORDER BY c.heard_at LIMIT {BATCH_ROWS}
    """  # noqa: S608 - constant
)
# All gateways sweep, and each would count a cancel: so one claims the call, by bringing its time
# back below the limit. If it dies then, the call is due again in some seconds.
CLAIM_UNHEARD = sql(
    f"""
    UPDATE openai_call SET heard_at = kt_now() - {UNHEARD - CLAIM}, job_id = given.job_id
    FROM {{rows}}
    WHERE openai_call.id = given.id AND {IS_UNSETTLED} AND heard_at < kt_now() - {UNHEARD}
    """,  # noqa: S608 - constant
    id="text",
    job_id="text",
)
# A retry that has adopted the call since has set a later time.
LEAVE_UNHEARD = sql(
    f"""
    UPDATE openai_call SET left_at = kt_now() FROM {{rows}}
    WHERE openai_call.id = given.id AND {IS_UNSETTLED} AND heard_at <= kt_now() - {UNHEARD - CLAIM}
    """,  # noqa: S608 - constant
    id="text",
)
DELETE_CALL = sql("DELETE FROM openai_call WHERE id IN (SELECT given.id FROM {rows})", id="text")
# Refused for the moment, and not asked for again: a later request for an equal picture is no retry.
DELETE_JOBLESS = sql(
    f"""
    DELETE FROM openai_call
    WHERE {IS_UNSETTLED} AND heard_at < kt_now() - {JOBLESS_KEPT} AND {HAS_NO_JOB}
    """  # noqa: S608 - constant
)
PURGE_CALLS = sql(
    f"""
    DELETE FROM openai_call WHERE id IN (
        SELECT c.id FROM openai_call AS c WHERE c.created_at < kt_now() - {KEPT}
          AND c.heard_at < kt_now() - {KEPT} AND NOT EXISTS (SELECT 1 FROM job
            WHERE job.id = c.job_id AND job.state IN ('queued', 'running'))
        ORDER BY c.created_at LIMIT {queue.PURGE_ROWS})
    """  # noqa: S608 - constant
)


@dataclass(frozen=True, slots=True)
class ClientCallSweeps:
    """The sweeps of client calls, over one database."""

    database: Database
    rates: RateLimits

    def list_sweeps(self) -> list[Sweep]:
        """Return every sweep with how often it runs."""
        return [
            Sweep("clients gone", 1, self.cancel_unheard_jobs, SELECT_UNHEARD),
            Sweep("refused client calls", 60, self.delete_jobless_calls),
            Sweep("old client calls", 600, self.purge_calls),
        ]

    async def cancel_unheard_jobs(self) -> None:
        """Cancel the open jobs of clients that were not heard of for a minute."""
        async with self.database.read() as snapshot:
            due = await snapshot.read(SELECT_UNHEARD)
        for call_id, job_id, state, account_id, book in due:
            async with self.database.write() as session:
                if not await session.change(CLAIM_UNHEARD, [(call_id, job_id)]):
                    continue
            cancels = state in OPEN_JOB_STATES and (
                state != JobState.RUNNING or await self._may_cancel(f"{account_id}:{book}")
            )
            await self._settle_call(call_id, job_id, cancels=cancels)

    async def _settle_call(self, call_id: str, job_id: str, *, cancels: bool) -> None:
        """Cancel the job of a call and delete the call, or let the job run on."""
        async with self.database.write() as session:
            # The row of the call first, then the job's, then the account's.
            if not await session.change(LEAVE_UNHEARD, [(call_id,)]):
                return
            if cancels and await lifecycle.cancel_open_job(session, job_id, REASON):
                await session.change(DELETE_CALL, [(call_id,)])
        await faults.reach("cancel.committed")

    async def _may_cancel(self, account: str) -> bool:
        """Count a cancel of a running job; return False if the account has used up its hour."""
        try:
            (await self.rates.count_request("cancel", account)).check()
        except RateLimited:
            return False
        return True

    async def delete_jobless_calls(self) -> None:
        """Delete calls that have no job and that nobody has asked for again."""
        async with self.database.write() as session:
            await session.change(DELETE_JOBLESS)

    async def purge_calls(self) -> None:
        """Delete calls that no retry can adopt any more."""
        await queue.purge_rows(self.database, PURGE_CALLS)
