"""The stages of each kind of work and their weights in percent, in the order they come."""

from collections.abc import Mapping

_FILM = {
    "loading": 5,
    "first_pass": 27,
    "upscale": 3,
    "second_pass": 40,
    "decode": 15,
    "save": 10,
}
_PICTURE = {"loading": 5, "sampling": 70, "decode": 15, "save": 10}
_ENLARGE = {"loading": 5, "upscale": 70, "decode": 15, "save": 10}
_COMBINE = {"combine": 90, "save": 10}

_OF_TASK = {
    "video.generate": _FILM,
    "video.extend": _FILM,
    "image.upscale": _ENLARGE,
    "video.upscale": _ENLARGE,
    "video.combine": _COMBINE,
}


def stage_weights(task: str) -> Mapping[str, int]:
    """Return the stages of a task with their weights, which add up to 100."""
    return _OF_TASK.get(task, _PICTURE)
