"""Floors of a hold: the least a database could do, a conditional UPDATE and one durable INSERT."""

import asyncio
import re
import sqlite3
import statistics
import time
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]

from tests.services.postgres import PostgresServer

ACCOUNTS = 1_000
FLOOR_TABLES = """
CREATE TABLE floor_account (id {int} PRIMARY KEY, posted {int} NOT NULL,
                            pending {int} NOT NULL){hot};
CREATE TABLE floor_transfer ({id}, account_id {int} NOT NULL, amount {int} NOT NULL);
INSERT INTO floor_account SELECT id, 1000000000000, 0 FROM ledger_account WHERE book = 'live'
"""
FLOOR_SCRIPT = """
\\set id {account}
BEGIN;
UPDATE floor_account SET pending = pending + 10 WHERE id = :id AND posted - pending >= 10;
INSERT INTO floor_transfer (account_id, amount) VALUES (:id, 10);
COMMIT;
"""


class Floors:
    """The floor transaction on PostgreSQL and SQLite, by three drivers."""

    def __init__(self, server: PostgresServer, name: str, sqlite: Path, folder: Path) -> None:
        self._server, self._name, self._sqlite, self._folder = server, name, sqlite, folder

    def create_tables(self) -> None:
        """Create the tables of the floor on both databases, with the accounts of the ledger."""
        words = {"int": "bigint", "id": "id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"}
        for statement in FLOOR_TABLES.format(hot=" WITH (fillfactor = 50)", **words).split(";"):
            self._server.execute(statement, database=self._name)
        words = {"int": "INTEGER", "id": "id INTEGER PRIMARY KEY"}
        with sqlite3.connect(self._sqlite) as connection:
            connection.executescript(FLOOR_TABLES.format(hot="", **words))
        connection.close()

    async def measure_pgbench_rate(self, clients: int, seconds: float, *, hot: bool) -> float:
        """Return transactions a second by pgbench; `hot` means one account for all clients."""
        script = self._folder / "floor.sql"
        account = "1" if hot else f"random(1, {2 * ACCOUNTS - 1}) / 2 * 2 + 1"
        script.write_text(FLOOR_SCRIPT.format(account=account))
        finished = await asyncio.to_thread(
            self._server.pgbench, "-n", "-M", "prepared", "-c", str(clients), "-j",
            str(min(clients, 2)), "-T", str(max(1, round(seconds))), "-f", str(script),
            database=self._name,
        )  # fmt: skip
        return float(re.findall(r"tps = ([0-9.]+)", finished.stdout)[0])

    async def measure_asyncpg_latency(self, seconds: float) -> float:
        """Return the median latency of one asyncpg client, in seconds."""
        url = self._server.url(self._name).replace("+asyncpg", "")
        connection = await asyncpg.connect(url)
        update = await connection.prepare(
            "UPDATE floor_account SET pending = pending + $1 WHERE id = $2"
            " AND posted - pending >= $1"
        )
        add = await connection.prepare(
            "INSERT INTO floor_transfer (account_id, amount) VALUES ($2, $1)"
        )
        latencies, end = [], time.perf_counter() + seconds
        while (start := time.perf_counter()) < end:
            await connection.execute("BEGIN")
            await update.fetch(10, 1)
            await add.fetch(10, 1)
            await connection.execute("COMMIT")
            latencies.append(time.perf_counter() - start)
        await connection.close()
        return statistics.median(latencies)

    async def measure_sqlite_rate(self, seconds: float) -> float:
        """Return durable transactions a second of one sqlite3 thread."""
        return await asyncio.to_thread(self._measure_sqlite_rate, seconds)

    def _measure_sqlite_rate(self, seconds: float) -> float:
        connection = sqlite3.connect(self._sqlite, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=16000"):
            connection.execute(f"PRAGMA {pragma}")
        count, begin = 0, time.perf_counter()
        while time.perf_counter() - begin < seconds:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(
                "UPDATE floor_account SET pending = pending + 10"
                " WHERE id = ? AND posted - pending >= 10",
                (count % ACCOUNTS * 2 + 1,),
            )
            connection.execute(
                "INSERT INTO floor_transfer (account_id, amount) VALUES (?, 10)", (1,)
            )
            connection.execute("COMMIT")
            count += 1
        rate = count / (time.perf_counter() - begin)
        connection.close()
        return rate
