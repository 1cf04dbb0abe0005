"""What a node is due beyond its jobs: a proof, a tidy disk, an end of what we gave up."""

import asyncio
import os
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from gateway.kit.telemetry import metrics
from gateway.media.oversight import gauges
from gateway.media.states import AttemptState
from gateway.media.tables import Attempt, Node
from gateway.operator import nodes as operating
from gateway.operator.acts import OperatorOrder
from tests.fakes.comfyui import FakeComfy
from tests.waiting import await_condition
from tests.workers.comfyui.farm import ENGINES_TOML, Farm, serve_farm
from tests.workers.comfyui.test_engine import PLAN
from workers.engines.comfyui import heartbeats
from workers.engines.comfyui.engine import ComfyEngine
from workers.engines.part_ids import part_id
from workers.jobs import endings
from workers.pipelines import attempt as driving

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def wait_until_running(client: Farm, job_id: str) -> str:
    async def running() -> bool:
        return [state for _, state, _ in await client.list_attempts(job_id)][-1:] == ["running"]

    await await_condition(running)
    return (await client.list_attempts(job_id))[-1][0]


async def test_what_lies_about_for_two_hours_is_deleted_and_nothing_of_others(
    tmp_path: Path,
) -> None:
    ours, fresh = tmp_path / "output/kt/a/out_1.png", tmp_path / "input/kt/new.png"
    others = tmp_path / "output/theirs.png"
    for path in (ours, fresh, others):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    for path in (ours, others):
        os.utime(path, (1, 1))
    await heartbeats.clean_node_disk(Node(name="a", url="", max_inflight=1, max_pixel_frames=None))
    assert ours.exists()
    row = Node(name="a", url="", max_inflight=1, max_pixel_frames=None, cleanup_dir=str(tmp_path))
    await heartbeats.clean_node_disk(row)
    assert (ours.exists(), fresh.exists(), others.exists()) == (False, True, True)


async def test_segments_of_a_film_that_nobody_waits_for_are_stopped_on_the_node(
    tmp_path: Path, engine: ComfyEngine, fake: FakeComfy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeats, "LEFTOVER_GRACE", 0)
    async with serve_farm(tmp_path, ENGINES_TOML, gpu=fake) as client:
        await client.wait_until_able("gpu")
        await client.wait_for_end(job_id := await client.submit_picture("ended"))
        fake.set_sample_seconds(600)
        left, lost, others = uuid4(), uuid4(), uuid4()
        for prompt in (part_id(left, 2), part_id(lost, 3), others):
            await engine.submit(prompt, PLAN)
        async with client.application.database.write() as session:
            session.add_all(
                [
                    make_attempt(left, job_id, AttemptState.RUNNING),
                    make_attempt(lost, job_id, AttemptState.LOST),
                ]
            )

        async def over() -> bool:
            states = [state for _, state, _ in await client.list_attempts(job_id)]
            return "running" not in states and await engine.list_queued_ids() == [str(others)]

        await await_condition(over)
        states = {state for _, state, _ in await client.list_attempts(job_id)}
        assert states == {"succeeded", "canceled", "lost"}


def make_attempt(attempt_id: UUID, job_id: str, state: AttemptState) -> Attempt:
    return Attempt(
        id=str(attempt_id),
        job_id=job_id,
        segment=0,
        fence=1,
        node="gpu",
        state=state,
        failure_kind=None,
        submitted_at=1,
        finished_at=None if state == AttemptState.RUNNING else 2,
        cancel_requested_at=None,
        node_epoch=1,
        family="sdxl",
        adoptions=0,
    )


async def test_an_older_node_works_and_its_operator_is_warned(
    tmp_path: Path, fake: FakeComfy
) -> None:
    fake.faults.old = True
    async with serve_farm(tmp_path, ENGINES_TOML, gpu=fake) as client:
        await client.wait_until_able("gpu")
        assert (await client.make_picture())["status"] == "succeeded"
        assert (
            operating.render_node(await client.get_node("gpu"))["warning"]
            == operating.DEGRADED_WARNING
        )


async def test_metrics_tell_of_each_node_whether_it_is_up(tmp_path: Path, fake: FakeComfy) -> None:
    async def shown(name: str) -> float | None:
        async with client.application.database.read() as snapshot:
            await gauges.refresh_gauges(snapshot)
        return metrics.REGISTRY.get_sample_value(f"killatamata_engine_{name}", {"node": "gpu"})

    async with serve_farm(tmp_path, ENGINES_TOML, gpu=fake) as client:
        await client.wait_until_able("gpu")
        assert [await shown("node_up"), await shown("node_queue")] == [1, 0]
        assert await shown("vram_free_bytes") == 20 * 2**30
        await asyncio.to_thread(fake.kill)

        async def down() -> bool:
            return await shown("node_up") == 0

        await await_condition(down)


async def test_a_node_that_comes_back_is_told_to_stop_what_another_has_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driving, "UNREACHABLE_SECONDS", 0.3)
    monkeypatch.setattr(driving, "LAST_WAIT_SECONDS", 0.2)
    with (
        FakeComfy(tmp_path / "one", seconds=600) as one,
        FakeComfy(tmp_path / "two", seconds=600) as two,
    ):
        pair = {"one": one, "two": two}
        async with serve_farm(tmp_path, ENGINES_TOML, **pair) as client:
            await client.wait_until_able("one", "two")
            job_id = await client.submit_picture("moves")
            first = pair[await wait_until_running(client, job_id)]
            [second] = [node for node in pair.values() if node is not first]
            second.set_sample_seconds(0.02)
            first.faults.down = True
            assert (await client.wait_for_end(job_id))["status"] == "succeeded"
            assert len(first.accepted_ids) == len(second.accepted_ids) == 1
            first.faults.down = False
            await await_condition(lambda: first.api.node.running is None)
            assert first.api.node.history[first.accepted_ids[0]]["status"] == "cancelled"
            assert await client.get_spent_microusd() == 20_000


async def test_a_node_that_does_not_let_go_is_left_alone(
    tmp_path: Path, fake: FakeComfy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(driving.STALL_SECONDS, "image", 0.3)
    monkeypatch.setattr(endings, "STUCK_SECONDS", 0.3)
    fake.faults.stall, fake.faults.ignore_cancel = 1, True
    async with serve_farm(tmp_path, ENGINES_TOML, gpu=fake) as client:
        await client.wait_until_able("gpu")
        job_id = await client.submit_picture("stuck")

        async def left_alone() -> bool:
            ended = await client.list_attempts(job_id) == [("gpu", "failed", "run_timeout")]
            return ended and (await client.get_node("gpu")).breaker_until > 0

        await await_condition(left_alone)
        await client.http.post("/api/v1/media/jobs/cancel", json={"jobId": job_id})
        assert await client.get_spent_microusd() == 0
        fake.faults.ignore_cancel = False


async def test_with_every_node_dead_a_job_ends_at_its_limit_for_free(
    tmp_path: Path, fake: FakeComfy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endings, "LET_GO_SECONDS", 0.3)
    fake.set_sample_seconds(600)
    async with serve_farm(tmp_path, ENGINES_TOML, gpu=fake) as client:
        await client.wait_until_able("gpu")
        order = OperatorOrder(reason="limit", where=client.application.settings.data_dir)
        await operating.drain(order, "gpu")
        job_id = await client.submit_picture("orphaned")
        async with client.application.database.write() as session:
            await session.execute(text("UPDATE job SET run_limit_seconds = 3"))
        await operating.enable(order, "gpu")
        await wait_until_running(client, job_id)
        await asyncio.to_thread(fake.kill)
        job = await client.wait_for_end(job_id)
        assert (job["status"], job["error"]["code"]) == ("failed", "run_timeout")
        assert await client.get_spent_microusd() == 0
