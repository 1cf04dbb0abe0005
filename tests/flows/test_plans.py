"""Approval plans through the front door: frozen, priced, approved, run once."""

from functools import partial
from typing import Any

import pytest

from tests.flows.plans import PLANS, ended, execute, prepare, prepared, read, states, step
from tests.gateway import Client, Gateway, picture, problem, still, together

BAD = "a fox [sandbox:fail]"


def test_preparing_prices_every_step_and_reserves_nothing(client: Client) -> None:
    before = client.balance()
    plan = prepared(client, step("image.generate", picture()), step("image.generate", picture("b")))
    assert client.balance() == before
    assert plan["totalMicrousd"] == 40_000
    assert plan["state"] == "pending"
    assert plan["balanceAfterMicrousd"] == 4_960_000
    assert 890 <= plan["secondsLeft"] <= 900
    assert [each["key"] for each in plan["steps"]] == ["step1", "step2"]
    assert read(client, plan)["steps"] == plan["steps"]
    assert client.http.get("/api/v1/media/jobs").json()["data"] == []


@pytest.mark.promise("plans: exact")
def test_a_picture_becomes_a_clip_becomes_a_film_in_one_plan(client: Client) -> None:
    clip = {"prompt": "it walks", "startFrameImageUrl": "step://fox/1", "durationFrames": 9}
    plan = prepared(
        client,
        step("video.combine", {"videoUrls": ["step://clip/0", "step://clip/0"]}, key="film"),
        step("video.generate", clip, key="clip"),
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
    frame = jobs["clip"]["effectiveInput"]["startFrameImage"]
    assert frame["sha256"] == jobs["fox"]["outputs"][1]["sha256"]
    for key, job in jobs.items():
        assert job["billing"]["priceMicrousd"] == by_key[key]["priceMicrousd"]
    assert client.balance()["heldMicrousd"] == 0
    of_job = client.http.get(PLANS, params={"jobId": jobs["clip"]["jobId"]}).json()
    assert of_job["planId"] == plan["planId"]


@pytest.mark.promise("plans: charged-what-succeeded")
@pytest.mark.parametrize(("on_failure", "last"), [("stop", "skipped"), ("continue", "succeeded")])
def test_after_a_failure_the_rest_is_skipped_or_only_what_needs_it(
    gateway: Gateway, client: Client, on_failure: str, last: str
) -> None:
    plan = prepared(
        client,
        step("image.generate", picture(BAD), key="one"),
        step("image.upscale", {"imageUrl": "step://one/0"}, key="two"),
        step("image.generate", picture("a fox [sandbox:slow=2]"), key="slow"),
        step("image.generate", picture(), key="last", dependsOn=["slow"]),
        onFailure=on_failure,
    )
    execute(client, plan)
    done = ended(client, plan)
    assert states(done) == ["failed", "skipped", "succeeded", last]
    assert done["outcome"] == "partial"
    assert done["steps"][0]["error"]["code"] == "engine_failed"
    charged = 20_000 if last == "skipped" else 40_000
    assert done["chargedMicrousd"] == charged
    balance = client.balance()
    assert (balance["heldMicrousd"], balance["availableMicrousd"]) == (0, 5_000_000 - charged)
    assert gateway.findings() == []


def test_canceling_a_job_of_a_plan_stops_the_plan(client: Client) -> None:
    plan = prepared(
        client,
        step("image.generate", picture("a fox [sandbox:slow=60]"), key="slow"),
        step("image.upscale", {"imageUrl": "step://slow/0"}),
    )
    running = execute(client, plan).json()
    assert client.cancel(running["jobIds"][0]).status_code == 200
    done = ended(client, plan)
    assert (done["outcome"], states(done)) == ("canceled", ["canceled", "skipped"])
    assert client.balance()["availableMicrousd"] == 5_000_000


@pytest.mark.promise("plans: partial")
def test_steps_left_out_are_dropped_for_ever(client: Client) -> None:
    plan = prepared(
        client,
        step("image.generate", picture(), key="a"),
        step("image.generate", picture("b"), key="b"),
        step("image.upscale", {"imageUrl": "step://a/0"}, key="c"),
    )
    a, b, c = (each["stepId"] for each in plan["steps"])
    told = problem(execute(client, plan, stepIds=[c]), 422, "missing_dependency")
    assert told["missing"] == [a]
    problem(execute(client, plan, stepIds=[f"step_{'0' * 26}"]), 422, "unknown_step")
    price = plan["steps"][0]["priceMicrousd"] + plan["steps"][2]["priceMicrousd"]
    running = execute(client, plan, stepIds=[c, a], maxTotalUsd=f"{price / 1_000_000:.6f}")
    assert running.json()["approvedMicrousd"] == price
    done = ended(client, plan)
    assert states(done) == ["succeeded", "dropped", "succeeded"]
    assert execute(client, plan, stepIds=[a, c]).status_code == 200
    told = problem(execute(client, plan, stepIds=[a, b]), 409, "plan_already_executed")
    assert told["executedStepIds"] == [a, c]
    again = execute(client, plan)
    assert (again.status_code, again.headers["idempotency-replayed"]) == (200, "true")
    assert (again.json()["jobIds"], again.json()["droppedStepIds"]) == (done["jobIds"], [b])
    assert len(done["jobIds"]) == 2


def test_a_plan_that_failed_is_resumed_with_the_bytes_it_was_prepared_with(client: Client) -> None:
    plan = prepared(
        client,
        step("image.generate", picture("one"), key="one"),
        step("image.edit", {"prompt": BAD, "images": [still()]}, key="two", dependsOn=["one"]),
        step("image.upscale", {"imageUrl": "step://two/0"}, key="three"),
        step("image.upscale", {"imageUrl": "step://one/0"}, key="four", dependsOn=["two"]),
        title="four things",
    )
    resume = {"resumeOf": plan["planId"]}
    problem(client.http.post(f"{PLANS}/prepare", json=resume), 409, "nothing_to_resume")
    execute(client, plan)
    done = ended(client, plan)
    assert states(done) == ["succeeded", "failed", "skipped", "skipped"]
    again = client.http.post(f"{PLANS}/prepare", json=resume).json()
    assert [each["key"] for each in again["steps"]] == ["two", "three", "four"]
    assert again["title"] == "four things"
    first = plan["steps"][1]["input"]["images"][0]["sha256"]
    assert again["steps"][0]["input"]["images"][0]["sha256"] == first
    assert again["steps"][2]["input"]["image"]["source"] == f"job://{done['jobIds'][0]}/0"
    assert again["steps"][2]["dependsOn"] == ["two"]


def test_plans_are_listed_and_waited_for(client: Client) -> None:
    first = prepared(client, step("image.generate", picture()))
    second = prepared(client, step("image.generate", picture()))
    client.http.post(f"{PLANS}/reject", json={"planId": first["planId"], "reason": "no"})
    page = client.http.get(PLANS, params={"state": "pending"}).json()
    assert [plan["planId"] for plan in page["data"]] == [second["planId"]]
    page = client.http.get(PLANS, params={"limit": 1}).json()
    assert page["nextCursor"] == second["planId"]
    assert "steps" not in page["data"][0]
    query: dict[str, Any] = {"cursor": page["nextCursor"]}
    (last,) = client.http.get(PLANS, params=query).json()["data"]
    assert (last["state"], last["reason"]) == ("rejected", "no")
    assert read(client, first, waitSeconds=30)["state"] == "rejected"
    assert read(client, second, waitSeconds=30, sinceVersion=0)["state"] == "pending"


def test_rejecting_is_final_and_may_come_again(client: Client) -> None:
    plan = prepared(client, step("image.generate", picture()))
    for _ in range(2):
        answer = client.http.post(f"{PLANS}/reject", json={"planId": plan["planId"]})
        assert (answer.status_code, answer.json()["state"]) == (200, "rejected")
    problem(execute(client, plan), 409, "plan_rejected")
    executed = prepared(client, step("image.generate", picture()))
    execute(client, executed)
    answer = client.http.post(f"{PLANS}/reject", json={"planId": executed["planId"]})
    problem(answer, 409, "plan_already_executed")


BROKEN: list[tuple[list[dict[str, Any]], int, str, str]] = [
    ([step("image.generate", picture()),
      step("image.generate", {"prompt": "x", "width": 9})],
     422, "invalid_input", "steps.1.input."),
    ([step("image.paint", picture())], 422, "unknown_operation", "steps.0.operation"),
    ([step("image.upscale", {"imageUrl": "step://nobody/0"})],
     422, "unknown_step", "steps.0.input.imageUrl"),
    ([step("image.generate", picture(), key="a"),
      step("image.upscale", {"imageUrl": "step://a/1"})],
     422, "media_not_found", "steps.1.input.imageUrl"),
    ([step("image.generate", picture(), key="a"),
      step("video.upscale", {"videoUrl": "step://a/0"})],
     415, "unsupported_media", "steps.1.input.videoUrl"),
    ([step("image.generate", picture(), key="a", dependsOn=["b"]),
      step("image.upscale", {"imageUrl": "step://a/0"}, key="b")],
     422, "dependency_cycle", "steps."),
    ([step("image.generate", picture(), key="a"),
      step("image.generate", picture(), key="a")],
     422, "invalid_input", "steps.1.key"),
    ([step("video.generate", {"prompt": "x", "durationFrames": 10}, strict=True)],
     422, "adjustment_required", "steps.0.input.durationFrames"),
]  # fmt: skip


@pytest.mark.parametrize(("steps", "status", "code", "field"), BROKEN)
def test_one_bad_step_refuses_all_and_is_named(
    client: Client, steps: list[dict[str, Any]], status: int, code: str, field: str
) -> None:
    told = problem(prepare(client, *steps), status, code)
    fields = [each["field"] for each in told.get("errors", [])] or [told["field"]]
    assert all(each.startswith(field) for each in fields), told
    assert client.http.get(PLANS).json()["data"] == []


def test_the_hundredth_and_first_pending_plan_waits(client: Client) -> None:
    for _ in range(100):
        prepared(client, step("image.generate", picture()))
    problem(prepare(client, step("image.generate", picture())), 429, "concurrency_limited")


def test_a_retry_with_its_key_is_the_same_plan(client: Client) -> None:
    given = {"steps": [step("image.edit", {"prompt": "night", "image": still()})]}
    headers = {"X-Idempotency-Key": "one"}
    post = partial(client.http.post, f"{PLANS}/prepare", headers=headers)
    answers = together(partial(post, json=given) for _ in range(4))
    assert {answer.status_code for answer in answers} == {201}
    (plan_id,) = {answer.json()["planId"] for answer in answers}
    assert [each.headers.get("idempotency-replayed") for each in answers].count("true") == 3
    problem(post(json=given | {"title": "Other"}), 409, "idempotency_conflict")
    listed = client.http.get(PLANS).json()["data"]
    assert [each["planId"] for each in listed] == [plan_id]
    assert execute(client, answers[0].json()).status_code == 202
    assert post(json=given).json()["state"] == "executed"
