"""Buying credit in USDC on the page of Coinbase, through the front door."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from gateway.operator.payments import open_shop
from gateway.payments.checkouts.checkout_sweeps import sweep_ended_checkouts
from tests.fakes.coinbase import COINBASE_WEBHOOK_SECRET, KEY_ID, Coinbase
from tests.fakes.serving import serve_application
from tests.gateway import Client, Gateway, assert_problem, serve_gateway
from tests.processes import run_command

CHECKOUT, CLAIM, WEBHOOK = (
    "/api/v1/checkout/crypto",
    "/api/v1/claim/crypto",
    "/api/v1/webhooks/crypto",
)
PAID_EVENT = "checkout.payment.success"


@pytest.fixture(scope="module")
def bank() -> Coinbase:
    return Coinbase()


@pytest.fixture(scope="module")
def settings(bank: Coinbase) -> Iterator[dict[str, str]]:
    """The settings of a gateway that sells on the page of the stand-in."""
    with serve_application(bank.build_application()) as url:
        yield {
            "KT_TEST_COINBASE_KEY_ID": KEY_ID,
            "KT_TEST_COINBASE_KEY": bank.secret_key,
            "KT_TEST_COINBASE_WEBHOOK_SECRETS": f"an older one,{COINBASE_WEBHOOK_SECRET}",
            "KT_TEST_COINBASE_API_BASE": url,
        }


@pytest.fixture(scope="module")
def shop(settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with serve_gateway(tmp_path_factory.mktemp("coinbase") / "data", **settings) as one:
        yield one


@pytest.fixture
def buyer(shop: Gateway) -> Iterator[Client]:
    with shop.account("0") as account:
        yield account


def open_checkout(buyer: Client, **headers: str) -> dict[str, Any]:
    answer = buyer.http.post(CHECKOUT, json={"packageCode": "studio_2500"}, headers=headers)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def read_reference(checkout: dict[str, Any]) -> str:
    return str(checkout["checkoutUrl"].rpartition("_")[2])


def claim_checkout(buyer: Client, checkout: dict[str, Any]) -> dict[str, Any]:
    answer = buyer.http.post(CLAIM, json={"checkoutId": checkout["checkoutId"]})
    assert answer.status_code in {200, 202}, answer.text
    body: dict[str, Any] = answer.json()
    waits = body["state"] in {"open", "processing"}
    assert (answer.status_code == 202, body["retryAfterSeconds"] is not None) == (waits, waits)
    return body


@pytest.mark.promise("payments: once")
def test_an_event_credits_what_was_paid_on_its_page_once(
    shop: Gateway, buyer: Client, bank: Coinbase
) -> None:
    key = {"X-Idempotency-Key": "one"}
    checkout = open_checkout(buyer, **key)
    assert open_checkout(buyer, **key) == checkout
    assert (checkout["provider"], checkout["address"], checkout["network"]) == (
        "coinbase",
        None,
        "base-sepolia",
    )
    asked = bank.checkouts[read_reference(checkout)]
    assert (asked["amount"], asked["currency"], asked["network"]) == ("25.00", "USDC", "base")
    assert claim_checkout(buyer, checkout)["state"] == "open"
    bank.set_paid(read_reference(checkout))
    body, url = bank.render_event(read_reference(checkout), PAID_EVENT), shop.base + WEBHOOK
    for _ in range(2):
        assert bank.deliver(url, body).json() == {"received": True, "outcome": "credited"}
    assert (claim_checkout(buyer, checkout)["state"], buyer.get_balance()["balanceUsd"]) == (
        "credited",
        "26.00",
    )
    (bought,) = buyer.http.get("/api/v1/purchases").json()["data"]
    assert bought["provider"] == "coinbase"
    assert shop.list_findings() == []


def test_a_claim_needs_no_event_and_an_event_is_only_a_hint(
    shop: Gateway, buyer: Client, bank: Coinbase
) -> None:
    checkout = open_checkout(buyer)
    lies = bank.render_event(read_reference(checkout), PAID_EVENT)
    assert bank.deliver(shop.base + WEBHOOK, lies).json()["outcome"] == "open"
    assert buyer.get_balance()["balanceUsd"] == "0.00"
    bank.set_paid(read_reference(checkout), "PROCESSING")
    assert claim_checkout(buyer, checkout)["state"] == "processing"
    bank.set_paid(read_reference(checkout))
    done = claim_checkout(buyer, checkout)
    assert (done["state"], done["receivedUsd"], done["bonusUsd"]) == ("credited", "25.00", "1.00")


def test_a_person_is_led_to_its_page_and_sees_what_became_of_it(
    shop: Gateway, buyer: Client, bank: Coinbase
) -> None:
    with shop.browser(buyer.account_id) as person:
        made = person.post("/credits/usdc?mode=test", data={"packageCode": "studio_2500"})
        at = made.headers["location"]
        shown = person.get(at).text
        link = re.search(r'href="([^"]+)">Pay \$25.00 on Coinbase<', shown)
        assert link is not None
        assert "pay-address" not in shown
        named = link[1].rpartition("_")[2]
        bank.set_paid(named, "PROCESSING")
        assert "Payment processing" in person.get(at).text
        bank.set_paid(named)
        assert "$25.00 of credit and a bonus of $1.00 were added" in person.get(at).text


@pytest.mark.promise("payments: only-what-was-ordered")
@pytest.mark.parametrize(
    "wrong", [{"amount": "24.99"}, {"network": "polygon"}, {"currency": "USD"}]
)
def test_what_differs_from_the_order_waits_for_a_person(
    shop: Gateway, buyer: Client, bank: Coinbase, wrong: dict[str, str]
) -> None:
    checkout = open_checkout(buyer)
    bank.set_paid(read_reference(checkout), **wrong)
    assert (claim_checkout(buyer, checkout)["state"], buyer.get_balance()["balanceUsd"]) == (
        "review",
        "0.00",
    )
    words = ("admin", "payments", "resolve", checkout["checkoutId"], "--reason", "looked", "--json")
    if "amount" in wrong:
        decided = shop.run_command(*words, "--credit")
        assert json.loads(decided.stdout)["state"] == "credited"
        assert buyer.get_balance()["balanceUsd"] == "26.00"
    else:
        assert "refund it" in shop.run_command(*words, "--credit").stderr
        assert json.loads(shop.run_command(*words, "--reject").stdout)["state"] == "failed"


@pytest.mark.parametrize(("status", "state"), [("FAILED", "failed"), ("EXPIRED", "expired")])
def test_what_was_not_paid_ends_without_credit(
    shop: Gateway, buyer: Client, bank: Coinbase, status: str, state: str
) -> None:
    checkout = open_checkout(buyer)
    bank.set_paid(read_reference(checkout), status)
    body = bank.render_event(read_reference(checkout), f"checkout.payment.{state}")
    assert bank.deliver(shop.base + WEBHOOK, body).json()["outcome"] == state
    assert (claim_checkout(buyer, checkout)["state"], buyer.get_balance()["balanceUsd"]) == (
        state,
        "0.00",
    )


def sweep_payments(shop: Gateway) -> int:
    async def looked() -> int:
        async with open_shop(shop.data_dir) as opened:
            return await sweep_ended_checkouts(opened)

    return int(shop.run_as_operator(looked))


@pytest.mark.parametrize("sweep", [True, False])
@pytest.mark.parametrize(
    ("status", "ended", "state"),
    [("EXPIRED", "expired", "credited"), ("FAILED", "failed", "review")],
)
def test_what_is_paid_after_its_end_is_not_lost(
    shop: Gateway,
    buyer: Client,
    bank: Coinbase,
    *,
    sweep: bool,
    status: str,
    ended: str,
    state: str,
) -> None:
    checkout = open_checkout(buyer)
    bank.set_paid(read_reference(checkout), status)
    assert claim_checkout(buyer, checkout)["state"] == ended
    bank.set_paid(read_reference(checkout))
    if sweep:
        sweep_payments(shop)
        bank.down = True
    assert claim_checkout(buyer, checkout)["state"] == state
    bank.down = False
    if state == "review":
        words = (
            "admin",
            "payments",
            "resolve",
            checkout["checkoutId"],
            "--reason",
            "no",
            "--reject",
        )
        shop.run_command(*words)
        sweep_payments(shop)
        assert claim_checkout(buyer, checkout)["state"] == "failed"


def test_an_event_of_a_payment_that_is_not_seen_yet_is_read_when_it_comes_again(
    shop: Gateway, buyer: Client, bank: Coinbase
) -> None:
    checkout, url = open_checkout(buyer), shop.base + WEBHOOK
    bank.set_paid(read_reference(checkout), "EXPIRED")
    body = bank.render_event(read_reference(checkout), PAID_EVENT)
    assert bank.deliver(url, body).json()["outcome"] == "expired"
    bank.set_paid(read_reference(checkout))
    assert bank.deliver(url, body).json()["outcome"] == "credited"


def test_an_event_that_is_not_signed_just_now_by_our_secret_is_refused(
    shop: Gateway, buyer: Client, bank: Coinbase
) -> None:
    checkout, url = open_checkout(buyer), shop.base + WEBHOOK
    bank.set_paid(read_reference(checkout))
    body = bank.render_event(read_reference(checkout), PAID_EVENT)
    for answer in (
        bank.deliver(url, body, secret="guessed"),
        bank.deliver(url, body, age=301),
        bank.deliver(url, body, age=-400),
        bank.deliver(url, body, changed={"x-event-id": "another"}),
        bank.deliver(url, body, changed={"x-hook0-signature": "nonsense"}),
        bank.deliver(url, b"{}"),
        httpx2.post(url, content=body, trust_env=False),
    ):
        assert_problem(answer, 400, "webhook_signature_invalid")
    assert buyer.get_balance()["balanceUsd"] == "0.00"
    assert_problem(
        httpx2.post(url, content=b"x" * 300_000, trust_env=False), 413, "payload_too_large"
    )
    bank.down = True
    assert_problem(bank.deliver(url, body), 503, "not_ready")
    bank.down = False
    assert bank.deliver(url, body).json()["outcome"] == "credited"


def test_a_lost_answer_opens_one_checkout(buyer: Client, bank: Coinbase) -> None:
    before, key = len(bank.checkouts), {"X-Idempotency-Key": "lost"}
    bank.lost = True
    answer = buyer.http.post(CHECKOUT, json={"packageCode": "studio_2500"}, headers=key)
    assert_problem(answer, 502, "payment_provider_error")
    bank.lost = False
    open_checkout(buyer, **key)
    assert len(bank.checkouts) == before + 1
    other = buyer.http.post(CHECKOUT, json={"packageCode": "pocket_100"}, headers=key)
    assert_problem(other, 409, "idempotency_conflict")


def test_a_checkout_goes_on_at_another_address_of_the_gateway(
    settings: dict[str, str], bank: Coinbase, tmp_path: Path
) -> None:
    """Coinbase made a page that returns to the first address, and its answer was lost."""
    key, order = {"X-Idempotency-Key": "moved"}, {"packageCode": "studio_2500"}
    with serve_gateway(tmp_path / "data", **settings) as first, first.account("0") as buyer:
        bank.lost = True
        answer = buyer.http.post(CHECKOUT, json=order, headers=key)
        assert_problem(answer, 502, "payment_provider_error")
        bank.lost = False
    with serve_gateway(tmp_path / "data", **settings) as moved, moved.client(buyer.key) as http:
        assert moved.base != first.base
        assert http.post(CHECKOUT, json=order, headers=key).status_code == httpx2.codes.CREATED


def test_a_twin_under_way_does_not_end_a_checkout(buyer: Client, bank: Coinbase) -> None:
    key = {"X-Idempotency-Key": "busy"}
    bank.busy = True
    answer = buyer.http.post(CHECKOUT, json={"packageCode": "studio_2500"}, headers=key)
    assert_problem(answer, 502, "payment_provider_error")
    bank.busy = False
    open_checkout(buyer, **key)


def test_another_account_sees_nothing_of_it(shop: Gateway, buyer: Client) -> None:
    checkout = open_checkout(buyer)
    with shop.account("0") as other:
        answer = other.http.post(CLAIM, json={"checkoutId": checkout["checkoutId"]})
        assert_problem(answer, 404, "not_found")


def test_where_no_provider_is_set_every_event_is_refused(gateway: Gateway, bank: Coinbase) -> None:
    answer = bank.deliver(gateway.base + WEBHOOK, b"{}")
    assert_problem(answer, 400, "webhook_signature_invalid")


def test_the_packages_name_the_provider(buyer: Client) -> None:
    told = buyer.http.get("/api/v1/packages", params={"mode": "test"}).json()
    assert told["methods"]["crypto"] == {
        "enabled": True, "provider": "coinbase", "network": "base-sepolia", "asset": "USDC",
        "confirmationsRequired": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    "given",
    [
        {"KT_TEST_COINBASE_KEY_ID": KEY_ID},
        {"KT_TEST_COINBASE_KEY_ID": KEY_ID, "KT_TEST_COINBASE_KEY": "bm9uc2Vuc2U="},
    ],
)
def test_a_gateway_with_half_a_key_does_not_start(given: dict[str, str]) -> None:
    refused = run_command(["serve", "--port", "0"], given)
    assert refused.returncode == 1
    assert re.search("KT_TEST_COINBASE_KEY", refused.stderr)
    assert "bm9uc2Vuc2U" not in refused.stderr
