"""Sound on a node that has an audio model: its exact length, its form, nothing of the graph."""

import io
from pathlib import Path

import av
import pytest

from tests.fakes.comfyui import FakeComfy
from tests.fakes.comfyui.server import MODEL_FILES
from tests.workers.comfyui.farm import ENGINES_TOML, Farm, serve_farm

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
RAIN = {"prompt": "rain on tin", "durationSeconds": 2.35, "seed": 7}
STABLE = ENGINES_TOML.replace('"audio.generate" = "ace-step"', '"audio.generate" = "stable-audio"')


def measure_seconds(sound: bytes) -> float:
    with av.open(io.BytesIO(sound), "r") as container:
        (stream,) = container.streams.audio
        return sum(int(frame.samples) for frame in container.decode(stream)) / int(stream.rate)


async def assert_made(client: Farm, form: str) -> None:
    job = await client.make_job("audio.generate", **RAIN, outputFormat=form)
    assert job["billing"]["chargedMicrousd"] == 5_875
    sound = await client.fetch_output(job)
    assert measure_seconds(sound) == job["outputs"][0]["durationSeconds"] == 2.35
    for trace in (b"KSampler", b"class_type", b"rain on tin"):
        assert trace not in sound
    assert job["upstream"]["engine"] == "comfyui"


@pytest.mark.parametrize("form", ["wav", "flac", "mp3"])
async def test_ace_step_makes_a_sound_of_its_exact_length(
    ranch: tuple[Farm, FakeComfy], form: str
) -> None:
    await assert_made(ranch[0], form)


async def test_a_sound_of_half_its_length_is_made_again(ranch: tuple[Farm, FakeComfy]) -> None:
    client, node = ranch
    node.faults.wrong_size = 1
    job = await client.make_job("audio.generate", **RAIN)
    assert [each["outcome"] for each in job["attempts"]] == ["failed", "succeeded"]


async def test_stable_audio_makes_sound_and_refuses_more_than_it_can_before_the_price(
    tmp_path: Path,
) -> None:
    with FakeComfy(tmp_path / "comfy") as node:
        async with serve_farm(tmp_path, engines=STABLE, gpu=node) as client:
            await client.wait_until_able("gpu")
            await assert_made(client, "flac")
            refused = await client.post_job("audio.generate", {**RAIN, "durationSeconds": 50})
    assert (refused.status_code, refused.json()["field"]) == (422, "input.durationSeconds")


async def test_where_no_node_has_an_audio_model_sound_is_refused_before_the_price(
    tmp_path: Path,
) -> None:
    models = frozenset(name for name in MODEL_FILES if not name.startswith(("ace", "stable-audio")))
    with FakeComfy(tmp_path / "comfy", models=models) as node:
        async with serve_farm(tmp_path, gpu=node) as client:
            await client.wait_until_able("gpu")
            refused = await client.post_job("audio.generate", RAIN)
            assert (refused.status_code, refused.json()["code"]) == (503, "no_capacity")
            dry = (await client.dry_run("audio.generate", RAIN)).json()
            assert dry["blockedBy"] == ["no_capacity"]
            assert await client.get_spent_microusd() == 0
