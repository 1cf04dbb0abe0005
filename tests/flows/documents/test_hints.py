"""A hint leads to what was meant: an agent that follows it buys nothing else."""

from itertools import islice
from typing import Any

import pytest

from gateway.media.tasks.catalogue import ENABLED_TASKS, TASKS
from tests.gateway import Client, assert_problem, quote_item

JOBS = "/api/v1/media/jobs"
CANVAS = "`width`/`height` define the final output canvas"
BARE = {"prompt": "a fox"}


def find_hint(client: Client, task: str, **fields: object) -> str:
    answer = client.http.post(f"{JOBS}?dryRun=1", json=quote_item(task, BARE | fields))
    told: str = assert_problem(answer, 422, "invalid_input")["hint"]
    return told


@pytest.mark.promise("jobs: hints-mean-the-same")
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("lastFrameImage", "Did you mean `finalFrameImage`?"),
        ("lastFrameImageUrl", "Did you mean `finalFrameImageUrl`?"),
        ("duration", "Did you mean `durationSeconds`?"),
        ("durationFrame", "Did you mean `durationFrames`?"),
        ("baseWidth", CANVAS),
        ("upscale_width", CANVAS),
        ("steps", "no longer accepts separate base/upscale resolution fields"),
        ("highDetail", "`image.generate` and `image.edit` only"),
        ("middleFrameImage", "Known fields: `prompt`"),
    ],
)
def test_an_unknown_field_leads_to_one_that_means_the_same(
    client: Client, name: str, told: str
) -> None:
    assert told in find_hint(client, "video.generate", **{name: 1})


@pytest.mark.promise("jobs: hints-mean-the-same")
def test_no_field_of_another_task_is_taken_for_one_of_this(client: Client) -> None:
    fields = {
        name: {field.alias or "" for field in task.model.model_fields.values()}
        for name, task in TASKS.items()
        if name in ENABLED_TASKS
    }
    every = set[str]().union(*fields.values())
    for task, own in fields.items():
        names = iter(sorted(every - own))
        while some := list(islice(names, 15)):
            asked = {"task": task, "input": dict.fromkeys(some, 1)}
            errors = client.http.post(f"{JOBS}?dryRun=1", json=asked).json()["errors"]
            told = {each["field"].removeprefix("input."): each["hint"] for each in errors}
            for name in some:
                meant = told[name].removeprefix("Did you mean `").removesuffix("`?")
                assert meant in {told[name], f"{name}s", name.removesuffix("s")}, (task, name)


@pytest.mark.promise("jobs: hints-mean-the-same")
@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"task": "video.merge", "input": BARE}, "Did you mean `video.combine`?"),
        ({"task": "video.extract", "input": BARE}, "Enabled tasks"),
        ({"task": "image.generate", "input": BARE, "prompt": "a"}, "Put `prompt` into `input`."),
        ({"task": "image.generate", "input": BARE, "idempotencyKey": "a"}, "X-Idempotency-Key"),
        ({"task": "image.generate", "input": BARE, "dryRun": True}, "/jobs?dryRun=1"),
        ({"task": "image.generate", "input": BARE, "waitSeconds": 30}, "Prefer: wait=30"),
        ({"operation": "image.generate", "input": BARE, "task": "image.edit"}, "`task`?"),
        ({"task": "image.upscale", "input": {"imageUrl": f"job://job_{'0' * 26}"}}, "/0 is its"),
    ],
)
def test_a_wrong_request_is_told_where_the_right_one_is(
    client: Client, body: dict[str, Any], told: str
) -> None:
    answer = client.http.post(f"{JOBS}?dryRun=1", json=body)
    assert (answer.status_code, told in answer.json()["hint"]) == (422, True), answer.text


@pytest.mark.promise("jobs: hints-mean-the-same")
def test_a_step_of_a_plan_is_told_that_its_task_is_an_operation(client: Client) -> None:
    steps = [{"operation": "image.generate", "input": BARE, "task": "image.generate"}]
    answer = client.http.post("/api/v1/studio/agent/approval-plans/prepare", json={"steps": steps})
    assert assert_problem(answer, 422, "invalid_input")["hint"] == "Did you mean `operation`?"


@pytest.mark.promise("jobs: hints-mean-the-same")
def test_other_doors_name_the_right_thing_too(client: Client) -> None:
    terms = {"displayName": "Fox", "acceptTerms": False}
    refused = assert_problem(
        client.http.post("/api/v1/affiliates/me/apply", json=terms), 422, "invalid_input"
    )
    assert "must be true" in refused["detail"]
    assert "terms" in refused["hint"]
    upload = "/api/v1/studio/assets/upload?filename=a.png&projectId=proj_00000000000000000000000000"
    form = client.http.post(upload, files={"file": ("a.png", b"x")})
    assert "--data-binary" in assert_problem(form, 415, "unsupported_media")["hint"]
    google = client.http.post("/api/v1/auth/google", json={"idToken": "a.b.c"})
    assert assert_problem(google, 503, "google_unavailable")["retryable"] is False
    assert "retry-after" not in google.headers


@pytest.mark.promise("jobs: whole-numbers")
def test_a_whole_number_is_one_however_it_is_written(client: Client) -> None:
    told = client.http.post(
        f"{JOBS}?dryRun=1",
        json=quote_item(
            "video.generate",
            BARE | {"durationFrames": 121.0, "fps": 25.0, "seed": 7.0},
            queueTimeoutSeconds=100.0,
        ),
    )
    assert told.status_code == 200, told.text
    effective = told.json()["effectiveInput"]
    assert [effective[name] for name in ("durationFrames", "fps", "seed")] == [121, 25, 7]
    assert "121.0" not in told.text
    assert find_hint(client, "video.generate", durationFrames=121.5)
    project = client.http.post("/api/v1/studio/projects", json={"name": "Fox"}).json()["projectId"]
    document = {"title": "Fox", "scenes": [], "defaults": {"width": 640.0, "fps": 24.0}}
    body = {"projectId": project, "name": "Fox", "document": document}
    board = client.http.post("/api/v1/studio/assets/storyboards", json=body)
    assert board.status_code == 201, board.text
    assert board.json()["document"]["defaults"] == {"width": 640, "fps": 24}
    assert "640.0" not in board.text
