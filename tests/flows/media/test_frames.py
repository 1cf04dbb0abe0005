"""A clip is continued by its last frames: taken by SDK, command or script, and sent on."""

import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import imageio_ffmpeg  # type: ignore[import-untyped]
import numpy as np
import pytest
from PIL import Image

from killatamata import AsyncClient, Client, ExtractionFailed
from tests.flows.clients.kt_shell import KtShell as ScriptShell
from tests.flows.clients.shell import Shell
from tests.flows.clients.shell import shell as shell
from tests.gateway import Client as Account
from tests.gateway import Gateway, draw_picture
from tests.media.made_media import write_film
from tests.workers.reel import draw_numbered, read_frames, read_strips, write_numbered_film

SMALL: dict[str, Any] = {"prompt": "a fox", "width": 256, "height": 256}
WORDS = [f"{name}={value}" for name, value in SMALL.items()]
AWKWARD_NAMES = ["2026-11-28T13:15.mp4", "-vf.mp4", "50%d %06d.mp4", "http:fox.mp4"]


@pytest.fixture
def sdk(gateway: Gateway, client: Account) -> Iterator[Client]:
    with Client(client.key, base_url=gateway.base) as one:
        yield one


def assert_last_frames(files: list[Path], clip: Path) -> None:
    """Check that files are the last frames of a clip, pixel by pixel."""
    last = read_frames(clip)[-len(files) :]
    for file, pixels in zip(files, last, strict=True):
        assert np.array_equal(np.asarray(Image.open(file)), pixels)


@pytest.mark.promise("client: frames")
def test_the_sdk_continues_a_job_by_its_last_frames(sdk: Client, tmp_path: Path) -> None:
    first = sdk.run("video.generate", **SMALL, duration_frames=25)
    files = sdk.jobs.take_trailing_frames(first, 9, tmp_path / "frames")
    (clip,) = sdk.jobs.download(first, tmp_path / "first.mp4")
    assert_last_frames(files, clip)
    dry = sdk.jobs.dry_run("video.generate", **SMALL, overlap_frame_images=files)
    assert (dry.warnings, dry.input_adjustments) == ([], [])
    second = sdk.run("video.generate", **SMALL, duration_frames=17, overlap_frame_images=files)
    (film,) = sdk.jobs.download(second, tmp_path / "second.mp4")
    assert read_strips(film) == list(range(16, 33))
    with pytest.raises(ExtractionFailed, match="25 frames"):
        sdk.jobs.take_trailing_frames(second, 25, tmp_path / "none")


@pytest.mark.anyio
async def test_the_asynchronous_sdk_does_too(
    gateway: Gateway, client: Account, tmp_path: Path
) -> None:
    job = client.run_job("video.generate", SMALL | {"durationFrames": 9})
    async with AsyncClient(client.key, base_url=gateway.base) as sdk:
        files = await sdk.jobs.take_trailing_frames(job["jobId"], 9, tmp_path)
    assert len(files) == 9


@pytest.mark.promise("client: frames")
def test_the_command_takes_frames_of_a_file_or_job_and_sends_a_folder(shell: Shell) -> None:
    clip = write_numbered_film(Path("first.mp4"), range(17))
    said = shell("frames", "first.mp4")
    files = [Path(line) for line in said.stdout.splitlines()]
    assert [str(each) for each in files] == [
        f"first-frames/first-{number:06}.webp" for number in range(9, 18)
    ]
    assert_last_frames(files, clip)
    assert "overlapFrameImages@first-frames/" in said.stderr
    run = ("run", "video.generate", *WORDS, "durationFrames=17")
    sent = shell.run_for_json(*run, "overlapFrameImages@first-frames/", "-o", "second.mp4")
    assert len(sent["effectiveInput"]["overlapFrameImages"]) == 9
    assert read_strips(Path("second.mp4")) == list(range(8, 25))
    told = shell.run_for_json("frames", sent["jobId"], "--last", "1", "-o", "one")
    assert_last_frames([Path(each) for each in told["files"]], Path("second.mp4"))


def test_the_command_says_what_it_cannot_take(shell: Shell) -> None:
    Path("empty").mkdir()
    Path("text.mp4").write_text("no video")
    assert "text.mp4 cannot be decoded" in shell("frames", "text.mp4", code=1).stderr
    shell("frames", "https://example.com/fox.mp4", code=2)
    shell("frames", "text.mp4", "--last", "26", code=2)
    empty = shell("run", "video.generate", *WORDS, "overlapFrameImages@empty", code=2)
    assert "there is no file in empty" in empty.stderr


@pytest.mark.parametrize("name", AWKWARD_NAMES)
def test_the_command_takes_frames_of_a_file_by_any_name(shell: Shell, name: str) -> None:
    clip = write_numbered_film(Path("plain.mp4"), range(3))
    Path(name).hardlink_to(clip)
    said = shell("frames", "--last", "2", "--", name)
    assert_last_frames([Path(line) for line in said.stdout.splitlines()], clip)


@pytest.fixture
def script(gateway: Gateway, client: Account, tmp_path: Path) -> ScriptShell:
    """A shell whose PATH has a real ffmpeg."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "ffmpeg").symlink_to(imageio_ffmpeg.get_ffmpeg_exe())
    home = tmp_path / "home"
    home.mkdir()
    shell = ScriptShell(gateway, home, client.key)
    shell.environment["PATH"] = f"{programs}{os.pathsep}{shell.environment['PATH']}"
    return shell


def test_the_script_continues_a_job_by_a_folder_of_its_last_frames(script: ScriptShell) -> None:
    run = ("video.generate", *WORDS, "durationFrames=17")
    first, _ = script.run_kt("run", *run, "-o", "first.mp4")
    told, _ = script.run_kt("frames", first["jobId"], "--last", "9", "-o", "last frames/50%d")
    files = [script.home / each for each in told["files"]]
    assert [each.name[-12:] for each in files] == [f"-{n:06}.webp" for n in range(9, 18)]
    assert_last_frames(files, script.home / "first.mp4")
    priced, _ = script.run_kt("quote", *run, "overlapFrameImages@last frames/50%d")
    sent = priced["items"][0]["effectiveInput"]["overlapFrameImages"]
    assert [each["mimeType"] for each in sent] == ["image/webp"] * 9
    assert priced["items"][0]["warnings"] == []


def test_the_script_takes_no_frames_of_a_job_that_made_none(script: ScriptShell) -> None:
    failing = ("prompt=[sandbox:fail]", "width=256", "height=256")
    failed, _ = script.run_kt("run", "image.generate", *failing, code=5)
    assert "is failed" in script.run_kt("frames", failed["jobId"], code=1)[1]


def write_stuttering_clip(path: Path) -> Path:
    """Write a clip with a B-frame structure whose frames come at uneven times."""
    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 130, 66, "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        for number in range(20):
            frame = av.VideoFrame.from_ndarray(draw_numbered(130, 66, number), format="rgb24")
            frame.pts, frame.time_base = number**2 * 7, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


@pytest.mark.promise("client: frames")
def test_the_script_takes_what_a_decoder_gives_frame_by_frame(script: ScriptShell) -> None:
    clips = [
        write_numbered_film(script.home / "even.mp4", range(20), width=256, height=192),
        write_film(script.home / "odd.webm", form="webm", codec="libvpx-vp9", size=(131, 67)),
        write_stuttering_clip(script.home / "uneven.mp4"),
    ]
    for clip in clips:
        for count in (1, 17):
            told, _ = script.run_kt("frames", clip.name, "--last", str(count), "-o", f"{count}")
            files = [script.home / each for each in told["files"]]
            assert len(files) == count
            assert all(file.read_bytes()[12:16] == b"VP8L" for file in files)
            assert_last_frames(files, clip)


@pytest.mark.parametrize("name", AWKWARD_NAMES)
def test_the_script_takes_frames_of_a_file_by_any_name(script: ScriptShell, name: str) -> None:
    clip = write_numbered_film(script.home / "plain.mp4", range(3))
    (script.home / name).hardlink_to(clip)
    for words in (("--", name), (f"./{name}", "-o./50%d:-o")):
        told, _ = script.run_kt("frames", "--last", "2", *words)
        assert_last_frames([script.home / each for each in told["files"]], clip)


def test_the_script_says_what_it_cannot_take(script: ScriptShell) -> None:
    write_numbered_film(script.home / "short.mp4", range(8))
    (script.home / "taken" / "short-000008.webp").mkdir(parents=True)
    taken = ("frames", "short.mp4", "--last", "1", "-o", "taken")
    assert "short.mp4 cannot be saved as WebP" in script.run_kt(*taken, code=1)[1]
    (script.home / "text.mp4").write_text("no video")
    assert "has 8 of the 9 frames" in script.run_kt("frames", "short.mp4", code=1)[1]
    assert "text.mp4 cannot be decoded" in script.run_kt("frames", "text.mp4", code=1)[1]
    assert "1..25" in script.run_kt("frames", "short.mp4", "--last", "26", code=2)[1]
    assert "killatamata frames" in script.run_kt("frames", "short.mp4", code=1, PATH="/nowhere")[1]
    assert not list(script.home.glob("*-frames"))


def test_the_script_tells_of_jpeg_overlap_frames_before_it_spends(script: ScriptShell) -> None:
    (script.home / "jpegs").mkdir()
    (script.home / "jpegs" / "9.jpg").write_bytes(draw_picture(256, 256, form="jpeg"))
    _, said = script.run_kt("quote", "video.generate", *WORDS, "overlapFrameImages@jpegs")
    assert "lossless WebP" in said
