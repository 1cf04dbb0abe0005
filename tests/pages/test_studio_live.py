"""The studio in a real browser: a file uploaded and one stopped, a shot moved by keyboard."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FilePayload, Route, expect

from tests.gateway import Client, Gateway, drawn
from tests.library.files import project
from tests.pages.browser import Seen, tab
from tests.studio.boards import new_board

pytestmark = pytest.mark.slow


@pytest.fixture
def account(site: Gateway) -> Iterator[Client]:
    with site.account() as one:
        yield one


@pytest.fixture
def seen(browser: Browser, site: Gateway, account: Client) -> Iterator[Seen]:
    cookie = site.cookie(account.account_id)
    with tab(browser, cookie, base_url=site.base, viewport={"width": 390, "height": 844}) as one:
        yield one
        assert not one.complaints


def never(_route: Route) -> None:
    """Leave a request on its way."""


def test_a_file_is_uploaded_and_one_is_stopped(seen: Seen, account: Client) -> None:
    page = seen.page
    seen.shown(f"/studio/{project(account)}")
    box, files = page.locator("upload-box"), page.locator("upload-box input[type=file]")
    fox: FilePayload = {
        "name": "fox.png",
        "mimeType": "image/png",
        "buffer": drawn(256, 256),
    }
    page.route("**/upload?**", never)
    files.set_input_files(fox)
    box.get_by_role("button", name="Stop").click()
    expect(box).to_contain_text("Stopped; nothing was kept.")
    page.unroute("**/upload?**")
    files.set_input_files(fox)
    expect(page.get_by_role("heading", name="fox", level=3)).to_be_visible(timeout=60_000)
    seen.judge()
    seen.shoot("studio-project-390-light")


def test_a_shot_is_moved_by_keyboard_and_a_conflict_keeps_the_words(
    seen: Seen, account: Client
) -> None:
    page, home = seen.page, project(account)
    shots = [{"id": name, "action": f"Shot {name}."} for name in ("a", "b")]
    document = {"title": "Dust", "scenes": [{"id": "s1", "shots": shots}]}
    seen.shown(f"/studio/{home}/boards/{new_board(account, home, document=document)['assetId']}")
    text = page.get_by_label("Markdown or Fountain")
    old = text.input_value()
    with page.expect_navigation():
        page.get_by_role("button", name="Move up b").press("Enter")
    expect(page.locator("li[id^=shot-]").first).to_contain_text("Shot b.")
    seen.judge()
    page.evaluate("document.querySelectorAll('[name=etag]').forEach((e) => { e.value = 'old'; })")
    text.fill(f"{old}\n")
    page.get_by_role("button", name="Save as version 3").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(text).to_have_value(f"{old}\n")
    seen.judge()
