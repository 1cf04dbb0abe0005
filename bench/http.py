"""Our routes beside a bare Starlette JSON route, in the same kind of server, in the same run.

    python -m bench.http                 PostgreSQL, 32 clients, 1,000 accounts with a key each
    python -m bench.http --sqlite        the embedded database instead
    python -m bench.http --clients 64

Floor and subject alternate; a ratio is of one round, and the table shows their median and range.
`cpu` is the same ratio counted in processor time of the server process: it holds on a busy
machine too, but leaves the database out. The goals are for the rates, on a quiet machine.
The load comes from `wrk` where it is on PATH, else from bench/load.py. Neither server runs a
worker: the jobs stay queued in a database that is thrown away, after `admin check` has read it.
"""

import argparse
import asyncio
import json
import os
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from urllib.request import urlopen

from bench.load import LoadRequest, measure_rate
from gateway import operator
from gateway.configuration.settings import parse_secret_pairs
from gateway.identity.keys.secrets import Peppers
from gateway.kit.ids import Ids
from gateway.kit.money import MICROUSD_PER_USD
from tests.services.postgres import PostgresServer
from tests.services.valkey import ValkeyServer

ROUNDS, WARM_SECONDS, FEW_KEYS = 3, 1.0, 20
CREDIT = 1_000 * MICROUSD_PER_USD
JOB_BODY = {"task": "image.generate", "input": {"prompt": "a lighthouse in the first snow"}}
HIGH_LIMITS = {
    "KT_QUEUED_JOBS": "100000",
    "KT_MAX_QUEUED_JOBS": "10000000",
    "KT_READS_PER_MINUTE": "1000000",
    "KT_SUBMITS_PER_MINUTE": "1000000",
}
PROGRAMS = Path(sys.executable).parent


@dataclass(frozen=True)
class Subject:
    """A route of ours, its goal, and the ratio seen when the goal was set."""

    name: str
    request: LoadRequest
    goal_ratio: float
    seen_ratio: str


@dataclass(frozen=True)
class RateMeasurement:
    """Answers a second, and the server's processor seconds for each (0 where unknown)."""

    rate: float
    cpu_seconds: float


@dataclass(frozen=True)
class Server:
    """A running server process."""

    port: int
    pid: int

    def measure(self, request: LoadRequest, *, clients: int, seconds: float) -> RateMeasurement:
        """Measure one request that clients repeat for some seconds."""
        before = self._cpu_seconds()
        rate = measure_rate(self.port, request, clients=clients, seconds=seconds)
        return RateMeasurement(rate, (self._cpu_seconds() - before) / (rate * seconds))

    def _cpu_seconds(self) -> float:
        stat = Path(f"/proc/{self.pid}/stat")
        if not stat.exists():
            return 0
        user, system = stat.read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def build_subjects(keys: list[str]) -> list[Subject]:
    """Build the measured routes, from the lightest to the heaviest.

    The first uses so few keys that each is asked again within the 5 seconds for which the gateway
    remembers a key: it shows a route without any query.
    """
    submit = LoadRequest("POST", "/api/v1/media/jobs", keys, json.dumps(JOB_BODY))
    return [
        Subject(
            "authenticated JSON without query",
            LoadRequest("GET", "/bench/me", keys[:FEW_KEYS]),
            0.65,
            "0.74-0.85",
        ),
        Subject("GET /api/v1/balance", LoadRequest("GET", "/api/v1/balance", keys), 0.40, "0.54"),
        Subject("POST /api/v1/media/jobs, durable", submit, 0.20, "0.36"),
    ]


def main() -> int:
    """Measure everything once; return 1 if a goal is missed or an invariant is broken."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--sqlite", action="store_true", help="measure the embedded database")
    parser.add_argument("--clients", type=int, default=32, help="connections at once")
    parser.add_argument("--accounts", type=int, default=1_000, help="accounts with a key each")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each measurement")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kt-bench-")))
        services = stack.enter_context(start_services(folder, sqlite=options.sqlite))
        os.environ.update(services)
        keys = asyncio.run(create_accounts(folder, options.accounts))
        with run_server("bare") as floor, run_server("gateway") as ours:
            print_heading(options)
            goals_met = [
                compare_rates(each, floor, ours, clients=options.clients, seconds=options.seconds)
                for each in build_subjects(keys)
            ]
        checked = subprocess.run([PROGRAMS / "killatamata", "admin", "check"], check=False)
        print("admin check:", "clean" if checked.returncode == 0 else "BROKEN")
    return 0 if all(goals_met) and checked.returncode == 0 else 1


@contextmanager
def start_services(folder: Path, *, sqlite: bool) -> Iterator[dict[str, str]]:
    """Start the services of the gateway; yield its settings.

    Raises:
        SystemExit: the database does not wait for its disk, and a ratio would mean nothing.
    """
    base = {"KT_DATA_DIR": str(folder), "KT_LOG_LEVEL": os.environ.get("KT_LOG_LEVEL", "info")}
    with ExitStack() as stack:
        base["KT_REDIS_URL"] = stack.enter_context(ValkeyServer()).url
        if not sqlite:
            postgres = stack.enter_context(PostgresServer())
            for setting in ("fsync", "synchronous_commit"):
                if postgres.execute(f"SHOW {setting}") != [("on",)]:
                    sys.exit(f"{setting} is off: nothing durable could be measured")
            base["KT_DATABASE_URL"] = postgres.create_database()
        yield base | HIGH_LIMITS


async def create_accounts(folder: Path, count: int) -> list[str]:
    """Create accounts with credit; return a key of each."""
    settings = operator.load_settings(folder)
    ids, peppers = Ids(), Peppers(parse_secret_pairs(settings.key_peppers))
    async with operator.open_database(settings) as database, database.write() as session:
        created = [
            await operator.create_account_with_key(
                session, ids, peppers, mode="test", amount=CREDIT, label="bench"
            )
            for _ in range(count)
        ]
    return [each["apiKey"] for each in created]


@contextmanager
def run_server(kind: str) -> Iterator["Server"]:
    """Run one of the two servers of bench/server.py in a process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    environment = {**os.environ, "KT_PORT": str(port)}
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.server", kind],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_until_healthy(process, port)
            yield Server(port, process.pid)
        finally:
            process.terminate()
            process.wait(30)


def wait_until_healthy(process: "subprocess.Popen[bytes]", port: int) -> None:
    """Wait until the server answers.

    Raises:
        RuntimeError: it ended, or did not answer within 30 seconds.
    """
    for _ in range(300):
        if process.poll() is not None:
            break
        try:
            with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the server on port {port} does not answer")


def print_heading(options: argparse.Namespace) -> None:
    """Print versions, machine and options, and the head of the table."""
    database = "SQLite, synchronous=FULL" if options.sqlite else "PostgreSQL, fsync on"
    generator = "wrk" if shutil.which("wrk") else "bench/load.py"
    print(
        f"uvicorn {version('uvicorn')} (httptools, 1 process), Starlette {version('starlette')}, "
        f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )
    print(
        f"{database}; log level {os.environ['KT_LOG_LEVEL']}; {options.clients} clients by "
        f"{generator}, {options.accounts} keys, {ROUNDS} rounds of {options.seconds:g} s"
    )
    print(f"{'to the bare route':<33}{'median':>7}{'range':>12}{'cpu':>7}{'must':>7}{'seen':>11}")


def compare_rates(
    subject: Subject, floor: Server, ours: Server, *, clients: int, seconds: float
) -> bool:
    """Measure floor and subject in turns, print the line, and return True if the goal is met."""
    bare = LoadRequest("GET", "/bare", subject.request.keys)
    ours.measure(subject.request, clients=clients, seconds=WARM_SECONDS)
    rounds = [
        (
            floor.measure(bare, clients=clients, seconds=seconds),
            ours.measure(subject.request, clients=clients, seconds=seconds),
        )
        for _ in range(ROUNDS)
    ]
    ratios = [mine.rate / base.rate for base, mine in rounds]
    median, cpu = statistics.median(ratios), "-"
    if all(each.cpu_seconds for pair in rounds for each in pair):
        cpu = f"{statistics.median(base.cpu_seconds / me.cpu_seconds for base, me in rounds):.2f}"
    holds = median >= subject.goal_ratio
    print(
        f"{subject.name:<33}{median:>7.2f}{min(ratios):>7.2f}-{max(ratios):.2f}{cpu:>7}"
        f"{subject.goal_ratio:>7.2f}{subject.seen_ratio:>11}  {'ok' if holds else 'MISSED'}",
        flush=True,
    )
    return holds


if __name__ == "__main__":
    sys.exit(main())
