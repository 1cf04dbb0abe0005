"""Redeeming a credit code in a real browser, at 390 pixels, with and without a script."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.flows.money.test_codes import make_code
from tests.gateway import Client, Gateway, serve_gateway
from tests.pages.browser import open_tab
from tests.pages.forms import expect_problem_at_button

pytestmark = pytest.mark.slow
PHONE = {"width": 390, "height": 844}
SCRIPT = pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with serve_gateway(
        tmp_path_factory.mktemp("codes") / "data", KT_PUBLIC_PER_MINUTE="100000"
    ) as one:
        yield one


@pytest.fixture
def account(shop: Gateway) -> Iterator[Client]:
    with shop.account("0") as one:
        yield one


@SCRIPT
def test_a_code_is_redeemed_on_a_phone(
    browser: Browser, shop: Gateway, account: Client, *, script: bool
) -> None:
    at_once, later = (
        make_code(shop),
        make_code(shop, "--first-purchase", "--last-day", "2099-12-31"),
    )
    cookie = shop.create_session_cookie(account.account_id)
    with open_tab(
        browser, cookie, base_url=shop.base, viewport=PHONE, java_script_enabled=script
    ) as seen:
        page = seen.page
        for typed, words in (
            (at_once["code"].lower(), "$10.00 was added."),
            (at_once["code"], "You have redeemed this code before. Nothing was added."),
            (
                later["code"],
                "The code is yours: $10.00 comes with your first purchase of $10.00 or more.",
            ),
        ):
            seen.show_page("/credits")
            page.get_by_label("Your code").fill(typed)
            page.get_by_role("button", name="Redeem", exact=True).press("Enter")
            expect(page.get_by_text(words)).to_be_visible()
        expect(
            page.get_by_text("$10.00 more with your first purchase of $10.00 or more.")
        ).to_be_visible()
        page.get_by_label("Your code").fill("no such code")
        button = page.get_by_role("button", name="Redeem", exact=True)
        button.press("Enter")
        if script:
            expect_problem_at_button(page, button, "This code cannot be redeemed")
        expect(page.get_by_text("This code cannot be redeemed")).to_be_visible()
        expect(page.get_by_label("Your code")).to_have_value("no such code")
        seen.complaints.clear()  # the 404 of the refusal
        seen.check_accessibility()
    assert account.get_balance()["balanceUsd"] == "10.00"
