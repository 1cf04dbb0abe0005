"""Sizes and lengths that a server makes exactly; it would round the others in silence."""

from typing import TypeVar

from gateway.kit.errors import InvalidInput
from gateway.media.tasks.base import INPUT, Family, TaskInput
from gateway.media.tasks.input_json import InputJson

_DEFAULT_SIZES = {"image.generate": (1024, 1024), "video.generate": (1280, 704)}
_DECIDING_FIELDS = (
    *("width", "height", "aspect_ratio", "start_frame_image", "start_frame_image_url"),
    *("final_frame_image", "final_frame_image_url"),
    *("overlap_frame_images", "overlap_frame_image_urls"),
)
In = TypeVar("In", bound=TaskInput)


def choose_served_size(task: str, request: In, family: Family) -> In:
    """Return the request; if it asks for no size, with the served one nearest to the default.

    Where a picture decides the size, that one stays.
    """
    if family.sizes is None or task not in _DEFAULT_SIZES:
        return request
    if any(getattr(request, name, None) is not None for name in _DECIDING_FIELDS):
        return request
    width, height = family.sizes.find_nearest(*_DEFAULT_SIZES[task])
    return request.model_copy(update={"width": width, "height": height})


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
    if family.most_frames is not None and frames and frames > family.most_frames:
        legal = (family.most_frames - 1) // 8 * 8 + 1
        raise InvalidInput(
            f"The model of this task makes {legal} frames at most, and not {frames}.",
            field=f"{INPUT}.durationFrames",
            hint=f"The nearest valid value is {legal}.",
        )
