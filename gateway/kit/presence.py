"""Presence of the parts around us, asked without ever waiting for long.

A part that accepts a connection and never answers is the worst kind of away: whoever asks hangs
with it. So each has one look at a time, nobody waits for it longer than a second, and what it
found is told again for a moment.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from gateway.kit import metrics

WAIT_SECONDS, FRESH_SECONDS, LOOK_SECONDS = 1.0, 0.5, 5.0
QUIET_SECONDS = 2.0
log = logging.getLogger("gateway.parts")


class Presence:
    """What was last seen of a part; each change is one line and one value of a gauge.

    Many may report at once, and of a part that comes and goes each sees something else. So it is
    back only when nobody has missed it for two seconds.
    """

    def __init__(self, part: str) -> None:
        self.part = part
        self._there: bool | None = None
        self._missed_at = 0.0
        self._lock = threading.Lock()  # a broker is seen by threads

    def report(self, *, there: bool, why: str = "") -> None:
        """Take note of what somebody saw."""
        with self._lock:
            now, before = time.monotonic(), self._there
            if not there:
                self._missed_at = now
            elif before is False and now - self._missed_at < QUIET_SECONDS:
                return
            self._there = there
        if before is there:
            return
        metrics.PART_UP.labels(self.part).set(there)
        if not there:
            log.warning("part away: %s (%s)", self.part, why or "it does not work")
        elif before is not None:
            log.warning("part back: %s", self.part)


class PartProbe:
    """Looks whether a part works; belongs to one event loop."""

    def __init__(self, presence: Presence, look: Callable[[], Awaitable[bool]]) -> None:
        self._presence = presence
        self._look = look
        self._task: asyncio.Task[None] | None = None
        self._began = 0.0
        self._works, self._until = False, 0.0

    async def works(self) -> bool:
        """Return whether the part works, at most a second later; one that has not said so does not.

        A look that takes longer goes on, so that there is never more than one, and ends itself.
        """
        now = time.monotonic()
        if self._task is None:
            if now < self._until:
                return self._works
            self._began = now
            self._task = asyncio.create_task(self._run())
        left = self._began + WAIT_SECONDS - now
        if left > 0:
            await asyncio.wait({self._task}, timeout=left)
        if self._task is not None:
            self._presence.report(there=False, why="it does not answer")
            return False
        return self._works

    async def close(self) -> None:
        """End a look that still goes on."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        why = ""
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                self._works = await self._look()
        except Exception as error:  # noqa: BLE001 - whatever it is, the part does not work
            self._works, why = False, type(error).__name__
        now = time.monotonic()
        if now - self._began < WAIT_SECONDS:
            self._until = now + FRESH_SECONDS
            self._presence.report(there=self._works, why=why)
        self._task = None
