"""The talk of a film in a real browser: a column beside the board, and a tab on a phone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.fakes.anthropic.script import Script, ScriptedTurn
from tests.gateway import Client, Gateway
from tests.library.files import create_project
from tests.pages.browser import WatchedPage, open_tab
from tests.studio.boards import create_board, create_film
from tests.studio.playing import gateway as gateway
from tests.studio.playing import model as model
from tests.studio.playing import person as person
from tests.studio.playing import studio as studio
from tests.studio.talks import get_snapshot, get_thread_detail

pytestmark = pytest.mark.slow

SLOWLY = 60_000


@pytest.fixture
def home(person: Client) -> str:
    return create_project(person)


@pytest.fixture
def seen(browser: Browser, gateway: Gateway, person: Client) -> Iterator[WatchedPage]:
    cookie = gateway.create_session_cookie(person.account_id)
    view = {"width": 1280, "height": 900}
    with open_tab(browser, cookie, base_url=gateway.base, viewport=view) as one:
        yield one
        assert not one.complaints


def test_the_agent_is_asked_beside_the_board_about_the_shot_one_is_at(
    seen: WatchedPage, person: Client, home: str, model: Script
) -> None:
    page, board = seen.page, create_board(person, home)
    seen.show_page(create_film(person, board["assetId"]))
    talk = page.get_by_role("complementary", name="Talk")
    expect(talk.get_by_label("Message to the agent")).to_be_visible()
    talk.get_by_role("link", name="Suggest a move of the camera").click()
    expect(talk.get_by_label("Message to the agent")).to_have_value(
        "Suggest a move of the camera for each shot."
    )
    page.locator("#action-s1b").focus()
    expect(talk.get_by_label("About")).to_have_value("s1b")
    picture = {"operation": "image.generate", "input": {"prompt": "a fox"}}
    proposed = ("propose_plan", {"title": "A frame", "steps": [picture]})
    model.play(ScriptedTurn(text="A plan.", calls=[proposed]), ScriptedTurn(text="Push in."))
    talk.get_by_role("button", name="Send for at most $0.25").click()
    expect(talk.locator("#said")).to_contain_text("Push in.", timeout=SLOWLY)
    expect(talk.locator(".approval")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("The hatch")
    seen.check_accessibility()
    seen.take_screenshot("board-talk-1280-light")
    (thread,) = get_snapshot(person, projectId=home)["threads"]
    assert thread["title"] == "The hatch"
    asked = get_thread_detail(person, thread["threadId"])["messages"][0]["blocks"]
    assert "About shot 2 (“It opens.”) of the film “The hatch”" in asked[0]["markdown"]
    assert board["assetId"] in str(asked)
    page.set_viewport_size({"width": 390, "height": 844})
    expect(talk).to_be_hidden()
    page.get_by_role("link", name="Talk", exact=True).click()
    expect(page.locator("#said")).to_contain_text("Push in.")
    for width in (320, 390, 768, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        seen.check_accessibility()


def test_the_agent_writes_a_board_from_an_idea_without_javascript(
    browser: Browser, gateway: Gateway, person: Client, home: str, model: Script
) -> None:
    board = create_board(person, home, document={"title": "Dust"})
    cookie = gateway.create_session_cookie(person.account_id)
    model.play(ScriptedTurn(text="Three shots, then."))
    with open_tab(browser, cookie, base_url=gateway.base, java_script_enabled=False) as seen:
        page = seen.page
        page.goto(create_film(person, board["assetId"]))
        page.get_by_label("What is the film about?").fill("A fox waits.")
        page.get_by_role("button", name="Write the shots for at most $0.25").click()
        expect(page.locator("#said")).to_contain_text("A fox waits.")
        expect(page.locator("#said")).to_contain_text("Three shots, then.", timeout=SLOWLY)


def test_nobody_can_be_talked_to_without_a_model(
    browser: Browser, site: Gateway, seen: WatchedPage
) -> None:
    del seen
    with site.account() as one:
        board = create_board(one, create_project(one))
        cookie = site.create_session_cookie(one.account_id)
        with open_tab(browser, cookie, base_url=site.base) as other:
            other.show_page(create_film(one, board["assetId"]))
            expect(other.page.get_by_role("complementary")).to_have_count(0)
            expect(other.page.get_by_role("link", name="Talk")).to_have_count(0)
