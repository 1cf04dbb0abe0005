"""Leases of the jobs that this worker runs: renewed, their progress written, their loss noticed.

The problem: another worker may own a job at any moment, for this one may have been silent for
longer than its lease, and a canceled job has no owner at all. The way: one loop asks the database
once a second for the state and fence of every job that it holds, and stops the task of each that is
no longer this worker's. The invariants: a lease is (job, fence), and every statement names both, so
a late renewal or late progress changes no row of the next owner; no error ends the loop, and
nothing that hangs holds it up for long, else all leases of a healthy worker would run out together.
So it has one connection, used by nobody else. After a network that dropped packets every older
connection is dead without a sign. From a shared pool the loop would try one after the other.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from gateway.kit.database.sessions import ConnectionLost, Database, TransactionConflict
from gateway.kit.errors import Unavailable
from gateway.media.jobs.claims import ClaimedJob
from gateway.media.jobs.lifecycle import (
    LEASE,
    RENEW_LEASE,
    RENEW_SECONDS,
    SELECT_STATE,
    SET_PROGRESS,
)
from gateway.media.states import OPEN_JOB_STATES, JobState
from workers.jobs.progress import ProgressMeter
from workers.pipelines.base import STOP_JOB_ENDED, STOP_LEASE_LOST, STOP_SHUTDOWN

TICK_SECONDS = 1.0
STATEMENT_SECONDS = 3.0
log = logging.getLogger("workers.leases")


@dataclass(slots=True)
class Lease:
    """The lease of one running job; `task` is stopped when this worker loses the job."""

    claimed: ClaimedJob
    meter: ProgressMeter
    task: asyncio.Task[None]
    is_stopped: bool = False

    def stop(self, reason: str) -> None:
        """Cancel the task, once.

        A second cancel would break off its handling of the first, which waits until the node has
        let go of the attempt.
        """
        if not self.is_stopped:
            self.is_stopped = True
            self.task.cancel(reason)


class Leases:
    """All leases of one worker, looked after by one loop with one statement for all of them."""

    def __init__(self, database: Database) -> None:
        self.database = database.sibling(1, STATEMENT_SECONDS)
        self._held: dict[tuple[str, int], Lease] = {}
        self._loop: asyncio.Task[None] | None = None
        self.is_closed = False

    def start(self) -> None:
        """Start the loop that looks after leases."""
        self._loop = asyncio.create_task(self._run_loop())

    async def stop(self) -> None:
        """Take no more leases, stop every running job and wait for it, then stop the loop."""
        self.is_closed = True
        tasks = [lease.task for lease in self._held.values()]
        for task in tasks:
            # Not by `Lease.stop`: a shutdown also breaks off a stopped job's wait for its node.
            task.cancel(STOP_SHUTDOWN)
        # The loop goes on meanwhile: a job that takes long to let go may not lose its lease.
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._loop is not None:
            self._loop.cancel()
            with suppress(asyncio.CancelledError):
                await self._loop
        await self.database.close()

    @asynccontextmanager
    async def hold(self, lease: Lease) -> AsyncIterator[None]:
        """Look after a lease while its job runs in the block; after `stop` it ends at once."""
        self._held[(lease.claimed.job_id, lease.claimed.fence)] = lease
        # `stop` may have come between the claim and here, and has not seen this lease.
        if self.is_closed:
            lease.task.cancel(STOP_SHUTDOWN)
        try:
            yield
        finally:
            self._held.pop((lease.claimed.job_id, lease.claimed.fence), None)

    async def _run_loop(self) -> None:
        renew_at = time.monotonic() + RENEW_SECONDS
        while True:
            await asyncio.sleep(TICK_SECONDS)
            now = time.monotonic()
            if self._held:
                try:
                    await self._tick(renew=now >= renew_at)
                    # Only now: a renewal that failed is due again at the next tick.
                    if now >= renew_at:
                        renew_at = now + RENEW_SECONDS
                except (TransactionConflict, ConnectionLost, Unavailable) as error:
                    log.warning("leases not renewed: %s", type(error).__name__)
                except Exception:  # the loop goes on: without it every lease would run out
                    log.exception("leases not renewed")

    async def _tick(self, *, renew: bool) -> None:
        """Write progress, renew if it is time, then stop each job that is no longer ours."""
        leases = list(self._held.values())
        ours = [(lease.claimed.job_id, lease.claimed.fence) for lease in leases]
        progress = [
            (lease.claimed.job_id, lease.claimed.fence, text)
            for lease in leases
            if (text := lease.meter.take_update()) is not None
        ]
        if renew or progress:
            async with self.database.write() as session:
                if progress:
                    await session.change(SET_PROGRESS, progress)
                for job_id, _, _ in progress:
                    session.notify_after_commit(job_id)
                if renew:
                    await session.change(RENEW_LEASE, [(*row, LEASE) for row in ours])
        # The renewal changed only rows with our fence; this reads which of the jobs had another.
        async with self.database.read() as snapshot:
            rows = await snapshot.read(SELECT_STATE, [(job_id,) for job_id, _ in ours])
        current = {job_id: (state, fence) for job_id, state, fence in rows}
        for lease in leases:
            state, fence = current[lease.claimed.job_id]
            if (state, fence) != (JobState.RUNNING, lease.claimed.fence):
                # An open job has gone to the queue or another worker, which may adopt what runs.
                lease.stop(STOP_LEASE_LOST if state in OPEN_JOB_STATES else STOP_JOB_ENDED)
