"""Readiness while what it asks accepts every connection and never answers."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy.engine import make_url

from tests.fakes.buckets import BUCKET_KEYS
from tests.fault_proxy import FaultProxy
from tests.flows.operators.test_observing import fetch_readiness
from tests.flows.process.test_chaos_services import bucket as bucket
from tests.gateway import Gateway, serve_gateway
from tests.services.valkey import ValkeyServer
from tests.waiting import wait_for_condition

pytestmark = pytest.mark.slow
PATIENCE_SECONDS = 2.0  # a part has one; the rest is what a busy machine takes


class LinkedGateway(NamedTuple):
    """A gateway, and the ways to all that it depends on."""

    gateway: Gateway
    database: FaultProxy
    broker: FaultProxy
    storage: FaultProxy


@pytest.fixture
def linked(
    tmp_path: Path,
    postgres_url: str,
    valkey: ValkeyServer,
    bucket: FaultProxy,
) -> Iterator[LinkedGateway]:
    """Yield a gateway on PostgreSQL, Valkey and S3, each behind a proxy."""
    url, redis = make_url(postgres_url), make_url(valkey.url)
    with ExitStack() as stack:
        folder = url.query.get("host")
        there = Path(str(folder), f".s.PGSQL.{url.port or 5432}") if folder else url.port or 5432
        database = stack.enter_context(FaultProxy(there))
        broker = stack.enter_context(FaultProxy(redis.port or 6379))
        over = url.set(host="127.0.0.1", port=database.port, query={})
        settings = {
            "KT_DATABASE_URL": over.render_as_string(hide_password=False),
            "KT_REDIS_URL": f"redis://127.0.0.1:{broker.port}/{redis.database or 0}",
            "KT_STORAGE_URL": f"s3://media/kt?endpoint=http://127.0.0.1:{bucket.port}&region=us-east-1",
            **BUCKET_KEYS,
        }
        gateway = stack.enter_context(serve_gateway(tmp_path / "data", **settings))
        yield LinkedGateway(gateway, database, broker, bucket)


def fetch_timed_readiness(gateway: Gateway) -> tuple[int, dict[str, Any]]:
    """Return what `/readyz` says, which takes no longer than one part may."""
    began = time.monotonic()
    answer = fetch_readiness(gateway)
    assert time.monotonic() - began < PATIENCE_SECONDS
    return answer


@pytest.mark.promise("operations: degraded")
def test_readiness_answers_within_a_second_whatever_never_answers_it(
    linked: LinkedGateway,
) -> None:
    gateway, database, broker, storage = linked
    wait_for_condition(lambda: fetch_readiness(gateway)[1]["status"] == "ready")
    broker.set_fault("blackhole")
    storage.set_fault("blackhole")
    wait_for_condition(lambda: fetch_timed_readiness(gateway)[1]["status"] == "degraded")
    wait_for_condition(
        lambda: (
            fetch_timed_readiness(gateway)[1]["broker"]
            is fetch_timed_readiness(gateway)[1]["storage"]
            is False
        )
    )
    assert fetch_timed_readiness(gateway)[0] == 200
    database.set_fault("blackhole")
    wait_for_condition(lambda: fetch_timed_readiness(gateway)[0] == 503)
    assert fetch_timed_readiness(gateway)[1]["status"] == "unready"
    for way in (database, broker, storage):
        way.heal()
    wait_for_condition(lambda: fetch_timed_readiness(gateway)[1]["status"] == "ready")
