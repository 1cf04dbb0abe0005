"""The child's meter: it reports the real stages, keeps the pace and lets faults happen."""

import signal
import time
from collections.abc import Mapping
from typing import NamedTuple

from workers.processes.confinement import ChildError, emit_line

_QUIET_SECONDS = 0.05  # between two lines of one stage
_NAP_SECONDS = 0.2  # between two `alive` lines, by which a child without its parent ends
_HALF = 0.5


class StageLeg(NamedTuple):
    """A stage: its share of the whole work, and its number of steps."""

    stage: str
    share: float
    steps: int


def build_legs(stages: Mapping[str, int], steps: Mapping[str, int]) -> list[StageLeg]:
    """Build legs from the weights of stages; one that `steps` does not name has one step."""
    return [
        StageLeg(stage, weight / 100, steps.get(stage, 1))
        for stage, weight in stages.items()
        if weight
    ]


class PaceMeter:
    """The meter of one attempt, which lets all of its work take `seconds` at least."""

    def __init__(
        self, legs: list[StageLeg], *, seconds: float, faults: frozenset[str], stall_seconds: float
    ) -> None:
        self._legs = legs
        self._seconds = seconds
        self._faults = faults
        self._stall_seconds = stall_seconds
        self._started = time.monotonic()
        self._emitted = 0.0
        self._last: tuple[str, int] | None = None
        self._asked: list[float] = []
        if "stall" in faults:
            signal.signal(signal.SIGTERM, lambda *_: self._asked.append(time.monotonic()))

    def reach_share(self, done: float) -> None:
        """Report that the share `done` (0 to 1) of the work is done.

        Raises:
            ChildError: the prompt asked for a failure at this point.
        """
        if "audio-fail" in self._faults:
            raise ChildError("the reference audio cannot be applied", code="audio")
        self._emit_stage(done)
        self._keep_pace(done)
        if done >= _HALF:
            self._fail_half_way()

    def finish(self) -> None:
        """Report that all is done.

        Raises:
            ChildError: the prompt asked that moderation refuses the output.
        """
        self.reach_share(1.0)
        if "content" in self._faults:
            raise ChildError("output moderation refused it", code="content")

    def _emit_stage(self, done: float) -> None:
        stage, step, steps = _locate_share(self._legs, done)
        now = time.monotonic()
        fresh = self._last is None or self._last[0] != stage
        if (stage, step) == self._last or (not fresh and now - self._emitted < _QUIET_SECONDS):
            return
        self._last, self._emitted = (stage, step), now
        emit_line({"stage": stage, "step": step, "steps": steps})

    def _keep_pace(self, done: float) -> None:
        while (early := self._started + done * self._seconds - time.monotonic()) > 0:
            time.sleep(min(early, _NAP_SECONDS))
            emit_line({"alive": True})

    def _fail_half_way(self) -> None:
        if self._faults & {"fail", "fail-once"}:
            raise ChildError("the sandbox was asked to fail", code="exception")
        if "oom" in self._faults:
            raise MemoryError("can't allocate memory")
        if "stall" in self._faults:
            self._stall()

    def _stall(self) -> None:
        """Hang until SIGTERM and then for the stall time; `emit_line` ends it with its parent."""
        while not self._asked or time.monotonic() - self._asked[0] < self._stall_seconds:
            emit_line({"alive": True})
            time.sleep(_NAP_SECONDS)
        raise SystemExit(-signal.SIGTERM)


def _locate_share(legs: list[StageLeg], done: float) -> tuple[str, int, int]:
    """Return stage, step and steps at the share `done` of the work."""
    start = 0.0
    for leg in legs:
        if done < start + leg.share:
            step = int((done - start) / leg.share * leg.steps)
            return leg.stage, min(step, leg.steps), leg.steps
        start += leg.share
    last = legs[-1]
    return last.stage, last.steps, last.steps
