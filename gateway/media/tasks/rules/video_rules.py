"""The rules of the video model (LTX-2.3), shared by video.generate and video.extend.

The model floors sizes and frame counts silently. So every value is put on its grid here, and the
client sees the adjustment instead of a clip of another size.
"""

import math
import re
from fractions import Fraction
from typing import Final

from gateway.kit.errors import ConflictingInput, InvalidInput
from gateway.library.errors import MediaUnreadable
from gateway.media.errors import AudioTooShort
from gateway.media.stored_media import StoredMedia
from gateway.media.tasks.base import INPUT, Family
from gateway.media.tasks.input_json import InputJson
from gateway.media.tasks.prices import PriceTable, find_tier
from gateway.media.tasks.rules.adjustments import (
    Changes,
    ceil_to_multiple,
    floor_to_multiple,
    format_size,
    to_json_number,
)
from gateway.media.tasks.rules.measures import read_sound_seconds

GRID: Final = 64
SMALLEST_SIDE, LARGEST_SIDE = 256, 2560
LARGEST_AREA = 2560 * 1472
SHORTEST_SOUND, LONGEST_SOUND = 1, 60
RUN_LIMIT_SECONDS = 1800
PASS_STEPS = {"firstPass": 8, "secondPass": 3}
LTX_FAMILY = Family(heeds_negative_prompt=False)

GRID_REASON = "The first pass runs at half size and needs a multiple of 32."
TIMESTAMP_PATTERN = re.compile(
    r"\b\d{1,2}:\d{2}\b"
    r"|\b\d{1,3}(?:\.\d{1,3})?\s?(?:-|\u2013|to)\s?\d{1,3}(?:\.\d{1,3})?\s?(?:s|sec|seconds)\b"
    r"|\b(?:segment|shot|scene|clip|part)\s?#?\d{1,3}\s?:"
    r"|\[\s?\d{1,3}(?:\.\d{1,3})?\s?(?:s|sec|seconds)\b",
    re.IGNORECASE,
)


def fit_canvas(changes: Changes, width: int, height: int) -> tuple[int, int]:
    """Return the size on the grid that is nearest to a requested one, ties up; note what moved.

    Raises:
        InvalidInput: the requested area is above the limit.
    """
    if width * height > LARGEST_AREA:
        nearest = _round_to_grid(*_shrink_to_limits(width, height))
        raise InvalidInput(
            f"{format_size(width, height)} is above the area of 2560x1472.",
            field=f"{INPUT}.width",
            hint=f"The nearest valid size is {format_size(*nearest)}.",
        )
    wide, high = _round_to_grid(width, height)
    changes.record_adjustment("width", width, wide, f"multiple_of_{GRID}", GRID_REASON)
    changes.record_adjustment("height", height, high, f"multiple_of_{GRID}", GRID_REASON)
    return wide, high


def shrink_to_canvas(width: int, height: int) -> tuple[int, int]:
    """Return a source's size scaled down into the limits, shape kept, then down to the grid."""
    width, height = _shrink_to_limits(width, height)
    return floor_to_multiple(width, GRID), floor_to_multiple(height, GRID)


def _round_to_grid(width: int, height: int) -> tuple[int, int]:
    """Return the nearest size on the grid for a size within the area limit, ties up.

    Rounding both sides up may leave the area limit, so all four neighbours are compared.
    """
    options = [
        (wide, high)
        for wide in (floor_to_multiple(width, GRID), ceil_to_multiple(width, GRID))
        for high in (floor_to_multiple(height, GRID), ceil_to_multiple(height, GRID))
        if wide * high <= LARGEST_AREA
    ]
    return min(
        options,
        key=lambda size: (abs(size[0] - width) + abs(size[1] - height), -size[0] * size[1]),
    )


def _shrink_to_limits(width: int, height: int) -> tuple[int, int]:
    """Return the size scaled down into the limits of area and side, shape kept."""
    if width * height > LARGEST_AREA:
        width, height = (
            math.isqrt(width * LARGEST_AREA // height),
            math.isqrt(height * LARGEST_AREA // width),
        )
    if (long := max(width, height)) > LARGEST_SIDE:
        width, height = width * LARGEST_SIDE // long, height * LARGEST_SIDE // long
    return width, height


def build_pass_settings(width: int, height: int, frames: int, overlap: int) -> InputJson:
    """Return the settings of the two passes: sizes, latent frames, overlap, steps."""
    return {
        "firstPassWidth": width // 2,
        "firstPassHeight": height // 2,
        "latentFrames": (frames - 1) // 8 + 1,
        "overlapFrames": overlap,
        "steps": dict(PASS_STEPS),
    }


def refuse_silent_with_audio(*, generate_audio: bool, audio_field: str | None) -> None:
    """Refuse a silent clip that is driven by sound.

    Raises:
        ConflictingInput: generateAudio is false and there is reference audio.
    """
    if audio_field is not None and not generate_audio:
        raise ConflictingInput(
            f"`generateAudio` false makes a silent clip, `{audio_field}` gives it sound.",
            field=f"{INPUT}.generateAudio",
            hint=f"Leave out `generateAudio` or `{audio_field}`.",
        )


def decide_sound(changes: Changes, family: Family, *, wanted: bool) -> bool:
    """Return True if the clip gets a sound; note it if one is wanted and the model makes none."""
    made = wanted and family.makes_sound
    why = "The model of this task makes no sound; what it makes is silent."
    changes.record_adjustment("generateAudio", wanted, made, "silent_model", why)
    return made


def note_sound_fit(
    changes: Changes, path: str, audio: StoredMedia, *, frames: int, fps: int, pad: bool
) -> None:
    """Note how reference audio is cut or padded to the frames it drives.

    Audio that is up to one frame short counts as long enough.

    Raises:
        AudioTooShort: it ends before them, and padding was not asked for.
        MediaUnreadable: it is outside 1 to 60 seconds.
    """
    length, seconds = Fraction(frames, fps), read_sound_seconds(audio)
    if not SHORTEST_SOUND <= seconds <= LONGEST_SOUND:
        raise MediaUnreadable(
            f"`{path}` is {to_json_number(seconds)} s long; reference audio is 1 to 60 s.",
            field=f"{INPUT}.{path}",
            hint="Cut or lengthen the audio to 1 to 60 s.",
        )
    if seconds > length:
        why = "The audio is cut at the end of the clip."
        changes.record_adjustment(
            path, to_json_number(seconds), to_json_number(length), "audio_trimmed", why
        )
    elif seconds < length - Fraction(1, fps):
        if not pad:
            raise AudioTooShort(
                f"The audio lasts {to_json_number(seconds)} s, "
                f"the frames it drives {to_json_number(length)} s.",
                field=f"{INPUT}.{path}",
            )
        why = "Silence is added up to the end of the clip."
        changes.record_adjustment(
            path, to_json_number(seconds), to_json_number(length), "audio_padded", why
        )


def advise_on_prompts(changes: Changes, prompt: str, negative_prompt: str, family: Family) -> None:
    """Advise on timestamps in the prompt, and on a negative prompt that the model ignores."""
    if TIMESTAMP_PATTERN.search(prompt):
        changes.advise(
            "timestamp_syntax_in_prompt",
            "The model does not follow timestamps or numbered segments; write one coherent "
            "paragraph.",
        )
    if negative_prompt and not family.heeds_negative_prompt:
        changes.advise(
            "negative_prompt_inert",
            "The model of this task ignores negative prompts; say in `prompt` what should be seen.",
        )


def get_second_rate(prices: PriceTable, width: int, height: int, *, extend: bool) -> int:
    """Return the rate in micro-USD a second at the tier of this size in pixels."""
    rates = prices.video_extend if extend else prices.video_generate
    return rates.second_microusd.by_tier()[find_tier(width, height)]
