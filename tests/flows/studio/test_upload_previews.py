"""Previews of uploads: small pictures, a placeholder, a silent clip; lying files do no harm."""

import io
from pathlib import Path

import av
import httpx2
import pytest
from PIL import Image

from gateway.kit.errors import Problem
from gateway.library.inspection.child_protocol import ChildAnswer
from gateway.library.inspection.turns import GATEWAY_BUDGET
from gateway.library.preview_files import StoredPreviews
from gateway.library.previews import split_drawn, store_upload_previews
from gateway.storage.local import LocalStorage
from tests.gateway import Client
from tests.library.files import create_project, make_mp4, make_png, make_wav, upload_asset

WEBP, CLIP = b"RIFF0000WEBPVP8 ", b"0000ftypisom"
TINY = "data:image/webp;base64,UklGRg=="


def fetch(client: Client, url: str) -> httpx2.Response:
    got = client.http.get(url)
    assert got.status_code == 200, got.text
    return got


def test_an_uploaded_picture_has_small_ones_of_its_shape(client: Client) -> None:
    home = create_project(client)
    asset = upload_asset(client, home, "fox.png", make_png(1200, 600))
    widths = {}
    for side, url in asset["previewUrls"].items():
        got = fetch(client, url)
        picture = Image.open(io.BytesIO(got.content))
        assert (got.headers["content-type"], picture.format) == ("image/webp", "WEBP")
        assert picture.width == 2 * picture.height
        widths[side] = picture.width
    assert widths == {"256": 256, "512": 512, "1024": 1024}
    assert asset["placeholder"].startswith("data:image/webp;base64,")
    assert (asset["previewClipUrl"], len(asset["placeholder"]) <= 155) == (None, True)
    small = upload_asset(client, home, "small.png", make_png(96, 64))
    assert Image.open(io.BytesIO(fetch(client, small["previewUrls"]["1024"]).content)).width == 96


def test_an_uploaded_video_has_pictures_and_a_silent_clip(client: Client, tmp_path: Path) -> None:
    asset = upload_asset(
        client, create_project(client), "clip.mp4", make_mp4(tmp_path, sound="aac")
    )
    assert asset["previewUrls"]["256"] == fetch(client, asset["previewUrls"]["256"]).url
    clip = fetch(client, asset["previewClipUrl"])
    assert clip.headers["content-type"] == "video/mp4"
    with av.open(io.BytesIO(clip.content), "r") as film:
        assert [each.type for each in film.streams] == ["video"]
        assert 1 <= len(list(film.decode(video=0))) <= 75
        assert film.streams.video[0].width <= 320
    song = upload_asset(client, create_project(client, "Song"), "song.wav", make_wav(tmp_path))
    assert (song["previewUrls"], song["previewClipUrl"], song["placeholder"]) == ({}, None, None)


@pytest.mark.anyio
async def test_a_lying_file_has_no_previews_and_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "lie").write_bytes(make_png()[:60] + bytes(1_000))
    stored = await store_upload_previews(
        LocalStorage(tmp_path / "stored"),
        tmp_path,
        key="assets/one/1.png",
        path=tmp_path / "lie",
        budget=GATEWAY_BUDGET,
    )
    assert stored == StoredPreviews()
    assert not (tmp_path / "stored" / "assets").exists()


@pytest.mark.parametrize(
    ("pictures", "clip_bytes", "placeholder"),
    [
        ([(256, len(CLIP))], 0, TINY),
        ([(255, len(WEBP))], 0, TINY),
        ([], 0, TINY),
        ([(256, len(WEBP))], 0, "javascript:alert(1)"),
    ],
)
def test_a_decoder_that_was_taken_over_gives_nothing_on(
    pictures: list[tuple[int, int]], clip_bytes: int, placeholder: str
) -> None:
    """Only pictures and clips of our formats leave the child."""
    data = CLIP if pictures and pictures[0][1] == len(CLIP) else WEBP
    with pytest.raises(Problem):
        split_drawn(
            {"pictures": pictures, "clipBytes": clip_bytes, "placeholder": placeholder}, data
        )


@pytest.mark.parametrize("answer", [{}, {"pictures": [[256]], "clipBytes": "x"}])
def test_a_decoder_that_answers_in_another_form_gives_nothing_on(answer: ChildAnswer) -> None:
    with pytest.raises(Problem):
        split_drawn(answer, WEBP)
