"""Webhooks, claims and sweeps that meet, on two gateways: the money arrives once."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial

import pytest
import stripe

from tests.fakes.stripe.client import SECRET, StripeStandIn, stand_in
from tests.fakes.stripe.shop import checkout, claim
from tests.gateway import Gateway, serving, together
from tests.services.postgres import PostgresServer

WEBHOOK = "/api/v1/webhooks/stripe"


@pytest.fixture(scope="module")
def bank() -> Iterator[StripeStandIn]:
    with stand_in() as one:
        yield one


@pytest.fixture(scope="module")
def shops(
    bank: StripeStandIn, postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Gateway]]:
    """Two gateways on one PostgreSQL database that sell against the stand-in."""
    url, folder = postgres.create(), tmp_path_factory.mktemp("shops") / "data"
    with ExitStack() as stack:
        stack.callback(postgres.drop, url)
        yield [
            stack.enter_context(serving(folder, KT_DATABASE_URL=url, **bank.settings))
            for _ in range(2)
        ]


def deliver(gateway: Gateway, body: str) -> int:
    """Deliver an event as Stripe does."""
    signed = stripe.WebhookSignature.generate_signature_header(body, SECRET, int(time.time()))
    with gateway.client() as http:
        headers = {"Stripe-Signature": signed}
        return http.post(WEBHOOK, content=body, headers=headers).status_code


@pytest.mark.promise("payments: once")
def test_twenty_deliveries_and_five_claims_on_two_gateways_credit_once(
    shops: list[Gateway], bank: StripeStandIn
) -> None:
    with shops[0].account("0") as buyer:
        opened = checkout(buyer, "studio_2500")
        bank.control("pay", session=opened["sessionId"])
        (event,) = bank.events(opened["sessionId"], "checkout.session.completed")
        body = bank.http.get(
            f"/v1/events/{event}", headers={"Authorization": "Bearer sk_test_x"}
        ).text
        deliveries = [partial(deliver, shops[n % 2], body) for n in range(20)]
        claims = [partial(lambda: claim(buyer, opened).status_code) for _ in range(5)]
        answers = together([*deliveries, *claims])
        assert set(answers) == {200}
        assert buyer.balance()["balanceUsd"] == "26.00"
        (purchase,) = buyer.http.get("/api/v1/purchases").json()["data"]
        assert purchase["receiptNumber"].endswith("-000001")
    assert shops[0].findings() == []
