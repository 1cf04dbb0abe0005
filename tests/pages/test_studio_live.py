"""The studio in a real browser: a file uploaded and one stopped, a shot moved by keyboard."""

import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, FilePayload, Locator, Route, expect

from tests.gateway import JOB_SECONDS, Client, Gateway, draw_picture
from tests.library.files import create_project
from tests.pages.browser import WatchedPage, open_tab
from tests.studio.boards import STORYBOARDS_PATH, create_board, save_document

pytestmark = pytest.mark.slow

HOSTILE = "<img src=x onerror=alert(1)>"


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


def list_shot_ids(shots: Locator) -> list[str]:
    """Return the shots of a scene in order."""
    return [str(each.get_attribute("id")) for each in shots.locator("li[id^=shot-]").all()]


def eventually(good: Callable[[], bool]) -> None:
    deadline = time.monotonic() + JOB_SECONDS
    while not good():
        assert time.monotonic() < deadline


def never_answer(_route: Route) -> None:
    """Never answer a request."""


def test_a_file_is_uploaded_and_one_is_stopped(seen: WatchedPage, account: Client) -> None:
    page = seen.page
    seen.show_page(f"/studio/{create_project(account)}")
    box, files = page.locator("upload-box"), page.locator("upload-box input[type=file]")
    fox: FilePayload = {
        "name": "fox.png",
        "mimeType": "image/png",
        "buffer": draw_picture(256, 256),
    }
    page.route("**/upload?**", never_answer)
    files.set_input_files(fox)
    box.get_by_role("button", name="Stop").click()
    expect(box).to_contain_text("Stopped; nothing was kept.")
    page.unroute("**/upload?**")
    files.set_input_files(fox)
    expect(page.get_by_role("heading", name="fox", level=3)).to_be_visible(timeout=60_000)
    seen.check_accessibility()
    seen.take_screenshot("studio-project-390-light")


def test_a_shot_is_moved_by_keyboard_and_a_conflict_keeps_the_words(
    seen: WatchedPage, account: Client
) -> None:
    page, home = seen.page, create_project(account)
    shots = [{"id": name, "action": f"Shot {name}."} for name in ("a", "b")]
    document = {"title": "Dust", "scenes": [{"id": "s1", "shots": shots}]}
    seen.show_page(
        f"/studio/{home}/boards/{create_board(account, home, document=document)['assetId']}"
    )
    text = page.get_by_label("Markdown or Fountain")
    old = text.input_value()
    with page.expect_event("load"):
        page.get_by_role("button", name="Move up b").press("Enter")
    expect(page.locator("li[id^=shot-]").first).to_contain_text("Shot b.")
    seen.check_accessibility()
    page.evaluate("document.querySelectorAll('[name=etag]').forEach((e) => { e.value = 'old'; })")
    text.fill(f"{old}\n")
    page.get_by_role("button", name="Save as version 3").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(text).to_have_value(f"{old}\n")
    seen.check_accessibility()


def test_shots_are_dragged_within_a_scene_and_into_another(
    seen: WatchedPage, account: Client
) -> None:
    page, home = seen.page, create_project(account)
    shots = [{"id": name, "action": f"Shot {name} {HOSTILE}"} for name in ("a", "b", "c")]
    scenes = [{"id": "s1", "shots": shots}, {"id": "s2", "heading": HOSTILE}]
    board = create_board(account, home, document={"title": HOSTILE, "scenes": scenes})
    page.set_viewport_size({"width": 1280, "height": 2000})
    seen.show_page(f"/studio/{home}/boards/{board['assetId']}")
    expect(page.locator("storyboard-board:defined")).to_have_count(1)
    first, second = (page.locator(f"[data-scene={name}]") for name in ("s1", "s2"))
    with page.expect_event("load"):
        page.locator("#shot-c .line").drag_to(page.locator("#shot-a .line"))
    assert list_shot_ids(first) == ["shot-c", "shot-a", "shot-b"]
    with page.expect_event("load"):
        page.locator("#shot-a .line").drag_to(second)
    assert (list_shot_ids(first), list_shot_ids(second)) == (["shot-c", "shot-b"], ["shot-a"])
    assert "Shot" not in page.title()
    board_id = board["assetId"]
    change = {"op": "set", "fields": {"title": "Theirs"}}
    save_document(
        account, STORYBOARDS_PATH, f'"{board_id}.v3"', assetId=board_id, operations=[change]
    )
    page.locator("#shot-b .line").drag_to(page.locator("#shot-c .line"))
    expect(page.get_by_role("alert")).to_be_visible()
    assert list_shot_ids(first) == ["shot-c", "shot-b"]
    seen.check_accessibility()


def test_a_shot_is_edited_in_place_and_a_conflict_shows_both(
    seen: WatchedPage, account: Client
) -> None:
    page, home = seen.page, create_project(account)
    board = create_board(account, home)
    seen.show_page(f"/studio/{home}/boards/{board['assetId']}")
    page.get_by_text("Edit s1a").click()
    page.locator("#action-s1a").fill(f"Mine {HOSTILE}")
    edit = [{"op": "patchShot", "shotId": "s1a", "fields": {"action": "Theirs."}}]
    made = save_document(
        account, STORYBOARDS_PATH, board["etag"], assetId=board["assetId"], operations=edit
    )
    assert made.status_code == 200
    page.get_by_role("button", name="Save the shot").first.press("Enter")
    expect(page.locator("#shot-s1a")).to_contain_text("Theirs.")
    expect(page.locator("#action-s1a")).to_have_value(f"Mine {HOSTILE}")
    seen.check_accessibility()
    seen.take_screenshot("board-conflict-390-light")
    page.get_by_role("button", name="Overwrite with mine").click()
    expect(page.locator("#shot-s1a .words").first).to_have_text(f"Mine {HOSTILE}")
    seen.check_accessibility()


def test_takes_are_seen_side_by_side(seen: WatchedPage, account: Client) -> None:
    page, home = seen.page, create_project(account)
    size = {"width": 256, "height": 256, "fps": 24, "durationFrames": 9}
    scenes = [{"id": "s1", "shots": [{"id": "a", "action": "A fox waits."}]}]
    board = create_board(
        account, home, document={"title": "Dust", "defaults": size, "scenes": scenes}
    )
    at = f"/studio/{home}/boards/{board['assetId']}"
    seen.show_page(at)
    page.get_by_label("Takes per shot").select_option("2")
    page.get_by_role("button", name="Get the price").click()
    page.get_by_role("button", name="Approve").click()
    expect(page.locator(".approval")).to_contain_text("It succeeded.", timeout=60_000)

    def compared() -> bool:
        page.goto(at)
        return page.get_by_role("link", name="Compare 2 takes").count() == 1

    eventually(compared)
    seen.check_accessibility()
    seen.take_screenshot("board-takes-390-light")
    page.get_by_role("link", name="Compare 2 takes").click()
    expect(page.locator("video")).to_have_count(2)
    for width in (320, 390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        seen.check_accessibility()
        seen.take_screenshot(f"takes-{width}-light")
    page.get_by_role("button", name="Choose take").click()
    expect(page.locator("#shot-a")).to_contain_text("chosen")
