"""Frames, seconds and samples: exact conversions between them, rounded once, ties up."""

from fractions import Fraction

SAMPLE_RATE = 48_000
# Frames a second: engines write 30000/1001 as 29.97, but nearly equal rates stay apart.
RATE_TOLERANCE = Fraction(1, 1000)
_HALF = Fraction(1, 2)


def to_frame_rate(value: float | str | Fraction) -> Fraction:
    """Convert frames a second to an exact fraction: the number 23.976024 is 24000/1001."""
    if isinstance(value, float):
        return Fraction(repr(value)).limit_denominator(1001)
    return Fraction(value)


def samples_for_frames(frames: int, fps: Fraction) -> int:
    """Return how many samples a channel `frames` last at 48 kHz: nearest, ties up."""
    return int(frames * SAMPLE_RATE / fps + _HALF)


def convert_frame_count(frames: int, source_fps: Fraction, fps: Fraction) -> int:
    """Return how many frames `frames` of `source_fps` become at `fps`: nearest, ties up, >= 1."""
    if source_fps == fps:
        return frames
    return max(1, int(frames * fps / source_fps + _HALF))


def samples_for_seconds(seconds: float) -> int:
    """Return how many samples a channel a decimal number of seconds lasts: nearest, ties up."""
    return int(Fraction(repr(seconds)) * SAMPLE_RATE + _HALF)
