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
        # By default the loop's time, by which `reach` waits: with another clock it could wake
        # too early, and then spin until that one has caught up.
        self._clock = clock or asyncio.get_running_loop().time
        self._passed, self._since = 0.0, self._clock()
        self._changed = asyncio.Event()
        self.is_begun = self.stands = False

    @property
    def elapsed(self) -> float:
        """Return the seconds that have passed on it."""
        return self._passed + (0.0 if self.stands else self._clock() - self._since)

    def begin(self) -> None:
        """Start from zero, or go on from where it stood."""
        if self.is_begun and not self.stands:
            return
        self._passed = self._passed if self.is_begun else 0.0
        self._since = self._clock()
        self.is_begun, self.stands = True, False
        self._changed.set()

    def stand(self) -> None:
        """Stop counting until it is started again."""
        if not self.stands:
            self._passed, self.stands = self.elapsed, True
            self._changed.set()

    async def reach(self, seconds: float) -> None:
        """Wait until so many seconds have passed on it, however often it stands meanwhile."""
        while self.elapsed < seconds:
            self._changed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(None if self.stands else seconds - self.elapsed):
                    await self._changed.wait()
