"""Part of a plan is selected: steps that need an unchecked one go too, and nothing jumps."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.flows.plan_calls import plan_step, prepare_plan, read_plan
from tests.gateway import Client, Gateway, picture_input
from tests.pages.browser import open_tab

pytestmark = pytest.mark.slow

SHIFTS = """
window.moved = [];
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) window.moved.push(each.value);
}).observe({type: "layout-shift", buffered: true});
"""
BOXES = """
[...document.querySelectorAll(".approval :is(h2, button, .steps > li, .tally, .why, label)")]
  .filter((each) => each.checkVisibility())
  .map((each) => { const {x, y, width, height} = each.getBoundingClientRect();
                   const top = each.closest(".decide") ? y : y + scrollY;
                   return [x, top, width, height].map(Math.round); })
"""
GONE = "Step 2 and step 3 left out: they need step 1."
BACK = "Step 1 and step 2 are back: step 3 needs them."


@pytest.fixture(scope="module")
def person(site: Gateway) -> Iterator[Client]:
    with site.account("0.30") as one:
        yield one


@pytest.fixture
def plan(person: Client) -> dict[str, Any]:
    """A plan: a picture, upscaled, upscaled again, and a picture by itself."""
    return prepare_plan(
        person,
        plan_step("image.generate", picture_input("a fox"), key="wire_one"),
        plan_step("image.upscale", {"imageUrl": "step://wire_one/0"}, key="wire_two"),
        plan_step("image.upscale", {"imageUrl": "step://wire_two/0"}, key="wire_three"),
        plan_step("image.generate", picture_input("a hare"), key="wire_four"),
    )


def list_checked(page: Page) -> list[bool]:
    return [each.is_checked() for each in page.locator(".steps input").all()]


def approve_button(page: Page, amount: str) -> None:
    expect(page.get_by_role("button", name=f"Approve {amount}", exact=True)).to_be_visible()


@pytest.mark.promise("plans: parts")
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390, 320])
def test_an_unchecked_step_takes_along_what_needs_it_without_a_jump(
    browser: Browser, site: Gateway, person: Client, plan: dict[str, Any], width: int, theme: str
) -> None:
    cookie, view = site.create_session_cookie(person.account_id), {"width": width, "height": 1400}
    options: dict[str, Any] = {"base_url": site.base, "viewport": view, "color_scheme": theme}
    with open_tab(browser, cookie, **options) as seen:
        page = seen.page
        page.add_init_script(SHIFTS)
        seen.show_page(f"/plans/{plan['planId']}")
        approve_button(page, "$0.06")
        before = page.evaluate(BOXES)
        shifts = len(page.evaluate("window.moved"))
        page.get_by_role("checkbox", name="Step 1").click()
        approve_button(page, "$0.02")
        assert list_checked(page) == [False, False, False, True]
        expect(page.locator(".told")).to_have_text(GONE)
        expect(page.locator("#say")).to_have_text(GONE)
        expect(page.get_by_role("checkbox", name="Step 1")).to_be_focused()
        expect(page.locator(".tally")).to_contain_text("1 of 4 · $0.02")
        assert page.evaluate(BOXES) == before
        assert "wire_" not in page.locator("main").inner_text()

        page.get_by_role("checkbox", name="Step 1").click()
        approve_button(page, "$0.06")  # what was left out with it comes back with it
        assert list_checked(page) == [True, True, True, True]
        expect(page.locator("#say")).to_have_text("Step 2 and step 3 are back.")
        page.get_by_role("checkbox", name="Step 1").click()
        approve_button(page, "$0.02")
        page.get_by_role("checkbox", name="Step 3").click()
        approve_button(page, "$0.06")
        assert list_checked(page) == [True, True, True, True]
        expect(page.locator("#say")).to_have_text(BACK)
        for name, amount in (("Step 1", "$0.02"), ("Step 4", "$0.00")):
            page.get_by_role("checkbox", name=name).click()
            approve_button(page, amount)
        expect(page.get_by_role("button", name="Approve $0.00")).to_be_disabled()
        assert page.evaluate(BOXES) == before
        assert page.evaluate("window.moved")[shifts:] == []
        page.get_by_role("checkbox", name="Step 3").click()
        approve_button(page, "$0.04")
        seen.check_accessibility()
        seen.take_screenshot(f"plan-part-{width}-{theme}")
    assert read_plan(person, plan)["state"] == "pending"


def test_a_notice_that_no_longer_holds_leaves_its_place_empty(
    browser: Browser, site: Gateway
) -> None:
    with site.account("0.03") as poor:
        pair = [plan_step("image.generate", picture_input(word)) for word in ("one", "two")]
        plan = prepare_plan(poor, *pair)
        cookie = site.create_session_cookie(poor.account_id)
        with open_tab(browser, cookie, base_url=site.base) as seen:
            page = seen.page
            seen.show_page(f"/plans/{plan['planId']}")
            notice = page.get_by_text("The balance is below the price.")
            expect(notice).to_be_visible()
            before = page.evaluate(BOXES)
            page.get_by_role("checkbox").first.uncheck()
            approve_button(page, "$0.02")
            expect(notice).to_have_count(0)
            assert page.evaluate(BOXES) == before
            seen.check_accessibility()


@pytest.mark.promise("plans: parts")
def test_without_a_script_the_corrected_part_is_shown_before_anything_runs(
    browser: Browser, site: Gateway, person: Client, plan: dict[str, Any]
) -> None:
    cookie = site.create_session_cookie(person.account_id)
    with open_tab(browser, cookie, base_url=site.base, java_script_enabled=False) as seen:
        page = seen.page
        page.goto(f"/plans/{plan['planId']}")
        page.get_by_role("checkbox", name="Step 1").uncheck()
        page.get_by_role("button", name="Approve $0.06").click()
        expect(page.locator(".told")).to_have_text(GONE)
        expect(page.get_by_role("alert")).to_contain_text("Nothing has been approved yet.")
        assert list_checked(page) == [False, False, False, True]
        assert read_plan(person, plan)["state"] == "pending"
        page.get_by_role("button", name="Approve $0.02").click()
        expect(page.get_by_role("heading", name="Plan approved")).to_be_visible()
    done = read_plan(person, plan)
    assert (done["state"], done["approvedUsd"]) == ("executed", "0.02")
    assert len(done["droppedStepIds"]) == 3
