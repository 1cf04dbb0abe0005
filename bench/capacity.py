"""What one gateway and one worker carry: rates, memory, streams and database, on both profiles.

    python -m bench.capacity                  both profiles, 32 clients, 5 seconds each
    python -m bench.capacity --profile embedded --seconds 2 --jobs 50 --streams 100

Prints the table of docs/operating.md. Load, gateway, worker and database share one machine: a rate
is what this machine did, and the memory and the bytes hold elsewhere too.
"""

import argparse
import asyncio
import json
import os
import platform
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import httpx2
from sqlalchemy.engine import make_url

from bench.http import HIGH_LIMITS, JOB_BODY, create_accounts
from bench.load import LoadRequest, measure_rate
from bench.watchers import BUSY_JOB, open_client
from tests.gateway import Client, Gateway, picture_input, run_worker, serve_gateway
from tests.processes import Process
from tests.services.postgres import PostgresServer
from tests.services.valkey import ValkeyServer

MIB, SETTLE_SECONDS = 1024**2, 5.0
PAGES_SQL = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
LIMITS = HIGH_LIMITS | {
    "KT_CONNECTIONS_PER_ADDRESS": "10000",
    "KT_LOG_LEVEL": "warning",
    "KT_QUOTES_PER_MINUTE": "1000000",
}


class Figure(NamedTuple):
    """A line of the table."""

    name: str
    value: float
    unit: str

    def __str__(self) -> str:
        """Return the figure with three digits at most, as a line of Markdown."""
        shown = f"{self.value:,.0f}" if self.value >= 10 else f"{self.value:.1f}"  # noqa: PLR2004
        return f"| {self.name} | {shown} {self.unit} |"


class MeasuredProfile(NamedTuple):
    """A gateway of one profile, with a worker of its own unless the gateway holds it."""

    gateway: Gateway
    worker: Process | None
    postgres: PostgresServer | None

    def measure_memory(self, what: str) -> Iterator[Figure]:
        """Measure the memory of each process, with the children that it keeps."""
        assert self.gateway.process is not None  # noqa: S101 - it is served
        held = "gateway with its worker" if self.worker is None else "gateway"
        yield Figure(f"memory of a {held}, {what}", read_memory(self.gateway.process.pid), "MiB")
        if self.worker is not None:
            yield Figure(f"memory of a worker, {what}", read_memory(self.worker.pid), "MiB")

    def read_database_bytes(self) -> int:
        """Return the bytes of the database, with its indexes."""
        if self.postgres is None:
            with closing(sqlite3.connect(self.gateway.data_dir / "kt.db")) as database:
                ((size,),) = database.execute(PAGES_SQL)
            return int(size)
        name = make_url(self.gateway.settings["KT_DATABASE_URL"]).database
        ((size,),) = self.postgres.execute(f"SELECT pg_database_size('{name}')")
        return int(size)


def main() -> int:
    """Measure the chosen profiles and print a table of each."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--profile", choices=("embedded", "production"), action="append")
    parser.add_argument("--clients", type=int, default=32, help="connections at once")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each rate")
    parser.add_argument("--jobs", type=int, default=300, help="pictures that the worker makes")
    parser.add_argument("--streams", type=int, default=500, help="streams of events open at once")
    options = parser.parse_args()
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {os.cpu_count()} cores,"
        f" load {os.getloadavg()[0]:.1f} at the start"
    )
    for profile in options.profile or ("embedded", "production"):
        print(f"\n| {profile} | |\n| --- | --- |")
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kt-capacity-")))
            measured = start_profile(stack, folder, is_production=profile == "production")
            for figure in measure_profile(measured, options):
                print(figure, flush=True)  # a run that is cut short has shown something
        print(f"\nload {os.getloadavg()[0]:.1f} at the end")
    return 0


def start_profile(stack: ExitStack, folder: Path, *, is_production: bool) -> MeasuredProfile:
    """Start a gateway with its own worker on SQLite, or both apart on PostgreSQL and Valkey."""
    if not is_production:
        gateway = stack.enter_context(serve_gateway(folder / "data", **LIMITS))
        return MeasuredProfile(gateway, None, None)
    postgres = stack.enter_context(PostgresServer())
    settings = LIMITS | {
        "KT_DATABASE_URL": postgres.create_database(),
        "KT_REDIS_URL": stack.enter_context(ValkeyServer()).url,
        "KT_STORAGE_URL": f"file://{folder}/media",
        "KT_WORKER_METRICS": "",
    }
    gateway = stack.enter_context(serve_gateway(folder / "data", **settings))
    return MeasuredProfile(gateway, stack.enter_context(run_worker(gateway)), postgres)


def measure_profile(measured: MeasuredProfile, options: argparse.Namespace) -> Iterator[Figure]:
    """Measure one profile: idle, jobs, reads, streams, and last the submits, whose jobs stay."""
    gateway = measured.gateway
    keys: list[str] = gateway.run_as_operator(
        lambda: create_accounts(gateway.data_dir, options.streams)
    )
    with gateway.account("1000") as account:
        account.run_job("image.generate", picture_input())  # what a first job opens is open now
        time.sleep(SETTLE_SECONDS)
        yield from measured.measure_memory("idle")
        before = measured.read_database_bytes()
        yield Figure("jobs claimed, made and settled", measure_jobs(account, options.jobs), "/s")
        yield from measured.measure_memory("after jobs")
        grown = measured.read_database_bytes() - before
        yield Figure("database for 1,000 jobs", grown / options.jobs * 1_000 / MIB, "MiB")
        job_id = account.run_job("image.generate", picture_input())["jobId"]
    yield from measure_reads(gateway, keys, account.key, job_id, options)
    yield from measure_streams(measured, keys)
    submit = LoadRequest("POST", "/api/v1/media/jobs", keys, json.dumps(JOB_BODY))
    yield Figure("submits, each durable", measure(gateway, submit, options), "/s")
    yield from measured.measure_memory("under submits")


def measure(gateway: Gateway, request: LoadRequest, options: argparse.Namespace) -> float:
    """Measure how often a second all clients together are answered."""
    return measure_rate(gateway.port, request, clients=options.clients, seconds=options.seconds)


def measure_reads(
    gateway: Gateway, keys: list[str], own_key: str, job_id: str, options: argparse.Namespace
) -> Iterator[Figure]:
    """Measure reads of a balance and of a job."""
    balance = LoadRequest("GET", "/api/v1/balance", keys)
    yield Figure("reads of a balance", measure(gateway, balance, options), "/s")
    job = LoadRequest("GET", f"/api/v1/media/jobs?jobId={job_id}", [own_key])
    yield Figure("reads of a job", measure(gateway, job, options), "/s")


def measure_jobs(account: Client, count: int) -> float:
    """Submit small pictures and return how many a second the worker claims, makes and settles."""
    first = account.submit("image.generate", picture_input("first"))
    submitted = [first.json()["jobId"]]
    submitted += [
        account.submit("image.generate", picture_input(f"fox {number}")).json()["jobId"]
        for number in range(count - 1)
    ]
    jobs = [account.wait_for_job(job_id) for job_id in submitted]
    times = [
        [datetime.fromisoformat(job[at]) for job in jobs] for at in ("startedAt", "finishedAt")
    ]
    return count / (max(times[1]) - min(times[0])).total_seconds()


def measure_streams(measured: MeasuredProfile, keys: list[str]) -> Iterator[Figure]:
    """Open a stream of events for each key, and measure what it takes in the gateway."""
    process = measured.gateway.process
    assert process is not None  # noqa: S101 - it is served
    before = read_memory(process.pid)
    opened, most = asyncio.run(hold_streams(measured.gateway, keys, process.pid))
    yield Figure("streams of events held open at once", opened, f"of {len(keys)}")
    yield Figure("memory of a stream", (most - before) * 1024 / max(opened, 1), "KiB")


async def hold_streams(gateway: Gateway, keys: list[str], pid: int) -> tuple[int, float]:
    """Hold a stream open for each key, over a job that waits; return how many, and the memory."""
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(open_client(gateway))
        opened = 0
        for key in keys:
            headers = {"Authorization": f"Bearer {key}"}
            waiting = await http.post("/api/v1/media/jobs", json=BUSY_JOB, headers=headers)
            waiting.raise_for_status()
            stream = http.stream("GET", "/api/v1/media/jobs/events", headers=headers)
            answer = await stack.enter_async_context(stream)
            opened += answer.status_code == httpx2.codes.OK
        return opened, read_memory(pid)


def read_memory(pid: int) -> float:
    """Return the MiB of a process and of the children that it keeps."""
    status = Path(f"/proc/{pid}/smaps_rollup").read_text()
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    own = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("Rss:"))
    return own / 1024 + sum(read_memory(int(child)) for child in children)


if __name__ == "__main__":
    sys.exit(main())
