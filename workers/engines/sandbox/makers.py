"""The sandbox's work: for each task who draws it, and how long a GPU would take for it.

Nothing heavy is imported here: a picture never waits for the import of the film tools.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from gateway.media.tasks.base import InputJson

_MEGAPIXEL = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Maker:
    """A function (of a `Job`, in a module beside this one) that writes what a task makes.

    `gpu_seconds` says how long a GPU would take, from the effective input: for those who want the
    sandbox to feel like one.
    """

    module: str
    function: str
    gpu_seconds: Callable[[InputJson], float]


def _megapixels(values: InputJson) -> float:
    return float(values["width"] * values["height"]) / _MEGAPIXEL


def _per_picture(seconds: float, values: InputJson) -> float:
    detail = 1.5 if values.get("highDetail") else 1.0
    return seconds * _megapixels(values) * int(values.get("count", 1)) * detail


def _per_frame(seconds: float, values: InputJson) -> float:
    """Return the seconds of a film: one of 5 s in 720p takes a minute."""
    frames = int(values.get("durationFrames") or values.get("frames") or 0)
    return seconds * _megapixels(values) * frames


def _per_second(seconds: float, values: InputJson) -> float:
    return seconds * float(values["durationSeconds"])


MAKERS: Mapping[str, Maker] = {
    "image.generate": Maker("pictures", "generate_pictures", partial(_per_picture, 6.0)),
    "image.edit": Maker("pictures", "edit_pictures", partial(_per_picture, 8.0)),
    "image.upscale": Maker("pictures", "enlarge_picture", partial(_per_picture, 1.0)),
    "video.generate": Maker("films", "shoot_film", partial(_per_frame, 0.55)),
    "video.extend": Maker("films", "shoot_film", partial(_per_frame, 0.55)),
    "video.upscale": Maker("films", "enlarge_film", partial(_per_frame, 0.10)),
    "audio.generate": Maker("sounds", "make_sound", partial(_per_second, 0.25)),
}
