"""The previews of an upload: WebP pictures, a placeholder, and a silent clip. In the child only.

Jobs have the same previews: `workers/video/previews.py` draws those, and knows nothing of the
gateway. All files go into the one target, one behind the other; the answer has their lengths.
"""

import base64
import io
import os
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import chain, islice
from typing import IO

import av
from av.video.frame import VideoFrame
from PIL import Image

from gateway.library.inspection.child_protocol import InspectionOrder, Measures, MediaRefused
from gateway.library.inspection.containers import open_container
from gateway.library.inspection.preview_drawing import IMAGE_FORMATS

SIDES = (256, 512, 1024)
PICTURE_QUALITY, PICTURE_METHOD = 78, 2
PLACEHOLDER_SIDES, PLACEHOLDER_QUALITIES = (24, 16, 12, 8), (20, 10, 0)
MAX_PLACEHOLDER_CHARACTERS = 155
DATA_URI = "data:image/webp;base64,"
CLIP_WIDTH, CLIP_SECONDS, CLIP_CRF, MAX_CLIP_RATE = 320, 3, "30", Fraction(60)


def draw_preview_set(order: InspectionOrder) -> Measures:
    """Write the previews of an image or video; say how long each file is.

    Raises:
        MediaRefused: the video has no frames.
    """
    with os.fdopen(order["source"], "rb") as source, os.fdopen(order["target"], "wb") as target:
        clip = b""
        if order["format"] in IMAGE_FORMATS:
            Image.MAX_IMAGE_PIXELS = order["max_pixels"]
            picture = to_plain_colours(Image.open(source, formats=[order["format"]]))
        else:
            picture, clip = draw_moments(source, order["format"])
        pictures: list[tuple[int, int]] = []
        for side in reversed(choose_sides(picture)):
            picture = shrink_picture(picture, side)
            pictures.append((side, target.write(encode_webp(picture))))
        placeholder = build_placeholder(picture)
        target.write(clip)
    return {"pictures": pictures, "clipBytes": len(clip), "placeholder": placeholder}


def to_plain_colours(image: Image.Image) -> Image.Image:
    """Return a picture in colours that WebP has; transparency stays."""
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def choose_sides(picture: Image.Image) -> list[int]:
    """Return the ascending sizes to draw: all smaller than the picture, and the next one."""
    longest = max(picture.size)
    smaller = [side for side in SIDES if side < longest]
    return smaller + [side for side in SIDES if side >= longest][:1]


def shrink_picture(picture: Image.Image, side: int) -> Image.Image:
    """Return a picture scaled down so that no side is longer than `side`; never enlarged."""
    scale = Fraction(side, max(picture.size))
    if scale >= 1:
        return picture
    width, height = (max(1, round(each * scale)) for each in picture.size)
    return picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)


def encode_webp(picture: Image.Image) -> bytes:
    """Return a picture as WebP."""
    stream = io.BytesIO()
    picture.save(stream, "WEBP", quality=PICTURE_QUALITY, method=PICTURE_METHOD)
    return stream.getvalue()


def build_placeholder(picture: Image.Image) -> str:
    """Return a WebP of 24 pixels as data URI; one of many details gets fewer."""
    uri = ""
    for side in PLACEHOLDER_SIDES:
        tiny = shrink_picture(picture, side)
        for quality in PLACEHOLDER_QUALITIES:
            stream = io.BytesIO()
            tiny.save(stream, "WEBP", quality=quality, method=6)
            uri = DATA_URI + base64.b64encode(stream.getvalue()).decode()
            if len(uri) <= MAX_PLACEHOLDER_CHARACTERS:
                return uri
    return uri


def draw_moments(source: IO[bytes], name: str) -> tuple[Image.Image, bytes]:
    """Return the first frame of a video, and its first seconds as a small silent MP4.

    Raises:
        MediaRefused: the video has no frames.
    """
    with open_container(source, name) as container:
        video = container.streams.video[0]
        video.thread_count = 1
        rate = min(video.average_rate or Fraction(24), MAX_CLIP_RATE)
        frames = islice(container.decode(video), max(1, int(CLIP_SECONDS * rate)))
        first = next(frames, None)
        if first is None:
            raise MediaRefused("The video has no frames.")
        picture = Image.fromarray(first.to_ndarray(format="rgb24"))
        if first.rotation:  # browsers turn the video itself by what its header says
            return picture.rotate(first.rotation, expand=True), b""
        return picture, encode_clip([first], frames, rate)


def encode_clip(first: Sequence[VideoFrame], rest: Iterable[VideoFrame], rate: Fraction) -> bytes:
    """Return frames as a silent MP4 of at most 320 pixels width."""
    scale = min(Fraction(1), Fraction(CLIP_WIDTH, first[0].width))
    width, height = (
        max(2, int(each * scale / 2) * 2) for each in (first[0].width, first[0].height)
    )
    stream = io.BytesIO()
    with av.open(stream, "w", format="mp4") as container:
        video = container.add_stream("libx264", rate=rate, options={"crf": CLIP_CRF})
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        video.thread_count = 1
        for number, frame in enumerate(chain(first, rest)):
            small = frame.reformat(width, height, format="yuv420p", interpolation="AREA")
            small.pts, small.time_base = number, 1 / rate
            container.mux(video.encode(small))
        container.mux(video.encode())
    return stream.getvalue()
