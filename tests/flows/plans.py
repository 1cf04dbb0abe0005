"""What a client does with approval plans."""

from typing import Any

import httpx2

from tests.gateway import Client

PLANS = "/api/v1/studio/agent/approval-plans"


def step(operation: str, given: dict[str, Any], **more: object) -> dict[str, Any]:
    """Return a step."""
    return {"operation": operation, "input": given, **more}


def prepare(client: Client, *steps: dict[str, Any], **more: object) -> httpx2.Response:
    """Ask for a plan."""
    return client.http.post(f"{PLANS}/prepare", json={"steps": list(steps), **more})


def prepared(client: Client, *steps: dict[str, Any], **more: object) -> dict[str, Any]:
    """Return a new plan."""
    answer = prepare(client, *steps, **more)
    assert answer.status_code == 201, answer.text
    plan: dict[str, Any] = answer.json()
    return plan


def execute(client: Client, plan: dict[str, Any], **more: object) -> httpx2.Response:
    """Execute a plan as it was seen."""
    body = {"planId": plan["planId"], "planHash": plan["planHash"], **more}
    return client.http.post(f"{PLANS}/execute", json=body)


def read(client: Client, plan: dict[str, Any], **query: str | int) -> dict[str, Any]:
    """Read a plan."""
    answer = client.http.get(PLANS, params={"planId": plan["planId"], **query})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def ended(client: Client, plan: dict[str, Any]) -> dict[str, Any]:
    """Return an executed plan, when it has ended."""
    for _ in range(12):
        found = read(client, plan, waitSeconds=10)
        if found["outcome"] not in {None, "running"}:
            return found
    raise AssertionError(f"{plan['planId']} runs for ever")


def states(plan: dict[str, Any]) -> list[str]:
    """Return the states of the steps, in order."""
    return [each["state"] for each in plan["steps"]]
