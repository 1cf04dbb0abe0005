"""The shell in a browser: the bar of a phone, the search, toasts, and a sign-in in place."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.gateway import Client, Gateway
from tests.pages.browser import open_tab
from tests.pages.forms import expect_problem_at_button, sign_in_by_code
from tests.pages.test_kept_forms import sign_out_elsewhere
from tests.pages.test_run_form import fill_form, list_jobs, run_button

pytestmark = pytest.mark.slow

PHONE = {"viewport": {"width": 390, "height": 844}}
TELL = """detail => document.dispatchEvent(new CustomEvent("toast", { detail }))"""


@pytest.fixture
def account(site: Gateway) -> Iterator[Client]:
    with site.account("5") as one:
        yield one


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_phone_has_a_bar_at_the_bottom_and_the_rest_behind_more(
    browser: Browser, site: Gateway, account: Client, *, script: bool
) -> None:
    cookie = site.create_session_cookie(account.account_id)
    options = {**PHONE, "java_script_enabled": script}
    with open_tab(browser, cookie, base_url=site.base, **options) as seen:
        page = seen.page
        page.goto("/waiting")
        bar = page.get_by_role("navigation", name="Places")
        box = bar.bounding_box()
        assert box is not None
        assert (box["height"], box["y"] + box["height"]) == (56, 844)
        expect(bar.get_by_role("link", name="Waiting")).to_have_attribute("aria-current", "page")
        bar.get_by_role("button", name="More").click()
        rest = page.get_by_role("navigation", name="Account")
        rest.get_by_text("Console").click()
        rest.get_by_role("link", name="API keys").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("API keys")


def test_a_toast_with_an_action_stays_until_it_is_closed(
    browser: Browser, site: Gateway, account: Client
) -> None:
    cookie = site.create_session_cookie(account.account_id)
    with open_tab(browser, cookie, base_url=site.base, **PHONE) as seen:
        page = seen.page
        seen.show_page("/settings")
        page.clock.install()
        page.evaluate(TELL, {"words": "Saved."})
        page.evaluate(TELL, {"words": "Deleted.", "action": {"words": "Undo", "post": "/undo"}})
        stack = page.get_by_role("status").filter(has_text="Deleted.")
        expect(stack.get_by_text("Saved.")).to_be_visible()
        seen.check_accessibility()
        seen.take_screenshot("toasts")
        page.clock.fast_forward(10_000)
        expect(stack.get_by_text("Saved.")).to_have_count(0)
        undo = stack.get_by_role("button", name="Undo")
        bar = page.get_by_role("navigation", name="Places").bounding_box()
        box = undo.bounding_box()
        assert bar is not None
        assert box is not None
        assert box["y"] + box["height"] < bar["y"]
        stack.get_by_role("button", name="Close").click()
        expect(page.locator("#toasts")).to_be_hidden()
        assert not seen.complaints


def test_what_a_form_has_done_is_told_on_the_page_it_leads_to(
    browser: Browser, site: Gateway, account: Client
) -> None:
    cookie = site.create_session_cookie(account.account_id)
    with open_tab(browser, cookie, base_url=site.base) as seen:
        page = seen.page
        seen.show_page("/settings")
        page.get_by_role("button", name="Save the limits").click()
        expect(page.locator("#toasts")).to_contain_text("Limits of new keys saved.")
        expect(page.locator("#notice")).to_be_empty()
        assert not seen.complaints


def test_the_search_finds_a_page_by_the_keyboard_and_without_a_script(
    browser: Browser, site: Gateway, account: Client
) -> None:
    cookie = site.create_session_cookie(account.account_id)
    with open_tab(browser, cookie, base_url=site.base) as seen:
        page = seen.page
        seen.show_page("/dashboard")
        page.keyboard.press("Control+k")
        field = page.get_by_role("searchbox")
        expect(field).to_be_focused()
        page.keyboard.type("webh")
        found = page.locator("#found a")
        expect(found).to_have_count(1)
        seen.check_accessibility()
        seen.take_screenshot("search")
        page.keyboard.press("ArrowDown")
        expect(found.first).to_be_focused()
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Webhooks")
        assert not seen.complaints
    with open_tab(browser, cookie, base_url=site.base, java_script_enabled=False) as seen:
        page = seen.page
        page.goto("/dashboard")
        page.get_by_role("link", name="Search").click()
        page.get_by_role("searchbox").fill("add credit")
        page.keyboard.press("Enter")
        page.locator("#found").get_by_role("link", name="Add credit").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Credits")


def test_who_was_signed_out_signs_in_where_the_form_is_and_sends_it_once(
    browser: Browser, site: Gateway, account: Client
) -> None:
    site.add_address(account.account_id, "in-place@example.com")
    cookie = site.create_session_cookie(account.account_id)
    with open_tab(browser, cookie, base_url=site.base) as seen:
        page = seen.page
        fill_form(page, "a fox of my own")
        sign_out_elsewhere(site, cookie)
        run_button(page).click()
        expect_problem_at_button(page, run_button(page), "You are signed out")
        page.get_by_role("alert").get_by_role("link", name="Sign in").click()
        door = page.get_by_role("dialog", name="Sign in")
        expect(door).to_be_visible()
        sign_in_by_code(page, site, "in-place@example.com")
        expect(door).to_be_hidden()
        expect(page.get_by_role("status").filter(has_text="You are signed in")).to_be_focused()
        expect(page.locator("#f-prompt")).to_have_value("a fox of my own")
        assert list_jobs(account) == []
        run_button(page).click()
        expect(page.locator("#result").get_by_role("status")).to_be_visible()
        assert len(list_jobs(account)) == 1
        assert not seen.complaints
