"""Jobs and probes behind other people's prompts: they wait, say so, and lose nothing by it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from gateway.operator import nodes as operating
from gateway.operator.acts import OperatorOrder
from tests.fakes.comfyui import FakeComfy
from tests.waiting import await_condition
from tests.workers.comfyui.farm import ENGINES_TOML, SDXL_ENGINES, Farm, serve_farm
from tests.workers.comfyui.test_engine import PLAN, wait_until_attempt_runs
from tests.workers.comfyui.test_pool import wait_until_running
from workers import node_check
from workers.engines.comfyui import heartbeats as tending
from workers.engines.comfyui.client import ComfyClient
from workers.engines.comfyui.engine import ComfyEngine
from workers.pipelines import attempt as driving

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
LIMIT_SECONDS, BACK_SECONDS = 5, 30
WAITS = {
    "percent": 0, "stage": "waiting_for_node", "step": None, "steps": None, "etaSeconds": None,
}  # fmt: skip


@asynccontextmanager
async def occupy_node(fake: FakeComfy) -> AsyncIterator[None]:
    """Let a prompt of somebody else run on a node for the block."""
    engine, other = ComfyEngine(ComfyClient(fake.url), SDXL_ENGINES), uuid4()
    fake.faults.stall = 1
    await engine.submit(other, PLAN)
    await wait_until_attempt_runs(engine, other)
    try:
        yield
    finally:
        await engine.cancel(other)
        await engine.close()


async def limit_node(client: Farm, name: str, **values: int) -> str:
    """Submit a job that has other limits; it is queued until the node gets work again."""
    order = OperatorOrder(reason="limit", where=client.application.settings.data_dir)
    await operating.drain(order, name)
    job_id = await client.submit_picture("limited")
    async with client.application.database.write() as session:
        for column, value in values.items():
            await session.execute(text(f"UPDATE job SET {column} = {value}"))  # noqa: S608
    await operating.enable(order, name)
    return job_id


async def wait_until_waiting(client: Farm, job_id: str) -> dict[str, Any]:
    """Return a job when it says that it waits on its node."""
    found: dict[str, Any] = {}

    async def told() -> bool:
        found.update(await client.get_job(job_id))
        return bool(found["status"] == "running" and (found["progress"] or {}).get("stage"))

    await await_condition(told)
    return found


@pytest.mark.promise("engines: waits-behind-others")
async def test_a_job_behind_anothers_prompt_says_so_and_its_time_begins_with_its_own_run(
    tmp_path: Path, fake: FakeComfy, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.faults.silent_socket = True  # else what it usually takes would not be looked at
    async with serve_farm(tmp_path, ENGINES_TOML, gpu=fake) as client:
        await client.wait_until_able("gpu")
        await client.make_picture("a usual one")
        async with occupy_node(fake):
            job_id = await limit_node(client, "gpu", run_limit_seconds=LIMIT_SECONDS)
            job = await wait_until_waiting(client, job_id)
            assert (job["progress"], job["startedAt"]) == (WAITS, None)
            assert job["attempts"][0]["startedAt"] is None
            begun = time.monotonic()
            await await_condition(lambda: time.monotonic() - begun > LIMIT_SECONDS)
            assert (await client.get_job(job_id))["progress"] == WAITS
        job = await client.wait_for_end(job_id)
        assert job["status"] == "succeeded", job
        assert job["startedAt"] >= job["attempts"][0]["startedAt"] > job["createdAt"]
        assert await client.list_attempts(job_id) == [("gpu", "succeeded", None)]
        assert await client.get_spent_microusd() == 40_000


async def test_a_job_that_does_not_come_to_its_turn_in_time_expires_and_leaves_the_queue(
    tmp_path: Path, fake: FakeComfy
) -> None:
    async with serve_farm(tmp_path, ENGINES_TOML, gpu=fake) as client:
        await client.wait_until_able("gpu")
        async with occupy_node(fake):
            job_id = await limit_node(client, "gpu")
            await wait_until_waiting(client, job_id)
            async with client.application.database.write() as session:
                await session.execute(text("UPDATE job SET queue_timeout_at = kt_now()"))
            assert (await client.wait_for_end(job_id))["status"] == "expired"
            await await_condition(lambda: fake.api.node.pending == [])
        assert await client.get_spent_microusd() == 0


@pytest.mark.promise("engines: free-node-first")
async def test_a_job_behind_anothers_prompt_goes_to_a_node_that_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driving, "MOVE_SECONDS", 0.1)
    with FakeComfy(tmp_path / "busy") as busy, FakeComfy(tmp_path / "free") as free:
        async with serve_farm(tmp_path, ENGINES_TOML, busy=busy, free=free) as client:
            await client.wait_until_able("busy", "free")
            order = OperatorOrder(reason="later", where=client.application.settings.data_dir)
            await operating.drain(order, "free")
            async with occupy_node(busy):
                job_id = await client.submit_picture("moves")
                await wait_until_waiting(client, job_id)
                await operating.enable(order, "free")
                job = await client.wait_for_end(job_id)
                assert (job["status"], job["upstream"]["node"]) == ("succeeded", "free"), job
                states = await client.list_attempts(job_id)
                assert states == [("busy", "canceled", None), ("free", "succeeded", None)]
                assert busy.api.node.pending == []
                assert busy.api.node.running is not None
            assert await client.get_spent_microusd() == 20_000


async def test_a_slow_nodes_operator_and_user_are_told_of_patience(
    tmp_path: Path, fake: FakeComfy
) -> None:
    async with serve_farm(tmp_path, ENGINES_TOML, gpu=fake) as client:
        await client.wait_until_able("gpu")
        fake.set_sample_seconds(600)
        job = await client.wait_for_end(await limit_node(client, "gpu", run_limit_seconds=1))
        assert (job["status"], job["error"]["code"]) == ("failed", "run_timeout")
        assert "patience" in job["error"]["hint"]

        async def let_go() -> bool:
            return await client.list_attempts(job["id"]) == [("gpu", "canceled", "run_timeout")]

        await await_condition(let_go)
        checked = await node_check.check_node(client.application.settings.data_dir, "gpu")
        warning = str(checked["warning"])
        assert "1 of the last day's jobs ran over their time" in warning
        assert '`patience` of [families."sdxl"]' in warning
        assert await client.get_spent_microusd() == 0


@pytest.mark.promise("engines: back-in-half-a-minute")
async def test_a_node_killed_under_a_job_has_it_again_half_a_minute_after_its_return(
    tmp_path: Path, fake: FakeComfy
) -> None:
    async with serve_farm(tmp_path, ENGINES_TOML, gpu=fake) as client:
        await client.wait_until_able("gpu")
        fake.set_sample_seconds(600)
        job_id = await client.submit_picture("killed")
        await wait_until_running(client, job_id)
        await asyncio.to_thread(fake.kill)

        async def long_gone() -> bool:
            return (await client.get_node("gpu")).failures >= 3

        await await_condition(long_gone)
        fake.set_sample_seconds(0.02)
        begun = time.monotonic()
        await asyncio.to_thread(fake.start)
        job = await client.wait_for_end(job_id)
        assert time.monotonic() - begun < BACK_SECONDS
        assert (job["status"], job["attempts"][0]["errorCode"]) == ("succeeded", "worker_lost")
        assert await client.get_spent_microusd() == 20_000


@pytest.mark.parametrize(("fault", "times", "tries"), [("redirect", 1, 1), ("refuse", 10_000, 2)])
async def test_an_output_that_is_not_given_out_ends_the_job_at_once_and_says_so(
    tmp_path: Path,
    fake: FakeComfy,
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
    times: int,
    tries: int,
) -> None:
    monkeypatch.setattr(driving, "REFUSED_SECONDS", 0.5)
    setattr(fake.faults, f"{fault}_view", times)
    async with serve_farm(tmp_path, ENGINES_TOML, gpu=fake) as client:
        await client.wait_until_able("gpu")
        begun = time.monotonic()
        job = await client.make_picture("sent elsewhere")
        assert time.monotonic() - begun < BACK_SECONDS
        assert (job["status"], job["error"]["code"]) == ("failed", "output_missing")
        assert "could not be fetched" in job["error"]["message"]
        ended = [one[1:] for one in await client.list_attempts(job["id"])]
        assert ended == [("failed", "output_missing")] * tries
        fake.faults.refuse_view = 0
        assert (await client.make_picture("after a new probe"))["status"] == "succeeded"
        assert await client.get_spent_microusd() == 20_000


@pytest.mark.promise("engines: busy-is-not-silent")
async def test_a_busy_node_is_admitted_when_its_turn_comes_and_is_never_called_silent(
    tmp_path: Path, fake: FakeComfy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tending, "PROOF_SECONDS", 0.2)
    monkeypatch.setattr(node_check, "PROOF_SECONDS", 0.2)
    async with occupy_node(fake), serve_farm(tmp_path, ENGINES_TOML, gpu=fake) as client:
        await client.wait_until_able("gpu")

        async def shown() -> operating.NodeDetails:
            return operating.render_node(await client.get_node("gpu"))

        async def looked_at_twice() -> bool:
            return sum(one == "GET /system_stats" for one in fake.api.requests) > 2

        await await_condition(looked_at_twice)
        node = await shown()
        assert (node["state"], node["failures"]) == ("busy", 0)
        assert "1 prompt" in str(node["trouble"])
        probes = [one["id"] for one in fake.api.node.pending]
        assert len(probes) == 1
        job_id = await client.submit_picture("early")
        assert (await client.get_job(job_id))["progress"]["stage"] == "waiting_for_node"
        data_dir = client.application.settings.data_dir
        now: Any = (await node_check.check_node(data_dir, "gpu"))["now"]
        assert now["answers"] is True
        assert now["can"]["image.generate"] == "sdxl"
        assert "2 prompts" in now["trouble"]  # with the probe of the gateway
        assert [one["id"] for one in fake.api.node.pending] == probes
        assert fake.api.node.running is not None
        fake.api.node.cancel_prompt(fake.api.node.running["id"])
        assert (await client.wait_for_end(job_id))["status"] == "succeeded"
        node = await shown()
        assert (node["state"], node["trouble"], node["restarts"]) == ("up", None, 0)
