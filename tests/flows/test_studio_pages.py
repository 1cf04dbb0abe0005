"""The studio without JavaScript: projects, files, what was said, storyboards as text."""

import re
from collections.abc import Iterator
from html import unescape

import httpx2
import pytest

from tests.gateway import Client, Gateway, drawn
from tests.library.files import project, upload
from tests.studio.boards import new_board

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def page(gateway: Gateway, client: Client) -> Iterator[httpx2.Client]:
    with gateway.browser(client.account_id) as http:
        yield http


def hidden(text: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found is not None, name
    return unescape(found[1])


def written(text: str) -> str:
    found = re.search(r"<textarea[^>]*>(.*?)</textarea>", text, re.DOTALL)
    assert found is not None
    return unescape(found[1])


def test_a_project_is_made_once_and_its_name_is_text(page: httpx2.Client) -> None:
    front = page.get("/studio").text
    assert "No project yet" in front
    sent = {"name": HOSTILE, "idempotencyKey": hidden(front, "idempotencyKey")}
    made = {page.post("/studio?mode=test", data=sent).headers["location"] for _ in range(2)}
    (path,) = made
    for at in ("/studio", path):
        text = page.get(at).text
        assert HOSTILE not in text
        assert "&lt;img src=x" in text
    foreign = page.post("/studio", data=sent, headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403
    assert page.post("/studio", data={"name": ""}).status_code == 422


def test_files_of_a_project_are_seen_and_go_on(client: Client, page: httpx2.Client) -> None:
    home = project(client)
    asset = upload(client, home, "fox.png", drawn(256, 256)).json()["assetId"]
    shown = page.get(f"/studio/{home}").text
    assert f"imageUrl=asset%3A%2F%2F{asset}" in shown
    seen = page.get("/studio/preview", params={"ref": f"asset://{asset}"})
    assert seen.headers["content-type"] == "image/jpeg"


@pytest.mark.promise("pages: storyboards")
def test_a_storyboard_goes_out_as_text_and_comes_back_as_the_same(
    client: Client, page: httpx2.Client
) -> None:
    home = project(client)
    board = new_board(client, home)
    at = f"/studio/{home}/boards/{board['assetId']}"
    shown = page.get(at)
    assert shown.status_code == 200
    file = page.get(f"{at}/markdown")
    assert file.headers["content-disposition"].startswith("attachment")
    assert file.text == written(shown.text)
    lines = file.text.replace("\n", "\r\n")  # as browsers send them
    sent = {"text": lines, "idempotencyKey": hidden(shown.text, "idempotencyKey")}
    copied = page.post(f"/studio/{home}?mode=test", data=sent)
    assert copied.status_code == 303
    assert page.get(f"{copied.headers['location']}/markdown").text == file.text


def test_whoever_saw_an_older_storyboard_is_told_and_keeps_the_words(
    client: Client, page: httpx2.Client
) -> None:
    home = project(client)
    board = new_board(client, home)
    at = f"/studio/{home}/boards/{board['assetId']}"
    text = page.get(at).text
    changed = written(text).replace(board["document"]["title"], "Another door")
    sent = {"text": changed, "etag": hidden(text, "etag")}
    saved = page.post(at, data=sent | {"idempotencyKey": "save-1"})
    assert saved.status_code == 303
    late = page.post(at, data=sent | {"text": f"{changed}\n", "idempotencyKey": "save-2"})
    assert late.status_code == 412
    assert "Another door" in written(late.text)
    broken = page.post(at, data={"text": "---\nodd", "etag": hidden(late.text, "etag")})
    assert broken.status_code == 422
    assert written(broken.text) == "---\nodd"


def order(page: httpx2.Client, at: str) -> list[str]:
    return re.findall(r'<li id="shot-(\w+)">', page.get(at).text)


def test_a_shot_is_moved_by_a_button_unless_somebody_saved_since(
    client: Client, page: httpx2.Client
) -> None:
    home = project(client)
    shots = [{"id": name} for name in ("a", "b", "c")]
    document = {"title": "Dust", "scenes": [{"id": "s1", "shots": shots}]}
    at = f"/studio/{home}/boards/{new_board(client, home, document=document)['assetId']}"
    text = page.get(at).text
    moves = dict(re.findall(r'value="([^"]*)" aria-label="(Move \w+ \w)"', text))
    ways = {words: value for value, words in moves.items()}
    assert set(ways) == {"Move down a", "Move up b", "Move down b", "Move up c"}
    sent = {"move": ways["Move down a"], "etag": hidden(text, "etag")}
    moved = page.post(at, data=sent)
    assert (moved.status_code, moved.headers["location"]) == (303, f"{at}#shot-a")
    assert order(page, at) == ["b", "a", "c"]
    assert page.post(at, data=sent).status_code == 412
    newer = {"move": ways["Move down b"], "etag": hidden(page.get(at).text, "etag")}
    assert page.post(at, data=newer).status_code == 303
    assert order(page, at) == ["a", "c", "b"]
    odd = newer | {"etag": hidden(page.get(at).text, "etag"), "move": "?"}
    assert page.post(at, data=odd).status_code == 422


def test_a_file_is_uploaded_into_a_project(client: Client, page: httpx2.Client) -> None:
    at = f"/studio/{project(client)}"
    kept = page.post(f"{at}/upload?mode=test&filename=fox.png", content=drawn(96, 64))
    assert kept.json()["name"] == "fox"
    assert kept.json()["reference"].removeprefix("asset://") in page.get(at).text
    refused = page.post(f"{at}/upload?filename=fox.png", content=b"no picture")
    assert refused.status_code in {415, 422}
    foreign = {"Sec-Fetch-Site": "cross-site"}
    again = page.post(f"{at}/upload?filename=b.png", content=drawn(8, 8), headers=foreign)
    assert again.status_code == 403


def test_what_was_said_is_shown_as_text(client: Client, page: httpx2.Client) -> None:
    home = project(client)
    made = client.http.post("/api/v1/studio/threads", json={"projectId": home, "title": HOSTILE})
    at = f"/studio/{home}/{made.json()['threadId']}"
    shown = page.get(at)
    assert shown.status_code == 200
    assert HOSTILE not in shown.text
    assert "Nothing was said yet" in shown.text


def test_nothing_of_another_account_is_in_the_studio(
    gateway: Gateway, client: Client, page: httpx2.Client
) -> None:
    with gateway.account() as other:
        home = project(other)
        board = new_board(other, home)["assetId"]
        asset = upload(other, home, "fox.png", drawn(64, 64)).json()["assetId"]
        paths = [
            f"/studio/{home}",
            f"/studio/{home}/boards/{board}",
            f"/studio/{home}/boards/{board}/markdown",
            f"/studio/{project(client)}/boards/{board}",
            f"/studio/preview?ref=asset://{asset}",
            "/studio/nonsense",
        ]
        assert {page.get(path).status_code for path in paths} == {404}
