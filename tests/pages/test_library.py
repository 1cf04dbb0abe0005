"""The library in a real browser: by mouse and touch, with and without JavaScript."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from tests.gateway import Client, Gateway, draw_picture
from tests.library.files import create_project, make_wav, upload_asset
from tests.pages.browser import HAS_FOCUS, WatchedPage, open_tab

pytestmark = pytest.mark.slow

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
SLOWLY = 60_000
TILES = 48
DROP = """(area, [name, bytes]) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], name));
  area.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true }));
}"""


@pytest.fixture
def account(site: Gateway) -> Iterator[Client]:
    with site.account("5") as one:
        yield one


@pytest.fixture(scope="module")
def keeper(site: Gateway, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """An account with two pages of files in two projects, one of them a kept result."""
    with site.account("5") as one:
        home, other = create_project(one, "The hatch"), create_project(one, "Storm")
        upload_asset(one, home, "song.wav", make_wav(tmp_path_factory.mktemp("songs")))
        for number in range(TILES):
            text = f"# Note {number}\n".encode()
            upload_asset(one, other, f"note-{number}.md", text)
        upload_asset(one, home, "fox.png", draw_picture(960, 540))
        yield one


def open_library(browser: Browser, site: Gateway, account: Client, **options: Any) -> Any:  # noqa: ANN401
    cookie = site.create_session_cookie(account.account_id)
    return open_tab(browser, cookie, base_url=site.base, **options)


def to_payload(name: str, data: bytes) -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": data}


def has_tiles(page: Page, count: int) -> None:
    expect(page.locator("#tiles > .cell")).to_have_count(count, timeout=SLOWLY)


@pytest.mark.parametrize("look", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_files_are_uploaded_by_choice_and_by_drop_into_the_open_project(
    browser: Browser, site: Gateway, account: Client, look: dict[str, Any]
) -> None:
    home = create_project(account, "The hatch")
    with open_library(browser, site, account, **look) as seen:
        page = seen.page
        seen.show_page("/library")
        seen.check_accessibility()
        page.get_by_label("Into").select_option(label="The hatch")
        chosen = page.locator("upload-box > input[type=file]")
        files = [
            to_payload("fox.png", draw_picture(96, 64)),
            to_payload("no.png", b"no picture"),
            to_payload("notes.md", b"# Fox\n"),
        ]
        chosen.set_input_files(files)
        expect(page.locator("upload-box")).to_contain_text("2 uploaded.", timeout=SLOWLY)
        has_tiles(page, 2)
        page.get_by_role("link", name="The hatch").click()
        has_tiles(page, 2)
        page.locator("main").evaluate(DROP, ["sea.png", list(draw_picture(64, 96))])
        has_tiles(page, 3)
        assert f"projectId={home}" in page.url
        seen.check_accessibility()


def test_without_a_script_files_are_uploaded_found_starred_moved_deleted_and_opened(
    browser: Browser, site: Gateway, account: Client
) -> None:
    create_project(account, "Storm")
    with open_library(browser, site, account, java_script_enabled=False, **PHONE) as seen:
        page = seen.page
        page.goto("/library")
        files = [to_payload("fox.png", draw_picture(96, 64)), to_payload("sea.md", b"# Sea\n")]
        page.get_by_label("Files of yours").set_input_files(files)
        page.get_by_role("button", name="Upload").click()
        expect(page.get_by_text("2 files uploaded.")).to_be_visible()
        has_tiles(page, 2)
        page.get_by_label("Search your files").fill("fox")
        page.get_by_role("button", name="Find").click()
        has_tiles(page, 1)
        page.get_by_role("button", name="Star").click(force=True)
        page.get_by_role("link", name="Starred").click()
        has_tiles(page, 1)
        page.get_by_role("checkbox", name="Select fox").check(force=True)
        page.get_by_text("Move, tag, film").click()
        page.get_by_label("Project to move to").select_option(label="Storm")
        page.get_by_role("button", name="Move", exact=True).click()
        expect(page.get_by_text("1 file moved.")).to_be_visible()
        page.goto("/library")
        page.locator("a.tile", has=page.get_by_role("img", name="fox")).click()
        expect(page.get_by_role("heading", name="fox")).to_be_attached()
        expect(page.locator(".made")).to_contain_text("Storm")
        page.get_by_role("button", name="Delete").click()
        has_tiles(page, 1)
        page.get_by_role("button", name="Undo").click()
        page.goto("/library")
        has_tiles(page, 2)


def test_a_tile_is_starred_selected_opened_and_back_finds_its_place(
    browser: Browser, site: Gateway, keeper: Client
) -> None:
    with open_library(browser, site, keeper, **DESKTOP) as seen:
        page = seen.page
        seen.show_page("/library")
        star = page.get_by_role("button", name="Star").first
        star.click(force=True)
        expect(page.locator("[aria-pressed=true]").first).to_be_attached()
        page.locator("#older").scroll_into_view_if_needed()
        has_tiles(page, TILES + 2)
        last = page.locator("#tiles > .cell").last.locator("a.tile")
        last.focus()
        page.keyboard.press("x")
        expect(page.locator(".picked")).to_be_visible()
        page.get_by_role("button", name="Select none").click()
        last.click()
        expect(page.get_by_role("heading", name="song")).to_be_attached()
        seen.check_accessibility()
        page.go_back()
        has_tiles(page, TILES + 2)
        expect(last).to_be_focused()
        assert last.evaluate(HAS_FOCUS)


def test_what_is_deleted_comes_back_by_undo(
    browser: Browser, site: Gateway, account: Client
) -> None:
    upload_asset(account, create_project(account), "fox.png", draw_picture(96, 64))
    with open_library(browser, site, account, **DESKTOP) as seen:
        page = seen.page
        seen.show_page("/library")
        page.get_by_role("checkbox", name="Select fox").check(force=True)
        page.get_by_role("button", name="Delete").click()
        has_tiles(page, 0)
        page.get_by_role("button", name="Undo").click()
        page.goto("/library")
        has_tiles(page, 1)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_width_scrolls_sideways_and_nothing_is_out_of_reach(
    browser: Browser, site: Gateway, keeper: Client, theme: str
) -> None:
    (fox,) = keeper.http.get("/api/v1/studio/assets", params={"q": "fox"}).json()["data"]
    paths = [
        "/library",
        f"/library?projectId={fox['projectId']}",
        f"/library/files/{fox['assetId']}",
        "/library?archived=1",
    ]
    with open_library(browser, site, keeper, color_scheme=theme, **DESKTOP) as seen:
        for path in paths:
            for width in (320, 390, 768, 1300):
                seen.page.set_viewport_size({"width": width, "height": 800})
                check_page(seen, path)


def check_page(seen: WatchedPage, path: str) -> None:
    seen.show_page(path)
    seen.check_accessibility()
