"""A gateway starts and serves whatever is away but its database, and whichever sweep fails."""

import asyncio
import logging
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from gateway.app import build_application
from gateway.configuration.settings import Settings
from gateway.kit.telemetry import metrics
from tests.fakes.buckets import BUCKET_KEYS
from tests.fault_proxy import FaultProxy
from tests.flows.operators.test_observing import TOKEN, fetch_readiness
from tests.flows.operators.test_observing import fetch_metrics as shown_metrics
from tests.flows.process.test_chaos_services import bucket as bucket
from tests.gateway import (
    Gateway,
    find_free_port,
    picture_input,
    run_worker,
    serve_gateway,
    worker_log_path,
)
from tests.in_process import build_client
from tests.payments.wallets import XPUB
from tests.services.valkey import ValkeyServer
from tests.waiting import wait_for_condition

BEAT, WAIT_SECONDS = 0.05, 30
FAILURES = "killatamata_sweep_failures_total"


def count_sweep_failures(sweep: str) -> float:
    """Return how often a sweep has failed in this process."""
    return metrics.REGISTRY.get_sample_value(FAILURES, {"sweep": sweep}) or 0


@pytest.mark.anyio
@pytest.mark.promise("operations: starts-alone")
async def test_whichever_sweeps_fail_a_gateway_starts_and_tries_each_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    application = build_application(Settings(data_dir=tmp_path).with_secrets())
    sweeps, tried, all_twice = application.sweeper.sweeps, Counter[str](), asyncio.Event()
    names = [sweep.name for sweep in sweeps]
    assert len(names) == len(set(names)) > 30
    before = {name: count_sweep_failures(name) for name in names}

    async def fail(name: str) -> None:
        tried[name] += 1
        if min(tried[each] for each in names) > 1:
            all_twice.set()
        raise LookupError(f"planted in {name}")

    application.sweeper.sweeps = [
        replace(each, run=partial(fail, each.name), due_question=None, every_seconds=BEAT)
        for each in sweeps
    ]
    with caplog.at_level(logging.WARNING, "gateway.queue"):
        await application.start()
        try:
            async with build_client(application, "nobody") as http:
                assert (await http.get("/readyz")).status_code == 200
            async with asyncio.timeout(WAIT_SECONDS):
                await all_twice.wait()
        finally:
            await application.stop()
    assert all(count_sweep_failures(name) >= before[name] + 2 for name in names)
    lines = [each.getMessage() for each in caplog.records if each.name == "gateway.queue"]
    assert sorted(lines) == sorted(f"sweep {name} failed" for name in names)  # one for many tries


def point_services_at(port: int) -> dict[str, str]:
    """Return settings in which each part that is optional is at this port of loopback."""
    url = f"http://127.0.0.1:{port}"
    return {
        "KT_STORAGE_URL": f"s3://media/kt?endpoint={url}&region=us-east-1",
        **BUCKET_KEYS,
        "KT_REDIS_URL": f"redis://127.0.0.1:{port}/0",
        "KT_SMTP_URL": f"smtp://127.0.0.1:{port}",
        "KT_COMFY_NODES": f"gpu={url}",
        "KT_LIVE_ENABLED": "true",
        "KT_TEST_STRIPE_KEY": "sk_test_away",
        "KT_TEST_STRIPE_WEBHOOK_SECRETS": "whsec_away",
        "KT_TEST_STRIPE_API_BASE": url,
        "KT_TEST_EVM_XPUB": XPUB,
        "KT_TEST_EVM_RPC_URL": url,
        "KT_TEST_X402_PAY_TO": f"0x{'cd' * 20}",
        "KT_TEST_X402_FACILITATOR_URL": url,
        "KT_GOOGLE_CLIENT_IDS": "away.apps.googleusercontent.com",
        "KT_GOOGLE_ISSUER": url,
        "KT_MODERATION_URL": url,
        "KT_ANTHROPIC_API_KEY": "sk-ant-away",
        "KT_AGENT_BASE_URL": url,
        "KT_METRICS_TOKEN": TOKEN,
    }


@contextmanager
def reserve_refusing_port() -> Iterator[int]:
    """Hold a port for the block at which no process listens."""
    yield find_free_port()


@contextmanager
def open_silent_port() -> Iterator[int]:
    """Listen for the block on a port that takes every connection and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=1_000) as listener:
        yield listener.getsockname()[1]


@pytest.mark.promise("operations: starts-alone")
@pytest.mark.parametrize("away", [reserve_refusing_port, open_silent_port])
def test_a_gateway_starts_and_serves_while_everything_but_its_database_is_away(
    tmp_path: Path, away: Callable[[], AbstractContextManager[int]]
) -> None:
    with (
        away() as port,
        serve_gateway(tmp_path / "data", **point_services_at(port)) as gateway,
        gateway.account() as account,
    ):
        assert is_serving(gateway)
        assert account.get_balance()["availableUsd"] == "5.00"
        assert account.http.get("/api/v1/media/jobs").status_code == 200
        assert 'killatamata_part_up{part="storage"} 0.0' in shown_metrics(gateway)
        assert gateway.read_log().count("part away: storage") == 1


def wait_until_healed(gateway: Gateway) -> None:
    """Wait until a gateway is ready in all its parts, and a sweep of its storage works again."""
    wait_for_condition(lambda: fetch_readiness(gateway)[1]["status"] == "ready")
    wait_for_condition(lambda: "sweep orphan files works again" in gateway.read_log())


def is_serving(gateway: Gateway) -> bool:
    """Return True if the gateway is ready without the parts that are away."""
    status, parts = fetch_readiness(gateway)
    return (status, parts["status"], parts["storage"], parts["broker"]) == (
        200,
        "degraded",
        False,
        False,
    )


@pytest.mark.slow
@pytest.mark.promise("operations: starts-alone")
def test_a_deployment_that_starts_without_broker_and_storage_works_when_they_come(
    tmp_path: Path, postgres_url: str, valkey: ValkeyServer, bucket: FaultProxy
) -> None:
    with FaultProxy(valkey.port) as broker, ExitStack() as stack:
        settings = {
            "KT_DATABASE_URL": postgres_url,
            "KT_REDIS_URL": f"redis://127.0.0.1:{broker.port}/0",
            "KT_STORAGE_URL": f"s3://media/kt?endpoint=http://127.0.0.1:{bucket.port}",
            **BUCKET_KEYS,
            "KT_WORKER_METRICS": "",
            "KT_LOG_LEVEL": "info",
        }
        for away in (broker, bucket):
            away.set_fault("reset")
        folder = tmp_path / "data"
        gateways = [stack.enter_context(serve_gateway(folder, **settings)) for _ in range(2)]
        for name in ("one", "two"):
            stack.enter_context(run_worker(gateways[0], name))
        account = stack.enter_context(gateways[0].account())
        logs = [worker_log_path(gateways[0], name) for name in ("one", "two")]
        wait_for_condition(lambda: all("the worker takes jobs" in log.read_text() for log in logs))
        assert all(is_serving(gateway) for gateway in gateways)
        jobs = [
            account.submit("image.generate", picture_input(f"{n}")).json()["jobId"]
            for n in range(4)
        ]
        for away in (broker, bucket):
            away.heal()
        assert {account.wait_for_job(job)["status"] for job in jobs} == {"succeeded"}
        for gateway in gateways:
            wait_until_healed(gateway)
        assert gateways[0].list_findings() == []
