"""A transaction that is tried again while the database is away for a moment.

A worker settles its jobs by it: outputs are not made a second time, and no lease has to run out,
because a connection broke.
"""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TypeVar

import structlog

from gateway.kit.database.sessions import ConnectionLost, Database, Session, TransactionConflict
from gateway.kit.errors import StorageFull, Unavailable

T = TypeVar("T")
DATABASE_AWAY_ERRORS = (
    TransactionConflict,
    ConnectionLost,
    Unavailable,
)  # errors that pass by themselves
PATIENCE_SECONDS, FIRST_WAIT_SECONDS, LAST_WAIT_SECONDS = 90.0, 0.2, 3.0
log = structlog.stdlib.get_logger("workers")


async def write_with_retries(database: Database, act: Callable[[Session, bool], Awaitable[T]]) -> T:
    """Run `act` in a transaction and return its result; try again for 90 s while it cannot commit.

    `act` gets a session, and True if it was tried before. A connection may break after COMMIT was
    sent: then the first try has been committed, and `act` has to recognize its own work.

    Raises:
        TransactionConflict, ConnectionLost, Unavailable: the database stays away, or is full (then
            at once).
    """
    deadline, pause, again = monotonic() + PATIENCE_SECONDS, FIRST_WAIT_SECONDS, False
    while True:
        try:
            async with database.write() as session:
                return await act(session, again)
        except DATABASE_AWAY_ERRORS as error:
            if monotonic() > deadline or isinstance(error, StorageFull):
                raise
            log.warning("written_later", cause=type(error).__name__)
        again = True
        await asyncio.sleep(pause)
        pause = min(2 * pause, LAST_WAIT_SECONDS)
