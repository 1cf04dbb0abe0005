"""Distance: how many round trips to its database a gateway makes for an answer.

A proxy delays each answer of PostgreSQL. The slope of the answer's time over the delay is the
number of round trips, whatever the machine.
"""

import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
from sqlalchemy.engine import make_url

from bench.capacity import LIMITS, Figure
from bench.http import JOB_BODY
from tests.fault_proxy import FaultProxy
from tests.gateway import serve_gateway
from tests.services.postgres import PostgresServer
from tests.services.valkey import ValkeyServer

DELAYS_MS, CALLS, SOCKET_NAME = (0, 60), 15, ".s.PGSQL.5432"
SUBMIT = json.dumps(JOB_BODY)
CALL_KINDS: dict[str, Callable[[httpx2.Client], httpx2.Response]] = {
    "a submit": lambda http: http.post(
        "/api/v1/media/jobs", content=SUBMIT, headers={"Content-Type": "application/json"}
    ),
    "a balance": lambda http: http.get("/api/v1/balance"),
    "a page of history": lambda http: http.get("/api/v1/balance/history"),
    "the price of a job": lambda http: http.post(
        "/api/v1/media/jobs?dryRun=1", content=SUBMIT, headers={"Content-Type": "application/json"}
    ),
}


def measure_regions() -> Iterator[Figure]:
    """Measure each kind of answer with and without a delay."""
    with (
        tempfile.TemporaryDirectory(prefix="kt-scale-") as folder,
        PostgresServer() as server,
        ValkeyServer() as valkey,
        FaultProxy(server.postmaster.folder.path / SOCKET_NAME) as proxy,
    ):
        name = make_url(server.create_database()).database
        settings = LIMITS | {
            "KT_DATABASE_URL": f"postgresql+asyncpg://postgres@127.0.0.1:{proxy.port}/{name}",
            "KT_REDIS_URL": valkey.url,
            "KT_STORAGE_URL": f"file://{folder}/media",
        }
        with serve_gateway(Path(folder) / "data", **settings) as gateway:
            with gateway.account("1000") as account:
                times = {delay: time_calls(account.http, proxy, delay) for delay in DELAYS_MS}
            proxy.heal()
    near, far = DELAYS_MS
    for kind in CALL_KINDS:
        trips = (times[far][kind] - times[near][kind]) / (far - near) * 1_000
        yield Figure(f"round trips to the database for {kind}", trips, "")


def time_calls(http: httpx2.Client, proxy: FaultProxy, delay_ms: int) -> dict[str, float]:
    """Return the median seconds of each kind of call, while the database is so far away."""
    proxy.set_fault(f"latency:{delay_ms}" if delay_ms else "pass")
    return {kind: time_call(http, call) for kind, call in CALL_KINDS.items()}


def time_call(http: httpx2.Client, call: Callable[[httpx2.Client], httpx2.Response]) -> float:
    """Return the median seconds of a call."""
    seconds = []
    for _ in range(CALLS):
        begun = time.perf_counter()
        call(http).raise_for_status()
        seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds)
