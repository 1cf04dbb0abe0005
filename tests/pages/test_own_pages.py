"""The page of one operation or task: its look, without a script, and its search."""

import pytest
from playwright.sync_api import Browser, expect

from tests.gateway import Gateway
from tests.pages.browser import SHOTS, open_tab

pytestmark = pytest.mark.slow
PAGES = ["/api-docs/submitJob", "/api-docs/saveStoryboard", "/api-docs/tasks/video.generate"]


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_reads_well_at_every_width(
    browser: Browser, site: Gateway, path: str, width: int
) -> None:
    with open_tab(browser, base_url=site.base, viewport={"width": width, "height": 900}) as seen:
        seen.show_page(path)
        seen.check_accessibility()
        name = path.rpartition("/")[2]
        seen.page.screenshot(path=SHOTS / f"docs-{name}-{width}.png", full_page=True)
        assert not seen.complaints


@pytest.mark.promise("pages: reference-search")
def test_the_search_of_a_page_finds_in_the_whole_reference(browser: Browser, site: Gateway) -> None:
    with open_tab(browser, base_url=site.base, viewport={"width": 1280, "height": 900}) as seen:
        page = seen.page
        seen.show_page("/api-docs/submitJob")
        page.keyboard.press("/")
        page.keyboard.type("start frame image")
        expect(page.locator("#found a").first).to_contain_text("startFrameImage")
        page.get_by_role("searchbox").press("Enter")
        expect(page.locator(":target")).to_be_in_viewport()
        assert page.url.endswith("/api-docs#task-video.generate.startFrameImage")
        assert not seen.complaints


def test_without_a_script_a_page_is_whole(browser: Browser, site: Gateway) -> None:
    with open_tab(browser, base_url=site.base, java_script_enabled=False) as seen:
        page = seen.page
        page.goto("/api-docs/submitJob#body.webhook.events")
        expect(page.get_by_role("searchbox")).to_be_hidden()
        expect(page.locator("[id='body.webhook.events']")).to_be_in_viewport()
        page.get_by_role("link", name="video.extend").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Extend a video")
