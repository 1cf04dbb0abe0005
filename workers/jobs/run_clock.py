"""The running time of an attempt, without its wait on a busy node."""

import asyncio
from collections.abc import Callable
from contextlib import suppress


class RunClock:
    """The seconds that an attempt runs; the clock stands while the attempt waits for its turn.

    It goes from the claim on, so that fetching and uploading inputs has a limit too, and starts
    again from zero when the engine begins.
    """

    def __init__(self, clock: Callable[[], float] | None = None) -> None:
        # By default the loop's time, by which `wait_until` waits: with another clock it could wake
        # too early, and then spin until that one has caught up.
        self._clock = clock or asyncio.get_running_loop().time
        self._passed, self._since = 0.0, self._clock()
        self._changed = asyncio.Event()
        self.is_started = self.is_paused = False

    @property
    def elapsed(self) -> float:
        """Return the seconds that have passed on it."""
        return self._passed + (0.0 if self.is_paused else self._clock() - self._since)

    def start(self) -> None:
        """Start from zero, or go on from where it stood."""
        if self.is_started and not self.is_paused:
            return
        self._passed = self._passed if self.is_started else 0.0
        self._since = self._clock()
        self.is_started, self.is_paused = True, False
        self._changed.set()

    def pause(self) -> None:
        """Stop counting until it is started again."""
        if not self.is_paused:
            self._passed, self.is_paused = self.elapsed, True
            self._changed.set()

    async def wait_until(self, seconds: float) -> None:
        """Wait until so many seconds have passed on it, however often it stands meanwhile."""
        while self.elapsed < seconds:
            self._changed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(None if self.is_paused else seconds - self.elapsed):
                    await self._changed.wait()
