"""Reports of engines about their prompts, and the clock of stages.

A report has the wire names; `gateway/media/nodes/upstream_schemas.py` decides which of them are
kept.
"""

import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Generic, Literal, TypedDict, TypeVar
from uuid import UUID

from gateway.kit.clock import to_iso
from gateway.kit.release import VERSION
from gateway.media.nodes.node_pool import COMFYUI_ENGINE, OPENAI_ENGINE, get_engine
from gateway.media.nodes.upstream import CostState

MOST_SPANS = 128
StageField = Literal["loadMs", "sampleMs", "decodeMs", "saveMs"]
AmountField = Literal["queueMs", "runMs"] | StageField
AMOUNT_FIELDS: tuple[AmountField, ...] = (
    "queueMs",
    "runMs",
    "loadMs",
    "sampleMs",
    "decodeMs",
    "saveMs",
)
STAGE_FIELDS: Mapping[str, StageField] = {
    "loading": "loadMs",
    "first_pass": "sampleMs",
    "second_pass": "sampleMs",
    "sampling": "sampleMs",
    "upscale": "sampleMs",
    "decode": "decodeMs",
    "save": "saveMs",
}
SpanKey = TypeVar("SpanKey")


class NodeTime(TypedDict):
    """The time that a node of the graph ran, in milliseconds."""

    node: str
    ms: int


class Timings(TypedDict, total=False):
    """The times of a prompt: when it waited and ran (ISO 8601), and what took how many ms."""

    queuedAt: str
    startedAt: str
    endedAt: str
    queueMs: int
    runMs: int
    loadMs: int
    sampleMs: int
    decodeMs: int
    saveMs: int
    nodes: list[NodeTime]


class WorkflowFields(TypedDict):
    """The workflow that was sent."""

    name: str
    sha256: str


class ResultFields(TypedDict, total=False):
    """The measurements of the first output; the seed is an integer if the input holds one."""

    seed: object
    width: int | None
    height: int | None
    frames: int | None
    fps: float | None
    hasAudio: bool


class ReportFields(TypedDict, total=False):
    """A report under its wire names; an object is as the node sent it, of any shape."""

    engine: str
    dialect: str
    engineVersion: object
    python: str
    pytorch: object
    device: Mapping[str, object]
    node: str
    workflow: WorkflowFields
    models: list[dict[str, str | None]]
    timings: Timings
    result: ResultFields


@dataclass(frozen=True, slots=True)
class EngineReport:
    """The report of one prompt so far; `graph` is what was sent, if its owner may see it.

    `cost_microusd` is what it may cost us; None where nobody charges us.
    """

    fields: ReportFields = field(default_factory=ReportFields)
    graph: Mapping[str, object] | None = None
    cost_microusd: int | None = None
    cost_state: CostState | None = None


class SpanClock(Generic[SpanKey]):
    """A clock that sums the seconds of each span, one span at a time.

    It keeps the first `MOST_SPANS` keys: a node names them, and could send any number.
    """

    def __init__(self) -> None:
        self.seconds: dict[SpanKey, float] = {}
        self._now: SpanKey | None = None
        self._since = 0.0

    def enter(self, what: SpanKey | None) -> None:
        """End the current span and begin the span `what`, or none."""
        now = monotonic()
        if self._now is not None and (self._now in self.seconds or len(self.seconds) < MOST_SPANS):
            self.seconds[self._now] = self.seconds.get(self._now, 0.0) + now - self._since
        self._now, self._since = what, now


def build_timings(queued: int | None, began: int | None, ended: int | None) -> Timings:
    """Build the times of a prompt from those that are known, in ms since 1970."""
    timings: Timings = {}
    if queued is not None:
        timings["queuedAt"] = to_iso(queued * 1000)
    if began is not None:
        timings["startedAt"] = to_iso(began * 1000)
    if ended is not None:
        timings["endedAt"] = to_iso(ended * 1000)
    if queued is not None and began is not None:
        timings["queueMs"] = max(0, began - queued)
    if began is not None and ended is not None:
        timings["runMs"] = max(0, ended - began)
    return timings


def sum_stages(spans: Iterable[tuple[str, float]]) -> Timings:
    """Sum pairs of a stage and its seconds to milliseconds of each kind of stage."""
    sums: dict[StageField, float] = {}
    for stage, seconds in spans:
        if (name := STAGE_FIELDS.get(stage)) is not None:
            sums[name] = sums.get(name, 0.0) + seconds
    timings: Timings = {}
    for name, seconds in sums.items():
        timings[name] = to_ms(seconds)
    return timings


def to_ms(seconds: float) -> int:
    """Return seconds as whole milliseconds."""
    return round(seconds * 1000)


def describe_node(node: str, engine: str = "") -> ReportFields:
    """Describe a node before it has begun; of the sandbox there is no more to tell."""
    engine = engine or get_engine(node)
    said: ReportFields = {"engine": engine, "node": node}
    if engine in {COMFYUI_ENGINE, OPENAI_ENGINE}:
        return said
    return {
        **said,
        "engineVersion": VERSION,
        "python": platform.python_version(),
        "device": {"type": "cpu"},
        "models": [],
    }


def join_reports(reports: Mapping[UUID, EngineReport]) -> EngineReport:
    """Join the reports of the prompts of an attempt: a film is enlarged in several.

    Engine, workflow and models are those of the first prompt; times are summed.
    """
    if not reports:
        return EngineReport()
    every = [*reports.values()]
    said: ReportFields = {**every[0].fields}
    if timings := _join_timings([each.fields.get("timings", {}) for each in every]):
        said["timings"] = timings
    return replace(every[0], fields=said)


def _join_timings(every: list[Timings]) -> Timings:
    """Join times: the first start, the last end, and sums of all that took time."""
    joined: Timings = {}
    for each in every:
        joined = {**each, **joined}
        if "endedAt" in each:
            joined["endedAt"] = each["endedAt"]
    for amount in AMOUNT_FIELDS:
        if amount in joined:
            joined[amount] = sum(each.get(amount, 0) for each in every)
    if "nodes" in joined:
        joined["nodes"] = [node for each in every for node in each.get("nodes", ())]
    return joined
