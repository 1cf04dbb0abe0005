"""Top-ups against webhooks, sweeps, claims, refunds and changed minds, on two gateways at once."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from tests.fakes.stripe.client import STRIPE_WEBHOOK_SECRET, StripeStandIn
from tests.flows.money.histories.closing import compare_books
from tests.flows.money.histories.top_up_acts import TOP_UP, sweep_top_ups
from tests.gateway import Client, Gateway, call_at_once
from tests.gateway_pairs import serve_pair
from tests.services.postgres import PostgresServer
from tests.waiting import wait_for_condition

WEBHOOK = "/api/v1/webhooks/stripe"
TERMS = {"thresholdUsd": "5.00", "packageCode": "builder_600", "monthlyMaximum": "60.00"}
COPIES = 5


@pytest.fixture(scope="module")
def shops(
    bank: StripeStandIn,
    postgres: PostgresServer,
    postgres_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[list[Gateway]]:
    """Two gateways on one PostgreSQL database, each with its own sweeps every few seconds."""
    folder = tmp_path_factory.mktemp("shops") / "data"
    with serve_pair(folder, postgres, postgres_template, **bank.settings) as pair:
        yield pair


@pytest.fixture
def buyer(shops: list[Gateway], bank: StripeStandIn) -> Iterator[Client]:
    """An empty account that has just turned auto top-up on; the bank takes its time."""
    with shops[0].account("0") as account, shops[1].browser(account.account_id) as page:
        opened = page.post(f"{TOP_UP}/card", json=TERMS).json()["sessionId"]
        bank.call_control("pay", session=opened, card="4242424242424242")
        bank.call_control("think", seconds=0.2)
        assert page.post(f"{TOP_UP}/claim", json={"sessionId": opened}).json()["state"] == "on"
        yield account
        bank.call_control("think", seconds=0)
        page.delete(TOP_UP)


def list_invoices(bank: StripeStandIn, buyer: Client, status: str) -> list[dict[str, Any]]:
    """List the invoices of a buyer's top-ups that have a status."""
    return [
        each
        for each in bank.call_control("objects", kind="invoice")
        if each["metadata"].get("account_id") == buyer.account_id and each["status"] == status
    ]


def wait_for_paid_invoice(bank: StripeStandIn, buyer: Client) -> dict[str, Any]:
    """Wait until the bank has charged the buyer's card; return the one invoice of it."""
    wait_for_condition(lambda: list_invoices(bank, buyer, "paid"))
    (invoice,) = list_invoices(bank, buyer, "paid")
    return invoice


def list_events(bank: StripeStandIn, shops: list[Gateway], *about: str) -> list[Callable[[], Any]]:
    """List deliveries of every event about some objects, several to each gateway."""
    events = [event for name in about for event in bank.call_control("events", about=name)]
    return [
        partial(
            bank.call_control, "redeliver", event=event["id"], url=f"{shop.base}{WEBHOOK}",
            secret=STRIPE_WEBHOOK_SECRET,
        )
        for event in events
        for shop in shops
        for _ in range(2)
    ]  # fmt: skip


def claim_invoice(shop: Gateway, buyer: Client, invoice: str) -> int:
    """Claim the payment of a top-up, as a person who waits for it may."""
    with shop.client(buyer.key) as http:
        return http.post("/api/v1/claim/stripe", json={"sessionId": invoice}).status_code


@pytest.mark.promise("top-up: races")
def test_sweeps_webhooks_and_claims_at_once_charge_once_and_credit_once(
    shops: list[Gateway], bank: StripeStandIn, buyer: Client
) -> None:
    sweeps: list[Callable[[], Any]] = [partial(sweep_top_ups, shop) for shop in (*shops, *shops)]
    call_at_once(sweeps)
    invoice = wait_for_paid_invoice(bank, buyer)
    calls = [*sweeps, *list_events(bank, shops, invoice["id"])]
    calls += [partial(claim_invoice, shops[n % 2], buyer, invoice["id"]) for n in range(COPIES)]
    call_at_once(calls)
    wait_for_condition(lambda: buyer.get_balance()["balanceUsd"] == "6.00")
    (purchase,) = buyer.http.get("/api/v1/purchases").json()["data"]
    assert purchase["priceUsd"] == "6.00"
    assert len(list_invoices(bank, buyer, "paid")) == 1
    assert compare_books(shops[0])["differences"] == []
    assert shops[0].list_findings() == []


@pytest.mark.promise("top-up: races")
def test_a_refund_that_meets_its_top_up_takes_it_back_and_charges_no_more(
    shops: list[Gateway], bank: StripeStandIn, buyer: Client
) -> None:
    invoice = wait_for_paid_invoice(bank, buyer)
    (payment,) = [
        each["payment"]["payment_intent"]
        for each in bank.call_control("objects", kind="invoice_payment")
        if each["invoice"] == invoice["id"]
    ]
    refund = bank.call_control("refund", intent=payment)
    calls = list_events(bank, shops, refund, invoice["id"])
    calls += [partial(sweep_top_ups, shop) for shop in shops]
    call_at_once(calls)
    wait_for_condition(lambda: buyer.http.get(TOP_UP).json()["state"] == "off")
    wait_for_condition(lambda: buyer.get_balance()["balanceUsd"] == "0.00")
    call_at_once([partial(sweep_top_ups, shop) for shop in shops])
    (purchase,) = buyer.http.get("/api/v1/purchases").json()["data"]
    assert purchase["refundedUsd"] == "6.00"
    assert len(list_invoices(bank, buyer, "paid")) == 1
    assert compare_books(shops[0])["differences"] == []
    assert shops[0].list_findings() == []


@pytest.mark.promise("top-up: races")
def test_turned_off_while_it_is_charged_the_balance_is_what_the_bank_took(
    shops: list[Gateway], bank: StripeStandIn, buyer: Client
) -> None:
    def turn_off() -> None:
        with shops[1].browser(buyer.account_id) as page:
            assert page.delete(TOP_UP).status_code == 200

    sweeps: list[Callable[[], Any]] = [partial(sweep_top_ups, shop) for shop in shops]
    call_at_once([*sweeps, turn_off, *sweeps])
    wait_for_condition(lambda: buyer.http.get(TOP_UP).json()["inFlight"] is None)
    taken = sum(each["total"] for each in list_invoices(bank, buyer, "paid"))
    assert taken in {0, 600}
    wait_for_condition(lambda: buyer.get_balance()["balanceMicrousd"] == taken * 10_000)
    assert list_invoices(bank, buyer, "open") == []
    assert compare_books(shops[0])["differences"] == []
    assert shops[0].list_findings() == []
