"""Books and payment pages compared on the command line: in both directions, to the cent."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.admin_commands import REASON_OPTION, run_admin
from tests.fakes.coinbase import KEY_ID, Coinbase
from tests.fakes.serving import serve_application
from tests.fakes.stripe.client import StripeStandIn
from tests.fakes.stripe.shop import claim_checkout, open_checkout
from tests.gateway import Client, Gateway, serve_gateway


@pytest.fixture(scope="module")
def coinbase() -> Coinbase:
    return Coinbase()


@pytest.fixture(scope="module")
def shop(
    bank: StripeStandIn, coinbase: Coinbase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    with (
        serve_application(coinbase.build_application()) as url,
        serve_gateway(
            tmp_path_factory.mktemp("books") / "data",
            **bank.settings,
            KT_TEST_COINBASE_KEY_ID=KEY_ID,
            KT_TEST_COINBASE_KEY=coinbase.secret_key,
            KT_TEST_COINBASE_API_BASE=url,
        ) as one,
    ):
        yield one


@pytest.fixture
def buyer(shop: Gateway) -> Iterator[Client]:
    with shop.account("0") as account:
        yield account


def compare_books(shop: Gateway, provider: str, *more: str, differ: bool) -> dict[str, Any]:
    """Return the report of a comparison; its exit code says whether something differs."""
    words = ("reconcile", "--provider", provider, "--mode", "test", "--json", *more)
    report: dict[str, Any] = json.loads(run_admin(shop, *words, code=int(differ)).stdout)
    assert bool(report["differences"]) == differ
    return report


def list_differences(report: dict[str, Any], *names: str) -> list[tuple[str, str, str]]:
    """Return the report's rows about these names: the kind, the dollars there and in the books."""
    lines = {each["id"]: each for each in report["differences"]}
    found = [lines[name] for name in names]
    return [(each["what"], each["providerUsd"], each["booksUsd"]) for each in found]


def list_outcomes(report: dict[str, Any], *names: str) -> list[str]:
    lines = {each["id"]: each for each in report["differences"]}
    return [lines[name]["outcome"] for name in names]


def buy_at_stripe(buyer: Client, bank: StripeStandIn) -> tuple[str, str]:
    """Buy for $25 at Stripe; return the session and its payment."""
    opened = open_checkout(buyer)
    intent = bank.call_control("pay", session=opened["sessionId"])
    assert claim_checkout(buyer, opened).json()["state"] == "credited"
    return opened["sessionId"], intent


def open_usdc_checkout(buyer: Client) -> str:
    """Open a checkout of $25 at Coinbase; return its id there."""
    answer = buyer.http.post("/api/v1/checkout/crypto", json={"packageCode": "studio_2500"})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["checkoutUrl"].rpartition("_")[2])


def test_a_payment_that_was_rejected_and_refunded_is_no_difference(
    shop: Gateway, buyer: Client, bank: StripeStandIn
) -> None:
    opened = open_checkout(buyer)
    session = opened["sessionId"]
    intent = bank.call_control("pay", session=session)
    bank.call_control("alter", kind="session", id=session, client_reference_id="acct_other")
    assert claim_checkout(buyer, opened).json()["state"] == "review"
    run_admin(shop, "payments", "resolve", opened["checkoutId"], "--reject", *REASON_OPTION)
    report = compare_books(shop, "stripe", "--apply", *REASON_OPTION, differ=True)
    assert list_differences(report, session) == [("payment", "25.00", "0.00")]
    assert list_outcomes(report, session) == ["rejected here; refund it at the provider"]
    bank.call_control("refund", intent=intent, amount=1_000)
    assert list_differences(compare_books(shop, "stripe", differ=True), session) == [
        ("payment", "15.00", "0.00")
    ]
    bank.call_control("refund", intent=intent)
    report = compare_books(shop, "stripe", differ=False)
    assert (report["providerUsd"], report["booksUsd"]) == ("0.00", "0.00")
    assert buyer.get_balance()["balanceUsd"] == "0.00"


@pytest.mark.promise("payments: reconcile")
def test_what_stripe_does_not_know_of_our_books_is_a_difference(
    shop: Gateway, buyer: Client, bank: StripeStandIn
) -> None:
    kept, lost = buy_at_stripe(buyer, bank), buy_at_stripe(buyer, bank)
    refund = bank.call_control("refund", intent=kept[1], amount=500)
    dispute = bank.call_control("dispute", intent=kept[1], amount=1_000)
    compare_books(shop, "stripe", "--apply", *REASON_OPTION, differ=True)
    report = compare_books(shop, "stripe", differ=False)
    assert (report["providerUsd"], report["booksUsd"]) == ("35.00", "35.00")
    before, names = buyer.get_balance()["balanceUsd"], (lost[0], refund, dispute)
    for kind, name in zip(("session", "refund", "dispute"), names, strict=True):
        bank.call_control("forget", kind=kind, id=name)
    report = compare_books(shop, "stripe", "--apply", *REASON_OPTION, differ=True)
    assert (report["providerUsd"], report["booksUsd"]) == ("25.00", "35.00")
    assert list_differences(report, *names) == [
        ("payment", "0.00", "25.00"),
        ("return", "0.00", "5.00"),
        ("return", "0.00", "10.00"),
    ]
    assert list_outcomes(report, *names) == ["not at the provider; review it by hand"] * 3
    assert buyer.get_balance()["balanceUsd"] == before, "what is missing there is left to a person"


def test_a_refund_at_coinbase_is_a_difference_until_it_is_recorded(
    shop: Gateway, buyer: Client, coinbase: Coinbase
) -> None:
    name = open_usdc_checkout(buyer)
    coinbase.set_paid(name)
    compare_books(shop, "coinbase", "--apply", *REASON_OPTION, differ=True)
    coinbase.refund(name, "10.00")
    report = compare_books(shop, "coinbase", "--apply", *REASON_OPTION, differ=True)
    assert list_differences(report, name) == [("return", "10.00", "0.00")]
    assert buyer.get_balance()["balanceUsd"] == "26.00", "it may be recorded under another name"
    (purchase,) = buyer.http.get("/api/v1/purchases").json()["data"]
    refund = ("refund", purchase["id"], *REASON_OPTION, "--external")
    run_admin(shop, *refund, "cb 1", "--amount", "10")
    assert buyer.get_balance()["balanceUsd"] == "15.60"
    compare_books(shop, "coinbase", differ=False)
    run_admin(shop, *refund, "sent from another wallet")
    compare_books(shop, "coinbase", differ=False)
    assert buyer.get_balance()["balanceUsd"] == "0.00"


@pytest.mark.promise("payments: reconcile")
def test_coinbase_is_compared_in_both_directions(
    shop: Gateway, buyer: Client, coinbase: Coinbase
) -> None:
    names = [open_usdc_checkout(buyer) for _ in range(5)]
    for name in names[:4]:
        coinbase.set_paid(name)
    report = compare_books(shop, "coinbase", "--apply", *REASON_OPTION, differ=True)
    assert list_differences(report, *names[:4]) == [("payment", "25.00", "0.00")] * 4
    assert list_outcomes(report, *names[:4]) == ["credited"] * 4
    assert buyer.get_balance()["balanceUsd"] == "104.00"
    compare_books(shop, "coinbase", differ=False)
    del coinbase.checkouts[names[0]]
    report = compare_books(shop, "coinbase", "--apply", *REASON_OPTION, differ=True)
    assert list_differences(report, names[0]) == [("payment", "0.00", "25.00")]
    assert buyer.get_balance()["balanceUsd"] == "104.00"
