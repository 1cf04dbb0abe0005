"""The refusals of an execute and their order; nothing is spent and the plan waits."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.flows.plan_calls import (
    PLANS,
    execute_plan,
    plan_step,
    prepare_plan,
    read_plan,
    request_plan,
    wait_for_plan,
)
from tests.gateway import Client, Gateway, assert_problem, picture_input


@pytest.fixture
def plan(client: Client) -> dict[str, Any]:
    """A pending plan of $0.04."""
    pair = (plan_step("image.generate", picture_input(word)) for word in ("one", "two"))
    return prepare_plan(client, *pair)


def mint_limited_key(client: Client, **policy: str) -> dict[str, Any]:
    """Mint a key with a spend policy."""
    given = {"label": "agent", "scopes": ["media", "studio"], "spendPolicy": policy}
    made: dict[str, Any] = client.http.post("/api/v1/keys", json=given).json()
    return made


@pytest.fixture
def agent(gateway: Gateway, client: Client) -> Iterator[Client]:
    """A key that runs plans up to $0.01 by itself, and up to $0.03 with a yes in the client."""
    made = mint_limited_key(client, autoApproveUsd="0.01", confirmUpToUsd="0.03")
    with gateway.client(made["apiKey"]) as http:
        yield Client(http, made["apiKey"], client.account_id)


def assert_untouched(client: Client, plan: dict[str, Any]) -> None:
    assert client.get_balance()["availableMicrousd"] == 5_000_000
    assert read_plan(client, plan)["state"] == "pending"


def test_a_step_that_nothing_can_do_is_named_with_what_was_probably_meant(client: Client) -> None:
    steps = [
        plan_step("image.generate", picture_input()),
        plan_step("image.generat", picture_input()),
    ]
    told = assert_problem(request_plan(client, *steps), 422, "unknown_operation")
    assert told["field"] == "steps.1.operation"
    assert "`image.generat`" in told["detail"]
    assert told["hint"] == "Did you mean `image.generate`?"


def test_a_reference_to_no_step_is_told_where_it_was_written(client: Client) -> None:
    edit = plan_step("image.edit", {"prompt": "a", "imageUrl": "step://zz/0"})
    told = assert_problem(request_plan(client, edit), 422, "unknown_step")
    assert told["field"] == "steps.0.input.imageUrl"


def test_another_hash_is_refused_and_the_plan_waits(client: Client, plan: dict[str, Any]) -> None:
    other = plan | {"planHash": "sha256:" + "0" * 64}
    assert_problem(execute_plan(client, other), 409, "plan_hash_mismatch")
    assert_untouched(client, plan)


@pytest.mark.promise("plans: hash-binds")
def test_the_hash_binds_whatever_became_of_the_plan(gateway: Gateway, client: Client) -> None:
    whole, part, rejected, late = (
        prepare_plan(
            client, *(plan_step("image.generate", picture_input(word)) for word in ("one", "two"))
        )
        for _ in range(4)
    )
    assert execute_plan(client, whole).status_code == 202
    assert execute_plan(client, part, stepIds=[part["steps"][0]["stepId"]]).status_code == 202
    client.http.post(f"{PLANS}/reject", json={"planId": rejected["planId"]})
    words = ("admin", "plan", "expire", late["planId"], "--reason", "late")
    assert gateway.run_command(*words).returncode == 0
    spent = client.get_balance()["availableMicrousd"]
    codes = ("executed", 200), ("executed", 200), ("rejected", 409), ("expired", 410)
    for plan, (state, status) in zip((whole, part, rejected, late), codes, strict=True):
        for other in (whole["planHash"].replace(whole["planHash"][-4:], "0000"), ""):
            assert_problem(
                execute_plan(client, plan | {"planHash": other}), 409, "plan_hash_mismatch"
            )
        assert read_plan(client, plan)["state"] == state
        assert execute_plan(client, plan).status_code == status
    assert client.get_balance()["availableMicrousd"] == spent


def test_a_strangers_plan_is_not_there(
    gateway: Gateway, client: Client, plan: dict[str, Any]
) -> None:
    with gateway.account() as stranger:
        assert_problem(execute_plan(stranger, plan), 404, "not_found")
    assert_untouched(client, plan)


def test_a_total_above_the_callers_limit_is_refused(client: Client, plan: dict[str, Any]) -> None:
    told = assert_problem(
        execute_plan(client, plan, maxTotalUsd="0.039999"), 402, "price_exceeds_max"
    )
    assert told["totalMicrousd"] == 40_000
    assert_untouched(client, plan)


def test_a_low_balance_leaves_the_plan_pending_until_there_is_more(gateway: Gateway) -> None:
    with gateway.account("0.03") as poor:
        plan = prepare_plan(
            poor,
            plan_step("image.generate", picture_input()),
            plan_step("image.generate", picture_input()),
        )
        assert (plan["affordable"], plan["blockedBy"]) == (False, ["insufficient_credits"])
        told = assert_problem(execute_plan(poor, plan), 402, "insufficient_credits")
        assert (told["requiredMicrousd"], told["balanceMicrousd"]) == (40_000, 30_000)
        assert poor.get_balance()["heldMicrousd"] == 0
        words = "admin account grant --credit-usd 1 --reference t1 --reason more --mode test"
        done = gateway.run_command(*words.split(), poor.account_id)
        assert done.returncode == 0, done.stderr
        assert execute_plan(poor, plan).status_code == 202
        assert wait_for_plan(poor, plan)["outcome"] == "succeeded"


def test_the_caps_of_the_key_hold_for_the_whole_plan(
    gateway: Gateway, client: Client, plan: dict[str, Any]
) -> None:
    made = mint_limited_key(client, dailyLimitUsd="0.03")
    with gateway.client(made["apiKey"]) as http:
        capped = Client(http, made["apiKey"], client.account_id)
        told = assert_problem(execute_plan(capped, plan), 402, "key_limit_exceeded")
        assert (told["limitMicrousd"], told["remainingMicrousd"]) == (30_000, 30_000)
    assert_untouched(client, plan)


@pytest.mark.promise("plans: consent")
def test_a_plan_above_the_limits_of_a_key_needs_a_person(
    gateway: Gateway, client: Client, agent: Client, plan: dict[str, Any]
) -> None:
    seen = read_plan(agent, plan)
    assert (seen["consent"], seen["requiresHumanApproval"]) == ("approve", True)
    for claim in (False, True):
        told = assert_problem(
            execute_plan(agent, plan, confirmedInClient=claim), 403, "approval_required"
        )
        assert told["approvalUrl"] == f"{gateway.base}/plans/{plan['planId']}"
        assert (told["totalMicrousd"], told["limitMicrousd"]) == (40_000, 10_000)
        assert "declined" not in told["detail"]
    assert_untouched(client, plan)


@pytest.mark.promise("plans: consent")
def test_a_yes_in_the_client_counts_up_to_its_limit(client: Client, agent: Client) -> None:
    plan = prepare_plan(agent, plan_step("image.generate", picture_input()))
    assert plan["consent"] == "confirm"
    assert_problem(execute_plan(agent, plan), 403, "approval_required")
    assert_untouched(client, plan)
    assert execute_plan(agent, plan, confirmedInClient=True).status_code == 202
    assert wait_for_plan(agent, plan)["outcome"] == "succeeded"


def test_a_part_within_the_limit_runs_by_itself(client: Client, plan: dict[str, Any]) -> None:
    made = mint_limited_key(client, autoApproveUsd="0.02", confirmUpToUsd="0.02")
    given = {"x-api-key": made["apiKey"], "Authorization": ""}
    body = {"planId": plan["planId"], "planHash": plan["planHash"]}
    answer = client.http.post(f"{PLANS}/execute", json=body, headers=given)
    assert_problem(answer, 403, "approval_required")
    body["stepIds"] = [plan["steps"][0]["stepId"]]
    assert client.http.post(f"{PLANS}/execute", json=body, headers=given).status_code == 202


def test_a_frozen_account_executes_nothing(
    gateway: Gateway, client: Client, plan: dict[str, Any]
) -> None:
    words = ("admin", "account", "freeze", client.account_id, "--reason", "odd")
    assert gateway.run_command(*words).returncode == 0
    assert_problem(execute_plan(client, plan), 403, "account_frozen")
    assert_untouched(client, plan)
