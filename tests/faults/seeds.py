"""The runner of seeds, each from a copy of one template; a failure has the command to repeat it."""

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
    """A seed that broke a promise, with the commit and the command that repeats it."""


@dataclass(slots=True)
class Seeds:
    """The folder and the template of seeds; `trace` is that of the last run."""

    root: Path
    template: Template
    trace: list[str] = field(default_factory=list)

    @classmethod
    @contextmanager
    def open(cls) -> Iterator["Seeds"]:
        """Make the template of all seeds for the block."""
        with folder_in_memory("faults") as root:
            yield cls(root, Template(root / "template"))

    def find(self, canary: Canary, point: str) -> list[int]:
        """Run seeds that aim at a point with a mistake planted, until one fails; return those run.

        The list is empty if none of them finds it. The seed that fails must pass without it.
        """
        tried = []
        for seed in near(point, MOST_SEEDS):
            tried.append(seed)
            try:
                with canary():
                    self.run(seed)
            except Failed:
                self.run(seed)  # raises if the seed fails without the mistake too
                return tried
        return []

    def run(self, seed: int) -> Counter[str]:
        """Run a seed and return how often each event happened.

        Raises:
            Failed: It broke a promise.
        """
        with began(seed, self.template, self.root) as (run, loop):
            self.trace = run.world.trace
            before = counted()
            try:
                loop.run_until_complete(whole(run))
            except Exception as error:
                command = f"python -m tests.faults {seed}"
                message = f"seed {seed} at {commit()}: {error}\nrepeat it with: {command}"
                raise Failed(message) from error
            return run.world.seen + Counter(counted() - before)


def near(point: str, most: int) -> range:
    """Return the first `most` seeds that aim at a point."""
    return range(POINTS.index(point), most * len(POINTS), len(POINTS))


def counted() -> Counter[str]:
    """Return the required events that the gateway's own metrics count."""
    return Counter(
        {
            what: int(metrics.REGISTRY.get_sample_value(f"killatamata_{name}_total", labels) or 0)
            for what, (name, labels) in COUNTED.items()
        }
    )


def commit() -> str:
    """Return the commit that is checked out, or "no commit" outside a repository."""
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "no commit"
