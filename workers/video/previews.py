"""Previews of a finished output: small WebP pictures, a placeholder, and a silent clip of a film.

They are a bonus: whatever goes wrong here becomes a `problem` in the answer, never an error, so the
output that was made and priced is delivered all the same.
"""

import base64
import io
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

from PIL import Image

from workers.video.chores.chore_forms import PreviewOrder, PreviewsForm

MAX_PLACEHOLDER_CHARACTERS = 155
_DATA_URI = "data:image/webp;base64,"
_PLACEHOLDER_SIDES, _PLACEHOLDER_QUALITIES = (24, 16, 12, 8), (20, 10, 0)
_PICTURE_QUALITY, _PICTURE_METHOD = 78, 2  # method 4, the default, takes twice the time


def try_previews(draw: Callable[[PreviewsForm], None]) -> PreviewsForm:
    """Call `draw` with an empty form to fill in, and return it; what it raises is the `problem`."""
    form: PreviewsForm = {"pictures": {}, "clip": None, "placeholder": None, "problem": None}
    try:
        draw(form)
    except Exception as error:  # noqa: BLE001 - whatever it is, the output itself is whole
        form["problem"] = f"{type(error).__name__}: {error}"[:500]
    return form


def draw_pictures(picture: Image.Image, order: PreviewOrder, form: PreviewsForm) -> None:
    """Write the previews of an RGB picture in the sizes ordered, and add its placeholder."""
    small = picture
    for side in reversed(choose_preview_sides(*picture.size, order["sides"])):
        small = shrink_picture(small, side)
        path = Path(f"{order['prefix']}{side}.webp")
        small.save(path, "WEBP", quality=_PICTURE_QUALITY, method=_PICTURE_METHOD)
        form["pictures"][str(side)] = str(path)
    form["placeholder"] = build_placeholder(small)


def choose_preview_sides(width: int, height: int, sides: Sequence[int]) -> list[int]:
    """Return which of these ascending sizes are drawn of a picture: all that are smaller than it.

    The next larger one is drawn too, in the picture's own size, so that there is always one.
    """
    longest = max(width, height)
    smaller = [side for side in sides if side < longest]
    return smaller + [side for side in sides if side >= longest][:1]


def shrink_picture(picture: Image.Image, side: int) -> Image.Image:
    """Return a picture scaled down so that no side is longer than `side`; never enlarged."""
    scale = Fraction(side, max(picture.size))
    if scale >= 1:
        return picture
    size = [max(1, round(each * scale)) for each in picture.size]
    return picture.resize((size[0], size[1]), Image.Resampling.LANCZOS, reducing_gap=3.0)


def build_placeholder(picture: Image.Image) -> str:
    """Return a WebP of 24 pixels as data URI, of at most 155 characters.

    A picture of many details gets less quality, and then fewer pixels.
    """
    uri = ""
    for side in _PLACEHOLDER_SIDES:
        tiny = shrink_picture(picture, side)
        for quality in _PLACEHOLDER_QUALITIES:
            stream = io.BytesIO()
            tiny.save(stream, "WEBP", quality=quality, method=6)
            uri = _DATA_URI + base64.b64encode(stream.getvalue()).decode()
            if len(uri) <= MAX_PLACEHOLDER_CHARACTERS:
                return uri
    return uri
