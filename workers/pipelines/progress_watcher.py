"""The watch of an attempt: its progress, and the last sign of life of its engine."""

import asyncio
import logging
from time import monotonic
from uuid import UUID

from workers.engines.base import Poll
from workers.pipelines.base import Work
from workers.pipelines.errors import Stalled

_LAST_PROGRESS_SECONDS = 0.5
_log = logging.getLogger(__name__)


class ProgressWatcher:
    """The watch of an attempt: it passes progress on, and keeps when the last sign came."""

    def __init__(self, work: Work, attempt: UUID) -> None:
        self._heard_at: float | None = None
        self._state: type[Poll] | None = None
        self._over = False
        self.task = asyncio.create_task(self._watch(work, attempt))

    async def _watch(self, work: Work, attempt: UUID) -> None:
        try:
            async for progress in work.engine.watch(attempt):
                self._heard_at = monotonic()
                await work.report_progress(progress)
        except Exception:  # noqa: BLE001 - the progress bar never decides about the work
            _log.exception("watching %s ended early", attempt)

    async def wait(self, seconds: float) -> bool:
        """Wait `seconds`, or until the watch ends; return True if it has just ended.

        The final state follows the last event in a moment, so polling starts again fast.
        """
        if self._over:
            await asyncio.sleep(seconds)
            return False
        await asyncio.wait({self.task}, timeout=seconds)
        self._over = self.task.done()
        return self._over

    def check_stall(self, state: Poll, limit_seconds: float) -> None:
        """Count a change of state as a sign of life; refuse a silence of `limit_seconds`.

        Raises:
            Stalled: the engine gave a sign once, but none for that long.
        """
        if self._heard_at is None:  # no event ever came: silence proves nothing
            return
        if type(state) is not self._state:
            self._state, self._heard_at = type(state), monotonic()
        if monotonic() - self._heard_at > limit_seconds:
            raise Stalled(f"no sign for {limit_seconds} s")

    async def wait_for_last_progress(self) -> None:
        """Wait half a second for the last progress to arrive."""
        await asyncio.wait({self.task}, timeout=_LAST_PROGRESS_SECONDS)
