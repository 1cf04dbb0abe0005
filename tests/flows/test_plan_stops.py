"""A running plan whose spending is stopped starts nothing more, and says why."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest

from tests.flows.apps import App, app
from tests.flows.plans import ended, execute, prepared, read, states, step
from tests.flows.test_command_line import Shell
from tests.flows.test_plan_refusals import limited
from tests.gateway import Client, Gateway, picture
from tests.mcp_clients import connected, facts

LONG = "a fox [sandbox:slow=600]"
STOP_SECONDS = 60


def chain(client: Client) -> dict[str, Any]:
    """Return a plan of $0.08: a picture that takes long, and three that wait for it."""
    after = (step("image.generate", picture(f"fox {n}"), dependsOn=["long"]) for n in range(3))
    return prepared(client, step("image.generate", picture(LONG), key="long"), *after)


def until(client: Client, plan: dict[str, Any], wanted: Callable[[Any], bool]) -> dict[str, Any]:
    """Wait until a plan is as wanted, and return it."""
    deadline = time.monotonic() + STOP_SECONDS
    while not wanted(found := read(client, plan)):
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    return found


def stopped(client: Client, plan: dict[str, Any], code: str) -> dict[str, Any]:
    """Wait until a plan has skipped its waiting steps, while its job goes on with its hold."""
    found = until(client, plan, lambda plan: "waiting" not in states(plan))
    assert states(found) == ["submitted", "skipped", "skipped", "skipped"]
    assert (found["outcome"], found["error"]["code"]) == ("running", code)
    assert {each["error"]["code"] for each in found["steps"][1:]} == {code}
    assert client.balance()["heldMicrousd"] == 20_000
    return found


def over(gateway: Gateway, client: Client, plan: dict[str, Any]) -> None:
    """Cancel the job that goes on; check that nothing else was made and nothing is held."""
    (job_id,) = plan["jobIds"]
    assert client.cancel(job_id).status_code == 200
    assert ended(client, plan)["outcome"] == "canceled"
    balance = client.balance()
    assert (balance["heldMicrousd"], balance["availableMicrousd"]) == (0, 5_000_000)
    (job,) = client.http.get("/api/v1/media/jobs").json()["data"]
    assert job["id"] == job_id
    assert gateway.findings() == []


@pytest.mark.promise("plans: stopped-with-its-spender")
def test_a_plan_stops_with_the_key_that_ran_it(gateways: list[Gateway]) -> None:
    first, last = gateways[0], gateways[-1]
    with first.account() as owner:
        key = limited(owner)["apiKey"]
        with first.client(key) as http:
            agent = Client(http, key, owner.account_id)
            plan = chain(agent)
            assert execute(agent, plan).status_code == 202
        with last.client(owner.key) as http:
            revoked = http.post("/api/v1/keys/revoke", json={"keyPrefix": key[:16]})
            assert revoked.status_code == 200, revoked.text
        found = stopped(owner, plan, "key_revoked")
        assert "was revoked" in Shell(owner, first.base)("plans", "show", plan["planId"]).stdout
        over(first, owner, found)


@pytest.mark.promise("plans: stopped-with-its-spender")
@pytest.mark.parametrize("runner", ["key", "person"])
def test_a_plan_stops_with_its_account(
    gateway: Gateway, client: Client, page: httpx2.Client, runner: str
) -> None:
    plan = chain(client)
    if runner == "key":
        assert execute(client, plan).status_code == 202
    else:
        checked = {f"step.{each['stepId']}": "on" for each in plan["steps"]}
        form = {"planHash": plan["planHash"], "maxTotalUsd": "", "decision": "approve"}
        assert page.post(f"/plans/{plan['planId']}", data=form | checked).status_code == 303
    words = ("admin", "account", "freeze", client.account_id, "--reason", "odd")
    assert gateway.command(*words).returncode == 0
    found = stopped(client, plan, "account_frozen")
    assert "Spending from this account is frozen." in page.get(plan["approvalUrl"]).text
    over(gateway, client, found)


@pytest.mark.anyio
@pytest.mark.promise("plans: stopped-with-its-spender")
async def test_a_plan_stops_with_the_app_that_ran_it(
    gateway: Gateway, client: Client, page: httpx2.Client, program: App
) -> None:
    plan = chain(client)
    token = program.connected(page, autoApproveUsd="1", dailyLimitUsd="1")["access_token"]
    run = {"planId": plan["planId"], "planHash": plan["planHash"], "waitSeconds": 0}
    async with connected(gateway, token) as mcp:
        assert facts(await mcp.call_tool("plan_execute", run))["outcome"] == "running"
    grant = {"keyPrefix": token[: len("kt_oat_") + 8]}
    assert client.http.post("/api/v1/keys/revoke", json=grant).status_code == 200
    found = stopped(client, plan, "key_revoked")
    over(gateway, client, found)
    async with connected(gateway, client.key) as mcp:
        told = await mcp.call_tool("plan_get", {"planId": plan["planId"]})
    assert facts(told)["error"]["code"] == "key_revoked"
    assert "was revoked" in str(told)


@pytest.fixture
def page(gateway: Gateway, client: Client) -> Iterator[httpx2.Client]:
    with gateway.browser(client.account_id) as http:
        yield http


@pytest.fixture
def program(gateway: Gateway) -> Iterator[App]:
    with app(gateway) as one:
        yield one
