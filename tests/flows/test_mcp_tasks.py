"""Tasks: a plan of one job goes on as a task, whose id is the job's and whose state is its row."""

from typing import Any

import pytest
from mcp import MCPError
from mcp.client import Client as Mcp
from mcp.types import Request

from tests.flows.plans import execute, step
from tests.flows.plans import prepared as planned
from tests.flows.test_mcp_access import key_of
from tests.flows.test_mcp_consent import Person
from tests.gateway import Client, Gateway, picture
from tests.mcp_clients import connected, facts, refusal
from tests.mcp_tasks import Anything, TaskParams, Tasks, ask, begun, ended_task

pytestmark = pytest.mark.anyio
UNKNOWN = f"job_{'0' * 26}"


async def prepared(mcp: Mcp, prompt: str) -> dict[str, Any]:
    """Return the arguments that run a new plan of one picture."""
    plan = facts(await mcp.call_tool("image_generate_prepare", picture(prompt)))
    return {"planId": plan["planId"], "planHash": plan["planHash"]}


async def code_of(mcp: Mcp, what: str, task_id: str) -> int:
    with pytest.raises(MCPError) as refused:
        await ask(mcp.session, what, task_id)
    return refused.value.code


@pytest.mark.promise("mcp: tasks-are-jobs")
async def test_a_task_ends_with_what_the_tool_answers_without_tasks(
    gateway: Gateway, client: Client
) -> None:
    async with connected(gateway, client.key, extensions=[Tasks()]) as mcp:
        run = await prepared(mcp, "a red fox")
        task = await begun(mcp, "plan_execute", run)
        assert client.job(task.task_id)["jobId"] == task.task_id
        ended = await ended_task(mcp.session, task.task_id)
        whole = await mcp.call_tool("plan_execute", run)
    assert (task.ttl_ms, ended["ttlMs"], ended["status"]) == (172_800_000, 172_800_000, "completed")
    assert facts(whole) == ended["result"]["structuredContent"]
    assert facts(whole)["outcome"] == "succeeded"
    assert client.balance()["balanceUsd"] == "4.98"
    async with connected(gateway, client.key) as mcp:
        plain = facts(await mcp.call_tool("plan_execute", run))
    assert plain["jobs"][0]["jobId"] == task.task_id


@pytest.mark.parametrize("action", ["accept", "decline"])
async def test_consent_comes_before_the_task(action: str, gateway: Gateway, client: Client) -> None:
    person = Person(action, {"approve": True} if action == "accept" else None)
    key = key_of(client, "media", autoApproveUsd="0", confirmUpToUsd="1")
    more: dict[str, Any] = {"extensions": [Tasks()], "elicitation_callback": person}
    async with connected(gateway, key, **more) as mcp:
        result = await mcp.call_tool("plan_execute", await prepared(mcp, "a red fox"))
    assert len(person.questions) == 1
    if action == "accept":
        assert facts(result)["outcome"] == "succeeded"
    else:
        assert refusal(result)["code"] == "approval_required"
    assert client.balance()["balanceUsd"] == ("4.98" if action == "accept" else "5.00")


async def test_a_task_is_canceled_and_a_failed_job_is_a_completed_task_with_an_error(
    gateway: Gateway, client: Client
) -> None:
    async with connected(gateway, client.key, extensions=[Tasks()]) as mcp:
        run = await prepared(mcp, "a fox [sandbox:slow=60]")
        task = await begun(mcp, "plan_execute", run)
        assert (await ask(mcp.session, "get", task.task_id))["status"] == "working"
        for what in ("update", "cancel", "cancel"):
            answer = await ask(mcp.session, what, task.task_id)
            assert answer.keys() == {"resultType", "_meta"}, answer
        assert (await ended_task(mcp.session, task.task_id))["status"] == "cancelled"
        failed = await begun(mcp, "plan_execute", await prepared(mcp, "a fox [sandbox:fail]"))
        ended = await ended_task(mcp.session, failed.task_id)
    assert (ended["status"], ended["result"]["isError"]) == ("completed", True)
    assert client.balance()["balanceUsd"] == "5.00"


async def test_tasks_are_for_those_who_declare_them_and_for_their_own_account(
    gateway: Gateway, client: Client
) -> None:
    async with connected(gateway, client.key, extensions=[Tasks()]) as mcp:
        task = await begun(mcp, "plan_execute", await prepared(mcp, "a red fox"))
        assert await code_of(mcp, "get", UNKNOWN) == -32602
        nameless = Request[TaskParams, str](
            method="tasks/get", params=TaskParams(task_id=task.task_id)
        )
        with pytest.raises(MCPError) as refused:
            await mcp.session.send_request(nameless, Anything)
        assert refused.value.code == -32020
    async with connected(gateway, client.key) as mcp:
        assert await code_of(mcp, "get", task.task_id) == -32021
    async with connected(gateway, client.key, "http of 2025", extensions=[Tasks()]) as mcp:
        assert await code_of(mcp, "get", task.task_id) == -32601
    with gateway.account() as other:
        async with connected(gateway, other.key, extensions=[Tasks()]) as mcp:
            for what in ("get", "cancel", "update"):
                assert await code_of(mcp, what, task.task_id) == -32602


@pytest.mark.promise("mcp: read-only")
async def test_who_has_no_tool_to_cancel_a_job_cannot_cancel_a_task(
    gateway: Gateway, client: Client
) -> None:
    ways = [(client.key, "x-mcp-readonly:1"), (client.key, "x-mcp-tools:plan_get")]
    reader = key_of(client, "studio", "account:read")
    async with connected(gateway, client.key, extensions=[Tasks()]) as mcp:
        run = await prepared(mcp, "a fox [sandbox:slow=600]")
        task = await begun(mcp, "plan_execute", run)
    for key, *words in [*ways, (reader,)]:
        async with connected(gateway, key, "http", *words, extensions=[Tasks()]) as mcp:
            assert (await ask(mcp.session, "get", task.task_id))["status"] == "working"
            with pytest.raises(MCPError) as refused:
                await ask(mcp.session, "cancel", task.task_id)
        assert refused.value.error.data["code"] == "tool_not_available"
    assert client.job(task.task_id)["status"] in {"queued", "running"}
    assert client.cancel(task.task_id).status_code == 200


async def test_only_what_was_given_out_as_a_task_is_canceled_as_one(
    gateway: Gateway, client: Client
) -> None:
    slow = picture("a fox [sandbox:slow=600]")
    plan = planned(client, *(step("image.generate", slow) for _ in "ab"))
    jobs = [*execute(client, plan).json()["jobIds"]]
    jobs.append(client.post("image.generate", slow).json()["jobId"])
    async with connected(gateway, client.key, extensions=[Tasks()]) as mcp:
        for job_id in jobs:
            assert await code_of(mcp, "cancel", job_id) == -32602
    for job_id in jobs:
        assert client.job(job_id)["status"] in {"queued", "running"}
        assert client.cancel(job_id).status_code == 200
