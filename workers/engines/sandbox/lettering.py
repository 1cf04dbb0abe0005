"""Lettering on pictures: the caption, the SANDBOX badge and the running counter."""

import math

from PIL import Image, ImageDraw, ImageFont

from workers.video.strip import strip_rows

_MOST_LINES = 5
_DARK = (8, 10, 20, 150)
_LIGHT = (255, 255, 255, 255)
_SIGNAL = (255, 196, 0, 255)
_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def _load_font(height: int, part: int) -> _Font:
    return ImageFont.load_default(max(7, height // part))


def wrap_text(text: str, font: _Font, width: float) -> list[str]:
    """Break text into at most 5 lines no wider than `width` pixels; what is cut ends in dots."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if font.getlength(longer) <= width or not line:
            line = longer
            continue
        lines.append(line)
        line = word
        if len(lines) > _MOST_LINES:
            break
    lines = [*lines, line] if line else lines
    if len(lines) > _MOST_LINES:
        lines = [*lines[: _MOST_LINES - 1], lines[_MOST_LINES - 1] + " ..."]
    return [_cut_line(line, font, width) for line in lines]


def _cut_line(line: str, font: _Font, width: float) -> str:
    length = font.getlength(line)
    if length <= width:
        return line
    return line[: max(1, math.floor(len(line) * width / length) - 3)] + "..."


def draw_overlay(width: int, height: int, caption: str) -> Image.Image:
    """Draw the badge at the top and the caption at the bottom of a transparent RGBA picture."""
    layer = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    draw = ImageDraw.Draw(layer)
    _draw_badge_on(draw, width, height)
    font = _load_font(height, 26)
    lines = wrap_text(caption[:600], font, width * 0.92)
    if lines:
        step = math.ceil(font.size * 1.3) if isinstance(font, ImageFont.FreeTypeFont) else 14
        bottom = height - strip_rows(height) - max(2, height // 60)
        top = bottom - step * len(lines) - step // 2
        draw.rectangle((0, top, width, bottom), fill=_DARK)
        for index, line in enumerate(lines):
            at = (width * 0.04, top + step // 4 + index * step)
            draw.text(at, line, font=font, fill=_LIGHT)
    return layer


def draw_badge(width: int, height: int) -> Image.Image:
    """Draw the SANDBOX badge alone on a transparent RGBA picture."""
    layer = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    _draw_badge_on(ImageDraw.Draw(layer), width, height)
    return layer


def _draw_badge_on(draw: ImageDraw.ImageDraw, width: int, height: int) -> None:
    font = _load_font(min(width, height), 16)
    margin = max(3, min(width, height) // 40)
    left, top, right, bottom = font.getbbox("SANDBOX")
    box = (margin, margin, margin * 2 + right - left, margin * 2 + bottom - top)
    draw.rounded_rectangle(box, radius=margin, fill=_SIGNAL)
    at = (margin * 1.5 - left, margin * 1.5 - top)
    draw.text(at, "SANDBOX", font=font, fill=(20, 20, 20, 255))


class Stamp:
    """A transparent layer reduced to its used box, quick to paste on many frames."""

    def __init__(self, layer: Image.Image) -> None:
        self._box = layer.getbbox() or (0, 0, 1, 1)
        self._part = layer.crop(self._box)

    def press(self, picture: Image.Image) -> None:
        """Paste the layer on an RGB picture."""
        picture.paste(self._part, self._box[:2], self._part)


def write_counter(picture: Image.Image, text: str) -> None:
    """Write the running counter into the top right corner of an RGB picture."""
    width, height = picture.size
    font = _load_font(min(width, height), 16)
    margin = max(3, min(width, height) // 40)
    length = font.getlength(text)
    ImageDraw.Draw(picture).text(
        (width - margin - length, margin),
        text,
        font=font,
        fill=_LIGHT[:3],
        stroke_width=max(1, height // 400),
        stroke_fill=(0, 0, 0),
    )
