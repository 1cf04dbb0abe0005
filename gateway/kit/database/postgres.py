"""PostgreSQL's side of the database: its connections, and batches that use the driver directly.

For a batch, SQLAlchemy's session and adapter cost more time than the server itself, so batches
and coalesced reads call asyncpg without them.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from asyncpg import InterfaceError, PostgresError  # type: ignore[import-untyped]
from sqlalchemy import event
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi
from sqlalchemy.engine import URL
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import PoolProxiedConnection, QueuePool

from gateway.kit.database.sql import (
    Read,
    Row,
    Statement,
    Write,
    check_counts,
    combine_reads,
    combine_writes,
    spread_answers,
    to_columns,
)

U = TypeVar("U")
R = TypeVar("R")
DRIVER_ERRORS = (PostgresError, InterfaceError, AsyncAdapt_asyncpg_dbapi.Error)
SESSION_SETTINGS = {
    "lock_timeout": "10s",
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "30s",
}
BATCH_SETTINGS = {
    # A generic plan is kept for the life of a connection. One made while a table was small would
    # read the whole table for ever after; without these, only look-ups by index are left.
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_material": "off",
    "jit": "off",  # a plan that `enable_…` made dear would be compiled at each execution
    "plan_cache_mode": "force_generic_plan",  # planning took a third of each statement
    "lock_timeout": "3s",
    "statement_timeout": "10s",
    "idle_in_transaction_session_timeout": "5s",
}
MAX_BATCH_CONNECTIONS = 2
# More than `statement_timeout`: past them the server hangs or the network is cut, and only we can
# end the wait. Keep-alive does not: the kernel of a server that hangs still acknowledges.
BATCH_SECONDS = 15.0
STATEMENT_SECONDS = 35.0
# A server that vanished, as in a power cut, sends no reset. Without these a read on its connection
# would wait for hours; with them the kernel gives the connection up within half a minute.
SOCKET_OPTIONS = {
    (socket.SOL_SOCKET, "SO_KEEPALIVE"): 1,
    (socket.IPPROTO_TCP, "TCP_KEEPIDLE"): 10,
    (socket.IPPROTO_TCP, "TCP_KEEPINTVL"): 5,
    (socket.IPPROTO_TCP, "TCP_KEEPCNT"): 3,
    (socket.IPPROTO_TCP, "TCP_USER_TIMEOUT"): 20_000,
}


class DriverTx:
    """A transaction carried by a connection of the driver."""

    def __init__(self, driver: Any) -> None:  # noqa: ANN401 - the driver has no types
        self._driver = driver

    async def read(self, statement: Statement, rows: Sequence[Row] = ((),)) -> list[Row]:
        """Return all rows the statement answers for the given row set."""
        records = await self._driver.fetch(
            statement.postgres, *to_columns(rows, statement.column_kinds)
        )
        return [tuple(row) for row in records]

    async def read_all(self, *reads: Read) -> list[list[Row]]:
        """Return the rows of each read, which all see one snapshot."""
        text, columns = combine_reads(reads)
        return spread_answers(reads, await self._driver.fetchrow(text, *columns))

    async def change(self, statement: Statement, rows: Sequence[Row] = ((),)) -> int:
        """Carry out a conditional write and return how many rows it changed."""
        columns = to_columns(rows, statement.column_kinds)
        tag: str = await self._driver.execute(statement.postgres, *columns)
        return int(tag.rpartition(" ")[2])  # a command tag, such as `UPDATE 3`

    async def write(self, *writes: Write) -> None:
        """Carry out independent writes, each of which must change exactly its rows."""
        writes = tuple(write for write in writes if write[1])
        if writes:
            text, columns = combine_writes(writes)
            check_counts(writes, await self._driver.fetchrow(text, *columns))


def create_postgres_engine(
    url: URL,
    max_connections: int,
    settings: dict[str, str],
    statement_seconds: float | None = None,
) -> AsyncEngine:
    """Return an engine of at most `max_connections`, each connection with these server settings.

    A statement without an answer after `statement_seconds` raises TimeoutError, and SQLAlchemy
    drops its connection: a rollback on it would wait for the same server.
    """
    engine = create_async_engine(
        url,
        pool_size=max_connections,
        max_overflow=0,
        pool_timeout=10,
        hide_parameters=True,
        connect_args={
            "server_settings": settings,
            "timeout": 5,
            "command_timeout": statement_seconds,
        },
    )
    event.listen(engine.sync_engine, "connect", _set_keepalive)
    event.listen(engine.sync_engine, "checkout", _refuse_closed)
    return engine


class BatchConnections:
    """The two connections that only batches and coalesced reads use.

    After a block that succeeded, its connection waits here for the next one: to return it to the
    pool and take it out again costs 0.4 ms, as much as four submits' share of a batch. After any
    other it goes back to the pool. The semaphore has one place a connection, so a block that has a
    place and finds none waiting gets one from the pool without a wait.
    """

    def __init__(self, url: URL) -> None:
        self.engine = create_postgres_engine(url, MAX_BATCH_CONNECTIONS, BATCH_SETTINGS)
        self._places = asyncio.Semaphore(MAX_BATCH_CONNECTIONS)
        self._waiting: list[PoolProxiedConnection] = []
        self._is_closed = False

    @property
    def in_use(self) -> int:
        """Return how many connections a block uses now."""
        pool = self.engine.pool
        taken = pool.checkedout() if isinstance(pool, QueuePool) else 0
        return taken - len(self._waiting)

    async def batch(
        self, run: Callable[[Any, Sequence[U]], Awaitable[list[R]]], units: Sequence[U]
    ) -> list[R]:
        """Run all units in one transaction and return their outcomes after the commit."""
        async with self._lend() as driver:
            return await _run_in_transaction(driver, lambda tx: run(tx, units))

    async def fetch(self, statement: Statement, rows: Sequence[Row]) -> list[Row]:
        """Read one row set outside any transaction."""
        async with self._lend() as driver:
            return await DriverTx(driver).read(statement, rows)

    async def close(self) -> None:
        """Close every connection; one that a block still uses, when it ends."""
        self._is_closed = True
        while self._waiting:
            self._waiting.pop().close()
        await self.engine.dispose()

    @asynccontextmanager
    async def _lend(self) -> AsyncIterator[Any]:
        """Lend a connection for the block, and keep it for the next one if all went well."""
        async with asyncio.timeout(BATCH_SECONDS), self._places:
            pooled = self._find_waiting() or await self.engine.raw_connection()
            async with _guard_connection(pooled) as driver:
                yield driver
            if self._is_closed:
                pooled.invalidate()  # its pool was emptied before: there it would stay open
            else:
                self._waiting.append(pooled)

    def _find_waiting(self) -> PoolProxiedConnection | None:
        """Take a waiting connection; those that the server has closed go back to the pool."""
        while self._waiting:
            pooled = self._waiting.pop()
            driver: Any = pooled.driver_connection
            if not driver.is_closed():
                return pooled
            pooled.close()
        return None


async def run_transaction(
    engine: AsyncEngine, run: Callable[[DriverTx], Awaitable[R]], lock: str = ""
) -> R:
    """Run one transaction by the driver alone; return its outcome after the commit.

    It begins with the statement `lock`, in the same round trip.

    Raises:
        ConnectionError: the connection broke.
        TimeoutError: the transaction took longer than `BATCH_SECONDS`.
    """
    async with asyncio.timeout(BATCH_SECONDS):
        pooled = await engine.raw_connection()
        async with _guard_connection(pooled) as driver:
            outcome = await _run_in_transaction(driver, run, lock)
        pooled.close()
        return outcome


async def _run_in_transaction(
    driver: Any,  # noqa: ANN401 - the driver has no types
    run: Callable[[DriverTx], Awaitable[R]],
    lock: str = "",
) -> R:
    """Run one transaction on a connection; return its outcome after the commit."""
    try:
        await driver.execute(f"BEGIN; {lock}")
        outcome = await run(DriverTx(driver))
    except Exception:
        await driver.execute("ROLLBACK")
        raise
    if await driver.execute("COMMIT") != "COMMIT":
        raise RuntimeError("a statement had failed, so nothing was committed")
    return outcome


@asynccontextmanager
async def _guard_connection(pooled: PoolProxiedConnection) -> AsyncIterator[Any]:
    """Give the block the driver's own connection; return it to its pool if the block fails.

    A connection whose block was canceled or ran out of time is terminated: to ask a server
    that may be gone for a rollback could wait without end.

    Raises:
        ConnectionError: the connection broke.
    """
    driver: Any = pooled.driver_connection
    try:
        yield driver
    except Exception as error:
        pooled.close()
        if driver.is_closed():
            raise ConnectionError from error
        raise
    except BaseException:
        driver.terminate()
        pooled.close()
        raise


def _set_keepalive(connection: Any, _record: object) -> None:  # noqa: ANN401 - driver's own
    """Set keep-alive on a new connection; a Unix socket needs none."""
    dialled = connection.driver_connection._transport.get_extra_info("socket")  # noqa: SLF001 - no public way
    if dialled is not None and dialled.family in {socket.AF_INET, socket.AF_INET6}:
        for (level, name), value in SOCKET_OPTIONS.items():
            if hasattr(socket, name):  # macOS and Windows lack some
                dialled.setsockopt(level, getattr(socket, name), value)


def _refuse_closed(connection: Any, _record: object, _proxy: object) -> None:  # noqa: ANN401 - driver's own
    """Let the pool replace a connection that the server has closed.

    The driver learns of it from the event loop, so no ping before each use is needed.
    """
    if connection.driver_connection.is_closed():
        raise DisconnectionError
