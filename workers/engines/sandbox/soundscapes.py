"""The sounds of audio.generate in the sandbox: wind, a slow chord and drops, from a seed."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workers.engines.sandbox.job import SandboxJob
from workers.video.audio import CHANNELS, Samples, write_wav
from workers.video.rates import SAMPLE_RATE, samples_for_seconds

_NOTES = (130.81, 146.83, 164.81, 196.0, 220.0, 261.63)
_CHORD = (1.0, 1.5, 2.0, 2.5)
_SMOOTHNESS = (24, 96, 320)  # samples over which noise is averaged: hiss, rain, wind
_DROPS_A_SECOND = 3
_DROP_SECONDS = 0.4
_EDGE_SECONDS = 0.02


def make_sound(job: SandboxJob) -> list[Path]:
    """Write one sound of `durationSeconds` as WAV."""
    count = samples_for_seconds(job.values["durationSeconds"])
    if "bad-output" in job.faults:
        count //= 2
    path = job.folder / "out_0.wav"
    write_wav(path, _make_blocks(job, count))
    return [path]


def _make_blocks(job: SandboxJob, count: int) -> Iterator[Samples]:
    scape = Soundscape(job.build_seed(), count)
    for first in range(0, count, SAMPLE_RATE):
        job.meter.reach_share(first / count)
        yield scape.take(first, min(SAMPLE_RATE, count - first))


class Soundscape:
    """A soundscape of `count` samples; everything about it is chosen from the seed."""

    def __init__(self, seed: list[int], count: int) -> None:
        """Choose notes, the grain of the noise and when drops fall."""
        random = np.random.default_rng(seed)
        self._count = count
        self._random = random
        self._notes = float(random.choice(_NOTES)) * np.array(_CHORD)
        self._gusts = random.uniform(0.05, 0.25)
        self._width = int(random.choice(_SMOOTHNESS))
        self._tail = random.standard_normal((CHANNELS, self._width))
        drops = 1 + count * _DROPS_A_SECOND // SAMPLE_RATE
        self._drops = np.sort(random.integers(0, count, drops))
        self._pitches = random.uniform(500, 1800, drops)

    def take(self, first: int, count: int) -> Samples:
        """Return the samples from `first` on, shape (2, count); blocks are taken in order."""
        places = np.arange(first, first + count)
        seconds = places / SAMPLE_RATE
        chord = sum(
            np.sin(2 * np.pi * note * seconds) / (1 + number)
            for number, note in enumerate(self._notes)
        )
        swell = 0.7 + 0.3 * np.sin(2 * np.pi * self._gusts * seconds)
        sound = (
            0.05 * swell * chord + 0.06 * swell * self._make_noise(count) + self._make_drops(places)
        )
        return np.asarray(sound * self._edge_loudness(places), dtype=np.float32)

    def _make_noise(self, count: int) -> NDArray[np.float64]:
        """Return noise of even loudness that goes on from the block before without a click."""
        fresh = self._random.standard_normal((CHANNELS, count))
        raw = np.concatenate((self._tail, fresh), axis=1)
        self._tail = raw[:, -self._width :]
        sums = np.cumsum(raw, axis=1)
        averaged = sums[:, self._width :] - sums[:, : -self._width]
        return np.asarray(averaged / np.sqrt(self._width), dtype=np.float64)

    def _make_drops(self, places: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the sound of all drops at these samples."""
        length = int(_DROP_SECONDS * SAMPLE_RATE)
        near = (self._drops > places[0] - length) & (self._drops <= places[-1])
        total = np.zeros(len(places))
        for start, pitch in zip(self._drops[near], self._pitches[near], strict=True):
            age = ((places - start) / SAMPLE_RATE).clip(0, _DROP_SECONDS)
            ring = np.sin(2 * np.pi * pitch * age) * np.exp(-18 * age)
            total += 0.08 * ring * (age > 0)
        return total

    def _edge_loudness(self, places: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the loudness at these samples: the sound begins and ends softly."""
        edge = _EDGE_SECONDS * SAMPLE_RATE
        return np.minimum((places + 1) / edge, (self._count - places) / edge).clip(0, 1)
