"""The sound of the sandbox's films: a soft pad of two notes, and a tick at each full second."""

from fractions import Fraction

import numpy as np

from workers.video.audio import Samples
from workers.video.rates import SAMPLE_RATE, samples_for_frames

_TICK_SAMPLES = SAMPLE_RATE * 5 // 1000
_TICK_HERTZ = 2000.0
_NOTES = (130.81, 146.83, 164.81, 196.0, 220.0, 261.63)
_INTERVALS = (1.2, 1.25, 1.3333333, 1.5)


class Pad:
    """Endless sound that counts its time from frame 0, so that continued clips tick in step."""

    def __init__(self, seed: list[int], *, first_frame: int, fps: Fraction) -> None:
        """Choose two notes from the seed; the first sample belongs to `first_frame`."""
        random = np.random.default_rng(seed)
        low = float(random.choice(_NOTES))
        self._notes = (low, low * float(random.choice(_INTERVALS)))
        self._at = samples_for_frames(first_frame, fps)

    def take(self, count: int) -> Samples:
        """Return the next `count` samples, shape (2, count)."""
        places = np.arange(self._at, self._at + count)
        self._at += count
        seconds = places / SAMPLE_RATE
        swell = 0.75 + 0.25 * np.sin(2 * np.pi * 0.25 * seconds)
        low, high = (np.sin(2 * np.pi * note * seconds) for note in self._notes)
        in_second = places % SAMPLE_RATE
        ring = np.sin(2 * np.pi * _TICK_HERTZ * in_second / SAMPLE_RATE)
        tick = ring * (in_second < _TICK_SAMPLES)
        left = 0.09 * swell * (low + 0.6 * high) + 0.5 * tick
        right = 0.09 * swell * (0.6 * low + high) + 0.5 * tick
        return np.stack((left, right)).astype(np.float32)
