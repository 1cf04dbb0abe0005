"""The studio without JavaScript: projects, files, what was said."""

import re
from collections.abc import Iterator
from html import unescape

import httpx2
import pytest

from tests.flows.plan_calls import PLANS, plan_step, prepare_plan
from tests.gateway import Client, Gateway, draw_picture, picture_input
from tests.library.files import create_project, list_assets, upload_file
from tests.studio.boards import create_board, create_film

FILM_TABS = ("", "/timeline", "/watch", "/script", "/talk", "/markdown", "/shots/s1a")
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def page(gateway: Gateway, client: Client) -> Iterator[httpx2.Client]:
    with gateway.browser(client.account_id) as http:
        yield http


def read_hidden_field(text: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found is not None, name
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
            *(f"{create_film(other, board)}{tab}" for tab in FILM_TABS),
            f"/studio/preview?ref=asset://{asset}",
            "/studio/nonsense",
        ]
        assert {page.get(path).status_code for path in paths} == {404}


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
