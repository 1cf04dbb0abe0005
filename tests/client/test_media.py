"""Media in memory and of the gateway: in as inputs, out as files, bytes, pictures, previews."""

import base64
import io
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from killatamata import Client, DownloadFailed, ProgressBar, TooLarge, UploadProgress
from killatamata.fields import InlineMedia
from killatamata.local_media import to_local_media
from killatamata.types import Job
from tests.client.scripted import Answer, serve_answers
from tests.gateway import serve_gateway

WITHOUT_EXTRAS = """
import sys
for name in ("PIL", "numpy", "rich", "IPython"):
    sys.modules[name] = None
from killatamata import ProgressBar, pictures
from killatamata.local_media import to_local_media

class Array:
    __array_interface__ = {}

def tell(call, *arguments):
    try:
        call(*arguments)
    except ImportError as error:
        print(error)

ProgressBar()
tell(pictures.open_picture, b"")
tell(to_local_media, Array())
sys.stderr.isatty = lambda: True
tell(ProgressBar)
"""


@pytest.fixture(scope="module")
def killa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    data = tmp_path_factory.mktemp("media") / "data"
    with (
        serve_gateway(data) as gateway,
        gateway.account() as account,
        Client(account.key, base_url=gateway.base) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def fox(killa: Client) -> Job:
    return killa.run("image.generate", prompt="a fox", width=256, height=256)


def draw_noise(*shape: int) -> "np.ndarray[Any, np.dtype[np.uint8]]":
    return np.random.default_rng(7).integers(0, 256, shape, np.uint8)


@pytest.mark.parametrize("shape", [(70, 90), (70, 90, 3), (70, 90, 4)])
def test_pixels_go_in_and_come_out_unchanged(killa: Client, shape: tuple[int, ...]) -> None:
    pixels = draw_noise(*shape)
    for given in (pixels, Image.fromarray(pixels)):
        kept = killa.studio.assets.upload(given)
        assert kept.mime_type == "image/png"
        read = killa.studio.assets.get(kept.asset_id).to_numpy()  # a gray one is kept in color
        assert (read == pixels.reshape(70, 90, -1)).all()


def test_fractions_and_masks_become_pixels_and_other_numbers_are_refused() -> None:
    def encode(pixels: Any) -> list[int]:  # noqa: ANN401 - an array
        media = to_local_media(pixels)
        assert media is not None
        read: list[int] = np.asarray(Image.open(io.BytesIO(media.read()))).ravel().tolist()
        return read

    assert encode(np.array([[0.0, 0.5, 1.0]])) == [0, 128, 255]
    assert encode(np.array([[True, False]])) == [255, 0]
    for wrong in (np.array([[0.0, 2.0]]), np.zeros((3, 40, 60)), np.zeros((2, 2), np.int64)):
        with pytest.raises(ValueError, match=r"[Pp]icture"):
            to_local_media(wrong)


def test_a_media_field_takes_everything_that_is_media(killa: Client, fox: Job) -> None:
    picture = fox.outputs[0].to_pil()
    asset = killa.studio.assets.upload(picture)
    result = killa.outputs.get(fox.id)
    for given, sent in (
        (fox, f"job://{fox.id}/0"),
        (fox.outputs[0], f"job://{fox.id}/0"),
        (result, f"job://{fox.id}/0"),
        (asset, f"asset://{asset.asset_id}"),
        ("https://example.com/fox.png", "https://example.com/fox.png"),
    ):
        body = killa.jobs.body("image.upscale", image=given, scale=2)
        assert body["input"] == {"imageUrl": sent, "scale": 2}
    for local in (picture, np.asarray(picture), fox.outputs[0].read()):
        done = killa.run("image.upscale", image=local, scale=2)
        assert done.outputs[0].to_pil().size == (512, 512)
    edited = killa.run("image.edit", prompt="https://not.media", images=[asset, picture, fox])
    assert edited.status == "succeeded"
    with pytest.raises(TypeError, match="name the same media"):
        killa.jobs.body("image.upscale", image=fox, image_url="asset://x")


def test_inline_media_beside_an_address_are_uploaded(killa: Client, fox: Job) -> None:
    """All media of a list are sent the same way, in `images` or in `imageUrls`."""
    text = base64.b64encode(killa.jobs.read(fox)).decode()
    typed: InlineMedia = {"mime_type": "image/png", "data": text}
    inlines: list[str | InlineMedia] = [f"data:image/png;base64,{text}", typed]
    for inline in inlines:
        edited = killa.run("image.edit", prompt="a fox", images=[inline, fox])
        assert edited.status == "succeeded"
        alone = killa.jobs.body("image.edit", prompt="a fox", images=[inline])
        assert len(alone["input"]["images"]) == 1
    wrong = killa.jobs.body("image.edit", prompt="a fox", images=["data:x", fox])
    assert wrong["input"]["imageUrls"][0] == "data:x"


def test_an_output_is_read_into_bytes_files_and_pictures(
    killa: Client, fox: Job, tmp_path: Path
) -> None:
    output = fox.outputs[0]
    data = killa.jobs.read(fox)
    assert len(data) == output.bytes
    assert output.read() == data == killa.outputs.get(fox.id).read()
    assert (saved := output.save(tmp_path / "new" / "fox.png")) is not None
    assert saved.read_bytes() == data
    with (tmp_path / "open").open("wb") as file:
        file.write(b"head")
        assert output.save(file) is None
        killa.jobs.write(fox, file)
    assert (tmp_path / "open").read_bytes() == b"head" + data + data
    assert killa.jobs.to_pil(fox).size == output.to_pil().size == (256, 256)
    with pytest.raises(DownloadFailed, match="has no output 3"):
        killa.jobs.read(fox, 3)


def test_a_large_file_is_streamed_and_tells_how_far_it_is(tmp_path: Path) -> None:
    file = tmp_path / "large.mp4"
    with file.open("wb") as out:
        out.truncate(24 * 2**20)
    told: list[UploadProgress] = []
    refused = Answer(413, {"code": "too_large"})
    with serve_answers(refused) as script, Client("kt_test_x", base_url=script.base) as killa:
        media = to_local_media(file)
        assert media is not None
        tracemalloc.start()
        sizes = [len(chunk) for chunk in media.read_chunks()]
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert sum(sizes) == media.size
        assert peak < 2**20
        with pytest.raises(TooLarge, match="413"):
            killa.studio.assets.upload(file, project_id="proj_1", on_upload=told.append)
    assert [each.sent_bytes for each in told] == sorted({each.sent_bytes for each in told})
    assert told[-1] == UploadProgress("large.mp4", media.size, media.size)


def test_a_notebook_keeps_a_small_preview_and_no_address(killa: Client, fox: Job) -> None:
    clip = killa.run("video.generate", prompt="a fox", start_frame_image=fox, duration_seconds=1)
    sound = killa.run("audio.generate", prompt="rain", duration_seconds=1)
    two = killa.run("image.generate", prompt="a fox", width=256, height=256, count=2)
    for shown, kind in ((fox, "image/jpeg"), (clip, "<video"), (sound, "<audio"), (two, "<img")):
        bundle = dict(shown._repr_mimebundle_())
        assert bundle.pop("text/plain") == repr(shown)
        ((mime_type, text),) = bundle.items()
        assert isinstance(text, str)
        assert mime_type == kind or text.count(kind) == len(shown.outputs)
        assert not any(each in text for each in ("kt_test", "http:", "https:", "sig="))
        if kind == "image/jpeg":
            assert Image.open(io.BytesIO(base64.b64decode(text))).size == (256, 256)


def test_a_notebook_shows_text_where_the_gateway_is_gone(fox: Job) -> None:
    with serve_answers(Answer(404)) as script:
        gone = f"{script.base}/x.png"
    output = fox.outputs[0].model_copy(update={"url": gone, "preview_urls": {}})
    assert output._repr_mimebundle_() == {"text/plain": repr(output)}


def test_a_bar_writes_only_to_a_terminal_unless_asked(
    fox: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    for always, told in ((False, ""), (True, "upload a 50%\nimage.generate: succeeded 100%\n")):
        with ProgressBar(always=always) as bar:
            bar(UploadProgress("a", 1, 2))
            bar(UploadProgress("a", 1, 2))
            bar(fox)
        assert capsys.readouterr() == ("", told)


def test_a_bar_in_a_terminal_is_complete_at_the_end(
    fox: Job, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    bar = ProgressBar()
    bar(UploadProgress("a", 1, 2))
    bar(UploadProgress("a", 2, 2))
    bar(fox)
    written = capsys.readouterr()
    assert not written.out
    assert "upload a" in written.err
    assert "image.generate: succeeded" in written.err
    assert "100%" in written.err


def test_what_is_missing_is_named_with_its_extra() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_EXTRAS], capture_output=True, text=True, check=False
    )
    assert not done.stderr
    assert done.stdout.count("killatamata[images]") == 2
    assert done.stdout.count("killatamata[cli]") == 1
