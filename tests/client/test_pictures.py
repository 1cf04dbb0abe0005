"""Pictures and numbers in memory, and files that are written: nothing changes in silence."""

import io
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from killatamata import Client, DownloadFailed
from killatamata.local_media import to_local_media
from killatamata.notebook import show_file, show_job
from killatamata.output_files import FileSink, find_start, get_output_name
from killatamata.output_reads import StoredFile, describe_file
from killatamata.pictures import open_picture


def encode(picture: Any) -> Image.Image:  # noqa: ANN401 - a picture
    media = to_local_media(picture)
    assert media is not None
    return Image.open(io.BytesIO(media.read()))


@pytest.mark.parametrize(
    ("mode", "sent"),
    [
        ("L", "L"),
        ("LA", "LA"),
        ("La", "LA"),
        ("PA", "RGBA"),
        ("RGBa", "RGBA"),
        ("RGBA", "RGBA"),
        ("CMYK", "RGB"),
        ("YCbCr", "RGB"),
        ("HSV", "RGB"),
        ("I;16", "I;16"),
    ],
)
def test_a_picture_of_each_mode_keeps_its_transparency(mode: str, sent: str) -> None:
    assert encode(Image.new(mode, (2, 2))).mode == sent


@pytest.mark.parametrize("mode", ["F", "I", "I;16B", "LAB"])
def test_a_picture_of_other_numbers_is_refused(mode: str) -> None:
    with pytest.raises(ValueError, match=f"mode {mode}"):
        to_local_media(Image.new(mode, (2, 2)))


def take_photo(kind: str) -> Image.Image:
    """Open a photo that says that it is to be turned by 90 degrees."""
    photo, file = Image.new("RGB", (4, 2)), io.BytesIO()
    exif = photo.getexif()
    exif[0x112] = 6
    photo.save(file, kind, exif=exif)
    return Image.open(file)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    "edit",
    [
        lambda photo: photo,
        lambda photo: photo.rotate(-90, expand=True),  # keeps the EXIF: it would be turned twice
        lambda photo: photo.resize((8, 4)),
    ],
)
def test_a_photo_that_is_to_be_turned_is_refused_before_anything_is_sent(
    kind: str, edit: Callable[[Image.Image], Image.Image]
) -> None:
    photo = edit(take_photo(kind))
    large = b"x" * (11 * 2**20)  # would be uploaded
    with Client("", base_url="http://127.0.0.1:9") as killa:
        with pytest.raises(ValueError, match=r"ImageOps\.exif_transpose\(image\)"):
            killa.jobs.body("image.edit", prompt="a fox", image=large, mask=photo)
        with pytest.raises(ValueError, match="path of its file"):
            killa.jobs.body("my.task", input={"video": large, "parts": [{"image": photo}]})


def test_a_photo_that_was_turned_goes_in_with_its_mask() -> None:
    for kind in ("JPEG", "PNG", "WEBP", "TIFF"):  # Pillow turns TIFF itself
        photo = ImageOps.exif_transpose(take_photo(kind))
        mask = Image.new("L", photo.size)
        assert encode(photo).size == encode(mask).size == (2, 4)
    assert encode(take_photo("TIFF")).size == (2, 4)


def test_a_number_of_numpy_is_a_number() -> None:
    with Client("", base_url="http://127.0.0.1:9") as killa:
        numbers: Any = {"seed": np.int64(7), "strength": np.float32(0.5), "tiled": np.bool_(1)}
        known = killa.jobs.body("image.edit", prompt="a fox", **numbers)
        unknown = killa.jobs.body("my.task", input=numbers | {"at": [np.int8(1)]})
    assert known["input"] == {"prompt": "a fox", "seed": 7, "strength": 0.5, "tiled": True}
    assert unknown["input"] == {"seed": 7, "strength": 0.5, "tiled": True, "at": [1]}


@pytest.mark.parametrize(
    "wrong", [{"mimeType": "image/png", "data": None}, {"mimeType": None, "data": "eA=="}]
)
def test_inline_media_that_are_no_texts_are_left_to_the_gateway(wrong: object) -> None:
    addresses: Any = [wrong, "asset://ast_1"]
    with Client("", base_url="http://127.0.0.1:9") as killa:
        body = killa.jobs.body("image.edit", prompt="a fox", images=addresses)
    assert body["input"]["imageUrls"] == addresses


def test_bytes_of_a_damaged_try_do_not_stay_in_an_open_file() -> None:
    file = io.BytesIO(b"head")
    file.seek(0, io.SEEK_END)
    start = find_start(file)
    for data, size in ((b"x" * 20, 5), (b"hello", 5)):
        sink = FileSink(file, start)
        sink.write(data)
        try:
            sink.finish(StoredFile(None, "a", size, None))
        except DownloadFailed:
            assert data != b"hello"
        finally:
            sink.discard()
    assert file.getvalue() == b"headhello"


def test_a_broken_copy_leaves_what_was_behind_it() -> None:
    file = io.BytesIO(b"0123456789")
    sink = FileSink(file, find_start(file))
    sink.write(b"ab")
    sink.discard()
    assert (file.getvalue(), file.tell()) == (b"ab23456789", 0)


@pytest.mark.parametrize(
    ("name", "saved"),
    [
        ("fox.png", "fox.png"),
        ("C:evil.exe", "C_evil.exe"),
        ("a:b", "a_b"),
        ("a\\b", "a_b"),
        ("x\x1b[31m.png", "x_[31m.png"),
        ("a/../b.png", "b.png"),
        ("..", "output-3"),
        (".", "output-3"),
        ("a/..", "output-3"),
        ("", "output-3"),
    ],
)
def test_a_file_is_saved_under_a_name_that_stays_in_its_folder(name: str, saved: str) -> None:
    output = SimpleNamespace(url=f"https://host.example/{name}?sig=1", index=3, bytes=1)
    assert get_output_name(output) == saved
    media = SimpleNamespace(filename=name, url="https://host.example/", index=3, bytes=1)
    assert describe_file(media).name == saved


def test_a_prompt_in_a_terminal_loads_no_preview(monkeypatch: pytest.MonkeyPatch) -> None:
    shell = SimpleNamespace()
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    assert list(show_file(SimpleNamespace())) == ["text/plain"]
    assert list(show_job(SimpleNamespace())) == ["text/plain"]


def test_a_picture_that_is_too_large_for_pillow_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    file = io.BytesIO()
    Image.new("L", (40, 40)).save(file, "PNG")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(ValueError, match="Pillow cannot read"):
        open_picture(file.getvalue())
