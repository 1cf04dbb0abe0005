"""Processes with nothing to do: they cost next to nothing."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.gateway import picture_input, run_worker, serve_gateway
from tests.processes import busy_seconds
from tests.services.valkey import ValkeyServer

pytestmark = pytest.mark.slow
SETTLE_SECONDS, SECONDS, MOST_PERCENT = 3.0, 10.0, 1.5


def measure_busy_percent(busy: Callable[[], float]) -> float:
    """Return how busy an idle process is, in per cent of one core."""
    time.sleep(SETTLE_SECONDS)
    before, began = busy(), time.monotonic()
    time.sleep(SECONDS)  # the one thing that is looked at is what happens meanwhile
    return 100 * (busy() - before) / (time.monotonic() - began)


@pytest.mark.promise("operations: idle")
def test_an_idle_gateway_that_does_everything_itself_costs_next_to_nothing(tmp_path: Path) -> None:
    with serve_gateway(tmp_path / "data") as gateway, gateway.account() as account:
        account.run_job("image.generate", picture_input())
        assert measure_busy_percent(gateway.busy_seconds) < MOST_PERCENT


@pytest.mark.promise("operations: idle")
def test_an_idle_gateway_and_an_idle_worker_cost_next_to_nothing(
    tmp_path: Path, postgres_url: str, valkey: ValkeyServer
) -> None:
    settings = {"KT_DATABASE_URL": postgres_url, "KT_REDIS_URL": valkey.url}
    with (
        serve_gateway(tmp_path / "data", KT_WORKER_METRICS="", **settings) as gateway,
        run_worker(gateway) as worker,
        gateway.account() as account,
    ):
        account.run_job("image.generate", picture_input())
        assert measure_busy_percent(gateway.busy_seconds) < MOST_PERCENT
        assert measure_busy_percent(partial(busy_seconds, worker)) < MOST_PERCENT
