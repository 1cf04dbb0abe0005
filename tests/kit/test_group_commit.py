import asyncio
from collections.abc import Sequence

import pytest

from gateway.kit.database.group_commit import GroupCommit, GroupRead
from gateway.kit.database.sessions import ConnectionLost, Database, TransactionConflict
from gateway.kit.database.sql import Tx, sql
from gateway.kit.errors import Unavailable

pytestmark = pytest.mark.anyio
INSERT = sql(
    "INSERT INTO auth_epoch_like (id, name) SELECT given.id, given.name FROM {rows}",
    id="int",
    name="text",
)
NAMES = sql("SELECT name FROM auth_epoch_like ORDER BY id")


@pytest.fixture
async def shelf(database: Database) -> Database:
    """A database with one small table of the test's own."""
    async with database.write() as session:
        await session.change(
            sql("CREATE TABLE auth_epoch_like (id BIGINT PRIMARY KEY, name TEXT NOT NULL)")
        )
    return database


async def insert_units(tx: Tx, units: Sequence[tuple[int, str | None]]) -> list[str | None]:
    await tx.write((INSERT, units))
    return [name for _, name in units]


async def list_names(database: Database) -> list[str]:
    async with database.read() as snapshot:
        return [row[0] for row in await snapshot.read(NAMES)]


async def test_units_that_arrive_together_are_committed_together(shelf: Database) -> None:
    sizes: list[int] = []

    async def run(tx: Tx, units: Sequence[tuple[int, str | None]]) -> list[str | None]:
        sizes.append(len(units))
        return await insert_units(tx, units)

    commits = GroupCommit(run, shelf)
    outcomes = await asyncio.gather(*(commits.submit((n, f"unit {n}")) for n in range(40)))
    assert outcomes == [f"unit {n}" for n in range(40)]
    assert await list_names(shelf) == outcomes
    assert sizes == [40]


@pytest.mark.promise("ledger: neighbours")
async def test_a_poison_unit_fails_alone(shelf: Database) -> None:
    commits = GroupCommit(insert_units, shelf)
    units: list[tuple[int, str | None]] = [(1, "a"), (2, None), (3, "c")]
    outcomes = await asyncio.gather(*map(commits.submit, units), return_exceptions=True)
    assert [outcomes[0], outcomes[2]] == ["a", "c"]
    assert isinstance(outcomes[1], Exception)
    assert await list_names(shelf) == ["a", "c"]


@pytest.mark.promise("ledger: neighbours")
async def test_a_caller_that_vanishes_takes_nothing_with_it(shelf: Database) -> None:
    commits = GroupCommit(insert_units, shelf)
    leaving = asyncio.create_task(commits.submit((1, "gone")))
    staying = asyncio.create_task(commits.submit((2, "here")))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying == "here"
    await commits.close()
    assert await list_names(shelf) == ["gone", "here"]


async def test_a_full_waiting_line_and_a_closed_one_refuse_before_anything_starts(
    shelf: Database,
) -> None:
    commits = GroupCommit(insert_units, shelf, max_batch=1, max_waiting=1)
    first = asyncio.create_task(commits.submit((1, "a")))
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await commits.submit((2, "b"))
    await first
    await commits.close()
    with pytest.raises(Unavailable) as refused:
        await commits.submit((3, "c"))
    assert refused.value.headers["Retry-After"] in {"2", "3", "4"}
    assert await list_names(shelf) == ["a"]


@pytest.mark.parametrize("trouble", [TransactionConflict, ConnectionLost])
async def test_the_same_units_run_once_more_after_trouble(
    shelf: Database, trouble: type[Exception]
) -> None:
    tries: list[int] = []

    async def run(tx: Tx, units: Sequence[tuple[int, str | None]]) -> list[str | None]:
        tries.append(len(units))
        if len(tries) == 1:
            raise trouble
        return await insert_units(tx, units)

    assert await GroupCommit(run, shelf).submit((1, "again")) == "again"
    assert tries == [1, 1]


async def test_reads_that_wait_share_one_query() -> None:
    asked: list[list[int]] = []

    async def fetch(keys: Sequence[int]) -> dict[int, str]:
        asked.append(list(keys))
        await asyncio.sleep(0)
        return {key: f"value {key}" for key in keys}

    reads = GroupRead(fetch)
    first = asyncio.create_task(reads.submit(1))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    later = await asyncio.gather(reads.submit(2), reads.submit(3), reads.submit(2))
    assert [await first, *later] == ["value 1", "value 2", "value 3", "value 2"]
    assert asked == [[1], [2, 3]]
