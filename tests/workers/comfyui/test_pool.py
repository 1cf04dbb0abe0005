"""Which node gets what: drained, lacking, too small, none at all; and what a dead worker leaves."""

import asyncio
import base64
import time
from pathlib import Path

import pytest

from gateway.media.nodes import node_pool
from gateway.media.nodes.fleet import Fleet
from gateway.media.nodes.node_pool import NodeSettings
from gateway.operator import nodes as operating
from gateway.operator.acts import OperatorOrder
from tests.fakes.comfyui import FakeComfy
from tests.gateway import draw_picture
from tests.in_process import open_account_client
from tests.waiting import await_condition
from tests.workers.comfyui.farm import ENGINES_TOML, JOBS, MODEL, Farm, serve_farm
from workers.pipelines import attempt as driving

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
BACK_SECONDS = 30
SOURCE = {
    "image": {"mimeType": "image/png", "data": base64.b64encode(draw_picture(256, 256)).decode()},
    "scale": 2,
}


async def wait_until_running(client: Farm, job_id: str) -> None:
    async def running() -> bool:
        return [state for _, state, _ in await client.list_attempts(job_id)][-1:] == ["running"]

    await await_condition(running)


async def test_without_a_node_a_live_job_is_refused_and_a_test_job_runs(tmp_path: Path) -> None:
    async with serve_farm(tmp_path) as client:
        refused = await client.post_picture()
        assert (refused.status_code, refused.json()["code"]) == (503, "no_capacity")
        async with open_account_client(client.application) as http:
            made = await Farm(client.application, http).make_picture()
        assert made["upstream"]["engine"] == "sandbox"


@pytest.mark.promise("engines: waits-are-told")
async def test_who_waits_for_a_node_that_went_silent_is_told_so_until_it_is_back(
    tmp_path: Path, fake: FakeComfy
) -> None:
    async with serve_farm(tmp_path, gpu=fake) as client:
        await client.wait_until_able("gpu")
        await asyncio.to_thread(fake.kill)
        fleet = client.application.ports.get(Fleet)
        assert (await client.http.get("/readyz")).json()["engines"] is True
        await await_condition(lambda: not fleet.takes_work("image.generate", None))
        degraded = (await client.http.get("/readyz")).json()
        assert (degraded["status"], degraded["engines"]) == ("degraded", False)
        tasks = await client.http.get("/api/v1/media/tasks", params={"task": "image.generate"})
        assert tasks.json()["data"][0]["capacity"]["modes"] == {"live": "busy", "test": "available"}
        asked = {"task": "image.generate", "input": {"prompt": "a", "width": 256, "height": 256}}
        quote = (await client.http.post("/api/v1/media/quote", json={"items": [asked]})).json()
        dry = (await client.http.post(JOBS, params={"dryRun": 1}, json=asked)).json()
        answer = await client.http.post(JOBS, json=asked | {"quoteId": quote["quoteId"]})
        for warned in (quote["items"][0], dry, answer.json()):
            assert [one["code"] for one in warned["warnings"]] == ["waiting_for_node"]
        job_id = answer.json()["jobId"]
        job = await client.get_job(job_id)
        assert (job["status"], job["progress"]["stage"]) == ("queued", "waiting_for_node")
        async with client.application.database.write() as session:
            for _ in range(9):
                await node_pool.record_node_failure(session, "gpu")
        await asyncio.to_thread(fake.start)
        begun = time.monotonic()
        assert (await client.wait_for_end(job_id))["status"] == "succeeded"
        assert time.monotonic() - begun < BACK_SECONDS


@pytest.mark.promise("engines: incompatible-node-gets-nothing")
async def test_a_node_without_the_model_gets_no_job_and_its_operator_reads_why(
    tmp_path: Path, fake: FakeComfy
) -> None:
    fake.faults.lacks = {MODEL}
    async with serve_farm(tmp_path, gpu=fake) as client:

        async def looked_at() -> bool:
            return (await client.get_node("gpu")).able_json != "{}"

        await await_condition(looked_at)
        assert (await client.post_picture()).status_code == 503
        shown = operating.render_node(await client.get_node("gpu"))
        assert MODEL in str(shown["lacks"]["image.generate"])
        assert fake.accepted_ids == []


async def test_a_job_larger_than_every_node_is_refused_before_money(
    tmp_path: Path, fake: FakeComfy
) -> None:
    async with serve_farm(tmp_path, gpu=fake) as client:
        async with client.application.database.write() as session:
            await node_pool.save_node(
                session, "gpu", fake.url, NodeSettings(max_pixel_frames=300 * 300)
            )
        await client.wait_until_able("gpu")

        fleet = client.application.ports.get(Fleet)

        def limited() -> bool:
            offer = fleet.find_offer("image.generate")
            return offer is not None and offer.max_pixel_frames == 300 * 300

        await await_condition(limited)
        refused = await client.post_picture(width=512, height=512)
        assert refused.json()["code"] == "job_too_large"
        assert (await client.make_picture())["status"] == "succeeded"
        assert await client.get_spent_microusd() == 20_000


async def test_after_a_restart_another_engines_file_holds_at_once(
    tmp_path: Path, fake: FakeComfy
) -> None:
    picture, larger = "image.generate", "image.upscale"
    async with serve_farm(tmp_path, gpu=fake) as client:
        await client.wait_until_able("gpu")
        assert client.application.ports.get(Fleet).can_run(larger)
    less = ENGINES_TOML.replace(f'"{larger}" = "esrgan"\n', "")
    async with serve_farm(tmp_path, less, gpu=fake) as client:
        fleet = client.application.ports.get(Fleet)
        await await_condition(lambda: fleet.can_run(picture) and not fleet.can_run(larger))


async def test_a_drained_node_finishes_and_takes_no_other(tmp_path: Path, fake: FakeComfy) -> None:
    fake.set_sample_seconds(1.0)
    async with serve_farm(tmp_path, gpu=fake) as client:
        await client.wait_until_able("gpu")
        first = await client.submit_picture("first")
        await wait_until_running(client, first)
        order = OperatorOrder(reason="cleaning", where=client.application.settings.data_dir)
        assert (await operating.drain(order, "gpu"))["state"] == "draining"
        second = await client.submit_picture("second")
        assert (await client.wait_for_end(first))["status"] == "succeeded"
        fake.set_sample_seconds(0.02)
        assert (await client.get_job(second))["status"] == "queued"
        assert (await operating.enable(order, "gpu"))["changed"]
        assert (await client.wait_for_end(second))["status"] == "succeeded"
        assert len(fake.accepted_ids) == 2


@pytest.mark.promise("engines: adoption")
async def test_what_runs_on_a_node_outlives_its_worker_and_is_adopted(
    tmp_path: Path, fake: FakeComfy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driving, "UNKNOWN_SECONDS", 0.3)
    fake.set_sample_seconds(1.0)
    async with serve_farm(tmp_path, gpu=fake) as client:
        await client.wait_until_able("gpu")
        job_id = await client.submit_picture("survivor")
        await wait_until_running(client, job_id)
        http_key = client.http.headers["x-api-key"]
    async with serve_farm(tmp_path, gpu=fake) as again:
        again.http.headers["x-api-key"] = http_key
        job = await again.wait_for_end(job_id)
        assert job["status"] == "succeeded", job
        assert await again.list_attempts(job_id) == [("gpu", "succeeded", None)]
        assert await again.get_spent_microusd() == 20_000
    assert len(fake.accepted_ids) == 1


@pytest.mark.promise("engines: failover")
async def test_a_node_that_dies_hands_its_job_to_another_and_takes_work_again_when_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driving, "UNREACHABLE_SECONDS", 0.3)
    monkeypatch.setattr(driving, "LAST_WAIT_SECONDS", 0.2)
    with (
        FakeComfy(tmp_path / "one", seconds=5) as one,
        FakeComfy(tmp_path / "two", seconds=5) as two,
    ):
        nodes = {"one": one, "two": two}
        async with serve_farm(tmp_path, ENGINES_TOML, **nodes) as client:
            await client.wait_until_able("one", "two")
            first = await client.submit_picture("first")
            await wait_until_running(client, first)
            [(dead, _, _)] = await client.list_attempts(first)
            [other] = nodes.keys() - {dead}
            nodes[other].set_sample_seconds(0.02)
            nodes[dead].set_sample_seconds(0.02)
            await asyncio.to_thread(nodes[dead].kill)
            job = await client.wait_for_end(first)
            assert job["status"] == "succeeded", job
            assert [node for node, _, _ in await client.list_attempts(first)] == [dead, other]
            await asyncio.to_thread(nodes[dead].start)

            async def back() -> bool:
                row = await client.get_node(dead)
                return row.silent_since is None and row.epoch > 1

            await await_condition(back)
            await asyncio.to_thread(nodes[other].kill)
            last = await client.make_picture("last")
            assert (last["status"], last["upstream"]["node"]) == ("succeeded", dead)
            assert await client.get_spent_microusd() == 40_000


async def test_an_input_too_large_for_one_node_goes_to_another(tmp_path: Path) -> None:
    with FakeComfy(tmp_path / "small") as small, FakeComfy(tmp_path / "large") as large:
        small.faults.most_upload = 10
        async with serve_farm(tmp_path, ENGINES_TOML, small=small, large=large) as client:
            await client.wait_until_able("small", "large")
            first, second = [await client.post_job("image.upscale", SOURCE) for _ in range(2)]
            for answer in (first, second):
                job = await client.wait_for_end(answer.json()["jobId"])
                assert (job["status"], job["upstream"]["node"]) == ("succeeded", "large"), job
            large.faults.most_upload = 10
            answer = await client.post_job("image.upscale", SOURCE)
            job = await client.wait_for_end(answer.json()["jobId"])
            assert (job["status"], job["error"]["code"]) == ("failed", "input_too_large")
            assert job["error"]["retryable"] is False
            assert (await client.get_node("small")).failures == 0


async def test_a_slow_node_gets_as_much_time_as_its_operator_says(
    tmp_path: Path, fake: FakeComfy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(driving.STALL_SECONDS, "image", 0.6)
    fake.set_sample_seconds(6)  # and silent for a quarter of it
    patient = ENGINES_TOML.replace(
        f'checkpoint = "{MODEL}"', f'checkpoint = "{MODEL}"\npatience = 10'
    )
    async with serve_farm(tmp_path, patient, slow=fake) as client:
        await client.wait_until_able("slow")
        told = await client.http.get("/api/v1/media/tasks", params={"task": "image.generate"})
        assert told.json()["data"][0]["runLimitSeconds"] == 3000
        job_id = await client.submit_picture("slowly")
        assert (await client.wait_for_end(job_id))["status"] == "succeeded"
        assert await client.list_attempts(job_id) == [("slow", "succeeded", None)]
