"""Cards saved while buying, and pages that the browser never came back from."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from gateway.kit.clock import HOUR, MINUTE
from gateway.operator.payments import open_shop
from gateway.payments.tables import CardSetup
from gateway.payments.top_ups import sweeps
from gateway.payments.top_ups.rules import TopUps
from tests.admin_commands import REASON_OPTION, run_admin_json
from tests.fakes.stripe.client import StripeStandIn
from tests.flows.money.test_top_up import TERMS, TOP_UP, save_card
from tests.gateway import Client, Gateway, assert_problem, serve_gateway

BUY = {"packageCode": "builder_600", "saveCard": True}


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
    with shop.browser(buyer.account_id) as one:
        yield one


def sweep(shop: Gateway, age: int = MINUTE) -> None:
    """Read the pages that were opened so long ago, and let Stripe forget cards."""
    shop.age_rows("card_setup", age, column="next_look_at")

    async def work() -> None:
        async with open_shop(shop.data_dir) as opened:
            top_ups = TopUps(shop=opened, is_enabled=True)
            await sweeps.look_at_due_pages(top_ups)
            await sweeps.forget_removed_cards(top_ups)

    shop.run_as_operator(work)


def buy(page: httpx2.Client, bank: StripeStandIn, card: str = "4242424242424242") -> str:
    """Buy a package on the page of Stripe and save the card; the browser does not come back."""
    opened = page.post("/api/v1/checkout/stripe", json=BUY)
    assert opened.status_code == 201, opened.text
    session: str = opened.json()["sessionId"]
    bank.call_control("pay", session=session, card=card)
    return session


def list_cards(bank: StripeStandIn, buyer: Client) -> list[dict[str, Any]]:
    """List the cards that Stripe keeps for a buyer."""
    customers = {
        each["id"]
        for each in bank.call_control("objects", kind="customer")
        if each["metadata"].get("account_id") == buyer.account_id
    }
    methods = bank.call_control("objects", kind="payment_method")
    return [each for each in methods if each["customer"] in customers]


@pytest.mark.promise("top-up: saved-while-buying")
def test_a_card_saved_while_buying_can_be_charged_later(
    shop: Gateway, bank: StripeStandIn, buyer: Client, page: httpx2.Client
) -> None:
    session = buy(page, bank, card="4000002500003155")  # its bank asks, unless it was saved
    claimed = page.post("/api/v1/claim/stripe", json={"sessionId": session})
    assert claimed.json()["state"] == "credited"
    sweep(shop)
    now = buyer.http.get(TOP_UP).json()
    assert (now["state"], now["card"]["last4"]) == ("off", "3155")
    turned_on = page.put(TOP_UP, json=TERMS | {"thresholdUsd": "6.00"})
    assert turned_on.json()["state"] == "on"
    intents = bank.call_control("objects", kind="payment_intent")
    assert [each["setup_future_usage"] for each in intents if each["customer"]] == ["off_session"]
    assert shop.list_findings() == []


def test_a_card_saved_while_buying_is_the_cards_at_once_when_the_browser_returns(
    bank: StripeStandIn, buyer: Client, page: httpx2.Client
) -> None:
    session = buy(page, bank)
    saved = page.post(f"{TOP_UP}/claim", json={"sessionId": session}).json()
    assert (saved["state"], saved["card"]["last4"]) == ("off", "4242")


@pytest.mark.promise("top-up: people-only")
def test_no_key_saves_a_card(buyer: Client) -> None:
    refused = buyer.http.post("/api/v1/checkout/stripe", json=BUY)
    assert_problem(refused, 403, "session_required")


def test_a_mere_purchase_saves_no_card(
    shop: Gateway, bank: StripeStandIn, buyer: Client, page: httpx2.Client
) -> None:
    opened = page.post("/api/v1/checkout/stripe", json={"packageCode": "builder_600"}).json()
    bank.call_control("pay", session=opened["sessionId"], card="4242424242424242")
    now = page.post(f"{TOP_UP}/claim", json={"sessionId": opened["sessionId"]}).json()
    assert now["card"] is None
    sweep(shop)
    assert buyer.http.get(TOP_UP).json()["card"] is None
    assert list_cards(bank, buyer) == []


@pytest.mark.promise("top-up: no-stray-card")
def test_a_card_saved_on_a_page_that_was_closed_turns_auto_top_up_on(
    shop: Gateway, bank: StripeStandIn, buyer: Client, page: httpx2.Client
) -> None:
    opened = page.post(f"{TOP_UP}/card", json=TERMS).json()["sessionId"]
    sweep(shop)
    assert buyer.http.get(TOP_UP).json()["card"] is None
    bank.call_control("pay", session=opened, card="4242424242424242")
    sweep(shop)
    now = buyer.http.get(TOP_UP).json()
    assert (now["state"], now["card"]["last4"]) == ("on", "4242")
    # The page has had its effect: a late return turns nothing on again.
    page.delete(TOP_UP)
    assert page.post(f"{TOP_UP}/claim", json={"sessionId": opened}).json()["state"] == "off"


@pytest.mark.promise("top-up: no-stray-card")
def test_a_card_saved_for_an_account_that_was_closed_is_forgotten(
    shop: Gateway, bank: StripeStandIn, buyer: Client, page: httpx2.Client
) -> None:
    opened = page.post(f"{TOP_UP}/card", json=TERMS).json()["sessionId"]
    closed = page.post("/api/v1/account/close", json={"forfeitUsd": "0.00"})
    assert closed.status_code == 200, closed.text
    bank.call_control("pay", session=opened, card="4242424242424242")
    assert list_cards(bank, buyer)
    sweep(shop)
    sweep(shop)
    assert list_cards(bank, buyer) == []


@pytest.mark.promise("top-up: no-stray-card")
@pytest.mark.parametrize("before", ["never on", "off", "on"])
def test_a_card_that_arrives_after_it_was_turned_off_turns_nothing_on(
    shop: Gateway, bank: StripeStandIn, buyer: Client, page: httpx2.Client, before: str
) -> None:
    if before != "never on":
        save_card(page, bank)
    if before == "off":
        page.delete(TOP_UP)
    opened = page.post(f"{TOP_UP}/card", json=TERMS).json()["sessionId"]
    bank.call_control("pay", session=opened, card="4242424242424242")
    bought = buy(page, bank, card="5555555555554444")
    assert page.delete(TOP_UP).json()["state"] == "off"
    claimed = page.post("/api/v1/claim/stripe", json={"sessionId": bought})
    assert claimed.json()["state"] == "credited"
    sweep(shop)
    sweep(shop)
    now = page.post(f"{TOP_UP}/claim", json={"sessionId": opened}).json()
    assert (now["state"], now["card"]) == ("off", None)
    assert list_cards(bank, buyer) == []
    assert save_card(page, bank)["state"] == "on"


@pytest.mark.promise("top-up: no-stray-card")
def test_a_card_that_arrives_after_an_operator_stopped_it_turns_nothing_on(
    shop: Gateway, bank: StripeStandIn, buyer: Client, page: httpx2.Client
) -> None:
    opened = page.post(f"{TOP_UP}/card", json=TERMS).json()["sessionId"]
    bank.call_control("pay", session=opened, card="4242424242424242")
    stop = ("topup", "stop", buyer.account_id, "--mode", "test", *REASON_OPTION)
    assert run_admin_json(shop, *stop)["changed"] is True
    assert run_admin_json(shop, *stop)["changed"] is False
    sweep(shop)
    sweep(shop)
    now = buyer.http.get(TOP_UP).json()
    assert (now["state"], now["card"]) == ("off", None)
    assert list_cards(bank, buyer) == []


def test_a_page_that_ran_out_is_read_no_more(
    shop: Gateway, bank: StripeStandIn, page: httpx2.Client
) -> None:
    opened = page.post(f"{TOP_UP}/card", json=TERMS).json()["sessionId"]
    bank.call_control("expire", session=opened)
    sweep(shop, HOUR)

    async def count_open_pages() -> int:
        async with open_shop(shop.data_dir) as opened_shop, opened_shop.database.read() as snapshot:
            page_open = CardSetup.session_id == opened, CardSetup.used_at.is_(None)
            return len((await snapshot.scalars(select(CardSetup).where(*page_open))).all())

    assert shop.run_as_operator(count_open_pages) == 0
