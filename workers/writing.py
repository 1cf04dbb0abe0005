"""Writing down how a job ended, also while the database is away for a moment.

What was made is not made anew, and no lease has to run out, because a connection broke.
"""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TypeVar

import structlog

from gateway.kit.database import Clash, ConnectionLost, Database, Session
from gateway.kit.errors import StorageFull, Unavailable

T = TypeVar("T")
AWAY = (Clash, ConnectionLost, Unavailable)
PATIENCE_SECONDS, FIRST_WAIT_SECONDS, LAST_WAIT_SECONDS = 90.0, 0.2, 3.0
log = structlog.stdlib.get_logger("workers")


async def written(database: Database, act: Callable[[Session, bool], Awaitable[T]]) -> T:
    """Carry out a transaction; while the database is away, again and again.

    `act` is told whether it was tried before: then it may have been committed all the same.

    Raises:
        Clash, ConnectionLost, Unavailable: the database stays away.
    """
    deadline, pause, again = monotonic() + PATIENCE_SECONDS, FIRST_WAIT_SECONDS, False
    while True:
        try:
            async with database.write() as session:
                return await act(session, again)
        except AWAY as error:
            if monotonic() > deadline or isinstance(error, StorageFull):
                raise
            log.warning("written_later", cause=type(error).__name__)
        again = True
        await asyncio.sleep(pause)
        pause = min(2 * pause, LAST_WAIT_SECONDS)
