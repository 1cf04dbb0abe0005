"""Frames of a video are counted as the decoder gives them, and come pixel by pixel."""

import os
import subprocess
from fractions import Fraction
from pathlib import Path

import av
import imageio_ffmpeg  # type: ignore[import-untyped]
import numpy as np
import pytest
from PIL import Image

from gateway.library.errors import MediaUnreadable
from gateway.library.inspection.frame_inspection import CutFrames, cut_frames
from tests.workers.reel import read_frames, write_numbered_film

pytestmark = pytest.mark.anyio

MIB = 2**20
SOURCE = ("-f", "lavfi", "-i", "testsrc2=size=128x96:rate=24:duration=3")
TONE = ("-f", "lavfi", "-i", "sine=duration=3", "-c:a", "aac", "-shortest")
# Key frames in whose groups the first pictures shown need the group before.
OPEN_GROUPS = ("-c:v", "libx265", "-x265-params", "log-level=error:open-gop=1:keyint=24")
FORMS = {
    "sound.mp4": (*TONE, "-c:v", "libx264", "-g", "24", "-bf", "3"),
    "refreshed.mp4": ("-c:v", "libx264", "-x264-params", "intra-refresh=1:keyint=24"),
    "open.mkv": OPEN_GROUPS,
    "vp8.webm": ("-c:v", "libvpx", "-auto-alt-ref", "1", "-deadline", "realtime", "-g", "24"),
    "vp9.webm": ("-c:v", "libvpx-vp9", "-auto-alt-ref", "1", "-deadline", "realtime", "-g", "24"),
}


def run_ffmpeg(*words: str | Path) -> None:
    """Run ffmpeg, which has to succeed."""
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *words], check=True, timeout=60)


async def cut(path: Path, *numbers: int, most_bytes: int = 512 * MIB) -> CutFrames:
    return await cut_frames(path, numbers, out_folder=path.parent, most_bytes=most_bytes)


async def assert_frames_as_decoded(path: Path) -> None:
    """Check frames near both ends and in the middle, and that those beyond the ends are counted."""
    decoded = read_frames(path)
    count = len(decoded)
    inside = [0, 1, count // 2, count - 1, -1, -2, -9, -25, -count]
    got = await cut(path, *inside, count, -count - 1)
    assert (set(got.images), got.frames) == (set(inside), count)
    for number in inside:
        picture = got.images[number]
        assert np.array_equal(np.asarray(Image.open(picture.path)), decoded[number]), number
        assert (picture.facts.kind, picture.facts.mime_type) == ("image", "image/png")


@pytest.mark.parametrize("name", FORMS)
async def test_frames_of_each_form_come_as_they_are_decoded(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    run_ffmpeg(*SOURCE, *FORMS[name], path)
    await assert_frames_as_decoded(path)


@pytest.mark.promise("jobs: frames-by-reference")
async def test_a_stream_cut_at_an_open_group_counts_what_decodes(tmp_path: Path) -> None:
    whole, path = tmp_path / "whole.mkv", tmp_path / "cut.mkv"
    run_ffmpeg(*SOURCE, *OPEN_GROUPS, whole)
    run_ffmpeg("-ss", "1.2", "-i", whole, "-c", "copy", path)
    with av.open(path) as container:
        packets = sum(packet.size > 0 for packet in container.demux(video=0))
    assert packets > len(read_frames(path))
    await assert_frames_as_decoded(path)


@pytest.mark.parametrize("form", ["mp4", "matroska"])
async def test_frames_at_odd_times_come_by_their_place(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"odd.{form}"
    with av.open(path, "w", format=form) as container:
        stream = container.add_stream("libx264", rate=24, options={"bf": "3", "g": "4"})
        stream.width = stream.height = 64
        for number, tick in enumerate([0, 1, 5, 6, 30, 31, *range(32, 50), 60, 61, 70]):
            shade = np.full((64, 64, 3), 9 * number, np.uint8)
            frame = av.VideoFrame.from_ndarray(shade, format="rgb24")
            frame.pts, frame.time_base = tick, Fraction(1, 24)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    await assert_frames_as_decoded(path)


async def test_a_frame_of_a_turned_clip_is_upright(tmp_path: Path) -> None:
    lying = write_numbered_film(tmp_path / "lying.mp4", range(9), width=128, height=64)
    path = tmp_path / "upright.mov"
    run_ffmpeg("-display_rotation", "90", "-i", lying, "-c", "copy", path)
    got = (await cut(path, -1)).images[-1]
    assert (got.facts.width, got.facts.height) == (64, 128)
    turned = np.rot90(read_frames(lying)[-1])
    assert np.array_equal(np.asarray(Image.open(got.path)), turned)


async def test_frames_that_take_more_room_than_is_left_are_refused(tmp_path: Path) -> None:
    path = write_numbered_film(tmp_path / "clip.mp4", range(9))
    with pytest.raises(MediaUnreadable, match="larger than the media"):
        await cut(path, *range(9), most_bytes=50_000)
    assert os.listdir(tmp_path) == ["clip.mp4"]  # noqa: PTH208 - a test may block
