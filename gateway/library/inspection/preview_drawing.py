"""Previews: a small JPEG of an image, or of some moments of a video. Runs in the child only."""

import io
import os
from collections.abc import Iterator
from typing import IO

import av
from PIL import Image

from gateway.library.inspection.child_protocol import InspectionOrder, Measures, MediaRefused

MAX_SIDE_PIXELS = 512
MAX_PREVIEW_BYTES = 150_000
QUALITIES = (85, 70, 55, 40, 25)
IMAGE_FORMATS = frozenset({"PNG", "JPEG", "WEBP"})
BACKGROUND = (255, 255, 255)


def draw_preview(order: InspectionOrder) -> Measures:
    """Write a JPEG of at most 512 pixels a side and 150 kB; several frames share one sheet.

    Raises:
        MediaRefused: the video has no frames, or the JPEG is too large.
    """
    with os.fdopen(order["source"], "rb") as source, os.fdopen(order["target"], "wb") as target:
        if order["format"] in IMAGE_FORMATS:
            Image.MAX_IMAGE_PIXELS = order["max_pixels"]
            pictures: list[Image.Image] = [Image.open(source, formats=[order["format"]])]
        else:
            pictures = list(_read_moments(source, order["format"], order["frames"]))
        if not pictures:
            raise MediaRefused("The video has no frames.")
        target.write(_encode_jpeg(_build_sheet([_flatten(each) for each in pictures])))
    return {"mimeType": "image/jpeg"}


def _read_moments(source: IO[bytes], name: str, count: int) -> Iterator[Image.Image]:
    """Yield the middle frame of each of `count` equal parts of a video."""
    with av.open(
        source,
        "r",
        format="matroska" if name == "webm" else name,
        options={"protocol_whitelist": "file"},
        metadata_errors="ignore",
        timeout=5,
    ) as container:
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


def _flatten(image: Image.Image) -> Image.Image:
    """Return the picture scaled down to a preview's size, with transparency on white."""
    image.thumbnail((MAX_SIDE_PIXELS, MAX_SIDE_PIXELS))
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


def _encode_jpeg(image: Image.Image) -> bytes:
    for quality in QUALITIES:
        stream = io.BytesIO()
        image.save(stream, "JPEG", quality=quality)
        jpeg = stream.getvalue()
        if len(jpeg) <= MAX_PREVIEW_BYTES:
            return jpeg
    raise MediaRefused(f"The preview is larger than {MAX_PREVIEW_BYTES} bytes.")
