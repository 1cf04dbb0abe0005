"""Inputs of a client as it can see them in the films and pictures that it gets back."""

import base64
import io
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from tests.gateway import Client, assert_problem, picture_data_uri
from tests.workers.reel import (
    make_tone,
    measure_sound_seconds,
    read_frames,
    read_sound,
    read_strips,
    write_numbered_film,
)
from workers.video.audio import write_wav
from workers.video.strip import Pixels

SMALL: dict[str, Any] = {"prompt": "a fox", "width": 256, "height": 256, "seed": 7}
RED, GREEN, BLUE = (200, 30, 30), (20, 200, 20), (30, 30, 200)


def fetch_file(client: Client, job: dict[str, Any], folder: Path) -> Path:
    """Fetch the one file of a job that has to have succeeded."""
    assert job["status"] == "succeeded", job["error"]
    (url,) = job["downloadableOutputUrls"]
    path = folder / str(job["jobId"])
    path.write_bytes(client.http.get(url).content)
    return path


def inline_media(data: bytes, mime_type: str) -> dict[str, str]:
    return {"mimeType": mime_type, "data": base64.b64encode(data).decode()}


def lossless_frame(pixels: Pixels) -> dict[str, str]:
    """Return a frame as a client should extract it."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "WEBP", lossless=True)
    return inline_media(out.getvalue(), "image/webp")


def coloured_frame(colour: tuple[int, int, int], side: int = 256) -> dict[str, str]:
    out = io.BytesIO()
    Image.new("RGB", (side, side), colour).save(out, "PNG")
    return inline_media(out.getvalue(), "image/png")


def read_first_frame(path: Path) -> Pixels:
    return np.asarray(Image.open(path).convert("RGB"))


@pytest.mark.promise("engines: chain-is-seamless")
def test_the_last_frames_of_a_clip_go_on_in_the_next_without_gap_or_repeat(
    client: Client, tmp_path: Path
) -> None:
    first = client.run_job("video.generate", SMALL | {"durationFrames": 25})
    frames = read_frames(fetch_file(client, first, tmp_path))
    overlap = [lossless_frame(pixels) for pixels in frames[-9:]]
    order = SMALL | {"seed": 8, "durationFrames": 33, "overlapFrameImages": overlap}
    second = client.run_job("video.generate", order)
    assert read_strips(fetch_file(client, second, tmp_path)) == list(range(16, 49))
    clips = [{"jobId": first["jobId"]}, {"jobId": second["jobId"]}]
    film = fetch_file(client, client.run_job("video.combine", {"clips": clips}), tmp_path)
    assert read_strips(film) == list(range(25 + 33 - 9))
    assert measure_sound_seconds(film) == Fraction(49, 24)


@pytest.mark.promise("engines: chain-is-seamless")
def test_a_clip_extended_at_both_ends_counts_on(client: Client, tmp_path: Path) -> None:
    clip = write_numbered_film(tmp_path / "clip.mp4", range(100, 117), width=256, height=256)
    given = {
        "video": inline_media(clip.read_bytes(), "video/mp4"),
        "prompt": "on",
        "extendFrames": 16,
    }
    later = client.run_job("video.extend", given)
    assert read_strips(fetch_file(client, later, tmp_path)) == list(range(100, 133))
    before = {"jobId": later["jobId"], "prompt": "on", "extendFrames": 8, "direction": "start"}
    both = client.run_job("video.extend", before)
    assert read_strips(fetch_file(client, both, tmp_path)) == list(range(92, 133))
    assert both["effectiveInput"]["outputFrames"] == 41


@pytest.mark.promise("engines: combine-exact")
def test_clips_of_other_size_rate_and_sound_are_joined_where_they_belong(
    client: Client, tmp_path: Path
) -> None:
    plain = write_numbered_film(tmp_path / "a.mp4", range(24), width=256, height=256)
    mute = write_numbered_film(
        tmp_path / "b.mp4", range(24, 48), width=128, height=256, sound=False
    )
    quick = write_numbered_film(tmp_path / "c.mp4", range(50), width=256, height=256, fps=50)
    clips: list[dict[str, Any]] = [
        {"video": inline_media(path.read_bytes(), "video/mp4")} for path in (plain, mute, quick)
    ]
    clips[0] |= {"trimTailFrames": 4}
    clips[1] |= {"trimHeadFrames": 8}
    job = client.run_job("video.combine", {"clips": clips})
    film = fetch_file(client, job, tmp_path)
    rules = {each["rule"] for each in job["inputAdjustments"]}
    assert {"clip_normalised", "audio_silence_inserted"} <= rules
    strips = read_strips(film)
    assert len(strips) == job["effectiveInput"]["outputFrames"] == 20 + 16 + 24
    assert strips[:20] == list(range(20))
    assert strips[36:] == [int((n + 0.5) * 50 / 24) for n in range(24)]
    assert measure_sound_seconds(film) == Fraction(60, 24)
    assert np.abs(read_sound(film)[:, 20 * 2000 + 2000 : 36 * 2000 - 2000]).max() < 0.01


def test_a_final_frame_is_the_last_thing_seen(client: Client, tmp_path: Path) -> None:
    ends = {"startFrameImage": coloured_frame(RED), "finalFrameImage": coloured_frame(GREEN)}
    film = client.run_job("video.generate", SMALL | {"durationFrames": 17} | ends)
    frames = read_frames(fetch_file(client, film, tmp_path))
    for frame, colour in ((frames[0], RED), (frames[-1], GREEN)):
        assert np.abs(frame[80:140].mean(axis=(0, 1)) - colour).max() < 12


def test_an_edit_shows_base_mask_and_every_reference(client: Client, tmp_path: Path) -> None:
    half = Image.new("L", (256, 256))
    half.paste(255, (0, 0, 128, 256))
    out = io.BytesIO()
    half.save(out, "PNG")
    given = {"prompt": "night", "images": [coloured_frame(each) for each in (RED, GREEN, BLUE)]}
    whole = read_first_frame(fetch_file(client, client.run_job("image.edit", given), tmp_path))
    for reference in (GREEN, BLUE):
        assert (whole == reference).all(axis=2).any()
    masked = given | {"mask": inline_media(out.getvalue(), "image/png")}
    part = read_first_frame(fetch_file(client, client.run_job("image.edit", masked), tmp_path))
    assert (part[:, 132:] == RED).all()
    assert (part[:, :120] != RED).any(axis=2).mean() > 0.9


def test_upscales_keep_picture_frames_and_sound(client: Client, tmp_path: Path) -> None:
    source = client.run_job("image.generate", SMALL)
    small = Image.open(fetch_file(client, source, tmp_path))
    url = f"job://{source['jobId']}/0"
    larger = read_first_frame(
        fetch_file(client, client.run_job("image.upscale", {"imageUrl": url}), tmp_path)
    )
    ideal = np.asarray(small.convert("RGB").resize((512, 512), Image.Resampling.LANCZOS))
    assert (larger[100:] == ideal[100:]).all()
    clip = write_numbered_film(tmp_path / "clip.mp4", range(70, 79), width=128, height=128)
    given = {"video": inline_media(clip.read_bytes(), "video/mp4"), "scale": 2}
    film = fetch_file(client, client.run_job("video.upscale", given), tmp_path)
    assert read_strips(film) == list(range(70, 79))
    assert read_frames(film)[0].shape == (256, 256, 3)
    heard, ideal_sound = read_sound(film)[0][:17000], read_sound(clip)[0][:17000]
    assert np.corrcoef(heard, ideal_sound)[0, 1] > 0.99


@pytest.fixture(scope="module")
def voice(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Five and a half seconds that rise like no other sound: from 200 to 2000 Hz."""
    places = np.arange(264_000) / 48_000
    samples = 0.3 * np.sin(2 * np.pi * (200 * places + 900 * places**2 / 5.5))
    path = tmp_path_factory.mktemp("voice") / "voice.wav"
    write_wav(path, [np.tile(samples, (2, 1)).astype(np.float32)])
    return inline_media(path.read_bytes(), "audio/wav")


@pytest.mark.promise("jobs: reference-audio")
def test_reference_audio_without_a_frame_to_start_from_is_refused(
    client: Client, voice: dict[str, str]
) -> None:
    for more in ({}, {"finalFrameImage": picture_data_uri()}):
        answer = client.submit("video.generate", SMALL | {"referenceAudio": voice} | more)
        told = assert_problem(answer, 422, "missing_anchor")
        assert "startFrameImageUrl" in told["hint"]
    assert client.http.get("/api/v1/media/jobs").json()["data"] == []


@pytest.mark.promise("jobs: reference-audio")
@pytest.mark.promise("engines: faults-release")
def test_reference_audio_that_cannot_be_applied_fails_the_job_free(
    client: Client, voice: dict[str, str]
) -> None:
    given = SMALL | {"prompt": "she sings [sandbox:audio-fail]", "durationFrames": 17}
    job = client.run_job(
        "video.generate", given | {"startFrameImage": picture_data_uri(), "referenceAudio": voice}
    )
    assert (job["status"], job["error"]["code"]) == ("failed", "audio_conditioning_failed")
    assert (job["billing"]["state"], job["billing"]["chargedMicrousd"]) == ("released", 0)
    balance = client.get_balance()
    assert (balance["availableMicrousd"], balance["heldMicrousd"]) == (5_000_000, 0)


@pytest.mark.promise("jobs: reference-audio")
def test_five_seconds_of_voice_are_the_sound_of_a_clip_of_121_frames(
    client: Client, voice: dict[str, str], tmp_path: Path
) -> None:
    given = SMALL | {
        "durationFrames": 121,
        "startFrameImage": picture_data_uri(),
        "referenceAudio": voice,
    }
    job = client.run_job("video.generate", given)
    film = fetch_file(client, job, tmp_path)
    assert "audio_trimmed" in {each["rule"] for each in job["inputAdjustments"]}
    with av.open(str(film)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 121
    assert measure_sound_seconds(film) == Fraction(121, 24)
    wav = tmp_path / "voice.wav"
    wav.write_bytes(base64.b64decode(voice["data"]))
    heard, spoken = read_sound(film), read_sound(wav)
    length = 121 * 2000 - 1000
    for channel in (0, 1):
        assert np.corrcoef(heard[channel, :length], spoken[channel, :length])[0, 1] > 0.99
    assert np.corrcoef(heard[0, :length], make_tone(0, length)[0])[0, 1] < 0.1
