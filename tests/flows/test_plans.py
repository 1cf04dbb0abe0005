"""Approval plans through the front door: frozen, priced, approved, run once."""

from typing import Any

import httpx2

from tests.gateway import Client, picture, still

PLANS = "/api/v1/studio/agent/approval-plans"


def step(operation: str, given: dict[str, Any], **more: object) -> dict[str, Any]:
    """Return a step."""
    return {"operation": operation, "input": given, **more}


def prepare(client: Client, *steps: dict[str, Any], **more: object) -> httpx2.Response:
    return client.http.post(f"{PLANS}/prepare", json={"steps": list(steps), **more})


def prepared(client: Client, *steps: dict[str, Any], **more: object) -> dict[str, Any]:
    """Return a new plan."""
    answer = prepare(client, *steps, **more)
    assert answer.status_code == 201, answer.text
    plan: dict[str, Any] = answer.json()
    return plan


def execute(client: Client, plan: dict[str, Any], **more: object) -> httpx2.Response:
    body = {"planId": plan["planId"], "planHash": plan["planHash"], **more}
    return client.http.post(f"{PLANS}/execute", json=body)


def read(client: Client, plan: dict[str, Any], **query: object) -> dict[str, Any]:
    answer = client.http.get(PLANS, params={"planId": plan["planId"], **query})  # type: ignore[dict-item]
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_preparing_prices_every_step_and_reserves_nothing(client: Client) -> None:
    before = client.balance()
    plan = prepared(client, step("image.generate", picture()), step("image.generate", picture("b")))
    assert client.balance() == before
    assert plan["totalMicrousd"] == 40_000
    assert plan["state"] == "pending"
    assert read(client, plan)["steps"] == plan["steps"]


def ended(client: Client, plan: dict[str, Any]) -> dict[str, Any]:
    """Return the plan, when it has ended."""
    for _ in range(20):
        found = read(client, plan, waitSeconds=10)
        if found["outcome"] not in {None, "running"}:
            return found
    raise AssertionError(found)


def test_a_picture_becomes_a_clip_becomes_a_film_in_one_plan(client: Client) -> None:
    plan = prepared(
        client,
        step("video.combine", {"videoUrls": ["step://clip/0", "step://clip/0"]}, key="film"),
        step(
            "video.generate",
            {"prompt": "it walks", "startFrameImageUrl": "step://fox/1", "durationFrames": 9},
            key="clip",
        ),
        step("image.generate", picture(count=2, width=512, height=512), key="fox"),
    )
    by_key = {each["key"]: each for each in plan["steps"]}
    assert by_key["clip"]["dependsOn"] == ["fox"]
    assert by_key["film"]["input"]["clips"][0]["video"]["source"] == "step://clip/0"
    answer = execute(client, plan)
    assert answer.status_code == 202, answer.text
    assert client.balance()["heldMicrousd"] == plan["totalMicrousd"]
    done = ended(client, plan)
    assert done["outcome"] == "succeeded", done
    assert done["chargedMicrousd"] == plan["totalMicrousd"]
    jobs = {each["key"]: client.job(each["jobId"], includeDetails=1) for each in done["steps"]}
    fox = jobs["fox"]["outputs"][1]
    frame = jobs["clip"]["effectiveInput"]["startFrameImage"]
    assert frame["sha256"] == fox["sha256"]
    assert client.balance()["heldMicrousd"] == 0


def test_a_plan_that_failed_is_resumed_with_the_bytes_it_was_prepared_with(client: Client) -> None:
    plan = prepared(
        client,
        step("image.generate", picture("one"), key="one"),
        step("image.edit", {"prompt": "[[sandbox:fail]]", "images": [still()]}, key="two"),
        step("image.upscale", {"imageUrl": "step://two/0"}, key="three"),
    )
    execute(client, plan)
    done = ended(client, plan)
    assert [each["state"] for each in done["steps"]] == ["succeeded", "failed", "skipped"]
    answer = client.http.post(f"{PLANS}/prepare", json={"resumeOf": plan["planId"]})
    assert answer.status_code == 201, answer.text
    again = answer.json()
    assert [each["key"] for each in again["steps"]] == ["two", "three"]
    first = plan["steps"][1]["input"]["images"][0]["sha256"]
    assert again["steps"][0]["input"]["images"][0]["sha256"] == first
