"""Capacity of the nodes: what fits on them."""

from collections.abc import Mapping
from typing import Any

from gateway.media.errors import JobTooLarge
from gateway.media.tasks.adjust import floor_to, last_8n1, size_text
from gateway.media.tasks.base import INPUT, Plan
from gateway.media.tasks.lengths import FEWEST_FRAMES, FEWEST_NEW


def pixel_frames(effective: Mapping[str, Any]) -> int:
    """Return width x height x frames of an effective input: those an engine holds at a time."""
    frames = effective.get("durationFrames") or effective.get("frames")
    if frames is None and "extendFrames" in effective:
        frames = effective.get("overlapFrames", 0) + effective["extendFrames"]
    area: int = effective.get("width", 0) * effective.get("height", 0)
    return area * int(frames or 1)


def refuse_oversize(plan: Plan, most_pixel_frames: int) -> None:
    """Compare width x height x frames with what the largest enabled node can carry.

    Raises:
        JobTooLarge: beyond it; the hint names the longest length for that size.
    """
    if plan.pixel_frames <= most_pixel_frames:
        return
    area = plan.effective_input["width"] * plan.effective_input["height"]
    size = size_text(plan.effective_input["width"], plan.effective_input["height"])
    detail = f"{size} over {plan.pixel_frames // area} frames exceeds what any node can run."
    length = _length(plan, most_pixel_frames // area)
    if length is None:
        raise JobTooLarge(detail, field=f"{INPUT}.width", hint="Choose a smaller size.")
    field, longest = length
    raise JobTooLarge(
        detail,
        field=f"{INPUT}.{field}" if field else None,
        hint=f"At {size} the longest is {longest} frames" + (f": `{field}`." if field else "."),
        longestFrames=longest,
    )


def _length(plan: Plan, frames: int) -> tuple[str | None, int] | None:
    """Return the field that says the length and its largest value, if any legal one fits."""
    effective = plan.effective_input
    overlap = effective.get("overlapFrames", 0)
    if "durationFrames" in effective:
        fits = frames >= max(FEWEST_FRAMES, overlap + FEWEST_NEW)
        return ("durationFrames", last_8n1(frames)) if fits else None
    if "extendFrames" in effective:
        fits = frames >= overlap + FEWEST_NEW
        return ("extendFrames", floor_to(frames - overlap, 8)) if fits else None
    return (None, frames) if frames else None
