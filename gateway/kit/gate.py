"""A first-in, first-out lock that threads and event loops share.

SQLite's own busy handler polls and starves; with one gate before every write transaction of the
process each waits its turn, and only its turn.
"""

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager


class Gate:
    """One at a time, in the order of asking."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken = False
        self._waiting: deque[Future[None]] = deque()

    @contextmanager
    def thread(self) -> Iterator[None]:
        """Hold the gate from a thread."""
        self._ask().result()
        try:
            yield
        finally:
            self._leave()

    @asynccontextmanager
    async def task(self) -> AsyncIterator[None]:
        """Hold the gate from a task of any event loop."""
        turn = self._ask()
        try:
            await asyncio.wrap_future(turn)
        except asyncio.CancelledError:
            if not turn.cancel():
                self._leave()  # it had become ours in the meantime
            raise
        try:
            yield
        finally:
            self._leave()

    def _ask(self) -> Future[None]:
        turn: Future[None] = Future()
        with self._lock:
            if self._taken:
                self._waiting.append(turn)
            else:
                self._taken = True
                turn.set_result(None)
        return turn

    def _leave(self) -> None:
        with self._lock:
            while self._waiting:
                turn = self._waiting.popleft()
                if turn.set_running_or_notify_cancel():
                    turn.set_result(None)
                    return
            self._taken = False
