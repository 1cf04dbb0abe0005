"""The life of one job: what it costs each part, from its submit to its last row."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url

from bench.capacity import LIMITS, Figure
from bench.processor_time import read_family_seconds
from tests.fakes.comfyui import FakeComfy
from tests.gateway import Client, Gateway, picture_input, run_worker, serve_gateway
from tests.processes import Process
from tests.services.postgres import PostgresServer
from tests.services.valkey import ValkeyServer
from tests.waiting import wait_for_condition
from tests.workers.comfyui.farm import ENGINES_TOML

JOBS, AT_ONCE = 200, 16
LOG_BYTES = "SELECT pg_current_wal_insert_lsn() - '0/0'"
DAY_SECONDS, MILLION, KIB, GIB = 86_400, 1_000_000, 1024, 1024**3


@dataclass(frozen=True)
class Deployment:
    """A gateway, a worker, the databases and a stand-in for a GPU node that needs no time."""

    gateway: Gateway
    worker: Process
    postgres: PostgresServer
    valkey: ValkeyServer

    @property
    def gateway_pid(self) -> int:
        """Return the process id of the gateway."""
        assert self.gateway.process is not None  # noqa: S101 - it is served
        return self.gateway.process.pid

    def read_counters(self) -> dict[str, float]:
        """Return the processor seconds of each part, and the bytes that PostgreSQL wrote."""
        name = make_url(self.gateway.settings["KT_DATABASE_URL"]).database
        ((log_bytes,),) = self.postgres.execute(LOG_BYTES)
        ((size,),) = self.postgres.execute(f"SELECT pg_database_size('{name}')")
        return {
            "gateway": read_family_seconds(self.gateway_pid),
            "worker": read_family_seconds(self.worker.pid),
            "PostgreSQL": read_family_seconds(self.postgres.postmaster.pid),
            "Valkey": read_family_seconds(self.valkey.pid or 0),
            "log": float(log_bytes),
            "rows": float(size),
        }


def measure_life() -> Iterator[Figure]:
    """Measure many jobs on a node of no seconds; each is waited for by one call."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kt-scale-")))
        deployment = start_deployment(stack, folder)
        with deployment.gateway.account("1000", mode="live") as account:
            wait_for_condition(lambda: is_node_able(account))
            run_jobs(account, AT_ONCE)  # what a first job opens is open now
            before = deployment.read_counters()
            run_jobs(account, JOBS)
            after = deployment.read_counters()
    spent = {name: (after[name] - before[name]) / JOBS for name in before}
    for part in ("gateway", "worker", "PostgreSQL", "Valkey"):
        yield Figure(f"processor time of the {part} for a job", spent[part] * 1_000, "ms")
    for part in ("gateway", "worker", "PostgreSQL", "Valkey"):
        cores = spent[part] * MILLION / DAY_SECONDS
        yield Figure(f"cores of the {part} for a million jobs a day", cores, "")
    yield Figure("log of PostgreSQL (WAL) for a job", spent["log"] / KIB, "KiB")
    yield Figure("rows and indexes of a job", spent["rows"] / KIB, "KiB")
    yield Figure("database for a million jobs", spent["rows"] * MILLION / GIB, "GiB")


def start_deployment(stack: ExitStack, folder: Path) -> Deployment:
    """Start a production deployment with one node."""
    postgres = stack.enter_context(PostgresServer())
    valkey = stack.enter_context(ValkeyServer())
    node = stack.enter_context(FakeComfy(folder / "comfy"))
    engines = folder / "engines.toml"
    engines.write_text(ENGINES_TOML)
    settings = LIMITS | {
        "KT_DATABASE_URL": postgres.create_database(),
        "KT_REDIS_URL": valkey.url,
        "KT_STORAGE_URL": f"file://{folder}/media",
        "KT_WORKER_METRICS": "",
        "KT_LIVE_ENABLED": "true",
        "KT_RUNNING_JOBS": "100",
        "KT_ENGINES_FILE": str(engines),
        "KT_COMFY_NODES": f"gpu=http://127.0.0.1:{node.port}",
    }
    gateway = stack.enter_context(serve_gateway(folder / "data", **settings))
    return Deployment(gateway, stack.enter_context(run_worker(gateway)), postgres, valkey)


def is_node_able(account: Client) -> bool:
    """Return True if a picture would be taken by a node now."""
    dry = account.submit("image.generate", picture_input(), dry=True).json()
    return bool(dry["blockedBy"] == [])


def run_jobs(account: Client, count: int) -> None:
    """Submit so many pictures, some at once, and wait for each."""
    waiting: list[str] = []
    for number in range(count):
        answer = account.submit("image.generate", picture_input(f"fox {number}"))
        waiting.append(answer.json()["jobId"])
        if len(waiting) >= AT_ONCE:
            account.wait_for_job(waiting.pop(0))
    for job_id in waiting:
        account.wait_for_job(job_id)
