"""How far a job is, in percent that never falls within an attempt."""

import json

from workers.engines.base import Progress

Weights = tuple[tuple[str, int], ...]
UPSCALE: Weights = (("loading", 5), ("upscale", 85), ("save", 10))
WEIGHTS: dict[str, Weights] = {
    "image": (("loading", 5), ("sampling", 70), ("decode", 15), ("save", 10)),
    "video": (
        ("loading", 5),
        ("first_pass", 27),
        ("upscale", 3),
        ("second_pass", 40),
        ("decode", 15),
        ("save", 10),
    ),
    "cpu": (("loading", 5), ("combine", 85), ("save", 10)),
}


def weights_of(task: str, queue: str) -> Weights:
    """Return how much each stage of a task weighs, in percent."""
    return UPSCALE if task.endswith(".upscale") else WEIGHTS[queue]


def percent(weights: Weights, progress: Progress) -> int:
    """Return 0 to 99: the weights of the stages before, and the share of this one."""
    before = 0
    for stage, weight in weights:
        if stage == progress.stage:
            return min(99, before + weight * progress.step // max(1, progress.steps))
        before += weight
    return 0


class Meter:
    """The progress of one attempt, as the wire shows it."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._percent = 0
        self._text: str | None = None

    async def report(self, progress: Progress) -> None:
        """Take note of progress; it is written down once a second."""
        self._percent = max(self._percent, percent(self._weights, progress))
        self._text = json.dumps(
            {
                "percent": self._percent,
                "stage": progress.stage,
                "step": progress.step,
                "steps": progress.steps,
                "etaSeconds": None,
            }
        )

    def take(self) -> str | None:
        """Return what has not been written down yet, once."""
        text, self._text = self._text, None
        return text
