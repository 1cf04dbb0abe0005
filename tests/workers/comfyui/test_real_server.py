"""The same engine on a real ComfyUI: `KT_TEST_COMFY_URL=http://… ./test -k real_server`.

What runs are the tasks whose models are there: those of `KT_TEST_ENGINES_FILE`, or else those that
the node's own files make. The rest is skipped, and the summary says what lacks.
"""

import os
from collections.abc import AsyncIterator
from fractions import Fraction
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image

from tests.workers.comfyui.test_engine import wait_for_final
from tests.workers.reel import make_tone, write_numbered_film
from tests.workers.studio import FILM_INPUT, PICTURE_INPUT, Files, PipelineStudio
from workers.engines.base import Absent, Blob, Canceled, RenderPlan
from workers.engines.comfyui.client import ComfyClient
from workers.engines.comfyui.engine import ComfyEngine
from workers.engines.comfyui.graphs.engines_file import EngineFamilies, read_engines_file
from workers.engines.comfyui.heartbeats import list_abilities, wait_for_probe
from workers.pipelines.base import Output
from workers.video.audio import write_wav
from workers.video.facts import hash_file

pytestmark = pytest.mark.anyio
URL = os.environ.get("KT_TEST_COMFY_URL", "")
FILE = os.environ.get("KT_TEST_ENGINES_FILE", "")
SAMPLED = {"negativePrompt": "text", "steps": 2, "strength": 0.6}
EXTENDED = FILM_INPUT | {"negativePrompt": "", "extendFrames": 8, "overlapFrames": 9}
TRACES = (b"class_type", b"KSampler", b"fox")


@pytest.fixture(scope="module")
def engines() -> EngineFamilies | None:
    return read_engines_file(Path(FILE)) if FILE else None


@pytest.fixture
async def real(engines: EngineFamilies | None) -> AsyncIterator[ComfyEngine]:
    if not URL:
        pytest.skip("KT_TEST_COMFY_URL names no real server")
    engine = ComfyEngine(ComfyClient(URL), engines)
    yield engine
    await engine.close()


class Bench:
    """Runs tasks on the real server, where it has the models."""

    def __init__(self, engine: ComfyEngine, engines: EngineFamilies | None, folder: Path) -> None:
        self.engine, self.engines, self.folder = engine, engines, folder
        self.studio = PipelineStudio(engine, folder)

    async def make(
        self,
        task: str,
        values: dict[str, Any],
        files: Files | None = None,
    ) -> list[Output]:
        able = list_abilities(self.engines, await self.engine.fetch_facts()).get(task)
        if able is None or able.lacks:
            pytest.skip(f"{task} cannot run there: {able and able.lacks}")
        self.studio.patience = able.patience
        outputs = await self.studio.run_pipeline(task, values, files)
        for output in outputs:
            content = output.path.read_bytes()
            assert not [trace for trace in TRACES if trace in content]
        return outputs

    def picture(self, shade: int) -> Path:
        return self.studio.write_picture(f"p{shade}", (shade, 90, 30))


@pytest.fixture
def bench(real: ComfyEngine, engines: EngineFamilies | None, tmp_path: Path) -> Bench:
    return Bench(real, engines, tmp_path)


def list_sizes(outputs: list[Output]) -> list[tuple[object, ...]]:
    return [(one.width, one.height, one.frames, one.fps, one.has_audio) for one in outputs]


async def test_a_real_server_lets_the_probe_through_and_is_not_old(real: ComfyEngine) -> None:
    assert (await real.facts()).classes >= {"KSampler", "SaveImage", "SaveVideo"}
    await real.send_probe(sentinel := uuid4())
    assert await wait_for_probe(real, sentinel, 20)
    assert not await real.is_old(uuid4())
    await real.forget(sentinel)
    assert await real.poll(sentinel) == Absent()


async def test_a_real_server_takes_an_input_and_cancels_what_it_never_saw(
    real: ComfyEngine, tmp_path: Path
) -> None:
    path = tmp_path / "a.png"
    Image.new("RGB", (64, 64)).save(path)
    ref = await real.put_input(Blob(path, hash_file(path), "image/png"))
    assert ref.name == f"kt/{hash_file(path)}.png"
    await real.cancel(stranger := uuid4())
    assert await real.poll(stranger) == Absent()


async def test_a_real_server_stops_what_is_canceled(bench: Bench) -> None:
    await bench.make("image.generate", PICTURE_INPUT | SAMPLED)  # its model is loaded now
    values = PICTURE_INPUT | SAMPLED | {"steps": 500, "seed": 1}
    await bench.engine.submit(
        attempt := uuid4(), RenderPlan(task="image.generate", effective_input=values)
    )
    await bench.engine.cancel(attempt)
    assert await wait_for_final(bench.engine, attempt) in (Canceled(), Absent())


async def test_pictures(bench: Bench) -> None:
    made = await bench.make("image.generate", PICTURE_INPUT | SAMPLED | {"count": 2})
    assert [(one.width, one.height) for one in made] == [(256, 256)] * 2


async def test_an_edit_inside_a_mask(bench: Bench) -> None:
    files = {"image": [bench.picture(10)], "mask": [bench.picture(0)]}
    [made] = await bench.make("image.edit", PICTURE_INPUT | SAMPLED, files)
    with Image.open(made.path) as picture:
        assert picture.size == (256, 256)


async def test_a_larger_picture(bench: Bench) -> None:
    values = {"width": 640, "height": 640, "outputFormat": "webp"}
    [made] = await bench.make("image.upscale", values, {"image": [bench.picture(10)]})
    assert (made.width, made.height, made.mime_type) == (640, 640, "image/webp")


async def test_a_film_with_sound_and_one_without(bench: Bench) -> None:
    values = FILM_INPUT | {"negativePrompt": ""}
    loud = await bench.make("video.generate", values | {"durationFrames": 17})
    silent = await bench.make("video.generate", values | {"generateAudio": False})
    assert list_sizes(loud + silent) == [
        (256, 256, 17, Fraction(24), True),
        (256, 256, 9, Fraction(24), False),
    ]


@pytest.mark.parametrize("overlap", [0, 9])
async def test_a_film_with_every_anchor(bench: Bench, overlap: int) -> None:
    write_wav(bench.folder / "voice.wav", [make_tone(0, 72_000)])
    start = {"startFrameImage": [bench.picture(200)]}
    frames = {"overlapFrameImages": [bench.picture(shade) for shade in range(overlap)]}
    files = {
        "finalFrameImage": [bench.picture(250)],
        "referenceAudio": [bench.folder / "voice.wav"],
        **(frames if overlap else start),
    }
    values = FILM_INPUT | {"negativePrompt": "", "durationFrames": 25}
    made = await bench.make("video.generate", values, files)
    assert list_sizes(made) == [(256, 256, 25, Fraction(24), True)]


@pytest.mark.parametrize("direction", ["end", "start"])
async def test_a_film_continued(bench: Bench, direction: str) -> None:
    source = write_numbered_film(bench.folder / "source.mp4", range(17), width=256, height=256)
    order = EXTENDED | {"direction": direction, "outputFrames": 25}
    made = await bench.make("video.extend", order, {"video": [source]})
    assert list_sizes(made) == [(256, 256, 25, Fraction(24), True)]


async def test_a_larger_film_keeps_its_sound(bench: Bench) -> None:
    source = write_numbered_film(bench.folder / "small.mp4", range(9))
    values = {"width": 256, "height": 256, "fps": 24, "frames": 9}
    made = await bench.make("video.upscale", values, {"video": [source]})
    assert list_sizes(made) == [(256, 256, 9, Fraction(24), True)]
