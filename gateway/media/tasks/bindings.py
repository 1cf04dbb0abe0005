"""Bindings of an operator's workflow that the fields of a request need.

A field that nothing is bound to is refused, never ignored.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.kit.errors import InvalidInput
from gateway.media.tasks.base import INPUT, Family, Task

_SIZE = ("width", "height")
# The bindings that each field of a request needs; one that is not here cannot be carried out.
_NEEDS: Mapping[str, tuple[str, ...]] = {
    **{name: (name,) for name in ("prompt", "negativePrompt", "seed", "count", "strength", "fps")},
    **{name: (name,) for name in (*_SIZE, "durationFrames", "overlapFrames")},
    **dict.fromkeys(("durationSeconds", "extendFrames", "extendSeconds"), ("durationFrames",)),
    **dict.fromkeys(("aspectRatio", "scale", "target", "targetWidth", "targetHeight"), _SIZE),
    **dict.fromkeys(("image", "imageUrl", "images", "imageUrls"), ("source",)),
    **dict.fromkeys(("mask", "maskUrl"), ("mask",)),
    **dict.fromkeys(("startFrameImage", "startFrameImageUrl"), ("startFrame",)),
    **dict.fromkeys(("finalFrameImage", "finalFrameImageUrl"), ("finalFrame",)),
    **dict.fromkeys(("overlapFrameImages", "overlapFrameImageUrls"), ("overlapFrames",)),
    **dict.fromkeys(("referenceAudio", "referenceAudioUrl", "padAudio"), ("referenceAudio",)),
    "highDetail": ("steps",),
    "cameraMotion": ("prompt",),
    "outputFormat": (),  # these two are the worker's own work
    "outputMode": (),
}
_FILM_SOURCE: Mapping[str, tuple[str, ...]] = {
    "video.extend": ("overlapFrames",),
    "video.upscale": ("source",),
}
# Fields that one task carries out by another binding than the others do.
_OWN_NEEDS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("audio.generate", "durationSeconds"): ("durationSeconds",),
}
_SOURCES = frozenset({"video", "videoUrl", "jobId"})
# Where a client gives what a template may need; the sources of a task are needed anyway.
_GIVEN_IN: Mapping[str, tuple[str, str]] = {
    "startFrame": ("startFrameImageUrl", "startFrameImage"),
    "finalFrame": ("finalFrameImageUrl", "finalFrameImage"),
    "overlapFrames": ("overlapFrameImageUrls", "overlapFrameImages"),
    "referenceAudio": ("referenceAudioUrl", "referenceAudio"),
    "mask": ("maskUrl", "mask"),
}


@dataclass(frozen=True, slots=True)
class Lack:
    """A field of a request that a workflow cannot carry out, or needs and did not get."""

    field: str
    message: str


def refuse_unbound(task: Task[Any], family: Family, asked: Mapping[str, Any]) -> None:
    """Hold an input as the client wrote it against what the workflow of its task takes.

    Raises:
        InvalidInput: a field would be ignored, or one lacks.
    """
    # A model without sound takes either answer: planning says what becomes of it.
    free = frozenset() if family.makes_sound else {"generateAudio"}
    said = {name: value for name, value in asked.items() if name not in free}
    for lack in () if family.bound is None else lacks(task, family.bound, said):
        raise InvalidInput(lack.message, field=f"{INPUT}.{lack.field}")


def lacks(task: Task[Any], bound: frozenset[str], asked: Mapping[str, Any]) -> list[Lack]:
    """Return the fields that no binding carries out, then the media that a binding waits for.

    `asked` is the input as the client wrote it; a field at its default asks for nothing.
    """
    fields = task.model.model_fields.values()
    defaults = {field.alias: field.get_default() for field in fields}
    found = [
        Lack(name, f"The model of this task does not take `{name}`.")
        for name, value in asked.items()
        if value != defaults.get(name) and not _carried(task.name, name, bound)
    ]
    for binding in sorted(bound & _GIVEN_IN.keys()):
        names = _GIVEN_IN[binding]
        takes = names[0] in defaults
        if takes and all(asked.get(name) is None for name in names):
            found.append(Lack(names[0], f"The model of this task needs `{names[0]}`."))
    return found


def _carried(task: str, name: str, bound: frozenset[str]) -> bool:
    usual = _FILM_SOURCE[task] if name in _SOURCES else _NEEDS.get(name)
    needs = _OWN_NEEDS.get((task, name), usual)
    return needs is not None and bound.issuperset(needs)
