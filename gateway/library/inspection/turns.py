"""Turns to open media in a child process, shared by account.

The problem: one file can keep a processor busy for 20 seconds, and to ask for its price is free.
First come, first served would let one account stop all others.

The rules: an account that never bought credit has one turn at a time, and all of these together
leave one turn free; an account that bought may have all turns but one. Of the accounts that wait,
the one with the fewest running turns is next, then the one that used the least processor time in
the last minute. Accounts that never bought have a budget of processor time a minute.

One lock guards all counts. Futures are completed outside it: their callbacks may call `submit`,
which takes it again.
"""

import math
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from gateway.kit.database.sessions import Database
from gateway.kit.errors import RateLimited
from gateway.ledger.reports.transfer_search import has_bought

R = TypeVar("R")
ReportCpuSeconds = Callable[[float], None]
BUDGET_WINDOW_SECONDS = 60
UNCOUNTED_SECONDS = 1.0  # a file that takes less is not counted: its request costs as much


@dataclass(frozen=True, slots=True)
class InspectionBudget:
    """The account for which media is opened, and its budget; 0 is the gateway's own work.

    `seconds_per_minute` is the processor time that it may use, None for no limit.
    """

    account: int = 0
    seconds_per_minute: int | None = None


GATEWAY_BUDGET = InspectionBudget()


@dataclass(frozen=True, slots=True)
class InspectionBudgets:
    """The budgets of accounts: processor time is limited until an account has bought credit."""

    database: Database
    unpaid_seconds_per_minute: int

    async def get_budget(self, account: int, book: str) -> InspectionBudget:
        """Return the budget of an account; in the test book it is always limited."""
        if book == "live":
            async with self.database.read() as snapshot:
                if await has_bought(snapshot, [account]):
                    return InspectionBudget(account)
        return InspectionBudget(account, self.unpaid_seconds_per_minute)


@dataclass(slots=True)
class _AccountQueue:
    """The waiting work of one account, its running turns, and the processor time they used."""

    waiting: deque[tuple[InspectionBudget, Callable[[ReportCpuSeconds], Any], Future[Any]]] = field(
        default_factory=deque
    )
    running: int = 0
    recent_uses: deque[tuple[float, float]] = field(default_factory=deque)

    def seconds_used(self, now: float) -> float:
        """Return the processor time used in the last minute, in seconds."""
        while self.recent_uses and self.recent_uses[0][0] <= now - BUDGET_WINDOW_SECONDS:
            self.recent_uses.popleft()
        return sum(seconds for _, seconds in self.recent_uses)


class InspectionTurns:
    """A number of slots for child processes, shared fairly; any thread or event loop may submit."""

    def __init__(self, slots: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.slots = slots
        self._clock = clock
        self._lock = threading.Lock()
        self._queues: dict[int, _AccountQueue] = {}
        self._running = self._running_unpaid = 0
        # Each thread only waits for its child, so as many threads as slots are enough.
        self._threads = ThreadPoolExecutor(slots, thread_name_prefix="inspect")

    def submit(self, budget: InspectionBudget, work: Callable[[ReportCpuSeconds], R]) -> Future[R]:
        """Run work when it is this account's turn; the work reports its child's processor seconds.

        The future raises RateLimited if the account has used its budget of this minute.
        """
        future: Future[R] = Future()
        with self._lock:
            queue = self._queues.setdefault(budget.account, _AccountQueue())
            queue.waiting.append((budget, work, future))
        self._start_next()
        return future

    def _start_next(self) -> None:
        """Start waiting work while slots are free; refuse work of accounts without budget left."""
        refusals: list[tuple[Future[Any], RateLimited]] = []
        with self._lock:
            now = self._clock()
            self._drop_idle(now)
            while self._running < self.slots and (queue := self._next_queue(now)) is not None:
                asker, work, future = queue.waiting.popleft()
                if (wait := _wait_seconds(queue, asker, now)) is not None:
                    refusals.append((future, _build_refusal(asker, wait)))
                elif future.set_running_or_notify_cancel():
                    queue.running += 1
                    self._running += 1
                    self._running_unpaid += asker.seconds_per_minute is not None
                    self._threads.submit(self._run_work, asker, work, future)
        for future, refusal in refusals:
            if future.set_running_or_notify_cancel():
                future.set_exception(refusal)

    def _next_queue(self, now: float) -> _AccountQueue | None:
        """Return the queue of the account whose turn is next, or None."""
        candidates = [
            queue for queue in self._queues.values() if queue.waiting and self._can_start(queue)
        ]
        return min(
            candidates, key=lambda queue: (queue.running, queue.seconds_used(now)), default=None
        )

    def _can_start(self, queue: _AccountQueue) -> bool:
        most = max(1, self.slots - 1)
        if queue.waiting[0][0].seconds_per_minute is None:
            return queue.running < most
        return queue.running < 1 and self._running_unpaid < most

    def _run_work(
        self, budget: InspectionBudget, work: Callable[[ReportCpuSeconds], Any], future: Future[Any]
    ) -> None:
        spent: list[float] = []
        result, error = None, None
        try:
            result = work(spent.append)
        except Exception as raised:  # noqa: BLE001 - the caller's to handle
            error = raised
        with self._lock:
            queue, seconds = self._queues[budget.account], sum(spent)
            if seconds >= UNCOUNTED_SECONDS:
                queue.recent_uses.append((self._clock(), seconds))
            queue.running -= 1
            self._running -= 1
            self._running_unpaid -= budget.seconds_per_minute is not None
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)
        self._start_next()

    def _drop_idle(self, now: float) -> None:
        """Drop accounts without work and without use in the last minute, to bound memory."""
        idle = [
            account
            for account, queue in self._queues.items()
            if not queue.waiting and not queue.running and not queue.seconds_used(now)
        ]
        for account in idle:
            del self._queues[account]


def _wait_seconds(queue: _AccountQueue, budget: InspectionBudget, now: float) -> int | None:
    """Return the seconds until an account's budget frees up again; None if it has some left."""
    allowed = budget.seconds_per_minute
    if allowed is None or queue.seconds_used(now) < allowed:
        return None
    return max(1, math.ceil(queue.recent_uses[0][0] + BUDGET_WINDOW_SECONDS - now))


def _build_refusal(budget: InspectionBudget, wait_seconds: int) -> RateLimited:
    return RateLimited(
        f"Opening this account's media took {budget.seconds_per_minute} seconds of processor time "
        "in the last minute, which is all it may take until credit is bought.",
        retry_after_seconds=wait_seconds,
    )
