"""Approval plans through the front door: frozen, priced, approved, run once."""

from functools import partial
from typing import Any

import pytest

from tests.flows.plan_calls import (
    PLANS,
    execute_plan,
    list_step_states,
    plan_step,
    prepare_plan,
    read_plan,
    request_plan,
    wait_for_plan,
)
from tests.gateway import (
    Client,
    Gateway,
    assert_problem,
    call_at_once,
    picture_data_uri,
    picture_input,
)

BAD = "a fox [sandbox:fail]"


def test_preparing_prices_every_step_and_reserves_nothing(client: Client) -> None:
    before = client.get_balance()
    plan = prepare_plan(
        client,
        plan_step("image.generate", picture_input()),
        plan_step("image.generate", picture_input("b")),
    )
    assert client.get_balance() == before
    assert plan["totalMicrousd"] == 40_000
    assert plan["state"] == "pending"
    assert plan["balanceAfterMicrousd"] == 4_960_000
    assert 890 <= plan["secondsLeft"] <= 900
    assert [each["key"] for each in plan["steps"]] == ["step1", "step2"]
    assert read_plan(client, plan)["steps"] == plan["steps"]
    assert client.http.get("/api/v1/media/jobs").json()["data"] == []


@pytest.mark.promise("plans: parts")
def test_any_selection_becomes_one_that_can_run_with_its_price_and_reasons(client: Client) -> None:
    plan = prepare_plan(
        client,
        plan_step("image.generate", picture_input(), key="fox"),
        plan_step("image.upscale", {"imageUrl": "step://fox/0"}, key="large"),
        plan_step("image.generate", picture_input("b"), key="hare"),
    )
    fox, large, hare = (each["stepId"] for each in plan["steps"])
    close = partial(read_plan, client, plan, closure=1)
    without_fox = close(stepIds=f"{large},{hare}")
    assert without_fox["selection"] == {
        "stepIds": [hare],
        "dropped": [{"stepId": fox, "needs": []}, {"stepId": large, "needs": [fox]}],
        "added": [],
    }
    assert without_fox["selectedMicrousd"] == 20_000
    assert without_fox["balanceAfterMicrousd"] == 4_980_000
    back = close(stepIds=f"{large}", checkedStepIds=large)["selection"]
    assert back["stepIds"] == [fox, large]
    assert back["added"] == [{"stepId": fox, "neededBy": [large]}]
    nothing = close(stepIds="")
    assert (nothing["selection"]["stepIds"], nothing["selectedMicrousd"]) == ([], 0)
    assert close()["selection"]["stepIds"] == [fox, large, hare]
    assert "selection" not in read_plan(client, plan)
    wrong = [
        ({"stepIds": ""}, "stepIds"),
        ({"checkedStepIds": fox}, "checkedStepIds"),
        ({"closure": "1", "stepIds": "step_" + "0" * 26}, "stepIds"),
    ]
    for query, field in wrong:
        refused = client.http.get(PLANS, params={"planId": plan["planId"], **query})
        assert (refused.status_code, refused.json()["field"]) == (422, field)
    assert read_plan(client, plan)["state"] == "pending"


@pytest.mark.promise("plans: exact")
def test_a_picture_becomes_a_clip_becomes_a_film_in_one_plan(client: Client) -> None:
    clip = {"prompt": "it walks", "startFrameImageUrl": "step://fox/1", "durationFrames": 9}
    plan = prepare_plan(
        client,
        plan_step("video.combine", {"videoUrls": ["step://clip/0", "step://clip/0"]}, key="film"),
        plan_step("video.generate", clip, key="clip"),
        plan_step("image.generate", picture_input(count=2, width=512, height=512), key="fox"),
    )
    by_key = {each["key"]: each for each in plan["steps"]}
    assert by_key["clip"]["dependsOn"] == ["fox"]
    assert by_key["film"]["input"]["clips"][0]["video"]["source"] == "step://clip/0"
    answer = execute_plan(client, plan)
    assert answer.status_code == 202, answer.text
    assert client.get_balance()["heldMicrousd"] == plan["totalMicrousd"]
    done = wait_for_plan(client, plan)
    assert done["outcome"] == "succeeded", done
    assert done["chargedMicrousd"] == plan["totalMicrousd"]
    jobs = {each["key"]: client.get_job(each["jobId"], includeDetails=1) for each in done["steps"]}
    frame = jobs["clip"]["effectiveInput"]["startFrameImage"]
    assert frame["sha256"] == jobs["fox"]["outputs"][1]["sha256"]
    for key, job in jobs.items():
        assert job["billing"]["priceMicrousd"] == by_key[key]["priceMicrousd"]
    assert client.get_balance()["heldMicrousd"] == 0
    of_job = client.http.get(PLANS, params={"jobId": jobs["clip"]["jobId"]}).json()
    assert of_job["planId"] == plan["planId"]


@pytest.mark.promise("plans: charged-what-succeeded")
@pytest.mark.parametrize(("on_failure", "last"), [("stop", "skipped"), ("continue", "succeeded")])
def test_after_a_failure_the_rest_is_skipped_or_only_what_needs_it(
    gateway: Gateway, client: Client, on_failure: str, last: str
) -> None:
    plan = prepare_plan(
        client,
        plan_step("image.generate", picture_input(BAD), key="one"),
        plan_step("image.upscale", {"imageUrl": "step://one/0"}, key="two"),
        plan_step("image.generate", picture_input("a fox [sandbox:slow=5]"), key="slow"),
        plan_step("image.generate", picture_input(), key="last", dependsOn=["slow"]),
        onFailure=on_failure,
    )
    execute_plan(client, plan)
    done = wait_for_plan(client, plan)
    assert list_step_states(done) == ["failed", "skipped", "succeeded", last]
    assert done["outcome"] == "partial"
    assert done["steps"][0]["error"]["code"] == "engine_failed"
    charged = 20_000 if last == "skipped" else 40_000
    assert done["chargedMicrousd"] == charged
    balance = client.get_balance()
    assert (balance["heldMicrousd"], balance["availableMicrousd"]) == (0, 5_000_000 - charged)
    assert gateway.list_findings() == []


def test_canceling_a_job_of_a_plan_stops_the_plan(client: Client) -> None:
    plan = prepare_plan(
        client,
        plan_step("image.generate", picture_input("a fox [sandbox:slow=60]"), key="slow"),
        plan_step("image.upscale", {"imageUrl": "step://slow/0"}),
    )
    running = execute_plan(client, plan).json()
    assert client.cancel_job(running["jobIds"][0]).status_code == 200
    done = wait_for_plan(client, plan)
    assert (done["outcome"], list_step_states(done)) == ("canceled", ["canceled", "skipped"])
    assert client.get_balance()["availableMicrousd"] == 5_000_000


@pytest.mark.promise("plans: partial")
def test_steps_left_out_are_dropped_for_ever(client: Client) -> None:
    plan = prepare_plan(
        client,
        plan_step("image.generate", picture_input(), key="a"),
        plan_step("image.generate", picture_input("b"), key="b"),
        plan_step("image.upscale", {"imageUrl": "step://a/0"}, key="c"),
    )
    a, b, c = (each["stepId"] for each in plan["steps"])
    told = assert_problem(execute_plan(client, plan, stepIds=[c]), 422, "missing_dependency")
    assert told["missing"] == [a]
    assert_problem(execute_plan(client, plan, stepIds=[f"step_{'0' * 26}"]), 422, "unknown_step")
    price = plan["steps"][0]["priceMicrousd"] + plan["steps"][2]["priceMicrousd"]
    running = execute_plan(client, plan, stepIds=[c, a], maxTotalUsd=f"{price / 1_000_000:.6f}")
    assert running.json()["approvedMicrousd"] == price
    done = wait_for_plan(client, plan)
    assert list_step_states(done) == ["succeeded", "dropped", "succeeded"]
    assert execute_plan(client, plan, stepIds=[a, c]).status_code == 200
    told = assert_problem(execute_plan(client, plan, stepIds=[a, b]), 409, "plan_already_executed")
    assert told["executedStepIds"] == [a, c]
    again = execute_plan(client, plan)
    assert (again.status_code, again.headers["idempotency-replayed"]) == (200, "true")
    assert (again.json()["jobIds"], again.json()["droppedStepIds"]) == (done["jobIds"], [b])
    assert len(done["jobIds"]) == 2


def test_a_plan_that_failed_is_resumed_with_the_bytes_it_was_prepared_with(client: Client) -> None:
    plan = prepare_plan(
        client,
        plan_step("image.generate", picture_input("one"), key="one"),
        plan_step(
            "image.edit",
            {"prompt": BAD, "images": [picture_data_uri()]},
            key="two",
            dependsOn=["one"],
        ),
        plan_step("image.upscale", {"imageUrl": "step://two/0"}, key="three"),
        plan_step("image.upscale", {"imageUrl": "step://one/0"}, key="four", dependsOn=["two"]),
        title="four things",
    )
    resume = {"resumeOf": plan["planId"]}
    assert_problem(client.http.post(f"{PLANS}/prepare", json=resume), 409, "nothing_to_resume")
    execute_plan(client, plan)
    done = wait_for_plan(client, plan)
    assert list_step_states(done) == ["succeeded", "failed", "skipped", "skipped"]
    again = client.http.post(f"{PLANS}/prepare", json=resume).json()
    assert [each["key"] for each in again["steps"]] == ["two", "three", "four"]
    assert again["title"] == "four things"
    first = plan["steps"][1]["input"]["images"][0]["sha256"]
    assert again["steps"][0]["input"]["images"][0]["sha256"] == first
    assert again["steps"][2]["input"]["image"]["source"] == f"job://{done['jobIds'][0]}/0"
    assert again["steps"][2]["dependsOn"] == ["two"]


def test_plans_are_listed_and_waited_for(client: Client) -> None:
    first = prepare_plan(client, plan_step("image.generate", picture_input()))
    second = prepare_plan(client, plan_step("image.generate", picture_input()))
    client.http.post(f"{PLANS}/reject", json={"planId": first["planId"], "reason": "no"})
    page = client.http.get(PLANS, params={"state": "pending"}).json()
    assert [plan["planId"] for plan in page["data"]] == [second["planId"]]
    page = client.http.get(PLANS, params={"limit": 1}).json()
    assert page["nextCursor"] == second["planId"]
    assert "steps" not in page["data"][0]
    query: dict[str, Any] = {"cursor": page["nextCursor"]}
    (last,) = client.http.get(PLANS, params=query).json()["data"]
    assert (last["state"], last["reason"]) == ("rejected", "no")
    assert read_plan(client, first, waitSeconds=30)["state"] == "rejected"
    assert read_plan(client, second, waitSeconds=30, sinceVersion=0)["state"] == "pending"


def test_rejecting_is_final_and_may_come_again(client: Client) -> None:
    plan = prepare_plan(client, plan_step("image.generate", picture_input()))
    for _ in range(2):
        answer = client.http.post(f"{PLANS}/reject", json={"planId": plan["planId"]})
        assert (answer.status_code, answer.json()["state"]) == (200, "rejected")
    assert_problem(execute_plan(client, plan), 409, "plan_rejected")
    executed = prepare_plan(client, plan_step("image.generate", picture_input()))
    execute_plan(client, executed)
    answer = client.http.post(f"{PLANS}/reject", json={"planId": executed["planId"]})
    assert_problem(answer, 409, "plan_already_executed")


BROKEN: list[tuple[list[dict[str, Any]], int, str, str]] = [
    ([plan_step("image.generate", picture_input()),
      plan_step("image.generate", {"prompt": "x", "width": 9})],
     422, "invalid_input", "steps.1.input."),
    ([plan_step("image.paint", picture_input())], 422, "unknown_operation", "steps.0.operation"),
    ([plan_step("image.upscale", {"imageUrl": "step://nobody/0"})],
     422, "unknown_step", "steps.0.input.imageUrl"),
    ([plan_step("image.generate", picture_input(), key="a"),
      plan_step("image.upscale", {"imageUrl": "step://a/1"})],
     422, "media_not_found", "steps.1.input.imageUrl"),
    ([plan_step("image.generate", picture_input(), key="a"),
      plan_step("video.upscale", {"videoUrl": "step://a/0"})],
     415, "unsupported_media", "steps.1.input.videoUrl"),
    ([plan_step("image.generate", picture_input(), key="a", dependsOn=["b"]),
      plan_step("image.upscale", {"imageUrl": "step://a/0"}, key="b")],
     422, "dependency_cycle", "steps."),
    ([plan_step("image.generate", picture_input(), key="a"),
      plan_step("image.generate", picture_input(), key="a")],
     422, "invalid_input", "steps.1.key"),
    ([plan_step("video.generate", {"prompt": "x", "durationFrames": 10}, strict=True)],
     422, "adjustment_required", "steps.0.input.durationFrames"),
]  # fmt: skip


@pytest.mark.parametrize(("steps", "status", "code", "field"), BROKEN)
def test_one_bad_step_refuses_all_and_is_named(
    client: Client, steps: list[dict[str, Any]], status: int, code: str, field: str
) -> None:
    told = assert_problem(request_plan(client, *steps), status, code)
    fields = [each["field"] for each in told.get("errors", [])] or [told["field"]]
    assert all(each.startswith(field) for each in fields), told
    assert client.http.get(PLANS).json()["data"] == []


def test_the_hundredth_and_first_pending_plan_waits(client: Client) -> None:
    for _ in range(100):
        prepare_plan(client, plan_step("image.generate", picture_input()))
    assert_problem(
        request_plan(client, plan_step("image.generate", picture_input())),
        429,
        "concurrency_limited",
    )


def test_a_retry_with_its_key_is_the_same_plan(client: Client) -> None:
    given = {"steps": [plan_step("image.edit", {"prompt": "night", "image": picture_data_uri()})]}
    headers = {"X-Idempotency-Key": "one"}
    post = partial(client.http.post, f"{PLANS}/prepare", headers=headers)
    answers = call_at_once(partial(post, json=given) for _ in range(4))
    assert {answer.status_code for answer in answers} == {201}
    (plan_id,) = {answer.json()["planId"] for answer in answers}
    assert [each.headers.get("idempotency-replayed") for each in answers].count("true") == 3
    assert_problem(post(json=given | {"title": "Other"}), 409, "idempotency_conflict")
    listed = client.http.get(PLANS).json()["data"]
    assert [each["planId"] for each in listed] == [plan_id]
    assert execute_plan(client, answers[0].json()).status_code == 202
    assert post(json=given).json()["state"] == "executed"
