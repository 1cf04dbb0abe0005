"""Every page at every width and in both themes: nothing too wide, no complaint, axe is content."""

import re
from collections.abc import Callable, Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser

from tests.fakes.anthropic.script import Script, ScriptedTurn
from tests.flows.plan_calls import PLANS, execute_plan, read_plan, wait_for_plan
from tests.gateway import Client, Gateway, draw_picture, picture_input
from tests.library.files import create_project, upload_file
from tests.pages.browser import WatchedPage, open_tab
from tests.studio.boards import create_board, create_film
from tests.studio.messages import ask_agent, send_text
from tests.studio.playing import gateway as gateway
from tests.studio.playing import model as model
from tests.studio.playing import person as person
from tests.studio.playing import studio as studio
from tests.studio.talks import create_thread

pytestmark = pytest.mark.slow

WIDTHS = (320, 390, 1280)
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
STRANGER = (
    *("/", "/login", "/legal/terms", "/legal/privacy", "/no/such/page"),
    *("/playground", "/playground/video.combine"),
)
PERSON = (
    "/",
    "/dashboard",
    "/jobs",
    "/playground",
    "/playground/video.generate",
    "/playground/video.combine",
    "/keys",
    "/keys/new",
    "/library",
    "/waiting",
    "/usage",
    "/usage?groupBy=task",
    "/credits",
    "/webhooks",
    "/webhooks/rotate",
    "/affiliate",
    "/settings",
    "/settings/close",
    "/settings/team",
    "/oauth/apps",
    "/device",
    "/shortcuts",
    "/login",
)
HOSTILE = "<img src=x onerror=alert(1)>"
LONG = "Donaudampfschifffahrtsgesellschaftskapitän " * 4
CONSUME = "/api/v1/credits/consume"
NOT_THERE = {"/no/such/page": 404}


@pytest.fixture(scope="module")
def empty(site: Gateway) -> Iterator[Client]:
    with site.account("0") as account:
        yield account


@pytest.fixture(scope="module")
def filled(site: Gateway) -> Iterator[Client]:
    """An account with much work, long words and odd amounts."""
    with site.account("12345.678902") as account:
        prompts = ["a lighthouse in the first snow", HOSTILE, "x" * 4000, LONG]
        for prompt in prompts * 6:
            account.run_job("image.generate", picture_input(prompt.strip()))
        account.run_job("image.generate", picture_input("[sandbox:reject]"))
        account.run_job("video.generate", picture_input("fox " * 1249 + "fox.", durationFrames=25))
        spent = {"amountUsd": "0.000001", "description": LONG}
        once = {"X-Idempotency-Key": "atom"}
        assert account.http.post(CONSUME, json=spent, headers=once).status_code == 200
        caps = {"dailyLimitUsd": "12345.678901", "totalLimitUsd": "0.000001"}
        key = {"label": LONG[:80], "spendPolicy": caps}
        assert account.http.post("/api/v1/keys", json=key).status_code == 201
        create_project(account, LONG[:80])
        given = {
            "displayName": "Ann",
            "acceptTerms": True,
            "website": f"https://{'a' * 180}.example",
        }
        assert account.http.post("/api/v1/affiliates/me/apply", json=given).status_code == 201
        for host in ("example.com", f"{'department.' * 9}example.com"):
            site.add_address(account.account_id, f"{'long.name.' * 6}ana@{host}")
        yield account


def check_page(seen: WatchedPage, name: str, path: str) -> None:
    """Open a page and all that it folds away, and check how it looks."""
    seen.show_page(path, NOT_THERE.get(path, 200))
    for each in seen.page.locator("#box details, .care, .shots details").all():
        each.evaluate("one => { one.open = true; }")
    shot = re.sub(r"\W+", "-", re.sub(r"\w+_\w{26}", "", path).strip("/")) or "start"
    check_looks(seen, f"{shot}-{name}")


def check_looks(seen: WatchedPage, name: str) -> None:
    """Check the page as it is now at every width, in both themes."""
    for theme in THEMES:
        seen.page.emulate_media(color_scheme=theme)
        for width in WIDTHS:
            seen.page.set_viewport_size({"width": width, "height": 900})
            seen.check_accessibility()
            seen.take_screenshot(f"{name}-{width}-{theme}")


@pytest.mark.parametrize("path", STRANGER)
def test_a_page_for_strangers_is_clean(browser: Browser, site: Gateway, path: str) -> None:
    with open_tab(browser, base_url=site.base) as seen:
        check_page(seen, "stranger", path)


@pytest.mark.parametrize("state", ["empty", "filled"])
@pytest.mark.parametrize("path", PERSON)
def test_a_page_of_an_account_is_clean(
    request: pytest.FixtureRequest,
    browser: Browser,
    site: Gateway,
    path: str,
    state: str,
) -> None:
    account: Client = request.getfixturevalue(state)
    cookie = site.create_session_cookie(account.account_id)
    with open_tab(browser, cookie, base_url=site.base) as seen:
        check_page(seen, state, path)


def leave_thread_empty(_gateway: Gateway, _person: Client, _talk: str, _model: Script) -> None:
    """Leave a thread empty."""


def fill_thread(_gateway: Gateway, person: Client, talk: str, model: Script) -> None:
    """Fill a thread with an answer, a failure, and an answer that is being written."""
    table = "| shot | price |\n| --- | --- |\n| one | $0.02 |"
    code = f"```\n{'a lighthouse in the first snow, ' * 9}\n```"
    link = f"[the guide](https://example.com/{'long/' * 30})"
    model.play(
        ScriptedTurn(text=f"# Three shots\n\n- {link}\n\n{table}\n\n{code}\n\n> Nothing yet.")
    )
    ask_agent(person, talk, f"<img src=x onerror=alert(1)> {'Antidisestablishmentarianism' * 9}")
    model.play(ScriptedTurn(fault="401"))
    ask_agent(person, talk, "And then?")
    model.play(
        ScriptedTurn(text="One moment.", calls=[("list_assets", {})]),
        ScriptedTurn(text="x", fault="hang"),
    )
    send_text(person, talk, "And the price?")


def propose_plans(gateway: Gateway, person: Client, talk: str, model: Script) -> None:
    """Let the agent propose plans that are rejected, run in part, running, expired and pending."""
    pictures = [
        {"operation": "image.generate", "input": picture_input(f"dawn {word} {'and on ' * 40}")}
        for word in ("one", "[sandbox:fail]", "[sandbox:slow=600]")
    ]
    for last in (1, 2, 3, 1, 3):
        steps = {"title": f"Plan {'of light ' * 9}", "steps": pictures[:last]}
        model.play(
            ScriptedTurn(text="A plan.", calls=[("propose_plan", steps)]),
            ScriptedTurn(text="Approve it."),
        )
        ask_agent(person, talk, "Plan it")
    plans = [read_plan(person, each) for each in person.http.get(PLANS).json()["data"]][::-1]
    assert [len(each["steps"]) for each in plans] == [1, 2, 3, 1, 3]
    person.http.post(f"{PLANS}/reject", json={"planId": plans[0]["planId"], "reason": "No"})
    execute_plan(person, plans[1], stepIds=[plans[1]["steps"][0]["stepId"]])
    execute_plan(person, plans[2])
    gateway.run_command("admin", "plan", "expire", plans[3]["planId"], "--reason", "late")
    wait_for_plan(person, plans[1])


@pytest.mark.parametrize("fill", [leave_thread_empty, fill_thread, propose_plans])
def test_a_thread_is_clean(
    browser: Browser,
    gateway: Gateway,
    person: Client,
    model: Script,
    fill: Callable[[Gateway, Client, str, Script], None],
) -> None:
    home = create_project(person)
    upload_file(person, home, f"{'a-long-name-' * 9}.png", draw_picture(96, 64))
    talk = create_thread(person, home)
    fill(gateway, person, talk, model)
    cookie = gateway.create_session_cookie(person.account_id)
    with open_tab(browser, cookie, base_url=gateway.base) as seen:
        check_page(seen, fill.__name__.replace("_", "-"), f"/library/{home}/talks/{talk}")


@pytest.mark.parametrize("shots", [0, 3])
def test_a_project_and_its_storyboard_are_clean(
    browser: Browser, site: Gateway, filled: Client, shots: int
) -> None:
    home, long = create_project(filled), "Antidisestablishmentarianism" * 7
    size = {"width": 1280, "height": 704, "size": "ELS", "movement": "pan_left"}
    spoken = [{"character": "FOX", "parenthetical": "low", "line": long}]
    scene = [
        {"id": f"a{number}", "title": long, "action": f"<b>{long}</b>", "dialogue": spoken, **size}
        for number in range(shots)
    ]
    scenes = [{"id": "s1", "heading": long, "shots": scene}, {"id": "s2"}] if shots else []
    document = {"title": "The hatch", "logline": long, "scenes": scenes}
    board = create_board(filled, home, document=document)["assetId"]
    name = f"{shots}-shots"
    with open_tab(
        browser,
        site.create_session_cookie(filled.account_id),
        base_url=site.base,
    ) as seen:
        check_page(seen, name, f"/library?projectId={home}")
        check_page(seen, name, create_film(filled, board))
        if shots:
            check_page(seen, name, f"{create_film(filled, board)}/shots/a0")


def test_a_thread_without_a_model_is_clean(browser: Browser, site: Gateway, filled: Client) -> None:
    home = create_project(filled)
    with open_tab(
        browser,
        site.create_session_cookie(filled.account_id),
        base_url=site.base,
    ) as seen:
        check_page(seen, "no-model", f"/library/{home}/talks/{create_thread(filled, home)}")
        assert "KT_ANTHROPIC_API_KEY" in seen.page.locator("#box").inner_text()


def test_a_job_of_many_words_is_clean(browser: Browser, site: Gateway, filled: Client) -> None:
    query = {"task": "video.generate", "limit": "1"}
    (job,) = filled.http.get("/api/v1/media/jobs", params=query).json()["data"]
    cookie = site.create_session_cookie(filled.account_id)
    with open_tab(browser, cookie, base_url=site.base) as seen:
        seen.show_page(f"/jobs/{job['jobId']}")
        check_looks(seen, "job-filled")


def test_the_reference_is_clean(browser: Browser, site: Gateway) -> None:
    with open_tab(browser, base_url=site.base, color_scheme="dark") as seen:
        seen.show_page("/api-docs")
        for width in WIDTHS:
            seen.page.set_viewport_size({"width": width, "height": 900})
            assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
        seen.check_accessibility()
