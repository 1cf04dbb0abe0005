"""Re-encoding of images as our own PNG or WebP, pixel for pixel. Runs in the child only."""

import io
import os
import warnings
from typing import IO

from PIL import Image, ImageChops, ImageCms, ImageOps

from gateway.library.inspection.child_protocol import InspectionOrder, Measures, MediaRefused

SIDE_PIXELS = range(64, 8192 + 1)
# A lossless WebP needs about 26 bytes of memory for each pixel; larger ones are stored as PNG.
MAX_WEBP_PIXELS = 16 * 2**20
# Rounding of a colour engine; a profile that changes no colour by more is sRGB.
MAX_COLOUR_DIFFERENCE = 2


def recode_image(order: InspectionOrder) -> Measures:
    """Write the pixels upright, in 8-bit sRGB and without metadata; return the measurements.

    Raises:
        MediaRefused: the image is too small, too large, or animated.
    """
    with os.fdopen(order["source"], "rb") as source, os.fdopen(order["target"], "wb") as target:
        image = normalize_image(ImageOps.exif_transpose(_open_image(source, order)))
        as_webp = order["format"] == "WEBP" and image.width * image.height <= MAX_WEBP_PIXELS
        _save_image(image, target, as_webp=as_webp)
        return {
            "mimeType": "image/webp" if as_webp else "image/png",
            "width": image.width,
            "height": image.height,
        }


def draw_mask(order: InspectionOrder) -> Measures:
    """Write a mask that is white where a picture is fully transparent, and black elsewhere.

    Raises:
        MediaRefused: nothing of it is transparent; or it is too small, too large, or animated.
    """
    with os.fdopen(order["source"], "rb") as source, os.fdopen(order["target"], "wb") as target:
        image = normalize_image(ImageOps.exif_transpose(_open_image(source, order)))
        if image.mode != "RGBA" or image.getchannel("A").getextrema()[0] != 0:
            raise MediaRefused("The mask has no transparent pixel.")
        mask = image.getchannel("A").point([255, *[0] * 255]).convert("1")
        mask.save(target, "PNG")
        return {"mimeType": "image/png", "width": mask.width, "height": mask.height}


def _open_image(source: IO[bytes], order: InspectionOrder) -> Image.Image:
    """Open an image and check its header.

    Raises:
        MediaRefused: it is too small, too large, or animated.
    """
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = order["max_pixels"]
    try:
        image: Image.Image = Image.open(source, formats=[order["format"]])
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise MediaRefused(_too_many_pixels_text(order["max_pixels"])) from None
    _check_header(image, order["max_pixels"])
    return image


def normalize_image(image: Image.Image) -> Image.Image:
    """Return the image in sRGB without metadata: RGB, or RGBA if it has transparency."""
    mode = "RGBA" if image.has_transparency_data else "RGB"
    profile = image.info.get("icc_profile")
    if image.mode.startswith("I"):  # 16 bits a pixel: `convert` alone would clip them, not scale
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.mode in {"P", "PA", "LA", "1"}:
        image = image.convert(mode)
    image = _to_srgb(image, profile) if profile else image
    image = image if image.mode == mode else image.convert(mode)
    image.load()
    image.info = {}
    return image


def _check_header(image: Image.Image, max_pixels: int) -> None:
    """Refuse by the header, before a pixel is decoded."""
    if image.width not in SIDE_PIXELS or image.height not in SIDE_PIXELS:
        raise MediaRefused(
            f"The image is {image.width}×{image.height} pixels; each side must be"  # noqa: RUF001
            f" {SIDE_PIXELS.start} to {SIDE_PIXELS.stop - 1}."
        )
    if image.width * image.height > max_pixels:
        raise MediaRefused(_too_many_pixels_text(max_pixels))
    if getattr(image, "n_frames", 1) != 1:
        raise MediaRefused("The image is animated; send a still image.", wrong_kind=True)


def _too_many_pixels_text(max_pixels: int) -> str:
    return f"The image has more than {max_pixels // 2**20} megapixels."


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Convert to sRGB, unless the profile is sRGB already, or broken."""
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        convert = ImageCms.buildTransform(
            io.BytesIO(profile),
            ImageCms.createProfile("sRGB"),
            image.mode,
            mode,
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        )
    except ImageCms.PyCMSError:
        return image
    # Many profiles are sRGB under another name: to convert by them would only add rounding errors.
    swatch = _swatch().convert(image.mode)
    changed = convert.apply(swatch).convert("RGB")
    difference = ImageChops.difference(changed, swatch.convert("RGB"))
    if max(difference.tobytes()) <= MAX_COLOUR_DIFFERENCE:
        return image
    return convert.apply(image)


def _swatch() -> Image.Image:
    """Return an image of 17 steps of each channel, as a sample of all colours."""
    steps = [min(16 * step, 255) for step in range(17)]
    colours = bytes(part for r in steps for g in steps for b in steps for part in (r, g, b))
    return Image.frombytes("RGB", (17 * 17, 17), colours)


def _save_image(image: Image.Image, target: IO[bytes], *, as_webp: bool) -> None:
    if as_webp:
        image.save(target, "WEBP", lossless=True, exact=True, quality=20, method=1)
    else:
        image.save(target, "PNG", compress_level=3)
