"""How far a job is, in percent that never falls within an attempt."""

import json

from workers.engines.base import Progress

WEIGHTS: dict[str, tuple[tuple[str, int], ...]] = {
    "image": (("loading", 5), ("sampling", 70), ("upscale", 70), ("decode", 15), ("save", 10)),
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


def percent(queue: str, progress: Progress) -> int:
    """Return 0 to 99: the weights of the stages before, and the share of this one."""
    before, weight = 0, 0
    for stage, each in WEIGHTS[queue]:
        if stage == progress.stage:
            weight = each
            break
        before += each if stage != "upscale" or queue == "video" else 0
    share = weight * progress.step // max(1, progress.steps)
    return min(99, before + share)


class Meter:
    """The progress of one attempt, as the wire shows it."""

    def __init__(self, queue: str) -> None:
        self._queue = queue
        self._percent = 0
        self._text: str | None = None

    async def report(self, progress: Progress) -> None:
        """Take note of progress; it is written down once a second."""
        self._percent = max(self._percent, percent(self._queue, progress))
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
