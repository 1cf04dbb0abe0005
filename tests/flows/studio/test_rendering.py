"""A storyboard rendered as one plan: exact price first, a take each shot, and the film."""

import time
from functools import partial
from typing import Any

import pytest

from tests.gateway import JOB_SECONDS, Client, Gateway, assert_problem
from tests.library.files import create_project
from tests.studio.boards import STORYBOARDS_PATH, create_board, read_document

PLANS = "/api/v1/studio/agent/approval-plans"
BOARD: dict[str, Any] = {
    "title": "The hatch",
    "defaults": {"width": 256, "height": 256, "fps": 24, "durationFrames": 17},
    "scenes": [
        {
            "id": "s1",
            "shots": [
                {"id": "s1a", "action": "A fox waits.", "movement": "pan_left"},
                {
                    "id": "s1b",
                    "prompt": "It opens.",
                    "continuity": {"fromShotId": "s1a", "overlapFrames": 9},
                },
            ],
        }
    ],
}


def prepare_render(client: Client, asset_id: str, **more: object) -> Any:  # noqa: ANN401
    body = {"assetId": asset_id, **more}
    return client.http.post(f"{STORYBOARDS_PATH}/prepare-render", json=body)


def run_plan(client: Client, plan: dict[str, Any]) -> dict[str, Any]:
    """Run a plan; return it when it has ended."""
    body = {"planId": plan["planId"], "planHash": plan["planHash"]}
    answer = client.http.post(f"{PLANS}/execute", json=body)
    assert answer.status_code == 202, answer.text
    deadline = time.monotonic() + JOB_SECONDS
    while True:
        params: dict[str, str | int] = {"planId": plan["planId"], "waitSeconds": 10}
        found: dict[str, Any] = client.http.get(PLANS, params=params).json()
        if found["outcome"] not in {None, "running"}:
            return found
        assert time.monotonic() < deadline, found


def wait_for_takes(client: Client, asset_id: str, takes: int) -> dict[str, Any]:
    """Return a storyboard when it has so many takes."""
    deadline = time.monotonic() + JOB_SECONDS
    while len((found := read_document(client, STORYBOARDS_PATH, asset_id))["takes"]) < takes:
        assert time.monotonic() < deadline, found["takes"]
        time.sleep(0.1)
    return found


@pytest.mark.promise("studio: rendered-at-its-price")
def test_a_storyboard_is_one_plan_and_each_clip_a_take(gateway: Gateway) -> None:
    with gateway.account("20") as client:
        board = create_board(client, create_project(client), document=BOARD)
        before = client.get_balance()
        headers = {"X-Idempotency-Key": "render"}
        render = partial(client.http.post, f"{STORYBOARDS_PATH}/prepare-render", headers=headers)
        answer = render(json={"assetId": board["assetId"]})
        assert answer.status_code == 201, answer.text
        plan = answer.json()
        assert client.get_balance() == before
        kinds = [(step["key"], step["operation"], step["shotId"]) for step in plan["steps"]]
        assert kinds == [
            ("s1a", "video.generate", "s1a"),
            ("s1b", "video.extend", "s1b"),
            ("the_film", "video.combine", None),
        ]
        done = run_plan(client, plan)
        assert done["outcome"] == "succeeded", done
        found = wait_for_takes(client, board["assetId"], 2)
        shots = {shot["id"]: shot for shot in found["document"]["scenes"][0]["shots"]}
        for take in found["takes"]:
            assert shots[take["shotId"]]["take"] == f"asset://{take['assetId']}"
            assert (take["status"], take["planId"]) == ("succeeded", plan["planId"])
        prices = {step["shotId"]: step["priceMicrousd"] for step in plan["steps"]}
        assert {take["shotId"]: take["priceMicrousd"] for take in found["takes"]} == {
            shot: price for shot, price in prices.items() if shot is not None
        }
        film = client.get_job(done["steps"][2]["jobId"], includeDetails=1)
        assert film["outputs"][0]["frames"] == 17 + 16
        assert found["version"] > 1
        assert_problem(prepare_render(client, board["assetId"]), 422, "invalid_input")
        assert render(json={"assetId": board["assetId"]}).json()["planId"] == plan["planId"]
        again = prepare_render(
            client, board["assetId"], mode="all", takesPerShot=2, shotIds=["s1a"]
        )
        steps = again.json()["steps"]
        assert len({step["input"]["seed"] for step in steps}) == 2


def test_a_shot_that_cannot_be_rendered_is_named(client: Client) -> None:
    shots = [{"id": "a", "lens": "35mm"}, {"id": "b", "prompt": "x", "width": 512}]
    document = BOARD | {"scenes": [{"id": "s1", "shots": shots}]}
    board = create_board(client, create_project(client), document=document)
    refusal = assert_problem(prepare_render(client, board["assetId"]), 422, "shot_incomplete")
    assert [each["shotId"] for each in refusal["errors"]] == ["a"]
    sound = {"id": "c", "prompt": "x", "referenceAudio": f"asset://ast_{'0' * 26}"}
    document = BOARD | {"scenes": [{"id": "s1", "shots": [sound]}]}
    board = create_board(client, create_project(client), document=document)
    refusal = assert_problem(prepare_render(client, board["assetId"]), 422, "missing_anchor")
    assert refusal["shotId"] == "c"


@pytest.mark.parametrize("blank", ["\u3000", "\u00a0", "\u2028", "\u2003\n\u3000"])
def test_a_shot_of_nothing_but_white_space_has_nothing_to_render(
    client: Client, blank: str
) -> None:
    said = [{"character": "FOX", "line": "Now."}]
    shots: list[dict[str, Any]] = [
        {"id": "a", "action": blank, "camera": "Slow push in"},
        {"id": "b", "action": blank, "movement": "orbit"},
        {"id": "c", "action": blank, "dialogue": said},
        {"id": "d", "prompt": blank, "movement": "orbit"},
        {"id": "e", "prompt": blank, "action": "A fox runs.", "camera": "\u3000"},
    ]
    document = BOARD | {"scenes": [{"id": "s1", "shots": shots}]}
    board = create_board(client, create_project(client), document=document)
    refusal = assert_problem(prepare_render(client, board["assetId"]), 422, "shot_incomplete")
    assert [each["shotId"] for each in refusal["errors"]] == ["a", "b", "c", "d"]
    plan = prepare_render(client, board["assetId"], shotIds=["e"]).json()
    assert plan["steps"][0]["input"]["prompt"] == "A fox runs."


@pytest.mark.parametrize("length", [{"durationSeconds": 20}, {"durationFrames": 481}])
def test_a_continued_shot_that_is_too_long_is_named(client: Client, length: dict[str, int]) -> None:
    first = {"id": "a", "prompt": "A fox.", "durationFrames": 17}
    second = {"id": "b", "prompt": "Dust.", "continuity": {"fromShotId": "a"}} | length
    document = BOARD | {"scenes": [{"id": "s1", "shots": [first, second]}]}
    board = create_board(client, create_project(client), document=document)
    refusal = assert_problem(prepare_render(client, board["assetId"]), 422, "invalid_input")
    assert refusal["detail"].startswith("b: At 24 frames a second")
    assert refusal["shotId"] == "b"
