"""The board of a film without JavaScript: cards, words, order, links, takes and the script."""

import re
import time
from collections.abc import Iterator
from html import unescape
from typing import Any

import httpx2
import pytest

from tests.flows.plan_calls import PLANS
from tests.gateway import JOB_SECONDS, Client, Gateway
from tests.library.files import create_project
from tests.studio.boards import (
    STORYBOARDS_PATH,
    create_board,
    create_film,
    read_document,
    save_document,
)

HOSTILE = "<img src=x onerror=alert(1)>"
SIZE = {"width": 256, "height": 256, "fps": 24, "durationFrames": 9}


@pytest.fixture
def page(gateway: Gateway, client: Client) -> Iterator[httpx2.Client]:
    with gateway.browser(client.account_id) as http:
        yield http


class Board:
    """A board of a film, and its forms as a browser without scripts sends them."""

    def __init__(self, client: Client, page: httpx2.Client, **fields: Any) -> None:  # noqa: ANN401
        self.client, self.page, self.home = client, page, create_project(client)
        self.asset_id = create_board(client, self.home, **fields)["assetId"]
        self.path = create_film(client, self.asset_id)

    def read(self) -> dict[str, Any]:
        return read_document(self.client, STORYBOARDS_PATH, self.asset_id)

    @property
    def order(self) -> list[list[str]]:
        scenes = self.read()["document"].get("scenes", [])
        return [[shot["id"] for shot in scene.get("shots", [])] for scene in scenes]

    def shots(self) -> dict[str, dict[str, Any]]:
        scenes = self.read()["document"].get("scenes", [])
        return {shot["id"]: shot for scene in scenes for shot in scene.get("shots", [])}

    def press(self, act: str, **fields: str) -> httpx2.Response:
        sent = {"act": act, "etag": self.read()["etag"]} | fields
        return self.page.post(self.path, data=sent)

    def save_card(self, shot_id: str, etag: str, **fields: str) -> httpx2.Response:
        empty = dict.fromkeys(("action", "said", "seconds", "movement", "size", "angle"), "")
        sent = empty | {"decision": "shot", "shotId": shot_id, "etag": etag} | fields
        return self.page.post(self.path, data=sent)


def read_field(text: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found is not None, name
    return unescape(found[1])


def read_script(text: str) -> str:
    found = re.search(r'<textarea id="text"[^>]*>(.*?)</textarea>', text, re.DOTALL)
    assert found is not None
    return unescape(found[1])


@pytest.mark.promise("pages: storyboards")
def test_a_script_goes_out_as_text_and_an_older_one_loses_no_word(
    client: Client, page: httpx2.Client
) -> None:
    board = Board(client, page)
    shown = page.get(f"{board.path}/script").text
    file = page.get(f"{board.path}/markdown")
    assert file.headers["content-disposition"].startswith("attachment")
    assert file.text == read_script(shown)
    lines = file.text.replace("\n", "\r\n")  # as browsers send them
    sent = {"etag": read_field(shown, "etag"), "idempotencyKey": "one"}
    theirs = file.text.replace("A fox leans", "Theirs")
    same = page.post(f"{board.path}/script", data=sent | {"text": lines, "idempotencyKey": "same"})
    assert same.headers["location"] == board.path
    assert page.get(f"{board.path}/markdown").text == file.text
    sent["etag"] = board.read()["etag"]
    saved = page.post(f"{board.path}/script", data=sent | {"text": theirs})
    assert saved.headers["location"] == board.path
    mine = file.text.replace("A fox leans", "Mine")
    late = page.post(f"{board.path}/script", data=sent | {"text": mine, "idempotencyKey": "two"})
    assert late.status_code == 412
    assert "Mine on a hatch." in read_script(late.text)
    assert "Theirs on a hatch." in late.text
    broken = {"text": "---\nodd", "etag": read_field(late.text, "etag")}
    refused = page.post(f"{board.path}/script", data=broken)
    assert (refused.status_code, read_script(refused.text)) == (422, "---\nodd")


def test_a_card_is_edited_in_place_and_changes_of_other_fields_are_kept(
    client: Client, page: httpx2.Client
) -> None:
    board = Board(client, page)
    first = board.read()["etag"]
    words = {"action": f"{HOSTILE}\r\nStill.", "said": "FOX (low): Now.\nShe waits."}
    saved = board.save_card("s1a", first, seconds="2,5", movement="pan_left", **words)
    assert (saved.status_code, saved.headers["location"]) == (303, f"{board.path}#shot-s1a")
    shot = board.shots()["s1a"]
    assert shot["action"] == f"{HOSTILE}\nStill."
    assert (shot["durationSeconds"], shot["movement"]) == (2.5, "pan_left")
    assert shot["dialogue"] == [
        {"character": "FOX", "parenthetical": "low", "line": "Now."},
        {"character": "FOX", "line": "She waits."},
    ]
    assert shot["characters"] == ["fox"]
    assert HOSTILE not in page.get(board.path).text
    late = board.save_card("s1a", first, action="A fox leans on a hatch.", size="CU")
    assert late.status_code == 303
    assert (board.shots()["s1a"]["size"], board.shots()["s1a"]["durationSeconds"]) == ("CU", 2.5)
    clash = board.save_card("s1a", first, action="Mine.")
    assert clash.status_code == 412
    assert ">Mine.</textarea>" in clash.text
    assert "Still." in clash.text
    newest = read_field(clash.text, "etag")
    kept = board.save_card("s1a", newest, action="Mine.", size="CU", seconds="2.5")
    assert (kept.status_code, board.shots()["s1a"]["action"]) == (303, "Mine.")
    for odd in ({"seconds": "long"}, {"seconds": "99"}, {"said": "Now."}):
        assert board.save_card("s1b", newest, **odd).status_code == 422


def test_a_shot_is_moved_by_buttons_unless_somebody_moved_one_since(
    client: Client, page: httpx2.Client
) -> None:
    scenes = [
        {"id": "s1", "shots": [{"id": "a"}, {"id": "b"}]},
        {"id": "s2"},
        {"id": "s3", "shots": [{"id": "c"}]},
    ]
    board = Board(client, page, document={"title": "Dust", "scenes": scenes})
    etag = board.read()["etag"]
    for words, order in (
        ("Move shot 1 down", [["b", "a"], [], ["c"]]),
        ("Move shot 2 down", [["b"], ["a"], ["c"]]),
        ("Move shot 3 up", [["b"], ["a", "c"], []]),
    ):
        buttons = re.findall(
            r'value="(move [^"]*)"[^>]*aria-label="([^"]*)"', page.get(board.path).text
        )
        ways = {label: value for value, label in buttons}
        assert board.press(ways[words]).status_code == 303
        assert board.order == order
    assert board.press("move a s1", etag=etag).status_code == 412
    assert board.press("move none").status_code == 422
    assert board.press("move a nowhere").status_code == 422


def test_a_move_that_parts_linked_shots_asks_and_takes_both_or_cuts(
    client: Client, page: httpx2.Client
) -> None:
    link = {"fromShotId": "b"}
    shots: list[dict[str, Any]] = [{"id": "a"}, {"id": "b"}, {"id": "c", "continuity": link}]
    document = {"title": "Dust", "scenes": [{"id": "s1", "shots": shots}]}
    board = Board(client, page, document=document)
    asked = board.press("move c s1 a")
    assert asked.status_code == 200
    assert "Shot 3 continues shot 2" in asked.text
    assert board.order == [["a", "b", "c"]]
    assert board.press("move c s1 a", links="both").status_code == 303
    assert board.order == [["b", "c", "a"]]
    assert "Move both, or cut the link?" in board.press("move b s1").text
    assert board.press("move b s1", links="cut").status_code == 303
    assert board.order == [["c", "a", "b"]]
    assert "continuity" not in board.shots()["c"]


def test_a_deleted_shot_comes_back_with_its_place_and_its_links(
    client: Client, page: httpx2.Client
) -> None:
    board = Board(client, page)
    before = board.read()["document"]
    assert "Shot 2 continues shot 1" in board.press("delete s1a").text
    gone = board.press("delete s1a", links="cut")
    assert board.order == [["s1b"]]
    shown = page.get(gone.headers["location"]).text
    assert "Shot 1 deleted." in shown
    (undo,) = re.findall(r'value="(undo \d+)"', shown)
    assert board.press(undo).status_code == 303
    assert board.read()["document"] == before
    cleared = board.press("clear s1")
    assert board.order == []
    (undo,) = re.findall(r'value="(undo \d+)"', page.get(cleared.headers["location"]).text)
    board.press(undo)
    assert board.read()["document"] == before


def test_an_empty_board_begins_with_sentences_or_a_shot_and_grows(
    client: Client, page: httpx2.Client
) -> None:
    board = Board(client, page, document={"title": "Dust"})
    idea = {"decision": "split", "etag": board.read()["etag"]}
    assert "Each sentence becomes a shot" in page.get(board.path).text
    assert page.post(board.path, data=idea | {"idea": " "}).status_code == 422
    page.post(board.path, data=idea | {"idea": "A fox waits. It opens!\nLight."})
    words = [shot["action"] for shot in board.shots().values()]
    assert words == ["A fox waits.", "It opens!", "Light."]
    board.press("copy shot_1")
    board.press("scene")
    board.press("shot scene_2")
    assert board.order == [["shot_1", "shot_4", "shot_2", "shot_3"], ["shot_5"]]
    assert board.shots()["shot_4"]["action"] == "A fox waits."
    heading = {"decision": "scene", "sceneId": "scene_2", "was": "", "heading": "EXT. DUNES"}
    page.post(board.path, data=heading | {"etag": board.read()["etag"]})
    assert board.read()["document"]["scenes"][1]["heading"] == "EXT. DUNES"
    late = page.post(board.path, data=heading | {"heading": "INT.", "etag": board.read()["etag"]})
    assert late.status_code == 412


def test_the_details_of_a_shot_are_saved_with_a_new_character(
    client: Client, page: httpx2.Client
) -> None:
    board = Board(client, page)
    at = f"{board.path}/shots/s1b"
    shown = page.get(at).text
    form = {"etag": read_field(shown, "etag"), "prompt": "It opens.", "continues": "s1a"}
    sent = form | {"title": HOSTILE, "characters.fox": "on", "newCharacter": "Mole"}
    assert page.post(at, data=sent).headers["location"] == f"{board.path}#shot-s1b"
    shot = board.shots()["s1b"]
    assert (shot["title"], shot["characters"]) == (HOSTILE, ["fox", "character_1"])
    assert shot["continuity"]["fromShotId"] == "s1a"
    assert "Mole" in page.get(board.path).text
    clash = page.post(at, data=form | {"title": "Mine"})
    assert clash.status_code == 412
    assert HOSTILE not in clash.text
    assert page.get(f"{board.path}/shots/nothing").status_code == 404


@pytest.mark.promise("pages: takes")
def test_takes_are_made_at_the_price_of_the_button_and_one_is_chosen(
    client: Client, page: httpx2.Client
) -> None:
    link = {"fromShotId": "a"}
    shots = [
        {"id": "a", "action": "A fox waits."},
        {"id": "b", "action": "On.", "continuity": link},
    ]
    scenes = [{"id": "s1", "shots": [*shots, {"id": "c"}]}]
    board = Board(client, page, document={"title": "Dust", "defaults": SIZE, "scenes": scenes})
    text = page.get(board.path).text
    assert "It continues shot 1: make that one first." in text
    assert "Write what happens, then it can be made." in text
    price = read_field(text, "priceMicrousd")
    make = {"decision": "make", "shotId": "a", "idempotencyKey": "one"}
    cheap = page.post(board.path, data=make | {"priceMicrousd": "1", "idempotencyKey": "less"})
    assert cheap.headers["location"].startswith("/plans/")
    for key in ("one", "one", "two"):
        made = page.post(board.path, data=make | {"priceMicrousd": price, "idempotencyKey": key})
        assert made.headers["location"] == f"{board.path}#shot-a"
    deadline = time.monotonic() + JOB_SECONDS
    while len((found := board.read())["takes"]) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert {take["priceMicrousd"] for take in found["takes"]} == {int(price)}
    assert "Compare" in page.get(board.path).text
    compared = page.get(f"{board.path}/shots/a/takes").text
    videos = re.findall(r'<video[^>]* src="([^"]+)"', compared)
    assert page.get(unescape(videos[0])).headers["content-type"] == "video/mp4"
    assert (len(videos), compared.count("Chosen take")) == (2, 1)
    before = board.shots()["a"]["take"]
    assert board.press(read_field(compared, "act")).status_code == 303
    assert board.shots()["a"]["take"] != before
    asked = {"decision": "render", "mode": "all", "takesPerShot": "nine", "idempotencyKey": "s"}
    refused = page.post(board.path, data=asked)
    assert (refused.status_code, read_field(refused.text, "idempotencyKey")) == (422, "s-a")
    only = {"mode": "missing", "takesPerShot": "2"}
    incomplete = page.post(board.path, data=asked | only)
    assert incomplete.status_code == 422
    page.post(board.path, data={"act": "delete c", "etag": board.read()["etag"]})
    plan_at = page.post(board.path, data=asked | {"takesPerShot": "1"}).headers["location"]
    plan = client.http.get(PLANS, params={"planId": plan_at.rpartition("/")[2]}).json()
    assert [step["shotId"] for step in plan["steps"]][:2] == ["a", "b"]


def test_a_plan_that_chooses_a_take_disturbs_nobody_who_writes(
    client: Client, page: httpx2.Client
) -> None:
    board = Board(client, page)
    seen = board.read()
    edit = {"op": "patchShot", "shotId": "s1a", "fields": {"take": "asset://ast_1"}}
    save_document(client, STORYBOARDS_PATH, seen["etag"], assetId=board.asset_id, operations=[edit])
    assert board.save_card("s1a", seen["etag"], action="On.").status_code == 303
    assert board.press("copy s1a", etag=seen["etag"]).status_code == 303
    assert board.shots()["s1a"] | {"action": "On."} == board.shots()["s1a"]
