"""The studio without JavaScript: what was said, and what waits for a yes."""

from collections.abc import Iterator

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


def test_what_was_said_is_shown_as_text(client: Client, page: httpx2.Client) -> None:
    home = create_project(client)
    made = client.http.post("/api/v1/studio/threads", json={"projectId": home, "title": HOSTILE})
    at = f"/library/{home}/talks/{made.json()['threadId']}"
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
            f"/library?projectId={home}",
            *(f"{create_film(other, board)}{tab}" for tab in FILM_TABS),
            f"/create/preview?ref=asset://{asset}",
            f"/library/files/{asset}",
            f"/library/download?assets={asset}",
            "/library/files/nonsense",
        ]
        assert {page.get(path).status_code for path in paths} == {404}


def test_a_plan_that_waits_says_who_made_it_and_quotes_its_title(
    client: Client, page: httpx2.Client
) -> None:
    (key,) = client.http.get("/api/v1/keys").json()["data"]
    prepare_plan(client, plan_step("image.generate", picture_input()), title=HOSTILE)
    text = page.get("/waiting").text
    assert "in its own words: <q>&lt;img src=x onerror=alert(1)&gt;</q>" in text
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


def test_a_kept_output_is_called_by_how_its_prompt_begins(client: Client) -> None:
    home = create_project(client)
    client.run_job(
        "image.generate", picture_input("A fox\n looks at " + "the stars " * 20), projectId=home
    )
    (kept,) = list_assets(client, home)
    assert kept["name"].startswith("A fox looks at the stars the stars")
    assert kept["name"].endswith("…")
    assert kept["filename"].startswith("job_")
