"""Capacity of the nodes: the largest job that fits on one, in pixels times frames."""

from collections.abc import Mapping
from typing import Any

from gateway.media.errors import JobTooLarge
from gateway.media.tasks.base import INPUT, Plan
from gateway.media.tasks.rules.adjustments import floor_to_8n1, floor_to_multiple, format_size
from gateway.media.tasks.rules.lengths import FEWEST_FRAMES, FEWEST_NEW_FRAMES


def count_pixel_frames(effective: Mapping[str, Any]) -> int:
    """Return width x height x frames that an engine holds at a time for this effective input.

    `frames` of an upscale and `durationFrames` are the whole clip; an extension holds its overlap
    and its new frames. Without any frames it is one picture.
    """
    frames = effective.get("durationFrames") or effective.get("frames")
    if frames is None and "extendFrames" in effective:
        frames = effective.get("overlapFrames", 0) + effective["extendFrames"]
    area: int = effective.get("width", 0) * effective.get("height", 0)
    return area * int(frames or 1)


def refuse_oversize(plan: Plan, most_pixel_frames: int) -> None:
    """Refuse a plan that is larger than the largest node that can run it.

    Raises:
        JobTooLarge: it is; the hint names the longest length for that size.
    """
    if plan.pixel_frames <= most_pixel_frames:
        return
    area = plan.effective_input["width"] * plan.effective_input["height"]
    size = format_size(plan.effective_input["width"], plan.effective_input["height"])
    detail = f"{size} over {plan.pixel_frames // area} frames exceeds what any node can run."
    length = _find_longest_length(plan, most_pixel_frames // area)
    if length is None:
        raise JobTooLarge(detail, field=f"{INPUT}.width", hint="Choose a smaller size.")
    field, longest = length
    raise JobTooLarge(
        detail,
        field=f"{INPUT}.{field}" if field else None,
        hint=f"At {size} the longest is {longest} frames" + (f": `{field}`." if field else "."),
        longestFrames=longest,
    )


def _find_longest_length(plan: Plan, frames: int) -> tuple[str | None, int] | None:
    """Return the field that sets the length and its largest value; None if no legal length fits.

    The field is None where the length is the source's own.
    """
    effective = plan.effective_input
    overlap = effective.get("overlapFrames", 0)
    if "durationFrames" in effective:
        fits = frames >= max(FEWEST_FRAMES, overlap + FEWEST_NEW_FRAMES)
        return ("durationFrames", floor_to_8n1(frames)) if fits else None
    if "extendFrames" in effective:
        fits = frames >= overlap + FEWEST_NEW_FRAMES
        return ("extendFrames", floor_to_multiple(frames - overlap, 8)) if fits else None
    return (None, frames) if frames else None
