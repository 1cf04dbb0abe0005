"""The calls of a client to approval plans: prepare, execute, read and wait."""

from typing import Any

import httpx2

from tests.gateway import Client

PLANS = "/api/v1/studio/agent/approval-plans"


def plan_step(operation: str, step_input: dict[str, Any], **fields: object) -> dict[str, Any]:
    """Return a step of a plan."""
    return {"operation": operation, "input": step_input, **fields}


def request_plan(client: Client, *steps: dict[str, Any], **more: object) -> httpx2.Response:
    """Request a plan of these steps and return the answer, whatever its status."""
    return client.http.post(f"{PLANS}/prepare", json={"steps": list(steps), **more})


def prepare_plan(client: Client, *steps: dict[str, Any], **more: object) -> dict[str, Any]:
    """Return a new plan."""
    answer = request_plan(client, *steps, **more)
    assert answer.status_code == 201, answer.text
    plan: dict[str, Any] = answer.json()
    return plan


def execute_plan(client: Client, plan: dict[str, Any], **more: object) -> httpx2.Response:
    """Execute a plan by the hash that was prepared, and return the answer."""
    body = {"planId": plan["planId"], "planHash": plan["planHash"], **more}
    return client.http.post(f"{PLANS}/execute", json=body)


def read_plan(client: Client, plan: dict[str, Any], **query: str | int) -> dict[str, Any]:
    """Return a plan as the API shows it now."""
    answer = client.http.get(PLANS, params={"planId": plan["planId"], **query})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def wait_for_plan(client: Client, plan: dict[str, Any]) -> dict[str, Any]:
    """Wait until an executed plan has ended, and return it; fail after two minutes."""
    for _ in range(12):
        current = read_plan(client, plan, waitSeconds=10)
        if current["outcome"] not in {None, "running"}:
            return current
    raise AssertionError(f"{plan['planId']} runs for ever")


def list_step_states(plan: dict[str, Any]) -> list[str]:
    """Return the states of the steps, in order."""
    return [each["state"] for each in plan["steps"]]
