import asyncio
from pathlib import Path

import pytest

from gateway import demo
from tests.fakes.comfyui import FakeComfy
from tests.fakes.comfyui.server import MODEL_FILES
from tests.workers.comfyui.farm import ENGINES_TOML, serve_farm

pytestmark = pytest.mark.anyio


@pytest.mark.promise("engines: live-jobs-on-nodes")
async def test_a_live_job_runs_on_a_node_and_is_charged_once(
    tmp_path: Path, fake: FakeComfy
) -> None:
    async with serve_farm(tmp_path, gpu=fake) as client:
        await client.wait_until_able()
        job = await client.make_picture(count=2)
        assert job["status"] == "succeeded", job
        assert (job["upstream"]["engine"], job["upstream"]["node"]) == ("comfyui", "gpu")
        assert len(job["outputs"]) == 2
        assert await client.get_spent_microusd() == job["billing"]["chargedMicrousd"] == 40_000
        assert fake.url not in str(job)


async def test_what_an_operators_workflow_does_not_take_is_refused_before_money(
    tmp_path: Path, fake: FakeComfy
) -> None:
    (tmp_path / "plain.json").write_text(PLAIN)
    async with serve_farm(tmp_path, engines=TEMPLATE, gpu=fake) as client:
        await client.wait_until_able("gpu")
        size = {"prompt": "a fox", "width": 256, "height": 256}
        refused = await client.post_job("image.generate", size | {"count": 2})
        assert (refused.status_code, refused.json()["field"]) == (422, "input.count")
        job = await client.make_job("image.generate", **size)
        assert job["effectiveInput"]["steps"] == 9
        assert len(fake.accepted_ids) == 1


@pytest.mark.parametrize("lacks", [set(), set(MODEL_FILES)])
async def test_a_newcomers_picture_is_made_there_or_what_lacks_is_named(
    tmp_path: Path, fake: FakeComfy, lacks: set[str]
) -> None:
    fake.faults.lacks = lacks
    async with serve_farm(tmp_path, "", gpu=fake) as client:
        found = await demo.list_node_obstacles(client.application)
        account = await demo.ensure_dev_account(client.application)
        assert account["liveKey"].startswith("kt_live_")
        assert account == await demo.ensure_dev_account(client.application)
    if not lacks:
        assert found == []
        return
    assert found[0] == f"ComfyUI makes no pictures yet. {demo.SANDBOX_INSTEAD} ComfyUI would need:"
    assert found[1] == "  sdxl: models/checkpoints/sd_xl_base_1.0.safetensors"


async def test_a_newcomer_who_brought_the_files_has_the_next_first_picture_made_there(
    tmp_path: Path, fake: FakeComfy
) -> None:
    for lacks in (set(MODEL_FILES), set()):
        fake.faults.lacks = lacks
        async with serve_farm(tmp_path, "", gpu=fake) as client:
            assert bool(await demo.list_node_obstacles(client.application)) == bool(lacks)


async def test_a_newcomer_whose_engines_file_routes_no_pictures_is_told_so(
    tmp_path: Path, fake: FakeComfy
) -> None:
    films = ENGINES_TOML.replace('"image.generate" = "sdxl"\n', "")
    async with serve_farm(tmp_path, films, gpu=fake) as client:
        found = await demo.list_node_obstacles(client.application)
    assert found[1:] == ["  a route for image.generate in KT_ENGINES_FILE"]


async def test_a_newcomer_whose_node_is_silent_or_broken_is_told_that_and_no_missing_files(
    tmp_path: Path, fake: FakeComfy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "NODE_SECONDS", 3)
    fake.faults.down = True
    async with serve_farm(tmp_path, "", gpu=fake) as client:
        found = await demo.list_node_obstacles(client.application)
        assert found == [f"ComfyUI answers, but /system_stats said 500. {demo.SANDBOX_INSTEAD}"]
    await asyncio.to_thread(fake.kill)
    (tmp_path / "other").mkdir()
    async with serve_farm(tmp_path / "other", "", gpu=fake) as client:
        found = await demo.list_node_obstacles(client.application)
        assert found == [f"ComfyUI did not answer in 3 seconds. {demo.SANDBOX_INSTEAD}"]


PLAIN = """
{"1": {"class_type": "CheckpointLoaderSimple",
       "inputs": {"ckpt_name": "sd_xl_base_1.0.safetensors"}},
 "2": {"class_type": "CLIPTextEncode", "inputs": {"clip": ["1", 1], "text": ""}},
 "4": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 512, "batch_size": 1}},
 "5": {"class_type": "KSampler", "inputs": {"model": ["1", 0], "positive": ["2", 0],
       "negative": ["2", 0], "latent_image": ["4", 0], "seed": 1, "steps": 9, "cfg": 5.0,
       "sampler_name": "euler", "scheduler": "normal", "denoise": 1.0}},
 "6": {"class_type": "VAEDecode", "inputs": {"samples": ["5", 0], "vae": ["1", 2]}},
 "7": {"class_type": "SaveImage", "inputs": {"images": ["6", 0], "filename_prefix": "x"}}}
"""
TEMPLATE = """
[templates.plain]
task = "image.generate"
workflow = "plain.json"
save = "7"
[templates.plain.bind]
prompt = "2.text"
width = "4.width"
height = "4.height"
steps = "5.steps"
seed = "5.seed"
filenamePrefix = "7.filename_prefix"
[routes]
"image.generate" = "plain"
"""
