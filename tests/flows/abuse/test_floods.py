"""All whom the gateway asks answer with a flood: it costs little and ends in plain words."""

import base64
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.anthropic.api import ANTHROPIC_KEY
from tests.fakes.coinbase import COINBASE_WEBHOOK_SECRET as COINBASE_SECRET
from tests.fakes.coinbase import KEY_ID, Coinbase
from tests.fakes.evm.chain import Chain
from tests.fakes.evm.serving import serve_node
from tests.fakes.oidc import GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET
from tests.fakes.stripe.client import StripeStandIn
from tests.flood import Flood, serve_flood
from tests.flows.money.test_x402 import PURCHASE, TREASURY, buy_with_stock_client
from tests.gateway import (
    Client,
    Gateway,
    assert_problem,
    call_at_once,
    picture_input,
    serve_gateway,
)
from tests.library.files import create_project
from tests.payments.wallets import XPUB
from tests.studio.messages import ask_agent
from tests.studio.talks import create_thread
from tests.waiting import wait_for_condition

pytestmark = pytest.mark.slow
MOST_GROWTH_BYTES, PATIENCE_SECONDS = 160 * 2**20, 60
TOKEN = base64.urlsafe_b64encode(b'{"alg":"RS256","kid":"one"}').decode() + ".e30.c2ln"
JOBS, PACKAGE = "/api/v1/media/jobs", {"packageCode": "studio_2500"}
HOOKS = "/api/v1/media/webhooks/deliveries"
LONG = {"media", "model"}  # their limits are a minute and three: `test_outbound` is about time
ASKED = LONG | {
    *("stripe", "coinbase", "google", "moderation", "facilitator", "chain", "node", "hook"),
}


@pytest.fixture(scope="module")
def flood() -> Iterator[Flood]:
    with serve_flood() as one:
        yield one


@pytest.fixture(scope="module")
def chain() -> Iterator[str]:
    with serve_node(Chain()) as (url, _):
        yield url


@pytest.fixture(scope="module")
def site(flood: Flood, chain: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    settings = StripeStandIn(flood.port).settings | {
        "KT_TEST_STRIPE_API_BASE": flood.url("stripe"),
        "KT_TEST_COINBASE_KEY_ID": KEY_ID,
        "KT_TEST_COINBASE_KEY": Coinbase().secret_key,
        "KT_TEST_COINBASE_WEBHOOK_SECRETS": COINBASE_SECRET,
        "KT_TEST_COINBASE_API_BASE": flood.url("coinbase"),
        "KT_LIVE_EVM_XPUB": XPUB,
        "KT_LIVE_EVM_RPC_URL": flood.url("chain"),
        "KT_TEST_EVM_RPC_URL": chain,  # of x402, which is asked before its facilitator
        "KT_TEST_X402_PAY_TO": TREASURY,
        "KT_TEST_X402_FACILITATOR_URL": flood.url("facilitator"),
        "KT_GOOGLE_ISSUER": flood.url("google"),
        "KT_GOOGLE_CLIENT_IDS": GOOGLE_CLIENT_ID,
        "KT_GOOGLE_CLIENT_SECRET": GOOGLE_CLIENT_SECRET,
        "KT_MODERATION_URL": flood.url("moderation"),
        "KT_ANTHROPIC_API_KEY": ANTHROPIC_KEY,
        "KT_AGENT_BASE_URL": flood.url("model"),
        "KT_COMFY_NODES": f"gpu={flood.url('node')}",
        "KT_FETCH_ALLOW": f"127.0.0.1:{flood.port}",
    }
    with serve_gateway(tmp_path_factory.mktemp("floods") / "data", **settings) as one:
        yield one


@pytest.fixture
def buyer(site: Gateway) -> Iterator[Client]:
    with site.account() as account:
        yield account


def read_memory_bytes(site: Gateway, field: str) -> int:
    """Return a line of the gateway's memory in bytes: `VmRSS` is now, `VmHWM` was its peak."""
    assert site.process is not None
    status = Path(f"/proc/{site.process.pid}/status").read_text()
    found = re.search(rf"{field}:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) * 1024


@dataclass
class OutboundDoors:
    """The services that the gateway calls: each method makes it call one and checks its answer."""

    site: Gateway
    buyer: Client
    flood: Flood

    def stripe(self) -> None:
        self.assert_refused("/api/v1/checkout/stripe", 502, "payment_provider_error", **PACKAGE)

    def coinbase(self) -> None:
        self.assert_refused("/api/v1/checkout/crypto", 502, "payment_provider_error", **PACKAGE)

    def google(self) -> None:
        self.assert_refused("/api/v1/auth/google", 503, "google_unavailable", idToken=TOKEN)

    def moderation(self) -> None:
        given = picture_input("a flood")
        self.assert_refused(JOBS, 503, "unavailable", task="image.generate", input=given)

    def media(self) -> None:
        given = {"imageUrl": self.flood.url("media"), "scale": 2}
        self.assert_refused(JOBS, 422, "source_unreachable", task="image.upscale", input=given)

    def facilitator(self) -> None:
        status, _, text = buy_with_stock_client(self.site, self.buyer, PURCHASE, "pocket_100")
        assert (status, json.loads(text)["code"]) == (503, "payment_method_unavailable")

    def chain(self) -> None:
        with self.site.account(mode="live") as live:
            answer = live.http.post("/api/v1/checkout/crypto", json=PACKAGE)
            assert_problem(answer, 503, "payment_method_unavailable")
        wait_for_condition(
            lambda: "chain" in self.flood.requested_doors
        )  # by the watcher of deposits

    def node(self) -> None:
        before = self.run_on_node()["failures"]
        self.site.run_command("admin", "node", "enable", "gpu", "--reason", "flood")
        wait_for_condition(lambda: self.run_on_node()["failures"] > before, pause_seconds=0.2)
        assert self.run_on_node()["can"] == []

    def hook(self) -> None:
        told = {"task": "image.generate", "input": picture_input()}
        self.buyer.http.post(JOBS, json=told | {"webhook": {"url": self.flood.url("hook")}})
        wait_for_condition(
            lambda: any(each["tries"] for each in self.buyer.http.get(HOOKS).json()["data"])
        )

    def model(self) -> None:
        request = ask_agent(self.buyer, create_thread(self.buyer, create_project(self.buyer)))
        assert (request["status"], request["error"]["code"]) == ("failed", "agent_failed")

    def assert_refused(self, path: str, status: int, code: str, **body: Any) -> None:  # noqa: ANN401
        assert_problem(self.buyer.http.post(path, json=body), status, code)

    def run_on_node(self) -> dict[str, Any]:
        done = self.site.run_command("admin", "node", "list", "--json")
        found: dict[str, Any] = json.loads(done.stdout)[0]
        return found


@pytest.mark.promise("limits: floods")
@pytest.mark.parametrize("mode", ["bomb", "stream", "drip", "head"])
def test_whoever_floods_the_gateway_fills_neither_its_memory_nor_its_time(
    site: Gateway, buyer: Client, flood: Flood, mode: str
) -> None:
    flood.mode = mode
    flood.requested_doors.clear()
    wanted = ASKED if mode in {"bomb", "stream"} else ASKED - LONG
    before, begun = read_memory_bytes(site, "VmRSS"), time.monotonic()
    call_at_once(getattr(OutboundDoors(site, buyer, flood), door) for door in sorted(wanted))
    assert flood.requested_doors >= wanted
    assert read_memory_bytes(site, "VmHWM") - before < MOST_GROWTH_BYTES
    assert time.monotonic() - begun < PATIENCE_SECONDS
    assert site.list_findings() == []
