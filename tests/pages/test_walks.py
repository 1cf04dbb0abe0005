"""Walks of a person through the pages in a real browser, the important ones without a script."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.gateway import Client, Gateway
from tests.pages.browser import open_tab

pytestmark = pytest.mark.slow

KEY = re.compile(r"kt_test_\w{20,}")


@pytest.fixture
def account(site: Gateway) -> Iterator[Client]:
    with site.account("5") as one:
        yield one


def expect_key_works(site: Gateway, key: str) -> bool:
    with site.client(key) as http:
        return http.get("/api/v1/balance").status_code == 200


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_key_is_made_shown_once_and_revoked(
    browser: Browser, site: Gateway, account: Client, *, script: bool
) -> None:
    cookie = site.create_session_cookie(account.account_id)
    options = {"base_url": site.base, "java_script_enabled": script}
    with open_tab(browser, cookie, **options, viewport={"width": 320, "height": 800}) as seen:
        page = seen.page
        page.goto("/keys")
        page.get_by_role("link", name="New key").click()
        name = '<img src=x onerror="alert(1)">'
        page.get_by_label("Name").fill(name)
        page.get_by_label("Per day").fill("two dollars")
        page.get_by_role("button", name="Create the key").click()
        wrong = page.get_by_label("Per day")
        expect(wrong).to_have_attribute("aria-invalid", "true")
        expect(page.get_by_label("Name")).to_have_value(name)
        wrong.fill("$2.50")
        page.get_by_role("button", name="Create the key").click()
        shown = page.locator("#made-key")
        expect(shown).to_be_visible()
        key = shown.inner_text().strip()
        assert KEY.fullmatch(key)
        assert expect_key_works(site, key)
        box = shown.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 320
        if script:
            seen.take_screenshot("keys-made-320-light")
            seen.check_accessibility()
        page.get_by_role("link", name="I have saved it").click()
        expect(page.locator("#made-key")).to_have_count(0)
        expect(page.get_by_text(name)).to_be_visible()
        expect(page.get_by_text("$0.00 of $2.50 per day")).to_be_visible()
        page.get_by_role("link", name=f"Revoke {name}").click()
        page.get_by_role("button", name="Revoke").click()
        if script:
            page.get_by_role("link", name="Done").click()
        expect(page.get_by_role("link", name=f"Revoke {name}")).to_have_count(0)
        assert not expect_key_works(site, key)
        assert not seen.complaints


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_new_code_is_offered_when_it_can_be_had(
    browser: Browser, site: Gateway, *, script: bool
) -> None:
    small = {"width": 320, "height": 800}
    with open_tab(browser, base_url=site.base, java_script_enabled=script, viewport=small) as seen:
        page = seen.page
        page.goto("/login")
        page.get_by_label("E-mail address").fill(f"waits-{script}@example.com")
        page.get_by_role("button", name="Send me a code").click()
        again = page.get_by_role("button", name="Send a new code")
        if not script:
            expect(again).to_be_enabled()
            return
        expect(again).to_be_disabled()
        expect(again).to_have_text(re.compile(r"in \d+ s"))
        seen.check_accessibility()


def test_the_theme_of_the_settings_is_that_of_every_page(
    browser: Browser, site: Gateway, account: Client
) -> None:
    cookie = site.create_session_cookie(account.account_id)
    with open_tab(browser, cookie, base_url=site.base, color_scheme="light") as seen:
        page = seen.page
        page.goto("/settings")
        page.get_by_label("Dark").check()
        expect(page.get_by_role("button", name="Theme: dark")).to_be_visible()
        page.goto("/usage")
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        assert not seen.complaints
