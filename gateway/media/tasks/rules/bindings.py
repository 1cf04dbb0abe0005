"""Bindings of an operator's workflow that the fields of a request need.

A workflow (ComfyUI graph) has named places for values: its bindings. A field without a binding is
refused, never ignored: the client would pay for something that was not done.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.kit.errors import InvalidInput
from gateway.media.tasks.base import INPUT, Family, Task

_SIZE = ("width", "height")
# The bindings that each field of a request needs; a field that is missing here is refused.
_FIELD_NEEDS: Mapping[str, tuple[str, ...]] = {
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
    "generateAudio": ("generateAudio",),
    "outputFormat": (),  # the worker itself does these two, on any engine
    "outputMode": (),
}
_VIDEO_SOURCE_NEEDS: Mapping[str, tuple[str, ...]] = {
    "video.extend": ("overlapFrames",),
    "video.upscale": ("source",),
}
# Exceptions: fields that one task carries out by another binding than the other tasks do.
_TASK_FIELD_NEEDS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("audio.generate", "durationSeconds"): ("durationSeconds",),
}
_VIDEO_SOURCE_FIELDS = frozenset({"video", "videoUrl", "jobId"})
# The fields by which a client supplies a binding; sources are missing here, since every task
# requires its own.
_FIELDS_OF_BINDING: Mapping[str, tuple[str, str]] = {
    "startFrame": ("startFrameImageUrl", "startFrameImage"),
    "finalFrame": ("finalFrameImageUrl", "finalFrameImage"),
    "overlapFrames": ("overlapFrameImageUrls", "overlapFrameImages"),
    "referenceAudio": ("referenceAudioUrl", "referenceAudio"),
    "mask": ("maskUrl", "mask"),
}


@dataclass(frozen=True, slots=True)
class BindingProblem:
    """A field of a request that a workflow cannot carry out, or needs and did not get."""

    field: str
    message: str


def refuse_unbound_fields(task: Task[Any], family: Family, wire_input: Mapping[str, Any]) -> None:
    """Refuse an input that the workflow of its task cannot carry out in full.

    `wire_input` is the input as the client wrote it.

    Raises:
        InvalidInput: a field would be ignored, or a needed one is missing.
    """
    # A model without sound accepts either value: the plan then notes that the clip is silent.
    ignored = frozenset() if family.makes_sound else {"generateAudio"}
    checked = {name: value for name, value in wire_input.items() if name not in ignored}
    if family.bound is None:
        return
    if not family.is_server:
        problems = list_binding_problems(task, family.bound, checked)
    else:
        problems = list_unbound_fields(task, family.bound, checked)
        if not family.makes_sound and wire_input.get("generateAudio"):
            silent = "The model of this task makes no sound: leave out `generateAudio`."
            problems.append(BindingProblem("generateAudio", silent))
        problems += _list_obeyed_texts(family, checked)
    for problem in problems:
        raise InvalidInput(problem.message, field=f"{INPUT}.{problem.field}")


def _list_obeyed_texts(family: Family, wire_input: Mapping[str, Any]) -> list[BindingProblem]:
    return [
        BindingProblem(name, f"The model of this task cannot draw `{text}` in `{name}`.")
        for name in ("prompt", "negativePrompt")
        for text in family.obeyed_texts
        if text in str(wire_input.get(name, ""))
    ]


def list_binding_problems(
    task: Task[Any], bound: frozenset[str], wire_input: Mapping[str, Any]
) -> list[BindingProblem]:
    """Return the fields that no binding carries out, then the media that a binding waits for."""
    return [
        *list_unbound_fields(task, bound, wire_input),
        *list_missing_media(task, bound, wire_input),
    ]


def list_unbound_fields(
    task: Task[Any], bound: frozenset[str], wire_input: Mapping[str, Any]
) -> list[BindingProblem]:
    """Return the fields that no binding carries out.

    `bound` are the bindings of the workflow, `wire_input` is the input as the client wrote it. A
    field at its default needs no binding.
    """
    defaults = _read_defaults(task)
    return [
        BindingProblem(name, f"The model of this task does not take `{name}`.")
        for name, value in wire_input.items()
        if value != defaults.get(name) and not _is_bound(task.name, name, bound)
    ]


def list_missing_media(
    task: Task[Any], bound: frozenset[str], wire_input: Mapping[str, Any]
) -> list[BindingProblem]:
    """Return the media that a workflow waits for, and that the input does not give."""
    defaults = _read_defaults(task)
    problems = []
    for binding in sorted(bound & _FIELDS_OF_BINDING.keys()):
        names = _FIELDS_OF_BINDING[binding]
        is_field = names[0] in defaults
        if is_field and all(wire_input.get(name) is None for name in names):
            problems.append(BindingProblem(names[0], f"The model of this task needs `{names[0]}`."))
    return problems


def _read_defaults(task: Task[Any]) -> dict[str | None, Any]:
    return {field.alias: field.get_default() for field in task.model.model_fields.values()}


def _is_bound(task: str, name: str, bound: frozenset[str]) -> bool:
    usual = _VIDEO_SOURCE_NEEDS[task] if name in _VIDEO_SOURCE_FIELDS else _FIELD_NEEDS.get(name)
    needs = _TASK_FIELD_NEEDS.get((task, name), usual)
    return needs is not None and bound.issuperset(needs)
