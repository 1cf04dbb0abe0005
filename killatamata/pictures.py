"""Pictures in memory, of Pillow and NumPy: neither is imported before a program has used it."""

import io
import sys
from collections.abc import Mapping
from typing import IO, TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    import PIL.Image

MISSING_PILLOW = "{} needs Pillow: pip install 'killatamata[images]'"
MISSING_NUMPY = "{} needs NumPy: pip install 'killatamata[images]'"
PNG_MODES = frozenset({"1", "L", "LA", "P", "RGB", "RGBA", "I;16"})
CONVERTED_MODES: Mapping[str, str] = {
    "La": "LA",
    "PA": "RGBA",
    "RGBa": "RGBA",
    "RGBX": "RGB",
    "CMYK": "RGB",
    "YCbCr": "RGB",
    "HSV": "RGB",
}
EXIF_ORIENTATION = 0x112
TURNED_ORIENTATIONS = range(2, 9)
CHANNEL_MODES: Mapping[int, str] = {1: "L", 3: "RGB", 4: "RGBA"}


class PillowImage(Protocol):
    """A picture of Pillow (`PIL.Image.Image`), known without Pillow."""

    @property
    def mode(self) -> str:
        """The channels of a pixel."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""

    def save(self, fp: IO[bytes], format: str | None = None, **params: Any) -> None:  # noqa: A002, ANN401 - as in Pillow
        """Write the picture into a file."""


class PixelArray(Protocol):
    """An array of NumPy (`numpy.ndarray`), known without NumPy."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Height, width and channels."""

    @property
    def __array_interface__(self) -> dict[str, Any]:
        """The place of its numbers in memory."""


Picture: TypeAlias = PillowImage | PixelArray
"""A picture in memory: of Pillow, or height by width by channels of NumPy."""


def encode_picture(value: object) -> bytes | None:
    """Return a picture in memory as PNG, or None if it is none.

    Raises:
        ValueError: it has other numbers than pixels have, or its EXIF says that it is to be turned.
        ImportError: an array is given, and Pillow is not installed.
    """
    if _is_pillow_image(value):
        return _encode_image(value)
    if getattr(value, "shape", None) != () and hasattr(value, "__array_interface__"):
        return _encode_image(_to_image(value))
    return None


def open_picture(data: bytes) -> "PIL.Image.Image":
    """Return the bytes of a picture file as a picture of Pillow, read to its end.

    Raises:
        ImportError: Pillow is not installed.
        ValueError: it is not a picture that Pillow can read.
    """
    image_module = _import_pillow("A picture")
    try:
        image: PIL.Image.Image = image_module.open(io.BytesIO(data))
        image.load()
    except (OSError, SyntaxError, image_module.DecompressionBombError) as error:
        raise ValueError(f"Pillow cannot read this as a picture: {error}") from error
    return image


def to_pixels(image: "PIL.Image.Image") -> "np.ndarray[Any, np.dtype[Any]]":
    """Return a picture as an array of height by width by channels; a gray one has no channels.

    Raises:
        ImportError: NumPy is not installed.
    """
    numpy = _import_numpy("An array")
    with_palette = image.mode in {"1", "P"}
    pixels: np.ndarray[Any, np.dtype[Any]] = numpy.array(
        image.convert("RGB") if with_palette else image
    )
    return pixels


def shrink_picture(data: bytes, longest_side: int) -> tuple[str, bytes] | None:
    """Return a small form of a picture, which any notebook shows, and its media type.

    None if Pillow is not installed or cannot read it.
    """
    try:
        image = open_picture(data)
    except (ImportError, ValueError):
        return None
    is_clear = image.has_transparency_data
    small = image.convert("RGBA" if is_clear else "RGB")
    small.thumbnail((longest_side, longest_side))
    out = io.BytesIO()
    small.save(out, "PNG" if is_clear else "JPEG")
    return ("image/png" if is_clear else "image/jpeg"), out.getvalue()


def _is_pillow_image(value: object) -> bool:
    image_module = sys.modules.get("PIL.Image")
    return image_module is not None and isinstance(value, image_module.Image)


def _encode_image(image: Any) -> bytes:  # noqa: ANN401 - a picture of Pillow
    mode = image.mode if image.mode in PNG_MODES else CONVERTED_MODES.get(image.mode)
    if mode is None:
        raise ValueError(f"A picture of mode {image.mode} has other numbers than pixels have.")
    image.load()  # only then is the EXIF of each format read
    if image.getexif().get(EXIF_ORIENTATION) in TURNED_ORIENTATIONS:
        # `rotate` keeps the EXIF: nobody can tell if the pixels are turned already.
        raise ValueError(
            "The EXIF of this picture says that it is to be turned. Pass "
            "ImageOps.exif_transpose(image), turned before anything else is done with it, or the "
            "path of its file."
        )
    out = io.BytesIO()
    (image if mode == image.mode else image.convert(mode)).save(out, "PNG")
    return out.getvalue()


def _to_image(value: Any) -> Any:  # noqa: ANN401 - an array, and a picture of Pillow
    """Return an array as a picture: whole numbers from 0 to 255, or fractions from 0 to 1."""
    image_module, numpy = _import_pillow("An array as media"), _import_numpy("An array as media")
    pixels = numpy.asarray(value)
    if pixels.ndim == 3 and pixels.shape[2] == 1:  # noqa: PLR2004 - height, width, channels
        pixels = pixels[:, :, 0]
    channels = pixels.shape[2] if pixels.ndim == 3 else 1  # noqa: PLR2004 - as above
    if pixels.ndim not in {2, 3} or channels not in CHANNEL_MODES or not pixels.size:
        raise ValueError(
            f"An array of shape {tuple(pixels.shape)} is not a picture: give height by width, or "
            "height by width by 3 or 4 channels."
        )
    if pixels.dtype == numpy.bool_:
        pixels = pixels * numpy.uint8(255)
    elif numpy.issubdtype(pixels.dtype, numpy.floating):
        if not (pixels.min() >= 0 and pixels.max() <= 1):
            raise ValueError("Fractions of a picture go from 0 to 1; 0 to 255 is dtype uint8.")
        pixels = numpy.rint(pixels * 255).astype(numpy.uint8)
    elif pixels.dtype != numpy.uint8:
        raise ValueError(f"A picture has dtype uint8, bool or float, not {pixels.dtype}.")
    return image_module.fromarray(numpy.ascontiguousarray(pixels))


def _import_pillow(what: str) -> Any:  # noqa: ANN401 - a module
    try:
        import PIL.Image  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise ImportError(MISSING_PILLOW.format(what)) from error
    return PIL.Image


def _import_numpy(what: str) -> Any:  # noqa: ANN401 - a module
    try:
        import numpy  # noqa: ICN001, PLC0415 - an extra
    except ImportError as error:
        raise ImportError(MISSING_NUMPY.format(what)) from error
    return numpy
