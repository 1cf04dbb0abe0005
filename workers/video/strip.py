"""The frame strip: 16 black or white blocks at the bottom of a frame hold its number.

The sandbox goes on counting from it where it extends a film, and tests read it to prove that a
joined film has each frame once, in order.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Pixels: TypeAlias = NDArray[np.uint8]

STRIP_BLOCKS = 16
_BLACK_BELOW, _WHITE_ABOVE = 64, 191


def strip_rows(height: int) -> int:
    """Return how many pixel rows the strip takes in a picture of `height` pixels."""
    return max(8, height // 24)


def write_strip(pixels: Pixels, number: int) -> None:
    """Draw `number` (16 bits, most significant left) into the (height, width, 3) RGB `pixels`."""
    height, width = pixels.shape[:2]
    rows = pixels[height - strip_rows(height) :]
    for block in range(STRIP_BLOCKS):
        lit = (number >> (STRIP_BLOCKS - 1 - block)) & 1
        rows[:, block * width // STRIP_BLOCKS : (block + 1) * width // STRIP_BLOCKS] = (
            255 if lit else 0
        )


def read_strip(pixels: Pixels) -> int | None:
    """Read the number from the (height, width, 3) RGB `pixels`; None if there is no strip.

    Only the middle of each block counts: scaling and encoding blur its edges.
    """
    height, width = pixels.shape[:2]
    rows = strip_rows(height)
    middle = pixels[height - rows + rows // 4 : height - rows // 4]
    number = 0
    for block in range(STRIP_BLOCKS):
        left, right = block * width // STRIP_BLOCKS, (block + 1) * width // STRIP_BLOCKS
        quarter = (right - left) // 4
        part = middle[:, left + quarter : max(right - quarter, left + quarter + 1)]
        if part.min() > _WHITE_ABOVE:
            number |= 1 << (STRIP_BLOCKS - 1 - block)
        elif part.max() >= _BLACK_BELOW:
            return None
    return number
