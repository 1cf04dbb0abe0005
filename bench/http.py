"""Our routes beside a FastAPI service with the same duties and a bare Starlette route, in one run.

    python -m bench.http                 PostgreSQL, 32 clients, 1,000 accounts with a key each
    python -m bench.http --sqlite        the embedded database instead
    python -m bench.http --clients 64

The servers are measured in turns; a ratio is of one round. The rows by processor time hold on a
busy machine too: beside the peer they count server and database, beside the bare route the server
alone. The bounds are for the rates, on a quiet machine. No server runs a worker: the jobs stay
queued in a database that is thrown away, after both ledgers were checked.
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

from bench.ledger import INVARIANTS_OF_QUEUES
from bench.load import LoadRequest, measure_rate
from bench.peer import environment
from bench.processor_time import read_family_seconds, read_own_seconds
from bench.settled_server import start_settled_server
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
class RateMeasurement:
    """Answers a second, and the processor time of one in µs: the server's, and the database's."""

    rate: float
    server_us: float
    database_us: float


@dataclass(frozen=True)
class Server:
    """A running server process, and the postmaster of the database that it asks, if any."""

    port: int
    pid: int
    postmaster: int = 0

    def measure(self, request: LoadRequest, *, clients: int, seconds: float) -> RateMeasurement:
        """Measure one request that clients repeat for some seconds."""
        own, database = read_own_seconds(self.pid), read_family_seconds(self.postmaster)
        rate = measure_rate(self.port, request, clients=clients, seconds=seconds)
        answers = rate * seconds / 1e6
        return RateMeasurement(
            rate,
            (read_own_seconds(self.pid) - own) / answers,
            (read_family_seconds(self.postmaster) - database) / answers,
        )


@dataclass
class Comparison:
    """A route of ours with the same of the peer, and the rows of their ratios."""

    ours: LoadRequest
    peer: LoadRequest
    to_peer: Row
    to_peer_cpu: Row
    to_bare: Row
    to_bare_cpu: Row

    def add_round(
        self, ours: RateMeasurement, peer: RateMeasurement | None, bare: RateMeasurement
    ) -> None:
        """Add what one round measured of each server."""
        self.to_bare.add_round(bare.rate, ours.rate)
        if ours.server_us and bare.server_us:
            self.to_bare_cpu.add_round(ours.server_us, bare.server_us)
        if peer is None:
            return
        self.to_peer.add_round(peer.rate, ours.rate)
        if ours.server_us and peer.server_us:
            self.to_peer_cpu.add_round(
                ours.server_us + ours.database_us, peer.server_us + peer.database_us
            )


def build_comparison(
    key: str,
    name: str,
    ours: LoadRequest,
    peer: LoadRequest,
    *,
    peer_bounds: tuple[float, float],
    bare_bounds: tuple[float, float] | tuple[None, None] = (None, None),
) -> Comparison:
    """Build a comparison with its rows; bounds are what must be reached, and the goal."""
    must, goal = peer_bounds
    to_peer = Row(f"http.{key}_peer", f"{name} / FastAPI service", must=must, goal=goal)
    must_bare, goal_bare = bare_bounds
    to_bare = Row(f"http.{key}_bare", f"{name} / bare Starlette", must=must_bare, goal=goal_bare)
    return Comparison(
        ours,
        peer,
        to_peer,
        Row(f"{to_peer.key}_cpu", "  by processor time, database included", side_unit=" µs"),
        to_bare,
        Row(f"{to_bare.key}_cpu", "  by processor time of the server", side_unit=" µs"),
    )


def build_comparisons(keys: list[str], peer_keys: list[str]) -> list[Comparison]:
    """Build the measured routes in the order of the table.

    The JSON route uses so few keys that each is asked again within the 5 seconds for which both
    servers remember a key: it shows a route without any query.
    """
    body = json.dumps(JOB_BODY)
    few, peer_few = keys[:FEW_KEYS], peer_keys[:FEW_KEYS]
    return [
        build_comparison(
            "submit", "submit",
            LoadRequest("POST", "/api/v1/media/jobs", keys, body),
            LoadRequest("POST", "/jobs", peer_keys, body),
            peer_bounds=(10, 15), bare_bounds=(0.15, 0.25),
        ),
        build_comparison(
            "json", "authenticated JSON",
            LoadRequest("GET", "/bench/me", few), LoadRequest("GET", "/me", peer_few),
            peer_bounds=(3.5, 5), bare_bounds=(0.37, 0.5),
        ),
        build_comparison(
            "balance", "balance",
            LoadRequest("GET", "/api/v1/balance", keys), LoadRequest("GET", "/balance", peer_keys),
            peer_bounds=(12, 16),
        ),
    ]  # fmt: skip


def measure(
    options: Options, *, sqlite: bool = False, clients: int = 32, accounts: int = 1_000
) -> Iterator[Row]:
    """Measure each route beside the peer and the bare one, check both ledgers; yield each row.

    The peer has no embedded database: on SQLite only the rows of the bare route come.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kt-bench-")))
        postgres = None if sqlite else stack.enter_context(start_settled_server())
        services = stack.enter_context(start_services(folder, postgres))
        stack.enter_context(patch.dict(os.environ, services))
        keys, peer_keys = asyncio.run(create_accounts(folder, accounts)), [""]
        if postgres is not None:
            environment.prepare_environment()
            peer_keys = environment.seed_accounts(accounts)
        postmaster = postgres.postmaster.pid if postgres and postgres.is_ours else 0
        servers = Servers(
            stack.enter_context(run_server("gateway", postmaster)),
            stack.enter_context(run_server("peer", postmaster)) if postgres else None,
            stack.enter_context(run_server("bare")),
        )
        comparisons = build_comparisons(keys, peer_keys)
        for each in comparisons:
            servers.compare(each, clients, options)
        for rows in zip(*(list_rows(each) for each in comparisons), strict=True):
            yield from (row for pair in rows for row in pair if row.values)
        check_ledgers(has_peer=postgres is not None)


def list_rows(comparison: Comparison) -> tuple[tuple[Row, Row], tuple[Row, Row]]:
    """List the rows of a comparison: with the peer, and with the bare route."""
    return (
        (comparison.to_peer, comparison.to_peer_cpu),
        (comparison.to_bare, comparison.to_bare_cpu),
    )


def check_ledgers(*, has_peer: bool) -> None:
    """Check our ledger and that of the peer.

    Raises:
        BrokenInvariantError: One of them is wrong.
    """
    command = [str(PROGRAMS / "killatamata"), "admin", "check", "--json"]
    check = subprocess.run(command, capture_output=True, text=True, check=False)
    findings = json.loads(check.stdout)["findings"]
    broken = {each["id"] for each in findings} - INVARIANTS_OF_QUEUES
    if broken:
        raise BrokenInvariantError(", ".join(sorted(broken)))
    if has_peer and (trouble := environment.check_ledger()):
        raise BrokenInvariantError(f"the peer: {trouble}")


@dataclass(frozen=True)
class Servers:
    """The running servers of one comparison."""

    ours: Server
    peer: Server | None
    bare: Server

    def compare(self, comparison: Comparison, clients: int, options: Options) -> None:
        """Measure the servers in turns, after a moment that nothing counts."""
        bare = LoadRequest("GET", "/bare", comparison.ours.keys)
        for server, request in ((self.ours, comparison.ours), (self.peer, comparison.peer)):
            if server is not None:
                server.measure(request, clients=clients, seconds=WARM_SECONDS)
        for _ in range(options.rounds):
            comparison.add_round(
                self.ours.measure(comparison.ours, clients=clients, seconds=options.seconds),
                self.peer.measure(comparison.peer, clients=clients, seconds=options.seconds)
                if self.peer
                else None,
                self.bare.measure(bare, clients=clients, seconds=options.seconds),
            )


def main() -> int:
    """Measure with options of this module; return 1 if a row is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.http")
    parser.add_argument("--sqlite", action="store_true", help="measure the embedded database")
    parser.add_argument("--clients", type=int, default=32, help="connections at once")
    parser.add_argument("--accounts", type=int, default=1_000, help="accounts with a key each")
    chosen, rest = parser.parse_known_args()
    return run_measure(partial(measure, **vars(chosen)), rest)


@contextmanager
def start_services(folder: Path, postgres: PostgresServer | None) -> Iterator[dict[str, str]]:
    """Start the services of the gateway, on SQLite without a server; yield its settings.

    Raises:
        SystemExit: the database does not wait for its disk, and a ratio would mean nothing.
    """
    base = {"KT_DATA_DIR": str(folder), "KT_LOG_LEVEL": os.environ.get("KT_LOG_LEVEL", "info")}
    with ValkeyServer() as valkey:
        base["KT_REDIS_URL"] = valkey.url
        if postgres is not None:
            for setting in ("fsync", "synchronous_commit"):
                if postgres.execute(f"SHOW {setting}") != [("on",)]:
                    sys.exit(f"{setting} is off: nothing durable could be measured")
            base["KT_DATABASE_URL"] = postgres.create_database()
            base["PEER_DATABASE_URL"] = postgres.create_database()
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
def run_server(kind: str, postmaster: int = 0) -> Iterator[Server]:
    """Run the peer, or one of the two servers of bench/server.py, in a process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            environment.build_command("serve")
            if kind == "peer"
            else [sys.executable, "-m", "bench.server", kind],
            env={**os.environ, "KT_PORT": str(port)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_until_healthy(process, port)
            yield Server(port, process.pid, postmaster)
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


if __name__ == "__main__":
    sys.exit(main())
