"""Films in a real browser: from an idea to the film watched, its timeline, and its look."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.flows.plan_calls import PLANS, execute_plan, wait_for_plan
from tests.gateway import Client, Gateway
from tests.pages.browser import WatchedPage, open_tab
from tests.studio.boards import STORYBOARDS_PATH, read_document, read_made, save_document

pytestmark = pytest.mark.slow
FILMS_PATH = "/api/v1/studio/films"
IDEA = "A grey fox leans on a hatch. The hatch swings open. Stars and cold light."
MOST_TAPS = 12
PHONE = {"width": 390, "height": 844}
SMALL = {"width": 256, "height": 256, "fps": 24, "durationFrames": 25}
WIDTHS = (320, 390, 768, 1280)


@pytest.fixture
def person(site: Gateway) -> Iterator[Client]:
    with site.account() as one:
        yield one


@pytest.fixture(scope="module")
def maker(site: Gateway) -> Iterator[Client]:
    """A person with a finished film."""
    with site.account() as one:
        shots = [{"id": name, "prompt": f"A fox, {name}."} for name in ("one", "two", "three")]
        document = {
            "title": "The hatch",
            "defaults": SMALL,
            "scenes": [{"id": "s", "shots": shots}],
        }
        made = read_made(one.http.post(FILMS_PATH, json={"document": document}))
        body = {"filmId": made["filmId"]}
        plan = read_made(one.http.post(f"{FILMS_PATH}/prepare-render", json=body))
        execute_plan(one, plan)
        assert wait_for_plan(one, plan)["outcome"] == "succeeded"
        yield one


class Hand:
    """A finger that counts its taps."""

    def __init__(self, page: Page) -> None:
        self.page, self.taps = page, 0

    def tap(self, wanted: Locator) -> None:
        """Tap an element."""
        wanted.click()
        self.taps += 1

    def press(self, name: str) -> None:
        """Tap the button whose name begins like this."""
        self.tap(self.page.get_by_role("button", name=re.compile(f"^{name}")).first)


def read_only_film(person: Client) -> dict[str, Any]:
    """Return the only film of a person."""
    (head,) = person.http.get(FILMS_PATH).json()["data"]
    film: dict[str, Any] = person.http.get(FILMS_PATH, params={"filmId": head["filmId"]}).json()
    return film


def make_shots_small(person: Client) -> None:
    """Make the shots of the film small and short, so that they are made soon."""
    asset_id = read_only_film(person)["storyboardAssetId"]
    board = read_document(person, STORYBOARDS_PATH, asset_id)
    edits = [{"op": "set", "fields": {"defaults": SMALL}}]
    body = {"assetId": asset_id, "operations": edits}
    assert save_document(person, STORYBOARDS_PATH, board["etag"], **body).status_code == 200


@pytest.mark.promise("pages: idea-to-film")
@pytest.mark.parametrize("scripted", [True, False], ids=["with a script", "without a script"])
def test_an_idea_becomes_a_film_that_is_watched_within_twelve_taps(
    browser: Browser, site: Gateway, person: Client, *, scripted: bool
) -> None:
    cookie = site.create_session_cookie(person.account_id)
    options = {"base_url": site.base, "viewport": PHONE, "java_script_enabled": scripted}
    with open_tab(browser, cookie, **options) as seen:
        page, hand = seen.page, Hand(seen.page)
        page.goto("/films")
        hand.tap(page.get_by_label("What is your first film about?"))
        page.keyboard.type(IDEA)
        hand.press("Make a film of it")
        expect(page.locator("[data-shot]")).to_have_count(3)
        make_shots_small(person)
        hand.press("Render film")
        hand.press("Render for")
        (plan,) = person.http.get(PLANS).json()["data"]
        assert wait_for_plan(person, plan)["outcome"] == "succeeded"
        hand.tap(page.get_by_role("link", name="Films").last)
        hand.tap(page.locator(".film-card"))
        expect(page.locator("video")).to_be_visible()
        expect(page.locator(".film-chapters li")).to_have_count(3)
        assert read_only_film(person)["finalOutput"]["number"] == 1
        assert hand.taps <= MOST_TAPS
        assert not seen.complaints


def test_a_timeline_trims_reorders_and_previews(
    browser: Browser, site: Gateway, maker: Client
) -> None:
    film = read_only_film(maker)
    cookie = site.create_session_cookie(maker.account_id)
    with open_tab(browser, cookie, base_url=site.base, viewport={"width": 1280, "height": 900}) as (
        seen
    ):
        page = seen.page
        page.goto(f"/films/{film['filmId']}/timeline")
        block = page.locator("[data-block='1'] svg")
        before = block.bounding_box()
        page.get_by_label("Trim end of clip 1").fill("12")
        page.keyboard.press("Tab")
        expect(page.get_by_text("Own cut")).to_be_visible()
        after = block.bounding_box()
        assert before is not None
        assert after is not None
        assert after["width"] < before["width"] * 0.6
        page.get_by_role("button", name="Earlier clip 3").click()
        expect(page.locator("#clip-2")).to_contain_text("three")
        cut = read_only_film(maker)["cut"]
        assert [clip["shotId"] for clip in cut] == ["one", "three", "two"]
        assert [clip["tailFrames"] for clip in cut] == [12, 0, 0]
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            drag_handle(page, "tailFrames-3", by=-20)
        expect(page.get_by_label("Trim end of clip 3")).not_to_have_value("0")
        page.get_by_role("button", name="Preview the cut").click()
        playing = page.locator("film-preview video[data-front]")
        expect(playing).to_have_js_property("paused", value=False)
        expect(page.get_by_role("button", name="Preview the cut")).to_be_visible(timeout=30_000)
        page.get_by_role("button", name="Follow the board again").click()
        expect(page.get_by_text("Follows the board")).to_be_visible()
        assert not seen.complaints


def drag_handle(page: Page, field: str, *, by: int) -> None:
    """Drag the handle of a field by some pixels."""
    box = page.locator(f".handle[data-field='{field}']").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by, y, steps=4)
    page.mouse.up()


def test_a_cut_that_cannot_be_is_refused_where_it_was_pressed(
    browser: Browser, site: Gateway, maker: Client
) -> None:
    film = read_only_film(maker)
    cookie = site.create_session_cookie(maker.account_id)
    with open_tab(browser, cookie, base_url=site.base, java_script_enabled=False) as seen:
        page = seen.page
        page.goto(f"/films/{film['filmId']}/timeline")
        change = {"filmId": film["filmId"], "cut": [{"shotId": "one"}, {"shotId": "two"}]}
        maker.http.patch(FILMS_PATH, json=change, headers={"If-Match": film["etag"]})
        page.get_by_label("Trim start of clip 1").fill("3")
        page.get_by_role("button", name="Save the cut").click()
        expect(page.get_by_text("The film was changed meanwhile.")).to_be_visible()
        expect(page.locator(".cut-rows li")).to_have_count(2)
        page.get_by_label("Trim start of clip 1").fill("3")
        page.get_by_role("button", name="Save the cut").click()
        expect(page.get_by_label("Trim start of clip 1")).to_have_value("3")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_of_films_are_accessible_empty_and_filled(
    browser: Browser, site: Gateway, person: Client, maker: Client, theme: str
) -> None:
    film_id = read_only_film(maker)["filmId"]
    empty_id = read_made(person.http.post(FILMS_PATH, json={"title": "Empty"}))["filmId"]
    for one, path in ((person, f"/films/{empty_id}"), (maker, f"/films/{film_id}")):
        cookie = site.create_session_cookie(one.account_id)
        with open_tab(browser, cookie, base_url=site.base, color_scheme=theme) as seen:
            for each in ("/films", f"{path}/timeline", f"{path}/watch"):
                check_page(seen, each, f"{theme}-{'filled' if one is maker else 'empty'}")


def check_page(seen: WatchedPage, path: str, name: str) -> None:
    """Check one page at every width."""
    for width in WIDTHS:
        seen.page.set_viewport_size({"width": width, "height": 900})
        seen.show_page(path)
        seen.check_accessibility()
        seen.take_screenshot(f"films-{path.rpartition('/')[2]}-{name}-{width}")
