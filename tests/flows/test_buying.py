"""Buying credit by card, against the stand-in for Stripe, over the real SDK and real sockets."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.fakes.stripe.client import SECRET, StripeStandIn, stand_in
from tests.gateway import Client, Gateway, problem, serving

WEBHOOK = "/api/v1/webhooks/stripe"


@pytest.fixture(scope="module")
def bank() -> Iterator[StripeStandIn]:
    with stand_in() as one:
        yield one


@pytest.fixture(scope="module")
def shop(bank: StripeStandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway that sells against the stand-in, which delivers its events to nobody."""
    with serving(tmp_path_factory.mktemp("shop") / "data", **bank.settings) as one:
        yield one


@pytest.fixture
def buyer(shop: Gateway) -> Iterator[Client]:
    with shop.account("0") as account:
        yield account


def checkout(buyer: Client, code: str = "studio_2500", **more: str) -> dict[str, Any]:
    answer = buyer.http.post("/api/v1/checkout/stripe", json={"packageCode": code, **more})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def claim(buyer: Client, opened: dict[str, Any]) -> httpx2.Response:
    return buyer.http.post("/api/v1/claim/stripe", json={"checkoutId": opened["checkoutId"]})


def test_a_package_is_paid_on_the_hosted_page_and_claimed(
    buyer: Client, bank: StripeStandIn
) -> None:
    opened = checkout(buyer)
    assert (opened["priceUsd"], opened["creditUsd"], opened["bonusUsd"]) == (
        "25.00",
        "25.00",
        "1.00",
    )
    waiting = claim(buyer, opened)
    assert (waiting.status_code, waiting.json()["state"]) == (202, "open")
    page = bank.http.get(opened["checkoutUrl"])
    assert "SANDBOX, NO REAL MONEY" in page.text
    paid = bank.http.post(opened["checkoutUrl"])
    assert paid.status_code == 303
    assert paid.headers["location"].endswith(f"/credits/return?session_id={opened['sessionId']}")
    claimed = claim(buyer, opened)
    assert claimed.status_code == 200, claimed.text
    assert claimed.json()["state"] == "credited"
    assert claimed.json()["balanceUsd"] == "26.00"
    assert buyer.balance()["availableMicrousd"] == 26_000_000
    assert [(each["category"], each["remainingUsd"]) for each in buyer.balance()["buckets"]] == [
        ("bonus", "1.00"),
        ("paid", "25.00"),
    ]


def test_events_credit_once_however_often_they_come(
    shop: Gateway, buyer: Client, bank: StripeStandIn
) -> None:
    opened = checkout(buyer, "builder_600")
    bank.control("pay", session=opened["sessionId"])
    (event,) = bank.events(opened["sessionId"], "checkout.session.completed")
    for _ in range(3):
        sent = bank.control("redeliver", event=event, url=f"{shop.base}{WEBHOOK}", secret=SECRET)
        assert sent == 200
    assert buyer.balance()["balanceUsd"] == "6.00"


def test_an_event_signed_by_nobody_we_know_is_refused(
    shop: Gateway, buyer: Client, bank: StripeStandIn
) -> None:
    opened = checkout(buyer)
    bank.control("pay", session=opened["sessionId"])
    (event,) = bank.events(opened["sessionId"], "checkout.session.completed")
    sent = bank.control("redeliver", event=event, url=f"{shop.base}{WEBHOOK}", secret="whsec_no")
    assert sent == 400
    answer = buyer.http.post(WEBHOOK, content=b"{}")
    problem(answer, 400, "webhook_signature_invalid")
    assert buyer.balance()["balanceUsd"] == "0.00"
