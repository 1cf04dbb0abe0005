"""Our routes beside a bare Starlette JSON route, in the same kind of server, in the same run.

    python -m bench.http                 PostgreSQL, 32 clients, 1,000 accounts with a key each
    python -m bench.http --sqlite        the embedded database instead
    python -m bench.http --clients 64

Floor and subject alternate; a ratio is of one round. The rows by processor time count that of the
server process: they hold on a busy machine too, but leave the database out. The bounds are for the
rates, on a quiet machine. The load comes from `wrk` where it is on PATH, else from bench/load.py.
Neither server runs a worker: the jobs stay queued in a database that is thrown away, after
`admin check` has read it.
"""

import argparse
import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from unittest.mock import patch
from urllib.request import urlopen

from bench.load import LoadRequest, measure_rate
from bench.table import BrokenInvariantError, Options, Row, run_measure
from gateway import operator
from gateway.configuration.settings import parse_secret_pairs
from gateway.identity.keys.secrets import Peppers
from gateway.kit.ids import Ids
from gateway.kit.money import MICROUSD_PER_USD
from tests.services.postgres import PostgresServer
from tests.services.valkey import ValkeyServer

WARM_SECONDS, FEW_KEYS = 1.0, 20
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
    """A route of ours, and the row of its ratio to the bare route."""

    request: LoadRequest
    row: Row
    cpu_row: Row


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
    """Build the measured routes in the order of the table.

    The JSON route uses so few keys that each is asked again within the 5 seconds for which the
    gateway remembers a key: it shows a route without any query.
    """
    submit = LoadRequest("POST", "/api/v1/media/jobs", keys, json.dumps(JOB_BODY))
    return [
        build_subject("submit", "submit", submit, must=0.15, goal=0.25),
        build_subject(
            "json", "authenticated JSON", LoadRequest("GET", "/bench/me", keys[:FEW_KEYS]),
            must=0.37, goal=0.5,
        ),
        build_subject("balance", "balance", LoadRequest("GET", "/api/v1/balance", keys)),
    ]  # fmt: skip


def build_subject(
    key: str,
    name: str,
    request: LoadRequest,
    *,
    must: float | None = None,
    goal: float | None = None,
) -> Subject:
    """Build a measured route with the rows of its rate and of its processor time."""
    return Subject(
        request,
        Row(f"http.{key}", f"{name} / bare Starlette", must=must, goal=goal),
        Row(f"http.{key}_cpu", f"  by processor time: bare / {name}", side_unit=" µs"),
    )


def measure(
    options: Options, *, sqlite: bool = False, clients: int = 32, accounts: int = 1_000
) -> Iterator[Row]:
    """Measure each route beside the bare one, check the ledger; yield each row."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kt-bench-")))
        services = stack.enter_context(start_services(folder, sqlite=sqlite))
        stack.enter_context(patch.dict(os.environ, services))
        keys = asyncio.run(create_accounts(folder, accounts))
        with run_server("bare") as floor, run_server("gateway") as ours:
            for subject in build_subjects(keys):
                compare_rates(subject, floor, ours, clients=clients, options=options)
                yield from (row for row in (subject.row, subject.cpu_row) if row.values)
        check = subprocess.run(
            [PROGRAMS / "killatamata", "admin", "check"],
            capture_output=True,
            text=True,
            check=False,
        )
        if check.returncode:
            raise BrokenInvariantError(check.stdout + check.stderr)


def main() -> int:
    """Measure with options of this module; return 1 if a row is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.http")
    parser.add_argument("--sqlite", action="store_true", help="measure the embedded database")
    parser.add_argument("--clients", type=int, default=32, help="connections at once")
    parser.add_argument("--accounts", type=int, default=1_000, help="accounts with a key each")
    chosen, rest = parser.parse_known_args()
    return run_measure(partial(measure, **vars(chosen)), rest)


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


def compare_rates(
    subject: Subject, floor: Server, ours: Server, *, clients: int, options: Options
) -> None:
    """Measure the bare route and ours in turns, after a moment that nothing counts."""
    bare = LoadRequest("GET", "/bare", subject.request.keys)
    ours.measure(subject.request, clients=clients, seconds=WARM_SECONDS)
    for _ in range(options.rounds):
        base = floor.measure(bare, clients=clients, seconds=options.seconds)
        mine = ours.measure(subject.request, clients=clients, seconds=options.seconds)
        subject.row.add_round(base.rate, mine.rate)
        if base.cpu_seconds and mine.cpu_seconds:
            subject.cpu_row.add_round(mine.cpu_seconds * 1e6, base.cpu_seconds * 1e6)


if __name__ == "__main__":
    sys.exit(main())
