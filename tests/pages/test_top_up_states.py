"""Auto top-up on the page of credit in a real browser: a card saved while buying, euros, a stop."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.admin_commands import REASON_OPTION, run_admin_json
from tests.fakes.stripe.client import StripeStandIn, serve_stripe
from tests.flows.money.histories.selling import PACKAGES
from tests.gateway import Client, Gateway, serve_gateway
from tests.pages.browser import open_tab
from tests.pages.test_paying import LONG, press_button

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def bank() -> Iterator[StripeStandIn]:
    with serve_stripe() as one:
        yield one


@pytest.fixture(scope="module")
def shop(bank: StripeStandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway whose packages have prices in several currencies."""
    folder = tmp_path_factory.mktemp("shop")
    packages = folder / "packages.json"
    packages.write_text(json.dumps(PACKAGES))
    with serve_gateway(folder / "data", KT_PACKAGES=str(packages), **bank.settings) as one:
        yield one


@pytest.fixture
def account(shop: Gateway) -> Iterator[Client]:
    with shop.account("0") as one:
        yield one


@pytest.mark.promise("top-up: saved-while-buying")
@pytest.mark.parametrize("width", [1280, 390])
def test_a_card_saved_while_buying_pays_for_top_ups_in_euros_until_an_operator_stops_them(
    browser: Browser, shop: Gateway, account: Client, width: int
) -> None:
    cookie = shop.create_session_cookie(account.account_id)
    size = {"width": width, "height": 900}
    with open_tab(browser, cookie, base_url=shop.base, viewport=size) as seen:
        page = seen.page
        main = page.get_by_role("main")
        page.goto("/credits?currency=eur")
        seen.check_accessibility()
        seen.take_screenshot(f"top-up-buying-{width}")
        page.get_by_label("Save this card for auto top-up").first.check()
        press_button(page, "Pay €5.49 by card: Builder")
        press_button(page, "Pay with the test card")
        expect(main).to_contain_text("is saved", timeout=LONG)
        seen.check_accessibility()
        seen.take_screenshot(f"top-up-bought-{width}")
        page.get_by_role("link", name="Turn on auto top-up").click()
        seen.take_screenshot(f"top-up-saved-{width}")
        page.get_by_label("Currency to pay in").select_option("eur")
        page.get_by_label("Charge when less than this is available").fill("1")
        page.get_by_label("At most this much a month").fill("20")
        press_button(page, "Turn on auto top-up")
        expect(main).to_contain_text("at most €20.00 a month", timeout=LONG)
        seen.check_accessibility()
        seen.take_screenshot(f"top-up-euros-{width}")
        stop = ("topup", "stop", account.account_id, "--mode", "test", *REASON_OPTION)
        run_admin_json(shop, *stop)
        page.reload()
        expect(main).to_contain_text("The operator of this gateway stopped it.")
        seen.check_accessibility()
        seen.take_screenshot(f"top-up-stopped-{width}")
        assert not seen.complaints
