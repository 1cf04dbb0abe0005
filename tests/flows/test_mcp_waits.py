"""Waits end, jobs do not: a lost client, a killed gateway and a short wait cost nothing more."""

import time
from collections.abc import Iterator
from typing import Any

import anyio
import pytest
from anyio import to_thread
from mcp.shared.exceptions import MCPError

from tests.gateway import Client, Gateway, picture, serving
from tests.mcp_clients import connected, facts, refusal

pytestmark = pytest.mark.anyio
LONG = {"prompt": "a slow fox", "width": 1280, "height": 704, "durationFrames": 121}
RUN_SECONDS = 30
AT_GPU_SPEED = {"KT_SANDBOX_PACE": "1"}


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway whose jobs take as long as on a GPU."""
    with serving(tmp_path_factory.mktemp("slow") / "data", **AT_GPU_SPEED) as gateway:
        yield gateway


@pytest.fixture
def owner(slow: Gateway) -> Iterator[Client]:
    with slow.account() as account:
        yield account


def run_of(plan: dict[str, Any], seconds: int) -> dict[str, Any]:
    return {"planId": plan["planId"], "planHash": plan["planHash"], "waitSeconds": seconds}


async def test_a_short_wait_answers_that_it_runs_and_a_cancel_releases_the_price(
    slow: Gateway, owner: Client
) -> None:
    async with connected(slow, owner.key) as mcp:
        plan = facts(await mcp.call_tool("video_generate_prepare", LONG))
        ran = facts(await mcp.call_tool("plan_execute", run_of(plan, 1)))
        assert (ran["state"], ran["outcome"]) == ("executed", "running")
        assert ran["pollAfterSeconds"] > 0
        (job,) = ran["jobs"]
        assert owner.balance()["heldUsd"] == plan["totalUsd"]
        ended = facts(await mcp.call_tool("media_job_cancel", {"jobId": job["jobId"]}))
    assert ended["status"] == "canceled"
    assert owner.balance()["availableUsd"] == "5.00"


@pytest.mark.promise("mcp: one-job-one-debit")
async def test_a_client_that_gives_up_and_a_gateway_that_is_killed_leave_one_job_and_one_debit(
    slow: Gateway, owner: Client
) -> None:
    async with connected(slow, owner.key, "http of 2025") as mcp:
        plan = facts(await mcp.call_tool("image_generate_prepare", picture("a fox")))
        with pytest.raises(MCPError):
            await mcp.call_tool("plan_execute", run_of(plan, 50), read_timeout_seconds=0.3)
    slow.kill()
    slow.start()
    told: list[float] = []

    async def heard(progress: float, total: float | None, message: str | None) -> None:
        assert (total, bool(message)) == (100, True)
        told.append(progress)

    async with connected(slow, owner.key) as mcp:
        for _ in range(4):
            given = run_of(plan, 50)
            done = facts(await mcp.call_tool("plan_execute", given, progress_callback=heard))
            if done["outcome"] != "running":
                break
    assert (done["outcome"], len(done["jobs"])) == ("succeeded", 1)
    assert told == sorted(set(told))
    assert told[-1] == 100
    assert owner.balance()["balanceUsd"] == "4.98"
    assert len(owner.http.get("/api/v1/media/jobs").json()["data"]) == 1
    assert slow.findings() == []


@pytest.mark.slow
@pytest.mark.promise("mcp: away-is-said")
async def test_a_gateway_that_is_killed_under_a_waiting_call_is_named_and_no_key_is_blamed(
    slow: Gateway, owner: Client
) -> None:
    def kill_when_it_runs() -> None:
        deadline = time.monotonic() + RUN_SECONDS
        while not owner.http.get("/api/v1/media/jobs").json()["data"]:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        slow.kill()

    async with connected(slow, owner.key, "stdio") as mcp, anyio.create_task_group() as group:
        plan = facts(await mcp.call_tool("video_generate_prepare", LONG))
        group.start_soon(to_thread.run_sync, kill_when_it_runs)
        ran = facts(await mcp.call_tool("plan_execute", run_of(plan, 50)))
        refused = refusal(await mcp.call_tool("plan_get", {"planId": plan["planId"]}))
        assert (ran["state"], ran["outcome"]) == ("executed", "running")
        assert "plan_get" in ran["next"]
        for told in (ran["next"], refused["message"]):
            assert f"{slow.base} does not answer" in told
            assert "scope" not in told
        slow.start()
        found = facts(await mcp.call_tool("plan_get", {"planId": plan["planId"]}))
        assert found["state"] == "executed"


@pytest.mark.slow
async def test_a_plan_is_as_far_as_the_average_of_its_steps(slow: Gateway, owner: Client) -> None:
    told: list[float] = []

    async def heard(progress: float, total: float | None, message: str | None) -> None:
        told.append(progress)

    async with connected(slow, owner.key) as mcp:
        for count, most in ((1, 100), (2, 50)):  # one video is made at a time
            step = {"operation": "video.generate", "input": LONG}
            plan = facts(await mcp.call_tool("plan_prepare", {"steps": [step] * count}))
            told.clear()
            given = run_of(plan, 15)
            ran = facts(await mcp.call_tool("plan_execute", given, progress_callback=heard))
            percents = [each["percent"] for each in ran["steps"]]
            assert told == sorted(set(told))
            assert 5 < told[-1] <= sum(percents) / count + 1 <= most + 1
            for job in ran["jobs"]:
                facts(await mcp.call_tool("media_job_cancel", {"jobId": job["jobId"]}))
            ended = facts(await mcp.call_tool("plan_get", {"planId": plan["planId"]}))
            assert {each["percent"] for each in ended["steps"]} == {100}
