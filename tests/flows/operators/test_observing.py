"""Metrics, log lines and readiness as an operator sees them, without a secret in any of them."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from gateway.kit.telemetry.tracing import find_trace_id
from tests.gateway import (
    Client,
    Gateway,
    assert_problem,
    find_free_port,
    picture_input,
    run_worker,
    serve_gateway,
)
from tests.services.postgres import PostgresServer
from tests.services.valkey import ValkeyServer

TOKEN = "metrics-canary-7f3a"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"
CANARIES = ("whsec_Q2FuYXJ5MTIz", "482916-otp", "eyJhbGciOi.eyJzdWIi.canary", TOKEN)
WAIT_SECONDS = 20


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    loud = {"KT_METRICS_TOKEN": TOKEN, "KT_LOG_LEVEL": "info"}
    with serve_gateway(tmp_path_factory.mktemp("watched") / "data", **loud) as gateway:
        yield gateway


def read_log_events(gateway: Gateway) -> list[dict[str, Any]]:
    """Return what the gateway logged, as events."""
    return [json.loads(line) for line in gateway.read_log().splitlines()]


def fetch_metrics(gateway: Gateway) -> str:
    """Return the metrics page."""
    with gateway.client(TOKEN) as http:
        answer = http.get("/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain")
    return answer.text


def walk_with_secrets(account: Client) -> dict[str, Any]:
    """Submit, replay, finish, download and be refused, with secrets in every place they may be."""
    account.http.headers["traceparent"] = PARENT
    account.http.headers["cookie"] = f"kt_session={CANARIES[2]}"
    made = account.run_job("image.generate", picture_input(f"canary {CANARIES[0]}"), key="once")
    account.submit("image.generate", picture_input(f"canary {CANARIES[0]}"), key="once")
    assert account.http.get(made["downloadableOutputUrls"][0]).status_code == 200
    account.http.get("/api/v1/keys", params={"otp": CANARIES[1]})
    account.submit("image.edit", {"prompt": "x", "imageUrl": "https://127.0.0.1/a?sig=canary-sig"})
    account.submit("video.generate", {"prompt": "x", "durationFrames": 481, "width": 2560})
    return made


@pytest.mark.promise("operations: observable")
def test_a_walk_is_in_metrics_and_logs_and_no_secret_is(watched: Gateway) -> None:
    with watched.account() as account:
        made = walk_with_secrets(account)
        with watched.client(TOKEN[:-1] + "b") as http:
            assert_problem(http.get("/metrics"), 401, "unauthorized")
    shown = fetch_metrics(watched)
    for line in (
        'http_requests_total{method="POST",route="/api/v1/media/jobs",status="202"} 2.0',
        'idempotent_replays_total{route="/api/v1/media/jobs"} 1.0',
        'jobs_total{outcome="succeeded",task="image.generate"} 1.0',
        'job_run_seconds_count{node="sandbox",task="image.generate"} 1.0',
        'job_queue_seconds_count{task="image.generate"} 1.0',
        'job_attempts_total{reason="succeeded"} 1.0',
        'fetch_blocked_total{reason="address"} 1.0',
        'auth_failures_total{reason="unauthorized"} 1.0',
    ):
        assert f"killatamata_{line}" in shown, line
    assert 'killatamata_ledger_transfers_total{kind="' in shown
    assert 'killatamata_ledger_invariant_violations{check="I06"} 0.0' in shown
    assert "killatamata_ready 1.0" in shown
    assert 'killatamata_outbox_oldest_seconds{kind="mail"} 0.0' in shown
    assert 'killatamata_outbox_oldest_seconds{kind="webhook"} 0.0' in shown
    events = read_log_events(watched)
    (submitted, replayed) = [each for each in events if each.get("status") == 202]
    assert submitted["route"] == "/api/v1/media/jobs"
    assert submitted["caller_trace_id"] == replayed["caller_trace_id"] == TRACE
    assert submitted["trace_id"] == find_trace_id(submitted["request_id"])
    assert submitted["account_id"] == account.account_id
    assert submitted["key_lookup"] == account.key.split("_")[2][:8]
    assert {"ts", "level", "event", "request_id", "ms", "role", "version"} <= submitted.keys()
    assert "invalid_input" in {each.get("error_code") for each in events}
    told = watched.read_log() + shown
    for secret in (account.key, account.key[16:40], "canary", *CANARIES):
        assert secret not in told, secret
    assert made["jobId"] not in shown
    assert account.account_id not in shown


def test_a_worker_names_the_request_that_its_job_came_from(watched: Gateway) -> None:
    with watched.account() as account:
        account.http.headers["traceparent"] = PARENT
        job_id = account.run_job("image.generate", picture_input("[sandbox:oom]"))["jobId"]
    failed = [each for each in read_log_events(watched) if each.get("job_id") == job_id]
    assert failed
    assert {each["trace_id"] for each in failed} == {find_trace_id(job_id)}
    assert {each["caller_trace_id"] for each in failed} == {TRACE}
    assert all(each["request_id"].startswith("rid_") for each in failed)
    assert {each["attempt"] for each in failed} <= {1, 2, 3}


def test_without_a_token_there_are_no_metrics(gateway: Gateway) -> None:
    with gateway.client("anything") as http:
        assert_problem(http.get("/metrics"), 404, "not_found")


def test_a_worker_shows_its_own_metrics_on_loopback(
    tmp_path: Path, postgres_url: str, valkey_url: str
) -> None:
    port = find_free_port()
    shared = {"KT_DATABASE_URL": postgres_url, "KT_REDIS_URL": valkey_url}
    shared["KT_WORKER_METRICS"] = f"127.0.0.1:{port}"
    with (
        serve_gateway(tmp_path / "data", **shared) as gateway,
        run_worker(gateway),
        gateway.account() as account,
    ):
        account.run_job("image.generate", picture_input())
        shown = httpx2.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text
    assert 'killatamata_jobs_total{outcome="succeeded",task="image.generate"} 1.0' in shown


def fetch_readiness(gateway: Gateway) -> tuple[int, dict[str, Any]]:
    with gateway.client() as http:
        answer = http.get("/readyz")
    return answer.status_code, answer.json()


def wait_for_missing_parts(gateway: Gateway, *parts: str) -> tuple[int, str]:
    """Return status and word of `/readyz` once it lacks these parts: it tells a moment's news."""
    deadline = time.monotonic() + WAIT_SECONDS
    while any((answer := fetch_readiness(gateway))[1][part] for part in parts):
        assert time.monotonic() < deadline, answer
    return answer[0], answer[1]["status"]


@pytest.mark.promise("operations: degraded")
def test_a_full_disk_stops_writes_and_leaves_reads(tmp_path: Path) -> None:
    with serve_gateway(tmp_path / "data", KT_DISK_RESERVE=str(2**60)) as gateway:
        with gateway.account() as account:
            told = assert_problem(
                account.submit("image.generate", picture_input()), 507, "storage_full"
            )
            assert told["retryable"] is True
            assert told["retryAfterSeconds"] > 0
            assert account.get_balance()["availableUsd"] == "5.00"
            assert account.http.get("/api/v1/health").json()["status"] == "degraded"
        status, parts = fetch_readiness(gateway)
        assert (status, parts["status"], parts["disk"]) == (200, "degraded", False)


@pytest.mark.promise("operations: degraded")
def test_a_gateway_without_a_node_for_live_work_is_degraded(tmp_path: Path) -> None:
    with serve_gateway(tmp_path / "data", KT_LIVE_ENABLED="true") as gateway:
        with gateway.client() as http:
            assert http.get("/api/v1/health").json()["status"] == "degraded"
        status, parts = fetch_readiness(gateway)
        assert (status, parts["status"], parts["engines"]) == (200, "degraded", False)


@pytest.mark.promise("operations: degraded")
def test_a_stopped_database_is_503_until_it_is_back(
    tmp_path: Path, postgres: PostgresServer, postgres_url: str, valkey: ValkeyServer
) -> None:
    if not (postgres.is_ours and valkey.is_ours):
        pytest.skip("the servers are not ours to stop")
    shared = {"KT_DATABASE_URL": postgres_url, "KT_REDIS_URL": valkey.url}
    with serve_gateway(tmp_path / "data", **shared) as gateway, gateway.account() as account:
        assert account.submit("image.generate", picture_input()).status_code == 202
        valkey.kill()
        postgres.postmaster.stop("immediate")
        try:
            for answer in (
                account.http.get("/api/v1/balance"),
                account.submit("image.generate", picture_input()),
            ):
                told = assert_problem(answer, 503, "unavailable")
                assert told["retryAfterSeconds"] == int(answer.headers["retry-after"]) > 1
            assert wait_for_missing_parts(gateway, "database", "broker") == (503, "unready")
            assert "part_missing" in gateway.read_log()
        finally:
            postgres.postmaster.start()
            valkey.start()
        deadline = time.monotonic() + WAIT_SECONDS
        while account.submit("image.generate", picture_input(), key="again").status_code != 202:
            assert time.monotonic() < deadline, "the gateway does not heal"
            time.sleep(0.1)
        assert account.get_balance()["availableUsd"] == "4.96"
        assert gateway.list_findings() == []
