"""Holds and admissions through the kit, beside the least a database could do for them.

    python -m bench.ledger                       everything, 3 rounds of 3 seconds
    python -m bench.ledger --seconds 1 hold      short rounds, only rows whose name holds "hold"
    python -m bench.ledger --flat 1000000        the cost of a hold after so many entries

Floor: BEGIN, a conditional UPDATE, one INSERT, COMMIT; by pgbench with prepared statements and as
many clients, by asyncpg for the latency of one client, by sqlite3 on one thread. Floor and subject
alternate; a ratio is of one round, and the table shows their median and range. All of it shares
the cores of this machine.
"""

import argparse
import asyncio
import os
import platform
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bench.floors import ACCOUNTS, Floors
from gateway.kit.caller import SpenderId
from gateway.kit.database.group_commit import GroupCommit
from gateway.kit.database.sessions import Database
from gateway.kit.database.sql import Tx
from gateway.kit.errors import Problem
from gateway.kit.idempotency import KeyScope
from gateway.kit.ids import Ids
from gateway.kit.operation import Caller
from gateway.ledger.accounts.owners import House, get_account_number, open_accounts
from gateway.ledger.invariants import check_invariants
from gateway.ledger.policies import open_spender
from gateway.ledger.reports.history import list_history
from gateway.ledger.transfers import AdmittedHold, Hold, credit_account, hold_many, lock_accounts
from gateway.media.schemas import SubmitJob
from gateway.media.submits.admission import admit_jobs
from gateway.media.submits.submit_request import Admission
from gateway.media.tasks.catalogue import get_task, read_input
from gateway.media.tasks.prices import PriceTable
from gateway.migrations import upgrade
from tests.services.postgres import PostgresServer

MANY_CLIENTS, CREDIT = 64, 10**12
SKIPPED_INVARIANTS = {"I13", "I14"}  # no worker runs, so jobs do wait too long
UnitOfWork = Callable[[int], Any]


@dataclass
class Row:
    """A line of the table: ratios of rounds, the goal, and the ratio seen when it was set."""

    name: str
    seen_ratio: str
    at_least: float | None = None
    at_most: float | None = None
    values: list[float] = field(default_factory=list)
    floors: list[float] = field(default_factory=list)
    subjects: list[float] = field(default_factory=list)
    unit: str = "/s"

    def add_round(self, floor: float, subject: float) -> None:
        """Add one round."""
        self.values.append(subject / floor)
        self.floors.append(floor)
        self.subjects.append(subject)

    def meets_goal(self) -> bool:
        """Return True if the median meets the goal."""
        median = statistics.median(self.values)
        low = self.at_least is not None and median < self.at_least
        return not (low or (self.at_most is not None and median > self.at_most))

    def __str__(self) -> str:
        """Return median, range, goal, the ratio seen before, and both sides as a line."""
        median, least, most = statistics.median(self.values), min(self.values), max(self.values)
        goal = f"≥ {self.at_least:g}" if self.at_least is not None else f"≤ {self.at_most:g}"
        sides = f"{statistics.median(self.floors):,.0f} → {statistics.median(self.subjects):,.0f}"
        return (
            f"{self.name:<34}{median:>7.2f}{f'{least:.2f} - {most:.2f}':>15}{goal:>8}"
            f"{self.seen_ratio:>12}  {'ok' if self.meets_goal() else 'MISSED':<7}{sides}{self.unit}"
        )


class FundedDatabase:
    """A database with accounts, credit and a key each, and the units of work on them.

    `Bench` names the units `hold` and `admission` by their method names.
    """

    def __init__(self, database: Database) -> None:
        self.database, self.ids = database, Ids()
        self.accounts: list[int] = []
        self.owners: dict[int, str] = {}
        task = get_task("image.generate")
        self.body = SubmitJob.model_validate(
            {
                "task": task.name,
                "input": {"prompt": "a lighthouse in the first snow"},
                "queueTimeoutSeconds": 3_600,
            }
        )
        given = read_input(task, self.body.input)
        self.plan = task.plan(given, {}, seed=1, prices=PriceTable())
        self.holds: GroupCommit[Hold, AdmittedHold | Problem] = GroupCommit(admit_holds, database)
        self.admissions: GroupCommit[Admission, Any] = GroupCommit(admit_jobs, database)

    async def create_accounts(self) -> None:
        """Create the schema and the accounts."""
        await upgrade(self.database)
        async with self.database.write() as tx:
            for number in range(ACCOUNTS):
                owner = f"acct_{number}"
                await open_accounts(tx, owner)
                account = await get_account_number(tx, owner, "live")
                await credit_account(
                    tx, self.ids, account=account, book="live", code="promo", reference=owner,
                    amount_microusd=CREDIT, source=House.PROMO, category="promo",
                )  # fmt: skip
                await open_spender(
                    tx, key_id=f"key_{account}", account=account, policy_id=None, limits=None,
                    expires_at=None,
                )  # fmt: skip
                self.accounts.append(account)
                self.owners[account] = owner

    def hold(self, account: int) -> Awaitable[Any]:
        """Submit a hold of 10 micro-USD."""
        name = self.ids.new("trf")
        unit = Hold(name, account, "live", f"test_{name}", 10, SpenderId(f"key_{account}"))
        return self.holds.submit(unit)

    def admission(self, account: int) -> Awaitable[Any]:
        """Submit the admission of a job."""
        job_id = self.ids.new("job")
        owner = self.owners[account]
        caller = Caller(
            account_id=owner,
            ledger_account=account,
            book="live",
            key_id=f"key_{account}",
            scopes=frozenset(),
        )
        unit = Admission(
            caller=caller,
            job_id=job_id,
            hold_id=self.ids.new("trf"),
            request_id=self.ids.new("rid"),
            body=self.body,
            plan=self.plan,
            scope=KeyScope(owner, "live", "POST", "/api/v1/media/jobs", job_id),
            request_hash=bytes(32),
            queued_limit=10**9,
            queue_position=1,
        )
        return self.admissions.submit(unit)

    async def run_load(
        self, unit: UnitOfWork, clients: int, seconds: float, *, hot: bool
    ) -> list[float]:
        """Let clients work for some seconds; return the latency of each unit, in seconds."""
        latencies: list[float] = []
        end = time.perf_counter() + seconds

        async def client(number: int) -> None:
            while (start := time.perf_counter()) < end:
                account = self.accounts[0 if hot else number % ACCOUNTS]
                await unit(account)
                latencies.append(time.perf_counter() - start)
                number += clients * 7

        await asyncio.gather(*[client(number) for number in range(clients)])
        return latencies

    async def clear_queue(self) -> None:
        """Take the jobs out of the queue, where an account may only have a few; vacuum."""
        async with self.database.write() as tx:
            await tx.execute(text("UPDATE job SET state = 'running' WHERE state = 'queued'"))
        if self.database.is_postgres:
            async with self.database.connect() as connection:
                await connection.execution_options(isolation_level="AUTOCOMMIT")
                await connection.execute(text("VACUUM ANALYZE"))

    async def list_broken_invariants(self) -> list[str]:
        """Return the ids of the broken invariants."""
        return [
            each.id
            for each in await check_invariants(self.database)
            if each.id not in SKIPPED_INVARIANTS
        ]


async def admit_holds(tx: Tx, holds: Sequence[Hold]) -> list[AdmittedHold | Problem]:
    """Lock and hold as admission does, without jobs."""
    locked = await lock_accounts(tx, [hold.account for hold in holds])
    outcomes, writes = await hold_many(tx, locked, holds)
    await tx.write(*writes)
    return outcomes


@dataclass
class Bench:
    """Both databases, their floors, and how long to measure."""

    postgres: FundedDatabase
    sqlite: FundedDatabase
    floors: Floors
    seconds: float
    rounds: int

    async def compare_throughput(self, row: Row, unit: str, clients: int, *, hot: bool) -> None:
        """Compare rates on PostgreSQL."""
        bank = self.postgres
        for _ in range(self.rounds):
            floor = await self.floors.measure_pgbench_rate(clients, self.seconds, hot=hot)
            done = await bank.run_load(getattr(bank, unit), clients, self.seconds, hot=hot)
            row.add_round(floor, len(done) / self.seconds)
            await bank.clear_queue()

    async def compare_embedded_throughput(self, row: Row, unit: str) -> None:
        """Compare rates on SQLite."""
        bank = self.sqlite
        for _ in range(self.rounds):
            floor = await self.floors.measure_sqlite_rate(self.seconds)
            done = await bank.run_load(getattr(bank, unit), MANY_CLIENTS, self.seconds, hot=False)
            row.add_round(floor, len(done) / self.seconds)
            await bank.clear_queue()

    async def compare_latency(self, row: Row, unit: str) -> None:
        """Compare medians of one client, in microseconds."""
        bank, row.unit = self.postgres, " µs"
        for _ in range(self.rounds):
            floor = await self.floors.measure_asyncpg_latency(self.seconds)
            done = await bank.run_load(getattr(bank, unit), 1, self.seconds, hot=False)
            row.add_round(floor * 1e6, statistics.median(done) * 1e6)
            await bank.clear_queue()

    async def compare_tail_latency(self, row: Row) -> None:
        """Compare the 99th with the 50th percentile of an admission, in microseconds."""
        bank, row.unit = self.postgres, " µs"
        for _ in range(self.rounds):
            done = await bank.run_load(bank.admission, MANY_CLIENTS, self.seconds, hot=False)
            cuts = statistics.quantiles(done, n=100)
            row.add_round(cuts[49] * 1e6, cuts[98] * 1e6)
            await bank.clear_queue()

    def build_rows(self) -> list[tuple[Row, Callable[[Row], Awaitable[None]]]]:
        """Build the rows of the table, each with what measures it."""

        def rate(unit: str, clients: int, *, hot: bool) -> Callable[[Row], Awaitable[None]]:
            return lambda row: self.compare_throughput(row, unit, clients, hot=hot)

        return [
            (Row("hold, 64 clients", "1.6", 1.2), rate("hold", MANY_CLIENTS, hot=False)),
            (Row("hold, 16 clients", "", 0), rate("hold", 16, hot=False)),
            (Row("hold, one hot account", "14.7", 8), rate("hold", MANY_CLIENTS, hot=True)),
            (Row("admission, 64 clients", "1.0", 0.8), rate("admission", MANY_CLIENTS, hot=False)),
            (
                Row("admission, one hot account", "9.4-11", 6),
                rate("admission", MANY_CLIENTS, hot=True),
            ),
            (
                Row("hold, latency of one client", "1.8", at_most=2.5),
                lambda row: self.compare_latency(row, "hold"),
            ),
            (
                Row("admission, latency of one client", "2.8", at_most=4),
                lambda row: self.compare_latency(row, "admission"),
            ),
            (Row("admission, p99 / p50", "1.6-4", at_most=6), self.compare_tail_latency),
            (
                Row("SQLite hold, 64 clients", "3.3-5.3", 2.0),
                lambda r: self.compare_embedded_throughput(r, "hold"),
            ),
            (
                Row("SQLite admission, 64 clients", "1.8", 1.4),
                lambda row: self.compare_embedded_throughput(row, "admission"),
            ),
        ]

    async def measure_rows(self, only: str) -> int:
        """Measure and print the rows, and check both ledgers; return the number of failures."""
        wrong = 0
        print(f"{'':<34}{'median':>7}{'range':>15}{'must':>8}{'seen':>12}")
        for bank in (self.postgres, self.sqlite):  # prepare statements, fill caches
            for unit in (bank.hold, bank.admission):
                await bank.run_load(unit, MANY_CLIENTS, 0.5, hot=False)
            await bank.clear_queue()
        for row, measure in self.build_rows():
            if only in row.name:
                await measure(row)
                print(row, flush=True)
                wrong += not row.meets_goal()
        for bank in (self.postgres, self.sqlite):
            broken = await bank.list_broken_invariants()
            print(f"{bank.database.url.get_backend_name()}: invariants {broken or 'hold'}")
            wrong += len(broken)
        return wrong

    async def compare_growth(self, entries: int) -> int:
        """Compare a hold and a page of history after many entries with those after few.

        A cost that grows with the ledger shows here, and in no short run. Returns failures.
        """
        bank, made = self.postgres, 0
        before = await self.measure_costs()
        while 2 * made < entries:
            made += len(await bank.run_load(bank.hold, 256, 5, hot=False))
        await bank.clear_queue()
        after = await self.measure_costs()
        wrong = len(await bank.list_broken_invariants())
        for name, few, many in zip(("hold", "history page"), before, after, strict=True):
            row = Row(f"{name}, {2 * made:,} entries", "1.17-1.35", at_most=1.5, unit=" µs")
            row.add_round(few, many)
            print(row)
            wrong += not row.meets_goal()
        return wrong

    async def measure_costs(self) -> tuple[float, float]:
        """Return the time of one hold under load and of one page of history, in microseconds."""
        bank = self.postgres
        await bank.run_load(bank.hold, MANY_CLIENTS, 1, hot=False)
        held = await bank.run_load(bank.hold, MANY_CLIENTS, self.seconds, hot=False)
        pages, end = 0, time.perf_counter() + self.seconds
        while time.perf_counter() < end:
            async with bank.database.read() as session:
                await list_history(session, bank.accounts[pages % ACCOUNTS])
            pages += 1
        return self.seconds / len(held) * 1e6, self.seconds / pages * 1e6


def main() -> int:
    """Measure; return 1 if a goal is missed or an invariant broken."""
    parser = argparse.ArgumentParser(prog="python -m bench.ledger")
    parser.add_argument("only", nargs="?", default="", help="part of the names to measure")
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--flat", type=int, metavar="ENTRIES")
    return 1 if asyncio.run(run_bench(parser.parse_args())) else 0


async def run_bench(options: argparse.Namespace) -> int:
    """Start both databases and measure on them; return the number of failures."""
    with PostgresServer() as server, tempfile.TemporaryDirectory(prefix="kt-bench-") as folder:
        url = server.create_database()
        database = Database(url)
        path = Path(folder) / "bench.db"
        settings = {
            name: server.execute(f"SHOW {name}")[0][0]
            for name in ("server_version", "fsync", "synchronous_commit")
        }
        print(
            f"PostgreSQL {settings['server_version']}, fsync {settings['fsync']}, "
            f"synchronous_commit {settings['synchronous_commit']}; SQLite {sqlite3.sqlite_version}"
            f", synchronous FULL; asyncpg {version('asyncpg')}, SQLAlchemy {version('sqlalchemy')}"
            f", Python {platform.python_version()}, {os.cpu_count()} cores, "
            f"load {os.getloadavg()[0]:.1f}"
        )
        if "off" in settings.values():
            print("no ratios without durability")
            return 1
        banks = [FundedDatabase(database), FundedDatabase(Database(f"sqlite+aiosqlite:///{path}"))]
        for bank in banks:
            await bank.create_accounts()
        floors = Floors(server, database.url.database or "", path, Path(folder))
        floors.create_tables()
        bench = Bench(banks[0], banks[1], floors, options.seconds, options.rounds)
        wrong = await (
            bench.compare_growth(options.flat) if options.flat else bench.measure_rows(options.only)
        )
        for bank in banks:
            await bank.database.close()
        return wrong


if __name__ == "__main__":
    sys.exit(main())
