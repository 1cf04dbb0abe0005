"""An operator's workflow that makes no sound delivers silent clips, and says so beforehand."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.comfyui import FakeComfy
from tests.gateway import assert_problem
from tests.library.files import make_mp4
from tests.workers.comfyui.farm import JOBS, Farm, RealComfy, serve_farm
from tests.workers.comfyui.own_workflows import Workflow, write_engines_file
from tests.workers.comfyui.test_tasks import to_inline_input

pytestmark = pytest.mark.anyio
SILENT = [
    Workflow(task, {"referenceAudio", "startFrame", "finalFrame"} | others)
    for task, others in (("video.generate", {"overlapFrames"}), ("video.extend", set()))
]
TASK, QUOTE = "video.generate", "/api/v1/media/quote"
CLIP = {"prompt": "a fox", "width": 256, "height": 256, "durationFrames": 9}
TOLD = {
    "field": "generateAudio",
    "requested": True,
    "effective": False,
    "rule": "silent_model",
    "message": "The model of this task makes no sound; what it makes is silent.",
}


@pytest.fixture(scope="module")
async def client(
    node: FakeComfy | RealComfy, anyio_backend: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Farm]:
    folder = tmp_path_factory.mktemp("silent")
    async with serve_farm(folder, write_engines_file(folder, *SILENT), gpu=node) as client:
        await client.wait_until_able("gpu", tasks=[each.task for each in SILENT])
        yield client


@pytest.mark.promise("engines: silent-workflows")
@pytest.mark.parametrize(
    ("more", "told"),
    [({}, [TOLD]), ({"generateAudio": True}, [TOLD]), ({"generateAudio": False}, [])],
    ids=["unsaid", "wanted", "unwanted"],
)
async def test_a_silent_workflow_delivers_a_silent_clip_at_the_price_it_said(
    client: Farm, more: dict[str, Any], told: list[dict[str, Any]]
) -> None:
    dry = (await client.dry_run(TASK, CLIP | more)).json()
    assert (dry["inputAdjustments"], dry["priceMicrousd"]) == (told, 6_667)
    job = await client.make_job(TASK, **CLIP, **more)
    assert (job["inputAdjustments"], job["billing"]["chargedMicrousd"]) == (told, 6_667)
    assert job["effectiveInput"]["generateAudio"] is False
    assert job["upstream"]["result"]["hasAudio"] is False
    quoted = await client.http.post(QUOTE, json={"items": [{"task": TASK, "input": CLIP | more}]})
    body = {"task": TASK, "input": CLIP | more, "quoteId": quoted.json()["quoteId"]}
    held = (await client.http.post(JOBS, json=body)).json()
    assert repr(held["inputAdjustments"]) == repr(told)


async def test_strict_refuses_the_silence_that_was_not_asked_for(client: Farm) -> None:
    refused = await client.dry_run(TASK, CLIP, strict=True)
    (error,) = assert_problem(refused, 422, "adjustment_required")["errors"]
    assert error == TOLD | {"field": "input.generateAudio"}
    asked = await client.dry_run(TASK, CLIP | {"generateAudio": False}, strict=True)
    assert asked.status_code == 200, asked.text


@pytest.mark.slow
async def test_a_silent_continuation_keeps_the_sound_of_its_source(
    client: Farm, tmp_path: Path
) -> None:
    film = make_mp4(tmp_path, frames=25, rate=24, size=(256, 256), sound="aac")
    source = {"video": to_inline_input(film, "video/mp4"), "prompt": "on", "extendFrames": 8}
    for mode, sound in (("joined", True), ("tail", False)):
        longer = await client.make_job("video.extend", **source, outputMode=mode)
        assert longer["inputAdjustments"] == [TOLD]
        assert longer["upstream"]["result"]["hasAudio"] is sound
