"""Plans proposed by the agent, decided in the thread: in part, rejected, too late."""

import re
from collections.abc import Iterator, Mapping

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.fakes.anthropic.script import Script, ScriptedTurn
from tests.flows.plan_calls import PLANS, execute_plan, list_step_states, read_plan, wait_for_plan
from tests.gateway import Client, Gateway, picture_input
from tests.library.files import create_project
from tests.pages.browser import WatchedPage, open_tab
from tests.studio.boards import TEXT_PATH, create_text, save_document
from tests.studio.messages import ask_agent
from tests.studio.playing import gateway as gateway
from tests.studio.playing import get_held_microusd
from tests.studio.playing import model as model
from tests.studio.playing import person as person
from tests.studio.playing import studio as studio
from tests.studio.talks import create_thread

pytestmark = pytest.mark.slow

HOSTILE = (
    "<img src=x onerror=\"document.title='stolen'\"> <b hx-get='/logout' hx-trigger='load'>b</b>"
)
SLOWLY = 60_000


@pytest.fixture
def home(person: Client) -> str:
    return create_project(person)


@pytest.fixture
def seen(browser: Browser, gateway: Gateway, person: Client) -> Iterator[WatchedPage]:
    cookie = gateway.create_session_cookie(person.account_id)
    view = {"width": 390, "height": 844}
    with open_tab(browser, cookie, base_url=gateway.base, viewport=view) as one:
        yield one
        assert not one.complaints


def propose_plan(person: Client, home: str, model: Script, *steps: Mapping[str, object]) -> str:
    """Let the agent propose a plan of these steps, or of three pictures; return the thread."""
    talk = create_thread(person, home)
    pictures = [
        {
            "operation": "image.generate",
            "input": picture_input(f"{word} {HOSTILE} [sandbox:slow=2]"),
        }
        for word in ("dawn", "noon", "dusk")
    ]
    call = ("propose_plan", {"title": f"Three {HOSTILE}", "steps": list(steps) or pictures})
    model.play(ScriptedTurn(text="A plan.", calls=[call]), ScriptedTurn(text="Approve it."))
    done = ask_agent(person, talk, "Plan it")
    assert done["planIds"], done
    return talk


def get_plan(person: Client) -> dict[str, object]:
    (head,) = person.http.get(PLANS).json()["data"]
    return read_plan(person, head)


def show_card(seen: WatchedPage, home: str, talk: str) -> Locator:
    seen.show_page(f"/library/{home}/talks/{talk}")
    return seen.page.locator(".approval")


@pytest.mark.promise("plans: approved-in-the-thread")
def test_a_part_of_a_plan_is_approved_by_keyboard_and_its_pictures_come(
    seen: WatchedPage, person: Client, home: str, model: Script
) -> None:
    card = show_card(seen, home, propose_plan(person, home, model))
    expect(card.get_by_role("button", name="Approve $0.06")).to_be_visible()
    expect(card.get_by_role("button", name="Approve")).not_to_be_focused()
    expect(card.get_by_text(HOSTILE).first).to_be_visible()
    seen.check_accessibility()
    second = card.get_by_role("checkbox").nth(1)
    second.press("Space")
    expect(card.get_by_role("button", name="Approve $0.04")).to_be_visible()
    expect(card.locator(".tally")).to_contain_text("2 of 3 · $0.04")
    expect(second).to_be_focused()
    expect(second).not_to_be_checked()
    assert (read_plan(person, get_plan(person))["state"], get_held_microusd(person)) == (
        "pending",
        0,
    )
    card.get_by_role("button", name="Approve $0.04").press("Enter")
    expect(card.locator("job-live").first).to_be_visible()
    expect(card).to_contain_text("left out")
    expect(card.get_by_role("button")).to_have_count(0)
    expect(card.locator(".made img")).to_have_count(2, timeout=SLOWLY)
    expect(card).to_contain_text("It succeeded.", timeout=SLOWLY)
    expect(card.locator("job-live")).to_have_count(0)
    expect(card).to_contain_text("Charged$0.04")
    assert list_step_states(wait_for_plan(person, get_plan(person))) == [
        "succeeded",
        "dropped",
        "succeeded",
    ]
    assert "stolen" not in seen.page.title()
    seen.check_accessibility()
    seen.take_screenshot("thread-approved-390-light")


def test_a_plan_is_rejected_or_runs_out_and_loses_its_buttons(
    gateway: Gateway, seen: WatchedPage, person: Client, home: str, model: Script
) -> None:
    card = show_card(seen, home, propose_plan(person, home, model))
    card.get_by_role("button", name="Reject").click()
    expect(card).to_contain_text("A plan that was rejected")
    expect(card.get_by_role("button")).to_have_count(0)
    assert read_plan(person, get_plan(person))["state"] == "rejected"
    talk = propose_plan(person, home, model)
    card = show_card(seen, home, talk)
    late = card.get_attribute("id")
    expect(card.get_by_role("button", name="Approve")).to_be_visible()
    gateway.run_command("admin", "plan", "expire", str(late), "--reason", "late")
    card.get_by_role("button", name="Approve").click()
    expect(card.get_by_role("alert")).to_be_visible()
    expect(card).to_contain_text("A plan that expired")
    expect(card.get_by_role("button")).to_have_count(0)
    seen.check_accessibility()
    assert get_held_microusd(person) == 0


def test_a_plan_that_was_decided_elsewhere_says_so_by_itself(
    seen: WatchedPage, person: Client, home: str, model: Script
) -> None:
    card = show_card(seen, home, propose_plan(person, home, model))
    expect(card.get_by_role("button", name="Approve")).to_be_visible()
    execute_plan(person, get_plan(person))
    expect(card.locator(".made img")).to_have_count(3, timeout=SLOWLY)
    expect(card.get_by_role("button")).to_have_count(0)


def test_a_stale_plan_loses_its_buttons(
    seen: WatchedPage, person: Client, home: str, model: Script
) -> None:
    text = create_text(person, home)
    change = {"assetId": text["assetId"], "content": "two", "baseVersion": 1}
    card = show_card(
        seen,
        home,
        propose_plan(person, home, model, {"operation": "studio.text.save", "input": change}),
    )
    assert (
        save_document(
            person, TEXT_PATH, text["etag"], assetId=text["assetId"], content="3"
        ).status_code
        == 200
    )
    card.get_by_role("button", name="Approve").click()
    expect(card).to_contain_text("It can no longer be run.")
    expect(card.get_by_role("button")).to_have_count(0)
    seen.check_accessibility()


def test_a_plan_that_cannot_be_paid_leads_to_credit_and_stays(
    browser: Browser, gateway: Gateway, model: Script
) -> None:
    with gateway.account("0.30") as poor:
        home = create_project(poor)
        clip = {"prompt": "a fox", "width": 1280, "height": 704, "durationFrames": 241}
        dear = {"operation": "video.generate", "input": clip}
        talk = propose_plan(poor, home, model, dear, dear)
        cookie = gateway.create_session_cookie(poor.account_id)
        with open_tab(browser, cookie, base_url=gateway.base) as seen:
            card = show_card(seen, home, talk)
            card.get_by_role("button", name="Approve").click()
            expect(card.get_by_role("alert")).to_contain_text("is missing")
            expect(card.get_by_role("alert").get_by_role("link", name="Add credit")).to_be_visible()
            expect(card.get_by_role("button", name="Approve")).to_be_visible()


def test_the_page_of_a_plan_becomes_live_too(
    seen: WatchedPage, person: Client, home: str, model: Script
) -> None:
    propose_plan(person, home, model)
    plan = get_plan(person)
    page = seen.page
    seen.show_page(f"/plans/{plan['planId']}")
    page.get_by_role("checkbox").nth(0).uncheck()
    expect(page.get_by_role("button", name="Approve $0.04")).to_be_visible()
    page.get_by_role("button", name="Approve $0.04").click()
    expect(page.get_by_role("heading", name="Plan approved")).to_be_visible()
    expect(page.locator(".made img")).to_have_count(2, timeout=SLOWLY)
    expect(page.locator(".approval")).to_contain_text("It succeeded.", timeout=SLOWLY)
    seen.check_accessibility()
    page.get_by_role("link", name="Open the thread").click()
    expect(page).to_have_url(re.compile("/library/"))


@pytest.mark.parametrize("decision", ["Approve $0.06", "Reject"])
def test_without_javascript_a_card_leads_to_the_page_of_its_plan(
    browser: Browser, gateway: Gateway, person: Client, home: str, model: Script, decision: str
) -> None:
    talk = propose_plan(person, home, model)
    cookie = gateway.create_session_cookie(person.account_id)
    with open_tab(browser, cookie, base_url=gateway.base, java_script_enabled=False) as seen:
        page = seen.page
        page.goto(f"/library/{home}/talks/{talk}")
        page.get_by_role("button", name="Update the price").click()
        page.get_by_role("button", name=decision).click()
        words = "Plan rejected" if decision == "Reject" else "Plan approved"
        expect(page.get_by_role("heading", name=words)).to_be_visible()
        if decision != "Reject":
            expect(page.locator(".made img")).to_have_count(3, timeout=SLOWLY)
