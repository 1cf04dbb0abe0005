"""Webhooks, claims and sweeps that meet, on two gateways: the money arrives once."""

import asyncio
import time
from collections.abc import Callable, Iterator
from functools import partial

import httpx2
import pytest
import stripe
from sqlalchemy import update

from gateway.kit.clock import HOUR
from gateway.operator.payments import open_shop
from gateway.payments.checkouts.checkout_sweeps import sweep_unsettled_checkouts
from gateway.payments.tables import Checkout
from tests.fakes.stripe.client import STRIPE_WEBHOOK_SECRET, StripeStandIn
from tests.fakes.stripe.shop import claim_checkout, open_checkout
from tests.gateway import JOB_SECONDS, Client, Gateway, assert_problem, call_at_once
from tests.gateway_pairs import serve_pair
from tests.services.postgres import PostgresServer

CHECKOUT, WEBHOOK = "/api/v1/checkout/stripe", "/api/v1/webhooks/stripe"
DELIVERIES, CLAIMS, SWEEPS = 20, 5, 3


@pytest.fixture(scope="module")
def shops(
    bank: StripeStandIn,
    postgres: PostgresServer,
    postgres_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[list[Gateway]]:
    """Two gateways on one PostgreSQL database that sell against the stand-in."""
    folder = tmp_path_factory.mktemp("shops") / "data"
    with serve_pair(folder, postgres, postgres_template, **bank.settings) as pair:
        yield pair


def insist_on_answer(call: Callable[[], httpx2.Response]) -> int:
    """Ask again while the answer is 503, as it says; return the last status."""
    deadline = time.monotonic() + JOB_SECONDS
    while (answer := call()).status_code == httpx2.codes.SERVICE_UNAVAILABLE:
        assert answer.headers["retry-after"]
        assert time.monotonic() < deadline, "503 for ever"
        time.sleep(0.2)
    return answer.status_code


def read_event(bank: StripeStandIn, session_id: str, happened: str) -> str:
    """Return the event that a payment page was completed or expired, as Stripe sends it."""
    (event,) = bank.list_event_ids(session_id, f"checkout.session.{happened}")
    headers = {"Authorization": "Bearer sk_test_x"}
    return bank.http.get(f"/v1/events/{event}", headers=headers).text


def deliver_event(gateway: Gateway, body: str) -> int:
    """Deliver an event as Stripe does."""
    signed = stripe.WebhookSignature.generate_signature_header(
        body, STRIPE_WEBHOOK_SECRET, int(time.time())
    )
    with gateway.client() as http:
        headers = {"Stripe-Signature": signed}
        return insist_on_answer(lambda: http.post(WEBHOOK, content=body, headers=headers))


def claim_at_gateway(gateway: Gateway, buyer: Client, opened: dict[str, str]) -> int:
    with gateway.client(buyer.key) as http:
        return insist_on_answer(
            lambda: claim_checkout(Client(http, buyer.key, buyer.account_id), opened)
        )


def prepare_sweep(
    gateway: Gateway, checkout_id: str
) -> tuple[Callable[[], int], Callable[[], int]]:
    """Return two functions: one makes a checkout an hour older, one then sweeps as gateways do."""

    async def aged() -> int:
        async with open_shop(gateway.data_dir) as shop, shop.database.write() as session:
            older = update(Checkout).values(created_at=Checkout.created_at - HOUR)
            await session.execute(older.where(Checkout.id == checkout_id))
        return 0

    async def swept() -> int:
        async with open_shop(gateway.data_dir) as shop:
            await asyncio.gather(*(sweep_unsettled_checkouts(shop) for _ in range(SWEEPS)))
        return httpx2.codes.OK

    return partial(gateway.run_as_operator, aged), partial(gateway.run_as_operator, swept)


@pytest.mark.promise("payments: once")
def test_twenty_equal_checkouts_at_once_are_one(shops: list[Gateway], bank: StripeStandIn) -> None:
    """Stripe answers 409 to equal requests while it works on the first; nobody hears of that."""

    def ask(gateway: Gateway) -> httpx2.Response:
        with gateway.client(buyer.key) as http:
            headers = {"X-Idempotency-Key": "one"}
            body = {"packageCode": "studio_2500"}
            return http.post(CHECKOUT, json=body, headers=headers)

    with shops[0].account("0") as buyer:
        bank.call_control("think", seconds=2)
        try:
            answers = call_at_once([partial(ask, shops[n % 2]) for n in range(DELIVERIES)])
        finally:
            bank.call_control("think", seconds=0)
        assert {each.status_code for each in answers} == {httpx2.codes.CREATED}
        assert len({each.json()["checkoutId"] for each in answers}) == 1
        assert len({each.json()["checkoutUrl"] for each in answers}) == 1


@pytest.mark.promise("payments: once")
def test_deliveries_claims_and_sweeps_at_once_on_two_gateways_credit_once(
    shops: list[Gateway], bank: StripeStandIn
) -> None:
    with shops[0].account("0") as buyer:
        opened = open_checkout(buyer, "studio_2500", email="ann@example.com")
        bank.call_control("pay", session=opened["sessionId"])
        body = read_event(bank, opened["sessionId"], "completed")
        age, sweeps = prepare_sweep(shops[0], opened["checkoutId"])
        age()
        calls: list[Callable[[], int]] = [sweeps]
        calls += [partial(deliver_event, shops[n % 2], body) for n in range(DELIVERIES)]
        calls += [partial(claim_at_gateway, shops[n % 2], buyer, opened) for n in range(CLAIMS)]
        assert set(call_at_once(calls)) == {httpx2.codes.OK}
        assert buyer.get_balance()["balanceUsd"] == "26.00"
        (purchase,) = buyer.http.get("/api/v1/purchases").json()["data"]
        assert purchase["receiptNumber"].endswith("-000001")
        moved = buyer.http.get("/api/v1/balance/history").json()["data"]
        assert sorted(each["code"] for each in moved) == ["bonus", "purchase"]
    assert shops[0].list_findings() == []


@pytest.mark.promise("payments: once")
def test_a_checkout_goes_on_at_a_gateway_with_another_address(
    shops: list[Gateway], bank: StripeStandIn
) -> None:
    """Stripe made a page that returns to the first address, and its answer was lost."""

    def ask(gateway: Gateway) -> httpx2.Response:
        with gateway.client(buyer.key) as http:
            headers = {"X-Idempotency-Key": "one"}
            return http.post(CHECKOUT, json={"packageCode": "studio_2500"}, headers=headers)

    with shops[0].account("0") as buyer:
        bank.call_control("fail", lost=9)
        assert_problem(ask(shops[0]), 502, "payment_provider_error")
        bank.call_control("fail")
        opened = [ask(shop) for shop in (shops[1], shops[0], shops[1])]
        assert [each.status_code for each in opened] == [httpx2.codes.CREATED] * 3
        (checkout_id,) = {each.json()["checkoutId"] for each in opened}
        (given,) = {each.json()["sessionId"] for each in opened}
        made = [
            each["id"]
            for each in bank.call_control("objects", kind="session")
            if each["metadata"]["checkout_id"] == checkout_id
        ]
        assert len(made) == len(shops)
        # The page that nobody was given runs out; the other is paid a moment later.
        (unknown,) = {*made} - {given}
        bank.call_control("expire", session=unknown)
        assert deliver_event(shops[0], read_event(bank, unknown, "expired")) == httpx2.codes.OK
        assert claim_checkout(buyer, opened[0].json()).json()["state"] == "open"
        bank.call_control("pay", session=given)
        assert deliver_event(shops[1], read_event(bank, given, "completed")) == httpx2.codes.OK
        assert buyer.get_balance()["balanceUsd"] == "26.00"
    assert shops[0].list_findings() == []
