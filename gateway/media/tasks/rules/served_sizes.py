"""Sizes and lengths that a server makes exactly; it would round the others in silence."""

from collections.abc import Sequence
from typing import TypeVar

from gateway.kit.errors import InvalidInput
from gateway.media.tasks.base import INPUT, Family, TaskInput
from gateway.media.tasks.input_json import InputJson
from gateway.media.tasks.rules.adjustments import floor_to_8n1

_DEFAULT_SIZES = {"image.generate": (1024, 1024), "video.generate": (1280, 704)}
_FILM_TASK, _DEFAULT_FRAMES = "video.generate", 121
_LENGTH_FIELDS = ("duration_frames", "duration_seconds")
_SIZE_FIELDS = (
    *("width", "height", "aspect_ratio", "start_frame_image", "start_frame_image_url"),
    *("final_frame_image", "final_frame_image_url"),
    *("overlap_frame_images", "overlap_frame_image_urls"),
)
In = TypeVar("In", bound=TaskInput)


def choose_served_defaults(task: str, request: In, family: Family) -> In:
    """Return the request; what it leaves open is the served size and length nearest to the usual.

    Where a picture decides the size, that one stays.
    """
    chosen: dict[str, int] = {}
    if family.sizes is not None and task in _DEFAULT_SIZES and not _has_any(request, _SIZE_FIELDS):
        chosen["width"], chosen["height"] = family.sizes.find_nearest(*_DEFAULT_SIZES[task])
    longest = find_longest_clip(family)
    if longest is not None and task == _FILM_TASK and not _has_any(request, _LENGTH_FIELDS):
        chosen["duration_frames"] = min(longest, _DEFAULT_FRAMES)
    return request.model_copy(update=chosen) if chosen else request


def find_longest_clip(family: Family) -> int | None:
    """Return the most frames, 8n + 1, that a family makes; None if it has no limit of its own."""
    return None if family.most_frames is None else floor_to_8n1(family.most_frames)


def _has_any(request: TaskInput, fields: Sequence[str]) -> bool:
    return any(getattr(request, name, None) is not None for name in fields)


def refuse_unserved_size(effective_input: InputJson, family: Family) -> None:
    """Refuse a size or a number of frames that the model of a task does not make.

    Raises:
        InvalidInput: with the nearest one that it makes.
    """
    width, height = effective_input.get("width"), effective_input.get("height")
    if family.sizes is not None and width and height and not family.sizes.has_size(width, height):
        nearest = family.sizes.find_nearest(width, height)
        raise InvalidInput(
            f"The model of this task makes no {width}x{height}.",
            field=f"{INPUT}.{'width' if nearest[0] != width else 'height'}",
            hint=f"The nearest size is {nearest[0]}x{nearest[1]}.",
        )
    frames = effective_input.get("durationFrames")
    legal = find_longest_clip(family)
    if legal is not None and frames and frames > legal:
        raise InvalidInput(
            f"The model of this task makes {legal} frames at most, and not {frames}.",
            field=f"{INPUT}.durationFrames",
            hint=f"The nearest valid value is {legal}.",
        )
