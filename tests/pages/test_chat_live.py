"""Talking with the agent in a real browser: answers are streamed, stopped and paid for."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.fakes.anthropic.script import Script, ScriptedTurn
from tests.gateway import Client, Gateway
from tests.library.files import create_project
from tests.pages.browser import WatchedPage, open_tab
from tests.studio.messages import wait_for_request
from tests.studio.playing import gateway as gateway
from tests.studio.playing import get_held_microusd
from tests.studio.playing import model as model
from tests.studio.playing import person as person
from tests.studio.playing import studio as studio
from tests.studio.talks import create_thread, get_snapshot, get_thread_detail

pytestmark = pytest.mark.slow

HOSTILE = (
    "<img src=x onerror=\"document.title='stolen'\"> <script>document.title = 'stolen'</script> "
    '<b hx-get="/logout" hx-trigger="load">b</b>'
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


def has_text(page: Page, words: str) -> None:
    page.get_by_label("Message to the agent").fill(words)
    page.get_by_role("button", name="Send for at most $0.25").click()


@pytest.mark.promise("pages: talk")
def test_an_answer_is_seen_as_it_is_written_and_hostile_words_stay_words(
    seen: WatchedPage, person: Client, home: str, model: Script
) -> None:
    model.play(
        ScriptedTurn(text=f"I look first. {HOSTILE}", calls=[("list_assets", {})]),
        ScriptedTurn(text=f"## A fox\n\nIn **three** shots. {HOSTILE}", fault="hang"),
    )
    page = seen.page
    seen.show_page(f"/library?projectId={home}")
    page.get_by_text("Talks", exact=True).click()
    page.get_by_role("button", name="New talk").click()
    expect(page.locator("message-box:defined")).to_have_count(1)
    page.get_by_label("Message to the agent").fill("A draft")
    page.reload()
    expect(page.get_by_label("Message to the agent")).to_have_value("A draft")
    has_text(page, f"A fox. {HOSTILE}")
    expect(page.get_by_label("Message to the agent")).to_have_value("")
    expect(page.get_by_label("Message to the agent")).to_be_focused()
    answer = page.locator("agent-stream")
    expect(answer.locator("[data-words]")).to_contain_text("look first. <img", timeout=SLOWLY)
    expect(answer.locator("[data-spent]")).to_contain_text("so far")
    expect(page.get_by_role("log")).to_contain_text("I look first.", timeout=SLOWLY)
    assert page.get_by_role("heading", level=1).inner_text().startswith("A fox. <img")
    seen.check_accessibility()
    seen.take_screenshot("thread-answering-390-light")
    model.gate.set()
    expect(page.locator("#said > li .written strong").first).to_have_text("A fox", timeout=SLOWLY)
    expect(answer).to_have_count(0)
    expect(page.locator("#said")).to_contain_text("onerror=")
    expect(page.locator("#said img, #said script, #said [hx-get]")).to_have_count(0)
    expect(page.locator("#credit")).to_contain_text("Available: $4.9")
    assert "stolen" not in page.title()[:6]
    seen.check_accessibility()
    page.reload()
    expect(page.get_by_label("Message to the agent")).to_have_value("")
    expect(page.locator("#said")).to_contain_text(re.compile(r"\$0\.\d+ charged"))
    seen.check_accessibility()
    seen.take_screenshot("thread-answered-390-light")


def test_an_answer_goes_on_after_a_reload_and_in_another_tab_and_is_stopped_by_keyboard(
    seen: WatchedPage, person: Client, home: str, model: Script
) -> None:
    model.play(ScriptedTurn(text="Half of it", fault="hang"))
    page = seen.page
    seen.show_page(f"/library/{home}/talks/{create_thread(person, home)}")
    has_text(page, "Go on")
    words = page.locator("agent-stream [data-words]")
    expect(words).to_have_text("Half of it", timeout=SLOWLY)
    page.reload()
    expect(words).to_have_text("Half of it", timeout=SLOWLY)
    other = page.context.new_page()
    other.goto(page.url.partition("#")[0])
    expect(other.locator("agent-stream [data-words]")).to_have_text("Half of it", timeout=SLOWLY)
    page.get_by_role("button", name="Stop").press("Enter")
    for each in (page, other):
        expect(each.locator("#said")).to_contain_text("Canceled.", timeout=SLOWLY)
    other.close()
    expect(page.locator("agent-stream")).to_have_count(0)
    expect(page.get_by_label("Message to the agent")).to_be_focused()
    expect(page.locator("#said")).to_contain_text(re.compile(r"\$0\.\d+ charged"))
    assert (get_held_microusd(person), get_snapshot(person)["activeRequests"]) == (0, [])
    seen.check_accessibility()


def test_a_message_that_cannot_be_paid_keeps_its_words_and_leads_to_credit(
    browser: Browser, gateway: Gateway, model: Script
) -> None:
    with gateway.account("0.10") as poor:
        home, cookie = create_project(poor), gateway.create_session_cookie(poor.account_id)
        talk = create_thread(poor, home)
        with open_tab(browser, cookie, base_url=gateway.base) as seen:
            seen.show_page(f"/library/{home}/talks/{talk}")
            has_text(seen.page, "A fox")
            refused = seen.page.get_by_role("alert")
            expect(refused).to_contain_text("$0.15 is missing")
            expect(refused.get_by_role("link", name="Add credit")).to_be_visible()
            expect(seen.page.get_by_label("Message to the agent")).to_have_value("A fox")
            seen.check_accessibility()
            assert get_thread_detail(poor, talk)["messages"] == []


def test_without_javascript_the_page_comes_back_with_the_answer(
    browser: Browser, gateway: Gateway, person: Client, home: str, model: Script
) -> None:
    model.play(ScriptedTurn(text="It is **night**."))
    cookie, talk = gateway.create_session_cookie(person.account_id), create_thread(person, home)
    with open_tab(browser, cookie, base_url=gateway.base, java_script_enabled=False) as seen:
        page = seen.page
        page.goto(f"/library/{home}/talks/{talk}")
        has_text(page, f"Is it day? {HOSTILE}")
        (request,) = {each["requestId"] for each in get_thread_detail(person, talk)["messages"]}
        wait_for_request(person, request)
        page.reload()
        expect(page.locator("#said strong", has_text="night")).to_be_visible(timeout=SLOWLY)
        expect(page.locator("#said")).to_contain_text("<script>")
        has_text(page, "Thank you")
        assert [each["role"] for each in get_thread_detail(person, talk)["messages"]].count(
            "user"
        ) == 2
