"""The deployment that a chaos run breaks: two gateways, two workers and all that they need.

PostgreSQL and Valkey are real; S3, the GPU node, the OpenAI server, Stripe and the receiver of
webhooks are stand-ins on loopback. Each gateway and worker has links of its own to the database,
the broker and the storage, so that one process can be cut off while the others go on.
"""

import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

import httpx2
import pytest
from sqlalchemy.engine import make_url

from gateway.storage import Storage, storage_from_url
from tests.chaos.webhook_sink import WebhookSink, serve_sink
from tests.databases import migrate_database, run_on_own_loop
from tests.disks import mount_small_disk
from tests.fakes.buckets import BUCKET_KEYS, serve_bucket
from tests.fakes.comfyui import FakeComfy
from tests.fakes.openai import STAND_INS, FakeUpstream
from tests.fakes.stripe.client import StripeStandIn, serve_stripe
from tests.fault_proxy import FaultProxy
from tests.gateway import EMPTY_TLS_CONTEXT, Client, Gateway, find_free_port
from tests.processes import COMMAND_PATH, DEFAULT_PROGRAM, Process, start_command
from tests.services.postgres import PostgresServer
from tests.services.valkey import ValkeyServer

READY_SECONDS, STOP_SECONDS, PROBE_SECONDS, CALL_SECONDS = 300, 90, 2, 10
CREDIT_USD = "5000"
# A probe has accounts of its own: jobs are taken in turn by account, so that it measures how long
# the deployment was broken, and not how many jobs the load has waiting by then.
ACCOUNTS = ("test", "live", "probe-test", "probe-live")
METRICS_TOKEN = "chaos-metrics-token"
FAKETIME_LIBRARIES = (
    Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"),
    Path("/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1"),
)
ENGINES = """
[upstreams.shop]
dialect = "vllm-omni"
url = "http://127.0.0.1:{port}/v1"
max_inflight = 16
[families.sdxl]
checkpoint = "sd_xl_base_1.0.safetensors"
[families.edits]
upstreams = ["shop"]
task = "image.edit"
model = "chaos-edit"
[routes]
"image.generate" = "sdxl"
"image.edit" = "edits"
"""
COMMON_SETTINGS = {
    "KT_SUBMITS_PER_MINUTE": "100000",
    "KT_READS_PER_MINUTE": "100000",
    "KT_QUEUED_JOBS": "10000",
    "KT_RUNNING_JOBS": "1000",
    "KT_METRICS_TOKEN": METRICS_TOKEN,
    **BUCKET_KEYS,
}


@dataclass
class Member:
    """A gateway or a worker: its links, and its process, which is started again after a fault.

    `base` is the URL that answers: for a gateway everything, for a worker its metrics.
    """

    name: str
    command: str
    settings: Mapping[str, str]
    links: Mapping[str, FaultProxy]
    log: Path
    base: str
    process: Process | None = None

    def start(self, clock_shift_seconds: int = 0) -> None:
        """Start the process, with a clock that is wrong by so many seconds."""
        settings, program = dict(self.settings), DEFAULT_PROGRAM
        if clock_shift_seconds:
            # Another tuple, so that it is started whole: a fork would keep this clock.
            program = (COMMAND_PATH,)
            settings |= {
                "LD_PRELOAD": str(find_faketime()),
                "FAKETIME": f"{clock_shift_seconds:+d}s",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                "DONT_FAKE_MONOTONIC": "1",
            }
        self.process = start_command([self.command], settings, self.log, program=program)

    def send_signal(self, number: signal.Signals) -> None:
        """Send the process a signal."""
        assert self.process is not None, f"{self.name} does not run"
        self.process.send_signal(number)

    def end(self, number: signal.Signals) -> None:
        """End the process by this signal, and wait until it is gone."""
        self.send_signal(number)
        assert self.process is not None
        self.process.wait(STOP_SECONDS)

    def is_ready(self) -> bool:
        """Return True if this gateway says that it can serve."""
        try:
            answer = httpx2.get(
                f"{self.base}/readyz",
                timeout=PROBE_SECONDS,
                trust_env=False,
                verify=EMPTY_TLS_CONTEXT,
            )
        except httpx2.HTTPError:
            return False
        return answer.status_code == httpx2.codes.OK

    def wait_until_ready(self) -> None:
        """Wait until this gateway says that it can serve.

        Raises:
            TimeoutError: It does not within five minutes.
        """
        deadline = time.monotonic() + READY_SECONDS
        while not self.is_ready():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.name} is not ready: {self.log.read_text()[-2000:]}")
            time.sleep(0.05)


@dataclass
class Deployment:
    """All processes of a run, its links, and the accounts of callers and probes."""

    folder: Path
    postgres: PostgresServer
    valkey: ValkeyServer
    bucket: str
    node: FakeComfy
    node_link: FaultProxy
    upstream: FakeUpstream
    upstream_link: FaultProxy
    stripe: StripeStandIn
    sink: WebhookSink
    operator: Gateway
    small_disk: Path | None
    gateways: list[Member] = field(default_factory=list)
    workers: list[Member] = field(default_factory=list)
    accounts: dict[str, Client] = field(default_factory=dict)

    @property
    def members(self) -> list[Member]:
        """Return the gateways and the workers."""
        return [*self.gateways, *self.workers]

    @property
    def metrics_targets(self) -> dict[str, str]:
        """Return the job of each URL whose metrics are recorded."""
        jobs = {member.base: "gateway" for member in self.gateways}
        return jobs | {member.base: "worker" for member in self.workers}

    @property
    def database_name(self) -> str:
        """Return the name of the database on the server."""
        return str(make_url(self.operator.settings["KT_DATABASE_URL"]).database)

    def open_storage(self) -> Storage:
        """Open the storage as a gateway does, but without a link."""
        with patch.dict(os.environ, BUCKET_KEYS):
            return storage_from_url(self.operator.settings["KT_STORAGE_URL"])

    def open_client(self, member: Member, account: str) -> httpx2.Client:
        """Return a client of one gateway with the key of an account; the caller closes it."""
        return httpx2.Client(
            base_url=member.base,
            headers={"Authorization": f"Bearer {self.accounts[account].key}"},
            timeout=CALL_SECONDS,
            trust_env=False,
            verify=EMPTY_TLS_CONTEXT,
        )


def find_faketime() -> Path | None:
    """Return the library of Debian's package `faketime`, None if it is not installed."""
    return next((library for library in FAKETIME_LIBRARIES if library.exists()), None)


@contextmanager
def run_deployment(folder: Path, **settings: str) -> Iterator[Deployment]:
    """Run the whole deployment for the block; `settings` are those of every process."""
    with ExitStack() as stack:
        deployment = _open_services(stack, folder)
        common = deployment.operator.settings | settings
        deployment.operator.settings.update(settings)
        stack.callback(_end_members, deployment)
        for number in (1, 2):
            gateway = _build_member(stack, deployment, f"gateway-{number}", "serve", common)
            deployment.gateways.append(gateway)
            # One after the other: the first writes the secrets that all share.
            gateway.start()
            gateway.wait_until_ready()
        for number in (1, 2):
            worker = _build_member(stack, deployment, f"worker-{number}", "worker", common)
            if number == 1 and deployment.small_disk is not None:
                place = {"TMPDIR": str(deployment.small_disk), "KT_DISK_RESERVE": "0"}
                worker.settings = {**worker.settings, **place}
            deployment.workers.append(worker)
            worker.start()
        for name in ACCOUNTS:
            mode = name.removeprefix("probe-")
            account = stack.enter_context(deployment.operator.account(CREDIT_USD, mode))
            deployment.accounts[name] = account
        yield deployment


def _open_services(stack: ExitStack, folder: Path) -> Deployment:
    """Start the services and stand-ins; the operator's gateway reaches them without a link."""
    enter = stack.enter_context
    postgres, valkey = enter(PostgresServer()), enter(ValkeyServer())
    upstream = enter(FakeUpstream(STAND_INS["vllm-omni"], seconds=1.0, model="chaos-edit"))
    node = enter(FakeComfy(folder / "comfy", seconds=1.0))
    links = [enter(FaultProxy(port)) for port in (node.port, upstream.port)]
    stripe, sink = enter(serve_stripe()), enter(serve_sink())
    bucket = enter(serve_bucket("us-east-1"))
    url = postgres.create_database()
    run_on_own_loop(migrate_database(url))
    engines = folder / "engines.toml"
    engines.write_text(ENGINES.format(port=links[1].port))
    settings = (
        COMMON_SETTINGS
        | stripe.settings
        | {
            "KT_DATABASE_URL": url,
            "KT_REDIS_URL": valkey.url,
            "KT_STORAGE_URL": _build_storage_url(bucket),
            "KT_ENGINES_FILE": str(engines),
            "KT_COMFY_NODES": f"gpu-1=http://127.0.0.1:{links[0].port}",
            "KT_FETCH_ALLOW": f"127.0.0.1:{sink.port}",
        }
    )
    return Deployment(
        folder, postgres, valkey, bucket, node, links[0], upstream, links[1], stripe, sink,
        Gateway(folder / "data", **settings), _mount_disk(stack, folder / "disk"),
    )  # fmt: skip


def _mount_disk(stack: ExitStack, folder: Path) -> Path | None:
    """Mount a small disk; None where we may not, and then the run says that it fills no disk."""
    if os.geteuid() != 0:
        return None
    try:
        return stack.enter_context(mount_small_disk(folder))
    except pytest.skip.Exception:
        return None


def _build_member(
    stack: ExitStack, deployment: Deployment, name: str, command: str, common: Mapping[str, str]
) -> Member:
    """Build a gateway or worker that reaches each service by a link of its own."""
    url = make_url(common["KT_DATABASE_URL"])
    upstreams: dict[str, int | Path] = {
        "database": Path(str(url.query["host"])) / ".s.PGSQL.5432",
        "broker": deployment.valkey.port,
        "storage": int(deployment.bucket.rpartition(":")[2]),
    }
    links = {
        each: stack.enter_context(FaultProxy(upstream)) for each, upstream in upstreams.items()
    }
    linked_url = url.set(host="127.0.0.1", port=links["database"].port, query={})
    address = f"127.0.0.1:{find_free_port()}"
    settings = {
        **common,
        "KT_PORT": address.rpartition(":")[2],
        "KT_WORKER_METRICS": address,
        "KT_DATABASE_URL": linked_url.render_as_string(hide_password=False),
        "KT_REDIS_URL": f"redis://127.0.0.1:{links['broker'].port}/0",
        "KT_STORAGE_URL": _build_storage_url(f"http://127.0.0.1:{links['storage'].port}"),
    }
    log = deployment.folder / f"{name}.log"
    return Member(name, command, settings, links, log, f"http://{address}")


def _build_storage_url(endpoint: str) -> str:
    return f"s3://media/kt?endpoint={endpoint}&region=us-east-1"


def _end_members(deployment: Deployment) -> None:
    for member in deployment.members:
        if member.process is not None and member.process.poll() is None:
            member.end(signal.SIGKILL)
