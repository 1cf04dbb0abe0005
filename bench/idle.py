"""Cost of idle processes in per cent of one core, and how fast a job wakes them.

Run it as `python -m bench.idle`. Processor time is what the kernel counts for the process, so other
work on the machine changes it little. The wait of a job is from its row to its first start.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from functools import partial
from pathlib import Path

from bench.table import Options, Row, run_measure
from tests.gateway import Client, picture_input, run_worker, serve_gateway
from tests.processes import busy_seconds
from tests.services.postgres import PostgresServer
from tests.services.valkey import ValkeyServer

SETTLE_SECONDS, JOBS, MOST_PERCENT = 3.0, 12, 2.0


def measure(options: Options) -> Iterator[Row]:
    """Measure both profiles; yield each row."""
    with tempfile.TemporaryDirectory() as folder:
        yield from measure_deployment(Path(folder), options)
        yield from measure_embedded(Path(folder), options)


def measure_embedded(folder: Path, options: Options) -> Iterator[Row]:
    """Measure a gateway with its embedded worker on SQLite."""
    with serve_gateway(folder / "embedded") as gateway, gateway.account() as account:
        account.run_job("image.generate", picture_input())  # what a first job opens is open now
        yield measure_job_waits(build_wait_row("embedded", "embedded worker"), account)
        row = build_idle_row("embedded", "embedded gateway, idle")
        yield measure_busy_percent(row, gateway.busy_seconds, options)


def measure_deployment(folder: Path, options: Options) -> Iterator[Row]:
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
        yield measure_job_waits(build_wait_row("worker", "idle worker"), account)
        row = build_idle_row("gateway", "gateway beside a worker, idle")
        yield measure_busy_percent(row, gateway.busy_seconds, options)
        row = build_idle_row("worker", "worker, idle")
        yield measure_busy_percent(row, partial(busy_seconds, worker), options)


def build_idle_row(key: str, name: str) -> Row:
    """Build a row of the processor time of an idle process, in per cent of one core."""
    return Row(f"idle.{key}_cpu", name, must=MOST_PERCENT, lower_is_better=True, unit=" %")


def build_wait_row(key: str, name: str) -> Row:
    """Build a row of the time from the row of a job to its first start."""
    return Row(
        f"idle.{key}_pick_up", f"job picked up after submit, {name}",
        must=10, goal=3, lower_is_better=True, unit=" ms",
    )  # fmt: skip


def measure_busy_percent(row: Row, busy: Callable[[], float], options: Options) -> Row:
    """Measure the processor time of an idle process, in per cent of one core."""
    time.sleep(SETTLE_SECONDS)
    for _ in range(options.rounds):
        before, began = busy(), time.monotonic()
        time.sleep(options.seconds)
        row.values.append(100 * (busy() - before) / (time.monotonic() - began))
    return row


def measure_job_waits(row: Row, account: Client) -> Row:
    """Measure how long each of some jobs waits for an idle worker, in milliseconds."""
    for turn in range(JOBS):
        time.sleep(0.5 + turn * 0.618 % 1)
        job = account.run_job("image.generate", picture_input(f"fox {turn}"))
        created, started = (datetime.fromisoformat(job[at]) for at in ("createdAt", "startedAt"))
        row.values.append((started - created).total_seconds() * 1_000)
    return row


if __name__ == "__main__":
    sys.exit(run_measure(measure))
