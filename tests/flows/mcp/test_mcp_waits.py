"""Waits end, jobs do not: a lost client, a killed gateway and a short wait cost nothing more."""

from collections.abc import Iterator
from typing import Any

import pytest
from anyio import to_thread
from mcp.shared.exceptions import MCPError

from tests.gateway import Client, Gateway, picture_input, serve_gateway
from tests.mcp_clients import open_mcp_client, read_structured_answer, read_tool_error

pytestmark = pytest.mark.anyio
LONG = {"prompt": "a slow fox", "width": 1280, "height": 704, "durationFrames": 121}
AT_GPU_SPEED = {"KT_SANDBOX_PACE": "1"}


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway whose jobs take as long as on a GPU."""
    with serve_gateway(tmp_path_factory.mktemp("slow") / "data", **AT_GPU_SPEED) as gateway:
        yield gateway


@pytest.fixture
def owner(slow: Gateway) -> Iterator[Client]:
    with slow.account() as account:
        yield account


def list_jobs(owner: Client) -> list[dict[str, Any]]:
    jobs: list[dict[str, Any]] = owner.http.get("/api/v1/media/jobs").json()["data"]
    return jobs


def plan_run_arguments(plan: dict[str, Any], seconds: int) -> dict[str, Any]:
    return {"planId": plan["planId"], "planHash": plan["planHash"], "waitSeconds": seconds}


async def test_a_short_wait_answers_that_it_runs_and_a_cancel_releases_the_price(
    slow: Gateway, owner: Client
) -> None:
    async with open_mcp_client(slow, owner.key) as mcp:
        plan = read_structured_answer(await mcp.call_tool("video_generate_prepare", LONG))
        ran = read_structured_answer(
            await mcp.call_tool("plan_execute", plan_run_arguments(plan, 1))
        )
        assert (ran["state"], ran["outcome"]) == ("executed", "running")
        assert ran["pollAfterSeconds"] > 0
        (job,) = ran["jobs"]
        assert owner.get_balance()["heldUsd"] == plan["totalUsd"]
        ended = read_structured_answer(
            await mcp.call_tool("media_job_cancel", {"jobId": job["jobId"]})
        )
    assert ended["status"] == "canceled"
    assert owner.get_balance()["availableUsd"] == "5.00"


@pytest.mark.promise("mcp: one-job-one-debit")
async def test_a_client_that_gives_up_and_a_gateway_that_is_killed_leave_one_job_and_one_debit(
    slow: Gateway, owner: Client
) -> None:
    async with open_mcp_client(slow, owner.key, "http of 2025") as mcp:
        plan = read_structured_answer(
            await mcp.call_tool("image_generate_prepare", picture_input("a fox [sandbox:slow=8]"))
        )
        with pytest.raises(MCPError):
            await mcp.call_tool(
                "plan_execute", plan_run_arguments(plan, 50), read_timeout_seconds=0.3
            )
    slow.kill()
    slow.start()
    told: list[float] = []

    async def heard(progress: float, total: float | None, message: str | None) -> None:
        assert (total, bool(message)) == (100, True)
        told.append(progress)

    async with open_mcp_client(slow, owner.key) as mcp:
        for _ in range(4):
            given = plan_run_arguments(plan, 50)
            done = read_structured_answer(
                await mcp.call_tool("plan_execute", given, progress_callback=heard)
            )
            if done["outcome"] != "running":
                break
    assert (done["outcome"], len(done["jobs"])) == ("succeeded", 1)
    assert told == sorted(set(told))
    assert told[-1:] == [100]
    assert owner.get_balance()["balanceUsd"] == "4.98"
    assert len(list_jobs(owner)) == 1
    assert slow.list_findings() == []


@pytest.mark.slow
@pytest.mark.promise("mcp: away-is-said")
async def test_a_gateway_that_is_killed_under_a_waiting_call_is_named_and_no_key_is_blamed(
    slow: Gateway, owner: Client
) -> None:
    killed: list[float] = []

    async def kill(progress: float, total: float | None, message: str | None) -> None:
        del total, message  # the protocol names them
        # Only a wait reports progress: by then the plan has been executed, and the answer is known.
        if not killed:
            killed.append(progress)
            await to_thread.run_sync(slow.kill)

    async with open_mcp_client(slow, owner.key, "stdio") as mcp:
        plan = read_structured_answer(await mcp.call_tool("video_generate_prepare", LONG))
        ran = read_structured_answer(
            await mcp.call_tool(
                "plan_execute", plan_run_arguments(plan, 50), progress_callback=kill
            )
        )
        refused = read_tool_error(await mcp.call_tool("plan_get", {"planId": plan["planId"]}))
        assert (ran["state"], ran["outcome"]) == ("executed", "running")
        assert "plan_get" in ran["next"]
        for told in (ran["next"], refused["message"]):
            assert f"{slow.base} does not answer" in told
            assert "scope" not in told
        slow.start()
        found = read_structured_answer(await mcp.call_tool("plan_get", {"planId": plan["planId"]}))
        assert found["state"] == "executed"


@pytest.mark.slow
async def test_a_plan_is_as_far_as_the_average_of_its_steps(slow: Gateway, owner: Client) -> None:
    told: list[float] = []

    async def heard(progress: float, total: float | None, message: str | None) -> None:
        told.append(progress)

    async with open_mcp_client(slow, owner.key) as mcp:
        for count, most in ((1, 100), (2, 50)):  # one video is made at a time
            step = {"operation": "video.generate", "input": LONG}
            plan = read_structured_answer(
                await mcp.call_tool("plan_prepare", {"steps": [step] * count})
            )
            told.clear()
            given = plan_run_arguments(plan, 15)
            ran = read_structured_answer(
                await mcp.call_tool("plan_execute", given, progress_callback=heard)
            )
            percents = [each["percent"] for each in ran["steps"]]
            assert told == sorted(set(told))
            assert 5 < told[-1] <= sum(percents) / count + 1 <= most + 1
            for job in ran["jobs"]:
                read_structured_answer(
                    await mcp.call_tool("media_job_cancel", {"jobId": job["jobId"]})
                )
            ended = read_structured_answer(
                await mcp.call_tool("plan_get", {"planId": plan["planId"]})
            )
            assert {each["percent"] for each in ended["steps"]} == {100}
