"""Holds and admissions through the kit, beside the least a database could do for them.

Floor: BEGIN, a conditional UPDATE, one INSERT, COMMIT; by pgbench with prepared statements and as
many clients, by asyncpg for the latency of one client, by sqlite3 on one thread. Floor and subject
alternate; a ratio is of one round, and the table shows their median and range. All of it shares
the cores of this machine.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bench.floors import ACCOUNTS, Floors
from bench.settled_server import start_settled_server
from bench.table import BrokenInvariantError, Options, Row, run_measure
from gateway.kit.caller import SpenderId
from gateway.kit.database.group_commit import GroupCommit
from gateway.kit.database.sessions import Database
from gateway.kit.database.sql import Tx
from gateway.kit.errors import Problem
from gateway.kit.idempotency import KeyScope
from gateway.kit.ids import Ids
from gateway.kit.operation import Caller
from gateway.ledger.accounts.owners import House, get_account_number, open_accounts
from gateway.ledger.invariants import check_invariants_on
from gateway.ledger.policies import open_spender
from gateway.ledger.transfers import AdmittedHold, Hold, credit_account, hold_many, lock_accounts
from gateway.media.schemas import SubmitJob
from gateway.media.submits.admission import admit_jobs
from gateway.media.submits.submit_request import Admission
from gateway.media.tasks.catalogue import get_task, read_input
from gateway.media.tasks.prices import PriceTable
from gateway.migrations import upgrade

MANY_CLIENTS, CREDIT = 64, 10**12
INVARIANTS_OF_QUEUES = {"I13", "I14"}  # broken here: no worker runs, so jobs do wait too long
UnitOfWork = Callable[[int], Any]
Comparison = Callable[[Row], Coroutine[Any, Any, None]]


class FundedDatabase:
    """A database with accounts, credit and a key each, and the units of work on them.

    `Bench` names the units `hold`, `admission` and `keyed_admission` by their method names.
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
        """Submit the admission of a job without an idempotency key."""
        return self.admissions.submit(self._build_admission(account))

    def keyed_admission(self, account: int) -> Awaitable[Any]:
        """Submit the admission of a job with a key of its own, whose answer is stored."""
        unit = self._build_admission(account)
        scope = KeyScope(unit.caller.account_id, "live", "POST", "/api/v1/media/jobs", unit.job_id)
        return self.admissions.submit(replace(unit, scope=scope))

    def _build_admission(self, account: int) -> Admission:
        job_id = self.ids.new("job")
        owner = self.owners[account]
        caller = Caller(
            account_id=owner,
            ledger_account=account,
            book="live",
            key_id=f"key_{account}",
            scopes=frozenset(),
        )
        return Admission(
            caller=caller,
            job_id=job_id,
            hold_id=self.ids.new("trf"),
            request_id=self.ids.new("rid"),
            body=self.body,
            plan=self.plan,
            scope=None,
            request_hash=bytes(32),
            queued_limit=10**9,
            queue_position=1,
        )

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
        async with self.database.open_snapshot(is_limited=False) as connection:
            if self.database.is_postgres:  # millions of entries take longer than a request may
                await connection.execute(text("SET LOCAL statement_timeout = 0"))
            findings = await check_invariants_on(connection)
        return [each.id for each in findings if each.id not in INVARIANTS_OF_QUEUES]


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
        bank, row.side_unit = self.postgres, " µs"
        for _ in range(self.rounds):
            floor = await self.floors.measure_asyncpg_latency(self.seconds)
            done = await bank.run_load(getattr(bank, unit), 1, self.seconds, hot=False)
            row.add_round(floor * 1e6, statistics.median(done) * 1e6)
            await bank.clear_queue()

    async def compare_tail_latency(self, row: Row) -> None:
        """Compare the 99th with the 50th percentile of an admission, in microseconds."""
        bank, row.side_unit = self.postgres, " µs"
        for _ in range(self.rounds):
            done = await bank.run_load(bank.admission, MANY_CLIENTS, self.seconds, hot=False)
            cuts = statistics.quantiles(done, n=100)
            row.add_round(cuts[49] * 1e6, cuts[98] * 1e6)
            await bank.clear_queue()

    def build_rows(self) -> list[tuple[Row, Comparison]]:
        """Build the rows of the table, each with what measures it."""

        def rate(
            unit: str, clients: int, *, hot: bool
        ) -> Callable[[Row], Coroutine[Any, Any, None]]:
            return lambda row: self.compare_throughput(row, unit, clients, hot=hot)

        return [
            (
                Row("ledger.admission", "admission / database floor, 64 clients", must=1, goal=1.2),
                rate("admission", MANY_CLIENTS, hot=False),
            ),
            (
                Row("ledger.keyed_admission", "  with an idempotency key"),
                rate("keyed_admission", MANY_CLIENTS, hot=False),
            ),
            (
                Row("ledger.tail", "admission, p99 / p50", must=4, goal=3, lower_is_better=True),
                self.compare_tail_latency,
            ),
            (
                Row("ledger.sqlite_hold", "SQLite hold / floor", must=2, goal=3),
                lambda row: self.compare_embedded_throughput(row, "hold"),
            ),
            (
                Row("ledger.sqlite_admission", "SQLite admission / floor", must=1.2, goal=1.5),
                lambda row: self.compare_embedded_throughput(row, "admission"),
            ),
            (
                Row("ledger.sqlite_keyed_admission", "  with an idempotency key"),
                lambda row: self.compare_embedded_throughput(row, "keyed_admission"),
            ),
            (
                Row(
                    "ledger.latency", "one client's latency, admission / floor",
                    must=3, goal=2.5, lower_is_better=True,
                ),
                lambda row: self.compare_latency(row, "admission"),
            ),
            (
                Row(
                    "ledger.hold_latency", "one client's latency, hold / floor",
                    must=2.5, goal=1.5, lower_is_better=True,
                ),
                lambda row: self.compare_latency(row, "hold"),
            ),
            (
                Row("ledger.hold", "hold / database floor, 64 clients", must=1.2, goal=2),
                rate("hold", MANY_CLIENTS, hot=False),
            ),
            (
                Row("ledger.hot_hold", "hold / floor, one hot account", must=8, goal=15),
                rate("hold", MANY_CLIENTS, hot=True),
            ),
            (
                Row("ledger.hot_admission", "admission / floor, one hot account", must=6, goal=12),
                rate("admission", MANY_CLIENTS, hot=True),
            ),
        ]  # fmt: skip

    async def fill_caches(self) -> None:
        """Run every unit of work for a moment: statements are prepared and caches full."""
        for bank in (self.postgres, self.sqlite):
            for unit in (bank.hold, bank.admission, bank.keyed_admission):
                await bank.run_load(unit, MANY_CLIENTS, 0.5, hot=False)
            await bank.clear_queue()

    async def check_ledgers(self) -> None:
        """Check the invariants of both ledgers.

        Raises:
            BrokenInvariantError: one does not hold.
        """
        for bank in (self.postgres, self.sqlite):
            if broken := await bank.list_broken_invariants():
                name = bank.database.url.get_backend_name()
                raise BrokenInvariantError(f"{name}: {', '.join(broken)}")


def measure(options: Options) -> Iterator[Row]:
    """Measure holds and admissions; yield each row."""
    with asyncio.Runner() as runner, start_bench(options, runner) as bench:
        runner.run(bench.fill_caches())
        for row, compare in bench.build_rows():
            runner.run(compare(row))
            yield row
        runner.run(bench.check_ledgers())


@contextmanager
def start_bench(options: Options, runner: asyncio.Runner) -> Iterator[Bench]:
    """Start both databases with accounts and floors.

    Raises:
        SystemExit: PostgreSQL does not wait for its disk, and a ratio would mean nothing.
    """
    with (
        start_settled_server() as server,
        tempfile.TemporaryDirectory(prefix="kt-bench-") as folder,
    ):
        for name in ("fsync", "synchronous_commit"):
            if server.execute(f"SHOW {name}") != [("on",)]:
                sys.exit(f"{name} is off: nothing durable could be measured")
        database = Database(server.create_database())
        path = Path(folder) / "bench.db"
        banks = [FundedDatabase(database), FundedDatabase(Database(f"sqlite+aiosqlite:///{path}"))]
        for bank in banks:
            runner.run(bank.create_accounts())
        floors = Floors(server, database.url.database or "", path, Path(folder))
        floors.create_tables()
        try:
            yield Bench(banks[0], banks[1], floors, options.seconds, options.rounds)
        finally:
            for bank in banks:
                runner.run(bank.database.close())


if __name__ == "__main__":
    sys.exit(run_measure(measure))
