"""Turns to open media, by account instead of first come, first served.

One file can keep a processor busy for 20 seconds, and asking what it would cost is free. So nobody
has all the children: an account has one turn at a time until it has bought credit, and after that
all but one; accounts that never bought leave one turn to those who did. Among those who wait the
account with the fewest running goes first, then the one that used least in the last minute.
"""

import math
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from gateway.kit.database import Database
from gateway.kit.errors import RateLimited
from gateway.ledger.finding import has_bought

R = TypeVar("R")
Charge = Callable[[float], None]
WINDOW_SECONDS = 60
FREE_SECONDS = 1.0  # a file that takes less is not counted: its request costs as much


@dataclass(frozen=True, slots=True)
class Asker:
    """For whom media is opened: a ledger account, 0 for our own work.

    `seconds_a_minute` of processor time are what it may use, None for any.
    """

    account: int = 0
    seconds_a_minute: int | None = None


OURS = Asker()


@dataclass(frozen=True, slots=True)
class Askers:
    """Finds what accounts may use; those that never bought credit have a budget."""

    database: Database
    unpaid_seconds_a_minute: int

    async def find(self, account: int, book: str) -> Asker:
        """Return who asks; play money buys nothing."""
        if book == "live":
            async with self.database.read() as snapshot:
                if await has_bought(snapshot, [account]):
                    return Asker(account)
        return Asker(account, self.unpaid_seconds_a_minute)


@dataclass(slots=True)
class _Line:
    """The files of one account that wait, how many are open, and the time that the last took."""

    waiting: deque[tuple[Asker, Callable[[Charge], Any], Future[Any]]] = field(
        default_factory=deque
    )
    running: int = 0
    used: deque[tuple[float, float]] = field(default_factory=deque)

    def seconds_used(self, now: float) -> float:
        """Return the processor time of the last minute."""
        while self.used and self.used[0][0] <= now - WINDOW_SECONDS:
            self.used.popleft()
        return sum(seconds for _, seconds in self.used)


class InspectTurns:
    """So many children at once, shared fairly; threads and event loops may all ask."""

    def __init__(self, slots: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.slots = slots
        self._clock = clock
        self._lock = threading.Lock()
        self._lines: dict[int, _Line] = {}
        self._running = self._running_unpaid = 0
        # The threads only wait for their child.
        self._threads = ThreadPoolExecutor(slots, thread_name_prefix="inspect")

    def submit(self, asker: Asker, work: Callable[[Charge], R]) -> Future[R]:
        """Carry out work when it is this asker's turn; the work says how long its child took.

        The future raises RateLimited where the account has used what it may in a minute.
        """
        future: Future[R] = Future()
        with self._lock:
            line = self._lines.setdefault(asker.account, _Line())
            line.waiting.append((asker, work, future))
        self._start_next()
        return future

    def _start_next(self) -> None:
        """Start what may be started, and refuse what has no budget left."""
        refused: list[tuple[Future[Any], RateLimited]] = []
        with self._lock:
            now = self._clock()
            self._forget(now)
            while self._running < self.slots and (line := self._next(now)) is not None:
                asker, work, future = line.waiting.popleft()
                if (wait := _wait_seconds(line, asker, now)) is not None:
                    refused.append((future, _refusal(asker, wait)))
                elif future.set_running_or_notify_cancel():
                    line.running += 1
                    self._running += 1
                    self._running_unpaid += asker.seconds_a_minute is not None
                    self._threads.submit(self._run, asker, work, future)
        for future, refusal in refused:
            if future.set_running_or_notify_cancel():
                future.set_exception(refusal)

    def _next(self, now: float) -> _Line | None:
        """Return the line whose turn it is."""
        able = [line for line in self._lines.values() if line.waiting and self._may(line)]
        return min(able, key=lambda line: (line.running, line.seconds_used(now)), default=None)

    def _may(self, line: _Line) -> bool:
        most = max(1, self.slots - 1)
        if line.waiting[0][0].seconds_a_minute is None:
            return line.running < most
        return line.running < 1 and self._running_unpaid < most

    def _run(self, asker: Asker, work: Callable[[Charge], Any], future: Future[Any]) -> None:
        spent: list[float] = []
        result, error = None, None
        try:
            result = work(spent.append)
        except Exception as raised:  # noqa: BLE001 - the caller's to handle
            error = raised
        with self._lock:
            line, seconds = self._lines[asker.account], sum(spent)
            if seconds >= FREE_SECONDS:
                line.used.append((self._clock(), seconds))
            line.running -= 1
            self._running -= 1
            self._running_unpaid -= asker.seconds_a_minute is not None
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)
        self._start_next()

    def _forget(self, now: float) -> None:
        """Keep memory bounded: drop who has neither asked nor used anything for a minute."""
        idle = [
            account
            for account, line in self._lines.items()
            if not line.waiting and not line.running and not line.seconds_used(now)
        ]
        for account in idle:
            del self._lines[account]


def _wait_seconds(line: _Line, asker: Asker, now: float) -> int | None:
    """Return how long an account has to wait that has used up its minute, None if it has not."""
    allowed = asker.seconds_a_minute
    if allowed is None or line.seconds_used(now) < allowed:
        return None
    return max(1, math.ceil(line.used[0][0] + WINDOW_SECONDS - now))


def _refusal(asker: Asker, wait_seconds: int) -> RateLimited:
    return RateLimited(
        f"Opening this account's media took {asker.seconds_a_minute} seconds of processor time in "
        "the last minute, which is all it may take until credit is bought.",
        retry_after_seconds=wait_seconds,
    )
