"""Auto top-up through the front door: a person sets it up, and no key, app or agent can."""

import re
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from gateway.identity.keys.keys import SCOPES
from gateway.kit.clock import HOUR
from gateway.operator.payments import open_shop
from gateway.payments.top_ups import sweeps
from gateway.payments.top_ups.rules import TopUps
from tests.admin_commands import REASON_OPTION, run_admin_json
from tests.fakes.stripe.client import StripeStandIn
from tests.flows.oauth_apps import read_form_fields
from tests.flows.operators.test_admin_pages import open_operator_browser
from tests.gateway import Client, Gateway, assert_problem, serve_gateway

TOP_UP = "/api/v1/top-up"
TERMS = {"thresholdUsd": "5.00", "packageCode": "builder_600", "monthlyMaximum": "20.00"}


@pytest.fixture(scope="module")
def shop(bank: StripeStandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with serve_gateway(tmp_path_factory.mktemp("shop") / "data", **bank.settings) as one:
        yield one


@pytest.fixture
def buyer(shop: Gateway) -> Iterator[Client]:
    with shop.account("0") as account:
        yield account


@pytest.fixture
def page(shop: Gateway, buyer: Client) -> Iterator[httpx2.Client]:
    """The browser of a person who has just signed in."""
    with shop.browser(buyer.account_id) as one:
        yield one


def save_card(page: httpx2.Client, bank: StripeStandIn, **changes: str) -> dict[str, Any]:
    """Save a card on the page of Stripe and come back."""
    opened = page.post(f"{TOP_UP}/card", json=TERMS | changes)
    assert opened.status_code == 201, opened.text
    session_id = opened.json()["sessionId"]
    assert page.post(f"{TOP_UP}/claim", json={"sessionId": session_id}).json()["card"] is None
    bank.call_control("pay", session=session_id, card="4242424242424242")
    claimed = page.post(f"{TOP_UP}/claim", json={"sessionId": session_id})
    assert claimed.status_code == 200, claimed.text
    body: dict[str, Any] = claimed.json()
    return body | {"sessionId": session_id}


def sweep(shop: Gateway) -> None:
    """Start what is due now, as the gateway does each few seconds."""

    async def work() -> None:
        async with open_shop(shop.data_dir) as opened:
            top_ups = TopUps(shop=opened, is_enabled=True)
            await sweeps.start_due_top_ups(top_ups)
            await sweeps.advance_due_top_ups(top_ups)
            await sweeps.forget_removed_cards(top_ups)

    shop.run_as_operator(work)


@pytest.mark.promise("top-up: charged-once")
def test_a_person_saves_a_card_once_and_low_credit_is_topped_up(
    shop: Gateway, bank: StripeStandIn, buyer: Client, page: httpx2.Client
) -> None:
    claimed = save_card(page, bank)
    assert (claimed["state"], claimed["card"]["last4"]) == ("on", "4242")
    sweep(shop)
    assert buyer.get_balance()["balanceUsd"] == "6.00"
    now = buyer.http.get(TOP_UP).json()
    assert (now["state"], now["chargedThisMonth"], now["inFlight"]) == ("on", "6.00", None)
    (charged,) = buyer.http.get(f"{TOP_UP}/attempts").json()["data"]
    assert (charged["state"], charged["amount"]) == ("credited", "6.00")
    (bought,) = buyer.http.get("/api/v1/purchases").json()["data"]
    assert (bought["provider"], bought["priceUsd"]) == ("stripe", "6.00")
    # The link of the page to save a card turns nothing on again.
    assert page.delete(TOP_UP).json()["state"] == "off"
    again = page.post(f"{TOP_UP}/claim", json={"sessionId": claimed["sessionId"]}).json()
    assert (again["state"], again["card"]) == ("off", None)
    assert shop.list_findings() == []


@pytest.mark.promise("top-up: forgotten-customer")
def test_a_card_is_saved_for_a_new_customer_if_stripe_forgot_the_old_one(
    page: httpx2.Client, bank: StripeStandIn
) -> None:
    saved = save_card(page, bank)["sessionId"]
    former = bank.get_object(f"/v1/checkout/sessions/{saved}")["customer"]
    bank.call_control("forget", kind="customer", id=former)
    opened = page.post(f"{TOP_UP}/card", json=TERMS)
    assert opened.status_code == 201, opened.text
    session = bank.get_object(f"/v1/checkout/sessions/{opened.json()['sessionId']}")
    assert session["customer"] not in {None, former}


@pytest.mark.promise("top-up: people-only")
def test_no_key_however_powerful_sets_it_up_or_raises_it(
    bank: StripeStandIn, buyer: Client, page: httpx2.Client
) -> None:
    save_card(page, bank)
    made = page.post("/api/v1/keys", json={"label": "all", "scopes": SCOPES})
    assert made.status_code == 201, made.text
    key = {"Authorization": f"Bearer {made.json()['apiKey']}"}
    raised = TERMS | {"monthlyMaximum": "9000.00"}
    tries = [
        ("PUT", TOP_UP, raised),
        ("DELETE", TOP_UP, None),
        ("POST", f"{TOP_UP}/card", raised),
        ("POST", f"{TOP_UP}/claim", {"sessionId": "cs_1"}),
    ]
    for method, path, body in tries:
        answer = buyer.http.request(method, path, json=body, headers=key)
        assert answer.status_code in {401, 403}, (method, path, answer.text)
    assert buyer.http.get(TOP_UP, headers=key).json()["monthlyMaximum"] == "20.00"
    limited = page.post("/api/v1/keys", json={"label": "media", "scopes": ["media"]}).json()
    reading = buyer.http.get(TOP_UP, headers={"Authorization": f"Bearer {limited['apiKey']}"})
    assert_problem(reading, 403, "scope_denied")


@pytest.mark.promise("top-up: people-only")
def test_no_tool_of_mcp_and_no_route_of_the_openai_door_changes_it(shop: Gateway) -> None:
    with shop.client() as http:
        document = http.get("/openapi.json").json()
        for path, calls in document["paths"].items():
            for method, call in calls.items():
                if "top-up" in path and method != "get":
                    assert "x-mcp" not in call, path
                    assert call["security"] == [{"BrowserSession": []}], path
                assert not path.startswith("/v1/") or "top-up" not in path
        listed = http.get("/.well-known/oauth-authorization-server").json()
        assert not [scope for scope in listed["scopes_supported"] if "top" in scope]


@pytest.mark.promise("top-up: people-only")
def test_an_old_session_lowers_it_and_turns_it_off_but_raises_nothing(
    shop: Gateway, bank: StripeStandIn, page: httpx2.Client
) -> None:
    save_card(page, bank)
    shop.age_rows("browser_session", HOUR)
    for more in (
        {"monthlyMaximum": "20.01"},
        {"thresholdUsd": "5.01"},
        {"packageCode": "studio_2500", "monthlyMaximum": "25.00"},
    ):
        assert_problem(page.put(TOP_UP, json=TERMS | more), 403, "fresh_sign_in_required")
    assert_problem(page.post(f"{TOP_UP}/card", json=TERMS), 403, "fresh_sign_in_required")
    less = page.put(TOP_UP, json=TERMS | {"thresholdUsd": "1.00", "monthlyMaximum": "12.00"})
    assert less.json()["monthlyMaximum"] == "12.00"
    off = page.delete(TOP_UP).json()
    assert (off["state"], off["offReason"], off["card"]) == ("off", "person", None)


def test_terms_that_do_not_fit_the_package_are_refused(
    bank: StripeStandIn, page: httpx2.Client
) -> None:
    assert_problem(page.put(TOP_UP, json=TERMS), 409, "card_not_saved")
    save_card(page, bank)
    for wrong, code in (
        ({"thresholdUsd": "6.01"}, "invalid_input"),
        ({"monthlyMaximum": "5.99"}, "invalid_input"),
        ({"monthlyMaximum": "0"}, "invalid_input"),
        ({"packageCode": "no_such"}, "unknown_package"),
        ({"currency": "xyz"}, "unknown_package"),
    ):
        assert_problem(page.put(TOP_UP, json=TERMS | wrong), 422, code)


def test_the_card_of_another_person_is_not_found(
    shop: Gateway, bank: StripeStandIn, page: httpx2.Client
) -> None:
    claimed = save_card(page, bank)
    with shop.account("0") as eve, shop.browser(eve.account_id) as other:
        stolen = other.post(f"{TOP_UP}/claim", json={"sessionId": claimed["sessionId"]})
        assert_problem(stolen, 404, "not_found")


def test_a_person_turns_it_on_and_off_on_the_page_of_credit(
    bank: StripeStandIn, page: httpx2.Client
) -> None:
    shown = page.get("/credits").text
    assert "Save a card and turn on" in shown
    form = read_section_form(shown) | TERMS
    sent = page.post("/credits/top-up?mode=test", data=form)
    assert sent.status_code == 303, sent.text
    session_id = re.search(r"cs_test_\w+", sent.headers["location"])
    assert session_id is not None
    bank.call_control("pay", session=session_id[0], card="4242424242424242")
    back = page.get(f"/credits/top-up/return?mode=test&session_id={session_id[0]}")
    assert back.headers["location"].endswith("#top-up")
    shown = page.get("/credits").text
    assert "ending in 4242 is charged, at most $20.00 a month" in shown
    wrong = page.post("/credits/top-up?mode=test", data=form | {"monthlyMaximum": "1"})
    assert "must be at least the price of the package" in wrong.text
    off = page.post("/credits/top-up/off?mode=test", data=form)
    assert off.status_code == 303
    assert "Save a card and turn on" in page.get("/credits").text


def read_section_form(text: str) -> dict[str, str]:
    """Read the hidden fields of the section's first form."""
    return read_form_fields(text[text.index('id="top-up"') :])


def test_an_operator_lists_shows_and_stops_one(
    shop: Gateway, bank: StripeStandIn, buyer: Client, page: httpx2.Client
) -> None:
    save_card(page, bank)
    listed = run_admin_json(shop, "topup", "list")
    (row,) = [each for each in listed if each["accountId"] == buyer.account_id]
    assert (row["state"], row["monthlyMaximum"], row["card"]) == ("on", "20.00", "visa 4242")
    shown = run_admin_json(shop, "account", "show", buyer.account_id)
    charged = {"chargedThisMonth": "6.00"}  # a top-up may come between the two commands
    assert [each | charged for each in shown["topUps"]] == [row | charged]
    with open_operator_browser(shop) as (operator, _):
        seen = operator.get(f"/admin/accounts/{buyer.account_id}").text
        assert "visa 4242" in seen
        assert f"/admin/act/topup.stop?target={buyer.account_id}&amp;book=test" in seen
    stop = ("topup", "stop", buyer.account_id, "--mode", "test", *REASON_OPTION)
    assert run_admin_json(shop, *stop, "--dry-run")["rows"]
    assert run_admin_json(shop, *stop)["changed"] is True
    (rule,) = run_admin_json(shop, "topup", "show", buyer.account_id)["rules"]
    assert (rule["state"], rule["offReason"], rule["card"]) == ("off", "operator", None)
    assert_problem(page.post(f"{TOP_UP}/card", json=TERMS), 403, "top_up_stopped")
    assert_problem(page.put(TOP_UP, json=TERMS), 403, "top_up_stopped")
    assert "Please ask them why." in page.get("/credits").text
    release = ("topup", "release", buyer.account_id, "--mode", "test", *REASON_OPTION)
    assert run_admin_json(shop, *release)["changed"] is True
    assert run_admin_json(shop, *release)["changed"] is False
    assert save_card(page, bank)["state"] == "on"
    audited = [
        (each["action"], each["actor"].partition(" ")[0])
        for each in run_admin_json(shop, "audit", "list", "--about", buyer.account_id)
        if each["action"].partition(".")[0] in {"topup", "card"}
    ]
    on = [("topup.on", "session"), ("card.save", "session"), ("topup.ask", "session")]
    assert audited == [*on, ("topup.release", "operator"), ("topup.stop", "operator"), *on]


def test_closing_the_account_ends_it_and_stripe_forgets_the_card(
    shop: Gateway, bank: StripeStandIn, buyer: Client, page: httpx2.Client
) -> None:
    session_id = save_card(page, bank, monthlyMaximum="6.00")["sessionId"]
    expanded = f"/v1/checkout/sessions/{session_id}?expand[]=setup_intent"
    card = bank.get_object(expanded)["setup_intent"]["payment_method"]
    assert bank.get_object(f"/v1/payment_methods/{card}")["customer"] is not None
    closed = page.post("/api/v1/account/close", json={"forfeitUsd": "0.00"})
    assert closed.status_code == 200, closed.text
    sweep(shop)
    (rule,) = run_admin_json(shop, "topup", "show", buyer.account_id)["rules"]
    assert (rule["state"], rule["offReason"]) == ("off", "closed")
    assert bank.get_object(f"/v1/payment_methods/{card}")["customer"] is None
    assert shop.list_findings() == []
