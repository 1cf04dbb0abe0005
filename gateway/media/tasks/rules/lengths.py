"""Lengths of clips: 8n + 1 frames, at most 20 seconds and 505 frames.

The video model (LTX-2.3) packs 8 frames into one latent frame and keeps the first one apart, so
only 8n + 1 frames exist. Beyond the limits it loses the position of frames in the clip.
"""

from fractions import Fraction

from gateway.kit.errors import InvalidInput
from gateway.media.tasks.base import INPUT
from gateway.media.tasks.rules.adjustments import (
    HALF_MICROSECOND,
    Changes,
    ceil_to_multiple,
    floor_to_8n1,
    floor_to_multiple,
    round_to_8n1,
    to_exact_fraction,
    to_json_number,
)

FRAME_RATES = (24, 25, 30, 48, 50)
FEWEST_FRAMES, MOST_FRAMES = 9, 505
MOST_SECONDS = 20
FEWEST_NEW_FRAMES, MOST_NEW_FRAMES = 8, 480
DEFAULT_OVERLAP_FRAMES, MOST_OVERLAP_FRAMES = 9, 97
FRAMES_REASON = "LTX-2.3 frame counts are 8n + 1."
BILLING_NOTE = "frames that rounding adds are not billed"
NEW_FRAMES_REASON = "New frames come in multiples of 8, so that the whole is 8n + 1."


def compute_frame_limit(fps: int) -> int:
    """Return the most frames at this rate: 505, and 20 seconds, beyond which position is lost."""
    return min(MOST_FRAMES, MOST_SECONDS * fps + 1)


def compute_longest_clip(fps: int) -> int:
    """Return the largest legal frame count at this rate: 481 at 24, 497 at 25, 505 from 30 up."""
    return floor_to_8n1(compute_frame_limit(fps))


def round_clip_frames(changes: Changes, frames: int, fps: int) -> int:
    """Return the nearest legal frame count, ties up.

    Raises:
        InvalidInput: above the limit at this rate.
    """
    most = compute_longest_clip(fps)
    if frames > compute_frame_limit(fps):
        raise InvalidInput(
            f"At {fps} frames a second a clip has {most} frames at most.",
            field=f"{INPUT}.durationFrames",
            hint=f"The nearest valid value is {most}.",
        )
    effective = min(round_to_8n1(frames), most)
    changes.record_adjustment("durationFrames", frames, effective, "8n+1", FRAMES_REASON)
    return effective


def convert_clip_seconds(changes: Changes, requested_seconds: float, fps: int) -> int:
    """Return the frames of a clip of so many seconds: floor(s * fps / 8) * 8 + 1.

    Raises:
        InvalidInput: outside the limits at this rate.
    """
    seconds = to_exact_fraction(requested_seconds)
    frames = floor_to_multiple(((seconds + HALF_MICROSECOND) * fps).__floor__(), 8) + 1
    most = compute_longest_clip(fps)
    if not FEWEST_FRAMES <= frames <= most:
        legal = FEWEST_FRAMES if frames < FEWEST_FRAMES else most
        raise InvalidInput(
            f"{to_json_number(seconds)} s at {fps} frames a second is outside "
            f"{FEWEST_FRAMES} to {most} frames.",
            field=f"{INPUT}.durationSeconds",
            hint=f"The nearest valid value is {to_json_number(Fraction(legal - 1, fps))}.",
        )
    effective = to_json_number(Fraction(frames - 1, fps))
    changes.record_adjustment(
        "durationSeconds", to_json_number(seconds), effective, "8n+1", FRAMES_REASON
    )
    return frames


def count_billed_frames(frames: int, requested: Fraction | int | None) -> Fraction:
    """Return how many frames are billed: no more than requested, though rounding may add some."""
    return Fraction(frames if requested is None else min(frames, requested))


def round_overlap_frames(changes: Changes, requested: int | None, source_frames: int) -> int:
    """Return the number of overlap frames: the nearest 8n + 1 that the source has, by default 9.

    Raises:
        InvalidInput: the client wants more than the source has.
    """
    most = min(MOST_OVERLAP_FRAMES, floor_to_8n1(source_frames))
    if requested is None:
        return min(DEFAULT_OVERLAP_FRAMES, most)
    if requested > source_frames:
        raise InvalidInput(
            f"The source has {source_frames} frames.",
            field=f"{INPUT}.overlapFrames",
            hint=f"The nearest valid value is {most}.",
        )
    effective = min(round_to_8n1(requested), most)
    changes.record_adjustment("overlapFrames", requested, effective, "8n+1", FRAMES_REASON)
    return effective


def compute_most_new_frames(fps: int, overlap: int) -> int:
    """Return the most new frames beside this overlap at this rate."""
    return min(MOST_NEW_FRAMES, floor_to_multiple(compute_frame_limit(fps) - overlap, 8))


def round_new_frames(changes: Changes, frames: int, fps: int, overlap: int) -> int:
    """Return the number of new frames, up to a multiple of 8.

    Raises:
        InvalidInput: with the overlap above the limit at this rate.
    """
    most = compute_most_new_frames(fps, overlap)
    if frames > min(MOST_NEW_FRAMES, compute_frame_limit(fps) - overlap):
        raise _build_length_refusal("extendFrames", fps, overlap, most)
    effective = min(ceil_to_multiple(frames, 8), most)
    changes.record_adjustment("extendFrames", frames, effective, "multiple_of_8", NEW_FRAMES_REASON)
    return effective


def convert_new_seconds(changes: Changes, requested_seconds: float, fps: int, overlap: int) -> int:
    """Return the new frames of so many seconds: ceil(s * fps / 8) * 8.

    Raises:
        InvalidInput: with the overlap above the limit at this rate.
    """
    seconds = to_exact_fraction(requested_seconds)
    frames = ceil_to_multiple(((seconds - HALF_MICROSECOND) * fps).__ceil__(), 8)
    most = compute_most_new_frames(fps, overlap)
    if frames > most:
        raise _build_length_refusal(
            "extendSeconds", fps, overlap, to_json_number(Fraction(most, fps))
        )
    effective = to_json_number(Fraction(frames, fps))
    changes.record_adjustment(
        "extendSeconds", to_json_number(seconds), effective, "multiple_of_8", NEW_FRAMES_REASON
    )
    return frames


def _build_length_refusal(name: str, fps: int, overlap: int, legal: float) -> InvalidInput:
    return InvalidInput(
        f"At {fps} frames a second overlap and new frames are {compute_longest_clip(fps)} together "
        f"at most; the overlap is {overlap}.",
        field=f"{INPUT}.{name}",
        hint=f"The nearest valid value is {legal}.",
    )
