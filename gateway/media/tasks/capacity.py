"""What fits on the nodes there are."""

from gateway.media.errors import JobTooLarge
from gateway.media.tasks.adjust import floor_to, last_8n1, size_text
from gateway.media.tasks.base import INPUT, Plan
from gateway.media.tasks.lengths import FEWEST_FRAMES, FEWEST_NEW


def refuse_oversize(plan: Plan, most_pixel_frames: int) -> None:
    """Compare width x height x frames with what the largest enabled node can carry.

    Raises:
        JobTooLarge: beyond it; the hint names the longest length for that size.
    """
    if plan.pixel_frames <= most_pixel_frames:
        return
    effective = plan.effective_input
    width, height = effective["width"], effective["height"]
    size = size_text(width, height)
    frames = most_pixel_frames // (width * height)
    field, longest, fewest = _longest(plan, frames)
    detail = f"{size} over {plan.pixel_frames // (width * height)} frames is more than any node has"
    if longest < fewest:
        raise JobTooLarge(f"{detail}.", field=f"{INPUT}.width", hint="Make the picture smaller.")
    raise JobTooLarge(
        f"{detail}.",
        field=f"{INPUT}.{field}",
        hint=f"At {size} the longest is `{field}` {longest}.",
        longestFrames=longest,
    )


def _longest(plan: Plan, frames: int) -> tuple[str, int, int]:
    """Return the field that says the length, its largest legal value here, its smallest at all."""
    effective = plan.effective_input
    if "durationFrames" in effective:
        least = max(FEWEST_FRAMES, effective["overlapFrames"] + FEWEST_NEW)
        return "durationFrames", last_8n1(max(1, frames)), least
    if "extendFrames" in effective:
        return "extendFrames", floor_to(frames - effective["overlapFrames"], 8), FEWEST_NEW
    return "frames", frames, 1 if "frames" in effective else frames + 1
