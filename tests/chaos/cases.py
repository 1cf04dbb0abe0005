"""The named cases with their figures: `python -m tests.chaos.cases [NAME …]`.

Each is a fault that once cost callers something, made on purpose and measured. It exits with 1 if a
call was lost or a promise broken.
"""

import argparse
import logging
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from typing import NamedTuple

from tests.chaos.deployment import Deployment, Member, run_deployment
from tests.chaos.load import Caller, run_load
from tests.chaos.oracle import check_promises
from tests.chaos.promises import JobPromise, PromiseBook
from tests.gateway import picture_data_uri, picture_input
from tests.load import JOBS, Load, RetryPolicy
from tests.waiting import wait_for_condition

KILLS, SCALE_JOBS, NODE_SECONDS = 6, 48, 2.0


class CaseResult(NamedTuple):
    """The figures of a case as a sentence, and what was lost or broken in it."""

    figures: str
    broken_count: int = 0


@contextmanager
def read_balances(deployment: Deployment) -> Iterator[Load]:
    """Read the balance at the gateways in turn for the block, as a proxy with `max_fails=0`."""
    with ExitStack() as stack:
        clients = [
            stack.enter_context(deployment.open_client(gateway, "test"))
            for gateway in deployment.gateways
        ]
        each_once = RetryPolicy(len(clients), pause_seconds=0)
        yield stack.enter_context(Load(clients, [Load.read_balance], each_once, callers=1))


def describe_calls(load: Load) -> str:
    """Return the figures of calls as a sentence.

    `refused`: nothing listened, so a proxy sends the call on unharmed. `broken`: the gateway took
    the call and broke it or answered 5xx.
    """
    failed = {each.partition(": ")[2]: times for each, times in load.list_failed_tries().items()}
    refused = failed.pop("ConnectError", 0)
    broken = ", ".join(f"{what} {times}" for what, times in failed.items()) or "none"
    return (
        f"{load.call_count} calls: {refused} refused before a byte was sent, broken or 5xx:"
        f" {broken}; answered by the other gateway {load.sent_on_count},"
        f" lost {len(load.failures)}; longest {load.longest_seconds:.1f} s"
    )


def restart_rolling(deployment: Deployment) -> CaseResult:
    """Restart both gateways, one after the other, under calls."""
    with read_balances(deployment) as load:
        for gateway in deployment.gateways:
            time.sleep(2)
            gateway.end(signal.SIGTERM)
            gateway.start()
            gateway.wait_until_ready()
        time.sleep(2)
    return CaseResult(describe_calls(load), len(load.failures))


def cut_one_gateway(deployment: Deployment) -> CaseResult:
    """Cut one gateway from the database for 20 seconds, its packets dropped, under calls."""
    gateway = deployment.gateways[0]
    with read_balances(deployment) as load:
        time.sleep(2)
        gateway.links["database"].set_fault("blackhole")
        began = time.monotonic()
        wait_for_condition(lambda: not gateway.is_ready())
        unready = time.monotonic() - began
        time.sleep(20)
        gateway.links["database"].heal()
        began = time.monotonic()
        gateway.wait_until_ready()
        ready = time.monotonic() - began
        time.sleep(2)
    times = f"not ready after {unready:.1f} s, ready {ready:.1f} s after it was over"
    return CaseResult(f"{times}; {describe_calls(load)}", len(load.failures))


def kill_worker_in_mid_job(deployment: Deployment) -> CaseResult:
    """Kill a worker in the middle of a job, and start none in its place."""
    first, second = deployment.workers
    with _open_caller(deployment) as caller:
        second.end(signal.SIGKILL)
        promise = _submit(caller, "test", picture_input("an elk [sandbox:slow=5]"))
        wait_for_condition(lambda: _read_job(caller, promise)["status"] == "running")
        second.start()
        first.end(signal.SIGKILL)
        began = time.monotonic()
        wait_for_condition(lambda: _count_attempts(caller, promise) == 2)
        taken = time.monotonic() - began
        done = caller.wait_for_job(promise)
        seconds = time.monotonic() - began
    first.start()
    return CaseResult(
        f"another worker has the job after {taken:.1f} s; {done['status']} after {seconds:.1f} s",
        int(done["status"] != "succeeded"),
    )


def kill_workers_and_count_orphans(deployment: Deployment) -> CaseResult:
    """Kill workers and gateways again and again under load; count objects that no row names."""
    book = PromiseBook()
    with run_load(deployment, book, seed=1, pause_seconds=0.2):
        for number in range(KILLS):
            time.sleep(4)
            member: Member = deployment.members[number % len(deployment.members)]
            member.end(signal.SIGKILL)
            member.start()
    verdict = check_promises(deployment, book)
    folders = Counter(key.partition("/")[0] for key in verdict.orphans)
    return CaseResult(
        f"{KILLS} kills, {len(book.jobs)} jobs, broken promises {len(verdict.broken)};"
        f" {verdict.object_count} objects, orphans {dict(folders)}",
        len(verdict.broken),
    )


def scale_workers(deployment: Deployment) -> CaseResult:
    """Run jobs that only wait for their node by one worker, then by two."""
    deployment.upstream.set_seconds(NODE_SECONDS)
    first, second = deployment.workers
    with _open_caller(deployment) as caller:
        second.end(signal.SIGTERM)
        alone = _time_edits(caller)
        second.start()
        _submit_edits(caller, 8)  # until the second worker takes jobs too
        together = _time_edits(caller)
    assert first.process is not None
    return CaseResult(
        f"{SCALE_JOBS} jobs of {NODE_SECONDS:.0f} s: {alone:.1f} s by one worker,"
        f" {together:.1f} s by two; {alone / together:.2f} times as fast"
    )


def _time_edits(caller: Caller) -> float:
    """Return the seconds from the first start to the last end of a batch of edits."""
    began = time.monotonic()
    _submit_edits(caller, SCALE_JOBS)
    return time.monotonic() - began


def _submit_edits(caller: Caller, count: int) -> None:
    """Submit so many edits, and wait until all have succeeded."""
    picture = picture_data_uri(256, 256)
    promises = []
    for _ in range(count):
        caller.submit("live", "image.edit", {"prompt": "at night", "image": picture})
        promises.append(caller.book.jobs[-1])
    for promise in promises:
        assert caller.wait_for_job(promise)["status"] == "succeeded"


@contextmanager
def _open_caller(deployment: Deployment) -> Iterator[Caller]:
    with ExitStack() as stack:
        caller = Caller(deployment, PromiseBook(), Random(0))  # noqa: S311 - no secret
        caller.open(stack)
        yield caller


def _submit(caller: Caller, account: str, task_input: dict[str, object]) -> JobPromise:
    caller.submit(account, "image.generate", task_input)
    return caller.book.jobs[-1]


def _read_job(caller: Caller, promise: JobPromise) -> dict[str, object]:
    query = {"jobId": promise.job_id, "includeDetails": 1}
    job: dict[str, object] = caller.call(promise.account, "GET", JOBS, params=query).json()
    return job


def _count_attempts(caller: Caller, promise: JobPromise) -> int:
    attempts = _read_job(caller, promise)["attempts"]
    assert isinstance(attempts, list)
    return len(attempts)


CASES: Mapping[str, Callable[[Deployment], CaseResult]] = {
    "rolling-restart": restart_rolling,
    "worker-killed": kill_worker_in_mid_job,
    "two-workers": scale_workers,
    "orphans": kill_workers_and_count_orphans,
    # Last: for half a minute after it, calls at that gateway may wait for dead connections.
    "one-gateway-cut": cut_one_gateway,
}


def main() -> int:
    """Run the named cases, or all, and print a line for each; return 1 if one lost something."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.cases", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"Of {', '.join(CASES)}; all.")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    broken_count = 0
    with (
        tempfile.TemporaryDirectory(prefix="kt-chaos-") as folder,
        run_deployment(Path(folder)) as deployment,
    ):
        for name in options.names or CASES:
            result = CASES[name](deployment)
            broken_count += result.broken_count
            sys.stdout.write(f"{name}: {result.figures}\n")
            sys.stdout.flush()
    return 1 if broken_count else 0


if __name__ == "__main__":
    sys.exit(main())
