"""Grids, exact numbers, and the changes of a plan: its adjustments and warnings.

Values are fractions and integers throughout. Floats appear only at the edges: `to_exact_fraction`
reads what the client wrote, and `to_json_number` writes a JSON number.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from gateway.media.tasks.base import Adjustment, InputWarning
from gateway.media.tasks.input_json import InputJson

FRAME_STEP = 8
# Seconds are read to the microsecond: 0.333333 s at 24 a second is 7.999992 frames and means 8.
HALF_MICROSECOND = Fraction(1, 2_000_000)


def round_to_multiple(value: int, step: int) -> int:
    """Return the nearest multiple of an even step, ties up."""
    return (value + step // 2) // step * step


def floor_to_multiple(value: int, step: int) -> int:
    """Return the largest multiple of the step that is not above the value."""
    return value // step * step


def ceil_to_multiple(value: int, step: int) -> int:
    """Return the smallest multiple of the step that is not below the value."""
    return -(-value // step) * step


def round_to_8n1(value: int) -> int:
    """Return the nearest 8n + 1, ties up; at least 1."""
    return max(1, round_to_multiple(value - 1, FRAME_STEP) + 1)


def floor_to_8n1(value: int) -> int:
    """Return the largest 8n + 1 that is not above a value of 1 or more."""
    return floor_to_multiple(value - 1, FRAME_STEP) + 1


def round_half_up(value: Fraction) -> int:
    """Return the nearest whole number, ties up."""
    return (value + Fraction(1, 2)).__floor__()


def to_exact_fraction(number: float) -> Fraction:
    """Return the decimal that the client wrote: 1.6 is 8/5, not its nearest binary fraction."""
    return Fraction(repr(number))


def to_json_number(value: Fraction) -> int | float:
    """Return a number for JSON, to 6 decimal places; an integer if it is whole."""
    rounded = round_half_up(value * 10**6)
    return rounded // 10**6 if rounded % 10**6 == 0 else rounded / 10**6


def to_exact_rate(number: float) -> Fraction:
    """Return the exact frames a second that `to_json_number` rounded: 29.97003 is 30000/1001.

    Broadcast rates are n/1001, so a denominator of at most 1001 recovers them all.

    Raises:
        ValueError: the number is not finite.
    """
    return to_exact_fraction(number).limit_denominator(1001)


def convert_frame_count(frames: int, from_fps: Fraction, to_fps: Fraction | int) -> int:
    """Return how many frames a clip of the same length has at another rate; at least 1."""
    return max(1, round_half_up(frames * to_fps / from_fps))


def format_size(width: int, height: int) -> str:
    """Write a size as `1280x704`."""
    return f"{width}x{height}"


@dataclass(frozen=True, slots=True)
class Changes:
    """The adjustments that a plan has made so far, and its advice."""

    adjustments: list[Adjustment] = field(default_factory=list)
    warnings: list[InputWarning] = field(default_factory=list)

    def record_adjustment(
        self,
        name: str,
        requested: str | float | bool | None,  # noqa: FBT001 - as the client wrote it
        effective: str | float | bool | None,  # noqa: FBT001
        rule: str,
        message: str,
    ) -> None:
        """Add an adjustment, unless the values are equal."""
        if requested != effective:
            self.adjustments.append(
                Adjustment(
                    field=name,
                    requested=requested,
                    effective=effective,
                    rule=rule,
                    message=message,
                )
            )

    def advise(self, code: str, message: str) -> None:
        """Add advice; it changes no value."""
        self.warnings.append(InputWarning(code=code, message=message))

    def fit_to_multiple(self, name: str, value: int, step: int, reason: str) -> int:
        """Return the nearest multiple of the step, and note it if that is another value."""
        effective = round_to_multiple(value, step)
        self.record_adjustment(name, value, effective, f"multiple_of_{step}", reason)
        return effective


def drop_none_values(values: Mapping[str, object]) -> InputJson:
    """Return the values without those that are None."""
    return {name: value for name, value in values.items() if value is not None}
