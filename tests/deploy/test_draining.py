"""A gateway that drains: it says so first, serves on, and leaves no caller without an answer."""

import json
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import httpx2
import pytest

from gateway.configuration.settings import Settings
from tests.flows.operators.test_observing import fetch_readiness
from tests.gateway import STOP_SECONDS, Client, Gateway, picture_input, serve_gateway
from tests.waiting import wait_for_condition

DRAIN_SECONDS = 5


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    settings = {"KT_DRAIN_SECONDS": str(DRAIN_SECONDS)}
    with serve_gateway(tmp_path / "data", **settings) as one:
        yield one


def begin_to_drain(gateway: Gateway) -> None:
    """Send SIGTERM, and wait until the gateway says that it drains."""
    assert gateway.process is not None
    gateway.process.send_signal(signal.SIGTERM)
    wait_for_condition(lambda: fetch_readiness(gateway)[0] == 503)


def wait_for_end(gateway: Gateway) -> int:
    """Wait until a gateway that drains has ended; return its exit code."""
    process, gateway.process = gateway.process, None
    assert process is not None
    return process.wait(STOP_SECONDS)


def test_a_draining_gateway_is_unready_and_serves_on_new_connections(gateway: Gateway) -> None:
    with gateway.account() as account:
        assert "connection" not in account.http.get("/api/v1/balance").headers
        begin_to_drain(gateway)
        parts = fetch_readiness(gateway)[1]
        assert (parts["status"], parts["draining"]) == ("unready", True)
        with gateway.client(account.key) as newcomer:
            answer = newcomer.get("/api/v1/balance")
            assert (answer.status_code, answer.headers["connection"]) == (200, "close")
        accepted = account.submit("image.generate", picture_input())
        assert (accepted.status_code, accepted.headers["connection"]) == (202, "close")
        assert wait_for_end(gateway) == 0
        gateway.start()
        assert account.wait_for_job(accepted.json()["jobId"])["status"] == "succeeded"


def test_calls_that_wait_are_answered_with_what_there_is_at_the_end_of_draining(
    gateway: Gateway,
) -> None:
    with gateway.account() as account, ThreadPoolExecutor(4) as pool:
        slow = picture_input("[sandbox:slow=60]")
        job = account.submit("image.generate", slow).json()["jobId"]
        version = account.wait_for_status(job, "running")["version"] + 1_000
        polling = pool.submit(account.get_job, job, waitSeconds=30, sinceVersion=version)
        submitting = pool.submit(account.submit, "image.generate", slow, wait=30)
        streaming = pool.submit(read_stream, account, job)
        begin_to_drain(gateway)
        waits = (polling, submitting, streaming)
        assert [each.result() for each in waits if each.done()] == []
        assert wait_for_end(gateway) == 0
        assert polling.result(STOP_SECONDS)["status"] == "running"
        accepted = submitting.result(STOP_SECONDS)
        assert accepted.status_code == 202
        assert accepted.headers["location"].endswith(accepted.json()["jobId"])
        assert streaming.result(STOP_SECONDS) == (job, "retry: 2000")


def read_stream(account: Client, job_id: str) -> tuple[str, str]:
    """Read a job's events to their end; return the job of the last one, and how to come back."""
    with account.http.stream("GET", "/api/v1/media/jobs/events", params={"jobId": job_id}) as told:
        lines = [line for line in told.iter_lines() if line]
    data = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]
    return data[-1]["jobId"], lines[0]


def test_a_connection_that_the_kernel_accepted_is_answered_too(gateway: Gateway) -> None:
    """Every call of a crowd that connects anew for each is answered, or not let in at all."""

    def call_until_refused() -> int:
        answered = 0
        while True:
            try:
                with httpx2.Client(base_url=gateway.base, trust_env=False) as http:
                    assert http.get("/healthz").status_code == 200
            except httpx2.ConnectError:
                return answered
            answered += 1

    with ThreadPoolExecutor(8) as pool:
        crowd = [pool.submit(call_until_refused) for _ in range(8)]
        assert gateway.stop() == 0
        assert all(each.result(STOP_SECONDS) > 0 for each in crowd)


def test_production_drains_by_itself() -> None:
    production = partial(Settings, profile="production", public_url="https://media.example.com")
    assert production().drain_seconds == 10
    assert production(drain_seconds=0).drain_seconds == 0
    assert Settings().drain_seconds == 0
