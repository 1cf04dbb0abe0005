"""An upgrade from the last release, and a rolling restart: under load, without a failed call."""

import asyncio
import signal
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import make_url

from gateway.kit.database.sessions import Database
from tests.deploy.planted_migrations import PlantedMigrations
from tests.deploy.proxies import open_client, run_nginx
from tests.deploy.released_server import ReleasedGateway
from tests.deploy.test_schema_compatibility import ADDITIVE, STRICT_REVISION
from tests.flows.operators.test_observing import fetch_readiness
from tests.gateway import (
    Client,
    Gateway,
    call_at_once,
    find_free_port,
    picture_input,
    stop_process,
    worker_log_path,
)
from tests.load import Load
from tests.processes import Process, start_command
from tests.services.postgres import PostgresServer
from tests.services.valkey import ValkeyServer
from tests.waiting import wait_for_condition

pytestmark = pytest.mark.slow
ENOUGH_CALLS = 40


@dataclass
class UpgradedDeployment:
    """Two gateways of one version and a worker, on PostgreSQL and Valkey."""

    gateways: list[Gateway]
    program: tuple[str, ...]
    postgres: PostgresServer
    port: int  # of the proxy
    worker: Process | None = None
    processes: list[Process] = field(default_factory=list)

    def set_oldest_code(self, revision: str) -> None:
        """Write the revision of the oldest program that may serve."""
        url = make_url(self.gateways[0].settings["KT_DATABASE_URL"])
        statement = f"UPDATE schema_revision SET oldest_code = '{revision}'"  # noqa: S608 - ours
        self.postgres.execute(statement, database=url.database or "")

    def start_worker(self, program: Sequence[str]) -> None:
        """Stop the worker, and start one of this program."""
        if self.worker is not None:
            assert stop_process(self.worker) == 0
        log = worker_log_path(self.gateways[0])
        log.touch()
        said = log.stat().st_size
        self.worker = start_command(["worker"], self.gateways[0].settings, log, program=program)
        self.processes.append(self.worker)
        wait_for_condition(lambda: "takes jobs" in log.read_text()[said:])

    def replace(self, number: int, kind: type[Gateway]) -> None:
        """Stop a gateway by SIGTERM, and start one of another version at its port."""
        old = self.gateways[number]
        assert old.stop() == 0
        new = kind(old.data_dir, **old.settings)
        new.port, new.base = old.port, old.base
        self.gateways[number] = new.start()

    def list_statuses(self) -> list[int]:
        """Return the status of each gateway's `/readyz`."""
        return [fetch_readiness(each)[0] for each in self.gateways]


@pytest.fixture
def deployment(
    tmp_path: Path, released: tuple[str, ...], postgres: PostgresServer, valkey: ValkeyServer
) -> Iterator[UpgradedDeployment]:
    """Yield a deployment of the last release, whose tables that release made."""
    url, port = postgres.create_database(), find_free_port()
    settings = {
        "KT_PUBLIC_URL": f"https://localhost:{port}",
        "KT_DATABASE_URL": url,
        "KT_REDIS_URL": valkey.url,
        "KT_TRUSTED_PROXIES": "127.0.0.1",
        "KT_SUBMITS_PER_MINUTE": "100000",
        "KT_WORKER_METRICS": "",
        "KT_LOG_LEVEL": "info",
        "KT_DRAIN_SECONDS": "2",
    }
    gateways: list[Gateway] = [ReleasedGateway(tmp_path / "data", **settings) for _ in range(2)]
    one = UpgradedDeployment(gateways, released, postgres, port)
    with ExitStack() as stack:
        stack.callback(postgres.drop_database, url)
        stack.callback(end_all, one)
        gateways[0].start()  # makes tables and secrets
        call_at_once([gateways[1].start, lambda: one.start_worker(released)])
        yield one


def end_all(deployment: UpgradedDeployment) -> None:
    """Kill what still runs."""
    for gateway in deployment.gateways:
        gateway.kill()
    for process in deployment.processes:
        if process.poll() is None:
            stop_process(process, signal.SIGKILL)


def migrate(deployment: UpgradedDeployment, planted: PlantedMigrations) -> None:
    """Migrate as today's program does, and by one additive migration more."""

    async def run() -> None:
        database = Database(deployment.gateways[0].settings["KT_DATABASE_URL"])
        await planted.run(database)
        await database.close()

    planted.add(ADDITIVE, STRICT_REVISION)
    asyncio.run(run())


@pytest.mark.promise("operations: upgrade")
def test_an_upgrade_from_the_last_release_under_load_fails_no_call(
    deployment: UpgradedDeployment, tmp_path: Path
) -> None:
    (first, _) = deployment.gateways
    assert isinstance(first, ReleasedGateway)
    key, account_id = first.create_account()
    ports = [each.port for each in deployment.gateways]
    (tmp_path / "nginx").mkdir()
    with (
        run_nginx(tmp_path / "nginx", deployment.port, ports) as proxy,
        open_client(deployment.port, key, kept_connections=0) as http,
        Load([http], [Load.run_job, Load.read_balance]) as load,  # none is tried again
    ):
        load.wait_for_calls(ENOUGH_CALLS)
        migrate(deployment, PlantedMigrations(tmp_path / "planted"))
        assert deployment.list_statuses() == [200, 200]
        deployment.set_oldest_code("9001")  # as a migration that is not additive does
        wait_for_condition(lambda: deployment.list_statuses() == [503, 503])
        deployment.set_oldest_code(STRICT_REVISION)
        wait_for_condition(lambda: deployment.list_statuses() == [200, 200])
        assert_makes_a_picture(deployment.gateways[1], key, account_id)  # the old programs
        for number, port in enumerate(ports):
            # The last release does not drain: its gateways leave the proxy first.
            proxy.serve_from([each for each in ports if each != port])
            deployment.replace(number, Gateway)
            proxy.serve_from(ports)
        deployment.start_worker(Gateway.program)
        print_figures("upgrade from the last release", load)
        assert load.failures == []
        for number in range(len(ports)):  # today's gateways drain, and the proxy is left alone
            deployment.replace(number, Gateway)
        load.wait_for_calls(ENOUGH_CALLS)
        print_figures("and a rolling restart", load)
        load.end()
        assert load.failures == []
    assert_all_succeeded(deployment, load, key, account_id)
    deployment.replace(1, ReleasedGateway)  # the way back
    assert deployment.list_statuses() == [200, 200]
    assert_makes_a_picture(deployment.gateways[1], key, account_id)


def assert_makes_a_picture(gateway: Gateway, key: str, account_id: str) -> None:
    """Check that a gateway and the worker make a picture."""
    with gateway.client(key) as http:
        job = Client(http, key, account_id).run_job("image.generate", picture_input())
        assert job["status"] == "succeeded"


def assert_all_succeeded(
    deployment: UpgradedDeployment, load: Load, key: str, account_id: str
) -> None:
    """Check that each accepted job succeeded once, and that the books are right."""
    assert len(set(load.jobs.values())) == len(load.jobs)
    with deployment.gateways[0].client(key) as http:
        client = Client(http, key, account_id)
        assert {client.wait_for_job(job)["status"] for job in load.jobs.values()} == {"succeeded"}
    checked = deployment.gateways[0].run_command("admin", "check")
    assert checked.stdout == "clean\n", checked


def print_figures(name: str, load: Load) -> None:
    """Print how many calls were made and failed; `pytest -s` shows it."""
    counts = ", ".join(f"{kind} {count}" for kind, count in sorted(load.outcomes.items()))
    print(f"{name}: {load.call_count} calls ({counts}), {len(load.failures)} failed")  # noqa: T201
