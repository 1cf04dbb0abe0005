import asyncio
from pathlib import Path

import pytest

from gateway.kit.database.sessions import Database
from gateway.kit.database.sql import sql
from gateway.library.quota import Allowance, Quotas, get_usage, lock_shelf
from gateway.media.inputs import input_files
from gateway.media.sweeps.input_sweeps import InputSweeps
from gateway.storage.local import LocalStorage

pytestmark = pytest.mark.anyio
ACCOUNT, SIZE_BYTES, WAIT_SECONDS = 7, 100, 30
OWNERS = ("quote_1", "quote_2")
MAKE_OLD = sql("UPDATE input_use SET created_at = 0")
COUNT_WAITING = sql(
    """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
    """
)


async def add_abandoned_inputs(database: Database) -> None:
    """Store one file for each owner, none of whom came to be."""
    quotas = Quotas({"test": Allowance(10**9, 100)})
    total = SIZE_BYTES * len(OWNERS)
    async with database.write() as session:
        await quotas.add_usage(session, ACCOUNT, "test", size_bytes=total, assets=0)
        for owner in OWNERS:
            row = (f"input_{owner}", ACCOUNT, owner, SIZE_BYTES)
            await session.write((input_files.INSERT_FILES, [row]))
            await session.write((input_files.INSERT_USES, [(owner, row[0])]))
        await session.change(MAKE_OLD)


async def wait_for_waiting(database: Database, number: int) -> None:
    async with asyncio.timeout(WAIT_SECONDS):
        while True:
            async with database.read() as snapshot:
                if (await snapshot.read(COUNT_WAITING))[0][0] >= number:
                    return


async def test_two_gateways_sweep_the_same_inputs_and_each_file_is_given_back_once(
    database: Database, tmp_path: Path
) -> None:
    await add_abandoned_inputs(database)
    sweeps = InputSweeps(database, LocalStorage(tmp_path / "store"))
    async with asyncio.TaskGroup() as twins, database.write() as session:
        await lock_shelf(session, ACCOUNT)
        for _ in range(2):
            twins.create_task(sweeps.drop_inputs_of_no_owner())
        if database.is_postgres:  # on SQLite a write transaction is alone: no twin gets this far
            await wait_for_waiting(database, 2)
    async with database.read() as snapshot:
        left = await get_usage(snapshot, ACCOUNT)
        assert (left.bytes, left.assets) == (0, 0)
        assert (
            await snapshot.read(input_files.SELECT_USED_FILES, [(owner,) for owner in OWNERS]) == []
        )
