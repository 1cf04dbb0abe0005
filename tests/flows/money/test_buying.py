"""Buying credit by card, against the stand-in for Stripe, over the real SDK and real sockets."""

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
import stripe
from typer.testing import CliRunner

from gateway.kit.clock import DAY, HOUR
from killatamata.cli import app
from tests.fakes.stripe.client import STRIPE_KEY, STRIPE_WEBHOOK_SECRET, StripeStandIn
from tests.fakes.stripe.shop import claim_checkout, open_checkout
from tests.gateway import Client, Gateway, assert_problem, picture_input, serve_gateway

WEBHOOK = "/api/v1/webhooks/stripe"
CHECKOUT = "/api/v1/checkout/stripe"


@pytest.fixture(scope="module")
def shop(bank: StripeStandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway that sells against the stand-in, which delivers its events to nobody."""
    with serve_gateway(tmp_path_factory.mktemp("shop") / "data", **bank.settings) as one:
        yield one


@pytest.fixture
def buyer(shop: Gateway) -> Iterator[Client]:
    with shop.account("0") as account:
        yield account


def test_a_package_is_paid_on_the_hosted_page_and_claimed(
    buyer: Client, bank: StripeStandIn
) -> None:
    opened = open_checkout(buyer)
    assert (opened["priceUsd"], opened["creditUsd"], opened["bonusUsd"]) == (
        "25.00",
        "25.00",
        "1.00",
    )
    waiting = claim_checkout(buyer, opened)
    assert (waiting.status_code, waiting.json()["state"]) == (202, "open")
    page = bank.http.get(opened["checkoutUrl"])
    assert "SANDBOX, NO REAL MONEY" in page.text
    paid = bank.http.post(opened["checkoutUrl"])
    assert paid.status_code == 303
    assert paid.headers["location"].endswith(f"/credits/return?session_id={opened['sessionId']}")
    claimed = claim_checkout(buyer, opened)
    assert claimed.status_code == 200, claimed.text
    assert claimed.json()["state"] == "credited"
    assert claimed.json()["balanceUsd"] == "26.00"
    assert buyer.get_balance()["availableMicrousd"] == 26_000_000
    assert [
        (each["category"], each["remainingUsd"]) for each in buyer.get_balance()["buckets"]
    ] == [
        ("bonus", "1.00"),
        ("paid", "25.00"),
    ]


def test_a_key_of_a_checkout_names_a_new_one_after_7_days(shop: Gateway, buyer: Client) -> None:
    def asked(code: str = "studio_2500") -> httpx2.Response:
        return buyer.http.post(
            CHECKOUT, json={"packageCode": code}, headers={"X-Idempotency-Key": "monthly"}
        )

    first = asked().json()
    shop.age_rows("checkout", 7 * DAY - HOUR)
    assert asked().json()["checkoutId"] == first["checkoutId"]
    assert_problem(asked("builder_600"), 409, "idempotency_conflict")
    shop.age_rows("checkout", 2 * HOUR)
    other = asked("builder_600").json()
    assert other["checkoutId"] != first["checkoutId"]
    assert asked("builder_600").json()["checkoutId"] == other["checkoutId"]
    assert claim_checkout(buyer, first).json()["state"] == "open"


def test_events_credit_once_however_often_they_come(
    shop: Gateway, buyer: Client, bank: StripeStandIn
) -> None:
    opened = open_checkout(buyer, "builder_600")
    bank.call_control("pay", session=opened["sessionId"])
    (event,) = bank.list_event_ids(opened["sessionId"], "checkout.session.completed")
    for _ in range(3):
        sent = bank.call_control(
            "redeliver", event=event, url=f"{shop.base}{WEBHOOK}", secret=STRIPE_WEBHOOK_SECRET
        )
        assert sent == 200
    assert buyer.get_balance()["balanceUsd"] == "6.00"


def test_an_event_signed_by_nobody_we_know_is_refused(
    shop: Gateway, buyer: Client, bank: StripeStandIn
) -> None:
    opened = open_checkout(buyer)
    bank.call_control("pay", session=opened["sessionId"])
    (event,) = bank.list_event_ids(opened["sessionId"], "checkout.session.completed")
    sent = bank.call_control(
        "redeliver", event=event, url=f"{shop.base}{WEBHOOK}", secret="whsec_no"
    )
    assert sent == 400
    answer = buyer.http.post(WEBHOOK, content=b"{}")
    assert_problem(answer, 400, "webhook_signature_invalid")
    assert "an event of stripe was refused: no secret of ours signed it" in shop.read_log()
    assert buyer.get_balance()["balanceUsd"] == "0.00"


def test_an_event_of_more_than_256_kib_is_refused(buyer: Client) -> None:
    assert_problem(
        buyer.http.post(WEBHOOK, content=b" " * (256 * 1024 + 1)), 413, "payload_too_large"
    )
    most = buyer.http.post(WEBHOOK, content=b" " * 256 * 1024)
    assert_problem(most, 400, "webhook_signature_invalid")


@pytest.mark.parametrize("shift", [-301, 400])
def test_an_event_from_the_past_or_the_future_is_refused(
    shop: Gateway, buyer: Client, bank: StripeStandIn, shift: int
) -> None:
    opened = open_checkout(buyer)
    bank.call_control("pay", session=opened["sessionId"])
    (event,) = bank.list_event_ids(opened["sessionId"], "checkout.session.completed")
    at = int(time.time()) + shift
    url = f"{shop.base}{WEBHOOK}"
    sent = bank.call_control(
        "redeliver", event=event, url=url, secret=STRIPE_WEBHOOK_SECRET, timestamp=at
    )
    assert sent == 400
    assert f"refused: signed at {at}, more than 300 s from now" in shop.read_log()
    assert buyer.get_balance()["balanceUsd"] == "0.00"


def test_an_old_event_is_not_made_fresh_by_a_second_time(
    shop: Gateway, buyer: Client, bank: StripeStandIn
) -> None:
    opened = open_checkout(buyer)
    bank.call_control("pay", session=opened["sessionId"])
    (event,) = bank.list_event_ids(opened["sessionId"], "checkout.session.completed")
    body = bank.http.get(
        f"/v1/events/{event}", headers={"Authorization": f"Bearer {STRIPE_KEY}"}
    ).text
    now = int(time.time())
    old = stripe.WebhookSignature.generate_signature_header(body, STRIPE_WEBHOOK_SECRET, now - 301)
    for signature in (f"{old},t={now}", f"{old},t={now}=x"):
        answer = buyer.http.post(WEBHOOK, content=body, headers={"Stripe-Signature": signature})
        assert_problem(answer, 400, "webhook_signature_invalid")
    assert buyer.get_balance()["balanceUsd"] == "0.00"


def test_a_live_event_with_the_secret_of_test_mode_is_refused(
    shop: Gateway, buyer: Client, bank: StripeStandIn
) -> None:
    opened = open_checkout(buyer)
    bank.call_control("pay", session=opened["sessionId"])
    (event,) = bank.list_event_ids(opened["sessionId"], "checkout.session.completed")
    bank.call_control("alter", kind="event", id=event, livemode=True)
    assert deliver_event(bank, shop, event) == 400
    assert "refused: livemode True with a secret of the test book" in shop.read_log()
    assert buyer.get_balance()["balanceUsd"] == "0.00"


def deliver_event(bank: StripeStandIn, shop: Gateway, event: str) -> int:
    url = f"{shop.base}{WEBHOOK}"
    status: int = bank.call_control("redeliver", event=event, url=url, secret=STRIPE_WEBHOOK_SECRET)
    return status


@pytest.mark.parametrize("wrong", [{"amount_total": 1}, {"currency": "eur"}])
def test_another_amount_or_currency_waits_for_the_operator(
    shop: Gateway, buyer: Client, bank: StripeStandIn, wrong: dict[str, Any]
) -> None:
    opened = open_checkout(buyer)
    bank.call_control("pay", session=opened["sessionId"])
    bank.call_control("alter", kind="session", id=opened["sessionId"], **wrong)
    claimed = claim_checkout(buyer, opened)
    assert (claimed.status_code, claimed.json()["state"]) == (200, "review")
    assert buyer.get_balance()["balanceUsd"] == "0.00"


def test_a_refund_heard_before_the_purchase_ends_at_the_right_balance(
    shop: Gateway, buyer: Client, bank: StripeStandIn
) -> None:
    opened = open_checkout(buyer)
    intent = bank.call_control("pay", session=opened["sessionId"])
    refund = bank.call_control("refund", intent=intent, amount=1_250)
    (event,) = bank.list_event_ids(refund, "refund.created")
    assert deliver_event(bank, shop, event) == 200
    assert buyer.get_balance()["balanceUsd"] == "13.00"
    (paid,) = bank.list_event_ids(opened["sessionId"], "checkout.session.completed")
    assert deliver_event(bank, shop, paid) == 200
    assert buyer.get_balance()["balanceUsd"] == "13.00"
    bank.call_control("fail_refund", refund=refund)
    (event,) = bank.list_event_ids(refund, "refund.failed")
    assert deliver_event(bank, shop, event) == 200
    assert buyer.get_balance()["balanceUsd"] == "26.00"


def test_a_dispute_stops_spending_and_a_won_one_lets_go(
    shop: Gateway, buyer: Client, bank: StripeStandIn
) -> None:
    opened = open_checkout(buyer)
    intent = bank.call_control("pay", session=opened["sessionId"])
    claim_checkout(buyer, opened)
    assert buyer.submit("image.generate", picture_input(), wait=30).status_code in {200, 202}
    left = buyer.get_balance()["balanceMicrousd"]
    dispute = bank.call_control("dispute", intent=intent)
    for kind in ("created", "funds_withdrawn"):
        assert (
            deliver_event(bank, shop, bank.list_event_ids(dispute, f"charge.dispute.{kind}")[0])
            == 200
        )
    assert buyer.get_balance()["balanceMicrousd"] == left - 26_000_000
    assert_problem(buyer.submit("image.generate", picture_input()), 403, "account_frozen")
    bank.call_control("close_dispute", dispute=dispute, won=True)
    assert (
        deliver_event(bank, shop, bank.list_event_ids(dispute, "charge.dispute.closed")[0]) == 200
    )
    assert buyer.get_balance()["balanceMicrousd"] == left
    assert buyer.submit("image.generate", picture_input()).status_code == 202
    assert shop.list_findings() == []


def test_the_receipt_says_test_and_belongs_to_its_buyer(
    shop: Gateway, buyer: Client, bank: StripeStandIn
) -> None:
    opened = open_checkout(buyer, "pocket_100", email="ann@example.com")
    bank.call_control("pay", session=opened["sessionId"])
    purchase = claim_checkout(buyer, opened).json()["purchaseId"]
    query = {"purchaseId": purchase}
    receipt = buyer.http.get("/api/v1/purchases/receipt", params=query).json()
    assert (receipt["totalUsd"], receipt["taxUsd"], receipt["livemode"]) == ("1.00", "0.00", False)
    assert receipt["note"].startswith("TEST")
    assert receipt["buyerEmail"] == "ann@example.com"
    with shop.account("0") as stranger:
        answer = stranger.http.get("/api/v1/purchases/receipt", params=query)
        assert_problem(answer, 404, "not_found")
        assert_problem(claim_checkout(stranger, opened), 404, "not_found")


def test_the_same_idempotency_key_opens_one_checkout(buyer: Client, bank: StripeStandIn) -> None:
    headers = {"X-Idempotency-Key": "buy-1"}
    bank.call_control("fail", calls=9)
    first = buyer.http.post(CHECKOUT, json={"packageCode": "pocket_100"}, headers=headers)
    assert_problem(first, 502, "payment_provider_error")
    bank.call_control("fail")
    opened = [
        buyer.http.post(CHECKOUT, json={"packageCode": "pocket_100"}, headers=headers)
        for _ in range(2)
    ]
    assert opened[0].content == opened[1].content
    other = buyer.http.post(CHECKOUT, json={"packageCode": "starter_200"}, headers=headers)
    assert_problem(other, 409, "idempotency_conflict")


def test_while_stripe_is_away_events_come_again_and_claims_say_so(
    shop: Gateway, buyer: Client, bank: StripeStandIn
) -> None:
    opened = open_checkout(buyer, "pocket_100")
    bank.call_control("pay", session=opened["sessionId"])
    (event,) = bank.list_event_ids(opened["sessionId"], "checkout.session.completed")
    body = bank.get_object(f"/v1/events/{event}")
    bank.call_control("fail", calls=99)
    text = json.dumps(body)
    signed = stripe.WebhookSignature.generate_signature_header(text, STRIPE_WEBHOOK_SECRET)
    answer = buyer.http.post(WEBHOOK, content=text, headers={"Stripe-Signature": signed})
    assert_problem(answer, 503, "not_ready")
    assert answer.headers["retry-after"]
    assert_problem(claim_checkout(buyer, opened), 502, "payment_provider_error")
    bank.call_control("fail")
    assert buyer.get_balance()["balanceUsd"] == "0.00"
    assert deliver_event(bank, shop, event) == 200
    assert buyer.get_balance()["balanceUsd"] == "1.00"


def test_a_stripe_that_is_busy_is_asked_again(buyer: Client, bank: StripeStandIn) -> None:
    bank.call_control("fail", calls=2, status=429)
    opened = open_checkout(buyer, "pocket_100")
    bank.call_control("pay", session=opened["sessionId"])
    bank.call_control("fail", calls=2, status=429)
    assert claim_checkout(buyer, opened).json()["state"] == "credited"


@pytest.mark.slow
def test_a_stripe_that_hangs_is_answered_within_ten_seconds(
    buyer: Client, bank: StripeStandIn
) -> None:
    order: dict[str, Any] = {
        "json": {"packageCode": "pocket_100"},
        "headers": {"X-Idempotency-Key": "patient"},
    }
    bank.call_control("silent", on=True)
    begun = time.monotonic()
    told = assert_problem(buyer.http.post(CHECKOUT, **order), 502, "payment_provider_error")
    seconds = time.monotonic() - begun
    bank.call_control("silent", on=False)
    assert seconds < 10
    assert (told["retryable"], "does not answer" in told["detail"]) == (True, True)
    assert buyer.http.post(CHECKOUT, **order).status_code == 201


def test_who_the_operator_stopped_opens_no_checkout(shop: Gateway, buyer: Client) -> None:
    words = ("admin", "account", "freeze", buyer.account_id, "--reason", "fraud")
    assert shop.run_command(*words).returncode == 0
    answer = buyer.http.post(CHECKOUT, json={"packageCode": "pocket_100"})
    assert_problem(answer, 403, "account_frozen")


def test_what_cannot_be_bought_is_refused(buyer: Client, gateway: Gateway) -> None:
    answer = buyer.http.post(CHECKOUT, json={"packageCode": "nothing_here"})
    assert_problem(answer, 422, "unknown_package")
    for path in ("//evil.example", "https://evil.example", "/\\evil", "credits"):
        body = {"packageCode": "pocket_100", "returnPath": path}
        assert_problem(buyer.http.post(CHECKOUT, json=body), 422, "invalid_input")
    with gateway.account("0") as poor:
        answer = poor.http.post(CHECKOUT, json={"packageCode": "pocket_100"})
        assert_problem(answer, 503, "payment_method_unavailable")


def test_the_packages_say_honestly_how_they_can_be_paid(buyer: Client, gateway: Gateway) -> None:
    def methods(client: Client, mode: str) -> object:
        answer = client.http.get("/api/v1/packages", params={"mode": mode})
        assert (
            client.http.get(
                "/api/v1/packages",
                params={"mode": mode},
                headers={"If-None-Match": answer.headers["etag"]},
            ).status_code
            == 304
        )
        return answer.json()["methods"]["stripe"]["enabled"]

    with gateway.account("0") as other:
        assert [methods(buyer, "test"), methods(buyer, "live"), methods(other, "test")] == [
            True,
            False,
            False,
        ]


def test_the_command_line_opens_the_payment_page_and_waits_for_the_credit(
    buyer: Client, shop: Gateway, bank: StripeStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("killatamata.cli.account.can_ask", lambda: True)
    monkeypatch.setattr("webbrowser.open", lambda url: bank.http.post(url).is_redirect)
    monkeypatch.setenv("KT_API_KEY", buyer.key)
    monkeypatch.setenv("KT_API_BASE", shop.base)
    packages = CliRunner().invoke(app, ["packages"])
    assert "starter_200" in packages.stdout
    bought = CliRunner().invoke(app, ["buy", "starter_200"])
    assert bought.stdout == "credited: $2.00 credited, balance $2.00\n", bought.output
    left_open = CliRunner().invoke(app, ["buy", "starter_200", "--no-browser", "--timeout", "0"])
    assert left_open.exit_code == 6
