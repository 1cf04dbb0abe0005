"""A chaos run: load, one fault after the other from a seed, and how long each takes to heal."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random

from tests.chaos.deployment import METRICS_TOKEN, Deployment, Member
from tests.chaos.faults import KINDS, list_possible_kinds
from tests.chaos.load import Caller, Unanswered, run_load
from tests.chaos.oracle import Verdict, check_promises
from tests.chaos.promises import PromiseBook
from tests.deploy.recording import record_metrics
from tests.gateway import picture_input

HOLD_SECONDS = (4.0, 8.0, 25.0)  # the last is longer than a lease
CALM_SECONDS = 4.0


@dataclass(frozen=True, slots=True)
class FaultResult:
    """One fault: how long it held, and the time after it until its path worked again.

    `answer_seconds` is until a submit was accepted at the gateway that was hit (or the first one),
    `pickup_seconds` from there until a worker began that job, and `job_seconds` until it had
    succeeded, all in all. They begin where the fault is over: a killed process is started, a link
    is whole.
    """

    kind: str
    target: str
    held_seconds: float
    answer_seconds: float
    pickup_seconds: float
    job_seconds: float
    failed_tries: int


@dataclass(frozen=True, slots=True)
class ChaosResult:
    """All of a run: its faults, its promises and the oracle's verdict."""

    seed: int
    load_seconds: float
    skipped_kinds: Sequence[str]
    faults: Sequence[FaultResult]
    book: PromiseBook
    verdict: Verdict


@dataclass
class ChaosRun:
    """One run on a deployment."""

    deployment: Deployment
    seed: int
    book: PromiseBook = field(default_factory=PromiseBook)
    metrics: Path | None = None  # where to record them
    report_fault: Callable[[FaultResult], object] = repr  # by default nobody watches

    def run_for(self, seconds: float, kinds: Sequence[str] | None = None) -> ChaosResult:
        """Break one thing after the other for so long, then check every promise."""
        random = Random(self.seed)  # noqa: S311 - no secret
        possible = list(kinds or list_possible_kinds(self.deployment))
        began, results = time.monotonic(), []
        with ExitStack() as stack:
            if self.metrics is not None:
                targets = self.deployment.metrics_targets
                stack.enter_context(record_metrics(targets, self.metrics, METRICS_TOKEN))
            with run_load(self.deployment, self.book, self.seed):
                for kind in _draw_kinds(possible, random):
                    time.sleep(random.uniform(0.5, 1) * CALM_SECONDS)
                    results.append(self._break_once(kind, random))
                    self.report_fault(results[-1])
                    if time.monotonic() - began > seconds:
                        break
            load_seconds = time.monotonic() - began
            verdict = check_promises(self.deployment, self.book)
        skipped = [kind for kind in KINDS if kind not in possible]
        return ChaosResult(self.seed, load_seconds, skipped, results, self.book, verdict)

    def _break_once(self, kind: str, random: Random) -> FaultResult:
        """Make one fault, mend it, and measure until its path works."""
        hold, before = random.choice(HOLD_SECONDS), self.book.count_failed_tries()
        began = time.monotonic()
        with KINDS[kind](self.deployment, random, hold) as target:
            pass
        healed = time.monotonic()
        account = "probe-live" if "node" in kind.lower() else "probe-test"
        recovery = self._measure_recovery(self._find_gateway(target), account)
        return FaultResult(
            kind,
            target,
            healed - began,
            *recovery,
            self.book.count_failed_tries() - before,
        )

    def _find_gateway(self, target: str) -> Member:
        """Return the gateway that was hit, else the first."""
        gateways = self.deployment.gateways
        return next((each for each in gateways if target.startswith(each.name)), gateways[0])

    def _measure_recovery(self, gateway: Member, account: str) -> tuple[float, float, float]:
        """Submit at one gateway until it accepts, and wait until the job has succeeded."""
        began = time.monotonic()
        with self.deployment.open_client(gateway, account) as client:
            # A book of its own: these tries are not those of the load.
            caller = Caller(self.deployment, PromiseBook(), Random(), clients={account: [client]})  # noqa: S311
            try:
                caller.submit(account, "image.generate", picture_input("after the fault"))
                answered = time.monotonic()
                (promise,) = caller.book.jobs
                self.book.jobs.append(promise)
                job = caller.wait_for_job(promise)
                begun = datetime.fromisoformat(job["startedAt"])
                pickup = begun - datetime.fromisoformat(job["createdAt"])
            except (Unanswered, ValueError, TypeError) as error:
                self.book.record_broken(f"no recovery: {error!r} {caller.book.broken}")
                seconds = time.monotonic() - began
                return seconds, seconds, seconds
        return answered - began, pickup.total_seconds(), time.monotonic() - began


def _draw_kinds(kinds: Sequence[str], random: Random) -> Iterator[str]:
    """Yield kinds of faults without end; each comes once before any comes again."""
    while True:
        yield from random.sample(kinds, len(kinds))
