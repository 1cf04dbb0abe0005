"""Films of a team: each person renders on a plan of their own."""

import httpx2

from tests.flows.plan_calls import PLANS
from tests.flows.studio.test_film_pages import read_field
from tests.flows.teams.people import TeamPerson
from tests.library.files import create_project
from tests.studio.boards import create_board

TEST = {"mode": "test"}


def prepare_render(person: TeamPerson, film_id: str) -> httpx2.Response:
    """Prepare the render of a film on its page."""
    page = f"/films/{film_id}/watch"
    key = read_field(person.web.get(page, params=TEST).text, "idempotencyKey")
    return person.web.post(page, params=TEST, data={"idempotencyKey": key})


def test_a_newer_render_replaces_only_the_plan_of_the_same_person(
    ana: TeamPerson, bob: TeamPerson, eve: TeamPerson
) -> None:
    bob.join(ana, "developer")
    eve.join(ana, "admin")
    shots = [{"id": name, "prompt": f"shot {name}"} for name in ("a", "b")]
    defaults = {"width": 256, "height": 256, "fps": 24, "durationFrames": 9}
    document = {"title": "Fox", "defaults": defaults, "scenes": [{"id": "s", "shots": shots}]}
    board = create_board(ana.own, create_project(ana.own), document=document)["assetId"]
    found = ana.own.http.get("/api/v1/studio/films", params={"storyboardAssetId": board})
    film_id = found.json()["filmId"]
    plans = []
    for person in (ana, bob, eve, bob):
        answer = prepare_render(person, film_id)
        assert answer.status_code == 303, answer.text
        plans.append(answer.headers["location"].partition("?")[0].rpartition("/")[2])
    states = [
        ana.own.http.get(PLANS, params={"planId": plan_id}).json()["state"] for plan_id in plans
    ]
    assert states == ["pending", "rejected", "pending", "pending"]
