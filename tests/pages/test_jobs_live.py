"""Jobs in a real browser: run, followed, stopped, downloaded; hostile names stay text."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.gateway import Client, Gateway, draw_picture, picture_input
from tests.pages.browser import WatchedPage, open_tab

pytestmark = pytest.mark.slow

HOSTILE = "<img src=x onerror=document.title='stolen'>"
CLIP = {"prompt": "a fox [sandbox:slow=4]", "width": 256, "height": 256, "durationFrames": 25}


@pytest.fixture
def account(site: Gateway) -> Iterator[Client]:
    with site.account() as one:
        yield one


@pytest.fixture
def seen(browser: Browser, site: Gateway, account: Client) -> Iterator[WatchedPage]:
    cookie = site.create_session_cookie(account.account_id)
    with open_tab(
        browser, cookie, base_url=site.base, viewport={"width": 390, "height": 844}
    ) as one:
        yield one
        assert not one.complaints


def run_task(page: Page, price: str) -> None:
    page.get_by_role("button", name=f"Run for {price}").click()


@pytest.mark.promise("pages: live")
def test_a_picture_is_run_in_the_playground_and_comes_on_screen(seen: WatchedPage) -> None:
    page = seen.page
    seen.show_page("/playground/image.generate")
    page.locator("#f-prompt").fill(f"{HOSTILE} [sandbox:slow=2]")
    page.locator("#f-count").fill("3")
    expect(page.locator("#code-curl")).to_contain_text('"count": 3')
    key = page.locator("#run-key").input_value()
    run_task(page, "$0.06")
    result = page.locator("#result")
    expect(result.get_by_role("status")).to_have_text("Succeeded", timeout=60_000)
    expect(result.locator("img")).to_have_count(3)
    assert page.locator("#run-key").input_value() != key
    expect(page.locator("#price")).to_contain_text("$4.94")
    assert page.title().startswith("Generate images")
    seen.check_accessibility()
    seen.take_screenshot("playground-result-390-light")


def test_a_form_that_is_refused_keeps_its_words_and_says_where(seen: WatchedPage) -> None:
    page = seen.page
    seen.show_page("/playground/image.generate")
    page.locator("#f-prompt").fill("a fox")
    expect(page.locator("#code-curl")).to_contain_text("a fox")
    page.locator("#f-width").evaluate("field => { field.value = 300; }")  # no price was asked
    run_task(page, "$0.04")
    expect(page.locator("#wrong-height")).to_contain_text("must be given together")
    expect(page.locator("#f-prompt")).to_have_value("a fox")
    expect(page.locator("#f-height")).to_have_attribute("aria-invalid", "true")
    seen.check_accessibility()


def test_a_clip_is_followed_to_its_end_and_downloaded(
    seen: WatchedPage, account: Client, tmp_path: Path
) -> None:
    page = seen.page
    job_id = account.submit("video.generate", CLIP).json()["jobId"]
    other = account.submit("image.generate", picture_input(HOSTILE)).json()["jobId"]
    account.wait_for_job(other)
    seen.show_page("/jobs")
    assert page.get_by_text(HOSTILE).is_visible()
    expect(page.locator("job-live")).to_have_count(0, timeout=60_000)
    page.get_by_role("link", name="Generate a video").click()
    with page.expect_download() as begun:
        page.get_by_role("link", name="Download").click()
    begun.value.save_as(tmp_path / "clip.mp4")
    output = account.get_job(job_id)["outputs"][0]
    assert (tmp_path / "clip.mp4").stat().st_size == output["bytes"]
    seen.check_accessibility()
    seen.take_screenshot("job-clip-390-light")


def test_a_job_is_canceled_after_a_question(seen: WatchedPage, account: Client) -> None:
    page = seen.page
    job_id = account.submit("image.generate", picture_input("[sandbox:slow=600]")).json()["jobId"]
    account.wait_for_status(job_id, "running")
    seen.show_page(f"/jobs/{job_id}")
    expect(page.get_by_role("progressbar")).to_be_visible()
    opener = page.get_by_role("link", name="Cancel this job")
    opener.press("Enter")
    page.get_by_role("link", name="Let it run").click()
    expect(opener).to_be_focused()
    opener.click()
    page.get_by_role("button", name="Cancel the job").click()
    expect(page.get_by_role("status").first).to_have_text("Canceled")
    assert account.get_job(job_id)["billing"]["state"] == "released"


def test_a_file_is_uploaded_into_a_form(seen: WatchedPage) -> None:
    page = seen.page
    seen.show_page("/playground/image.upscale")
    files = page.locator("upload-box input[type=file]")
    files.set_input_files({"name": "notes.txt", "mimeType": "text/plain", "buffer": b"no picture"})
    expect(page.locator("upload-box")).to_contain_text("notes.txt is no image.")
    name = f"{HOSTILE}.png"
    files.set_input_files({"name": name, "mimeType": "image/png", "buffer": draw_picture(256, 256)})
    expect(page.locator("upload-box")).to_contain_text("is uploaded.", timeout=60_000)
    expect(page.locator("#f-imageUrl")).to_have_value(re.compile("asset://ast_"))
    run_task(page, "$0.01")
    expect(page.locator("#result").get_by_role("status")).to_have_text("Succeeded", timeout=60_000)
    seen.check_accessibility()


def test_without_javascript_the_price_is_asked_by_a_button(
    browser: Browser, site: Gateway, account: Client
) -> None:
    cookie = site.create_session_cookie(account.account_id)
    with open_tab(browser, cookie, base_url=site.base, java_script_enabled=False) as seen:
        page = seen.page
        page.goto("/playground/image.generate")
        page.locator("#f-count").fill("4")
        page.get_by_role("button", name="Show the price").click()
        run_task(page, "$0.08")
        expect(page.get_by_role("link", name="Download")).to_have_count(4, timeout=60_000)


def test_a_sound_is_run_in_the_playground_and_plays(seen: WatchedPage) -> None:
    page = seen.page
    seen.show_page("/playground/audio.generate")
    page.get_by_label("Describe it").fill("rain on a tin roof")
    run_task(page, "$0.02")
    player = page.locator("audio").first
    expect(player).to_be_visible()
    length = player.evaluate(
        """audio => new Promise((done, fail) => {
            if (audio.readyState) done(audio.duration);
            audio.onloadedmetadata = () => done(audio.duration);
            audio.onerror = () => fail(audio.error.message);
            audio.load();
        })"""
    )
    assert length == 8
    seen.check_accessibility()
    seen.take_screenshot("playground-sound-390-light")
