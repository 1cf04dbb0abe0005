"""A read replica: how far it is behind, and what it takes from the primary."""

import asyncio
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import text
from sqlalchemy.engine import make_url

from bench.capacity import Figure
from bench.ledger import FundedDatabase
from bench.processor_time import read_family_seconds
from gateway.kit.database.sessions import Database
from gateway.ledger.reports.history import list_history
from tests.services.postgres import PostgresServer, Postmaster

SECONDS, CLIENTS, READERS, LOOK_SECONDS = 6.0, 32, 4, 0.02
STANDBY_SETTINGS = {"max_connections": "200", "hot_standby": "on"}
NEWEST = text("SELECT pg_current_wal_flush_lsn() - '0/0'")
REPLAYED = text("SELECT pg_last_wal_replay_lsn() - '0/0'")


@dataclass
class Load:
    """Counts of one load: admissions, reads of history, and how far the standby was behind."""

    primary_seconds: float = 0
    admissions: int = 0
    reads: int = 0
    lags: list[float] = field(default_factory=list)

    @property
    def primary_us(self) -> float:
        """Return the processor time of the primary for an admission."""
        return self.primary_seconds / self.admissions * 1e6


def measure_replica() -> Iterator[Figure]:
    """Measure the same load with its reads on the primary and on a standby."""
    with PostgresServer() as primary:
        url = primary.create_database()
        with run_standby(primary) as standby:
            name = make_url(url).database
            standby_url = f"postgresql+asyncpg://postgres@/{name}?host={standby.folder.path}"
            alone, beside, apart = asyncio.run(
                run_loads(primary.postmaster, Database(url), Database(standby_url))
            )
    yield Figure("processor time of the primary for an admission", alone.primary_us, "µs")
    reads = beside.reads / beside.admissions
    yield Figure(f"with {reads:.1f} reads of a history for each, on it", beside.primary_us, "µs")
    reads = apart.reads / apart.admissions
    yield Figure(f"with {reads:.1f} of them, on the standby", apart.primary_us, "µs")
    cuts = statistics.quantiles(alone.lags + apart.lags, n=100)
    yield Figure("a commit is seen on the standby after, median", cuts[49] * 1_000, "ms")
    yield Figure("the same, 99th percentile", cuts[98] * 1_000, "ms")


@contextmanager
def run_standby(primary: PostgresServer) -> Iterator[Postmaster]:
    """Run a standby that follows the primary for the block."""
    standby = Postmaster(primary.postmaster.bindir, STANDBY_SETTINGS)
    try:
        standby.copy_cluster(primary.postmaster)
        standby.start()
        yield standby
    finally:
        standby.remove()


async def run_loads(
    postmaster: Postmaster, primary: Database, standby: Database
) -> tuple[Load, Load, Load]:
    """Run the load without reads, with reads on the primary, and with reads on the standby."""
    bank = FundedDatabase(primary)
    await bank.create_accounts()
    await bank.run_load(bank.admission, CLIENTS, 1, hot=False)
    loads = []
    for readers in (None, primary, standby):
        loads.append(await run_load(postmaster, bank, readers, standby))
        await bank.clear_queue()
    await primary.close()
    await standby.close()
    return loads[0], loads[1], loads[2]


async def run_load(
    postmaster: Postmaster, bank: FundedDatabase, readers: Database | None, standby: Database
) -> Load:
    """Run admissions, and beside them reads where `readers` is given."""
    load, end = Load(), time.perf_counter() + SECONDS
    before = read_family_seconds(postmaster.pid)

    async def read() -> None:
        while readers is not None and time.perf_counter() < end:
            async with readers.read() as session:
                await list_history(session, bank.accounts[load.reads % len(bank.accounts)])
            load.reads += 1

    async def admit() -> None:
        done = await bank.run_load(bank.admission, CLIENTS, SECONDS, hot=False)
        load.admissions = len(done)

    watching = watch_lag(bank.database, standby, end, load.lags)
    await asyncio.gather(admit(), watching, *(read() for _ in range(READERS)))
    load.primary_seconds = read_family_seconds(postmaster.pid) - before
    return load


async def watch_lag(primary: Database, standby: Database, end: float, lags: list[float]) -> None:
    """Note again and again how long the newest commit takes until the standby shows it."""
    async with primary.connect() as first, standby.connect() as second:
        while time.perf_counter() < end:
            newest = (await first.execute(NEWEST)).scalar_one()
            begun = time.perf_counter()
            while (await second.execute(REPLAYED)).scalar_one() < newest:  # noqa: ASYNC110 - no event
                await asyncio.sleep(0)
            lags.append(time.perf_counter() - begun)
            await asyncio.sleep(LOOK_SECONDS)
