"""Still pictures: opened within limits, fitted to a canvas, saved and measured with Pillow."""

import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, WebPImagePlugin  # noqa: F401 - see below

from workers.processes.confinement import UnreadableError
from workers.video.facts import FileFacts, hash_file
from workers.video.strip import Pixels

MAX_PIXELS = 64 * 1024 * 1024
_MIME_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
_POSTER_SIDE = 640

# Pillow only warns between the limit and twice the limit, and raises above; here both raise.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)
# The common formats, and by the import above WebP: else the first picture that is saved as WebP
# imports all of Pillow's formats, which takes longer than to save it.
Image.preinit()


def open_picture(path: Path) -> Image.Image:
    """Open a picture as RGB, turned upright as its EXIF says.

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
    """Open a mask as 8-bit grey (white = edit), scaled to `width` by `height` pixels."""
    return open_picture(path).convert("L").resize((width, height), Image.Resampling.BILINEAR)


def cover_canvas(picture: Image.Image, width: int, height: int) -> Image.Image:
    """Scale a picture with Lanczos to cover the canvas, and crop it at the centre."""
    if picture.size == (width, height):
        return picture
    return ImageOps.fit(picture, (width, height), method=Image.Resampling.LANCZOS)


def save_picture(picture: Image.Image, path: Path, kind: str) -> None:
    """Write a picture as `png`, `jpeg` or `webp`, without any metadata."""
    # A copy of the pixels alone: Pillow keeps what the source said of itself, and may write it too.
    bare = Image.fromarray(np.asarray(picture))
    if kind == "jpeg":
        bare.save(path, "JPEG", quality=92, subsampling=0)
    elif kind == "webp":
        bare.save(path, "WEBP", quality=92)
    else:
        bare.save(path, "PNG", compress_level=6)


def save_poster(pixels: Pixels, path: Path) -> None:
    """Write the poster of (height, width, 3) RGB `pixels`: a WebP, at most 640 pixels a side."""
    poster = Image.fromarray(pixels)
    poster.thumbnail((_POSTER_SIDE, _POSTER_SIDE), Image.Resampling.LANCZOS)
    poster.save(path, "WEBP", quality=80, method=2)  # the default, 4, takes twice the time


def measure_picture(path: Path) -> FileFacts:
    """Decode a PNG, JPEG or WebP and measure it.

    Raises:
        UnreadableError: it is of none of these kinds, or broken.
    """
    try:
        with Image.open(path, formats=tuple(_MIME_TYPES)) as picture:
            picture.load()
            (width, height), kind = picture.size, str(picture.format)
    except (OSError, ValueError, SyntaxError) as error:
        raise UnreadableError(f"{path.name} is no picture") from error
    return FileFacts(
        kind="image",
        mime_type=_MIME_TYPES[kind],
        codec=kind.lower(),
        width=width,
        height=height,
        size_bytes=path.stat().st_size,
        sha256=hash_file(path),
    )
