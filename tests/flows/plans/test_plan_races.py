"""Many callers, many processes, one plan."""

from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any

import httpx2
import pytest

from tests.flows.plan_calls import PLANS, plan_step, prepare_plan, wait_for_plan
from tests.gateway import Client, Gateway, call_at_once, picture_input


def execute_at_once(
    gateways: Sequence[Gateway], client: Client, bodies: Sequence[dict[str, Any]]
) -> list[httpx2.Response]:
    """Execute a plan with each body at the same time, on the gateways in turn."""
    with ExitStack() as stack:
        ways = [stack.enter_context(gateway.client(client.key)) for gateway in gateways]
        return call_at_once(
            partial(_execute_until_served, ways[number % len(ways)], body)
            for number, body in enumerate(bodies)
        )


def _execute_until_served(way: httpx2.Client, body: dict[str, Any]) -> httpx2.Response:
    """Execute a plan, again while a busy gateway answers 503: a repeat is always safe."""
    answer = way.post(f"{PLANS}/execute", json=body)
    return way.post(f"{PLANS}/execute", json=body) if answer.status_code == 503 else answer


@pytest.mark.promise("plans: executed-once")
def test_twenty_executes_at_once_are_one_set_of_jobs_and_holds(gateways: list[Gateway]) -> None:
    with gateways[0].account() as account:
        plan = prepare_plan(
            account, *(plan_step("image.generate", picture_input(f"fox {n}")) for n in range(3))
        )
        body = {"planId": plan["planId"], "planHash": plan["planHash"]}
        answers = execute_at_once(gateways, account, [body] * 20)
        assert {answer.status_code for answer in answers} <= {200, 202}
        replayed = [answer.headers.get("idempotency-replayed") for answer in answers]
        assert replayed.count("true") >= 19
        assert len({tuple(answer.json()["jobIds"]) for answer in answers}) == 1
        done = wait_for_plan(account, plan)
        assert done["outcome"] == "succeeded"
        listed = account.http.get("/api/v1/media/jobs").json()["data"]
        assert sorted(job["id"] for job in listed) == sorted(done["jobIds"])
        assert len(done["jobIds"]) == 3
        balance = account.get_balance()
        assert (balance["heldMicrousd"], balance["availableMicrousd"]) == (0, 4_940_000)
    assert gateways[0].list_findings() == []


@pytest.mark.promise("plans: executed-once")
def test_of_two_different_selections_at_once_one_is_run(gateways: list[Gateway]) -> None:
    with gateways[0].account() as account:
        plan = prepare_plan(
            account, *(plan_step("image.generate", picture_input(f"fox {n}")) for n in range(2))
        )
        bodies = [
            {"planId": plan["planId"], "planHash": plan["planHash"], "stepIds": [each["stepId"]]}
            for each in plan["steps"]
        ]
        answers = execute_at_once(gateways, account, bodies * 2 + bodies[::-1] * 2)
        codes = [answer.status_code for answer in answers]
        assert codes.count(409) == 4
        assert set(codes) <= {200, 202, 409}
        done = wait_for_plan(account, plan)
        assert sorted(each["state"] for each in done["steps"]) == ["dropped", "succeeded"]
        assert account.get_balance()["availableMicrousd"] == 4_980_000
    assert gateways[0].list_findings() == []
