"""The jobs this worker runs: their leases renewed, their progress written, their loss noticed."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from gateway.kit.database import Clash, ConnectionLost, Database
from gateway.kit.errors import Unavailable
from gateway.media.lifecycle import (
    LEASE,
    PROGRESS,
    RENEW,
    RENEW_SECONDS,
    STANDING,
    Claimed,
)
from gateway.media.states import OPEN_JOB_STATES, JobState
from workers.progress import Meter

TICK_SECONDS = 1.0
SHUTDOWN, ENDED, TAKEN, OVERTIME = "shutdown", "ended", "taken", "overtime"
LEFT_ALONE = {SHUTDOWN, TAKEN}  # whoever claims the job next adopts what runs on a node
log = logging.getLogger("workers.leases")


@dataclass(slots=True)
class Lease:
    """One running job; `task` is stopped when the job is no longer ours."""

    claimed: Claimed
    meter: Meter
    task: asyncio.Task[None]
    stopped: bool = False

    def stop(self, reason: str) -> None:
        """Stop the task, once: it may take its time to see the node let go."""
        if not self.stopped:
            self.stopped = True
            self.task.cancel(reason)


class Leases:
    """All leases of one worker, looked after by one loop, one statement for all of them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._held: dict[tuple[str, int], Lease] = {}
        self._loop: asyncio.Task[None] | None = None
        self.closed = False

    def start(self) -> None:
        """Begin looking after leases."""
        self._loop = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Take no more leases, stop every job still running, then the loop."""
        self.closed = True
        tasks = [lease.task for lease in self._held.values()]
        for task in tasks:
            task.cancel(SHUTDOWN)
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._loop is not None:
            self._loop.cancel()
            with suppress(asyncio.CancelledError):
                await self._loop

    @asynccontextmanager
    async def holding(self, lease: Lease) -> AsyncIterator[None]:
        """Look after one lease while its job runs; after `stop` the job stops at once."""
        self._held[(lease.claimed.job_id, lease.claimed.fence)] = lease
        if self.closed:
            lease.task.cancel(SHUTDOWN)
        try:
            yield
        finally:
            self._held.pop((lease.claimed.job_id, lease.claimed.fence), None)

    async def _run(self) -> None:
        ticks = 0
        while True:
            await asyncio.sleep(TICK_SECONDS)
            ticks += 1
            if self._held:
                try:
                    await self._tick(renew=ticks % RENEW_SECONDS == 0)
                except (Clash, ConnectionLost, Unavailable) as error:
                    log.warning("leases not renewed: %s", type(error).__name__)
                except Exception:
                    log.exception("leases not renewed")

    async def _tick(self, *, renew: bool) -> None:
        leases = list(self._held.values())
        ours = [(lease.claimed.job_id, lease.claimed.fence) for lease in leases]
        progress = [
            (lease.claimed.job_id, lease.claimed.fence, text)
            for lease in leases
            if (text := lease.meter.take()) is not None
        ]
        if renew or progress:
            async with self._database.write() as session:
                if progress:
                    await session.change(PROGRESS, progress)
                for job_id, _, _ in progress:
                    session.tell(job_id)
                if renew:
                    await session.change(RENEW, [(*row, LEASE) for row in ours])
        async with self._database.read() as snapshot:
            rows = await snapshot.read(STANDING, [(job_id,) for job_id, _ in ours])
        standing = {job_id: (state, fence) for job_id, state, fence in rows}
        for lease in leases:
            state, fence = standing[lease.claimed.job_id]
            if (state, fence) != (JobState.RUNNING, lease.claimed.fence):
                lease.stop(TAKEN if state in OPEN_JOB_STATES else ENDED)
