"""A plan approved on a phone without one of its shots: three taps, and nothing moves."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.flows.plan_calls import read_plan
from tests.gateway import Client, Gateway
from tests.pages.browser import open_tab, press_by_keyboard
from tests.studio.boards import read_made

pytestmark = pytest.mark.slow
FILMS_PATH = "/api/v1/studio/films"
SMALL = {"width": 256, "height": 256, "fps": 24, "durationFrames": 25}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
MOST_TAPS, MOST_SECONDS = 3, 30  # a person's ten seconds, on a machine that does much else
LEFT_OUT = "Film left out: it needs shot 2."
Act = Callable[[Locator], None]


@pytest.fixture
def person(site: Gateway) -> Iterator[Client]:
    with site.account() as one:
        yield one


@pytest.fixture
def plan(person: Client) -> dict[str, Any]:
    """A film of three shots, to be made and joined."""
    words = ("A fox leans on a hatch.", "The hatch opens.", "Stars and cold light.")
    shots = [{"id": f"shot_{at}", "action": each} for at, each in enumerate(words)]
    document = {"title": "The hatch", "defaults": SMALL, "scenes": [{"id": "s", "shots": shots}]}
    film = read_made(person.http.post(FILMS_PATH, json={"document": document}))
    body = {"filmId": film["filmId"]}
    return read_made(person.http.post(f"{FILMS_PATH}/prepare-render", json=body))


class Hand:
    """One way to press: it counts how often, and how long it takes."""

    def __init__(self, page: Page, way: str) -> None:
        self.page, self.way, self.taps, self.since = page, way, 0, time.monotonic()

    def press(self, wanted: Locator) -> None:
        """Press an element."""
        self.taps += 1
        if self.way == "touch":
            wanted.tap()
        elif self.way == "mouse":
            wanted.click()
        else:
            is_box = wanted.get_attribute("type") == "checkbox"
            press_by_keyboard(self.page, wanted, "Space" if is_box else "Enter")

    def check_effort(self) -> None:
        """Check that it was little."""
        assert self.taps <= MOST_TAPS
        assert time.monotonic() - self.since < MOST_SECONDS


def list_checked(page: Page) -> list[bool]:
    return [each.is_checked() for each in page.locator(".steps input").all()]


def price_up(*steps: dict[str, Any]) -> str:
    cents = -(-sum(each["priceMicrousd"] for each in steps) // 10_000)
    return f"${cents // 100}.{cents % 100:02}"


@pytest.mark.promise("pages: approved-on-a-phone")
@pytest.mark.parametrize("way", ["touch", "mouse", "keyboard"])
def test_a_plan_is_approved_without_one_shot_by_three_presses(
    browser: Browser, site: Gateway, person: Client, plan: dict[str, Any], way: str
) -> None:
    first, second, third, film = plan["steps"]
    cookie = site.create_session_cookie(person.account_id)
    with open_tab(browser, cookie, base_url=site.base, **PHONE) as seen:
        page = seen.page
        seen.show_page("/create")
        hand = Hand(page, way)
        hand.press(page.locator(".bar").get_by_role("link", name="Waiting"))
        everything = page.get_by_role("button", name=f"Render for {price_up(*plan['steps'])}")
        expect(everything).to_be_in_viewport()
        box = page.get_by_role("checkbox", name="Shot 2, 1 s video")
        box.scroll_into_view_if_needed()
        before = page.evaluate("scrollY")
        hand.press(box)
        approve = page.get_by_role("button", name=f"Render for {price_up(first, third)}")
        expect(approve).to_be_in_viewport()
        expect(page.locator(".told")).to_have_text(LEFT_OUT)
        expect(page.locator(".tally")).to_contain_text(f"2 of 4 · {price_up(first, third)}")
        expect(page.get_by_text("Left out: it needs shot 2.", exact=True)).to_have_count(1)
        expect(box).to_be_focused()
        assert list_checked(page) == [True, False, True, False]
        assert way == "keyboard" or page.evaluate("scrollY") == before  # Tab scrolls by itself
        hand.press(approve)
        expect(page.locator("job-live, .made img").first).to_be_attached()
        hand.check_effort()
        expect(page.locator("#bar-count")).to_have_text("")
        seen.check_accessibility()
    done = read_plan(person, plan)
    left = [second["stepId"], film["stepId"]]
    assert (done["state"], done["droppedStepIds"]) == ("executed", left)
    assert done["approvedMicrousd"] == first["priceMicrousd"] + third["priceMicrousd"]


@pytest.mark.promise("pages: approved-on-a-phone")
def test_without_a_script_the_button_says_what_it_costs_before_it_runs(
    browser: Browser, site: Gateway, person: Client, plan: dict[str, Any]
) -> None:
    first, _, third, _ = plan["steps"]
    cookie = site.create_session_cookie(person.account_id)
    options: dict[str, Any] = {**PHONE, "base_url": site.base, "java_script_enabled": False}
    with open_tab(browser, cookie, **options) as seen:
        page = seen.page
        page.goto(plan["approvalUrl"])
        hand = Hand(page, "touch")
        hand.press(page.get_by_role("checkbox", name="Shot 2"))
        hand.press(page.get_by_role("button", name="Render for"))
        approve = page.get_by_role("button", name=f"Render for {price_up(first, third)}")
        expect(approve).to_be_in_viewport()
        expect(page.locator(".told")).to_have_text(LEFT_OUT)
        expect(page.get_by_role("alert")).to_contain_text("Nothing has been approved yet.")
        assert read_plan(person, plan)["state"] == "pending"
        hand.press(approve)
        expect(page.get_by_role("heading", name="The hatch: approved")).to_be_visible()
        hand.check_effort()
    assert read_plan(person, plan)["approvedMicrousd"] == (
        first["priceMicrousd"] + third["priceMicrousd"]
    )


def test_what_was_left_out_comes_back_and_a_row_brings_what_it_needs(
    browser: Browser, site: Gateway, person: Client, plan: dict[str, Any]
) -> None:
    cookie = site.create_session_cookie(person.account_id)
    with open_tab(browser, cookie, base_url=site.base, **PHONE) as seen:
        page = seen.page
        seen.show_page(f"/plans/{plan['planId']}")
        shot, film = (page.get_by_role("checkbox", name=name) for name in ("Shot 2", "Film"))
        kept = page.evaluate_handle("document.querySelector('.steps > li')")
        shot.tap()
        expect(film).not_to_be_checked()
        shot.tap()
        expect(film).to_be_checked()
        shot.tap()
        expect(film).not_to_be_checked()
        film.tap()
        expect(shot).to_be_checked()
        expect(page.locator(".told")).to_have_text("Shot 2 is back: the film needs it.")
        expect(page.locator("#say")).to_have_text("Shot 2 is back: the film needs it.")
        expect(film).to_be_focused()
        assert kept.evaluate("row => row.isConnected")  # the rows that did not change stay
        for box in page.locator(".steps input").all()[::-1]:  # none takes another along
            box.tap()
            expect(box).not_to_be_checked()
        expect(page.get_by_role("button", name="Render for $0.00")).to_be_disabled()
        assert read_plan(person, plan)["state"] == "pending"


def test_a_plan_that_can_no_longer_be_run_says_so_beside_the_button(
    browser: Browser, site: Gateway, person: Client, plan: dict[str, Any]
) -> None:
    cookie = site.create_session_cookie(person.account_id)
    with open_tab(browser, cookie, base_url=site.base, **PHONE) as seen:
        page = seen.page
        seen.show_page("/waiting")
        site.run_command("admin", "plan", "expire", plan["planId"], "--reason", "late")
        page.get_by_role("button", name="Render for").tap()
        expect(page.get_by_role("alert")).to_be_in_viewport()
        expect(page.locator(".decide")).to_contain_text("ask for a new plan")
        expect(page.locator(".approval").get_by_role("button")).to_have_count(0)
