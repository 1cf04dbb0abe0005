"""The loop that renews leases, over a database that fails."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy.engine import make_url

from gateway.kit.clock import SECOND
from gateway.kit.database.sessions import SESSION_CONNECTIONS, ConnectionLost, Database
from gateway.kit.database.sql import sql
from gateway.media.jobs import lifecycle
from gateway.media.jobs.claims import ClaimedJob
from gateway.media.jobs.lifecycle import RENEW_LEASE
from gateway.media.states import JobState
from tests.databases import DatabaseCopies
from tests.fault_proxy import FaultProxy
from tests.rows import insert_row
from tests.services.postgres import PostgresServer
from workers.jobs import leases
from workers.jobs.leases import Lease, Leases
from workers.jobs.progress import ProgressMeter
from workers.jobs.run_clock import RunClock

pytestmark = pytest.mark.anyio
PATIENCE_SECONDS = 60
SELECT_LEASE = sql("SELECT lease_expires_at FROM job")
CLAIMED = ClaimedJob("job_1", 1, 1, "image.generate", {}, {}, 60)


class RunningJob:
    """A snapshot in which the job still runs under our fence."""

    async def read(self, _statement: object, _rows: object) -> list[tuple[Any, ...]]:
        return [("job_1", JobState.RUNNING, 1)]


class FailingDatabase:
    """A database whose first two writes are refused; then it works."""

    def __init__(self) -> None:
        self.write_count = 0
        self.has_renewed = asyncio.Event()

    def sibling(self, _max_connections: int, _statement_seconds: float) -> "FailingDatabase":
        return self

    async def close(self) -> None:
        """Close nothing."""

    @asynccontextmanager
    async def write(self) -> AsyncIterator["FailingDatabase"]:
        self.write_count += 1
        if self.write_count <= 2:
            raise ConnectionLost
        yield self

    @asynccontextmanager
    async def read(self) -> AsyncIterator[RunningJob]:
        yield RunningJob()

    async def change(self, statement: object, _rows: object) -> int:
        if statement is RENEW_LEASE:
            self.has_renewed.set()
        return 1


async def test_a_renewal_that_failed_is_made_at_the_next_tick(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(leases, "TICK_SECONDS", 0.01)
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


async def read_lease(database: Database) -> int | None:
    async with database.read() as snapshot:
        ((expires_at,),) = await snapshot.read(SELECT_LEASE)
    return None if expires_at is None else int(expires_at)


async def wait_for_renewal(database: Database, seconds: float) -> None:
    """Wait until the end of the lease is another than now."""
    before = await read_lease(database)
    async with asyncio.timeout(seconds):
        while await read_lease(database) == before:  # noqa: ASYNC110 - a row has no event
            await asyncio.sleep(0.05)


async def test_leases_are_renewed_soon_after_all_connections_died_without_a_sign(
    postgres: PostgresServer, postgres_copies: DatabaseCopies, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not postgres.is_ours:
        pytest.skip("the way to the server is not ours to break")
    monkeypatch.setattr(leases, "TICK_SECONDS", 0.1)
    monkeypatch.setattr(leases, "RENEW_SECONDS", 0.5)
    monkeypatch.setattr(leases, "STATEMENT_SECONDS", 1.0)
    url = make_url(copy := postgres_copies.take())
    job = asyncio.create_task(asyncio.Event().wait())
    lease = Lease(CLAIMED, ProgressMeter({}, None, RunClock()), cast("asyncio.Task[None]", job))
    async with AsyncExitStack() as stack:
        way = stack.enter_context(FaultProxy(Path(str(url.query["host"])) / ".s.PGSQL.5432"))
        there = url.set(host="127.0.0.1", port=way.port, query={})
        worker, direct = Database(there.render_as_string(hide_password=False)), Database(copy)
        stack.push_async_callback(direct.close)
        stack.push_async_callback(worker.close)
        async with direct.write() as session:
            await insert_row(session, "job", id="job_1", state="running", fence=1, price_microusd=1)
        async with AsyncExitStack() as jobs:  # they have used every connection of the worker
            for _ in range(SESSION_CONNECTIONS):
                await (await jobs.enter_async_context(worker.read())).read(SELECT_LEASE)
        held = Leases(worker)
        held.start()
        stack.push_async_callback(held.stop)
        stack.callback(job.cancel)
        async with held.hold(lease):
            await wait_for_renewal(direct, PATIENCE_SECONDS)
            way.swallow_open_connections()
            await wait_for_renewal(direct, lifecycle.LEASE / SECOND)
            assert not job.done()
    postgres_copies.give_back(copy)
