"""Each flow by keyboard alone, the important ones without a script too."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.flows.plan_calls import (
    list_step_states,
    plan_step,
    prepare_plan,
    read_plan,
    wait_for_plan,
)
from tests.gateway import JOB_SECONDS, Client, Gateway, picture_input
from tests.pages.browser import HAS_FOCUS, open_tab, press_by_keyboard, tab_to

pytestmark = pytest.mark.slow

HOSTILE = "<img src=x onerror=document.title='stolen'>"
SCRIPT = pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
CODE = re.compile(r"^\s*\|\s*(\d{6})\s*$", re.MULTILINE)
PAGES = ("/dashboard", "/jobs", "/playground/video.combine", "/keys", "/credits", "/usage")
# Where the focus is, whether one sees it, and whether something lies over it.
STOP = """() => {
  const element = document.activeElement;
  if (element === document.body) return null;
  const box = element.getBoundingClientRect();
  const ring = [element, ...element.querySelectorAll("*"), element.closest("label, .job")];
  const over = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return {
    what: element.outerHTML.slice(0, 120),
    shown: ring.some((each) => each && getComputedStyle(each).outlineStyle === "solid"),
    free: over !== null && (element.contains(over) || over.contains(element)),
  };
}"""


@pytest.fixture
def account(site: Gateway) -> Iterator[Client]:
    with site.account("5") as one:
        yield one


def find_mailed_code(site: Gateway, before: int) -> str:
    """Find the newest mailed code; this gateway writes its mail into its log."""
    deadline = time.monotonic() + JOB_SECONDS
    while not (found := CODE.findall(site.read_log()[before:])):
        assert time.monotonic() < deadline, "no mail came"
        time.sleep(0.1)
    code: str = found[-1]
    return code


def focus_page_top(page: Page) -> None:
    """Move the focus to the top of the page."""
    page.evaluate("document.activeElement.blur()")


@SCRIPT
def test_a_person_signs_in_by_a_code(browser: Browser, site: Gateway, *, script: bool) -> None:
    with open_tab(browser, base_url=site.base, java_script_enabled=script) as seen:
        page, before = seen.page, len(site.read_log())
        page.goto("/login?returnPath=/keys")
        press_by_keyboard(page, page.get_by_label("E-mail address"), "End")
        page.keyboard.type(f"keyboard-{script}@example.com")
        page.keyboard.press("Enter")
        code = page.get_by_label("Six-digit code")
        expect(code).to_be_focused()
        again = page.get_by_role("button", name="Send a new code")
        expect(again).to_be_enabled(enabled=not script)
        if script:
            expect(again).to_contain_text(re.compile(r"in \d+ s"))
            seen.check_accessibility()
        page.keyboard.type("000000")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_be_visible()
        expect(code).to_have_attribute("aria-invalid", "true")
        tab_to(page, code)
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type(find_mailed_code(site, before))
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("API keys")
        assert not seen.complaints


@SCRIPT
def test_a_part_of_a_plan_is_approved(
    browser: Browser, site: Gateway, account: Client, *, script: bool
) -> None:
    pair = (plan_step("image.generate", picture_input(word)) for word in (HOSTILE, "two"))
    plan = prepare_plan(account, *pair, title=HOSTILE)
    cookie = site.create_session_cookie(account.account_id)
    with open_tab(browser, cookie, base_url=site.base, java_script_enabled=script) as seen:
        page = seen.page
        page.goto(plan["approvalUrl"])
        approve = page.get_by_role("button", name="Approve $0.04")
        assert not approve.evaluate(HAS_FOCUS)
        seen.check_accessibility()
        press_by_keyboard(page, page.get_by_role("checkbox").nth(1), "Space")
        if not script:  # else the sum follows by itself
            press_by_keyboard(page, page.get_by_role("button", name="Update the price"))
        press_by_keyboard(page, page.get_by_role("button", name="Approve $0.02"))
        expect(page.get_by_role("heading", level=1)).to_have_text("Plan approved")
        assert list_step_states(wait_for_plan(account, plan)) == ["succeeded", "dropped"]
        page.goto(plan["approvalUrl"])
        expect(page.get_by_role("button", name=re.compile("Approve"))).to_have_count(0)
        expect(page.get_by_text(HOSTILE).first).to_be_visible()
        assert not seen.complaints


def test_a_plan_is_rejected_and_is_dead_then(
    browser: Browser, site: Gateway, account: Client
) -> None:
    plan = prepare_plan(account, plan_step("image.generate", picture_input()))
    with open_tab(
        browser, site.create_session_cookie(account.account_id), base_url=site.base
    ) as seen:
        page = seen.page
        page.goto(plan["approvalUrl"])
        press_by_keyboard(page, page.get_by_role("button", name="Reject"))
        expect(page.get_by_role("heading", level=1)).to_have_text("Plan rejected")
        expect(page.get_by_role("button", name=re.compile("Approve|Reject"))).to_have_count(0)
        seen.check_accessibility()
    assert read_plan(account, plan)["state"] == "rejected"


@SCRIPT
def test_a_device_is_linked(
    browser: Browser, site: Gateway, account: Client, *, script: bool
) -> None:
    begun = {"clientName": HOSTILE}
    link = account.http.post("/api/v1/device/link/start", json=begun).json()
    cookie = site.create_session_cookie(account.account_id)
    with open_tab(browser, cookie, base_url=site.base, java_script_enabled=script) as seen:
        page = seen.page
        page.goto("/device")
        tab_to(page, page.get_by_label("Code shown on the device"))
        page.keyboard.type(link["userCode"].lower())
        page.keyboard.press("Enter")
        expect(page.get_by_text(HOSTILE)).to_be_visible()
        approve = page.get_by_role("button", name="Approve")
        assert not approve.evaluate(HAS_FOCUS)
        seen.check_accessibility()
        press_by_keyboard(page, approve)
        expect(page.get_by_role("main")).to_contain_text("Approved.")
        asked = {"deviceCode": link["deviceCode"]}
        key = account.http.post("/api/v1/device/link/poll", json=asked).json()
        assert key["accountId"] == account.account_id
        assert not seen.complaints


def test_a_key_is_copied_and_the_focus_comes_back_to_where_it_was(
    browser: Browser, site: Gateway, account: Client
) -> None:
    cookie = site.create_session_cookie(account.account_id)
    allowed = ["clipboard-read", "clipboard-write"]
    with open_tab(browser, cookie, base_url=site.base, permissions=allowed) as seen:
        page = seen.page
        seen.show_page("/keys")
        opener = page.get_by_role("link", name="New key")
        press_by_keyboard(page, opener)
        name = page.get_by_label("Name")
        expect(name).to_be_focused()
        page.keyboard.press("Escape")
        expect(opener).to_be_focused()
        page.keyboard.press("Enter")
        expect(name).to_be_focused()
        page.keyboard.type("agent")
        tab_to(page, page.get_by_label("Per day"))
        page.keyboard.type("two")
        press_by_keyboard(page, page.get_by_role("button", name="Create the key"))
        expect(page.get_by_label("Per day")).to_be_focused()
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type("2")
        press_by_keyboard(page, page.get_by_role("button", name="Create the key"))
        expect(page.locator("[data-once]")).to_be_focused()
        press_by_keyboard(page, page.get_by_role("button", name="Copy"))
        expect(page.get_by_role("button", name="Copied")).to_be_visible()
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == page.locator("#made-key").inner_text()
        press_by_keyboard(page, page.get_by_role("link", name="I have saved it"))
        expect(opener).to_be_focused()
        assert not seen.complaints


def test_a_picture_is_run_and_a_refusal_takes_the_focus(
    browser: Browser, site: Gateway, account: Client
) -> None:
    with open_tab(
        browser, site.create_session_cookie(account.account_id), base_url=site.base
    ) as seen:
        page = seen.page
        seen.show_page("/playground/image.generate")
        tab_to(page, page.locator("#f-prompt"))
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type(HOSTILE)
        expect(page.locator("#code-curl")).to_contain_text("stolen")
        press_by_keyboard(page, page.get_by_role("button", name=re.compile("Run for")))
        result = page.locator("#result")
        expect(result.get_by_role("status")).to_have_text("Succeeded", timeout=90_000)
        page.locator("#f-width").evaluate("field => { field.value = 300; }")  # without a height
        press_by_keyboard(page, page.get_by_role("button", name=re.compile("Run for")))
        height = page.locator("#f-height")
        expect(height).to_be_focused()
        said = page.locator("#wrong-height").inner_text()
        expect(height).to_have_accessible_description(re.compile(re.escape(said)))
        expect(page.get_by_role("alert")).to_have_count(0)  # or it would be heard twice
        assert page.title().startswith("Generate images")
        assert not seen.complaints


@pytest.mark.parametrize("path", PAGES)
def test_every_stop_of_the_keyboard_is_seen(
    browser: Browser, site: Gateway, account: Client, path: str
) -> None:
    with open_tab(
        browser, site.create_session_cookie(account.account_id), base_url=site.base
    ) as seen:
        page = seen.page
        seen.show_page(path)
        focus_page_top(page)
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
        page.keyboard.press("Tab")
        stops = 0
        while (stop := page.evaluate(STOP)) is not None:
            assert stop["shown"], stop["what"]
            assert stop["free"], stop["what"]
            stops += 1
            assert stops < 200, "the focus does not come out"
            page.keyboard.press("Tab")
        assert stops > 3


def test_single_keys_act_outside_of_fields_and_can_be_turned_off(
    browser: Browser, site: Gateway, account: Client
) -> None:
    account.run_job("image.generate", picture_input())
    with open_tab(
        browser, site.create_session_cookie(account.account_id), base_url=site.base
    ) as seen:
        page = seen.page
        seen.show_page("/jobs")
        page.keyboard.press("/")
        expect(page.get_by_label("State")).to_be_focused()
        page.keyboard.press("n")
        expect(page).to_have_url(re.compile("/jobs$"))
        focus_page_top(page)
        page.keyboard.press("?")
        box = page.get_by_label("Enable single-key shortcuts")
        expect(box).to_be_checked()
        seen.check_accessibility()
        press_by_keyboard(page, box, "Space")
        page.keyboard.press("Escape")
        expect(box).to_have_count(0)
        focus_page_top(page)
        page.keyboard.press("n")
        expect(page).to_have_url(re.compile("/jobs$"))
        seen.show_page("/shortcuts")
        expect(box).not_to_be_checked()
        box.check()
        seen.show_page("/keys")
        page.keyboard.press("n")
        expect(page.get_by_label("Name")).to_be_focused()
        seen.show_page("/usage")
        page.keyboard.press("n")
        expect(page).to_have_url(re.compile("/playground$"))
        assert not seen.complaints
