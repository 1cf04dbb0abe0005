from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.workers.reel import (
    draw_numbered,
    make_tone,
    measure_loudness,
    measure_sound_seconds,
    read_frames,
    read_sound,
    read_strips,
)
from tests.workers.studio import FILM_INPUT, PipelineStudio
from workers.video.audio import write_wav

pytestmark = pytest.mark.anyio

RED = (200, 30, 30)


def write_lossless(folder: Path, numbers: range) -> list[Path]:
    """Write numbered frames as a client would extract them."""
    paths = [folder / f"frame{number}.webp" for number in numbers]
    for path, number in zip(paths, numbers, strict=True):
        Image.fromarray(draw_numbered(256, 256, number)).save(path, "WEBP", lossless=True)
    return paths


def write_tone(folder: Path, seconds: float) -> Path:
    path = folder / "voice.wav"
    write_wav(path, [make_tone(0, int(seconds * 48000), hertz=330)])
    return path


async def test_a_film_counts_its_frames_from_zero(studio: PipelineStudio) -> None:
    film = await studio.run_for_one(
        "video.generate", FILM_INPUT | {"durationFrames": 17, "fps": 25}
    )
    assert read_strips(film.path) == list(range(17))
    assert (film.width, film.height, film.frames, film.has_audio) == (256, 256, 17, True)
    assert film.fps == Fraction(25)
    assert film.duration_seconds == measure_sound_seconds(film.path) == Fraction(17, 25)


async def test_numbering_goes_on_from_the_overlap(studio: PipelineStudio) -> None:
    files = {"overlapFrameImages": write_lossless(studio.folder, range(40, 49))}
    film = await studio.run_for_one("video.generate", FILM_INPUT | {"durationFrames": 25}, files)
    assert read_strips(film.path) == list(range(40, 65))


async def test_the_overlap_is_shown_untouched(studio: PipelineStudio) -> None:
    files = {"overlapFrameImages": write_lossless(studio.folder, range(9))}
    film = await studio.run_for_one("video.generate", FILM_INPUT | {"durationFrames": 17}, files)
    shown = np.array(read_frames(film.path)[:9], dtype=np.int16)
    given = np.array([draw_numbered(256, 256, number) for number in range(9)], dtype=np.int16)
    assert np.abs(shown[:, 100:] - given[:, 100:]).mean() < 3


async def test_only_the_last_overlap_frames_that_are_effective_are_used(
    studio: PipelineStudio,
) -> None:
    files = {"overlapFrameImages": write_lossless(studio.folder, range(12))}
    film = await studio.run_for_one("video.generate", FILM_INPUT | {"overlapFrames": 1}, files)
    assert read_strips(film.path) == list(range(11, 20))


async def test_start_and_final_frame_stand_at_both_ends(studio: PipelineStudio) -> None:
    files = {
        "startFrameImage": [studio.write_picture("start", RED)],
        "finalFrameImage": [studio.write_picture("final", (20, 200, 20))],
    }
    frames = read_frames((await studio.run_for_one("video.generate", FILM_INPUT, files)).path)
    middle = np.s_[80:140]
    assert np.abs(frames[0][middle].mean(axis=(0, 1)) - RED).max() < 12
    assert np.abs(frames[-1][middle].mean(axis=(0, 1)) - (20, 200, 20)).max() < 12
    assert np.abs(frames[4][middle].mean(axis=(0, 1)) - RED).max() > 30


async def test_the_reference_audio_is_the_sound(studio: PipelineStudio) -> None:
    files = {
        "startFrameImage": [studio.write_picture("start", RED)],
        "referenceAudio": [write_tone(studio.folder, 2)],
    }
    film = await studio.run_for_one("video.generate", FILM_INPUT | {"durationFrames": 25}, files)
    heard = read_sound(film.path)[0][:48000]
    assert np.corrcoef(heard, make_tone(0, 48000, hertz=330)[0])[0, 1] > 0.99
    assert measure_sound_seconds(film.path) == Fraction(25, 24)


async def test_short_reference_audio_is_padded_with_silence(studio: PipelineStudio) -> None:
    files = {
        "startFrameImage": [studio.write_picture("start", RED)],
        "referenceAudio": [write_tone(studio.folder, 0.5)],
    }
    film = await studio.run_for_one("video.generate", FILM_INPUT | {"durationFrames": 25}, files)
    heard = read_sound(film.path)
    assert measure_loudness(heard[:, :20000]) > 0.1
    assert measure_loudness(heard[:, 28000:48000]) < 0.001
    assert measure_sound_seconds(film.path) == Fraction(25, 24)


async def test_without_generated_audio_there_is_no_sound(studio: PipelineStudio) -> None:
    film = await studio.run_for_one("video.generate", FILM_INPUT | {"generateAudio": False})
    assert not film.has_audio


async def test_a_tick_marks_each_full_second_of_the_whole_film(studio: PipelineStudio) -> None:
    files = {"overlapFrameImages": write_lossless(studio.folder, range(23, 24))}
    film = await studio.run_for_one("video.generate", FILM_INPUT | {"durationFrames": 33}, files)
    loud = np.abs(read_sound(film.path)[0])
    ticks = [n for n in range(0, 66000, 2000) if loud[n : n + 240].max() > 0.4]
    assert ticks == [2000, 50000]


async def test_stages_come_in_their_real_order(studio: PipelineStudio) -> None:
    await studio.run_for_one("video.generate", FILM_INPUT | {"durationFrames": 49})
    order = ["loading", "first_pass", "upscale", "second_pass", "decode", "save"]
    seen = list(dict.fromkeys(progress.stage for progress in studio.progress))
    assert seen == [stage for stage in order if stage in seen]
    assert {"loading", "first_pass", "second_pass", "decode"} <= set(seen)


async def test_the_hills_drift(studio: PipelineStudio) -> None:
    frames = read_frames(
        (await studio.run_for_one("video.generate", FILM_INPUT | {"durationFrames": 25})).path
    )
    hills = np.s_[120:200]
    assert np.abs(frames[24][hills].astype(np.int16) - frames[1][hills]).mean() > 2
