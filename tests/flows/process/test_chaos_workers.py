"""Processes of ours that are stopped, told to end, or spoken to in broken sentences."""

import signal
import socket
from pathlib import Path

import pytest

from tests.databases import MovedClock, run_on_own_loop
from tests.fakes.comfyui import FakeComfy
from tests.fault_proxy import FaultProxy
from tests.flows.process.test_crashes import advance_a_minute
from tests.gateway import Gateway, picture_input, run_worker, serve_gateway, stop_process
from tests.services.valkey import ValkeyServer
from tests.slow_jobs import submit_amid, wait_until_settled
from tests.waiting import wait_for_condition
from tests.workers.comfyui.farm import ENGINES_TOML

pytestmark = pytest.mark.slow
LIVE_PRICE = 20_000


@pytest.mark.promise("jobs: ends-once")
def test_a_worker_that_slept_past_its_lease_changes_nothing_and_works_again(
    data_dir: Path, postgres_url: str, valkey: ValkeyServer, clock: MovedClock
) -> None:
    settings = {"KT_DATABASE_URL": postgres_url, "KT_REDIS_URL": valkey.url}
    with (
        serve_gateway(data_dir, KT_WORKER_METRICS="", **settings) as gateway,
        gateway.account() as account,
        run_worker(gateway) as sleeper,
    ):
        job_id = account.submit("image.generate", picture_input("[sandbox:slow=3]")).json()["jobId"]
        account.wait_for_status(job_id, "running")
        sleeper.send_signal(signal.SIGSTOP)
        run_on_own_loop(advance_a_minute(postgres_url, clock))
        with run_worker(gateway) as other:
            done = account.wait_for_job(job_id)
            sleeper.send_signal(signal.SIGCONT)
            assert [each["outcome"] for each in done["attempts"]] == ["lost", "succeeded"]
            stop_process(other)
        assert account.run_job("image.generate", picture_input("awake"))["status"] == "succeeded"
        again = account.get_job(job_id, includeDetails=1)
        assert (again["outputs"], again["version"]) == (done["outputs"], done["version"])
        assert account.http.get(again["downloadableOutputUrls"][0]).status_code == 200
        assert account.get_balance()["availableMicrousd"] == 5_000_000 - 2 * 20_000
        assert gateway.list_findings() == []


@pytest.mark.promise("jobs: ends-once")
def test_a_worker_told_to_end_gives_its_job_to_another_at_once(
    data_dir: Path, postgres_url: str, valkey: ValkeyServer
) -> None:
    settings = {"KT_DATABASE_URL": postgres_url, "KT_REDIS_URL": valkey.url}
    with (
        serve_gateway(data_dir, KT_WORKER_METRICS="", **settings) as gateway,
        gateway.account() as account,
    ):
        with run_worker(gateway) as first:
            job_id = account.submit("image.generate", picture_input("[sandbox:slow=4]")).json()[
                "jobId"
            ]
            account.wait_for_status(job_id, "running")
            assert stop_process(first) == 0
        assert account.get_job(job_id)["status"] == "queued"
        with run_worker(gateway):
            (done,) = wait_until_settled(gateway, account, [job_id])
        assert [each["outcome"] for each in done["attempts"]] == ["canceled", "succeeded"]


@pytest.mark.promise("jobs: twins")
def test_a_gateway_restarted_under_load_keeps_every_job_it_has_promised(
    data_dir: Path, postgres_url: str
) -> None:
    settings = {"KT_DATABASE_URL": postgres_url, "KT_SUBMITS_PER_MINUTE": "100000"}
    with serve_gateway(data_dir, **settings) as gateway, gateway.account() as account:

        def restarted() -> None:
            assert gateway.stop() == 0
            gateway.start()

        jobs = submit_amid(account, 12, restarted)
        assert {job["status"] for job in wait_until_settled(gateway, account, jobs)} == {
            "succeeded"
        }
        listed = account.http.get("/api/v1/media/jobs", params={"limit": 100}).json()["data"]
        assert sorted(job["jobId"] for job in listed) == sorted(jobs)


def test_a_second_sigterm_ends_a_gateway_that_still_waits_for_somebody(data_dir: Path) -> None:
    with serve_gateway(data_dir) as gateway, gateway.account() as account:
        process = gateway.process
        assert process is not None
        with send_half_request(gateway, account.key):
            process.send_signal(signal.SIGTERM)
            wait_for_condition(lambda: not is_listening(gateway))
            assert process.poll() is None
            process.send_signal(signal.SIGTERM)
            assert process.wait(5) == -signal.SIGTERM


def send_half_request(gateway: Gateway, key: str) -> socket.socket:
    """Send the head of a request without its body; return when the gateway waits for the body."""
    client = socket.create_connection(("127.0.0.1", gateway.port), 10)
    client.sendall(
        b"POST /api/v1/media/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        b"x-api-key: " + key.encode() + b"\r\nExpect: 100-continue\r\nContent-Length: 999\r\n\r\n"
    )
    assert client.recv(100).startswith(b"HTTP/1.1 100")
    return client


def is_listening(gateway: Gateway) -> bool:
    try:
        socket.create_connection(("127.0.0.1", gateway.port), 10).close()
    except ConnectionRefusedError:
        return False
    return True


FAULTS = [
    ("half:0", b"POST /prompt"),
    ("garbage", b"GET /api/jobs"),
    ("blackhole", b"GET /api/jobs"),
    ("reset", b"GET /view"),
    ("half:1000", b"GET /view"),
    ("blackhole", b"GET /ws"),
    ("latency:300", b""),
]


@pytest.mark.promise("engines: a-job-ends-once")
def test_whatever_becomes_of_the_words_between_worker_and_node_a_job_is_made_once(
    tmp_path: Path,
) -> None:
    engines = tmp_path / "engines.toml"
    engines.write_text(ENGINES_TOML)
    with FakeComfy(tmp_path / "comfy") as fake, FaultProxy(fake.port) as way:
        settings = {
            "KT_ENGINES_FILE": str(engines),
            "KT_COMFY_NODES": f"gpu=http://127.0.0.1:{way.port}",
        }
        with (
            serve_gateway(tmp_path / "data", **settings) as gateway,
            gateway.account(mode="live") as live,
        ):
            wait_for_condition(
                lambda: (
                    live.submit("image.generate", picture_input(), dry=True).json()["blockedBy"]
                    == []
                )
            )
            for number, (fault, only) in enumerate(FAULTS):
                before = len(fake.accepted_ids)
                way.set_fault(fault, only, times=1)
                job = live.run_job("image.generate", picture_input(f"fox {number}"))
                assert job["status"] == "succeeded", (fault, only, job["error"])
                assert way.hits == 1, (fault, only)
                again = 1 if fault == "half:1000" else 0  # a file that is cut short is made anew
                assert len(fake.accepted_ids) - before == 1 + again, (fault, only)
            spent = 5_000_000 - live.get_balance()["availableMicrousd"]
            assert spent == len(FAULTS) * LIVE_PRICE
            assert gateway.list_findings() == []
