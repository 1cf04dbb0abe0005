"""Progress of an attempt: a percentage that never falls, and the time that is left."""

import json
import math

from gateway.media.jobs.view import WAITING_STAGE
from gateway.media.tasks.stages import Stages
from workers.engines.base import Progress
from workers.jobs.run_clock import RunClock

# A guess never looks finished; below 10 percent what was done tells little of what is left.
MOST_GUESSED_PERCENT, LEAST_ETA_PERCENT = 95, 10
WAITING_FIELDS = {"stage": WAITING_STAGE, "step": None, "steps": None, "etaSeconds": None}


def compute_percent(stages: Stages, progress: Progress) -> int:
    """Return 0 to 99: the weights of the stages before, and this one's by its steps."""
    if progress.is_whole:
        return min(99, 100 * progress.step // max(1, progress.steps))
    before = 0
    for stage, weight in stages.items():
        if stage == progress.stage:
            return min(99, before + weight * progress.step // max(1, progress.steps))
        before += weight
    return 0


class ProgressMeter:
    """The progress of one attempt, as JSON of the wire.

    While the node reports nothing, progress is guessed from `usual_seconds`, which such jobs take
    there (None: not known). Nothing is guessed while the `clock` stands: the attempt waits.
    """

    def __init__(self, stages: Stages, usual_seconds: float | None, clock: RunClock) -> None:
        self._stages = stages
        self._usual = usual_seconds
        self._clock = clock
        self._waits = False
        self._percent = 0
        self._heard: Progress | None = None
        self._news = False

    async def report(self, progress: Progress) -> None:
        """Keep progress that the engine reports; the loop of leases writes it once a second."""
        self._percent = max(self._percent, compute_percent(self._stages, progress))
        self._heard, self._news = progress, True

    def take_update(self) -> str | None:
        """Return the JSON to write, or None if nothing has changed since the last call."""
        if self._waits != self._clock.is_paused:
            self._waits, self._news = self._clock.is_paused, True
        if self._heard is None:
            self._guess()
        if not self._news:
            return None
        self._news = False
        if self._waits:
            return json.dumps({"percent": self._percent, **WAITING_FIELDS})
        heard = self._heard
        return json.dumps(
            {
                "percent": self._percent,
                "stage": heard and heard.stage,
                "step": heard and heard.step,
                "steps": heard and heard.steps,
                "etaSeconds": self._eta(),
            }
        )

    def _guess(self) -> None:
        if self._usual and self._clock.is_started and not self._clock.is_paused:
            share = int(100 * self._clock.elapsed / self._usual)
            if (guessed := min(MOST_GUESSED_PERCENT, share)) > self._percent:
                self._percent, self._news = guessed, True

    def _eta(self) -> int | None:
        """Estimate the seconds left: from what is done, or at the start from what is usual."""
        elapsed = self._clock.elapsed
        if self._heard is not None and self._percent >= LEAST_ETA_PERCENT:
            return math.ceil(elapsed * (100 - self._percent) / self._percent)
        return None if self._usual is None else max(0, math.ceil(self._usual - elapsed))
