"""SQLite's side of the database: prepared connections, the one writer thread and a reader."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from gateway.kit.clock import Clock
from gateway.kit.database.sql import Read, Row, Statement, Write, check_counts, list_sqlite_reads
from gateway.kit.database.write_gate import WriteGate

U = TypeVar("U")
R = TypeVar("R")
PRAGMAS = (
    "PRAGMA busy_timeout=5000",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",  # in WAL mode NORMAL would lose commits at a power cut
    "PRAGMA foreign_keys=ON",
    # 64 MiB: most pages of an index are written again soon, and once for all then.
    "PRAGMA wal_autocheckpoint=16000",
    "PRAGMA temp_store=MEMORY",  # from 64 KiB on what a sort keeps would go to a file
)


def prepare_connection(connection: sqlite3.Connection, clock: Clock) -> None:
    """Set durability, the busy timeout and `kt_now()` on a fresh connection."""
    for pragma in PRAGMAS:
        connection.execute(pragma)
    connection.create_function("kt_now", 0, clock.now)


class ThreadTx:
    """A transaction on the writer's or the reader's thread.

    Its coroutines never suspend: there is no event loop on that thread.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    async def read(self, statement: Statement, rows: Sequence[Row] = ((),)) -> list[Row]:
        """Return all rows the statement answers for the given row set."""
        answers: list[Row] = []
        for text, parameters in list_sqlite_reads(statement, rows):
            answers += self._connection.execute(text, parameters)
        return answers

    async def read_all(self, *reads: Read) -> list[list[Row]]:
        """Return the rows of each read."""
        return [await self.read(*each) for each in reads]

    async def change(self, statement: Statement, rows: Sequence[Row] = ((),)) -> int:
        """Carry out a conditional write and return how many rows it changed.

        Raises:
            RuntimeError: SQLite does not count the rows of such a statement, as one with `WITH`.
        """
        changed = self._connection.executemany(statement.sqlite, rows).rowcount
        if changed < 0:
            raise RuntimeError(f"the rows of this statement are not counted: {statement.sqlite}")
        return changed

    async def write(self, *writes: Write) -> None:
        """Carry out independent writes, each of which must change exactly its rows."""
        check_counts(writes, [await self.change(*write) for write in writes])


class ConnectionThread:
    """A thread with one connection of its own."""

    def __init__(self, path: str, clock: Clock, name: str) -> None:
        self._path = path
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._connection: sqlite3.Connection | None = None

    def close(self) -> None:
        """Finish what was already submitted, then close the connection."""
        self._thread.submit(self._disconnect).result()
        self._thread.shutdown()

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            connection = sqlite3.connect(self._path, isolation_level=None, cached_statements=256)
            try:
                prepare_connection(connection, self._clock)
            except BaseException:
                connection.close()  # else the next read would find it half prepared
                raise
            self._connection = connection
        return self._connection


class ReaderThread(ConnectionThread):
    """The thread of short reads without a session: each costs one change of threads and back.

    aiosqlite changes threads for each step of a read (begin, cursor, rows, close, end), which costs
    several times what SQLite does. A long read belongs in a session, as all of these wait for it.
    """

    def __init__(self, path: str, clock: Clock) -> None:
        super().__init__(path, clock, "kt-reader")

    async def read(self, run: Callable[[ThreadTx], Awaitable[R]]) -> R:
        """Run reads that see one moment; return their outcome."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._read, run)

    def _read(self, run: Callable[[ThreadTx], Awaitable[R]]) -> R:
        connection = self._open()
        connection.execute("BEGIN")
        try:
            return run_unsuspended(run(ThreadTx(connection)))
        finally:
            if connection.in_transaction:  # a failing disk may have ended it already
                connection.execute("ROLLBACK")


class WriterThread(ConnectionThread):
    """The one thread that commits batches."""

    def __init__(self, path: str, clock: Clock, gate: WriteGate) -> None:
        super().__init__(path, clock, "kt-writer")
        self._gate = gate

    async def batch(
        self, run: Callable[[Any, Sequence[U]], Awaitable[list[R]]], units: Sequence[U]
    ) -> list[R]:
        """Run all units in one transaction and return their outcomes once it is durable."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._commit, run, units)

    async def transact(self, run: Callable[[ThreadTx], Awaitable[R]]) -> R:
        """Run one transaction and return its outcome once it is durable."""

        async def run_only_unit(tx: ThreadTx, _units: Sequence[None]) -> list[R]:
            return [await run(tx)]

        [outcome] = await self.batch(run_only_unit, [None])
        return outcome

    def _commit(
        self, run: Callable[[Any, Sequence[U]], Awaitable[list[R]]], units: Sequence[U]
    ) -> list[R]:
        # The gate comes first: a BEGIN IMMEDIATE that meets another writer of this process would
        # poll in SQLite's busy handler, and could starve until the busy timeout.
        with self._gate.hold_in_thread():
            connection = self._open()
            connection.execute("BEGIN IMMEDIATE")
            try:
                outcomes = run_unsuspended(run(ThreadTx(connection), units))
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:  # a full disk has ended it already
                    connection.execute("ROLLBACK")
                raise
            return outcomes


def run_unsuspended(work: Awaitable[R]) -> R:
    """Run a coroutine that never suspends, and return its result.

    Raises:
        RuntimeError: it suspended, as on I/O of an event loop.
    """
    steps = work.__await__()
    try:
        next(steps)
    except StopIteration as end:
        result: R = end.value
        return result
    steps.close()
    raise RuntimeError("a coroutine suspended on a thread of SQLite")
