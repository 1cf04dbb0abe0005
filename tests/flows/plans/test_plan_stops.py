"""A running plan whose spending is stopped starts nothing more, and says why."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest

from tests.flows.clients.shell import Shell
from tests.flows.oauth_apps import App, open_app
from tests.flows.plan_calls import (
    execute_plan,
    list_step_states,
    plan_step,
    prepare_plan,
    read_plan,
    wait_for_plan,
)
from tests.flows.plans.test_plan_refusals import mint_limited_key
from tests.gateway import Client, Gateway, picture_input
from tests.mcp_clients import open_mcp_client, read_structured_answer

LONG = "a fox [sandbox:slow=600]"
STOP_SECONDS = 60


def prepare_chain(client: Client) -> dict[str, Any]:
    """Return a plan of $0.08: a picture that takes long, and three that wait for it."""
    after = (
        plan_step("image.generate", picture_input(f"fox {n}"), dependsOn=["long"]) for n in range(3)
    )
    return prepare_plan(
        client, plan_step("image.generate", picture_input(LONG), key="long"), *after
    )


def wait_for_plan_state(
    client: Client, plan: dict[str, Any], wanted: Callable[[Any], bool]
) -> dict[str, Any]:
    """Wait until a plan is as wanted, and return it."""
    deadline = time.monotonic() + STOP_SECONDS
    while not wanted(found := read_plan(client, plan)):
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    return found


def assert_stopped(client: Client, plan: dict[str, Any], code: str) -> dict[str, Any]:
    """Wait until a plan has skipped its waiting steps, while its job goes on with its hold."""
    found = wait_for_plan_state(client, plan, lambda plan: "waiting" not in list_step_states(plan))
    assert list_step_states(found) == ["submitted", "skipped", "skipped", "skipped"]
    assert (found["outcome"], found["error"]["code"]) == ("running", code)
    assert {each["error"]["code"] for each in found["steps"][1:]} == {code}
    assert client.get_balance()["heldMicrousd"] == 20_000
    return found


def end_running_job(gateway: Gateway, client: Client, plan: dict[str, Any]) -> None:
    """Cancel the job that goes on; check that nothing else was made and nothing is held."""
    (job_id,) = plan["jobIds"]
    assert client.cancel_job(job_id).status_code == 200
    assert wait_for_plan(client, plan)["outcome"] == "canceled"
    balance = client.get_balance()
    assert (balance["heldMicrousd"], balance["availableMicrousd"]) == (0, 5_000_000)
    (job,) = client.http.get("/api/v1/media/jobs").json()["data"]
    assert job["id"] == job_id
    assert gateway.list_findings() == []


@pytest.mark.promise("plans: stopped-with-its-spender")
def test_a_plan_stops_with_the_key_that_ran_it(gateways: list[Gateway]) -> None:
    first, last = gateways[0], gateways[-1]
    with first.account() as owner:
        key = mint_limited_key(owner)["apiKey"]
        with first.client(key) as http:
            agent = Client(http, key, owner.account_id)
            plan = prepare_chain(agent)
            assert execute_plan(agent, plan).status_code == 202
        with last.client(owner.key) as http:
            revoked = http.post("/api/v1/keys/revoke", json={"keyPrefix": key[:16]})
            assert revoked.status_code == 200, revoked.text
        found = assert_stopped(owner, plan, "key_revoked")
        assert "was revoked" in Shell(owner, first.base)("plans", "show", plan["planId"]).stdout
        end_running_job(first, owner, found)


@pytest.mark.promise("plans: stopped-with-its-spender")
@pytest.mark.parametrize("runner", ["key", "person"])
def test_a_plan_stops_with_its_account(
    gateway: Gateway, client: Client, page: httpx2.Client, runner: str
) -> None:
    plan = prepare_chain(client)
    if runner == "key":
        assert execute_plan(client, plan).status_code == 202
    else:
        checked = {f"step.{each['stepId']}": "on" for each in plan["steps"]}
        form = {"planHash": plan["planHash"], "maxTotalUsd": "", "decision": "approve"}
        assert page.post(f"/plans/{plan['planId']}", data=form | checked).status_code == 303
    words = ("admin", "account", "freeze", client.account_id, "--reason", "odd")
    assert gateway.run_command(*words).returncode == 0
    found = assert_stopped(client, plan, "account_frozen")
    assert "Spending from this account is frozen." in page.get(plan["approvalUrl"]).text
    end_running_job(gateway, client, found)


@pytest.mark.anyio
@pytest.mark.promise("plans: stopped-with-its-spender")
async def test_a_plan_stops_with_the_app_that_ran_it(
    gateway: Gateway, client: Client, page: httpx2.Client, program: App
) -> None:
    plan = prepare_chain(client)
    token = program.connect(page, autoApproveUsd="1", dailyLimitUsd="1")["access_token"]
    run = {"planId": plan["planId"], "planHash": plan["planHash"], "waitSeconds": 0}
    async with open_mcp_client(gateway, token) as mcp:
        assert (
            read_structured_answer(await mcp.call_tool("plan_execute", run))["outcome"] == "running"
        )
    grant = {"keyPrefix": token[: len("kt_oat_") + 8]}
    assert client.http.post("/api/v1/keys/revoke", json=grant).status_code == 200
    found = assert_stopped(client, plan, "key_revoked")
    end_running_job(gateway, client, found)
    async with open_mcp_client(gateway, client.key) as mcp:
        told = await mcp.call_tool("plan_get", {"planId": plan["planId"]})
    assert read_structured_answer(told)["error"]["code"] == "key_revoked"
    assert "was revoked" in str(told)


@pytest.fixture
def page(gateway: Gateway, client: Client) -> Iterator[httpx2.Client]:
    with gateway.browser(client.account_id) as http:
        yield http


@pytest.fixture
def program(gateway: Gateway) -> Iterator[App]:
    with open_app(gateway) as one:
        yield one
