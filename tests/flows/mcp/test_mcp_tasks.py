"""Tasks: a plan of one job goes on as a task, whose id is the job's and whose state is its row."""

from typing import Any

import pytest
from mcp import MCPError
from mcp.client import Client as Mcp
from mcp.types import Request

from tests.flows.mcp.test_mcp_access import mint_key
from tests.flows.mcp.test_mcp_consent import Person
from tests.flows.plan_calls import execute_plan, plan_step
from tests.flows.plan_calls import prepare_plan as planned
from tests.gateway import Client, Gateway, picture_input
from tests.mcp_clients import open_mcp_client, read_structured_answer, read_tool_error
from tests.mcp_tasks import (
    AnyResult,
    TaskParams,
    TasksExtension,
    send_task_request,
    start_task,
    wait_for_task,
)

pytestmark = pytest.mark.anyio
UNKNOWN = f"job_{'0' * 26}"


async def prepare_picture(mcp: Mcp, prompt: str) -> dict[str, Any]:
    """Return the arguments that run a new plan of one picture."""
    plan = read_structured_answer(
        await mcp.call_tool("image_generate_prepare", picture_input(prompt))
    )
    return {"planId": plan["planId"], "planHash": plan["planHash"]}


async def read_error_code(mcp: Mcp, what: str, task_id: str) -> int:
    with pytest.raises(MCPError) as refused:
        await send_task_request(mcp.session, what, task_id)
    return refused.value.code


@pytest.mark.promise("mcp: tasks-are-jobs")
async def test_a_task_ends_with_what_the_tool_answers_without_tasks(
    gateway: Gateway, client: Client
) -> None:
    async with open_mcp_client(gateway, client.key, extensions=[TasksExtension()]) as mcp:
        run = await prepare_picture(mcp, "a red fox [sandbox:slow=5]")
        task = await start_task(mcp, "plan_execute", run)
        assert client.get_job(task.task_id)["jobId"] == task.task_id
        ended = await wait_for_task(mcp.session, task.task_id)
        whole = await mcp.call_tool("plan_execute", run)
    assert (task.ttl_ms, ended["ttlMs"], ended["status"]) == (172_800_000, 172_800_000, "completed")
    assert read_structured_answer(whole) == ended["result"]["structuredContent"]
    assert read_structured_answer(whole)["outcome"] == "succeeded"
    assert client.get_balance()["balanceUsd"] == "4.98"
    async with open_mcp_client(gateway, client.key) as mcp:
        plain = read_structured_answer(await mcp.call_tool("plan_execute", run))
    assert plain["jobs"][0]["jobId"] == task.task_id


@pytest.mark.parametrize("action", ["accept", "decline"])
async def test_consent_comes_before_the_task(action: str, gateway: Gateway, client: Client) -> None:
    person = Person(action, {"approve": True} if action == "accept" else None)
    key = mint_key(client, "media", autoApproveUsd="0", confirmUpToUsd="1")
    more: dict[str, Any] = {"extensions": [TasksExtension()], "elicitation_callback": person}
    async with open_mcp_client(gateway, key, **more) as mcp:
        result = await mcp.call_tool("plan_execute", await prepare_picture(mcp, "a red fox"))
    assert len(person.questions) == 1
    if action == "accept":
        assert read_structured_answer(result)["outcome"] == "succeeded"
    else:
        assert read_tool_error(result)["code"] == "approval_required"
    assert client.get_balance()["balanceUsd"] == ("4.98" if action == "accept" else "5.00")


async def test_a_task_is_canceled_and_a_failed_job_is_a_completed_task_with_an_error(
    gateway: Gateway, client: Client
) -> None:
    async with open_mcp_client(gateway, client.key, extensions=[TasksExtension()]) as mcp:
        run = await prepare_picture(mcp, "a fox [sandbox:slow=60]")
        task = await start_task(mcp, "plan_execute", run)
        assert (await send_task_request(mcp.session, "get", task.task_id))["status"] == "working"
        for what in ("update", "cancel", "cancel"):
            answer = await send_task_request(mcp.session, what, task.task_id)
            assert answer.keys() == {"resultType", "_meta"}, answer
        assert (await wait_for_task(mcp.session, task.task_id))["status"] == "cancelled"
        failed = await start_task(
            mcp, "plan_execute", await prepare_picture(mcp, "a fox [sandbox:fail]")
        )
        ended = await wait_for_task(mcp.session, failed.task_id)
    assert (ended["status"], ended["result"]["isError"]) == ("completed", True)
    assert client.get_balance()["balanceUsd"] == "5.00"


async def test_tasks_are_for_those_who_declare_them_and_for_their_own_account(
    gateway: Gateway, client: Client
) -> None:
    async with open_mcp_client(gateway, client.key, extensions=[TasksExtension()]) as mcp:
        run = await prepare_picture(mcp, "a red fox [sandbox:slow=5]")
        task = await start_task(mcp, "plan_execute", run)
        assert await read_error_code(mcp, "get", UNKNOWN) == -32602
        nameless = Request[TaskParams, str](
            method="tasks/get", params=TaskParams(task_id=task.task_id)
        )
        with pytest.raises(MCPError) as refused:
            await mcp.session.send_request(nameless, AnyResult)
        assert refused.value.code == -32020
    async with open_mcp_client(gateway, client.key) as mcp:
        assert await read_error_code(mcp, "get", task.task_id) == -32021
    async with open_mcp_client(
        gateway, client.key, "http of 2025", extensions=[TasksExtension()]
    ) as mcp:
        assert await read_error_code(mcp, "get", task.task_id) == -32601
    with gateway.account() as other:
        async with open_mcp_client(gateway, other.key, extensions=[TasksExtension()]) as mcp:
            for what in ("get", "cancel", "update"):
                assert await read_error_code(mcp, what, task.task_id) == -32602


@pytest.mark.promise("mcp: read-only")
async def test_who_has_no_tool_to_cancel_a_job_cannot_cancel_a_task(
    gateway: Gateway, client: Client
) -> None:
    ways = [(client.key, "x-mcp-readonly:1"), (client.key, "x-mcp-tools:plan_get")]
    reader = mint_key(client, "studio", "account:read")
    async with open_mcp_client(gateway, client.key, extensions=[TasksExtension()]) as mcp:
        run = await prepare_picture(mcp, "a fox [sandbox:slow=600]")
        task = await start_task(mcp, "plan_execute", run)
    for key, *words in [*ways, (reader,)]:
        async with open_mcp_client(
            gateway, key, "http", *words, extensions=[TasksExtension()]
        ) as mcp:
            assert (await send_task_request(mcp.session, "get", task.task_id))[
                "status"
            ] == "working"
            with pytest.raises(MCPError) as refused:
                await send_task_request(mcp.session, "cancel", task.task_id)
        assert refused.value.error.data["code"] == "tool_not_available"
    assert client.get_job(task.task_id)["status"] in {"queued", "running"}
    assert client.cancel_job(task.task_id).status_code == 200


async def test_only_what_was_given_out_as_a_task_is_canceled_as_one(
    gateway: Gateway, client: Client
) -> None:
    slow = picture_input("a fox [sandbox:slow=600]")
    plan = planned(client, *(plan_step("image.generate", slow) for _ in "ab"))
    jobs = [*execute_plan(client, plan).json()["jobIds"]]
    jobs.append(client.submit("image.generate", slow).json()["jobId"])
    async with open_mcp_client(gateway, client.key, extensions=[TasksExtension()]) as mcp:
        for job_id in jobs:
            assert await read_error_code(mcp, "cancel", job_id) == -32602
    for job_id in jobs:
        assert client.get_job(job_id)["status"] in {"queued", "running"}
        assert client.cancel_job(job_id).status_code == 200
