"""Lengths of clips: 8n + 1 frames, at most 20 seconds and 505 frames.

The video model (LTX-2.3) packs 8 frames into one latent frame and keeps the first one apart, so
only 8n + 1 frames exist. Beyond the limits it loses the position of frames in the clip.
"""

from fractions import Fraction

from gateway.kit.errors import InvalidInput
from gateway.media.tasks.adjust import (
    HALF_MICROSECOND,
    Changes,
    ceil_to,
    exact,
    floor_to,
    last_8n1,
    nearest_8n1,
    plain,
)
from gateway.media.tasks.base import INPUT

RATES = (24, 25, 30, 48, 50)
FEWEST_FRAMES, MOST_FRAMES = 9, 505
MOST_SECONDS = 20
FEWEST_NEW, MOST_NEW = 8, 480
DEFAULT_OVERLAP, MOST_OVERLAP = 9, 97
FRAMES_WHY = "LTX-2.3 frame counts are 8n + 1."
BILLED = "frames that rounding adds are not billed"
NEW_WHY = "New frames come in multiples of 8, so that the whole is 8n + 1."


def frame_limit(fps: int) -> int:
    """Return the most frames at this rate: 505, and 20 seconds, beyond which position is lost."""
    return min(MOST_FRAMES, MOST_SECONDS * fps + 1)


def longest(fps: int) -> int:
    """Return the largest legal frame count at this rate: 481 at 24, 497 at 25, 505 from 30 up."""
    return last_8n1(frame_limit(fps))


def clip_frames(changes: Changes, frames: int, fps: int) -> int:
    """Return the nearest legal frame count, ties up.

    Raises:
        InvalidInput: above the limit at this rate.
    """
    most = longest(fps)
    if frames > frame_limit(fps):
        raise InvalidInput(
            f"At {fps} frames a second a clip has {most} frames at most.",
            field=f"{INPUT}.durationFrames",
            hint=f"The nearest valid value is {most}.",
        )
    effective = min(nearest_8n1(frames), most)
    changes.note("durationFrames", frames, effective, "8n+1", FRAMES_WHY)
    return effective


def clip_frames_of_seconds(changes: Changes, requested_seconds: float, fps: int) -> int:
    """Return the frames of a clip of so many seconds: floor(s * fps / 8) * 8 + 1.

    Raises:
        InvalidInput: outside the limits at this rate.
    """
    seconds = exact(requested_seconds)
    frames = floor_to(((seconds + HALF_MICROSECOND) * fps).__floor__(), 8) + 1
    most = longest(fps)
    if not FEWEST_FRAMES <= frames <= most:
        legal = FEWEST_FRAMES if frames < FEWEST_FRAMES else most
        raise InvalidInput(
            f"{plain(seconds)} s at {fps} frames a second is outside {FEWEST_FRAMES} to {most} "
            "frames.",
            field=f"{INPUT}.durationSeconds",
            hint=f"The nearest valid value is {plain(Fraction(legal - 1, fps))}.",
        )
    effective = plain(Fraction(frames - 1, fps))
    changes.note("durationSeconds", plain(seconds), effective, "8n+1", FRAMES_WHY)
    return frames


def billed_frames(frames: int, requested: Fraction | int | None) -> Fraction:
    """Return how many frames are billed: no more than requested, though rounding may add some."""
    return Fraction(frames if requested is None else min(frames, requested))


def overlap_frames(changes: Changes, requested: int | None, source_frames: int) -> int:
    """Return the number of overlap frames: the nearest 8n + 1 that the source has, by default 9.

    Raises:
        InvalidInput: the client wants more than the source has.
    """
    most = min(MOST_OVERLAP, last_8n1(source_frames))
    if requested is None:
        return min(DEFAULT_OVERLAP, most)
    if requested > source_frames:
        raise InvalidInput(
            f"The source has {source_frames} frames.",
            field=f"{INPUT}.overlapFrames",
            hint=f"The nearest valid value is {most}.",
        )
    effective = min(nearest_8n1(requested), most)
    changes.note("overlapFrames", requested, effective, "8n+1", FRAMES_WHY)
    return effective


def most_new(fps: int, overlap: int) -> int:
    """Return the most new frames beside this overlap at this rate."""
    return min(MOST_NEW, floor_to(frame_limit(fps) - overlap, 8))


def new_frames(changes: Changes, frames: int, fps: int, overlap: int) -> int:
    """Return the number of new frames, up to a multiple of 8.

    Raises:
        InvalidInput: with the overlap above the limit at this rate.
    """
    most = most_new(fps, overlap)
    if frames > min(MOST_NEW, frame_limit(fps) - overlap):
        raise _too_many("extendFrames", fps, overlap, most)
    effective = min(ceil_to(frames, 8), most)
    changes.note("extendFrames", frames, effective, "multiple_of_8", NEW_WHY)
    return effective


def new_frames_of_seconds(
    changes: Changes, requested_seconds: float, fps: int, overlap: int
) -> int:
    """Return the new frames of so many seconds: ceil(s * fps / 8) * 8.

    Raises:
        InvalidInput: with the overlap above the limit at this rate.
    """
    seconds = exact(requested_seconds)
    frames = ceil_to(((seconds - HALF_MICROSECOND) * fps).__ceil__(), 8)
    most = most_new(fps, overlap)
    if frames > most:
        raise _too_many("extendSeconds", fps, overlap, plain(Fraction(most, fps)))
    effective = plain(Fraction(frames, fps))
    changes.note("extendSeconds", plain(seconds), effective, "multiple_of_8", NEW_WHY)
    return frames


def _too_many(name: str, fps: int, overlap: int, legal: float) -> InvalidInput:
    return InvalidInput(
        f"At {fps} frames a second overlap and new frames are {longest(fps)} together at most; "
        f"the overlap is {overlap}.",
        field=f"{INPUT}.{name}",
        hint=f"The nearest valid value is {legal}.",
    )
