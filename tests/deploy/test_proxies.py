"""The proxy files, in real proxies before two real gateways, under load and with faults."""

import json
import logging
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy.engine import make_url

from tests.databases import DatabaseCopies
from tests.deploy.proxies import Proxy, negotiate_protocol, open_client, run_caddy, run_nginx
from tests.fault_proxy import FaultProxy
from tests.gateway import (
    Client,
    Gateway,
    find_free_port,
    picture_input,
    serve_gateway,
)
from tests.load import UNTIL_ANSWERED, Load
from tests.services.valkey import ValkeyServer

log = logging.getLogger(__name__)
pytestmark = pytest.mark.slow
MB = 1_000_000
FEWEST_CALLS = 10
CREDIT_MICROUSD, PRICE_MICROUSD = 900_000_000, 20_000
CUT_SECONDS, DETECTION_SECONDS = 6, 3
ROOMY = {
    f"KT_{name}": "100000"
    for name in (
        *("READS_PER_MINUTE", "QUOTES_PER_MINUTE", "SUBMITS_PER_MINUTE"),
        *("MAX_QUEUED_JOBS", "QUEUED_JOBS", "PUBLIC_PER_MINUTE"),
    )
} | {"KT_OPEN_QUOTES": "10000"}


class Site(NamedTuple):
    """Two gateways behind a proxy, the second with a database that a test can cut off."""

    gateways: list[Gateway]
    database: FaultProxy
    port: int


@contextmanager
def run_load(site: Site, account: Client) -> Iterator[Load]:
    """Read, quote, and submit with a key for the block, as our clients do: until it is accepted."""
    acts = (Load.list_jobs, Load.create_quote, Load.submit)
    with open_client(site.port, account.key) as http, Load([http], acts, UNTIL_ANSWERED) as load:
        yield load
    assert load.failures == []


@pytest.fixture(params=[run_nginx, run_caddy], ids=["nginx", "caddy"])
def proxy(request: pytest.FixtureRequest) -> Proxy:
    chosen: Proxy = request.param
    return chosen


@pytest.fixture
def site(
    tmp_path: Path, postgres_copies: DatabaseCopies, valkey: ValkeyServer, proxy: Proxy
) -> Iterator[Site]:
    """Two gateways on one database and one folder, behind a proxy; no worker takes the jobs."""
    url, port = make_url(postgres_copies.take()), find_free_port()
    folder = url.query.get("host")
    there = Path(str(folder), f".s.PGSQL.{url.port or 5432}") if folder else url.port or 5432
    settings = ROOMY | {
        "KT_PUBLIC_URL": f"https://localhost:{port}",
        "KT_TRUSTED_PROXIES": "127.0.0.1",
        "KT_REDIS_URL": valkey.url,
        "KT_DRAIN_SECONDS": "3",
    }
    with ExitStack() as stack:
        stack.callback(postgres_copies.give_back, url.render_as_string(hide_password=False))
        database = stack.enter_context(FaultProxy(there))
        cut = url.set(host="127.0.0.1", port=database.port, query={})
        gateways = [
            stack.enter_context(
                serve_gateway(
                    tmp_path / "data",
                    KT_DATABASE_URL=each.render_as_string(hide_password=False),
                    **settings,
                )
            )
            for each in (url, cut)
        ]
        (tmp_path / "proxy").mkdir()
        stack.enter_context(proxy(tmp_path / "proxy", port, [each.port for each in gateways]))
        yield Site(gateways, database, port)


@pytest.fixture
def account(site: Site) -> Iterator[Client]:
    with site.gateways[0].account(credit_usd="900") as client:
        yield client


def assert_each_key_was_charged_once(account: Client, load: Load) -> None:
    """Compare the balance with the number of keys that were accepted."""
    taken = CREDIT_MICROUSD - account.get_balance()["availableMicrousd"]
    assert taken == len(load.jobs) * PRICE_MICROUSD


def test_a_rolling_restart_under_load_fails_no_call(
    site: Site, account: Client, proxy: Proxy
) -> None:
    with run_load(site, account) as load:
        for gateway in site.gateways:
            gateway.stop()
            gateway.start()
            time.sleep(DETECTION_SECONDS)  # as roll.sh: the proxy must see that it is back
        during = Counter(load.outcomes)
    # In a moment in which Caddy sees neither as ready it refuses a POST, and our clients repeat it.
    may_be_repeated = {"quote: 503", "submit: 503"} if proxy is run_caddy else set()
    assert set(load.list_failed_tries()) <= may_be_repeated
    assert min(n for each, n in during.items() if each.endswith(": ok")) > FEWEST_CALLS
    log.info("during a rolling restart: %s", dict(during))
    assert_each_key_was_charged_once(account, load)


def test_calls_go_on_while_one_gateway_is_cut_from_the_database(
    site: Site, account: Client, proxy: Proxy
) -> None:
    with run_load(site, account) as load:
        site.database.set_fault("reset")
        time.sleep(DETECTION_SECONDS)
        found_out = load.list_failed_tries()  # until the proxy has noticed
        load.take_outcomes()
        time.sleep(CUT_SECONDS)
        failed, answers = load.list_failed_tries(), load.take_outcomes()
        site.database.heal()
    log.info("found out by %s, then %s", found_out, dict(answers))
    if proxy is run_nginx:  # it never asks how a gateway is, but sends on what may be repeated
        assert {*found_out, *failed} <= {"quote: 503"}
    else:  # it asks each second, and then no call fails
        assert failed == {}
    assert answers["submit: ok"] > 0
    assert_each_key_was_charged_once(account, load)


def test_the_proxy_speaks_http_2_and_leaves_compression_to_the_gateway(
    site: Site, account: Client
) -> None:
    assert negotiate_protocol(site.port) == "h2"
    with open_client(site.port, account.key) as http:
        assert "content-encoding" not in http.get("/api/v1/balance").headers
        assert http.get("/openapi.json").headers["content-encoding"] == "gzip"


def test_a_large_body_is_taken_or_refused_by_the_gateway_not_by_the_proxy(
    site: Site, account: Client
) -> None:
    job = json.dumps({"task": "image.generate", "input": picture_input()}).encode()
    headers = {"Content-Type": "application/json"}
    with open_client(site.port, account.key) as http:
        for number, megabytes in enumerate((3, 33, 3, 3)):
            body = job + b" " * (megabytes * MB)
            # With a length, and in chunks that do not say how many come.
            content = body if number < 2 else iter([body[:MB], body[MB:]])
            key = {} if number == 3 else {"X-Idempotency-Key": f"large-{number}"}
            answer = http.post("/api/v1/media/jobs", content=content, headers=headers | key)
            assert answer.status_code == 202, (number, answer.text)
        key = {"X-Idempotency-Key": "too-large"}
        too_large = job + b" " * (40 * MB)
        answer = http.post("/api/v1/media/jobs", content=too_large, headers=headers | key)
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
