import random
from fractions import Fraction
from pathlib import Path

import av
import pytest

from gateway.library.errors import MediaUnreadable, UnsupportedMedia
from gateway.library.inspection.inspector import inspect_media
from tests.media.made_media import list_names, write_film, write_song

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("form", "codec", "sound", "mime_type"),
    [
        ("mp4", "libx264", "aac", "video/mp4"),
        ("mov", "libx264", "pcm_s16le", "video/mp4"),
        ("webm", "libvpx-vp9", "libopus", "video/webm"),
        ("webm", "libvpx", None, "video/webm"),
        ("matroska", "libx264", None, "video/x-matroska"),
        ("mp4", "libx265", None, "video/mp4"),
    ],
)
async def test_a_film_is_measured_and_copied_without_its_tags(
    tmp_path: Path, form: str, codec: str, sound: str | None, mime_type: str
) -> None:
    given = write_film(tmp_path / "in", form=form, codec=codec, sound=sound)
    found = await inspect_media(given, "video", out_folder=tmp_path)
    facts = found.facts
    assert (facts.width, facts.height, facts.frames) == (128, 96, 25)
    assert facts.fps == 25
    assert facts.duration == 1
    assert (facts.mime_type, facts.has_audio) == (mime_type, sound is not None)
    assert b"PROMPT" in given.read_bytes()
    assert b"PROMPT" not in found.path.read_bytes()
    assert decode_frames(found.path) == decode_frames(given)


def decode_frames(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray().tobytes() for frame in container.decode(video=0)]


async def test_the_index_of_an_mp4_comes_first_so_that_it_can_be_streamed(tmp_path: Path) -> None:
    found = await inspect_media(write_film(tmp_path / "in"), "video", out_folder=tmp_path)
    data = found.path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize("count", ["decoding", "packets"])
async def test_frames_are_counted_by_decoding_or_by_packets(tmp_path: Path, count: str) -> None:
    given = write_film(tmp_path / "in", frames=50, sound="aac")
    found = await inspect_media(given, "video", out_folder=tmp_path, count_method=count)  # type: ignore[arg-type]
    assert found.facts.frames == 50
    assert found.facts.duration == 2


@pytest.mark.parametrize(
    ("form", "codec", "mime_type"),
    [
        ("wav", "pcm_s16le", "audio/wav"),
        ("flac", "flac", "audio/flac"),
        ("mp3", "libmp3lame", "audio/mpeg"),
        ("ogg", "libopus", "audio/ogg"),
        ("ipod", "aac", "audio/mp4"),
    ],
)
async def test_a_song_is_measured_and_copied_without_its_tags(
    tmp_path: Path, form: str, codec: str, mime_type: str
) -> None:
    given = write_song(tmp_path / "in", form=form, codec=codec)
    found = await inspect_media(given, "audio", out_folder=tmp_path)
    assert found.facts.mime_type == mime_type
    assert found.facts.duration is not None
    assert abs(found.facts.duration - 2) < Fraction(1, 10)
    assert found.facts.width is None
    assert b"PROMPT" not in found.path.read_bytes()


async def test_a_cover_picture_is_no_video_and_is_not_kept(tmp_path: Path) -> None:
    given = write_song(tmp_path / "in", form="mp3", codec="libmp3lame", cover=True)
    found = await inspect_media(given, "audio", out_folder=tmp_path)
    assert b"\x89PNG" in given.read_bytes()
    assert b"\x89PNG" not in found.path.read_bytes()


@pytest.mark.parametrize("seconds", [0.5, 61])
async def test_a_song_shorter_than_1_or_longer_than_60_seconds_is_422(
    tmp_path: Path, seconds: float
) -> None:
    given = write_song(tmp_path / "in", form="wav", codec="pcm_s16le", seconds=seconds)
    with pytest.raises(MediaUnreadable, match="1 to 60 seconds"):
        await inspect_media(given, "audio", out_folder=tmp_path)
    assert list_names(tmp_path) == ["in"]


async def test_a_film_without_picture_is_415_as_video(tmp_path: Path) -> None:
    given = write_song(tmp_path / "in", form="mp4", codec="aac")
    with pytest.raises(UnsupportedMedia, match="not video"):
        await inspect_media(given, "video", out_folder=tmp_path)


async def test_a_film_is_415_as_audio_and_as_image(tmp_path: Path) -> None:
    given = write_film(tmp_path / "in", sound="aac")
    with pytest.raises(UnsupportedMedia):
        await inspect_media(given, "audio", out_folder=tmp_path)
    with pytest.raises(UnsupportedMedia):
        await inspect_media(given, "image", out_folder=tmp_path)


async def test_a_codec_that_we_do_not_take_is_415(tmp_path: Path) -> None:
    given = write_film(tmp_path / "in", codec="mpeg4")
    with pytest.raises(UnsupportedMedia, match="codec mpeg4"):
        await inspect_media(given, "video", out_folder=tmp_path)


async def test_two_pictures_in_one_film_are_422(tmp_path: Path) -> None:
    given = write_film(tmp_path / "in", pictures=2)
    with pytest.raises(MediaUnreadable, match="more than one"):
        await inspect_media(given, "video", out_folder=tmp_path)


async def test_a_film_smaller_than_64_pixels_is_422(tmp_path: Path) -> None:
    given = write_film(tmp_path / "in", size=(62, 64))
    with pytest.raises(MediaUnreadable, match="64 to 3840"):
        await inspect_media(given, "video", out_folder=tmp_path)


@pytest.mark.parametrize("form", ["mp4", "matroska"])
async def test_no_broken_film_is_more_than_a_refusal(tmp_path: Path, form: str) -> None:
    whole = write_film(tmp_path / "whole", form=form, sound="aac").read_bytes()
    chance = random.Random(11)  # noqa: S311 - the same damage in each run
    (tmp_path / "out").mkdir()
    refused = 0
    for _ in range(12):
        broken = bytearray(whole[: chance.randrange(64, len(whole))])
        for _ in range(20):
            broken[chance.randrange(40, len(broken))] = chance.randrange(256)
        (tmp_path / "in").write_bytes(broken)
        try:
            await inspect_media(tmp_path / "in", "video", out_folder=tmp_path / "out")
        except (MediaUnreadable, UnsupportedMedia):
            refused += 1
    assert refused > 6
    assert len(list((tmp_path / "out").iterdir())) == 12 - refused
