"""Group commit and group reads: under load many units share one transaction.

The problem: a commit waits for the disk, so one commit a request bounds the requests a second.
The way: one batch is in flight at a time. Units that arrive meanwhile wait in order of arrival,
and the next batch takes all of them, up to a maximum. There is no timer: load makes batches large,
and a unit that arrives alone goes alone, at once.

Invariants: an outcome is set only after the commit. A caller that vanished cancels nothing, for its
unit shares a transaction with others. A unit that fails spoils no other. Units may run twice, see
`GroupCommit`. All of it belongs to one event loop, so no lock is needed.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from gateway.kit.database.sessions import ConnectionLost, Database, TransactionConflict
from gateway.kit.errors import Unavailable

U = TypeVar("U")
R = TypeVar("R")


class GroupedWork(Generic[U, R]):
    """The queue and the loop of both: one batch in flight, all that wait go into the next.

    At most `max_batch` units are in a batch, and `max_waiting` units in the queue.
    """

    def __init__(self, max_batch: int, max_waiting: int) -> None:
        self._max_batch = max_batch
        self._max_waiting = max_waiting
        self._waiting: deque[tuple[U, asyncio.Future[R]]] = deque()
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    async def submit(self, unit: U) -> R:
        """Return the unit's outcome, once its batch is done.

        Raises:
            Unavailable: too many wait, or the gateway is shutting down.
        """
        if self._closed or len(self._waiting) >= self._max_waiting:
            raise Unavailable
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((unit, future))
        if self._task is None:
            self._task = asyncio.create_task(self._drain())
        return await future

    async def close(self, seconds: float = 20) -> None:
        """Refuse new units and finish those that wait, for at most `seconds`."""
        self._closed = True
        if self._task is not None:
            await asyncio.wait([self._task], timeout=seconds)

    async def _drain(self) -> None:
        while self._waiting:
            count = min(self._max_batch, len(self._waiting))
            batch = [self._waiting.popleft() for _ in range(count)]
            outcomes = await self._collect_outcomes([unit for unit, _ in batch])
            for (_, future), outcome in zip(batch, outcomes, strict=True):
                if future.cancelled():
                    continue  # the caller is gone; its unit was done all the same
                if isinstance(outcome, Exception):
                    future.set_exception(outcome)
                else:
                    future.set_result(outcome)
        # No await since the queue was found empty: a unit cannot slip in and find a task that has
        # already stopped looking.
        self._task = None

    async def _collect_outcomes(self, units: Sequence[U]) -> Sequence[R | Exception]:
        """Run a batch; its failure becomes the outcome of every unit, so that the loop goes on."""
        try:
            return await self._run_batch(units)
        except Exception as error:  # noqa: BLE001 - every caller gets it
            return [error] * len(units)

    async def _run_batch(self, units: Sequence[U]) -> Sequence[R | Exception]:
        raise NotImplementedError


class GroupCommit(GroupedWork[U, R]):
    """Units that share one write transaction; an outcome is set only after the commit.

    `run(tx, units)` returns one outcome a unit, in order. A unit must carry an idempotency key or
    ids made beforehand, by which `run` finds what it has made: after a lost connection the commit
    may have happened, and the same units run once more.
    """

    def __init__(
        self,
        run: Callable[[Any, Sequence[U]], Awaitable[list[R]]],
        database: Database,
        max_batch: int = 256,
        max_waiting: int = 2_000,
    ) -> None:
        super().__init__(max_batch, max_waiting)
        self._run = run
        self._database = database

    async def _run_batch(self, units: Sequence[U]) -> Sequence[R | Exception]:
        for last in (False, True):
            try:
                return await self._database.batch(self._run, units)
            except (TransactionConflict, ConnectionLost) as error:
                if last:
                    raise Unavailable from error
            except Exception:
                if len(units) == 1:
                    raise
                # One bad unit undoes the whole batch: each then goes alone, so that only the bad
                # one fails. Savepoints for that would cost every good batch on SQLite a third more.
                return [
                    outcome for unit in units for outcome in await self._collect_outcomes([unit])
                ]
        raise AssertionError  # the loop returns or raises


class GroupRead(GroupedWork[U, R]):
    """Keys that share one query.

    A reader joins only a batch that starts after it arrived, so it never sees older rows than a
    query of its own would.
    """

    def __init__(
        self,
        fetch: Callable[[Sequence[U]], Awaitable[Mapping[U, R]]],
        max_batch: int = 256,
        max_waiting: int = 2_000,
    ) -> None:
        super().__init__(max_batch, max_waiting)
        self._fetch = fetch

    async def _run_batch(self, units: Sequence[U]) -> Sequence[R | Exception]:
        try:
            values = await self._fetch(list(dict.fromkeys(units)))
        except (TransactionConflict, ConnectionLost) as error:
            raise Unavailable from error
        return [values[unit] for unit in units]
