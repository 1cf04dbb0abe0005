"""Anchors: frames that a clip starts, ends or continues with; their number, shape and crop."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from gateway.media.stored_media import StoredMedia
from gateway.media.tasks.rules.adjustments import Changes, floor_to_8n1, format_size
from gateway.media.tasks.rules.measures import read_picture_size

LANDSCAPE: Final = (1280, 704)
PORTRAIT: Final = (704, 1280)
SQUARE: Final = (960, 960)
MOST_OVERLAP_IMAGES = 25
CROP_TOLERANCE = Fraction(2, 100)


def choose_nearest_canvas(anchor: StoredMedia) -> tuple[int, int]:
    """Return the default canvas whose aspect ratio is nearest to that of an anchor."""
    width, height = read_picture_size(anchor)
    # 1280x704 is 20:11, and the border between it and 1:1 is their geometric mean, the square root
    # of 20/11. Both sides are squared to stay with integers.
    if 11 * width**2 > 20 * height**2:
        return LANDSCAPE
    if 11 * height**2 > 20 * width**2:
        return PORTRAIT
    return SQUARE


def trim_overlap_frames(
    changes: Changes, field: str, frames: Sequence[StoredMedia]
) -> Sequence[StoredMedia]:
    """Return the last 8n + 1 overlap frames, note those left out, and advise against JPEG."""
    if any(frame.facts.original_mime_type == "image/jpeg" for frame in frames):
        changes.advise(
            "jpeg_overlap_anchor",
            "JPEG overlap frames show at the seam. Name frames of the clip instead, as "
            "job://JOB/0/frames/-9 to -1. Take those of a file as lossless WebP; the command "
            "`killatamata frames` does that.",
        )
    count = floor_to_8n1(len(frames))
    why = "Overlap frames are 1, 9, 17 or 25; the last ones in time are kept."
    changes.record_adjustment(field, len(frames), count, "overlap_trimmed", why)
    return frames[-count:]


def note_crops(
    changes: Changes, field: str, frames: Sequence[StoredMedia], width: int, height: int
) -> None:
    """Note the crop of the first frame that loses something: one note stands for all of a list."""
    before = len(changes.adjustments)
    for frame in frames:
        if len(changes.adjustments) == before:
            note_crop(changes, field, frame, width, height)


def note_crop(changes: Changes, path: str, frame: StoredMedia, width: int, height: int) -> None:
    """Note the crop of a frame whose shape is more than 2 % off the canvas.

    It is scaled to cover the canvas and cropped at the centre.
    """
    frame_width, frame_height = read_picture_size(frame)
    one, other = frame_width * height, frame_height * width
    if 1 - Fraction(min(one, other), max(one, other)) > CROP_TOLERANCE:
        changes.record_adjustment(
            path,
            format_size(frame_width, frame_height),
            format_size(width, height),
            "anchor_cropped",
            "The frame has another shape than the clip: it is scaled to cover and cropped at the "
            "centre.",
        )
