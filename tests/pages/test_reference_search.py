"""The search of the reference finds tasks, fields, operations and codes, by name and by meaning."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.gateway import Gateway
from tests.pages.browser import SHOTS, open_tab

pytestmark = pytest.mark.slow


def search_reference(page: Page, words: str) -> list[str]:
    """Search and return the results as they read."""
    page.get_by_role("searchbox").fill(words)
    expect(page.locator("#found-count")).to_have_text(f"{count_words(page)} found")
    return [each.inner_text() for each in page.locator("#found a").all()]


def count_words(page: Page) -> int:
    return int(page.locator("#found").get_attribute("data-count") or 0)


@pytest.mark.promise("pages: reference-search")
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize(
    ("words", "first", "anchor"),
    [
        ("video.extend", "video.extend\nTask: Extend a video", "#task-video.extend"),
        ("extend a video", "video.extend\nTask: Extend a video", "#task-video.extend"),
        (
            "startFrameImage",
            "startFrameImage\nField of video.generate",
            "#task-video.generate.startFrameImage",
        ),
        ("start frame image", "startFrameImage\nField of", "#task-video.generate.startFrameImage"),
        ("excludes overlap frames", "startFrameImage", "#task-video.generate.startFrameImage"),
        (
            "graceSeconds",
            "graceSeconds\nField of POST /api/v1/keys/rotate",
            "#rotateKey.body.graceSeconds",
        ),
        ("rotateKey", "POST /api/v1/keys/rotate\nOperation", "#rotateKey"),
        ("insufficient_credits", "insufficient_credits\nError code", "#code-insufficient_credits"),
        ("idempotency", "Idempotency", "#"),
    ],
)
def test_the_search_leads_to_what_is_meant(
    browser: Browser, site: Gateway, words: str, first: str, anchor: str, width: int
) -> None:
    view = {"width": width, "height": 900}
    with open_tab(browser, base_url=site.base, viewport=view) as seen:
        page = seen.page
        seen.show_page("/api-docs")
        results = search_reference(page, words)
        assert results[0].startswith(first), results[:5]
        page.get_by_role("searchbox").press("Enter")
        expect(page.locator(":target")).to_be_in_viewport()
        assert anchor in page.url
        assert not seen.complaints


@pytest.mark.promise("pages: reference-search")
def test_the_search_is_worked_by_keyboard_and_says_how_much_it_found(
    browser: Browser, site: Gateway
) -> None:
    with open_tab(browser, base_url=site.base, viewport={"width": 390, "height": 844}) as seen:
        page = seen.page
        seen.show_page("/api-docs")
        page.keyboard.press("/")
        box = page.get_by_role("searchbox")
        expect(box).to_be_focused()
        page.keyboard.type("job")
        links = page.locator("#found a")
        expect(links.first).to_be_visible()
        many = count_words(page)
        assert many > links.count() == 40
        expect(page.locator("#found-more")).to_contain_text(f"{many - 40} more")
        seen.check_accessibility()
        page.screenshot(path=SHOTS / "reference-search-390.png")
        page.keyboard.press("ArrowDown")
        expect(links.nth(0)).to_be_focused()
        page.keyboard.press("ArrowDown")
        expect(links.nth(1)).to_be_focused()
        page.keyboard.press("ArrowUp")
        page.keyboard.press("ArrowUp")
        expect(box).to_be_focused()
        page.keyboard.press("Escape")
        expect(box).to_have_value("")
        expect(links).to_have_count(0)
        expect(page.get_by_text("Contents", exact=True)).to_be_visible()
        box.fill("no such thing anywhere")
        expect(page.locator("#found-count")).to_have_text("0 found")
        seen.check_accessibility()


def test_a_search_through_everything_is_quick(browser: Browser, site: Gateway) -> None:
    with open_tab(browser, base_url=site.base) as seen:
        page = seen.page
        seen.show_page("/api-docs")
        search_reference(page, "a")
        took = page.evaluate(
            """() => {
              const box = document.querySelector("#search"), start = performance.now();
              for (const words of ["e", "job", "video extend", "the key of an account"]) {
                box.value = words;
                box.dispatchEvent(new Event("input"));
              }
              return performance.now() - start;
            }"""
        )
        assert took < 400


def test_without_a_script_the_reference_is_whole(browser: Browser, site: Gateway) -> None:
    with open_tab(browser, base_url=site.base, java_script_enabled=False) as seen:
        page = seen.page
        page.goto("/api-docs")
        expect(page.get_by_role("searchbox")).to_be_hidden()
        # From within the page: while a page of this size loads, a busy browser may not jump at all.
        page.goto("/api-docs#task-video.generate.startFrameImage")
        expect(page.locator("[id='task-video.generate.startFrameImage']")).to_be_in_viewport()
        expect(page.locator("article")).not_to_have_count(0)


def test_a_search_whose_reference_did_not_come_says_so_and_tries_again(
    browser: Browser, site: Gateway
) -> None:
    with open_tab(browser, base_url=site.base) as seen:
        page = seen.page
        seen.show_page("/api-docs/tasks/image.generate")
        page.route("**/api-docs", lambda route: route.fulfill(status=503, body="busy"), times=1)
        page.get_by_role("searchbox").fill("graceSecond")
        count = page.locator("#found-count")
        expect(count).to_have_text("The reference could not be loaded.")
        page.keyboard.type("s")
        expect(page.locator("#found a").first).to_contain_text("graceSeconds")


def test_who_turned_single_keys_off_types_a_slash_in_the_reference_too(
    browser: Browser, site: Gateway
) -> None:
    with open_tab(browser, base_url=site.base) as seen:
        page = seen.page
        seen.show_page("/shortcuts")
        page.get_by_role("checkbox", name="single-key").uncheck()
        seen.show_page("/api-docs")
        page.keyboard.press("/")
        expect(page.get_by_role("searchbox")).not_to_be_focused()
