"""The makers of the sandbox: the function that draws each task, and a GPU's time for it.

They are named here, not imported: the engine's process reads this table, and a child that draws a
picture would else wait for the import of the film tools.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from gateway.media.tasks.input_json import InputJson

_MEGAPIXEL = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Maker:
    """The maker of a task: the `function` of a module, which writes the outputs of a `Job`.

    `gpu_seconds` returns how long a GPU would take for an effective input; `pace` scales it.
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
    """Return the seconds for a film: at 0.55 a megapixel, 5 s in 720p take a minute."""
    frames = int(values.get("durationFrames") or values.get("frames") or 0)
    return seconds * _megapixels(values) * frames


def _per_second(seconds: float, values: InputJson) -> float:
    return seconds * float(values["durationSeconds"])


_PICTURES, _FILMS = "workers.engines.sandbox.pictures", "workers.engines.sandbox.films"
_SOUNDS = "workers.engines.sandbox.soundscapes"
# Seconds for a picture of one megapixel, for a frame of one, and for a second of sound: rough
# times of one large GPU, only so that waiting and progress look real.
MAKERS: Mapping[str, Maker] = {
    "image.generate": Maker(_PICTURES, "generate_pictures", partial(_per_picture, 6.0)),
    "image.edit": Maker(_PICTURES, "edit_pictures", partial(_per_picture, 8.0)),
    "image.upscale": Maker(_PICTURES, "enlarge_picture", partial(_per_picture, 1.0)),
    "video.generate": Maker(_FILMS, "shoot_film", partial(_per_frame, 0.55)),
    "video.extend": Maker(_FILMS, "shoot_film", partial(_per_frame, 0.55)),
    "video.upscale": Maker(_FILMS, "enlarge_film", partial(_per_frame, 0.10)),
    "audio.generate": Maker(_SOUNDS, "make_sound", partial(_per_second, 0.25)),
}
