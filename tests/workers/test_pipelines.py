from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.workers.reel import (
    make_tone,
    measure_sound_seconds,
    read_frames,
    read_sound,
    read_strips,
    write_numbered_film,
)
from tests.workers.studio import FILM_INPUT, PICTURE_INPUT, SMALL_CANVAS, PipelineStudio
from workers.engines.base import EngineFacts
from workers.engines.sandbox import SandboxEngine
from workers.pipelines import PIPELINES
from workers.pipelines.errors import (
    AudioConditioningFailed,
    ClipsDiffer,
    InputUnreadable,
    PipelineFailed,
)
from workers.video.audio import write_wav

pytestmark = pytest.mark.anyio

EXTENSION: dict[str, Any] = {
    "prompt": "it goes on",
    "seed": 3,
    "fps": 24,
    "extendFrames": 8,
    "overlapFrames": 9,
    **SMALL_CANVAS,
}


def write_source(folder: Path, numbers: range = range(17), **more: Any) -> Path:  # noqa: ANN401
    return write_numbered_film(folder / "source.mp4", numbers, width=256, height=256, **more)


def test_there_is_a_pipeline_for_each_task() -> None:
    assert set(PIPELINES) == {
        "image.generate",
        "image.edit",
        "image.upscale",
        "video.generate",
        "video.extend",
        "video.upscale",
        "video.combine",
        "audio.generate",
    }


@pytest.mark.promise("engines: chain-is-seamless")
@pytest.mark.promise("engines: every-task-gives-a-file")
async def test_a_chain_of_tails_combined_counts_on_without_gap_or_repeat(
    studio: PipelineStudio,
) -> None:
    clips = [(await studio.run_for_one("video.generate", FILM_INPUT | {"durationFrames": 17})).path]
    order = EXTENSION | {"outputMode": "tail", "outputFrames": 17}
    for seed in (4, 5):
        tail = await studio.run_for_one(
            "video.extend", order | {"seed": seed}, {"video": [clips[-1]]}
        )
        clips.append(tail.path)
    heads = [0, 9, 9]
    combine = {
        "clips": [{"video": {"frames": 17}, "trimHeadFrames": head} for head in heads],
        "fps": 24,
        "audio": "concat",
        "crossfadeAudioMs": 0,
        "outputFrames": 33,
        **SMALL_CANVAS,
    }
    film = await studio.run_for_one("video.combine", combine, {"clips": clips})
    assert read_strips(film.path) == list(range(33))
    assert film.duration_seconds == measure_sound_seconds(film.path) == Fraction(33, 24)
    loud = np.abs(read_sound(film.path)[0])
    assert [n for n in range(0, 66000, 2000) if loud[n : n + 240].max() > 0.4] == [0, 48000]


async def test_an_extended_film_is_the_source_and_its_continuation(studio: PipelineStudio) -> None:
    files = {"video": [write_source(studio.folder)]}
    film = await studio.run_for_one("video.extend", EXTENSION | {"outputFrames": 25}, files)
    assert read_strips(film.path) == list(range(25))
    heard, ideal = read_sound(film.path)[0][:33000], make_tone(0, 33000)[0]
    assert np.corrcoef(heard, ideal)[0, 1] > 0.99


async def test_a_film_extended_at_its_start_leads_up_to_the_source(studio: PipelineStudio) -> None:
    files = {"video": [write_source(studio.folder, range(100, 117))]}
    order = EXTENSION | {"direction": "start", "outputFrames": 25}
    film = await studio.run_for_one("video.extend", order, files)
    assert read_strips(film.path) == list(range(92, 117))


async def test_a_source_of_another_rate_and_shape_is_brought_to_the_order(
    studio: PipelineStudio,
) -> None:
    path = write_numbered_film(studio.folder / "odd.mp4", range(50), width=320, height=270, fps=60)
    order = EXTENSION | {"fps": 50, "outputFrames": 50}
    film = await studio.run_for_one("video.extend", order, {"video": [path]})
    assert (film.width, film.height, film.frames, film.fps) == (256, 256, 50, Fraction(50))
    assert measure_sound_seconds(film.path) == 1
    assert read_frames(film.path)[0][:10].mean() > 40  # covered, not padded


async def test_reference_audio_covers_the_new_frames_after_the_sources_own_sound(
    studio: PipelineStudio,
) -> None:
    voice = studio.folder / "voice.wav"
    write_wav(voice, [make_tone(0, 48000, hertz=1000)])
    files = {"video": [write_source(studio.folder)], "referenceAudio": [voice]}
    film = await studio.run_for_one("video.extend", EXTENSION | {"outputMode": "tail"}, files)
    heard, seam = read_sound(film.path)[0], 9 * 2000
    old = make_tone(8 * 2000, seam)[0][:17000]
    new = make_tone(0, 14000, hertz=1000)[0]
    assert np.corrcoef(heard[:17000], old)[0, 1] > 0.99
    assert np.corrcoef(heard[seam + 1000 : seam + 14000], new[1000:])[0, 1] > 0.99


@dataclass
class _SmallNode(SandboxEngine):
    """A sandbox that claims to hold all frames of a plan in little memory."""

    folder: Path
    buffer: int

    def __post_init__(self) -> None:
        super().__init__(self.folder)

    async def facts(self) -> EngineFacts:
        return replace(await super().facts(), frame_buffer_bytes=self.buffer)


@pytest.mark.parametrize("frames_a_segment", [None, 7])
async def test_an_upscaled_film_keeps_frames_and_sound(
    studio: PipelineStudio, frames_a_segment: int | None
) -> None:
    if frames_a_segment is not None:
        pixels = 17 * 256 * 256 + 512 * 512
        studio.engine = _SmallNode(studio.folder / "n", 12 * pixels * frames_a_segment)
    order = {"width": 512, "height": 512, "fps": 24, "frames": 17}
    film = await studio.run_for_one(
        "video.upscale", order, {"video": [write_source(studio.folder)]}
    )
    assert read_strips(film.path) == list(range(17))
    assert (film.width, film.height, film.frames) == (512, 512, 17)
    heard = read_sound(film.path)[0][:33000]
    assert np.corrcoef(heard, make_tone(0, 33000)[0])[0, 1] > 0.99


async def test_a_mute_source_stays_mute_when_upscaled(studio: PipelineStudio) -> None:
    order = {"width": 384, "height": 384, "fps": 24, "frames": 9}
    files = {"video": [write_source(studio.folder, range(9), sound=False)]}
    film = await studio.run_for_one("video.upscale", order, files)
    assert (film.width, film.has_audio) == (384, False)


async def test_a_combine_whose_clips_are_not_as_counted_fails_for_good(
    studio: PipelineStudio,
) -> None:
    order = {
        "clips": [{"video": {"frames": 18}}, {}],
        "fps": 24,
        "outputFrames": 34,
        **SMALL_CANVAS,
    }
    files = {"clips": [write_source(studio.folder)] * 2}
    with pytest.raises(ClipsDiffer) as ended:
        await studio.run_pipeline("video.combine", order, files)
    assert (ended.value.code, ended.value.retryable_elsewhere) == ("output_invalid", False)


@pytest.mark.parametrize(
    ("task", "order", "name", "error"),
    [
        ("video.generate", FILM_INPUT, "referenceAudio", AudioConditioningFailed),
        ("video.generate", FILM_INPUT, "startFrameImage", InputUnreadable),
        ("image.edit", PICTURE_INPUT, "images", InputUnreadable),
        ("video.extend", EXTENSION, "video", InputUnreadable),
    ],
)
async def test_an_input_that_cannot_be_read_fails_before_the_engine_is_asked(
    studio: PipelineStudio, task: str, order: dict[str, Any], name: str, error: type[PipelineFailed]
) -> None:
    broken = studio.folder / "broken.bin"
    broken.write_bytes(b"\x89PNG\r\n\x1a\nnothing" * 9)
    with pytest.raises(error) as ended:
        await studio.run_pipeline(task, order, {name: [broken]})
    assert not ended.value.retryable_elsewhere
    assert (await studio.engine.facts()).queue_depth == 0
