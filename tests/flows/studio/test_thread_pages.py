"""Talking with the agent on the page of a thread, as a browser without JavaScript does."""

import re
from collections.abc import Iterator
from html import unescape

import httpx2
import pytest

from tests.fakes.anthropic.script import Script, ScriptedTurn
from tests.gateway import Client, Gateway, draw_picture
from tests.library.files import create_project, upload_file
from tests.studio.messages import send_text, wait_for_request
from tests.studio.playing import gateway as gateway
from tests.studio.playing import get_held_microusd
from tests.studio.playing import model as model
from tests.studio.playing import person as person
from tests.studio.playing import studio as studio
from tests.studio.talks import change_settings, create_thread, get_snapshot, get_thread_detail

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def page(gateway: Gateway, person: Client) -> Iterator[httpx2.Client]:
    with gateway.browser(person.account_id) as http:
        yield http


@pytest.fixture
def home(person: Client) -> str:
    return create_project(person)


def read_hidden_field(text: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found is not None, name
    return unescape(found[1])


def fill_form(text: str, content: str, **more: str) -> dict[str, str]:
    """Return the fields that the form of a page sends with this message."""
    own = {name: read_hidden_field(text, name) for name in ("idempotencyKey", "maxPriceUsd")}
    return own | {"content": content, "decision": "say"} | more


def list_buttons(text: str) -> list[str]:
    return [each.strip() for each in re.findall(r"<button[^>]*>([^<]*)</button>", text)]


def list_running_jobs(person: Client) -> list[str]:
    return [each["requestId"] for each in get_snapshot(person)["activeRequests"]]


@pytest.mark.promise("pages: talk")
def test_a_message_is_sent_once_for_what_its_button_says_and_answered(
    person: Client, page: httpx2.Client, home: str, model: Script
) -> None:
    model.play(
        ScriptedTurn(text=f"Three **shots**. {HOSTILE}", input_tokens=1_000, output_tokens=100)
    )
    begun = {"projectId": home, "decision": "talk", "idempotencyKey": "begin"}
    (at,) = {page.post("/library", data=begun).headers["location"] for _ in range(2)}
    front = page.get(at).text
    assert "Send for at most $0.25" in list_buttons(front)
    asked = fill_form(front, f"A fox, {HOSTILE}")
    assert {page.post(at, data=asked).status_code for _ in range(2)} == {303}
    talk = at.rpartition("/")[2]
    (request,) = {each["requestId"] for each in get_thread_detail(person, talk)["messages"]}
    wait_for_request(person, request)
    late = {"decision": "stop", "requestId": request}
    assert page.post(at, data=late).status_code == 303
    told = page.get(at).text
    assert "Three <strong>shots</strong>." in told
    assert HOSTILE not in told
    assert told.count("&lt;img src=x onerror=alert(1)&gt;") == 5  # title, heading, name, both said
    assert "$0.006 charged" in told.lower()
    assert "Available: $4.99" in told
    assert 'http-equiv="refresh"' not in told
    assert [each["role"] for each in get_thread_detail(person, talk)["messages"]] == [
        "user",
        "agent",
    ]


def test_an_answer_is_waited_for_and_stopped(
    person: Client, page: httpx2.Client, home: str, model: Script
) -> None:
    model.play(ScriptedTurn(text="Never", fault="hang"))
    at = f"/library/{home}/talks/{create_thread(person, home)}"
    page.post(at, data=fill_form(page.get(at).text, "Go on"))
    waiting = page.get(at).text
    assert 'http-equiv="refresh"' in waiting
    assert "Stop" in list_buttons(waiting)
    stop = {"decision": "stop", "requestId": read_hidden_field(waiting, "requestId")}
    assert page.post(at, data=stop).status_code == 303
    assert page.post(at, data=stop).status_code == 303
    stopped = page.get(at).text
    assert "Stop" not in list_buttons(stopped)
    assert "Canceled." in stopped
    # what was told before the stop is charged; whether that was anything is a race
    assert re.search(r"nothing charged|\$0\.\d+ charged", stopped.lower())
    assert (get_held_microusd(person), list_running_jobs(person)) == (0, [])


def test_the_limit_on_the_button_bounds_what_is_held(
    person: Client, page: httpx2.Client, home: str, model: Script
) -> None:
    model.play(ScriptedTurn(text="Never", fault="hang"))
    at = f"/library/{home}/talks/{create_thread(person, home)}"
    assert page.post(at, data={"decision": "limit", "maxPriceUsd": "3"}).status_code == 422
    assert page.post(at, data={"decision": "limit", "maxPriceUsd": "$0.10"}).status_code == 303
    front = page.get(at).text
    assert "Send for at most $0.10" in list_buttons(front)
    page.post(at, data={"decision": "limit", "maxPriceUsd": "1.00"})  # meanwhile, somewhere else
    page.post(at, data=fill_form(front, "Go on"))
    assert get_held_microusd(person) == 100_000


def test_what_cannot_be_paid_is_refused_and_keeps_the_words(
    gateway: Gateway, model: Script
) -> None:
    with gateway.account("0.10") as poor, gateway.browser(poor.account_id) as page:
        home = create_project(poor)
        at = f"/library/{home}/talks/{create_thread(poor, home)}"
        front = page.get(at).text
        assert 'href="/credits"' in front.partition('id="credit"')[2]
        refused = page.post(at, data=fill_form(front, "A fox & I"))
        assert refused.status_code == 402
        assert refused.text.count('role="alert"') == 1
        assert "Add credit" in refused.text
        assert ">A fox &amp; I</textarea>" in refused.text
        assert read_hidden_field(refused.text, "idempotencyKey") == read_hidden_field(
            front, "idempotencyKey"
        )
        part = page.post(at, data=fill_form(front, "A fox"), headers={"HX-Request": "true"})
        assert (part.status_code, part.headers["hx-retarget"]) == (402, "#box")
        assert "<html" not in part.text
        assert get_thread_detail(poor, at.rpartition("/")[2])["messages"] == []


def test_a_form_stands_again_with_its_key_until_that_is_used_up(
    person: Client, page: httpx2.Client, home: str, model: Script
) -> None:
    model.play(ScriptedTurn(text="A fox."))
    at = f"/library/{home}/talks/{create_thread(person, home)}"
    asked = fill_form(page.get(at).text, "A fox") | {"idempotencyKey": "pressed-twice"}
    over = page.post(at, data=asked | {"content": ""})
    assert (over.status_code, read_hidden_field(over.text, "idempotencyKey")) == (
        422,
        "pressed-twice",
    )
    page.post(at, data=asked)
    other = page.post(at, data=asked | {"content": "A hare"})
    assert (other.status_code, ">A hare</textarea>" in other.text) == (409, True)
    assert read_hidden_field(other.text, "idempotencyKey") not in {"", "pressed-twice"}
    (request,) = {
        each["requestId"] for each in get_thread_detail(person, at.rpartition("/")[2])["messages"]
    }
    wait_for_request(person, request)


def test_files_go_with_a_message(
    person: Client, page: httpx2.Client, home: str, model: Script
) -> None:
    model.play(ScriptedTurn(text="A fox."))
    asset = upload_file(person, home, "fox.png", draw_picture(96, 64)).json()["assetId"]
    at = f"/library/{home}/talks/{create_thread(person, home)}"
    front = page.get(at).text
    assert f'name="asset.{asset}"' in front
    page.post(at, data=fill_form(front, "What is it?", **{f"asset.{asset}": "on"}))
    asked = get_thread_detail(person, at.rpartition("/")[2])["messages"][0]
    wait_for_request(person, asked["requestId"])
    assert asked["blocks"][1:] == [{"type": "asset", "assetId": asset}]
    assert f"ref=asset%3A%2F%2F{asset}" in page.get(at).text


def test_an_answer_is_of_its_own_thread_and_person(
    gateway: Gateway, person: Client, page: httpx2.Client, home: str, model: Script
) -> None:
    model.play(ScriptedTurn(text="Mine."))
    talk, other = create_thread(person, home), create_thread(person, home)
    request = send_text(person, talk)
    wait_for_request(person, request)
    at, part = f"/library/{home}/talks/{talk}", {"HX-Request": "true"}
    shown = page.get(f"{at}/requests/{request}", headers=part)
    assert "Mine." in shown.text
    assert page.get(f"{at}/requests/{request}").headers["location"] == at
    wrong = page.get(f"/library/{home}/talks/{other}/requests/{request}", headers=part)
    assert wrong.status_code == 404
    told = page.get(f"{at}/requests/{request}/events")
    assert told.headers["content-type"].startswith("text/event-stream")
    assert told.headers["x-accel-buffering"] == "no"
    assert "event: done" in told.text
    with gateway.account() as stranger, gateway.browser(stranger.account_id) as theirs:
        for path in (at, f"{at}/requests/{request}/events"):
            assert theirs.get(path).status_code == 404
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert page.post(at, data={"content": "x"}, headers=foreign).status_code == 403


def test_a_thread_is_renamed_and_archived(person: Client, page: httpx2.Client, home: str) -> None:
    talk = create_thread(person, home)
    at = f"/library/{home}/talks/{talk}"
    assert page.post(at, data={"decision": "name", "title": HOSTILE}).status_code == 303
    assert get_thread_detail(person, talk)["title"] == HOSTILE
    assert HOSTILE not in page.get(at).text
    assert page.post(at, data={"decision": "name", "title": ""}).status_code == 422
    gone = page.post(at, data={"decision": "archive"})
    assert gone.headers["location"] == f"/library?projectId={home}"
    assert talk not in page.get(f"/library?projectId={home}").text


def test_an_agent_that_is_switched_off_is_switched_on_again(
    person: Client, page: httpx2.Client, home: str
) -> None:
    change_settings(person, agent={"enabled": False})
    at = f"/library/{home}/talks/{create_thread(person, home)}"
    front = page.get(at).text
    assert "<textarea" not in front
    assert page.post(at, data={"decision": "enable"}).status_code == 303
    assert "<textarea" in page.get(at).text
