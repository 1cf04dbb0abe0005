"""A page of another site can do nothing to the stand-in for Stripe that `serve --dev` starts."""

from collections.abc import Iterator

import pytest

from tests.fakes.stripe.client import STRIPE_KEY, StripeStandIn, serve_stripe

EVIL = "https://evil.example"
CHECKOUT = {
    "mode": "payment",
    "success_url": "http://127.0.0.1/done",
    "line_items[0][quantity]": "1",
    "line_items[0][price_data][unit_amount]": "600",
    "line_items[0][price_data][currency]": "usd",
    "line_items[0][price_data][product_data][name]": "Builder",
}


@pytest.fixture(scope="module")
def bank() -> Iterator[StripeStandIn]:
    with serve_stripe(controls=False) as one:
        yield one


def test_it_takes_no_controls_of_tests_unless_started_with_them(bank: StripeStandIn) -> None:
    assert bank.http.post("/_test/deliveries", json={}).status_code == 404


@pytest.mark.parametrize("host", ["evil.example:80", "127.0.0.1.evil.example", "10.0.0.1", ""])
def test_a_name_that_was_turned_to_this_machine_is_refused(bank: StripeStandIn, host: str) -> None:
    for path in ("/c/pay/cs_test_1", "/v1/events", "/nothing"):
        assert bank.http.get(path, headers={"Host": host}).status_code == 400
    port = bank.base.rpartition(":")[2]
    local = bank.http.get("/c/pay/cs_test_1", headers={"Host": f"localhost:{port}"})
    assert "no such payment" in local.text


def test_only_its_own_page_pays(bank: StripeStandIn) -> None:
    key = {"Authorization": f"Bearer {STRIPE_KEY}"}
    opened = bank.http.post("/v1/checkout/sessions", data=CHECKOUT, headers=key).json()
    for origin in (EVIL, "null", "http://127.0.0.1:1"):
        refused = bank.http.post(opened["url"], headers={"Origin": origin})
        assert refused.status_code == 403
    session = f"/v1/checkout/sessions/{opened['id']}"
    assert bank.get_object(session)["payment_status"] == "unpaid"
    assert bank.http.post(opened["url"], headers={"Origin": bank.base}).status_code == 303
    assert bank.get_object(session)["payment_status"] == "paid"
