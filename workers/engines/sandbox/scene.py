"""A landscape drawn from a seed: sky, clouds, sun and layers of hills that drift."""

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from workers.video.strip import Pixels

_LAYERS = 5
_Colour = tuple[int, int, int]
# sky above, sky at the horizon, sun, far hills, near hills
_PALETTES: tuple[tuple[_Colour, _Colour, _Colour, _Colour, _Colour], ...] = (
    ((38, 56, 120), (250, 170, 120), (255, 226, 160), (196, 128, 138), (40, 24, 52)),
    ((66, 140, 214), (214, 234, 246), (255, 250, 220), (146, 180, 202), (24, 70, 58)),
    ((20, 20, 52), (96, 74, 130), (240, 240, 252), (74, 66, 118), (12, 12, 32)),
    ((236, 150, 96), (252, 224, 168), (255, 250, 230), (220, 150, 108), (88, 42, 36)),
    ((40, 110, 124), (196, 226, 200), (255, 246, 206), (112, 164, 154), (14, 52, 54)),
    ((94, 74, 140), (250, 190, 196), (255, 232, 214), (170, 126, 170), (46, 30, 72)),
)


class Scene:
    """A landscape of `width` by `height` pixels with `layers` hills."""

    def __init__(self, *, seed: list[int], width: int, height: int, layers: int = _LAYERS) -> None:
        """Choose palette and shapes from the seed (a list of unsigned integers)."""
        self._size = (width, height)
        random = np.random.default_rng(seed)
        above, horizon, sun, far, near = _PALETTES[random.integers(len(_PALETTES))]
        self._sky = self._paint_sky(random, (above, horizon, sun))
        self._hills = [
            self._shape_hill(random, index / max(1, layers - 1), (far, near))
            for index in range(layers)
        ]

    def draw(self, second: float) -> Pixels:
        """Draw the scene at a time in seconds, as RGB pixels of shape (height, width, 3)."""
        canvas = self._sky.copy()
        for hill in self._hills:
            hill.draw(canvas, second)
        height, width = canvas.shape
        return canvas.view(np.uint8).reshape(height, width, 4)[..., :3]

    def _paint_sky(
        self, random: np.random.Generator, colours: tuple[_Colour, _Colour, _Colour]
    ) -> NDArray[np.uint32]:
        width, height = self._size
        above, horizon, sun = (np.array(colour, dtype=np.float32) for colour in colours)
        down = np.linspace(0, 1.35, height, dtype=np.float32).clip(0, 1)[:, None, None]
        sky = np.broadcast_to(above + (horizon - above) * down, (height, width, 3)).copy()
        clouds = self._draw_clouds(random)[..., None]
        sky += (sun - sky) * clouds * (0.45 * (1 - down * 0.5))
        x, y = random.uniform(0.15, 0.85) * width, random.uniform(0.12, 0.42) * height
        radius = min(width, height) * random.uniform(0.05, 0.09)
        across = np.arange(width, dtype=np.float32) - np.float32(x)
        along = np.arange(height, dtype=np.float32) - np.float32(y)
        distance = np.sqrt(across[None, :] ** 2 + along[:, None] ** 2)
        glow = np.exp(-distance / np.float32(radius * 3.5)) * np.float32(0.6)
        disc = (np.float32(radius) + 0.5 - distance).clip(0, 1)
        sky += (sun - sky) * np.maximum(glow, disc)[..., None]
        return _pack_colours(sky)

    def _draw_clouds(self, random: np.random.Generator) -> NDArray[np.float32]:
        width, height = self._size
        total = np.zeros((height, width), dtype=np.float32)
        for cells, weight in ((5, 0.6), (11, 0.3), (23, 0.15)):
            grain = random.random((cells * 2, cells), dtype=np.float32)
            smooth = Image.fromarray(grain).resize((width, height), Image.Resampling.BICUBIC)
            total += np.asarray(smooth, dtype=np.float32) * np.float32(weight)
        return ((total - np.float32(0.5)) * 3).clip(0, 1)

    def _shape_hill(
        self, random: np.random.Generator, depth: float, colours: tuple[_Colour, _Colour]
    ) -> "_Hill":
        height = self._size[1]
        far, near = (np.array(colour, dtype=np.float32) for colour in colours)
        colour = far + (near - far) * np.float32(depth**0.8)
        down = np.linspace(0, 1, height + 1, dtype=np.float32)[:, None]
        mist = far + (255 - far) * np.float32(0.25)
        shades = colour * (1.12 - 0.5 * down) + (mist - colour) * (down * (1 - depth) * 1.2)
        waves = [
            (
                random.uniform(0.6, 1.4) * 2 ** (octave + depth),
                random.uniform(0, 2 * math.pi),
                height * (0.05 + 0.05 * depth) * random.uniform(0.6, 1) / 1.9**octave,
            )
            for octave in range(5)
        ]
        base = height * (0.46 + 0.40 * depth + random.uniform(-0.02, 0.02))
        return _Hill(base, waves, speed=0.012 + 0.06 * depth**1.5, shades=_pack_colours(shades))


class _Hill:
    """A ridge: a sum of waves, filled downwards with shades, that scrolls at `speed`."""

    def __init__(
        self,
        base: float,
        waves: list[tuple[float, float, float]],
        *,
        speed: float,
        shades: NDArray[np.uint32],
    ) -> None:
        self._base = base
        self._waves = waves
        self._speed = speed
        self._shades = shades

    def draw(self, canvas: NDArray[np.uint32], second: float) -> None:
        """Fill the canvas below the ridge, with a smooth edge."""
        height, width = canvas.shape
        x = np.arange(width, dtype=np.float64) / width + self._speed * second
        ridge = np.full(width, self._base)
        for frequency, phase, size in self._waves:
            ridge += size * np.sin(2 * math.pi * frequency * x + phase)
        ridge = ridge.clip(1, height - 1)
        first = int(ridge.min())
        depth = np.arange(first, height)[:, None] - np.ceil(ridge).astype(np.int64)
        below = canvas[first:]
        np.copyto(below, self._shades[depth.clip(0, height)], where=depth >= 0)
        self._soften(canvas, ridge)

    def _soften(self, canvas: NDArray[np.uint32], ridge: NDArray[np.float64]) -> None:
        height, width = canvas.shape
        edge = np.ceil(ridge).astype(np.int64) - 1
        part = (edge + 1 - ridge)[:, None]
        columns = np.arange(width)
        colours = canvas.view(np.uint8).reshape(height, width, 4)
        top = self._shades[:1].view(np.uint8).astype(np.float64)
        mixed = colours[edge, columns] * (1 - part) + top * part
        colours[edge, columns] = mixed.astype(np.uint8)


def _pack_colours(colours: NDArray[np.float32]) -> NDArray[np.uint32]:
    """Pack RGB in the last axis into one 32-bit value a pixel, so that one store paints it."""
    bytes_ = np.zeros((*colours.shape[:-1], 4), dtype=np.uint8)
    bytes_[..., :3] = colours.clip(0, 255)
    return bytes_.view(np.uint32)[..., 0]


def count_layers(*, high_detail: bool) -> int:
    """Return the number of hills: half as many again with high detail."""
    return math.ceil(_LAYERS * 1.5) if high_detail else _LAYERS
