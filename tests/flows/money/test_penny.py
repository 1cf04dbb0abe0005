"""A provider that only this test knows, bought from, paid back and compared by the front door.

Nothing of the gateway names it: it is its own folder and one entry in the registry.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx2
import pytest

import killatamata
from tests.fakes.penny.bank import PennyBank
from tests.fakes.penny.client import PENNY_URL_ENV
from tests.fakes.serving import serve_application
from tests.gateway import Client, Gateway, assert_problem
from tests.processes import BASE_ENVIRONMENT, RUN_SECONDS
from tests.services.postgres import PostgresServer

pytestmark = pytest.mark.slow
WHY = ("--reason", "asked", "--json")


class PennyGateway(Gateway):
    """A gateway whose command knows Penny."""

    program = (sys.executable, "-m", "tests.fakes.penny")

    def run_command(self, *words: str) -> subprocess.CompletedProcess[str]:
        environment = BASE_ENVIRONMENT | self.settings
        return subprocess.run(
            [*self.program, *words], env=environment, capture_output=True, text=True, check=False,
            timeout=RUN_SECONDS,
        )  # fmt: skip

    def run_for_json(self, *words: str, code: int = 0) -> Any:  # noqa: ANN401 - JSON
        """Run an operator's command and return the document that it prints."""
        done = self.run_command("admin", *words)
        assert done.returncode == code, done.stdout + done.stderr
        return json.loads(done.stdout)

    def deliver_event(self, bank: PennyBank, event: dict[str, Any]) -> str:
        """Deliver an event and return its outcome."""
        answer = bank.deliver_event(f"{self.base}/api/v1/webhooks/penny", event)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["outcome"])


@pytest.fixture(scope="module")
def bank() -> Iterator[PennyBank]:
    found = PennyBank()
    with serve_application(found.build_application()) as found.base:
        yield found


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def shop(
    bank: PennyBank, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PennyGateway]:
    """A gateway on each database; in the end its books are sound."""
    settings = {PENNY_URL_ENV: bank.base}
    with ExitStack() as stack:
        if request.param == "postgres":
            postgres: PostgresServer = request.getfixturevalue("postgres")
            url = postgres.create_database(request.getfixturevalue("postgres_template"))
            stack.callback(postgres.drop_database, url)
            settings["KT_DATABASE_URL"] = url
        gateway = PennyGateway(tmp_path_factory.mktemp("penny") / "data", **settings)
        stack.callback(gateway.kill)
        gateway.start()
        yield gateway
        assert gateway.list_findings() == []


@pytest.fixture
def buyer(shop: PennyGateway) -> Iterator[Client]:
    with shop.account("0") as account:
        yield account


def pay_checkout(buyer: Client, bank: PennyBank) -> tuple[str, str]:
    """Pay for a checkout of $25 on its page; return its session and its payment."""
    answer = buyer.http.post("/api/v1/checkout/penny", json={"packageCode": "studio_2500"})
    assert answer.status_code == 201, answer.text
    assert "NO REAL MONEY" in httpx2.get(answer.json()["checkoutUrl"], trust_env=False).text
    httpx2.post(answer.json()["checkoutUrl"], trust_env=False)
    session = bank.sessions[answer.json()["sessionId"]]
    return session["id"], session["payment"]


def find_last_event(bank: PennyBank, about: str) -> dict[str, Any]:
    """Return the last event about an object."""
    return [each for each in bank.events.values() if each["object"] == about][-1]


def read_balance(buyer: Client) -> str:
    return str(buyer.get_balance()["balanceUsd"])


def test_a_purchase_is_credited_once_and_paid_back_in_part(
    shop: PennyGateway, buyer: Client, bank: PennyBank
) -> None:
    listed = buyer.http.get("/api/v1/packages", params={"mode": "test"}).json()
    assert listed["packages"][0]["methods"] == ["penny"]
    session, payment = pay_checkout(buyer, bank)
    event = find_last_event(bank, session)
    url = f"{shop.base}/api/v1/webhooks/penny"
    assert_problem(bank.deliver_event(url, event, secret="no"), 400, "webhook_signature_invalid")
    assert [shop.deliver_event(bank, event) for _ in range(2)] == ["credited", "credited"]
    claim = buyer.http.post("/api/v1/claim/penny", json={"sessionId": session}).json()
    assert (claim["state"], read_balance(buyer)) == ("credited", "26.00")
    refund = shop.run_for_json("refund", claim["purchaseId"], "--amount", "5", *WHY)
    assert (refund["outcome"], read_balance(buyer)) == ("refunded", "20.80")
    assert shop.deliver_event(bank, find_last_event(bank, refund["refund"])) == "refunded"
    assert bank.returns[refund["refund"]]["payment"] == payment
    assert read_balance(buyer) == "20.80"


def test_a_won_dispute_restores_what_a_lost_one_keeps(
    shop: PennyGateway, buyer: Client, bank: PennyBank
) -> None:
    for won, left in ((True, "26.00"), (False, "26.00")):
        _, payment = pay_checkout(buyer, bank)
        opened = bank.open_dispute(payment, 2_500)  # heard of before its payment is
        assert shop.deliver_event(bank, opened) == "dispute_open"
        assert buyer.get_balance()["frozenReasons"] == ["dispute"]
        ended = shop.deliver_event(bank, bank.decide_dispute(opened["object"], won=won))
        assert ended == ("dispute_won" if won else "dispute_lost")
        assert read_balance(buyer) == left
    assert buyer.get_balance()["state"] == "frozen"


def test_what_was_never_heard_of_is_found_by_comparing_and_by_hand(
    shop: PennyGateway, buyer: Client, bank: PennyBank
) -> None:
    words = ("reconcile", "--provider", "penny", "--mode", "test", "--json")
    session, payment = pay_checkout(buyer, bank)
    refund = bank.refund_payment(payment, 500)["object"]
    found = shop.run_for_json(*words, "--apply", "--reason", "lost", code=1)
    assert {each["id"]: each["outcome"] for each in found["differences"]} == {
        session: "credited",
        refund: "refunded",
    }
    assert read_balance(buyer) == "20.80"
    report = shop.run_for_json(*words)
    assert (report["differences"], report["providerUsd"]) == ([], report["booksUsd"])
    session, _ = pay_checkout(buyer, bank)
    event = find_last_event(bank, session)["id"]
    assert (
        shop.run_for_json("event", "replay", event, "--mode", "test", *WHY)["outcome"] == "credited"
    )
    assert read_balance(buyer) == "46.80"
    assert "clean" in shop.run_command("admin", "check").stdout


def test_a_person_pays_with_it_in_a_browser(
    shop: PennyGateway, buyer: Client, bank: PennyBank
) -> None:
    with shop.browser(buyer.account_id) as person:
        page = person.get("/credits?mode=test")
        assert "Pay $25.00 in pennies" in page.text
        assert f"form-action 'self' {bank.base}" in page.headers["content-security-policy"]
        given = {"packageCode": "studio_2500", "method": "penny"}
        at = person.post("/credits/buy?mode=test", data=given).headers["location"]
        back = httpx2.post(at, trust_env=False).headers["location"]
        assert "Credit added" in person.get(back).text
    assert read_balance(buyer) == "26.00"


def test_the_client_pays_with_it(shop: PennyGateway, buyer: Client, bank: PennyBank) -> None:
    with killatamata.Client(api_key=buyer.key, base_url=shop.base) as client:
        opened = client.checkout.page("pocket_100", method="penny")
        assert (opened.provider, opened.session_id in bank.sessions) == ("penny", True)
        assert client.claims.page(opened.checkout_id, method="penny").state == "open"
