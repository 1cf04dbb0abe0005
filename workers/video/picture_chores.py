"""Chores on pictures: fit anchors and masks, clean outputs. Each is told by its JSON values."""

from pathlib import Path

import numpy as np
from PIL import Image

from workers.video.chore_forms import FactsForm, FinishPicture, FitMask, FitPicture
from workers.video.pictures import (
    cover,
    measure_picture,
    open_mask,
    open_picture,
    save_picture,
    save_poster,
)


def fit_picture(chore: FitPicture) -> None:
    """Write `source` as lossless `target`, scaled to cover `width` by `height` pixels if given."""
    picture = open_picture(Path(chore["source"]))
    if "width" in chore:
        picture = cover(picture, chore["width"], chore["height"])
    picture.save(chore["target"], "PNG", compress_level=1)


def fit_mask(chore: FitMask) -> None:
    """Write the mask `source` in the size of the canvas as `target`."""
    mask = open_mask(Path(chore["source"]), chore["width"], chore["height"])
    mask.save(chore["target"], "PNG", compress_level=1)


def finish_picture(chore: FinishPicture) -> FactsForm:
    """Save `source` anew as `target`, restored outside the mask if one is given; measure it."""
    picture = open_picture(Path(chore["source"]))
    if chore["mask"] is not None and chore["base"] is not None:
        mask = open_mask(Path(chore["mask"]), *picture.size)
        base = cover(open_picture(Path(chore["base"])), *picture.size)
        picture = Image.composite(picture, base, mask)
    save_picture(picture, Path(chore["target"]), chore["format"])
    save_poster(np.asarray(picture), Path(chore["poster"]))
    return measure_picture(Path(chore["target"])).to_json()
