"""An engine's report of its prompts, and the clocks that it reports by.

A report has the names of the wire; `gateway/media/upstream_schemas.py` decides what of it is kept.
"""

import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from time import monotonic
from typing import Any, Generic, TypeVar
from uuid import UUID

from gateway.media.nodes import COMFYUI, engine_of

MOST_SPANS = 128
VERSION = version("killatamata")
STAGE_FIELDS: Mapping[str, str] = {
    "loading": "loadMs",
    "first_pass": "sampleMs",
    "second_pass": "sampleMs",
    "sampling": "sampleMs",
    "upscale": "sampleMs",
    "decode": "decodeMs",
    "save": "saveMs",
}
What = TypeVar("What")


@dataclass(frozen=True, slots=True)
class EngineReport:
    """What an engine says of one prompt so far; `graph` is what was sent, if it may be shown."""

    said: Mapping[str, Any] = field(default_factory=dict)
    graph: Mapping[str, Any] | None = None


class SpanClock(Generic[What]):
    """Sums the seconds of what goes on, one thing at a time; of too many things the first."""

    def __init__(self) -> None:
        self.seconds: dict[What, float] = {}
        self._now: What | None = None
        self._since = 0.0

    def enter(self, what: What | None) -> None:
        """Go over to something, or to nothing that is known."""
        now = monotonic()
        if self._now is not None and (self._now in self.seconds or len(self.seconds) < MOST_SPANS):
            self.seconds[self._now] = self.seconds.get(self._now, 0.0) + now - self._since
        self._now, self._since = what, now


def sum_stages(spans: Iterable[tuple[str, float]]) -> dict[str, int]:
    """Return the milliseconds of each kind of stage, from pairs of a stage and its seconds."""
    sums: dict[str, float] = {}
    for stage, seconds in spans:
        if (name := STAGE_FIELDS.get(stage)) is not None:
            sums[name] = sums.get(name, 0.0) + seconds
    return {name: to_ms(seconds) for name, seconds in sums.items()}


def to_ms(seconds: float) -> int:
    """Return seconds as whole milliseconds."""
    return round(seconds * 1000)


def describe_place(node: str) -> dict[str, Any]:
    """Return what is known of a node before it has begun; of this worker it is all there is."""
    engine = engine_of(node)
    said: dict[str, Any] = {"engine": engine, "node": node}
    if engine == COMFYUI:
        return said
    return said | {
        "engineVersion": VERSION,
        "python": platform.python_version(),
        "device": {"type": "cpu"},
        "models": [],
    }


def join_reports(reports: Mapping[UUID, EngineReport]) -> EngineReport:
    """Return one report of the prompts of an attempt: a film is enlarged in several.

    What they were made with is that of the first; their times are summed.
    """
    if not reports:
        return EngineReport()
    every = [*reports.values()]
    said = dict(every[0].said)
    if timings := _join_timings([each.said.get("timings", {}) for each in every]):
        said["timings"] = timings
    return EngineReport(said, every[0].graph)


def _join_timings(timings: list[Mapping[str, Any]]) -> dict[str, Any]:
    joined: dict[str, Any] = {}
    for each in timings:
        for name, value in each.items():
            if name in joined and name not in {"queuedAt", "startedAt", "endedAt"}:
                joined[name] = joined[name] + value  # not `+=`: a list is the report's own
            elif name not in joined or name == "endedAt":
                joined[name] = value
    return joined
