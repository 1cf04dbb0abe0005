"""Events of a node, read as progress; best effort, so what is not understood is skipped."""

import json
from collections.abc import Iterator, Mapping
from uuid import UUID

from workers.engines.base import Progress, Stage
from workers.engines.report import SpanClock

END_EVENTS = frozenset({"execution_success", "execution_error", "execution_interrupted"})
# The stage of a node by the beginning of its id; the first that fits.
_STAGES: tuple[tuple[str, Stage], ...] = (
    ("first_pass", "first_pass"),
    ("second_pass", "second_pass"),
    ("sample_", "sampling"),
    ("enlarged", "upscale"),
    ("larger", "upscale"),
    ("image_", "decode"),
    ("pictures", "save"),
    ("frames", "decode"),
    ("sound", "decode"),
    ("clip_out", "save"),
    ("save", "save"),
)
_SAMPLE_PREFIX = "sample_"


class EventReader:
    """The reader of one attempt's events; its graph samples `samples` pictures in turn.

    The node sends events of prompts without a client id to every socket: those of others are
    skipped. `spans` sums how long each node of the graph runs.
    """

    def __init__(
        self,
        attempt: UUID,
        samples: int = 1,
        spans: SpanClock[tuple[str, Stage]] | None = None,
    ) -> None:
        self._attempt = str(attempt)
        self._spans = spans or SpanClock()
        self._samples = max(1, samples)
        self._sampled: list[str] = []
        self._last = Progress("loading", 0, 1)
        self.is_over = False

    def read(self, message: str | bytes) -> Iterator[Progress]:
        """Yield the progress that a message tells, if it tells any."""
        if isinstance(message, bytes):
            return  # a preview picture
        try:
            event = json.loads(message)
            kind, data = event["type"], event["data"]
            if data.get("prompt_id") != self._attempt:
                return
            if kind in END_EVENTS:
                self.is_over = True
                self.stop_clock()
            elif kind == "executing" and isinstance(data.get("node"), str):
                yield self._begin_node(data["node"])
            elif kind == "progress":
                yield self._progress_at(str(data["node"]), int(data["value"]), int(data["max"]))
        except (ValueError, KeyError, TypeError, AttributeError):
            return

    def stop_clock(self) -> None:
        """Count no node's time until one is named again."""
        self._spans.enter(None)

    def _begin_node(self, node: str) -> Progress:
        progress = self._progress_at(node, 0, 1)
        self._spans.enter((node, progress.stage))
        return progress

    def _progress_at(self, node: str, value: int, most: int) -> Progress:
        """Return the progress at a node; between two stages, the last one as a sign of life."""
        stage = next((stage for start, stage in _STAGES if node.startswith(start)), None)
        if stage is not None:
            self._last = self._stage_progress(stage, node, value, max(1, most))
        return self._last

    def _stage_progress(self, stage: Stage, node: str, value: int, most: int) -> Progress:
        step = min(max(0, value), most)
        if stage == "sampling":
            if node not in self._sampled:  # the node chooses their order
                self._sampled.append(node)
            step += self._sampled.index(node) * most
            most *= self._samples
        return Progress(stage, min(step, most), most)


def count_samples(graph: Mapping[str, object]) -> int:
    """Count the pictures that a graph samples in turn."""
    return sum(name.startswith(_SAMPLE_PREFIX) for name in graph)
