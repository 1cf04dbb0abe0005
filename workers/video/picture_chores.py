"""Chores on pictures: fit anchors and masks, clean outputs. Each gets its JSON form."""

from pathlib import Path

import numpy as np
from PIL import Image

from workers.video.chore_forms import FinishPicture, FitMask, FitPicture
from workers.video.facts import FactsForm
from workers.video.pictures import (
    cover,
    measure_picture,
    open_mask,
    open_picture,
    save_picture,
    save_poster,
)


def fit_picture(chore: FitPicture) -> None:
    """Write `source` as a lossless PNG; scale it to cover `width` x `height` pixels if given."""
    picture = open_picture(Path(chore["source"]))
    if "width" in chore:
        picture = cover(picture, chore["width"], chore["height"])
    picture.save(chore["target"], "PNG", compress_level=1)


def fit_mask(chore: FitMask) -> None:
    """Write the mask `source`, scaled to the canvas, as `target`."""
    mask = open_mask(Path(chore["source"]), chore["width"], chore["height"])
    mask.save(chore["target"], "PNG", compress_level=1)


def finish_picture(chore: FinishPicture) -> FactsForm:
    """Re-encode `source` as `target`, restore `base` outside the mask if given, and measure it."""
    picture = open_picture(Path(chore["source"]))
    if chore["mask"] is not None and chore["base"] is not None:
        mask = open_mask(Path(chore["mask"]), *picture.size)
        base = cover(open_picture(Path(chore["base"])), *picture.size)
        picture = Image.composite(picture, base, mask)
    save_picture(picture, Path(chore["target"]), chore["format"])
    save_poster(np.asarray(picture), Path(chore["poster"]))
    return measure_picture(Path(chore["target"])).to_json()
