import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.workers.reel import (
    make_tone,
    measure_loudness,
    measure_sound_seconds,
    read_frames,
    read_sound,
    read_strips,
    write_numbered_film,
)
from workers.video.frames import open_media


def run_concat(target: Path, clips: Sequence[Mapping[str, Any]], **more: object) -> dict[str, Any]:
    """Join in the real child; its last line is the answer."""
    spec = {"clips": clips, "width": 128, "height": 128, "fps": 24, "target": str(target), **more}
    done = subprocess.run(
        [sys.executable, "-I", "-m", "workers.video.concat"],
        input=json.dumps(spec, default=str),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def write_chain(
    folder: Path, *, overlap: int, clips: int = 3, frames: int = 17
) -> list[dict[str, Any]]:
    """Return clips that repeat the last `overlap` frames of the one before, to be cut there."""
    step = frames - overlap
    return [
        {
            "path": write_numbered_film(
                folder / f"clip{n}.mp4", range(n * step, n * step + frames)
            ),
            "head": overlap if n else 0,
        }
        for n in range(clips)
    ]


@pytest.mark.promise("engines: combine-exact")
def test_three_clips_of_17_frames_with_overlap_8_are_17_9_and_9_frames(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    answer = run_concat(film, write_chain(tmp_path, overlap=8), frames=35)
    assert answer["done"]["method"] == "encode"
    assert read_strips(film) == list(range(17 + 9 + 9))
    assert measure_sound_seconds(film) == Fraction(35, 24)


@pytest.mark.parametrize("overlap", [1, 9])
def test_clips_cut_on_an_idr_are_copied_frame_exact(tmp_path: Path, overlap: int) -> None:
    film, total = tmp_path / "film.mp4", 17 * 3 - 2 * overlap
    clips = write_chain(tmp_path, overlap=overlap)
    answer = run_concat(film, clips)
    assert answer["done"]["method"] == "copy"
    assert read_strips(film) == list(range(total))
    assert measure_sound_seconds(film) == Fraction(total, 24)


def test_copied_and_encoded_films_show_the_same(tmp_path: Path) -> None:
    clips = write_chain(tmp_path, overlap=9)
    run_concat(tmp_path / "copied.mp4", clips)
    answer = run_concat(tmp_path / "encoded.mp4", clips, smart=False)
    assert answer["done"]["method"] == "encode"
    copied, encoded = read_frames(tmp_path / "copied.mp4"), read_frames(tmp_path / "encoded.mp4")
    assert np.abs(np.subtract(copied, encoded, dtype=np.int16)).mean() < 3


@pytest.mark.parametrize("fade", [0, 50])
def test_the_sound_stays_in_place_across_seams(tmp_path: Path, fade: int) -> None:
    film = tmp_path / "film.mp4"
    run_concat(film, write_chain(tmp_path, overlap=8, clips=4), crossfadeAudioMs=fade)
    heard = read_sound(film)[0]
    ideal = make_tone(0, heard.shape[0])[0]
    inner = slice(4800, 44 * 2000 - 4800)
    assert np.corrcoef(heard[inner], ideal[inner])[0, 1] > 0.995


def test_a_tail_trim_is_exact_too(tmp_path: Path) -> None:
    clips = [
        {"path": write_numbered_film(tmp_path / "a.mp4", range(9)), "tail": 3},
        {"path": write_numbered_film(tmp_path / "b.mp4", range(100, 109)), "head": 1, "tail": 1},
    ]
    run_concat(tmp_path / "film.mp4", clips)
    assert read_strips(tmp_path / "film.mp4") == [*range(6), *range(101, 108)]


def test_a_clip_of_another_shape_is_padded(tmp_path: Path) -> None:
    clips = [
        {"path": write_numbered_film(tmp_path / "a.mp4", range(9))},
        {"path": write_numbered_film(tmp_path / "b.mp4", range(9), width=256, height=128)},
    ]
    run_concat(tmp_path / "film.mp4", clips)
    frames = read_frames(tmp_path / "film.mp4")
    assert len(frames) == 18
    assert frames[17][:28].max() < 24
    assert frames[17][100:].max() < 24
    assert frames[17][40:60].mean() > 40


def test_a_clip_at_another_rate_keeps_its_length(tmp_path: Path) -> None:
    clips = [
        {"path": write_numbered_film(tmp_path / "a.mp4", range(12))},
        {"path": write_numbered_film(tmp_path / "b.mp4", range(50, 75), fps=50)},
    ]
    run_concat(tmp_path / "film.mp4", clips, frames=24)
    strips = read_strips(tmp_path / "film.mp4")
    assert strips[:12] == list(range(12))
    assert strips[12:] == [50 + int((n + 0.5) * 50 / 24) for n in range(12)]
    assert measure_sound_seconds(tmp_path / "film.mp4") == 1


def test_a_clip_without_sound_becomes_silence(tmp_path: Path) -> None:
    clips = [
        {"path": write_numbered_film(tmp_path / "a.mp4", range(12))},
        {"path": write_numbered_film(tmp_path / "b.mp4", range(12, 24), sound=False)},
    ]
    run_concat(tmp_path / "film.mp4", clips)
    heard = read_sound(tmp_path / "film.mp4")
    assert measure_loudness(heard[:, 4800:20000]) > 0.15
    assert measure_loudness(heard[:, 28000:44000]) < 0.001


def test_mute_leaves_no_sound_at_all(tmp_path: Path) -> None:
    run_concat(
        tmp_path / "film.mp4",
        [{"path": write_numbered_film(tmp_path / "a.mp4", range(9))}],
        audio="mute",
    )
    with open_media(tmp_path / "film.mp4") as container:
        assert not container.streams.audio


def test_a_crossfade_softens_the_seam_and_keeps_the_length(tmp_path: Path) -> None:
    clips: list[dict[str, Any]] = [
        {"path": write_numbered_film(tmp_path / "a.mp4", range(12), sound=False)},
        {"path": write_numbered_film(tmp_path / "b.mp4", range(3, 24)), "head": 9},
    ]
    before, seam = {}, 24000
    for milliseconds in (0, 50):
        film = tmp_path / f"{milliseconds}.mp4"
        run_concat(film, clips, crossfadeAudioMs=milliseconds)
        assert measure_sound_seconds(film) == 1
        before[milliseconds] = measure_loudness(read_sound(film)[:, seam - 2000 : seam - 700])
    assert before[0] < 0.02
    assert before[50] > 0.05


@pytest.mark.parametrize(
    ("clip", "more"),
    [
        ({"head": 9}, {}),
        ({"frames": 10}, {}),
        ({}, {"frames": 8}),
    ],
)
def test_a_clip_that_is_not_as_promised_fails_the_film(
    tmp_path: Path, clip: dict[str, Any], more: dict[str, Any]
) -> None:
    whole = {"path": write_numbered_film(tmp_path / "a.mp4", range(9))}
    assert (
        run_concat(tmp_path / "film.mp4", [whole | clip], **more)["error"]["code"]
        == "frames_differ"
    )


def test_a_broken_clip_fails_the_film(tmp_path: Path) -> None:
    whole = write_numbered_film(tmp_path / "a.mp4", range(9)).read_bytes()
    (tmp_path / "b.mp4").write_bytes(whole[: len(whole) * 2 // 3])
    clips = [{"path": tmp_path / name} for name in ("a.mp4", "b.mp4")]
    assert "error" in run_concat(tmp_path / "film.mp4", clips, smart=False)


@pytest.mark.promise("engines: combine-memory")
@pytest.mark.parametrize("smart", [True, False])
def test_memory_does_not_grow_with_the_number_of_clips(tmp_path: Path, smart: bool) -> None:  # noqa: FBT001
    clip = {"path": write_numbered_film(tmp_path / "a.mp4", range(17)), "head": 9}
    peaks = [
        run_concat(tmp_path / "film.mp4", [clip] * count, smart=smart)["done"]["peakBytes"]
        for count in (10, 60)
    ]
    assert 0.9 < peaks[1] / peaks[0] < 1.1
