"""The runner of seeds, each from a copy of one template; a failure has the command to repeat it."""

import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from gateway.kit.telemetry import metrics
from tests.faults.canaries import Canary
from tests.faults.points import CRASH_POINTS
from tests.faults.seed_run import open_seed_run, run_to_end
from tests.faults.template import Template
from tests.faults.world import make_memory_folder

MAX_SEEDS = 40
COUNTED_METRICS = {
    "stale fence refused": ("fence_refused", {"reason": "finish"}),
    "lease lost and job requeued": ("lease_expired", {"reason": "requeued"}),
}


class SeedFailed(AssertionError):  # noqa: N818 - said of a seed
    """A seed that broke a promise, with the commit and the command that repeats it."""


@dataclass(slots=True)
class SeedRunner:
    """The folder and the template of seeds; `trace` is that of the last run."""

    root: Path
    template: Template
    trace: list[str] = field(default_factory=list)

    @classmethod
    @contextmanager
    def open(cls) -> Iterator["SeedRunner"]:
        """Make the template of all seeds for the block."""
        with make_memory_folder("faults") as root:
            yield cls(root, Template(root / "template"))

    def find_mistake(self, canary: Canary, point: str) -> list[int]:
        """Run seeds that aim at a point with a mistake planted, until one fails; return those run.

        The list is empty if none of them finds it. The seed that fails must pass without it.
        """
        tried = []
        for seed in list_seeds_near(point, MAX_SEEDS):
            tried.append(seed)
            try:
                with canary():
                    self.run(seed)
            except SeedFailed:
                self.run(seed)  # raises if the seed fails without the mistake too
                return tried
        return []

    def run(self, seed: int) -> Counter[str]:
        """Run a seed and return how often each event happened.

        Raises:
            SeedFailed: It broke a promise.
        """
        with open_seed_run(seed, self.template, self.root) as (run, loop):
            self.trace = run.world.trace
            before = count_metrics()
            try:
                loop.run_until_complete(run_to_end(run))
            except Exception as error:
                command = f"python -m tests.faults {seed}"
                message = f"seed {seed} at {describe_commit()}: {error}\nrepeat it with: {command}"
                raise SeedFailed(message) from error
            return run.world.event_counts + Counter(count_metrics() - before)


def list_seeds_near(point: str, most: int) -> range:
    """Return the first `most` seeds that aim at a point."""
    return range(CRASH_POINTS.index(point), most * len(CRASH_POINTS), len(CRASH_POINTS))


def count_metrics() -> Counter[str]:
    """Return the required events that the gateway's own metrics count."""
    return Counter(
        {
            what: int(metrics.REGISTRY.get_sample_value(f"killatamata_{name}_total", labels) or 0)
            for what, (name, labels) in COUNTED_METRICS.items()
        }
    )


def describe_commit() -> str:
    """Return the commit that is checked out, or "no commit" outside a repository."""
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "no commit"
