"""The chore on a generated sound: check it, cut it to length, write it in the ordered format."""

from pathlib import Path

import numpy as np

from workers.processes.confinement import UnreadableError
from workers.video.audio import Samples, Sound, take_blocks
from workers.video.chores.chore_forms import FinishedForm, FinishSoundChore
from workers.video.probe import measure_sound
from workers.video.rates import SAMPLE_RATE
from workers.video.sound_files import write_sound

# Engines make sound in blocks of a tenth of a second and are asked for up to two tenths more
# (`graphs/sounds.py`), so an honest sound is up to three tenths off before it is cut.
LENGTH_TOLERANCE_SAMPLES = SAMPLE_RATE * 3 // 10


def finish_sound(chore: FinishSoundChore) -> FinishedForm:
    """Write `source` as `target`, without tags and exactly `samples` long, and measure it.

    Raises:
        UnreadableError: it holds no sound, is silent, or is not nearly that long.
    """
    source, target = Path(chore["source"]), Path(chore["target"])
    _check_sound(source, chore["samples"])
    with Sound(source) as sound:
        write_sound(target, chore["format"], take_blocks(sound, chore["samples"]))
    return {"facts": measure_sound(target, chore["mime_type"]).to_json(), "previews": None}


def _check_sound(source: Path, samples: int) -> None:
    """Refuse a sound that is silent, of another length than `samples`, or no numbers at all.

    Decoding stops as soon as it is too long: an engine's file may claim or hold hours.
    """
    counted, is_silent = 0, True
    with Sound(source) as sound:
        if not sound.exists:
            raise UnreadableError("the file holds no sound")
        for block in sound.remaining():
            counted += block.shape[1]
            is_silent = is_silent and _is_silent(block)
            if counted > samples + LENGTH_TOLERANCE_SAMPLES:
                raise UnreadableError(f"the sound lasts more than {samples} samples")
    if counted < samples - LENGTH_TOLERANCE_SAMPLES:
        raise UnreadableError(f"the sound lasts {counted} instead of {samples} samples")
    if is_silent:
        raise UnreadableError("the sound is silence")


def _is_silent(block: Samples) -> bool:
    if not np.isfinite(block).all():
        raise UnreadableError("the sound holds samples that are no numbers")
    return not block.any()
