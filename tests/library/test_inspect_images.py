import io
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms, PngImagePlugin

from gateway.library.errors import MediaUnreadable, UnsupportedMedia
from gateway.library.inspection.inspector import InspectedMedia, inspect_media
from tests.media.made_media import make_picture, make_png_bomb

pytestmark = pytest.mark.anyio


async def inspect_image(
    folder: Path, data: bytes | Image.Image, form: str = "PNG", **options: object
) -> InspectedMedia:
    if isinstance(data, Image.Image):
        out = io.BytesIO()
        data.save(out, form, **options)
        data = out.getvalue()
    (folder / "in").write_bytes(data)
    (folder / "out").mkdir(exist_ok=True)
    return await inspect_media(folder / "in", "image", out_folder=folder / "out")


def read_pixels(path: Path | Image.Image, mode: str = "RGB") -> bytes:
    image = Image.open(path) if isinstance(path, Path) else path
    assert image.mode in {"RGB", "RGBA"} or isinstance(path, Image.Image)
    return image.convert(mode).tobytes()


def assert_bare(path: Path) -> None:
    with Image.open(path) as image:
        image.load()
        assert not image.info.keys() - {"loop", "background", "timestamp", "duration"}
        assert len(image.getexif()) == 0


async def test_an_image_is_stored_pixel_for_pixel_without_what_it_carried(tmp_path: Path) -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("prompt", "PROMPT" * 100)
    exif = Image.Exif()
    exif[0x010E] = "PROMPT"
    out = io.BytesIO()
    make_picture().save(out, "PNG", pnginfo=text, exif=exif, icc_profile=build_srgb_profile())
    found = await inspect_image(tmp_path, out.getvalue() + b"<script>PROMPT</script>")
    assert read_pixels(found.path) == read_pixels(make_picture())
    assert (found.facts.mime_type, found.facts.width, found.facts.height) == ("image/png", 96, 64)
    assert b"PROMPT" not in found.path.read_bytes()
    assert found.facts.size_bytes == found.path.stat().st_size
    assert_bare(found.path)


@pytest.mark.parametrize("orientation", range(1, 9))
async def test_exif_rotation_is_applied_before_it_is_dropped(
    tmp_path: Path, orientation: int
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    found = await inspect_image(tmp_path, make_picture(), exif=exif)
    turned = orientation >= 5
    assert (found.facts.width, found.facts.height) == ((64, 96) if turned else (96, 64))
    upright = {
        1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_90,
    }[orientation]  # fmt: skip
    wanted = make_picture() if upright is None else make_picture().transpose(upright)
    assert read_pixels(found.path) == wanted.tobytes()


async def test_a_jpeg_is_stored_as_png_with_the_pixels_it_decodes_to(tmp_path: Path) -> None:
    found = await inspect_image(tmp_path, make_picture(), "JPEG", quality=60)
    assert found.facts.mime_type == "image/png"
    assert read_pixels(found.path) == read_pixels(tmp_path / "in")


@pytest.mark.parametrize("options", [{"lossless": True, "exact": True}, {"quality": 50}])
async def test_a_webp_stays_webp_and_keeps_what_transparent_pixels_hide(
    tmp_path: Path, options: dict[str, Any]
) -> None:
    found = await inspect_image(tmp_path, make_picture(mode="RGBA"), "WEBP", **options)
    assert found.facts.mime_type == "image/webp"
    assert read_pixels(found.path, "RGBA") == read_pixels(tmp_path / "in", "RGBA")
    assert_bare(found.path)


@pytest.mark.parametrize("mode", ["L", "LA", "P", "1", "RGBA"])
async def test_each_kind_of_png_becomes_rgb_or_rgba(tmp_path: Path, mode: str) -> None:
    given = make_picture().convert(mode) if mode != "RGBA" else make_picture(mode="RGBA")
    found = await inspect_image(tmp_path, given)
    wanted = "RGBA" if mode in {"LA", "RGBA"} else "RGB"
    with Image.open(found.path) as image:
        assert image.mode == wanted
        assert image.tobytes() == given.convert(wanted).tobytes()


async def test_a_colour_named_transparent_becomes_alpha(tmp_path: Path) -> None:
    given = make_picture()
    given.paste((1, 2, 3), (0, 0, 8, 8))
    found = await inspect_image(tmp_path, given, transparency=(1, 2, 3))
    with Image.open(found.path) as image:
        assert image.getpixel((0, 0)) == (1, 2, 3, 0)


async def test_sixteen_bit_grey_keeps_its_upper_half(tmp_path: Path) -> None:
    values = np.linspace(0, 65535, 96 * 64).astype(np.uint16).reshape(64, 96)
    found = await inspect_image(tmp_path, Image.fromarray(values))
    with Image.open(found.path) as image:
        grey = np.asarray(image)[:, :, 0].astype(int)
    assert np.abs(grey - (values // 256)).max() <= 1


async def test_another_colour_space_is_converted_to_srgb(tmp_path: Path) -> None:
    # An sRGB profile whose red and green primaries are exchanged.
    swapped = (
        build_srgb_profile().replace(b"rXYZ", b"?").replace(b"gXYZ", b"rXYZ").replace(b"?", b"gXYZ")
    )
    found = await inspect_image(tmp_path, make_picture(), icc_profile=swapped)
    red, green, blue = make_picture().split()
    wanted = np.asarray(Image.merge("RGB", (green, red, blue))).astype(int)
    assert np.abs(np.asarray(Image.open(found.path)).astype(int) - wanted).max() <= 2
    assert_bare(found.path)


async def test_a_broken_colour_profile_is_ignored(tmp_path: Path) -> None:
    found = await inspect_image(tmp_path, make_picture(), icc_profile=b"not a profile" * 20)
    assert read_pixels(found.path) == read_pixels(make_picture())


async def test_a_cmyk_jpeg_becomes_rgb(tmp_path: Path) -> None:
    found = await inspect_image(tmp_path, make_picture().convert("CMYK"), "JPEG")
    with Image.open(found.path) as image:
        assert image.mode == "RGB"


def build_srgb_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\x89PNG", b"GIF89a/*<script>alert(1)</script>*/", b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<!doctype html><img>", b"%PDF-1.7", b"BM\x00\x00", b"II*\x00", b"#EXTM3U\nhttp://127.0.0.1/",
        b"\x00\x00\x00\x20ftypavif\x00\x00\x00\x00", b"RIFF\x00\x00\x00\x00AVI ", b"P6 64 64 255\n",
        b"8BPS\x00\x01", b"%!PS-Adobe-3.0 EPSF-3.0", b"OggS" + bytes(60), b"PK\x03\x04",
    ],
    ids=lambda data: repr(data[:12]),
)  # fmt: skip
async def test_what_is_no_png_jpeg_or_webp_is_415(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(UnsupportedMedia):
        await inspect_image(tmp_path, data)
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
async def test_an_animation_is_415(tmp_path: Path, form: str) -> None:
    with pytest.raises(UnsupportedMedia, match="animated"):
        await inspect_image(
            tmp_path,
            make_picture(),
            form,
            save_all=True,
            append_images=[make_picture(mode="RGBA").convert("RGB")],
        )


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
async def test_a_truncated_or_broken_image_is_422(tmp_path: Path, form: str) -> None:
    out = io.BytesIO()
    make_picture(256, 256).save(out, form)
    whole = out.getvalue()
    for broken in (whole[: len(whole) // 2], whole[:64], whole[:30] + bytes(200)):
        with pytest.raises(MediaUnreadable):
            await inspect_image(tmp_path, broken)
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("size", [(63, 64), (64, 63), (8193, 64)])
async def test_a_side_outside_the_limits_is_422_and_says_them(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    with pytest.raises(MediaUnreadable, match="64 to 8192"):
        await inspect_image(tmp_path, make_picture(*size))


async def test_the_caller_chooses_how_many_pixels_are_too_many(tmp_path: Path) -> None:
    make_picture(1100, 1000).save(tmp_path / "in", "PNG")
    with pytest.raises(MediaUnreadable, match="more than 1 megapixel"):
        await inspect_media(tmp_path / "in", "image", out_folder=tmp_path, max_megapixels=1)
    found = await inspect_media(tmp_path / "in", "image", out_folder=tmp_path, max_megapixels=2)
    assert found.facts.width == 1100


@pytest.fixture(scope="module")
def bomb() -> bytes:
    return make_png_bomb(12_000, 12_000)


def order_child(path: Path, target: Path) -> dict[str, Any]:
    with path.open("rb") as source, target.open("wb") as out:
        order = {
            "kind": "image",
            "format": "PNG",
            "source": source.fileno(),
            "target": out.fileno(),
        }
        order |= {"target_bytes": 2**28, "max_pixels": 40 * 2**20, "count": "decoding"}
        answer = subprocess.run(
            [
                sys.executable,
                "-I",
                "-m",
                "gateway.library.inspection.inspect_child",
                json.dumps(order),
            ],
            pass_fds=(source.fileno(), out.fileno()),
            stdout=subprocess.PIPE,
            timeout=30,
            check=True,
        )
    result: dict[str, Any] = json.loads(answer.stdout)
    return result


async def test_a_bomb_is_refused_by_its_header_in_under_a_second(
    tmp_path: Path, bomb: bytes
) -> None:
    started = time.monotonic()
    with pytest.raises(MediaUnreadable, match="megapixels"):
        await inspect_image(tmp_path, bomb)
    assert time.monotonic() - started < 1


def test_a_bomb_costs_under_50_mib_more_than_a_small_image(tmp_path: Path, bomb: bytes) -> None:
    make_picture(64, 64).save(tmp_path / "small", "PNG")
    (tmp_path / "bomb").write_bytes(bomb)
    small = order_child(tmp_path / "small", tmp_path / "out")
    large = order_child(tmp_path / "bomb", tmp_path / "out")
    assert small["mimeType"] == "image/png"
    assert "megapixels" in large["refused"]
    assert large["peakKib"] - small["peakKib"] < 50 * 1024
