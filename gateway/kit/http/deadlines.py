"""Deadlines of requests, all kept by one timer of the event loop.

`asyncio.timeout` sets a timer for each block and cancels it again, which costs a request with a
body three timers. Here a block only stands in a set. The timer is set for the earliest end of all;
when it fires, it ends what is due, and is set for the next.
"""

import asyncio
from math import inf
from types import TracebackType
from typing import Self


class Deadline:
    """A block of one task that is cancelled when its time is up, as by `asyncio.timeout`.

    Raises:
        TimeoutError: at the end of the block, if it was cancelled for that.
    """

    __slots__ = ("_cancelling", "_deadlines", "_task", "ends_at", "has_expired")

    def __init__(self, deadlines: "Deadlines", ends_at: float) -> None:
        self._deadlines = deadlines
        self._task: asyncio.Task[object] | None = None
        self._cancelling = 0
        self.ends_at = ends_at
        self.has_expired = False

    def __enter__(self) -> Self:
        """Begin the block."""
        self._task = asyncio.current_task()
        # The task may be cancelled for another reason too; that must not be mistaken for ours.
        self._cancelling = 0 if self._task is None else self._task.cancelling()
        self._deadlines.open.add(self)
        self._deadlines.keep(self.ends_at)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """End the block."""
        self._deadlines.open.discard(self)
        if not self.has_expired or self._task is None:
            return
        is_ours = self._task.uncancel() <= self._cancelling
        if is_ours and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def move(self, ends_at: float) -> None:
        """Let the block end at another time of the loop's clock."""
        self.ends_at = ends_at
        self._deadlines.keep(ends_at)

    def expire(self) -> None:
        """Cancel the block: its time is up."""
        self.has_expired, self.ends_at = True, inf
        if self._task is not None:
            self._task.cancel()


class Deadlines:
    """The open deadlines of one application, on the event loop on which it runs."""

    def __init__(self) -> None:
        self.open: set[Deadline] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None

    def start(self, seconds: float | None) -> Deadline:
        """Return a block that ends after these seconds, to be entered at once; None: never."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:  # a test may serve one application on one loop after another
            self._loop, self._timer, self.open = loop, None, set()
        return Deadline(self, inf if seconds is None else loop.time() + seconds)

    def keep(self, ends_at: float) -> None:
        """Set the timer, unless it fires before this time anyway."""
        if self._loop is None or ends_at == inf:
            return
        if self._timer is not None:
            if self._timer.when() <= ends_at:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(ends_at, self._end_due)

    def _end_due(self) -> None:
        """Cancel what is due, and set the timer for the next."""
        self._timer = None
        if self._loop is None:
            return
        now = self._loop.time()
        for deadline in [each for each in self.open if each.ends_at <= now]:
            deadline.expire()
        self.keep(min((each.ends_at for each in self.open), default=inf))
