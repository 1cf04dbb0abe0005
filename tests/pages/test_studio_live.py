"""The studio in a real browser: a file uploaded, and one that is stopped."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FilePayload, Route, expect

from tests.gateway import Client, Gateway, draw_picture
from tests.library.files import create_project
from tests.pages.browser import WatchedPage, open_tab

pytestmark = pytest.mark.slow


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


def never_answer(_route: Route) -> None:
    """Never answer a request."""


def test_a_file_is_uploaded_and_one_is_stopped(seen: WatchedPage, account: Client) -> None:
    page = seen.page
    seen.show_page(f"/library?projectId={create_project(account)}")
    box, files = page.locator("upload-box"), page.locator("upload-box > input[type=file]")
    fox: FilePayload = {
        "name": "fox.png",
        "mimeType": "image/png",
        "buffer": draw_picture(256, 256),
    }
    for unanswered in ("**/upload.js*", "**/upload?**"):  # before the file is sent, and while
        page.route(unanswered, never_answer)
        files.set_input_files(fox)
        box.get_by_role("button", name="Stop").click()
        expect(box).to_contain_text("Stopped; nothing was kept.")
        page.unroute(unanswered)
        page.reload()
    files.set_input_files(fox)
    expect(page.get_by_role("img", name="fox")).to_be_visible(timeout=60_000)
    seen.check_accessibility()
    seen.take_screenshot("library-project-390-light")
