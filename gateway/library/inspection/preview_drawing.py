"""Previews: a JPEG of an image, or of some moments of a video. Runs in the child only."""

import io
import os
from collections.abc import Iterator
from typing import IO

import av
from PIL import Image, ImageOps

from gateway.library.inspection.child_protocol import InspectionOrder, Measures, MediaRefused
from gateway.library.inspection.containers import open_container

MAX_SIDE_PIXELS = 512
MAX_PREVIEW_BYTES = 150_000
QUALITIES = (85, 70, 55, 40, 25)
LARGE_SIDE_PIXELS, MAX_LARGE_BYTES = 1280, 400_000
CARD_SIZE = (1200, 630)  # what other sites show of a link
IMAGE_FORMATS = frozenset({"PNG", "JPEG", "WEBP"})
BACKGROUND = (255, 255, 255)


def draw_preview(order: InspectionOrder) -> Measures:
    """Write a JPEG of at most 512 pixels a side and 150 kB; several frames share one sheet.

    Raises:
        MediaRefused: the video has no frames, or the JPEG is too large.
    """
    with os.fdopen(order["source"], "rb") as source, os.fdopen(order["target"], "wb") as target:
        side = (MAX_SIDE_PIXELS, MAX_SIDE_PIXELS)
        pictures = [_flatten(each, side) for each in _open_pictures(source, order)]
        target.write(_encode_jpeg(_build_sheet(pictures), MAX_PREVIEW_BYTES))
    return {"mimeType": "image/jpeg"}


def draw_large(order: InspectionOrder) -> Measures:
    """Write a JPEG of at most 1280 pixels a side, or cut to a card, and 400 kB.

    Raises:
        MediaRefused: the video has no frames, or the JPEG is too large.
    """
    with os.fdopen(order["source"], "rb") as source, os.fdopen(order["target"], "wb") as target:
        picture = _open_pictures(source, order)[0]
        if order["kind"] == "card":
            least = max(CARD_SIZE[0] / picture.width, CARD_SIZE[1] / picture.height)
            room = (round(picture.width * least) + 1, round(picture.height * least) + 1)
            picture = ImageOps.fit(_flatten(picture, room), CARD_SIZE, Image.Resampling.LANCZOS)
        else:
            picture = _flatten(picture, (LARGE_SIDE_PIXELS, LARGE_SIDE_PIXELS))
        target.write(_encode_jpeg(picture, MAX_LARGE_BYTES))
    return {"mimeType": "image/jpeg"}


def _open_pictures(source: IO[bytes], order: InspectionOrder) -> list[Image.Image]:
    if order["format"] in IMAGE_FORMATS:
        Image.MAX_IMAGE_PIXELS = order["max_pixels"]
        return [Image.open(source, formats=[order["format"]])]
    pictures = list(_read_moments(source, order["format"], order["frames"]))
    if not pictures:
        raise MediaRefused("The video has no frames.")
    return pictures


def _read_moments(source: IO[bytes], name: str, count: int) -> Iterator[Image.Image]:
    """Yield the middle frame of each of `count` equal parts of a video."""
    with open_container(source, name) as container:
        video = container.streams.video[0]
        video.thread_count = 1
        length = container.duration or 0
        for number in range(count):
            middle = length * (2 * number + 1) // (2 * count)
            container.seek(middle)  # goes to the key frame before it
            last = None
            for frame in container.decode(video):
                last = frame
                if frame.time is None or frame.time * av.time_base >= middle:
                    break
            if last is not None:
                yield Image.fromarray(last.to_ndarray(format="rgb24"))


def _flatten(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return the picture scaled down to fit a size, with transparency on white."""
    image.thumbnail(size)
    if not image.has_transparency_data:
        return image.convert("RGB")
    flat = Image.new("RGB", image.size, BACKGROUND)
    image = image.convert("RGBA")
    flat.paste(image, mask=image.getchannel("A"))
    return flat


def _build_sheet(pictures: list[Image.Image]) -> Image.Image:
    """Return pictures of equal size as one sheet, two in a row."""
    if len(pictures) == 1:
        return pictures[0]
    width, height = pictures[0].size
    rows = (len(pictures) + 1) // 2
    sheet = Image.new("RGB", (2 * width, rows * height), BACKGROUND)
    for number, picture in enumerate(pictures):
        sheet.paste(picture, (number % 2 * width, number // 2 * height))
    sheet.thumbnail((MAX_SIDE_PIXELS, MAX_SIDE_PIXELS))
    return sheet


def _encode_jpeg(image: Image.Image, most_bytes: int) -> bytes:
    for quality in QUALITIES:
        stream = io.BytesIO()
        image.save(stream, "JPEG", quality=quality)
        jpeg = stream.getvalue()
        if len(jpeg) <= most_bytes:
            return jpeg
    raise MediaRefused(f"The preview is larger than {most_bytes} bytes.")
