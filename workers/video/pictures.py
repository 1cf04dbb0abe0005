"""Open, fit and save still pictures with Pillow, within limits."""

import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from workers.video.confine import UnreadableError
from workers.video.facts import Facts, digest
from workers.video.strip import Pixels

MAX_PIXELS = 64 * 1024 * 1024
_MIME_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
_POSTER_SIDE = 640

Image.MAX_IMAGE_PIXELS = MAX_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)


def open_picture(path: Path) -> Image.Image:
    """Return the picture at `path` as RGB, turned upright, transparency over black.

    Raises:
        UnreadableError: it is no single PNG, JPEG or WebP picture within the limits.
    """
    try:
        with Image.open(path, formats=tuple(_MIME_TYPES)) as picture:
            if getattr(picture, "n_frames", 1) != 1:
                raise UnreadableError("an animation is no picture")
            return ImageOps.exif_transpose(picture).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombWarning) as error:
        raise UnreadableError(f"{path.name} is no picture") from error


def open_mask(path: Path, width: int, height: int) -> Image.Image:
    """Return a mask as 8-bit grey (white = edit) of `width` by `height` pixels."""
    return open_picture(path).convert("L").resize((width, height), Image.Resampling.BILINEAR)


def cover(picture: Image.Image, width: int, height: int) -> Image.Image:
    """Return the picture scaled with Lanczos to cover the canvas and cropped at the centre."""
    if picture.size == (width, height):
        return picture
    return ImageOps.fit(picture, (width, height), method=Image.Resampling.LANCZOS)


def save_picture(picture: Image.Image, path: Path, kind: str) -> None:
    """Write the picture as `png`, `jpeg` or `webp`, holding nothing but its pixels."""
    bare = Image.fromarray(np.asarray(picture))
    if kind == "jpeg":
        bare.save(path, "JPEG", quality=92, subsampling=0)
    elif kind == "webp":
        bare.save(path, "WEBP", quality=92)
    else:
        bare.save(path, "PNG", compress_level=6)


def save_poster(pixels: Pixels, path: Path) -> None:
    """Write a small WebP of the (height, width, 3) RGB `pixels`, at most 640 pixels a side."""
    poster = Image.fromarray(pixels)
    poster.thumbnail((_POSTER_SIDE, _POSTER_SIDE), Image.Resampling.LANCZOS)
    poster.save(path, "WEBP", quality=80)


def measure_picture(path: Path) -> Facts:
    """Decode a PNG, JPEG or WebP and measure it.

    Raises:
        UnreadableError: it is none, or broken.
    """
    try:
        with Image.open(path, formats=tuple(_MIME_TYPES)) as picture:
            picture.load()
            (width, height), kind = picture.size, str(picture.format)
    except (OSError, ValueError, SyntaxError) as error:
        raise UnreadableError(f"{path.name} is no picture") from error
    return Facts(
        kind="image",
        mime_type=_MIME_TYPES[kind],
        codec=kind.lower(),
        width=width,
        height=height,
        size_bytes=path.stat().st_size,
        sha256=digest(path),
    )
