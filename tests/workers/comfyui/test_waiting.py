"""Jobs and probes behind other people's prompts: they wait, say so, and lose nothing by it."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from gateway.operator import nodes as operating
from gateway.operator.acting import Order
from tests.fakes.comfyui import FakeComfy
from tests.workers.comfyui.farm import ENGINES, FILE, Farm, farm, until
from tests.workers.comfyui.test_engine import PLAN, running
from workers import checking
from workers.engines.comfyui import nodes as tending
from workers.engines.comfyui.client import ComfyClient
from workers.engines.comfyui.engine import ComfyEngine
from workers.pipelines import attempt as driving

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
LIMIT_SECONDS = 5
WAITS = {
    "percent": 0, "stage": "waiting_for_node", "step": None, "steps": None, "etaSeconds": None,
}  # fmt: skip


@asynccontextmanager
async def occupied(fake: FakeComfy) -> AsyncIterator[None]:
    """Let a prompt of somebody else run on a node for the block."""
    engine, other = ComfyEngine(ComfyClient(fake.url), ENGINES), uuid4()
    fake.faults.stall = 1
    await engine.submit(other, PLAN)
    await running(engine, other)
    try:
        yield
    finally:
        await engine.cancel(other)
        await engine.close()


async def limited(client: Farm, name: str, **values: int) -> str:
    """Submit a job that has other limits; it is queued until the node gets work again."""
    order = Order(reason="limit", where=client.application.settings.data_dir)
    await operating.drain(order, name)
    job_id = await client.submit("limited")
    async with client.application.database.write() as session:
        for column, value in values.items():
            await session.execute(text(f"UPDATE job SET {column} = {value}"))  # noqa: S608
    await operating.enable(order, name)
    return job_id


async def waiting(client: Farm, job_id: str) -> dict[str, Any]:
    """Return a job when it says that it waits on its node."""
    found: dict[str, Any] = {}

    async def told() -> bool:
        found.update(await client.job(job_id))
        return bool(found["status"] == "running" and (found["progress"] or {}).get("stage"))

    await until(told)
    return found


@pytest.mark.promise("engines: waits-behind-others")
async def test_a_job_behind_anothers_prompt_says_so_and_its_time_begins_with_its_own_run(
    tmp_path: Path, fake: FakeComfy, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.faults.silent_socket = True  # else what it usually takes would not be looked at
    async with farm(tmp_path, FILE, gpu=fake) as client:
        await client.able("gpu")
        await client.made("a usual one")
        async with occupied(fake):
            job_id = await limited(client, "gpu", run_limit_seconds=LIMIT_SECONDS)
            job = await waiting(client, job_id)
            assert (job["progress"], job["startedAt"]) == (WAITS, None)
            assert job["attempts"][0]["startedAt"] is None
            begun = time.monotonic()
            await until(lambda: time.monotonic() - begun > LIMIT_SECONDS)
            assert (await client.job(job_id))["progress"] == WAITS
        job = await client.ended(job_id)
        assert job["status"] == "succeeded", job
        assert job["startedAt"] >= job["attempts"][0]["startedAt"] > job["createdAt"]
        assert await client.attempts(job_id) == [("gpu", "succeeded", None)]
        assert await client.spent() == 40_000


async def test_a_job_that_does_not_come_to_its_turn_in_time_expires_and_leaves_the_queue(
    tmp_path: Path, fake: FakeComfy
) -> None:
    async with farm(tmp_path, FILE, gpu=fake) as client:
        await client.able("gpu")
        async with occupied(fake):
            job_id = await limited(client, "gpu")
            await waiting(client, job_id)
            async with client.application.database.write() as session:
                await session.execute(text("UPDATE job SET queue_timeout_at = kt_now()"))
            assert (await client.ended(job_id))["status"] == "expired"
            await until(lambda: fake.api.node.pending == [])
        assert await client.spent() == 0


@pytest.mark.promise("engines: free-node-first")
async def test_a_job_behind_anothers_prompt_goes_to_a_node_that_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driving, "MOVE_SECONDS", 0.1)
    with FakeComfy(tmp_path / "busy") as busy, FakeComfy(tmp_path / "free") as free:
        async with farm(tmp_path, FILE, busy=busy, free=free) as client:
            await client.able("busy", "free")
            order = Order(reason="later", where=client.application.settings.data_dir)
            await operating.drain(order, "free")
            async with occupied(busy):
                job_id = await client.submit("moves")
                await waiting(client, job_id)
                await operating.enable(order, "free")
                job = await client.ended(job_id)
                assert (job["status"], job["upstream"]["node"]) == ("succeeded", "free"), job
                states = await client.attempts(job_id)
                assert states == [("busy", "canceled", None), ("free", "succeeded", None)]
                assert busy.api.node.pending == []
                assert busy.api.node.running is not None
            assert await client.spent() == 20_000


@pytest.mark.promise("engines: busy-is-not-silent")
async def test_a_busy_node_is_admitted_when_its_turn_comes_and_is_never_called_silent(
    tmp_path: Path, fake: FakeComfy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tending, "PROOF_SECONDS", 0.2)
    monkeypatch.setattr(checking, "PROOF_SECONDS", 0.2)
    async with occupied(fake), farm(tmp_path, FILE, gpu=fake) as client:
        await client.able("gpu")

        async def shown() -> dict[str, Any]:
            return operating.shown(await client.node("gpu"))

        async def looked_at_twice() -> bool:
            return sum(one == "GET /system_stats" for one in fake.api.asked) > 2

        await until(looked_at_twice)
        node = await shown()
        assert (node["state"], node["failures"]) == ("busy", 0)
        assert "1 prompt" in node["trouble"]
        probes = [one["id"] for one in fake.api.node.pending]
        assert len(probes) == 1
        job_id = await client.submit("early")
        assert (await client.job(job_id))["progress"]["stage"] == "waiting_for_node"
        data_dir = client.application.settings.data_dir
        checked = await checking.check(data_dir, "gpu")
        assert checked["now"]["answers"] is True
        assert checked["now"]["can"]["image.generate"] == "sdxl"
        assert "2 prompts" in checked["now"]["trouble"]  # with the probe of the gateway
        assert [one["id"] for one in fake.api.node.pending] == probes
        assert fake.api.node.running is not None
        fake.api.node.cancel(fake.api.node.running["id"])
        assert (await client.ended(job_id))["status"] == "succeeded"
        node = await shown()
        assert (node["state"], node["trouble"], node["restarts"]) == ("up", None, 0)
