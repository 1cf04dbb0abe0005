"""The database: sessions for requests, batches for group commit, errors in words of ours.

PostgreSQL (asyncpg) and SQLite (aiosqlite, and plain sqlite3 on a writer's and a reader's thread)
run the same statements. Isolation is READ COMMITTED on PostgreSQL; a SQLite write transaction is
alone. `kt_now()` is the database's clock on both, in microseconds since 1970.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, TypeVar

from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import ORMExecuteState
from sqlalchemy.orm import Session as OrmSession
from sqlalchemy.pool import QueuePool

from gateway.kit.clock import Clock, SystemClock
from gateway.kit.database.connection_tx import ONE_EMPTY_ROW, ConnectionTx
from gateway.kit.database.postgres import (
    DRIVER_ERRORS,
    SESSION_SETTINGS,
    STATEMENT_SECONDS,
    BatchConnections,
    create_postgres_engine,
    run_transaction,
)
from gateway.kit.database.sql import Read, Row, Statement, Write
from gateway.kit.database.sqlite import ReaderThread, WriterThread, prepare_connection
from gateway.kit.database.write_checks import run_write_check
from gateway.kit.database.write_gate import WriteGate
from gateway.kit.errors import StorageFull, Unavailable
from gateway.kit.messaging.notifications import Notifications

U = TypeVar("U")
R = TypeVar("R")
SESSION_CONNECTIONS = 5
CONFLICT_SQLSTATES = {"40001", "40P01", "55P03"}  # serialization, deadlock, lock timeout
CONNECTION_LOST_SQLSTATES = {"57P01", "57P02", "57P03", "08000", "08003", "08006", "08001", "08004"}
DISK_FULL_SQLSTATE = "53100"


class TransactionConflict(Exception):  # noqa: N818 - names what happened
    """Two transactions conflicted: serialization failure, deadlock or lock timeout.

    Nothing was written.
    """


class ConnectionLost(Exception):  # noqa: N818 - names what happened
    """The connection broke; whether the transaction committed is unknown."""


class _SyncSession(OrmSession):
    """A session whose locks return the newest rows, even those that it read before the lock."""


def _refresh_locked_rows(state: ORMExecuteState) -> None:
    if state.is_select and getattr(state.statement, "_for_update_arg", None) is not None:
        state.update_execution_options(populate_existing=True)


event.listen(_SyncSession, "do_orm_execute", _refresh_locked_rows)


class Session(AsyncSession):
    """An ORM session that is also a `Tx`, so that money moves in the caller's transaction.

    `on_write` is called with every statement that wrote rows, and its rows; a dry run sets it.
    """

    sync_session_class = _SyncSession

    on_write: Callable[[Statement, Sequence[Row]], None] = staticmethod(
        lambda _statement, _rows: None
    )

    def notify_after_commit(self, topic: str) -> None:
        """Wake all who wait for this topic, once the transaction is committed."""
        self.info.setdefault("topics", []).append(topic)

    def run_after_commit(self, act: Callable[[], object]) -> None:
        """Call `act` once the transaction is committed; never if it is rolled back."""
        self.info.setdefault("after", []).append(act)

    async def rollback(self) -> None:
        """Undo what was written, and drop the notifications and calls that awaited the commit."""
        self.info.clear()
        await super().rollback()

    async def _tx(self) -> ConnectionTx:
        # Rows added through the ORM must be in the database before a statement reads or joins them.
        await self.flush()
        return ConnectionTx(await self.connection())

    async def read(self, statement: Statement, rows: Sequence[Row] = ONE_EMPTY_ROW) -> list[Row]:
        """Return all rows the statement answers for the given row set."""
        return await (await self._tx()).read(statement, rows)

    async def read_all(self, *reads: Read) -> list[list[Row]]:
        """Return the rows of each read; on PostgreSQL all see one snapshot."""
        return await (await self._tx()).read_all(*reads)

    async def change(self, statement: Statement, rows: Sequence[Row] = ONE_EMPTY_ROW) -> int:
        """Carry out a conditional write and return how many rows it changed."""
        changed = await (await self._tx()).change(statement, rows)
        if changed:
            self.on_write(statement, rows)
        return changed

    async def write(self, *writes: Write) -> None:
        """Carry out independent writes, each of which must change exactly its rows."""
        await (await self._tx()).write(*writes)
        for statement, rows in writes:
            self.on_write(statement, rows)


class Snapshot(Session):
    """A session that only reads; an operation without writes asks for this type."""


class Database:
    """One database for one event loop; `sibling` gives another loop its own connections."""

    def __init__(
        self,
        url: str,
        clock: Clock | None = None,
        gate: WriteGate | None = None,
        notifications: Notifications | None = None,
        *,
        max_connections: int = SESSION_CONNECTIONS,
        statement_seconds: float = STATEMENT_SECONDS,
    ) -> None:
        self.url = make_url(url)
        self.notifications = notifications or Notifications()
        self.clock = clock or SystemClock()
        self.is_postgres = self.url.get_backend_name() == "postgresql"
        self._gate = gate or WriteGate()
        self._engine = self._create_session_engine(max_connections, statement_seconds)
        # `_begin_transaction` reads the option. A SQLite transaction that begins as a reader and
        # writes later fails at once if another has written since: busy timeout and gate do not
        # help it.
        self._write_engine = self._engine.execution_options(begin="BEGIN IMMEDIATE")
        self._read_engine = _with_autocommit(self._engine) if self.is_postgres else self._engine
        # A migration may take as long as it takes, so its connection has no limit of ours. Apart
        # from sessions, so that a gateway whose sessions are all in use does not look unready.
        self._bare_engine = (
            create_postgres_engine(self.url, 1, SESSION_SETTINGS)
            if self.is_postgres
            else self._engine
        )
        self._batches = BatchConnections(self.url) if self.is_postgres else None
        self._writer = (
            None if self.is_postgres else WriterThread(self._sqlite_path(), self.clock, self._gate)
        )
        self._reader = None if self.is_postgres else ReaderThread(self._sqlite_path(), self.clock)

    def sibling(
        self,
        max_connections: int = SESSION_CONNECTIONS,
        statement_seconds: float = STATEMENT_SECONDS,
    ) -> "Database":
        """Return the same database with connections of its own, behind the same write gate."""
        return Database(
            self.url.render_as_string(hide_password=False),
            self.clock,
            self._gate,
            self.notifications,
            max_connections=max_connections,
            statement_seconds=statement_seconds,
        )

    def _sqlite_path(self) -> str:
        return self.url.database or ":memory:"

    def _create_session_engine(self, max_connections: int, statement_seconds: float) -> AsyncEngine:
        if self.is_postgres:
            return create_postgres_engine(
                self.url, max_connections, SESSION_SETTINGS, statement_seconds
            )
        engine = create_async_engine(
            self.url, pool_size=max_connections, pool_timeout=10, hide_parameters=True
        )
        event.listen(engine.sync_engine, "connect", self._prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_transaction)
        return engine

    def _prepare_sqlite(self, connection: Any, _record: object) -> None:  # noqa: ANN401 - driver's own
        # None keeps Python's sqlite3 from beginning transactions by itself, before
        # `_begin_transaction` can.
        connection.isolation_level = None
        connection.run_async(
            # aiosqlite has no public way to run on its thread
            lambda driver: driver._execute(prepare_connection, driver._conn, self.clock)  # noqa: SLF001
        )

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Session]:
        """Open one write transaction; commit at the end, roll back on any exception."""
        async with AsyncExitStack() as stack, translate_driver_errors():
            if not self.is_postgres:
                await stack.enter_async_context(self._gate.hold_in_task())
            session = await stack.enter_async_context(
                Session(self._write_engine, expire_on_commit=False)
            )
            async with session.begin():
                await run_write_check(session)
                yield session
            # Only now are the rows visible: one who was woken before the commit would read the old
            # state and sleep on.
            self.notifications.notify(session.info.get("topics", ()))
            for act in session.info.get("after", ()):
                act()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Snapshot]:
        """Open a session that only reads.

        On SQLite all its statements see one moment; on PostgreSQL each sees the newest commit.
        """
        async with (
            translate_driver_errors(),
            Snapshot(self._read_engine, expire_on_commit=False) as session,
        ):
            yield session

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[AsyncConnection]:
        """Open the one bare connection, for migrations, backups and the readiness check."""
        async with translate_driver_errors(), self._bare_engine.connect() as connection:
            yield connection

    @asynccontextmanager
    async def open_snapshot(self, *, is_limited: bool = True) -> AsyncIterator[AsyncConnection]:
        """Open a connection that only reads, and whose statements all see one moment.

        With `is_limited` no statement is waited for longer than one of a session.
        """
        engine = self._engine if is_limited else self._bare_engine
        async with translate_driver_errors(), engine.connect() as connection:
            if self.is_postgres:
                await connection.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
            async with connection.begin():
                yield connection

    async def batch(
        self, run: Callable[[Any, Sequence[U]], Awaitable[list[R]]], units: Sequence[U]
    ) -> list[R]:
        """Run all units in one transaction and return their outcomes after the commit.

        An exception of `run` is raised, and nothing was written.

        Raises:
            TransactionConflict: nothing was written; run the same units again.
            ConnectionLost: the commit may have happened.
        """
        if self._writer is not None:
            async with translate_driver_errors():
                return await self._writer.batch(run, units)
        if self._batches is None:  # pragma: no cover - one of the two is always there
            raise RuntimeError("database has neither writer nor batches")
        async with translate_driver_errors():
            return await self._batches.batch(run, units)

    async def transact(self, run: Callable[[Any], Awaitable[R]], *, postgres_lock: str = "") -> R:
        """Run a transaction without a session and its cost; return its outcome once durable.

        `run` waits for nothing but its transaction; the caller notifies of what it changed. On
        PostgreSQL it begins with the statement `postgres_lock`; SQLite has one writer anyway.
        """
        async with translate_driver_errors():
            if self._writer is not None:
                return await self._writer.transact(run)
            return await run_transaction(self._engine, run, postgres_lock)

    async def fetch(self, statement: Statement, rows: Sequence[Row]) -> list[Row]:
        """Read one row set outside any transaction of the caller, for coalesced reads."""
        if self._batches is None:
            return await self.inspect(lambda tx: tx.read(statement, rows))
        async with translate_driver_errors():
            return await self._batches.fetch(statement, rows)

    async def inspect(self, run: Callable[[Any], Awaitable[R]]) -> R:
        """Run short reads without a session and its cost; return their outcome.

        They see what those of `read` see. `run` waits for nothing but them.
        """
        async with translate_driver_errors():
            if self._reader is not None:
                return await self._reader.read(run)
            async with self._read_engine.connect() as opened:
                return await run(ConnectionTx(opened))

    @property
    def connections_in_use(self) -> int:
        """Return how many connections of the pools are in use."""
        pools = [engine.pool for engine in {self._engine, self._bare_engine}]
        in_sessions = sum(pool.checkedout() for pool in pools if isinstance(pool, QueuePool))
        return in_sessions + (self._batches.in_use if self._batches else 0)

    async def close(self) -> None:
        """Close every connection."""
        if self._writer is not None:
            await asyncio.to_thread(self._writer.close)
        if self._reader is not None:
            await asyncio.to_thread(self._reader.close)
        if self._batches is not None:
            await self._batches.close()
        await self._engine.dispose()
        await self._bare_engine.dispose()


def _with_autocommit(engine: AsyncEngine) -> AsyncEngine:
    """Return the engine without transactions: each statement runs alone.

    Under READ COMMITTED a transaction of reads would see the same, and cost two round trips more.
    """
    return engine.execution_options(isolation_level="AUTOCOMMIT")


def _begin_transaction(connection: Any) -> None:  # noqa: ANN401 - SQLAlchemy's event signature
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))


@asynccontextmanager
async def translate_driver_errors() -> AsyncIterator[None]:
    """Turn the drivers' errors into our own.

    Raises:
        TransactionConflict: the transaction conflicted with another; nothing was written.
        ConnectionLost: the server cannot be reached, or the connection broke.
        StorageFull: the disk under the database is full.
        Unavailable: the pool is busy.
    """
    try:
        yield
    except (DBAPIError, *DRIVER_ERRORS, sqlite3.Error, PoolTimeout, OSError) as error:
        own_error = _translate_error(error)
        if own_error is None:
            raise
        raise own_error from error


def _translate_error(error: Exception) -> Exception | None:
    """Return our own error for a driver's; None for a mistake of the caller, such as bad SQL."""
    if isinstance(error, PoolTimeout):
        return Unavailable()
    if isinstance(error, OSError):  # refused, timed out, no such name, no such socket
        return ConnectionLost()
    cause = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(cause, "sqlstate", None)
    if state in CONFLICT_SQLSTATES or "database is locked" in str(cause):
        return TransactionConflict(str(cause))
    if state == DISK_FULL_SQLSTATE or "disk is full" in str(cause):
        return StorageFull(retry_after_seconds=30)
    if state in CONNECTION_LOST_SQLSTATES or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    ):
        return ConnectionLost()
    return None
