"""Partitions: jobs and entries split by the time in their ids, with the real tables and statements.

A job's id begins with its time and an entry's id only grows, so a range of ids is a span of time
and the primary key stays one key. What a unique key without the id proved, each partition then
proves for itself, and the lock of the account and the invariants for all.
"""

import asyncio
import re
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

from bench.capacity import Figure
from bench.ledger import FundedDatabase
from bench.processor_time import read_family_seconds
from bench.scale.life import LOG_BYTES
from gateway.kit.database.sessions import Database
from gateway.ledger.reports.history import list_history
from tests.services.postgres import PostgresServer, Postmaster

Run: TypeAlias = Callable[[str], Awaitable[list[Any]]]
PARTITIONS, ENTRIES_EACH, ROUNDS, SECONDS, CLIENTS, PAGES = 24, 20_000, 3, 3.0, 64, 200
ENTRY_BOUNDS = [str(number * ENTRIES_EACH) for number in range(1, PARTITIONS)]
JOB_BOUNDS = [f"'job_01M{number:02d}'" for number in range(1, PARTITIONS)]
COPY_OPTIONS = "INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE"
INDEX_DEFINITION = re.compile(r"CREATE (UNIQUE )?INDEX \S+ ON \S+ (.*)")
LIST_TRIGGERS = """
SELECT pg_get_triggerdef(oid) FROM pg_trigger
WHERE tgrelid = '{table}'::regclass AND NOT tgisinternal
"""
LET_DELETE = "ALTER TABLE entry DISABLE TRIGGER ALL"  # the real one is append-only
LIST_INDEXES = "SELECT indexdef FROM pg_indexes WHERE tablename = '{table}'"
LIST_REFERENCES = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
FROM pg_constraint WHERE contype = 'f' AND confrelid = '{table}'::regclass
"""
NUMBER_ENTRIES = """
ALTER TABLE entry ALTER id DROP IDENTITY IF EXISTS;
CREATE SEQUENCE entry_number START {start};
ALTER TABLE entry ALTER id SET DEFAULT nextval('entry_number')
"""
FILL_ENTRIES = """
INSERT INTO entry (id, transfer_id, account_id, layer, amount_microusd, balance_after_microusd,
    account_version, created_at)
SELECT number, 'trf_old_' || number, {account} + number % {accounts} * 2, 'posted', 10, 10,
    -number, number FROM generate_series({first}, {last}) AS number
"""


@dataclass(frozen=True)
class Costs:
    """The processor time of the server, in seconds."""

    admission: float
    page: float


@dataclass(frozen=True)
class Removal:
    """The time and the log that the removal of a month's entries took."""

    seconds: float
    log_bytes: float


def measure_partitions() -> Iterator[Figure]:
    """Measure admissions, pages of history and removals with and without partitions."""
    with PostgresServer() as server:
        databases = [Database(server.create_database()) for _ in range(2)]
        rounds, removals = asyncio.run(compare(server.postmaster, databases))
    admission = statistics.median(split.admission / plain.admission for plain, split in rounds)
    page = statistics.median(split.page / plain.page for plain, split in rounds)
    beside = f"with {PARTITIONS} partitions beside without"
    yield Figure(f"processor time of PostgreSQL for an admission {beside}", admission, "times")
    yield Figure(f"the same for a page of history {beside}", page, "times")
    for words, removal in zip(("DELETE and VACUUM", "DETACH PARTITION"), removals, strict=True):
        yield Figure(f"removal of {ENTRIES_EACH:,} entries by {words}", removal.seconds * 1e3, "ms")
        yield Figure(f"log (WAL) of that {words}", removal.log_bytes / 1024, "KiB")


async def compare(
    postmaster: Postmaster, databases: list[Database]
) -> tuple[list[tuple[Costs, Costs]], list[Removal]]:
    """Compare one database as it is with one whose jobs and entries are in partitions."""
    plain, split = banks = [FundedDatabase(database) for database in databases]
    for bank in banks:
        await bank.create_accounts()
    async with open_alone(split.database) as run:
        await split_table(run, "entry", ENTRY_BOUNDS)
        await split_table(run, "job", JOB_BOUNDS)
    for bank in banks:
        await fill_entries(bank)
        await bank.run_load(bank.admission, CLIENTS, 1, hot=False)
        await bank.clear_queue()
    rounds = [
        (await measure_costs(postmaster, plain), await measure_costs(postmaster, split))
        for _ in range(ROUNDS)
    ]
    first, last = ENTRIES_EACH, 2 * ENTRIES_EACH
    delete = f"DELETE FROM entry WHERE id >= {first} AND id < {last}"  # noqa: S608 - a number
    removals = [
        await remove_month(plain.database, LET_DELETE, delete, "VACUUM entry"),
        await remove_month(split.database, "ALTER TABLE entry DETACH PARTITION entry_1"),
    ]
    for bank in banks:
        await bank.database.close()
    return rounds, removals


@asynccontextmanager
async def open_alone(database: Database) -> AsyncIterator[Run]:
    """Open a connection whose statements each commit alone."""
    async with database.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")

        async def run(statement: str) -> list[Any]:
            result = await connection.exec_driver_sql(statement)
            return list(result) if result.returns_rows else []

        yield run


async def split_table(run: Run, table: str, bounds: list[str]) -> None:
    """Make a table a partitioned one: its rows stay where they are, in the first partition."""
    first = f"{table}_before"
    indexes = [definition for (definition,) in await run(LIST_INDEXES.format(table=table))]
    references = await run(LIST_REFERENCES.format(table=table))
    triggers = await run(LIST_TRIGGERS.format(table=table))
    for child, name, _ in references:
        await run(f"ALTER TABLE {child} DROP CONSTRAINT {name}")
    await run(f"ALTER TABLE {table} RENAME TO {first}")
    await run(f"CREATE TABLE {table} (LIKE {first} {COPY_OPTIONS}) PARTITION BY RANGE (id)")
    await run(f"ALTER TABLE {table} ADD PRIMARY KEY (id)")
    await run(f"ALTER TABLE {first} ALTER id DROP IDENTITY IF EXISTS")
    await run(
        f"ALTER TABLE {table} ATTACH PARTITION {first} FOR VALUES FROM (MINVALUE) TO ({bounds[0]})"
    )
    names = [f"{table}_{number}" for number in range(1, len(bounds) + 1)]
    for name, low, high in zip(names, bounds, [*bounds[1:], "MAXVALUE"], strict=True):
        span = f"FOR VALUES FROM ({low}) TO ({high})"
        await run(f"CREATE TABLE {name} PARTITION OF {table} {span}")
    for definition in indexes:
        await copy_index(run, definition, table, names)
    for (definition,) in triggers:
        await run(definition.replace(" TRIGGER ", " TRIGGER all_"))
    for child, name, definition in references:
        await run(f"ALTER TABLE {child} ADD CONSTRAINT {name} {definition}")


async def copy_index(run: Run, definition: str, table: str, partitions: list[str]) -> None:
    """Give the whole table an index that it had; a unique one is of each partition alone."""
    parts = INDEX_DEFINITION.fullmatch(definition)
    assert parts is not None  # noqa: S101 - PostgreSQL writes it so
    is_unique, columns = parts.groups()
    if "(id)" in columns:
        return
    if is_unique is None:
        await run(f"CREATE INDEX ON {table} {columns}")
        return
    for name in partitions:
        await run(f"CREATE UNIQUE INDEX ON {name} {columns}")


async def fill_entries(bank: FundedDatabase) -> None:
    """Add the entries of old months, and let new ones begin after them."""
    last = ENTRIES_EACH * (PARTITIONS - 1)
    first, accounts = min(bank.accounts), len(bank.accounts)
    async with open_alone(bank.database) as run:
        for statement in NUMBER_ENTRIES.format(start=last).split(";"):
            await run(statement)
        await run(
            FILL_ENTRIES.format(account=first, accounts=accounts, first=ENTRIES_EACH, last=last - 1)
        )
        await run("VACUUM ANALYZE entry")


async def measure_costs(postmaster: Postmaster, bank: FundedDatabase) -> Costs:
    """Measure what the server spends on an admission, and on a page of history."""
    before = read_family_seconds(postmaster.pid)
    done = await bank.run_load(bank.admission, CLIENTS, SECONDS, hot=False)
    between = read_family_seconds(postmaster.pid)
    async with bank.database.read() as session:
        for number in range(PAGES):
            await list_history(session, bank.accounts[number % len(bank.accounts)])
    after = read_family_seconds(postmaster.pid)
    await bank.clear_queue()
    return Costs((between - before) / len(done), (after - between) / PAGES)


async def remove_month(database: Database, *statements: str) -> Removal:
    """Remove the entries of one month; return the time and the log that it took."""
    async with open_alone(database) as run:
        ((before,),) = await run(LOG_BYTES)
        begun = time.perf_counter()
        for statement in statements:
            await run(statement)
        seconds = time.perf_counter() - begun
        ((after,),) = await run(LOG_BYTES)
    return Removal(seconds, float(after - before))
