"""A film's board in a real browser: cards edited, dragged, asked about, deleted, and compared."""

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from tests.gateway import Client, Gateway
from tests.library.files import create_project
from tests.pages.browser import WatchedPage, open_tab, press_by_keyboard
from tests.studio.boards import (
    STORYBOARDS_PATH,
    create_board,
    create_film,
    read_document,
    save_document,
)

pytestmark = pytest.mark.slow

HOSTILE = "<img src=x onerror=alert(1)>"
PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1280, "height": 1400}
SIZE = {"width": 256, "height": 256, "fps": 24, "durationFrames": 25}
SLOWLY = 60_000
SCENES: list[dict[str, Any]] = [
    {
        "id": "s1",
        "heading": "INT. AIRLOCK",
        "shots": [
            {"id": "a", "action": f"A fox waits. {HOSTILE}"},
            {"id": "b", "action": "The hatch opens."},
            {"id": "c", "action": "Light.", "continuity": {"fromShotId": "b"}},
        ],
    },
    {"id": "s2", "heading": HOSTILE},
]


@pytest.fixture
def account(site: Gateway) -> Iterator[Client]:
    with site.account() as one:
        yield one


@pytest.fixture
def seen(browser: Browser, site: Gateway, account: Client) -> Iterator[WatchedPage]:
    cookie = site.create_session_cookie(account.account_id)
    with open_tab(browser, cookie, base_url=site.base, viewport=DESK, has_touch=True) as one:
        yield one
        assert not one.complaints


class Board:
    """A board of three shots in two scenes."""

    def __init__(self, account: Client, scenes: list[dict[str, Any]] = SCENES) -> None:
        document = {"title": "The hatch", "defaults": SIZE, "scenes": scenes}
        home = create_project(account)
        self.account = account
        self.asset_id = create_board(account, home, document=document)["assetId"]
        self.path = create_film(account, self.asset_id)

    def read(self) -> dict[str, Any]:
        return read_document(self.account, STORYBOARDS_PATH, self.asset_id)

    def shots(self) -> dict[str, dict[str, Any]]:
        scenes = self.read()["document"]["scenes"]
        return {shot["id"]: shot for scene in scenes for shot in scene.get("shots", [])}

    def change(self, shot_id: str, **fields: object) -> None:
        edit = {"op": "patchShot", "shotId": shot_id, "fields": fields}
        etag = self.read()["etag"]
        saved = save_document(
            self.account, STORYBOARDS_PATH, etag, assetId=self.asset_id, operations=[edit]
        )
        assert saved.status_code == 200


def expect_order(page: Page, *scenes: list[str]) -> None:
    for name, ids in zip(("s1", "s2"), scenes, strict=True):
        cards = page.locator(f"[data-scene={name}] > [data-shot]")
        expect(cards).to_have_count(len(ids))
        for place, shot_id in enumerate(ids):
            expect(cards.nth(place)).to_have_id(f"shot-{shot_id}")


def grip(page: Page, shot_id: str) -> Locator:
    return page.locator(f"#shot-{shot_id} [data-grip]")


def centre(locator: Locator) -> dict[str, float]:
    box = locator.bounding_box()
    assert box is not None
    return {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}


def wait_until(page: Page, good: str) -> None:
    """Wait until something is true of every player on the page."""
    deadline = time.monotonic() + SLOWLY / 1000
    while not page.evaluate(f"[...document.querySelectorAll('video')].every({good})"):
        assert time.monotonic() < deadline, good


def test_words_are_saved_as_one_leaves_them_and_a_conflict_loses_nothing(
    seen: WatchedPage, account: Client
) -> None:
    page, board = seen.page, Board(account)
    seen.show_page(board.path)
    page.locator("#action-a").fill("A fox sleeps.")
    page.keyboard.press("Tab")
    expect(page.locator("#saved-a")).to_have_text("Saved")
    expect(page.locator("#said-a")).to_be_focused()
    page.locator("#movement-a").select_option("dolly_in")
    page.locator("#seconds-a").fill("2")
    page.locator("#said-a").fill("FOX: Now.")
    page.locator("#seconds-a").focus()
    expect(page.locator("#long-a")).to_have_text("2 s")
    expect(page.locator("#facts")).to_contain_text("4 s")
    deadline = time.monotonic() + SLOWLY / 1000
    while "dialogue" not in (shot := board.shots()["a"]):
        assert time.monotonic() < deadline
    assert (shot["action"], shot["movement"], shot["durationSeconds"]) == (
        "A fox sleeps.",
        "dolly_in",
        2,
    )
    assert shot["dialogue"] == [{"character": "FOX", "line": "Now."}]
    board.change("a", action="Theirs.", title="Sleep")
    page.locator("#action-a").fill(f"Mine {HOSTILE}")
    page.keyboard.press("Tab")
    card = page.locator("#shot-a")
    expect(card.get_by_role("alert")).to_contain_text("Somebody else changed this shot")
    expect(card).to_contain_text("Theirs: Theirs.")
    expect(page.locator("#action-a")).to_have_value(f"Mine {HOSTILE}")
    assert board.shots()["a"]["action"] == "Theirs."
    seen.check_accessibility()
    page.get_by_role("button", name="Move shot 2 up").click()
    expect_order(page, ["b", "a", "c"], [])
    expect(page.locator("#action-a")).to_have_value(f"Mine {HOSTILE}")
    page.get_by_role("button", name="Keep mine").click()
    expect(page.locator("#saved-a")).to_have_text("Saved")
    shot = board.shots()["a"]
    assert (shot["action"], shot["title"], shot["movement"]) == (
        f"Mine {HOSTILE}",
        "Sleep",
        "dolly_in",
    )


def test_shots_are_dragged_by_mouse_within_a_scene_and_into_another(
    seen: WatchedPage, account: Client
) -> None:
    page, board = seen.page, Board(account)
    seen.show_page(board.path)
    grip(page, "b").drag_to(grip(page, "a"))
    expect(page.locator("#name-b")).to_have_text("Shot 1")
    expect_order(page, ["b", "a", "c"], [])
    grip(page, "a").drag_to(page.locator("[data-scene=s2] .new"))
    expect(page.locator("#name-c")).to_have_text("Shot 2")
    expect_order(page, ["b", "c"], ["a"])
    assert list(board.shots()) == ["b", "c", "a"]
    seen.check_accessibility()


def test_a_shot_is_dragged_by_finger(seen: WatchedPage, account: Client) -> None:
    page, board = seen.page, Board(account)
    seen.show_page(board.path)
    session = page.context.new_cdp_session(page)

    def touch(kind: str, *points: dict[str, float]) -> None:
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    start, end = centre(grip(page, "b")), centre(grip(page, "a"))
    touch("touchStart", start)
    expect(page.locator("#shot-b")).to_have_class(re.compile("sortable-chosen"))
    for part in (0.2, 0.5, 0.8, 1):
        at = {name: start[name] + (end[name] - start[name]) * part for name in ("x", "y")}
        touch("touchMove", at)
    expect(page.locator("[data-scene=s1] > [data-shot]").first).to_have_id("shot-b")
    touch("touchEnd")
    expect(page.locator("#name-b")).to_have_text("Shot 1")
    assert list(board.shots()) == ["b", "a", "c"]


def test_a_shot_is_moved_by_keyboard_and_the_focus_stays(
    seen: WatchedPage, account: Client
) -> None:
    page, board = seen.page, Board(account)
    seen.show_page(board.path)
    press_by_keyboard(page, page.get_by_role("button", name="Move shot 1 down"))
    expect_order(page, ["b", "a", "c"], [])
    expect(page.locator("#down-a")).to_be_focused()
    page.keyboard.press("Enter")
    expect_order(page, ["b", "c", "a"], [])
    page.keyboard.press("Enter")
    expect_order(page, ["b", "c"], ["a"])
    expect(page.locator("#down-a")).to_be_focused()


def test_a_drop_that_parts_linked_shots_asks_first(seen: WatchedPage, account: Client) -> None:
    page, board = seen.page, Board(account)
    seen.show_page(board.path)
    grip(page, "c").drag_to(grip(page, "a"))
    dialog = page.get_by_role("dialog", name="Shot 3 continues shot 2")
    expect(dialog).to_contain_text("Move both, or cut the link?")
    expect_order(page, ["a", "b", "c"], [])
    seen.check_accessibility()
    dialog.get_by_role("link", name="Leave it as it was").click()
    expect(dialog).to_be_hidden()
    grip(page, "c").drag_to(grip(page, "a"))
    dialog.get_by_role("button", name="Move both").click()
    expect_order(page, ["b", "c", "a"], [])
    press_by_keyboard(page, page.get_by_role("button", name="Move shot 1 down"))
    dialog = page.get_by_role("dialog", name="Shot 2 continues shot 1")
    press_by_keyboard(page, dialog.get_by_role("button", name="Cut the link"))
    expect_order(page, ["c", "b", "a"], [])
    assert "continuity" not in board.shots()["c"]


def test_a_shot_is_added_copied_deleted_and_brought_back(
    seen: WatchedPage, account: Client
) -> None:
    page, board = seen.page, Board(account)
    seen.show_page(board.path)
    page.get_by_role("button", name="Delete shot 1").click()
    expect_order(page, ["b", "c"], [])
    expect(page.locator("#toasts")).to_contain_text("Shot 1 deleted.")
    seen.check_accessibility()
    page.get_by_role("button", name="Undo").click()
    expect_order(page, ["a", "b", "c"], [])
    expect(page.locator("#action-a")).to_have_value(f"A fox waits. {HOSTILE}")
    page.get_by_role("button", name="Duplicate shot 1").click()
    expect_order(page, ["a", "shot_1", "b", "c"], [])
    page.locator("#add-s2").click()
    expect_order(page, ["a", "shot_1", "b", "c"], ["shot_2"])
    expect(page.locator("#action-shot_2")).to_be_focused()
    page.get_by_role("textbox", name="Heading of scene 2").fill("EXT. DUNES")
    page.keyboard.press("Tab")
    expect(page.get_by_role("region", name="EXT. DUNES")).to_be_visible()
    page.get_by_role("link", name="Details of shot 1").click()
    dialog = page.get_by_role("dialog", name="Shot 1")
    dialog.get_by_label("New character").fill("Fox")
    dialog.get_by_label("Title").fill("Waiting")
    seen.check_accessibility()
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator("#name-a")).to_have_text("Shot 1: Waiting")
    expect(page.locator("#shot-a")).to_contain_text("Fox")


def test_takes_are_made_and_play_together(seen: WatchedPage, account: Client) -> None:
    page, board = seen.page, Board(account)
    seen.show_page(board.path)
    make = page.locator("#make-a").get_by_role("button")
    expect(make).to_contain_text(re.compile(r"Make a take of shot 1\s*\$0\.\d+"))
    for number in (1, 2, 3):
        make.click()
        expect(page.locator("#takes-a .take[aria-pressed]")).to_have_count(number, timeout=SLOWLY)
    expect(page.locator("#takes-a .still img")).to_be_visible()
    page.get_by_role("button", name="Choose: take 2 of shot 1").click()
    expect(page.get_by_role("button", name="Chosen: take 2 of shot 1")).to_be_visible()
    seen.check_accessibility()
    page.get_by_role("link", name=re.compile("Compare")).click()
    expect(page.locator("video")).to_have_count(2)
    page.get_by_label("Take 1").check()
    page.get_by_role("button", name="Show").click()
    videos = page.locator("video")
    expect(videos).to_have_count(3)
    page.get_by_role("button", name="Play all").click()
    wait_until(page, "v => v.currentTime > 0.1")
    muted = "[...document.querySelectorAll('video')].map((v) => v.muted)"
    assert page.evaluate(muted) == [False, True, True]
    page.get_by_role("button", name="Hear take 3").press("Enter")
    assert page.evaluate(muted) == [True, True, False]
    scrubber = page.get_by_role("slider", name="Place in the takes")
    scrubber.press("Home")
    scrubber.fill("500")
    wait_until(page, "v => Math.abs(v.currentTime - 0.5) < 0.3")
    for width in (320, 390, 768, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        seen.check_accessibility()
        seen.take_screenshot(f"takes-{width}-light")
    page.set_viewport_size(PHONE)
    assert [each.is_visible() for each in videos.all()] == [True, True, False]


def test_a_board_works_without_javascript(browser: Browser, site: Gateway, account: Client) -> None:
    board = Board(account)
    cookie = site.create_session_cookie(account.account_id)
    options = {"base_url": site.base, "viewport": PHONE, "java_script_enabled": False}
    with open_tab(browser, cookie, **options) as seen:
        page = seen.page
        page.goto(board.path)
        page.locator("#action-a").fill("A fox sleeps.")
        page.get_by_role("button", name="Save shot 1").click()
        board.change("b", action="Theirs.")
        page.locator("#action-b").fill("Mine.")
        page.get_by_role("button", name="Save shot 2").click()
        expect(page.locator("#shot-b")).to_contain_text("Theirs: Theirs.")
        expect(page.locator("#action-b")).to_have_value("Mine.")
        page.get_by_role("button", name="Keep mine").click()
        page.get_by_role("button", name="Move shot 3 up").click()
        expect(page.get_by_role("heading", name="Shot 3 continues shot 2")).to_be_visible()
        page.get_by_role("button", name="Cut the link").click()
        expect_order(page, ["a", "c", "b"], [])
        page.get_by_role("button", name="Delete shot 1").click()
        page.get_by_role("button", name="Undo").click()
        expect_order(page, ["a", "c", "b"], [])
        page.get_by_role("button", name="Make a take of shot 1").click()
        expect(page.locator("#takes-a .take[aria-pressed=true]")).to_be_visible(timeout=SLOWLY)
        page.locator("#takes-a a.still").click()
        expect(page.locator("video")).to_have_count(1)
    shots = board.shots()
    assert (shots["a"]["action"], shots["b"]["action"]) == ("A fox sleeps.", "Mine.")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("state", ["empty", "filled"])
def test_a_board_is_clean_at_every_width(
    browser: Browser,
    site: Gateway,
    account: Client,
    state: str,
    theme: Any,  # noqa: ANN401
) -> None:
    board = Board(account, SCENES if state == "filled" else [])
    cookie = site.create_session_cookie(account.account_id)
    with open_tab(browser, cookie, base_url=site.base, color_scheme=theme) as seen:
        for path in ("", "/script", *(("/shots/a",) if state == "filled" else ())):
            seen.show_page(f"{board.path}{path}")
            for width in (320, 390, 768, 1280):
                seen.page.set_viewport_size({"width": width, "height": 900})
                seen.check_accessibility()
                seen.take_screenshot(f"board{path.replace('/', '-')}-{state}-{width}-{theme}")
