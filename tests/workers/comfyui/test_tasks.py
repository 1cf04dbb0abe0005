"""Every task runs live on a node, planned for the family that the node does it with."""

import base64
import io
from fractions import Fraction
from pathlib import Path

import pytest
from PIL import Image

from tests.fakes.comfyui import FakeComfy
from tests.media.made_media import write_film
from tests.workers.comfyui.farm import Farm
from tests.workers.reel import make_tone
from workers.video.audio import write_wav
from workers.video.probe import measure_film

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
SIZE = {"width": 256, "height": 256}
FILM = {"prompt": "the fox walks", "durationFrames": 9, "seed": 7, **SIZE}
TRACES = (b"KSampler", b"class_type", b"the fox walks")


def to_inline_input(content: bytes, mime_type: str) -> dict[str, str]:
    return {"mimeType": mime_type, "data": base64.b64encode(content).decode()}


def inline_picture(colour: tuple[int, int, int], side: int = 256) -> dict[str, str]:
    file = io.BytesIO()
    Image.new("RGB", (side, side), colour).save(file, "PNG")
    return to_inline_input(file.getvalue(), "image/png")


async def test_a_picture_is_made_edited_inside_its_mask_and_enlarged(
    ranch: tuple[Farm, FakeComfy],
) -> None:
    client, _ = ranch
    before = await client.get_spent_microusd()
    made = await client.make_job("image.generate", prompt="a fox", negativePrompt="text", **SIZE)
    assert (made["effectiveInput"]["steps"], made["warnings"]) == (25, [])
    half = Image.new("L", (256, 256), 0)
    half.paste(255, (128, 0, 256, 256))
    half.save(mask := io.BytesIO(), "PNG")
    edited = await client.make_job(
        "image.edit",
        prompt="make it night",
        negativePrompt="text",
        images=[inline_picture((10, 200, 30)), inline_picture((0, 0, 99))],
        mask=to_inline_input(mask.getvalue(), "image/png"),
        count=2,
    )
    assert edited["effectiveInput"]["steps"] == 4
    assert [one["code"] for one in edited["warnings"]] == ["negative_prompt_inert"]
    for index in range(2):
        with Image.open(io.BytesIO(await client.fetch_output(edited, index))) as result:
            assert result.size == (256, 256)
            assert result.convert("RGB").getpixel((3, 3)) == (10, 200, 30)
    larger = await client.make_job("image.upscale", imageUrl=f"job://{made['id']}/0", scale=2)
    with Image.open(io.BytesIO(await client.fetch_output(larger))) as result:
        assert result.size == (512, 512)
        assert "prompt" not in result.info
    prices = [int(job["billing"]["chargedMicrousd"]) for job in (made, edited, larger)]
    assert await client.get_spent_microusd() - before == sum(prices)


async def test_more_pictures_than_the_family_takes_are_refused_before_money(
    ranch: tuple[Farm, FakeComfy],
) -> None:
    client, _ = ranch
    four = [inline_picture((shade, 0, 0)) for shade in range(4)]
    refused = await client.post_job("image.edit", {"prompt": "a", "images": four})
    assert refused.status_code == 422
    assert "takes 3 pictures" in refused.json()["detail"]


@pytest.mark.promise("engines: every-task-on-nodes")
async def test_a_film_is_made_with_every_anchor_continued_both_ways_and_enlarged(
    ranch: tuple[Farm, FakeComfy], tmp_path: Path
) -> None:
    client, _ = ranch
    write_wav(tmp_path / "voice.wav", [make_tone(0, 72_000)])
    voice = to_inline_input((tmp_path / "voice.wav").read_bytes(), "audio/wav")
    start, final = inline_picture((200, 40, 30), 300), inline_picture((20, 40, 230), 256)
    anchored = await client.make_job(
        "video.generate",
        **FILM,
        startFrameImage=start,
        finalFrameImage=final,
        referenceAudio=voice,
        negativePrompt="text",
    )
    assert "negative_prompt_inert" in {one["code"] for one in anchored["warnings"]}
    frames = [inline_picture((shade, 90, 30)) for shade in range(9)]
    overlapped = await client.make_job(
        "video.generate", **FILM | {"durationFrames": 17}, overlapFrameImages=frames
    )
    silent = await client.make_job("video.generate", **FILM, generateAudio=False)
    films = [(anchored, 9, True, 256), (overlapped, 17, True, 256), (silent, 9, False, 256)]
    for direction in ("end", "start"):
        longer = await client.make_job(
            "video.extend",
            jobId=overlapped["id"],
            prompt="it goes on",
            direction=direction,
            extendFrames=8,
            overlapFrames=9,
        )
        films.append((longer, 25, True, 256))
    tail = await client.make_job(
        "video.extend",
        jobId=overlapped["id"],
        prompt="it goes on",
        extendFrames=24,
        referenceAudio=voice,
        outputMode="tail",
    )
    films.append((tail, 33, True, 256))
    films.append(
        (await client.make_job("video.upscale", jobId=silent["id"], scale=2), 9, False, 512)
    )
    for number, (job, count, sound, side) in enumerate(films):
        content = await client.fetch_output(job)
        assert not [trace for trace in TRACES if trace in content]
        (tmp_path / f"{number}.mp4").write_bytes(content)
        facts = measure_film(tmp_path / f"{number}.mp4")
        assert (facts.width, facts.height, facts.frames) == (side, side, count)
        assert (facts.sound is not None, facts.fps) == (sound, Fraction(24))


async def test_a_rate_that_an_engine_rounds_is_exact_in_the_file(
    ranch: tuple[Farm, FakeComfy], tmp_path: Path
) -> None:
    client, _ = ranch
    ntsc = Fraction(30_000, 1001)
    path = write_film(tmp_path / "source.mp4", frames=9, size=(256, 256), rate=ntsc)
    larger = await client.make_job(
        "video.upscale", video=to_inline_input(path.read_bytes(), "video/mp4")
    )
    (tmp_path / "larger.mp4").write_bytes(await client.fetch_output(larger))
    assert measure_film(tmp_path / "larger.mp4").fps == ntsc
    assert larger["effectiveInput"]["fps"] == larger["outputs"][0]["fps"] == 29.97003
