"""Chores on pictures: fit anchors and masks, clean outputs. Each gets its JSON form."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from workers.video.chores.chore_forms import (
    FinishedForm,
    FinishPictureChore,
    FitMaskChore,
    FitPictureChore,
)
from workers.video.facts import FileFacts
from workers.video.pictures import (
    cover_canvas,
    measure_picture,
    open_mask,
    open_picture,
    save_picture,
    save_poster,
)
from workers.video.previews import draw_pictures, try_previews


def fit_picture(chore: FitPictureChore) -> None:
    """Write `source` as a lossless PNG; scale it to cover `width` x `height` pixels if given."""
    picture = open_picture(Path(chore["source"]))
    if "width" in chore:
        picture = cover_canvas(picture, chore["width"], chore["height"])
    picture.save(chore["target"], "PNG", compress_level=1)


def fit_mask(chore: FitMaskChore) -> None:
    """Write the mask `source`, scaled to the canvas, as `target`."""
    mask = open_mask(Path(chore["source"]), chore["width"], chore["height"])
    mask.save(chore["target"], "PNG", compress_level=1)


def finish_picture(chore: FinishPictureChore) -> FinishedForm:
    """Re-encode `source` as `target`, restore `base` outside the mask if given, and measure it."""
    picture = open_picture(Path(chore["source"]))
    if chore["mask"] is not None and chore["base"] is not None:
        mask = open_mask(Path(chore["mask"]), *picture.size)
        base = cover_canvas(open_picture(Path(chore["base"])), *picture.size)
        picture = Image.composite(picture, base, mask)
    with ThreadPoolExecutor(1) as pool:  # encoders leave Python to other threads while they work
        facts = pool.submit(_save_and_measure, picture, Path(chore["target"]), chore["format"])
        save_poster(np.asarray(picture), Path(chore["poster"]))
        previews = try_previews(lambda form: draw_pictures(picture, chore["previews"], form))
        return {"facts": facts.result().to_json(), "previews": previews}


def _save_and_measure(picture: Image.Image, target: Path, kind: str) -> FileFacts:
    save_picture(picture, target, kind)
    return measure_picture(target)
