"""The loop that renews leases, over a database that fails and hangs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest

from gateway.kit.database.sessions import ConnectionLost, Database
from gateway.media.jobs.lifecycle import RENEW_LEASE, ClaimedJob
from gateway.media.states import JobState
from workers.jobs import leases
from workers.jobs.leases import Lease, Leases
from workers.jobs.progress import ProgressMeter
from workers.jobs.run_clock import RunClock

pytestmark = pytest.mark.anyio
CLAIMED = ClaimedJob("job_1", 1, 1, "image.generate", {}, {}, 60)


class RunningJob:
    """A snapshot in which the job still runs under our fence."""

    async def read(self, _statement: object, _rows: object) -> list[tuple[Any, ...]]:
        return [("job_1", JobState.RUNNING, 1)]


class FailingDatabase:
    """A database whose first write is refused and whose second hangs; then it works."""

    def __init__(self) -> None:
        self.write_count = 0
        self.has_renewed = asyncio.Event()

    @asynccontextmanager
    async def write(self) -> AsyncIterator["FailingDatabase"]:
        self.write_count += 1
        if self.write_count == 1:
            raise ConnectionLost
        if self.write_count == 2:
            await asyncio.Event().wait()
        yield self

    @asynccontextmanager
    async def read(self) -> AsyncIterator[RunningJob]:
        yield RunningJob()

    async def change(self, statement: object, _rows: object) -> int:
        if statement is RENEW_LEASE:
            self.has_renewed.set()
        return 1


async def test_a_renewal_that_failed_or_hung_is_made_at_the_next_tick(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(leases, "TICK_SECONDS", 0.01)
    monkeypatch.setattr(leases, "HUNG_SECONDS", 0.05)
    monkeypatch.setattr(leases, "RENEW_SECONDS", 1.0)
    database = FailingDatabase()
    held = Leases(cast("Database", database))
    job = asyncio.create_task(asyncio.Event().wait())
    lease = Lease(CLAIMED, ProgressMeter({}, None, RunClock()), cast("asyncio.Task[None]", job))
    started = asyncio.get_running_loop().time()
    held.start()
    async with held.hold(lease), asyncio.timeout(10):
        await database.has_renewed.wait()
    assert asyncio.get_running_loop().time() - started < 2.5
    assert database.write_count == 3
    await held.stop()
    job.cancel()
