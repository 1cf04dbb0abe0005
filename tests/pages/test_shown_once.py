"""A key that is shown only once stays until its owner has copied it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Dialog, Locator, Page, expect

from tests.gateway import Client, Gateway
from tests.pages.browser import WatchedPage, open_tab

pytestmark = pytest.mark.slow

REMINDER = "Copy the key first, or say that you have saved it"


@pytest.fixture
def account(site: Gateway) -> Iterator[Client]:
    with site.account("5") as one:
        yield one


@pytest.fixture(params=[1280, 390])
def seen(
    request: pytest.FixtureRequest, browser: Browser, site: Gateway, account: Client
) -> Iterator[WatchedPage]:
    view = {"width": request.param, "height": 844}
    allowed = ["clipboard-read", "clipboard-write"]
    cookie = site.create_session_cookie(account.account_id)
    with open_tab(browser, cookie, base_url=site.base, viewport=view, permissions=allowed) as one:
        yield one
        assert not one.complaints


def make_key(page: Page, way: str) -> Locator:
    """Create or rotate a key in the dialog; return the element that shows it."""
    page.goto("/keys")
    if way == "new":
        page.get_by_role("link", name="New key").click()
        page.get_by_label("Name").fill("agent")
        page.get_by_role("button", name="Create the key").click()
    else:
        page.get_by_role("link", name="Rotate test").click()
        page.get_by_role("button", name="Rotate test").click()
    shown = page.locator("dialog #made-key")
    expect(shown).to_be_visible()
    return shown


@pytest.mark.promise("pages: shown-once")
@pytest.mark.parametrize("way", ["new", "rotated"])
def test_a_new_key_stays_until_its_owner_says_that_it_is_saved(seen: WatchedPage, way: str) -> None:
    page, asked = seen.page, list[str]()
    shown = make_key(page, way)
    expect(page.get_by_text(REMINDER)).to_be_hidden()
    for _ in range(3):
        page.keyboard.press("Escape")
        expect(shown).to_be_visible()
        expect(page.get_by_text(REMINDER)).to_be_visible()
    page.mouse.click(3, 3)
    expect(shown).to_be_visible()
    seen.check_accessibility()
    seen.take_screenshot(
        f"key-kept-{way}-{page.viewport_size['width'] if page.viewport_size else 0}"
    )

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.once("dialog", stay)
    page.evaluate("location.reload()")
    page.wait_for_function("document.querySelector('#made-key')")
    expect(shown).to_be_visible()
    assert asked == ["beforeunload"]
    page.get_by_role("link", name="I have saved it").click()
    expect(page.locator("#made-key")).to_have_count(0)
    expect(page.locator("#ask")).to_be_hidden()
    page.reload()
    expect(page.get_by_role("heading", name="API keys")).to_be_visible()


@pytest.mark.promise("pages: shown-once")
def test_a_key_that_was_copied_may_be_closed_by_escape(seen: WatchedPage) -> None:
    page = seen.page
    shown = make_key(page, "new")
    key = shown.inner_text()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_text(REMINDER)).to_be_hidden()
    assert page.evaluate("navigator.clipboard.readText()") == key
    page.keyboard.press("Escape")
    expect(page.locator("#made-key")).to_have_count(0)
    expect(page.locator("#ask")).to_be_hidden()


def test_a_key_stays_while_its_page_is_still_loading(seen: WatchedPage) -> None:
    page = seen.page
    page.route("**/rare-parts.js", lambda _: None)
    shown = make_key(page, "new")
    page.keyboard.press("Escape")
    expect(page.get_by_text(REMINDER)).to_be_visible()
    expect(shown).to_be_visible()
    page.get_by_role("link", name="I have saved it").click()
    expect(page.locator("#made-key")).to_have_count(0)


def test_a_key_on_a_page_of_its_own_is_kept_too(seen: WatchedPage) -> None:
    page, asked = seen.page, list[str]()
    page.goto("/keys/new")
    page.get_by_label("Name").fill("agent")
    page.get_by_role("button", name="Create the key").click()
    expect(page.locator("#made-key")).to_be_visible()
    page.get_by_text("This key is shown only once.").click()

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.once("dialog", stay)
    page.evaluate("history.back()")
    expect(page.get_by_text(REMINDER)).to_be_visible()
    assert asked == ["beforeunload"]
    page.get_by_role("link", name="I have saved it").click()
    expect(page.get_by_role("heading", name="API keys")).to_be_visible()
