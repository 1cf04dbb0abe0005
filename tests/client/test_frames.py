"""Last frames of clips: in order, and exact to the pixel."""

import socket
import subprocess
import sys
from pathlib import Path

import imageio_ffmpeg  # type: ignore[import-untyped]
import numpy as np
import pytest
from PIL import Image

from killatamata import ExtractionFailed, frames
from tests.media.made_media import write_film, write_song
from tests.workers.reel import write_numbered_film
from workers.video.strip import Pixels, read_strip

WITHOUT_AV = """
import sys
sys.modules["av"] = None
from killatamata import Client, frames
frames.take_trailing("clip.mp4")
"""


def decode_by_ffmpeg(clip: Path, width: int, height: int) -> Pixels:
    """Decode all frames by another decoder than ours, the ffmpeg of a wheel."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(clip)]
    raw = subprocess.run(
        [*command, "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
        check=True,
        capture_output=True,
    ).stdout
    return np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3)


def read_pixels(files: list[Path]) -> Pixels:
    return np.stack([np.asarray(Image.open(file)) for file in files])


def is_lossless(file: Path) -> bool:
    return file.read_bytes()[12:16] == b"VP8L"


def test_the_last_frames_of_an_h264_clip_come_exactly_and_in_order(tmp_path: Path) -> None:
    clip = write_numbered_film(tmp_path / "fox.mp4", range(100, 140), width=256, height=192)
    files = frames.take_trailing(clip, 9, tmp_path / "new" / "folder")
    assert [file.name for file in files] == [f"fox-0000{number}.webp" for number in range(32, 41)]
    assert all(map(is_lossless, files))
    assert (read_pixels(files) == decode_by_ffmpeg(clip, 256, 192)[-9:]).all()
    assert [read_strip(each) for each in read_pixels(files)] == [*range(131, 140)]


@pytest.mark.parametrize("form", ["webm", "matroska"])
def test_odd_sizes_come_exactly_too(tmp_path: Path, form: str) -> None:
    clip = write_film(tmp_path / "odd", form=form, codec="libvpx-vp9", size=(131, 67), frames=12)
    assert (
        read_pixels(frames.take_trailing(clip, 12, tmp_path)) == decode_by_ffmpeg(clip, 131, 67)
    ).all()


@pytest.mark.parametrize("name", ["2026-11-28T13:15.mp4", "-vf.mp4", "50%d.mp4", "http:fox.mp4"])
def test_a_file_by_any_name_is_taken_as_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write_numbered_film(Path("plain.mp4"), range(3)).rename(name)
    assert [read_strip(each) for each in read_pixels(frames.take_trailing(name, 2))] == [1, 2]


def test_a_playlist_in_the_place_of_a_clip_asks_no_server(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/1.ts"
        playlist = tmp_path / "fox.m3u8"
        playlist.write_text(
            f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{url}\n#EXT-X-ENDLIST\n"
        )
        server.settimeout(0)
        with pytest.raises(ExtractionFailed):
            frames.take_trailing(playlist, 1, tmp_path)
        with pytest.raises(BlockingIOError):
            server.accept()


def test_a_clip_that_plays_upright_gives_upright_frames(tmp_path: Path) -> None:
    lying = write_numbered_film(tmp_path / "lying.mp4", range(9), width=256, height=128)
    clip = tmp_path / "upright.mp4"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-display_rotation", "90"]
    subprocess.run([*command, "-i", lying, "-c", "copy", clip], check=True)
    assert (
        read_pixels(frames.take_trailing(clip, 1, tmp_path)) == decode_by_ffmpeg(clip, 128, 256)[-1]
    ).all()


@pytest.mark.anyio
async def test_a_loop_can_wait_for_them(tmp_path: Path) -> None:
    clip = write_numbered_film(tmp_path / "fox.mp4", range(9))
    assert len(await frames.take_trailing_async(clip, to=tmp_path)) == 9


def test_what_cannot_be_taken_is_said_and_nothing_is_left(tmp_path: Path) -> None:
    clip, target = write_numbered_film(tmp_path / "fox.mp4", range(8)), tmp_path / "frames"
    with pytest.raises(ExtractionFailed, match=r"fox.mp4 has 8 of the 9 frames"):
        frames.take_trailing(clip, 9, target)
    sound = write_song(tmp_path / "song.wav", form="wav", codec="pcm_s16le", seconds=1)
    with pytest.raises(ExtractionFailed, match=r"song.wav has no picture"):
        frames.take_trailing(sound, 9, target)
    (tmp_path / "text.mp4").write_text("no video")
    with pytest.raises(ExtractionFailed, match=r"text.mp4 cannot be decoded"):
        frames.take_trailing(tmp_path / "text.mp4", 9, target)
    with pytest.raises(FileNotFoundError, match=r"/none.mp4'"):
        frames.take_trailing(tmp_path / "none.mp4", 9, target)
    for count in (0, 26):
        with pytest.raises(ValueError, match=r"1 to 25"):
            frames.take_trailing(clip, count, target)
    assert not target.exists()


def test_without_the_extra_the_client_works_and_says_what_to_install() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_AV], capture_output=True, text=True, check=False
    )
    assert "ExtractionFailed" in done.stderr
    assert "pip install 'killatamata[frames]'" in done.stderr
