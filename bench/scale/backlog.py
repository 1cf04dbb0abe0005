"""A backlog: what a claim costs while very many jobs wait, and how many a second there can be.

The claims of a database take turns, for they count what each account has running. So the time of
one is the limit of all workers together.
"""

import asyncio
import statistics
import time
from collections.abc import Iterator

from sqlalchemy import text

from bench.capacity import Figure
from bench.ledger import FundedDatabase
from gateway.kit.database.sessions import Database
from gateway.media.jobs.claims import LOCK_CLAIMS
from gateway.media.jobs.lifecycle import claim_job
from tests.services.postgres import PostgresServer

FEW, MANY, CLAIMS = 1_000, 100_000, 30
LIST_COLUMNS = text("SELECT column_name FROM information_schema.columns WHERE table_name = 'job'")
COPY_JOBS = """
INSERT INTO job ({columns})
SELECT {values} FROM (SELECT * FROM job WHERE state = 'queued' ORDER BY id LIMIT 1) AS job,
    generate_series(1, {count}) AS number
"""


def measure_backlog() -> Iterator[Figure]:
    """Measure claims with few and with many jobs that wait, of a thousand accounts."""
    with PostgresServer() as server:
        few, many = asyncio.run(measure_claims(Database(server.create_database())))
    yield Figure(f"claim while {FEW:,} jobs wait", few * 1_000, "ms")
    yield Figure(f"claim while {MANY:,} jobs wait", many * 1_000, "ms")
    yield Figure("claims a second at most, by all workers together", 1 / many, "/s")


async def measure_claims(database: Database) -> tuple[float, float]:
    """Return the median time of a claim with few and with many waiting jobs, in seconds."""
    bank = FundedDatabase(database)
    await bank.create_accounts()
    await bank.admission(bank.accounts[0])
    medians = []
    for count in (FEW, MANY):
        await add_waiting_jobs(bank, count)
        medians.append(statistics.median([await time_claim(database) for _ in range(CLAIMS)]))
    await database.close()
    return medians[0], medians[1]


async def add_waiting_jobs(bank: FundedDatabase, count: int) -> None:
    """Copy the first waiting job so many times, to all accounts in turn."""
    async with bank.database.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("SET statement_timeout = 0"))
        names = list(await connection.scalars(LIST_COLUMNS))
        own = {
            "id": f"job.id || '-{count}-' || number",
            "hold_id": f"job.hold_id || '-{count}-' || number",
            "account_id": f"{min(bank.accounts)} + number % {len(bank.accounts)} * 2",
            "book": "'test'",
        }
        values = ", ".join(own.get(name, f"job.{name}") for name in names)
        columns = ", ".join(names)
        await connection.execute(
            text(COPY_JOBS.format(columns=columns, values=values, count=count))
        )
        await connection.execute(text("VACUUM ANALYZE job"))


async def time_claim(database: Database) -> float:
    """Claim one job as a worker does; return the seconds."""
    begun = time.perf_counter()
    claimed = await database.transact(
        lambda tx: claim_job(tx, "image", running_limit=1_000), postgres_lock=LOCK_CLAIMS
    )
    assert claimed is not None  # noqa: S101 - jobs wait
    return time.perf_counter() - begun
