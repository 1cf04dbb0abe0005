"""Presence of the parts of a deployment: the broker, the database, the storage.

A part that accepts a connection and never answers is the worst outage: each caller that asks hangs
with it. So a part has one check at a time, no caller waits for it longer than a second, and its
result is reused for half a second.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from gateway.kit.telemetry import metrics

WAIT_SECONDS, FRESH_SECONDS, CHECK_SECONDS = 1.0, 0.5, 5.0
QUIET_SECONDS = 2.0
log = logging.getLogger("gateway.parts")


class Presence:
    """The last known state of a part; each change is one log line and one value of a gauge.

    Many threads report at once, and of a part that comes and goes they see different things. So a
    part counts as back only when no report has missed it for `QUIET_SECONDS`.
    """

    def __init__(self, part: str) -> None:
        self.part = part
        self._up: bool | None = None
        self._missed_at = 0.0
        self._lock = threading.Lock()  # each thread of a worker reports on the broker

    def report(self, *, up: bool, why: str = "") -> None:
        """Record that the part is `up` or not; `why` is the reason for the log."""
        with self._lock:
            now, before = time.monotonic(), self._up
            if not up:
                self._missed_at = now
            elif before is False and now - self._missed_at < QUIET_SECONDS:
                return
            self._up = up
        if before is up:
            return
        metrics.PART_UP.labels(self.part).set(up)
        if not up:
            log.warning("part away: %s (%s)", self.part, why or "it does not work")
        elif before is not None:
            log.warning("part back: %s", self.part)


class PartProbe:
    """A check of one part, shared by all callers of one event loop."""

    def __init__(self, presence: Presence, check: Callable[[], Awaitable[bool]]) -> None:
        self._presence = presence
        self._check = check
        self._task: asyncio.Task[None] | None = None
        self._started = 0.0
        self._was_working, self._fresh_until = False, 0.0

    async def is_working(self) -> bool:
        """Return True if the part works; False if it has not answered within a second.

        A check that takes longer goes on until its own deadline, and later callers wait for the
        same one: a silent part never has more than one check.
        """
        now = time.monotonic()
        if self._task is None:
            if now < self._fresh_until:
                return self._was_working
            self._started = now
            self._task = asyncio.create_task(self._run())
        left = self._started + WAIT_SECONDS - now
        if left > 0:
            # `wait`, unlike `wait_for`, leaves the task running when the time or the caller ends.
            await asyncio.wait({self._task}, timeout=left)
        if self._task is not None:
            self._presence.report(up=False, why="it does not answer")
            return False
        return self._was_working

    async def close(self) -> None:
        """End a check that still goes on."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        why = ""
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                self._was_working = await self._check()
        except Exception as error:  # noqa: BLE001 - whatever it is, the part does not work
            self._was_working, why = False, type(error).__name__
        now = time.monotonic()
        # A later result is not kept: callers were told already that the part does not answer.
        if now - self._started < WAIT_SECONDS:
            self._fresh_until = now + FRESH_SECONDS
            self._presence.report(up=self._was_working, why=why)
        self._task = None
