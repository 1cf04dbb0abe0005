"""The drawing of a timeline: a block for each clip, as wide as it is long. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

PIXELS_A_SECOND, MOST_PIXELS = 56, 6_000
BLOCK_HEIGHT, RULER_HEIGHT = 72, 20
GAP = 2
LEAST_WIDTH = 10
TICK_SECONDS = (1, 2, 5, 10, 30, 60, 120, 300)
LEAST_TICK_PIXELS = 64


@dataclass(frozen=True, slots=True)
class Block:
    """A clip in the drawing, in pixels."""

    number: int
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of the ruler."""

    x: float
    seconds: int


@dataclass(frozen=True, slots=True)
class TimelineDrawing:
    """The whole drawing; `scale` is pixels a second."""

    width: float
    scale: float
    blocks: Sequence[Block]
    ticks: Sequence[Tick]


def draw_timeline(lengths: Sequence[float | None]) -> TimelineDrawing:
    """Draw clips of these lengths in seconds; one of an unknown length is as wide as a second."""
    seconds = [1.0 if length is None else length for length in lengths]
    total = sum(seconds)
    scale = PIXELS_A_SECOND if total * PIXELS_A_SECOND <= MOST_PIXELS else MOST_PIXELS / total
    blocks, x = [], 0.0
    for number, length in enumerate(seconds, 1):
        width = max(LEAST_WIDTH, length * scale)
        blocks.append(Block(number, round(x, 1), round(width - GAP, 1)))
        x += width
    step = next((each for each in TICK_SECONDS if each * scale >= LEAST_TICK_PIXELS), 600)
    ticks = [Tick(round(at * scale, 1), at) for at in range(0, int(total) + 1, step)]
    return TimelineDrawing(round(x, 1), round(scale, 3), blocks, ticks)
