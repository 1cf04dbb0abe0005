"""The pages in other conditions: large text, few colours, no movement, a slow network."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.gateway import Client, Gateway, picture_input
from tests.pages.browser import open_tab

pytestmark = pytest.mark.slow

PAGES = ("/", "/dashboard", "/jobs", "/playground/video.combine", "/keys", "/credits", "/usage")
SLOW = {"prompt": "a fox [sandbox:slow=30]", "width": 256, "height": 256}
MOVING = "() => document.getAnimations().length"
LENGTHS = """() => [...document.querySelectorAll("button, .sum dd, progress")]
  .map((each) => getComputedStyle(each).transitionDuration).filter((each) => each !== "0s")"""
DRAWN = """() => [...document.querySelectorAll("main .moon circle, main progress")].map((each) => {
  const style = getComputedStyle(each);
  if (each.matches("progress")) return style.borderTopStyle;
  return style.stroke === "none" ? style.fill : style.stroke;
})"""


@pytest.fixture
def account(site: Gateway) -> Iterator[Client]:
    with site.account("12345.678901") as one:
        one.run_job("image.generate", picture_input())
        yield one


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_lost_at_twice_the_size(
    browser: Browser, site: Gateway, account: Client, path: str
) -> None:
    large = {"viewport": {"width": 640, "height": 450}, "device_scale_factor": 2}
    with open_tab(
        browser, site.create_session_cookie(account.account_id), base_url=site.base, **large
    ) as seen:
        seen.show_page(path)
        seen.check_accessibility()


def test_nothing_moves_for_whoever_wants_that(
    browser: Browser, site: Gateway, account: Client
) -> None:
    job_id = account.submit("image.generate", SLOW).json()["jobId"]
    cookie = site.create_session_cookie(account.account_id)
    with open_tab(browser, cookie, base_url=site.base, reduced_motion="reduce") as seen:
        page = seen.page
        seen.show_page(f"/jobs/{job_id}")
        expect(page.get_by_role("progressbar")).to_be_visible()
        assert page.evaluate(LENGTHS) == []
        assert page.evaluate(MOVING) == 0
        account.cancel_job(job_id)
        expect(page.get_by_role("status").first).to_have_text("Canceled", timeout=60_000)
        assert not seen.complaints


def test_borders_glyphs_and_focus_stay_in_the_colours_of_the_system(
    browser: Browser, site: Gateway, account: Client
) -> None:
    job_id = account.submit("image.generate", SLOW).json()["jobId"]
    cookie = site.create_session_cookie(account.account_id)
    with open_tab(browser, cookie, base_url=site.base, forced_colors="active") as seen:
        page = seen.page
        seen.show_page("/dashboard")
        expect(page.get_by_role("progressbar")).to_be_visible()
        assert set(page.evaluate(DRAWN)) == {
            "solid",
            page.evaluate("getComputedStyle(document.body).color"),
        }
        here = page.locator(".side [aria-current]")
        assert "underline" in here.evaluate("each => getComputedStyle(each).textDecorationLine")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outline")
        assert "solid 3px" in outline
        seen.show_page("/playground/image.generate")
        run = page.get_by_role("button", name=re.compile("Run for"))
        assert run.evaluate("each => getComputedStyle(each).borderTopWidth") == "1px"
        seen.take_screenshot("playground-forced-colors")
        assert not seen.complaints
        account.cancel_job(job_id)


def test_the_overview_follows_what_runs_to_its_end(
    browser: Browser, site: Gateway, account: Client
) -> None:
    first = account.submit("image.generate", SLOW).json()["jobId"]
    with open_tab(
        browser, site.create_session_cookie(account.account_id), base_url=site.base
    ) as seen:
        page, streams = seen.page, []
        page.on("request", lambda each: streams.append(each.url) if "/events" in each.url else None)
        seen.show_page("/dashboard")
        figures = page.locator("#now dl")
        expect(figures).to_contain_text("Held by 1 open job")
        expect(page.locator("job-live")).to_contain_text("Running", timeout=60_000)
        second = account.submit("image.generate", SLOW | {"prompt": "later [sandbox:slow=30]"})
        expect(page.locator("job-live")).to_have_count(2, timeout=60_000)
        link = page.locator("job-live a").first
        link.focus()
        seen.check_accessibility()
        account.cancel_job(second.json()["jobId"])
        expect(page.locator("job-live")).to_have_count(1, timeout=60_000)
        expect(figures).to_contain_text("Held by 1 open job")
        expect(page.get_by_role("table").last).to_contain_text("Canceled")
        account.cancel_job(first)
        expect(page.locator("job-live")).to_have_count(0, timeout=60_000)
        expect(figures).not_to_contain_text("Held")
        assert len(streams) == 1
        assert not seen.complaints
