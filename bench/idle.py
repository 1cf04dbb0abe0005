"""Cost of idle processes in per cent of one core, and how fast a job wakes them.

Run it as `python -m bench.idle`. Processor time is what the kernel counts for the process, so other
work on the machine changes it little. The wait of a job is from its row to its first start.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from tests.gateway import Client, picture_input, run_worker, serve_gateway
from tests.processes import busy_seconds
from tests.services.postgres import PostgresServer
from tests.services.valkey import ValkeyServer

ROUNDS, SECONDS, SETTLE_SECONDS, JOBS = 3, 10.0, 3.0, 12
MOST_PERCENT, MOST_WAIT_MS = 2.0, 150.0


class Row(NamedTuple):
    """A line of the table."""

    name: str
    values: list[float]
    at_most: float
    unit: str

    @property
    def meets_goal(self) -> bool:
        """Return True if the median meets the goal."""
        return statistics.median(self.values) <= self.at_most

    def __str__(self) -> str:
        """Return median, range and goal as a line."""
        median, low, high = statistics.median(self.values), min(self.values), max(self.values)
        shown, spread = f"{median:.2f} {self.unit}", f"{low:.2f} - {high:.2f}"
        verdict = "ok" if self.meets_goal else "MISSED"
        return f"{self.name:<44}{shown:>10}{spread:>18}  ≤ {self.at_most:g}  {verdict}"


def main() -> int:
    """Measure everything once; return 1 if a goal is missed."""
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for measure in (measure_embedded, measure_deployment):
            for row in measure(Path(folder)):
                print(row, flush=True)
                rows.append(row)
    return 0 if all(row.meets_goal for row in rows) else 1


def measure_embedded(folder: Path) -> Iterator[Row]:
    """Measure a gateway with its embedded worker on SQLite."""
    with serve_gateway(folder / "embedded") as gateway, gateway.account() as account:
        account.run_job("image.generate", picture_input())  # what a first job opens is open now
        yield measure_busy_percent("embedded gateway, idle", gateway.busy_seconds)
        yield measure_job_waits("embedded gateway, job picked up", account)


def measure_deployment(folder: Path) -> Iterator[Row]:
    """Measure a gateway and a worker on PostgreSQL and Valkey."""
    with ExitStack() as stack:
        postgres = stack.enter_context(PostgresServer())
        valkey = stack.enter_context(ValkeyServer())
        settings = {
            "KT_DATABASE_URL": postgres.create_database(),
            "KT_REDIS_URL": valkey.url,
            "KT_WORKER_METRICS": "",
        }
        gateway = stack.enter_context(serve_gateway(folder / "shared", **settings))
        worker = stack.enter_context(run_worker(gateway))
        account = stack.enter_context(gateway.account())
        account.run_job("image.generate", picture_input())
        yield measure_busy_percent("gateway beside a worker, idle", gateway.busy_seconds)
        yield measure_busy_percent("worker, idle", partial(busy_seconds, worker))
        yield measure_job_waits("worker, job picked up", account)


def measure_busy_percent(name: str, busy: Callable[[], float]) -> Row:
    """Measure the processor time of an idle process, in per cent of one core."""
    time.sleep(SETTLE_SECONDS)
    values = []
    for _ in range(ROUNDS):
        before, began = busy(), time.monotonic()
        time.sleep(SECONDS)
        values.append(100 * (busy() - before) / (time.monotonic() - began))
    return Row(name, values, MOST_PERCENT, "%")


def measure_job_waits(name: str, account: Client) -> Row:
    """Measure how long a job waits for an idle worker, in milliseconds."""
    values = []
    for turn in range(JOBS):
        time.sleep(0.5 + turn * 0.618 % 1)
        job = account.run_job("image.generate", picture_input(f"fox {turn}"))
        created, started = (datetime.fromisoformat(job[at]) for at in ("createdAt", "startedAt"))
        values.append((started - created).total_seconds() * 1_000)
    return Row(name, values, MOST_WAIT_MS, "ms")


if __name__ == "__main__":
    sys.exit(main())
