"""Wake-ups among workers reach whoever has a turn."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway import JOB_SECONDS, Client, picture_input, run_worker, serve_gateway
from tests.services.valkey import ValkeyServer

SOON_SECONDS = 3.0
pytestmark = pytest.mark.slow


def fill_two_workers(client: Client) -> None:
    for number in range(2):
        slow = picture_input(f"{number} [sandbox:slow=120]")
        client.wait_for_status(client.submit("image.generate", slow).json()["jobId"], "running")


def measure_queued_seconds(client: Client, pictures: int) -> Iterator[float]:
    """Yield how long each picture waited for a worker; the next is submitted when it is done."""
    for number in range(pictures):
        began = time.monotonic()
        job_id = client.submit("image.generate", picture_input(f"picture {number}")).json()["jobId"]
        while client.get_job(job_id)["status"] == "queued":
            assert time.monotonic() < began + JOB_SECONDS
            time.sleep(0.05)
        yield time.monotonic() - began
        client.wait_for_job(job_id)


def test_full_workers_leave_wake_ups_to_an_idle_one(
    tmp_path: Path, postgres_url: str, valkey: ValkeyServer
) -> None:
    settings = {
        "KT_DATABASE_URL": postgres_url,
        "KT_REDIS_URL": valkey.url,
        "KT_WORKER_THREADS": "1",
    }
    with (
        serve_gateway(tmp_path / "data", **settings) as gateway,
        gateway.account() as patient,
        gateway.account() as other,
        run_worker(gateway, "w1"),
        run_worker(gateway, "w2"),
        run_worker(gateway, "w3"),
    ):
        fill_two_workers(patient)
        waits = list(measure_queued_seconds(other, 10))
        assert max(waits) < SOON_SECONDS, waits
