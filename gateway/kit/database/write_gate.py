"""A first-in, first-out lock that threads and event loops share.

SQLite lets one transaction write at a time. Its own busy handler polls, and an unlucky writer can
starve. So every write transaction of this process holds one gate, in the order of asking.
"""

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager


class WriteGate:
    """A lock that is handed over in the order of asking, to threads and to tasks of any loop.

    Each waiter is a `Future`: a thread blocks on it, a task awaits it. `_lock` guards the queue and
    is held for moments only, never while waiting.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_taken = False
        self._waiting: deque[Future[None]] = deque()

    @contextmanager
    def hold_in_thread(self) -> Iterator[None]:
        """Hold the gate from a thread."""
        self._queue_up().result()
        try:
            yield
        finally:
            self._let_next_in()

    @asynccontextmanager
    async def hold_in_task(self) -> AsyncIterator[None]:
        """Hold the gate from a task of any event loop."""
        turn = self._queue_up()
        try:
            await asyncio.wrap_future(turn)
        except asyncio.CancelledError:
            # The cancellation may race with `_let_next_in` in another thread. If the turn can no
            # longer be canceled, the gate is ours: kept, it would stay closed for later writers.
            if not turn.cancel():
                self._let_next_in()
            raise
        try:
            yield
        finally:
            self._let_next_in()

    def _queue_up(self) -> Future[None]:
        turn: Future[None] = Future()
        with self._lock:
            if self._is_taken:
                self._waiting.append(turn)
            else:
                self._is_taken = True
                turn.set_result(None)
        return turn

    def _let_next_in(self) -> None:
        with self._lock:
            while self._waiting:
                turn = self._waiting.popleft()
                # False if the waiter was canceled meanwhile; after True it cannot cancel any more.
                if turn.set_running_or_notify_cancel():
                    turn.set_result(None)
                    return
            self._is_taken = False
