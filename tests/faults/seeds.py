"""Runs seeds one after the other, each from the same beginning; a failure says how to repeat it."""

import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from gateway.kit.telemetry import metrics
from tests.faults.canaries import Canary
from tests.faults.points import POINTS
from tests.faults.swarm import began, whole
from tests.faults.template import Template
from tests.faults.world import folder_in_memory

MOST_SEEDS = 40
COUNTED = {
    "stale fence refused": ("fence_refused", {"reason": "finish"}),
    "lease lost and job requeued": ("lease_expired", {"reason": "requeued"}),
}


class Failed(AssertionError):  # noqa: N818 - said of a seed
    """A seed that broke something, the commit it did so at, and the command that repeats it."""


@dataclass(slots=True)
class Seeds:
    """Where seeds run; `trace` is that of the last one."""

    root: Path
    template: Template
    trace: list[str] = field(default_factory=list)

    @classmethod
    @contextmanager
    def open(cls) -> Iterator["Seeds"]:
        """Make the beginning of all seeds, and forget it at the end."""
        with folder_in_memory("faults") as root:
            yield cls(root, Template(root / "template"))

    def find(self, canary: Canary, point: str) -> list[int]:
        """Run seeds near a point with a mistake planted; return those run until one found it."""
        tried = []
        for seed in near(point, MOST_SEEDS):
            tried.append(seed)
            try:
                with canary():
                    self.run(seed)
            except Failed:
                self.run(seed)  # it is the mistake that was found
                return tried
        return []

    def run(self, seed: int) -> Counter[str]:
        """Run a seed; return what has been seen.

        Raises:
            Failed: something broke.
        """
        with began(seed, self.template, self.root) as (run, loop):
            self.trace = run.world.trace
            before = counted()
            try:
                loop.run_until_complete(whole(run))
            except Exception as error:
                again = f"python -m tests.faults {seed}"
                told = f"seed {seed} at {commit()}: {error}\nrepeat it with: {again}"
                raise Failed(told) from error
            return run.world.seen + Counter(counted() - before)


def near(point: str, most: int) -> range:
    """Return so many seeds that aim at a point."""
    return range(POINTS.index(point), most * len(POINTS), len(POINTS))


def counted() -> Counter[str]:
    """Return what the gateway itself counts of what is to happen sometimes."""
    return Counter(
        {
            what: int(metrics.REGISTRY.get_sample_value(f"killatamata_{name}_total", labels) or 0)
            for what, (name, labels) in COUNTED.items()
        }
    )


def commit() -> str:
    """Return the commit that is checked out, as far as git knows."""
    said = subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    )
    return said.stdout.strip() or "no commit"
