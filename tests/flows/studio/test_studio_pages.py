"""The studio without JavaScript: projects, files, what was said, storyboards as text."""

import re
import time
from collections.abc import Iterator
from html import unescape

import httpx2
import pytest

from tests.flows.plan_calls import PLANS, execute_plan, plan_step, prepare_plan, wait_for_plan
from tests.gateway import JOB_SECONDS, Client, Gateway, draw_picture, picture_input
from tests.library.files import create_project, list_assets, upload_file
from tests.studio.boards import STORYBOARDS_PATH, create_board, read_document

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def page(gateway: Gateway, client: Client) -> Iterator[httpx2.Client]:
    with gateway.browser(client.account_id) as http:
        yield http


def read_hidden_field(text: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found is not None, name
    return unescape(found[1])


def read_written_text(text: str) -> str:
    found = re.search(r'<textarea id="text"[^>]*>(.*?)</textarea>', text, re.DOTALL)
    assert found is not None
    return unescape(found[1])


def test_a_project_is_made_once_and_its_name_is_text(page: httpx2.Client) -> None:
    front = page.get("/studio").text
    assert "No projects yet" in front
    sent = {"name": HOSTILE, "idempotencyKey": read_hidden_field(front, "idempotencyKey")}
    made = {page.post("/studio?mode=test", data=sent).headers["location"] for _ in range(2)}
    (path,) = made
    for at in ("/studio", path):
        text = page.get(at).text
        assert HOSTILE not in text
        assert "&lt;img src=x" in text
    foreign = page.post("/studio", data=sent, headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403
    refused = page.post("/studio", data=sent | {"name": "", "idempotencyKey": "mine"})
    assert (refused.status_code, read_hidden_field(refused.text, "idempotencyKey")) == (422, "mine")


def test_files_of_a_project_are_seen_and_go_on(client: Client, page: httpx2.Client) -> None:
    home = create_project(client)
    asset = upload_file(client, home, "fox.png", draw_picture(256, 256)).json()["assetId"]
    shown = page.get(f"/studio/{home}").text
    assert f"imageUrl=asset%3A%2F%2F{asset}" in shown
    seen = page.get("/studio/preview", params={"ref": f"asset://{asset}"})
    assert seen.headers["content-type"] == "image/jpeg"


@pytest.mark.promise("pages: storyboards")
def test_a_storyboard_goes_out_as_text_and_comes_back_as_the_same(
    client: Client, page: httpx2.Client
) -> None:
    home = create_project(client)
    board = create_board(client, home)
    at = f"/studio/{home}/boards/{board['assetId']}"
    shown = page.get(at)
    assert shown.status_code == 200
    file = page.get(f"{at}/markdown")
    assert file.headers["content-disposition"].startswith("attachment")
    assert file.text == read_written_text(shown.text)
    lines = file.text.replace("\n", "\r\n")  # as browsers send them
    sent = {"text": lines, "idempotencyKey": read_hidden_field(shown.text, "idempotencyKey")}
    copied = page.post(f"/studio/{home}?mode=test", data=sent)
    assert copied.status_code == 303
    assert page.get(f"{copied.headers['location']}/markdown").text == file.text


def test_whoever_saw_an_older_storyboard_is_told_and_keeps_the_words(
    client: Client, page: httpx2.Client
) -> None:
    home = create_project(client)
    board = create_board(client, home)
    at = f"/studio/{home}/boards/{board['assetId']}"
    text = page.get(at).text
    changed = read_written_text(text).replace(board["document"]["title"], "Another door")
    sent = {"text": changed, "etag": read_hidden_field(text, "etag")}
    saved = page.post(at, data=sent | {"idempotencyKey": "save-1"})
    assert saved.status_code == 303
    late = page.post(at, data=sent | {"text": f"{changed}\n", "idempotencyKey": "save-2"})
    assert late.status_code == 412
    assert "Another door" in read_written_text(late.text)
    broken = page.post(at, data={"text": "---\nodd", "etag": read_hidden_field(late.text, "etag")})
    assert broken.status_code == 422
    assert read_written_text(broken.text) == "---\nodd"
    assert "## Scene scene_1" in broken.text


def list_order(page: httpx2.Client, at: str) -> list[str]:
    return re.findall(r'<li id="shot-(\w+)">', page.get(at).text)


def test_a_shot_is_moved_by_a_button_unless_somebody_saved_since(
    client: Client, page: httpx2.Client
) -> None:
    home = create_project(client)
    shots = [{"id": name} for name in ("a", "b", "c")]
    document = {"title": "Dust", "scenes": [{"id": "s1", "shots": shots}]}
    at = f"/studio/{home}/boards/{create_board(client, home, document=document)['assetId']}"
    text = page.get(at).text
    moves = dict(re.findall(r'value="([^"]*)" aria-label="(Move \w+ \w)"', text))
    ways = {words: value for value, words in moves.items()}
    assert set(ways) == {"Move down a", "Move up b", "Move down b", "Move up c"}
    sent = {"move": ways["Move down a"], "etag": read_hidden_field(text, "etag")}
    moved = page.post(at, data=sent)
    assert (moved.status_code, moved.headers["location"]) == (303, f"{at}#shot-a")
    assert list_order(page, at) == ["b", "a", "c"]
    assert page.post(at, data=sent).status_code == 412
    newer = {"move": ways["Move down b"], "etag": read_hidden_field(page.get(at).text, "etag")}
    assert page.post(at, data=newer).status_code == 303
    assert list_order(page, at) == ["a", "c", "b"]
    odd = newer | {"etag": read_hidden_field(page.get(at).text, "etag"), "move": "?"}
    assert page.post(at, data=odd).status_code == 422


def test_a_file_is_uploaded_into_a_project(client: Client, page: httpx2.Client) -> None:
    at = f"/studio/{create_project(client)}"
    kept = page.post(f"{at}/upload?mode=test&filename=fox.png", content=draw_picture(96, 64))
    assert kept.json()["name"] == "fox"
    assert kept.json()["reference"].removeprefix("asset://") in page.get(at).text
    refused = page.post(f"{at}/upload?filename=fox.png", content=b"no picture")
    assert refused.status_code in {415, 422}
    foreign = {"Sec-Fetch-Site": "cross-site"}
    again = page.post(f"{at}/upload?filename=b.png", content=draw_picture(8, 8), headers=foreign)
    assert again.status_code == 403


def test_what_was_said_is_shown_as_text(client: Client, page: httpx2.Client) -> None:
    home = create_project(client)
    made = client.http.post("/api/v1/studio/threads", json={"projectId": home, "title": HOSTILE})
    at = f"/studio/{home}/{made.json()['threadId']}"
    shown = page.get(at)
    assert shown.status_code == 200
    assert HOSTILE not in shown.text
    assert "No messages yet" in shown.text


def test_nothing_of_another_account_is_in_the_studio(
    gateway: Gateway, client: Client, page: httpx2.Client
) -> None:
    with gateway.account() as other:
        home = create_project(other)
        board = create_board(other, home)["assetId"]
        asset = upload_file(other, home, "fox.png", draw_picture(64, 64)).json()["assetId"]
        paths = [
            f"/studio/{home}",
            f"/studio/{home}/boards/{board}",
            f"/studio/{home}/boards/{board}/markdown",
            f"/studio/{create_project(client)}/boards/{board}",
            f"/studio/preview?ref=asset://{asset}",
            "/studio/nonsense",
        ]
        assert {page.get(path).status_code for path in paths} == {404}


def test_a_shot_is_moved_into_another_scene_by_a_button(
    client: Client, page: httpx2.Client
) -> None:
    home = create_project(client)
    scenes = [
        {"id": "s1", "shots": [{"id": "a"}]},
        {"id": "s2"},
        {"id": "s3", "shots": [{"id": "b"}]},
    ]
    document = {"title": "Dust", "scenes": scenes}
    at = f"/studio/{home}/boards/{create_board(client, home, document=document)['assetId']}"
    for words in ("Move down a", "Move down a", "Move up b", "Move up b"):
        text = page.get(at).text
        moves = dict(re.findall(r'value="([^"]*)" aria-label="(Move \w+ \w)"', text))
        ways = {words: value for value, words in moves.items()}
        sent = {"move": ways[words], "etag": read_hidden_field(text, "etag")}
        assert page.post(at, data=sent).status_code == 303
    kept = read_document(client, STORYBOARDS_PATH, at.rpartition("/")[2])["document"]["scenes"]
    assert [[shot["id"] for shot in scene["shots"]] for scene in kept] == [[], ["b"], ["a"]]


def test_a_shot_is_edited_in_place_and_a_conflict_keeps_the_words(
    client: Client, page: httpx2.Client
) -> None:
    home = create_project(client)
    board = create_board(client, home)
    at = f"/studio/{home}/boards/{board['assetId']}"
    form = {"decision": "shot", "shotId": "s1a", "title": HOSTILE, "status": "draft"}
    form |= {"action": "A fox sleeps.\r\nStill.", "prompt": ""}
    saved = page.post(at, data=form | {"etag": board["etag"]})
    assert (saved.status_code, saved.headers["location"]) == (303, f"{at}#shot-s1a")
    shot = read_document(client, STORYBOARDS_PATH, board["assetId"])["document"]["scenes"][0][
        "shots"
    ][0]
    assert (shot["title"], shot["action"]) == (HOSTILE, "A fox sleeps.\nStill.")
    assert shot["characters"] == ["fox"]
    late = page.post(at, data=form | {"etag": board["etag"], "action": "Mine."})
    assert late.status_code == 412
    assert HOSTILE not in late.text
    assert "A fox sleeps." in late.text
    assert ">Mine.</textarea>" in late.text
    again = page.post(
        at, data=form | {"etag": read_hidden_field(late.text, "etag"), "action": "Mine."}
    )
    assert again.status_code == 303
    odd = page.post(
        at, data=form | {"shotId": "nothing", "etag": read_hidden_field(late.text, "etag")}
    )
    assert odd.status_code in {412, 422}


def test_a_conflict_of_texts_shows_both(client: Client, page: httpx2.Client) -> None:
    home = create_project(client)
    board = create_board(client, home)
    at = f"/studio/{home}/boards/{board['assetId']}"
    text = read_written_text(page.get(at).text)
    for words, status in (("Theirs", 303), ("Mine", 412)):
        changed = text.replace("A fox leans", words)
        sent = {"text": changed, "etag": board["etag"], "idempotencyKey": words}
        answer = page.post(at, data=sent)
        assert answer.status_code == status
    mine, theirs = re.findall(
        r'<textarea[^>]*rows="16"[^>]*>(.*?)</textarea>', answer.text, re.DOTALL
    )
    assert "Mine on a hatch." in unescape(mine)
    assert "Theirs on a hatch." in unescape(theirs)
    newest = {
        "text": unescape(mine),
        "etag": read_hidden_field(answer.text, "etag"),
        "idempotencyKey": "3",
    }
    assert page.post(at, data=newest).status_code == 303


@pytest.mark.promise("pages: takes")
def test_takes_are_compared_and_the_one_that_counts_is_chosen(
    client: Client, page: httpx2.Client
) -> None:
    home = create_project(client)
    size = {"width": 256, "height": 256, "fps": 24, "durationFrames": 9}
    shots = [{"id": "a", "action": "A fox waits."}]
    document = {"title": "Dust", "defaults": size, "scenes": [{"id": "s1", "shots": shots}]}
    board = create_board(client, home, document=document)
    at = f"/studio/{home}/boards/{board['assetId']}"
    front = page.get(at).text
    assert "shots without a take (1)" in front
    asked = {"decision": "render", "mode": "missing", "takesPerShot": "2", "idempotencyKey": "r"}
    (plan_at,) = {page.post(at, data=asked).headers["location"] for _ in range(2)}
    plan = client.http.get(PLANS, params={"planId": plan_at.rpartition("/")[2]}).json()
    assert len(plan["steps"]) == 2
    assert execute_plan(client, plan).status_code == 202
    wait_for_plan(client, plan)
    deadline = time.monotonic() + JOB_SECONDS
    while len((found := read_document(client, STORYBOARDS_PATH, board["assetId"]))["takes"]) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert "Compare 2 takes" in page.get(at).text
    compared = page.get(f"{at}/shots/a").text
    videos = re.findall(r'<video[^>]* src="([^"]+)"', compared)
    assert len(videos) == 2
    assert page.get(unescape(videos[0])).headers["content-type"] == "video/mp4"
    assert compared.count("Chosen take") == 1
    form = {name: read_hidden_field(compared, name) for name in ("etag", "shotId", "take")}
    chosen = page.post(at, data=form | {"decision": "take"})
    assert chosen.headers["location"] == f"{at}#shot-a"
    now = read_document(client, STORYBOARDS_PATH, board["assetId"])["document"]["scenes"][0][
        "shots"
    ][0]["take"]
    before = found["document"]["scenes"][0]["shots"][0]["take"]
    assert now == form["take"] != before
    assert page.post(at, data=form | {"decision": "take"}).status_code == 412
    assert page.get(f"{at}/shots/nothing").status_code == 404
    for takes in ("nine", "9" * 5_000):
        refused = page.post(at, data=asked | {"takesPerShot": takes, "idempotencyKey": "s"})
        assert (refused.status_code, read_hidden_field(refused.text, "idempotencyKey")) == (
            422,
            "s",
        )


def test_a_plan_that_waits_says_who_made_it_and_quotes_its_title(
    client: Client, page: httpx2.Client
) -> None:
    (key,) = client.http.get("/api/v1/keys").json()["data"]
    plan = prepare_plan(client, plan_step("image.generate", picture_input()), title=HOSTILE)
    text = page.get("/studio").text
    title = "<q>&lt;img src=x onerror=alert(1)&gt;</q>"
    assert f'<a href="/plans/{plan["planId"]}">{title}</a>' in text
    assert f"Requested by <bdi>the API key “{key['label']}”</bdi>" in text


def test_the_overview_shows_what_waits_for_a_yes_with_its_price_until_it_is_decided(
    client: Client, page: httpx2.Client
) -> None:
    first = prepare_plan(
        client, *(plan_step("image.generate", picture_input(word)) for word in ("one", "two"))
    )
    line = f'<a href="/plans/{first["planId"]}">2 × Generate images</a>'  # noqa: RUF001 - times
    for at in ("/dashboard", "/dashboard/now"):
        text = page.get(at).text
        assert f'{line} <span class="price">$0.04</span>' in text
        assert "Requested by <bdi>the API key" in text
    client.http.post(f"{PLANS}/reject", json={"planId": first["planId"]})
    assert first["planId"] not in page.get("/dashboard").text


def test_no_thread_is_offered_where_nobody_answers(client: Client, page: httpx2.Client) -> None:
    shown = page.get(f"/studio/{create_project(client)}").text
    assert "agent is not available here" in shown
    assert "New thread" not in shown


def test_a_kept_output_is_called_by_how_its_prompt_begins(client: Client) -> None:
    home = create_project(client)
    client.run_job(
        "image.generate", picture_input("A fox\n looks at " + "the stars " * 20), projectId=home
    )
    (kept,) = list_assets(client, home)
    assert kept["name"].startswith("A fox looks at the stars the stars")
    assert kept["name"].endswith("…")
    assert kept["filename"].startswith("job_")


def test_a_shot_shows_its_camera_and_its_length(client: Client, page: httpx2.Client) -> None:
    shot = {"id": "shot_1", "movement": "pan_left", "camera": "From below", "durationSeconds": 2.5}
    document = {"title": "Dust", "scenes": [{"id": "s1", "shots": [shot]}]}
    home = create_project(client)
    at = f"/studio/{home}/boards/{create_board(client, home, document=document)['assetId']}"
    assert "pan left, From below, 2.5 seconds" in page.get(at).text
