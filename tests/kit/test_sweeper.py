import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from gateway.kit import queue
from gateway.kit.database.sessions import ConnectionLost, Database, Snapshot
from gateway.kit.database.sql import Statement, sql
from gateway.kit.queue import Sweep, Sweeper

pytestmark = pytest.mark.anyio
BEAT, LONG, WAIT_SECONDS = 0.01, 3600, 60
ALWAYS, NEVER = sql("SELECT 1"), sql("SELECT 1 WHERE 1 = 0")
LIST_LEFT = sql("SELECT id FROM pot")
TAKE_FIRST = sql("DELETE FROM pot WHERE id = (SELECT min(id) FROM pot)")


class CountedWork:
    """Work that counts its runs."""

    def __init__(self) -> None:
        self.done = 0
        self._reached = asyncio.Condition()

    async def __call__(self) -> None:
        async with self._reached:
            self.done += 1
            self._reached.notify_all()

    async def wait_until_done(self, times: int) -> None:
        async with asyncio.timeout(WAIT_SECONDS), self._reached:
            await self._reached.wait_for(lambda: self.done >= times)


@asynccontextmanager
async def run_sweeps(database: Database, *sweeps: Sweep) -> AsyncIterator[None]:
    sweeper = Sweeper(database, sweeps)
    sweeper.start()
    try:
        yield
    finally:
        await sweeper.stop()


def count_reads(database: Database, monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """Return a list that grows with every session that reads."""
    reads: list[None] = []
    read = database.read

    def noted() -> object:
        reads.append(None)
        return read()

    monkeypatch.setattr(database, "read", noted)
    return reads


async def test_the_questions_of_one_moment_are_one_read(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = count_reads(database, monkeypatch)
    questions: Sequence[Statement] = (ALWAYS, NEVER, sql("SELECT 2"), sql("SELECT kt_now()"))
    works = [CountedWork() for _ in questions]
    sweeps = [Sweep(f"{n}", LONG, work, questions[n]) for n, work in enumerate(works)]
    async with run_sweeps(database, *sweeps):
        for work in works:
            await work.wait_until_done(1)
    assert len(reads) == 1


@pytest.mark.parametrize("outage", ["refused", "hung"])
async def test_a_sweep_that_needs_calm_rests_after_an_outage_of_the_database(
    database: Database, monkeypatch: pytest.MonkeyPatch, outage: str
) -> None:
    calm, eager, read, is_away = CountedWork(), CountedWork(), database.read, True
    monkeypatch.setattr(queue, "HUNG_SECONDS", 0.1)

    @asynccontextmanager
    async def fail_first() -> AsyncIterator[Snapshot]:
        nonlocal is_away
        if is_away:
            is_away = False
            if outage == "refused":
                raise ConnectionLost
            await asyncio.sleep(0.2)
        async with read() as snapshot:
            yield snapshot

    monkeypatch.setattr(database, "read", fail_first)
    needs_calm = Sweep("calm", BEAT, calm, ALWAYS, calm_seconds=1.0)
    async with run_sweeps(database, needs_calm, Sweep("eager", BEAT, eager, ALWAYS)):
        await eager.wait_until_done(5)
        assert calm.done == 0
        await calm.wait_until_done(2)


async def test_a_sweep_that_needs_calm_rests_at_the_start_too_and_holds_it_up_for_nobody(
    database: Database,
) -> None:
    calm = CountedWork()
    sweeper = Sweeper(database, [Sweep("calm", BEAT, calm, ALWAYS, calm_seconds=1.0)])
    began = asyncio.get_running_loop().time()
    sweeper.start()
    await sweeper.wait_for_first_round()
    assert calm.done == 0
    await calm.wait_until_done(1)
    assert asyncio.get_running_loop().time() - began >= 1.0
    await sweeper.stop()


async def test_a_sweep_runs_while_there_is_something_due_and_once_after(
    database: Database,
) -> None:
    async with database.write() as session:
        await session.change(sql("CREATE TABLE pot (id BIGINT PRIMARY KEY)"))
        await session.change(sql("INSERT INTO pot VALUES (1), (2)"))
    emptied, beat = CountedWork(), CountedWork()

    async def empty() -> None:
        async with database.write() as session:
            await session.change(TAKE_FIRST)
        await emptied()

    async with run_sweeps(
        database, Sweep("empty", BEAT, empty, LIST_LEFT), Sweep("beat", BEAT, beat, ALWAYS)
    ):
        await emptied.wait_until_done(3)
        await beat.wait_until_done(beat.done + 5)
    assert emptied.done == 3


async def test_a_sweep_that_fails_is_tried_again_and_stops_no_other(database: Database) -> None:
    failing, other = CountedWork(), CountedWork()

    async def fail() -> None:
        await failing()
        raise LookupError

    async with run_sweeps(
        database, Sweep("fails", BEAT, fail, ALWAYS), Sweep("other", BEAT, other, ALWAYS)
    ):
        await failing.wait_until_done(3)
        await other.wait_until_done(3)
