"""Films without JavaScript: new ones, their timeline, and the old addresses of storyboards."""

import re
from collections.abc import Iterator
from html import unescape

import httpx2
import pytest

from tests.flows.plan_calls import PLANS, execute_plan, wait_for_plan
from tests.flows.studio.test_films import FILMS_PATH, read_film
from tests.gateway import Client, Gateway
from tests.library.files import create_project
from tests.studio.boards import create_board, create_film

IDEA = "A grey fox in a suit leans on a hatch. It swings open! <b>Stars</b>"


@pytest.fixture
def page(gateway: Gateway, client: Client) -> Iterator[httpx2.Client]:
    with gateway.browser(client.account_id) as http:
        yield http


def read_field(text: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found is not None, name
    return unescape(found[1])


def read_price(text: str) -> str:
    found = re.search(r"Render film (\$[0-9.]+)", text)
    assert found is not None
    return found[1]


def test_each_sentence_of_an_idea_is_a_shot_of_a_film_that_is_made_once(
    client: Client, page: httpx2.Client
) -> None:
    front = page.get("/films").text
    sent = {"idea": IDEA, "make": "idea", "idempotencyKey": read_field(front, "idempotencyKey")}
    (path,) = {page.post("/films", data=sent).headers["location"] for _ in range(2)}
    film = read_film(client, filmId=path.rpartition("/")[2])
    assert (film["title"], film["shotCount"]) == ("A grey fox", 3)
    for at in ("/films", path, f"{path}/timeline", f"{path}/watch"):
        text = page.get(at).text
        assert "A grey fox" in text
        assert "<b>Stars" not in text
    refused = page.post("/films", data=sent | {"idea": " ", "idempotencyKey": "other"})
    assert (refused.status_code, "Write a sentence or two first." in refused.text) == (422, True)


def test_a_script_that_cannot_be_read_stays_in_its_field_and_makes_no_film(
    client: Client, page: httpx2.Client
) -> None:
    script = "---\nkillatamata: storyboard/1\ntitle: Fox\n---\n# nothing\n"
    refused = page.post("/films", data={"make": "script", "script": script})
    assert refused.status_code == 422
    assert "# nothing" in refused.text
    assert re.search(r"It says there:</p>\s*<pre[^>]*># nothing</pre>", refused.text)
    assert client.http.get(FILMS_PATH).json()["data"] == []


def test_a_timeline_saves_its_fields_with_the_pressed_button(
    client: Client, page: httpx2.Client
) -> None:
    board = create_board(client, create_project(client))["assetId"]
    path = f"{create_film(client, board)}/timeline"
    etag = read_field(page.get(path).text, "etag")
    sent = {"etag": etag, "tailFrames-1": "8", "overlapFrames-2": "0", "act": "down 1"}
    assert page.post(path, data=sent).status_code == 303
    cut = read_film(client, storyboardAssetId=board)["cut"]
    assert [(clip["shotId"], clip["tailFrames"]) for clip in cut] == [("s1b", 0), ("s1a", 8)]
    assert cut[0]["overlapFrames"] == 0
    late = page.post(path, data=sent)
    assert (late.status_code, "was changed meanwhile" in late.text) == (412, True)
    etag = read_field(late.text, "etag")
    wrong = page.post(path, data={"etag": etag, "headFrames-1": "many", "act": "save"})
    assert (wrong.status_code, 'value="many"' in wrong.text) == (422, True)
    assert page.post(path, data={"etag": etag, "act": "remove 1"}).status_code == 303
    etag = read_field(page.get(path).text, "etag")
    assert page.post(path, data={"etag": etag, "act": "add", "shot": "s1b"}).status_code == 303
    cut = read_film(client, storyboardAssetId=board)["cut"]
    assert [clip["shotId"] for clip in cut] == ["s1a", "s1b"]


def test_rendering_prepares_a_plan_once_and_old_addresses_lead_to_the_film(
    client: Client, page: httpx2.Client
) -> None:
    home = create_project(client)
    board = create_board(client, home)["assetId"]
    path = create_film(client, board)
    shown = page.get(f"{path}/watch").text
    assert "Render film $" in shown
    key = {"idempotencyKey": read_field(shown, "idempotencyKey")}
    (plan,) = {page.post(f"{path}/watch", data=key).headers["location"] for _ in range(2)}
    text = page.get(plan).text
    assert "Render “" in text
    assert "asset://" not in text
    again = {"idempotencyKey": read_field(page.get(f"{path}/watch").text, "idempotencyKey")}
    newer = page.post(f"{path}/watch", data=again).headers["location"]
    waiting = page.get("/waiting").text
    assert (plan in waiting, newer in waiting) == (False, True)
    for rest in ("", "/script", "/shots/s1a"):
        moved = page.get(f"/studio/{home}/boards/{board}{rest}?mode=test")
        assert (moved.status_code, moved.headers["location"]) == (308, f"{path}{rest}?mode=test")


def test_the_price_of_a_render_follows_the_board_and_takes_are_those_of_one_film(
    client: Client, page: httpx2.Client
) -> None:
    home, part = create_project(client), {"HX-Request": "true"}
    shots = [{"id": name, "prompt": "A fox."} for name in ("a", "b")]
    size = {"width": 256, "height": 256, "durationFrames": 9}
    document = {"title": "Fox", "defaults": size, "scenes": [{"id": "s", "shots": shots}]}
    board, twin = (create_board(client, home, document=document)["assetId"] for _ in range(2))
    path = create_film(client, board)
    shown = page.get(path).text
    batch = {"decision": "render", "mode": "missing", "idempotencyKey": "batch"}
    location = page.post(path, data=batch).headers["location"]
    plan = client.http.get(PLANS, params={"planId": location.rpartition("/")[2]}).json()
    assert [step["shotId"] for step in plan["steps"]] == ["a", "b"]
    made = {"act": "delete b", "etag": read_field(shown, "etag")}
    swapped = page.post(path, data=made, headers=part).text
    assert 'id="film-actions" hx-swap-oob="true"' in swapped
    assert len({read_price(text) for text in (shown, swapped)}) == 2
    assert execute_plan(client, plan).status_code == 202
    assert "Being made" not in page.get(create_film(client, twin)).text
    assert wait_for_plan(client, plan)["outcome"] == "succeeded"


def test_a_trimmed_clip_alone_says_in_words_why_it_has_no_render(
    client: Client, page: httpx2.Client
) -> None:
    document = {"title": "Fox", "scenes": [{"id": "s", "shots": [{"id": "a", "prompt": "Fox."}]}]}
    board = create_board(client, create_project(client), document=document)["assetId"]
    path = f"{create_film(client, board)}/timeline"
    sent = {"etag": read_field(page.get(path).text, "etag"), "tailFrames-1": "8", "act": "save"}
    swapped = page.post(path, data=sent, headers={"HX-Request": "true"}).text
    assert "One clip alone cannot be trimmed" in swapped
    assert "Render film" not in swapped
