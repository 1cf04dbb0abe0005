"""Sweeps of the agent: lost wake-ups, lost workers, requests that wait too long, old rows."""

from dataclasses import dataclass

from gateway.kit.clock import DAY, SECOND
from gateway.kit.database.sessions import Database
from gateway.kit.database.sql import Statement, sql
from gateway.kit.ids import Ids
from gateway.kit.queue import AGENT_QUEUE, Sweep, WakeUps
from gateway.studio.agent import requests as agent_requests
from gateway.studio.agent.tables import IS_OPEN

QUEUED, RUNNING = f"{IS_OPEN} AND state = 'queued'", f"{IS_OPEN} AND state = 'running'"
UNCLAIMED_REQUESTS = sql(
    f"SELECT id FROM agent_request WHERE {QUEUED} AND dispatch_after < kt_now() LIMIT 1"  # noqa: S608 - constant
)
DELAY_NEXT_WAKE_UP = sql(
    f"""
    UPDATE agent_request SET dispatch_after = kt_now() + {5 * SECOND}
    WHERE {QUEUED} AND dispatch_after < kt_now()
    """  # noqa: S608 - constant
)
END_LEASES = sql(f"UPDATE agent_request SET lease_expires_at = 0 WHERE {RUNNING}")  # noqa: S608 - constant
LOST_REQUESTS = sql(f"SELECT id FROM agent_request WHERE {RUNNING} AND lease_expires_at < kt_now()")  # noqa: S608 - constant
OVERDUE_REQUESTS = sql(
    f"SELECT id FROM agent_request WHERE {QUEUED} AND queue_timeout_at < kt_now()"  # noqa: S608 - constant
)
DELETE_OLD_EVENTS = sql(f"DELETE FROM agent_event WHERE created_at < kt_now() - {DAY}")  # noqa: S608 - constant
DELETE_OLD_QUOTES = sql(f"DELETE FROM agent_quote WHERE expires_at < kt_now() - {DAY}")  # noqa: S608 - constant


@dataclass(frozen=True, slots=True)
class AgentSweeps:
    """The sweeps of the agent; several processes may run them at once."""

    database: Database
    ids: Ids
    wakes: WakeUps

    def list_sweeps(self) -> list[Sweep]:
        """Return every sweep with its interval."""
        return [
            Sweep("agent wake-ups", 1, self.resend_wake_ups, UNCLAIMED_REQUESTS),
            Sweep("agent leases", 2, self.fail_lost_requests, LOST_REQUESTS),
            Sweep("agent queue", 5, self.expire_overdue_requests, OVERDUE_REQUESTS),
            Sweep("agent rows", 3_600, self.delete_old_rows),
        ]

    async def end_all_leases(self) -> None:
        """End every lease, at the start of the only process: they all belong to a dead one."""
        async with self.database.write() as session:
            await session.change(END_LEASES)

    async def resend_wake_ups(self) -> None:
        """Send a wake-up if a request waits that the broker may have lost; one wakes for all."""
        for request_id in await self._list_due_requests(UNCLAIMED_REQUESTS):
            async with self.database.write() as session:
                await session.change(DELAY_NEXT_WAKE_UP)
            self.wakes.send_soon(AGENT_QUEUE, request_id)

    async def fail_lost_requests(self) -> None:
        """Fail requests whose worker stopped renewing the lease, free of charge.

        They are not run again: the caller may have read half an answer, and decides.
        """
        for request_id in await self._list_due_requests(LOST_REQUESTS):
            async with self.database.write() as session:
                await agent_requests.fail_request(
                    session, self.ids, request_id, "agent_interrupted"
                )

    async def expire_overdue_requests(self) -> None:
        """Expire requests that no worker claimed in time."""
        for request_id in await self._list_due_requests(OVERDUE_REQUESTS):
            async with self.database.write() as session:
                await agent_requests.expire_request(session, self.ids, request_id)

    async def delete_old_rows(self) -> None:
        """Delete events after a day, and quotes a day after they expired."""
        async with self.database.write() as session:
            await session.change(DELETE_OLD_EVENTS)
            await session.change(DELETE_OLD_QUOTES)

    async def _list_due_requests(self, statement: Statement) -> list[str]:
        async with self.database.read() as snapshot:
            return [row[0] for row in await snapshot.read(statement)]
