"""Films as a client reads, cuts and renders them."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any

import httpx2
import pytest
from sqlalchemy import select, update

from gateway import operator
from gateway.migrations.metadata import METADATA
from tests.flows.plan_calls import execute_plan, wait_for_plan
from tests.gateway import Client, Gateway, assert_problem, call_at_once
from tests.library.files import create_project
from tests.studio.boards import STORYBOARDS_PATH, create_board, read_made

FILMS_PATH = "/api/v1/studio/films"


@pytest.fixture
def person(gateways: list[Gateway]) -> Iterator[Client]:
    with gateways[-1].account() as one:
        yield one


def read_film(person: Client, **query: str) -> dict[str, Any]:
    return read_made(person.http.get(FILMS_PATH, params=query), 200)


def change_film(person: Client, film: dict[str, Any], **fields: object) -> httpx2.Response:
    return person.http.patch(
        FILMS_PATH,
        json={"filmId": film["filmId"]} | fields,
        headers={"If-Match": film["etag"]},
    )


def test_every_storyboard_is_a_film_and_a_cut_is_saved_once_over_each_version(
    person: Client,
) -> None:
    board = create_board(person, create_project(person))
    film = read_film(person, storyboardAssetId=board["assetId"])
    assert film == read_film(person, filmId=film["filmId"])
    assert [clip["overlapFrames"] for clip in film["cut"]] == [0, 9]
    assert (film["title"], film["cutEdited"], film["shotCount"]) == ("The hatch", False, 2)
    cut = [{"shotId": "s1b"}, {"shotId": "s1a", "tailFrames": 12}]
    saved = read_made(change_film(person, film, cut=cut, title="The door"), 200)
    assert [clip["shotId"] for clip in saved["cut"]] == ["s1b", "s1a"]
    assert (saved["title"], saved["cutEdited"]) == ("The door", True)
    refused = change_film(person, film, cut=None)
    assert (refused.status_code, refused.json()["currentEtag"]) == (412, saved["etag"])
    unknown = change_film(person, saved, cut=[{"shotId": "nowhere"}])
    assert unknown.json()["field"] == "cut.0.shotId"
    again = read_made(change_film(person, saved, cut=None), 200)
    assert [clip["shotId"] for clip in again["cut"]] == ["s1a", "s1b"]


def test_a_film_keeps_its_talk_when_it_is_renamed(gateways: list[Gateway]) -> None:
    with gateways[0].account() as one, ExitStack() as stack:
        ways = [stack.enter_context(each.client(one.key)) for each in gateways]
        film = read_made(one.http.post(FILMS_PATH, json={"title": "The hatch"}))
        body = {"filmId": film["filmId"]}
        first_calls = [partial(way.post, f"{FILMS_PATH}/thread", json=body) for way in ways * 4]
        (thread_id,) = {read_made(each, 200)["threadId"] for each in call_at_once(first_calls)}
        assert film["etag"] == read_film(one, **body)["etag"]
        read_made(change_film(one, film, title="The door"), 200)
        assert read_film(one, **body)["threadId"] == thread_id
        archived = {"threadId": thread_id, "archived": True}
        one.http.patch("/api/v1/studio/threads/update", json=archived)
        assert read_film(one, **body)["threadId"] is None
        again = read_made(one.http.post(f"{FILMS_PATH}/thread", json=body), 200)
        assert (again["threadId"] != thread_id, again["title"]) == (True, "The door")
        with gateways[0].account() as stranger:
            refused = stranger.http.post(f"{FILMS_PATH}/thread", json=body)
            assert_problem(refused, 404, "not_found")


def test_of_two_edits_of_one_version_of_a_film_one_is_refused(gateways: list[Gateway]) -> None:
    with gateways[0].account() as one, ExitStack() as stack:
        ways = [stack.enter_context(each.client(one.key)) for each in gateways]
        film = read_film(one, storyboardAssetId=create_board(one, create_project(one))["assetId"])
        edits: list[dict[str, object]] = [{"title": "Door"}, {"title": "Window"}]
        edits += [{"cut": [{"shotId": each}]} for each in ("s1a", "s1b")]
        answers = call_at_once(
            partial(
                ways[number % len(ways)].patch,
                FILMS_PATH,
                json={"filmId": film["filmId"]} | edit,
                headers={"If-Match": film["etag"]},
            )
            for number, edit in enumerate(edits)
        )
        assert sorted(each.status_code for each in answers) == [200, 412, 412, 412]
        (saved,) = (each.json() for each in answers if each.status_code == 200)
        assert read_film(one, filmId=film["filmId"]) == saved
        refused = [each.json()["currentEtag"] for each in answers if each.status_code == 412]
        assert set(refused) == {saved["etag"]}


def test_a_new_film_lies_in_the_inbox_and_films_are_listed_newest_first(person: Client) -> None:
    made = [
        read_made(person.http.post(FILMS_PATH, json={"title": title})) for title in ("One", "Two")
    ]
    page = person.http.get(FILMS_PATH, params={"limit": 1}).json()
    assert [film["title"] for film in page["data"]] == ["Two"]
    rest = person.http.get(FILMS_PATH, params={"cursor": page["nextCursor"]}).json()
    assert [film["filmId"] for film in rest["data"]] == [made[0]["filmId"]]
    script = {"script": "INT. AIRLOCK - NIGHT\n\nA fox.\n\nA hatch.\n", "title": "Airlock"}
    scripted = read_made(person.http.post(FILMS_PATH, json=script))
    assert (scripted["title"], scripted["shotCount"]) == ("Airlock", 2)
    refused = person.http.post(f"{FILMS_PATH}/prepare-render", json={"filmId": made[0]["filmId"]})
    assert refused.status_code == 422


def test_a_rendered_film_has_its_output_length_and_cost(person: Client) -> None:
    project = create_project(person)
    shots = [{"id": name, "prompt": f"A fox {name}.", "durationSeconds": 1} for name in ("a", "b")]
    document = {
        "title": "Fox",
        "defaults": {"width": 384, "height": 256},
        "scenes": [{"id": "s", "shots": shots}],
    }
    board = create_board(person, project, document=document)
    film = read_film(person, storyboardAssetId=board["assetId"])
    cut = [{"shotId": "a", "tailFrames": 5}, {"shotId": "b", "headFrames": 3}]
    film = read_made(change_film(person, film, cut=cut), 200)
    body = {"filmId": film["filmId"]}
    plan = read_made(person.http.post(f"{FILMS_PATH}/prepare-render", json=body))
    assert [step["shotId"] for step in plan["steps"]] == ["a", "b", None]
    assert execute_plan(person, plan).status_code == 202
    assert wait_for_plan(person, plan)["outcome"] == "succeeded"
    done = read_film(person, filmId=film["filmId"])
    assert (done["missingShots"], done["costMicrousd"]) == ([], plan["totalMicrousd"])
    assert done["seconds"] == pytest.approx((25 + 25 - 8) / 24)
    assert done["finalOutput"]["number"] == 1
    assert done["poster"] == f"asset://{done['finalOutput']['assetId']}"
    assert person.http.get(done["finalOutput"]["url"]).headers["content-type"] == "video/mp4"
    assert done["etag"] != film["etag"]
    assert [clip["seconds"] for clip in done["cut"]] == pytest.approx([20 / 24, 22 / 24])


def test_the_etag_follows_the_board_and_a_trimmed_clip_alone_is_not_rendered(
    person: Client,
) -> None:
    board = create_board(person, create_project(person))
    film = read_film(person, storyboardAssetId=board["assetId"])
    removal = {"op": "removeShot", "shotId": "s1b"}
    body = {"assetId": board["assetId"], "operations": [removal]}
    edited = person.http.patch(
        f"{STORYBOARDS_PATH}/document", json=body, headers={"If-Match": board["etag"]}
    )
    assert edited.status_code == 200, edited.text
    late = change_film(person, film, cut=[{"shotId": "s1a", "tailFrames": 9}])
    assert (late.status_code, late.json()["code"]) == (412, "version_conflict")
    film = read_film(person, filmId=film["filmId"])
    film = read_made(change_film(person, film, cut=[{"shotId": "s1a", "tailFrames": 9}]), 200)
    refused = person.http.post(f"{FILMS_PATH}/prepare-render", json={"filmId": film["filmId"]})
    assert (refused.status_code, "alone cannot be trimmed" in refused.text) == (422, True)


def test_clips_without_room_are_paid_once_and_a_joined_board_is_not_the_film(
    gateways: list[Gateway], person: Client
) -> None:
    shots = [{"id": name, "prompt": f"A fox {name}."} for name in ("a", "b")]
    defaults = {"width": 256, "height": 256, "fps": 24, "durationFrames": 9}
    document = {"title": "Fox", "defaults": defaults, "scenes": [{"id": "s", "shots": shots}]}
    board = create_board(person, create_project(person), document=document)["assetId"]
    film = read_film(person, storyboardAssetId=board)
    film = read_made(change_film(person, film, cut=[{"shotId": "b"}, {"shotId": "a"}]), 200)
    path = f"{STORYBOARDS_PATH}/prepare-render"
    joined = read_made(person.http.post(path, json={"assetId": board, "combine": True}))
    assert execute_plan(person, joined).status_code == 202
    assert wait_for_plan(person, joined)["outcome"] == "succeeded"
    assert read_film(person, filmId=film["filmId"])["finalOutput"] is None
    lose_room(gateways[-1], board)
    body = {"filmId": film["filmId"]}
    plan = read_made(person.http.post(f"{FILMS_PATH}/prepare-render", json=body))
    assert [step["operation"] for step in plan["steps"]] == ["video.combine"]
    sources = [clip["video"]["source"] for clip in plan["steps"][0]["input"]["clips"]]
    assert [source.partition(":")[0] for source in sources] == ["asset", "job"]
    assert execute_plan(person, plan).status_code == 202
    assert wait_for_plan(person, plan)["outcome"] == "succeeded"
    lose_room(gateways[-1], board)
    assert read_film(person, filmId=film["filmId"])["finalOutput"]["assetId"] is not None


def lose_room(gateway: Gateway, board: str) -> None:
    """Make the rows of a board as if its clips and render had found no room, and a's has none."""

    async def lose() -> None:
        async with operator.open_database(operator.load_settings(gateway.data_dir)) as database:
            tables = METADATA.tables
            takes, renders, versions = (
                tables[name] for name in ("shot_take", "film_render", "document_version")
            )
            ours = takes.c.asset_id == board
            first = select(takes.c.job_id).where(ours, takes.c.shot_id == "a").scalar_subquery()
            assets = tables["asset"]
            async with database.write() as session:
                for row in await session.execute(
                    select(versions).where(versions.c.asset_id == board)
                ):
                    bare = re.sub(r'"take":"[^"]*"', '"take":null', row.content)
                    place = (versions.c.asset_id == board, versions.c.version == row.version)
                    await session.execute(update(versions).where(*place).values(content=bare))
                await session.execute(
                    update(assets).where(assets.c.job_id == first).values(job_id=None)
                )
                await session.execute(update(takes).where(ours).values(take_asset_id=None))
                await session.execute(
                    update(renders).where(renders.c.asset_id == board).values(film_asset_id=None)
                )

    gateway.run_as_operator(lose)
