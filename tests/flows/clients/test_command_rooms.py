"""Commands of the account: keys, purchases, affiliates, webhooks, and threads with the agent."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from tests.fakes.anthropic.api import ANTHROPIC_KEY
from tests.fakes.anthropic.script import Script, ScriptedTurn
from tests.fakes.anthropic.serving import serve_model
from tests.fakes.stripe.client import StripeStandIn, serve_stripe
from tests.fakes.stripe.shop import claim_checkout, open_checkout
from tests.flows.clients.shell import SMALL, Shell
from tests.flows.clients.shell import shell as shell
from tests.gateway import JOB_SECONDS, Gateway, serve_gateway


class Receiver(BaseHTTPRequestHandler):
    """Takes every webhook, but those to /no."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(500 if self.path == "/no" else 204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture(scope="module")
def receiver() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join(JOB_SECONDS)


@pytest.fixture(scope="module")
def bank() -> Iterator[StripeStandIn]:
    with serve_stripe() as one:
        yield one


@pytest.fixture(scope="module")
def studio(
    bank: StripeStandIn, receiver: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Gateway, Script]]:
    """A gateway with a card shop, a scripted agent, and a receiver that it may call."""
    with ExitStack() as stack:
        url, script = stack.enter_context(serve_model())
        settings = {
            "KT_ANTHROPIC_API_KEY": ANTHROPIC_KEY,
            "KT_AGENT_BASE_URL": url,
            "KT_FETCH_ALLOW": receiver.removeprefix("http://"),
        }
        folder = tmp_path_factory.mktemp("rooms") / "data"
        yield stack.enter_context(serve_gateway(folder, **bank.settings, **settings)), script


@pytest.fixture
def gateway(studio: tuple[Gateway, Script]) -> Gateway:
    return studio[0]


def test_a_key_is_changed_where_the_command_says_so(shell: Shell) -> None:
    key = shell("keys", "create", "agent", "--daily-limit", "5", "-q").stdout.strip()
    limits = ("--daily-limit", "0.01", "--total-limit", "9", "--auto-approve", "0")
    shown = shell("keys", "update", key[:20], "--label", "bot", *limits, "--expires", "2999-01-01")
    for value in ("bot", "0.01", "9.00", "2999-01-01T00:00:00Z"):
        assert value in shown.stdout
    words = ("run", "image.generate", "prompt=a fox", *SMALL, "--api-key", key)
    assert "Of the cap of $0.01" in shell(*words, code=4).stderr
    changed = shell.run_for_json(
        "keys", "update", key[:20], "--never-expires", "--scope", "account:read"
    )
    policy = changed["spendPolicy"]
    assert (policy["dailyLimitUsd"], policy["totalLimitUsd"]) == ("0.01", "9.00")
    assert (changed["expiresAt"], changed["scopes"]) == (None, ["account:read"])
    assert "scope media" in shell(*words, code=3).stderr
    raised = shell("keys", "update", key[:20], "--daily-limit", "9", code=3)
    assert "Only a person in the browser" in raised.stderr
    assert "Nothing is to change" in shell("keys", "update", key[:20], code=2).stderr
    assert "not an amount" in shell("keys", "update", "x", "--daily-limit", "much", code=2).stderr
    assert "0 keys" in shell("keys", "update", "kt_nothing", "--label", "x", code=2).stderr


def test_purchases_are_listed_and_their_receipts_printed(shell: Shell, bank: StripeStandIn) -> None:
    opened = open_checkout(shell.account, "pocket_100", email="ann@example.com")
    bank.call_control("pay", session=opened["sessionId"])
    assert claim_checkout(shell.account, opened).json()["state"] == "credited"
    purchase = shell("purchases", "list", "-q").stdout.strip()
    assert purchase.startswith("pur_")
    assert "$1.00" in shell("purchases", "list").stdout
    receipt = shell("purchases", "receipt", purchase).stdout
    for words in ("ann@example.com", "$1.00", "test", purchase):
        assert words in receipt
    assert shell("purchases", "receipt", purchase, "--jq", ".totalUsd").stdout == "1.00\n"
    shell("purchases", "receipt", f"pur_{'0' * 26}", code=1)


def test_an_affiliate_applies_and_looks_at_what_comes_in(shell: Shell, gateway: Gateway) -> None:
    assert "killatamata affiliates apply" in shell("affiliates", "show", code=1).stderr
    assert "--accept-terms" in shell("affiliates", "apply", "Ada Films", code=2).stderr
    code = f"ADA{shell.account.account_id[-6:]}"
    words = ("affiliates", "apply", "Ada Films", "--code", code, "--accept-terms")
    assert shell(*words, "-q").stdout == f"{code}\n"
    assert "Ada Films" in shell("affiliates", "show").stdout
    changed = shell.run_for_json("affiliates", "update", "--website", "https://ada.example")
    assert changed["website"] == "https://ada.example"
    assert "Nothing is to change" in shell("affiliates", "update", code=2).stderr
    assert "$0.00" in shell("affiliates", "stats", "--days", "7").stdout
    for listing in ("commissions", "payouts", "requests"):
        assert shell.run_for_json("affiliates", listing, "--all") == []
        assert "nothing" in shell("affiliates", listing).stderr
    refused = shell("affiliates", "request-payout", "--amount", "50", code=3)
    assert "approved" in refused.stderr
    assert "killatamata affiliates show" in refused.stderr
    assert "not an active code" in shell("affiliates", "check", "nobodys-code", code=1).stdout
    told = shell("affiliates", "bind", "nobodys-code", code=1).stderr
    assert "killatamata affiliates check" in told


def test_a_webhook_is_tested_delivered_and_delivered_again(shell: Shell, receiver: str) -> None:
    assert "204" in shell("webhooks", "test", receiver).stdout
    assert "500" in shell("webhooks", "test", f"{receiver}/no", code=1).stdout
    secret = shell("webhooks", "show", "-q").stdout.strip()
    assert secret.startswith("whsec_")
    rotated = shell.run_for_json("webhooks", "rotate")
    assert (rotated["previousSecret"], rotated["secret"] == secret) == (secret, False)
    body = {
        "task": "image.generate",
        "input": {"prompt": "a fox", "width": 256, "height": 256},
        "webhook": {"url": receiver},
    }
    submit = ("api", "POST", "/api/v1/media/jobs", "-d", json.dumps(body), "--jq", ".jobId")
    job = shell(*submit).stdout.strip()
    deadline = time.monotonic() + JOB_SECONDS
    listing = ("webhooks", "deliveries", "--job", job, "--status", "delivered", "-q")
    while not (delivery := shell(*listing).stdout.strip()):
        assert time.monotonic() < deadline, "it never came"
    assert receiver in shell("webhooks", "deliveries").stdout
    assert delivery in shell("webhooks", "redeliver", delivery).stdout


def test_a_talk_with_the_agent_ends_in_a_plan_that_can_be_run(
    shell: Shell, studio: tuple[Gateway, Script]
) -> None:
    project = shell("projects", "create", "Storm").stdout.strip()
    thread = shell("threads", "create", project, "--title", "Night").stdout.strip()
    step = {"operation": "image.generate", "input": {"prompt": "a storm"}}
    studio[1].play(
        ScriptedTurn(text="I have a plan.", calls=[("propose_plan", {"steps": [step]})]),
        ScriptedTurn(text="Run it when you like."),
    )
    said = shell("threads", "send", thread, "-", "--max-price", "0.25", stdin="Make a storm")
    assert "I have a plan." in said.stdout
    assert "at most $0.25" in said.stderr
    plan = said.stderr.rpartition(" ")[2].strip()
    assert shell("plans", "execute", plan, "--yes", "-q").stdout.startswith("job_")
    shown = shell("threads", "show", thread).stdout
    assert shown.index("Make a storm") < shown.index("Run it when you like.")
    studio[1].play(ScriptedTurn(text="Hello."))
    request = shell("threads", "send", thread, "Hi", "--yes", "--no-wait", "-q").stdout.strip()
    assert request.startswith("req_")
    shell("threads", "rename", thread, "Day")
    shell("threads", "archive", thread)
    assert shell("threads", "show", thread, "--jq", ".title, .archived").stdout == "Day\ntrue\n"
    assert shell.run_for_json("threads", "list", "--project", project) == []
    shell("threads", "archive", thread, "--undo")
    assert thread in shell("threads", "list", "--project", project).stdout
    assert (
        "--max-price" in shell("threads", "send", thread, "Hi", "--max-price", "x", code=2).stderr
    )
