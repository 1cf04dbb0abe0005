"""Sound as 48 kHz stereo samples: decoded, cut and padded to exact counts, joined at seams.

Counts are exact because a film's sound is laid under its frames by a running total; a clip whose
sound is short, late or missing gives silence instead of moving all that follows.
"""

import wave
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self, TypeAlias

import av
import numpy as np
from numpy.typing import NDArray

from workers.video.frames import open_media
from workers.video.rates import SAMPLE_RATE

Samples: TypeAlias = NDArray[np.float32]

CHANNELS = 2
# A later start is heard, an earlier one is rounding.
_AUDIBLE_GAP_SECONDS = Fraction(1, 1000)


def make_silence(count: int) -> Samples:
    """Return `count` samples of silence, of shape (2, count)."""
    return np.zeros((CHANNELS, count), dtype=np.float32)


class Sound:
    """The sound of one file, read forward; where it has none, or has ended, it is silence."""

    def __init__(self, path: Path | None, *, by_header: bool = False) -> None:
        """Open the file, as `open_media` does; with no `path` all of it is silence."""
        self._stack = ExitStack()
        self._blocks: Iterator[Samples] = iter(())
        self._rest = make_silence(0)
        self.exists = False
        if path is not None:
            container = self._stack.enter_context(open_media(path, by_header=by_header))
            if container.streams.audio:
                self.exists = True
                self._blocks = _decode_sound(container)

    def __enter__(self) -> Self:
        """Return the sound itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        self._stack.close()

    def take(self, count: int) -> Samples:
        """Return the next `count` samples, of shape (2, count); silence after the end."""
        parts, missing = [], count
        while missing > 0:
            if not self._rest.shape[1]:
                block = next(self._blocks, None)
                if block is None:
                    parts.append(make_silence(missing))
                    break
                self._rest = block
            part, self._rest = self._rest[:, :missing], self._rest[:, missing:]
            parts.append(part)
            missing -= part.shape[1]
        return np.concatenate(parts, axis=1) if parts else make_silence(0)

    def skip(self, count: int) -> None:
        """Drop the next `count` samples, a second at a time so that memory stays flat."""
        while count > 0:
            step = min(count, SAMPLE_RATE)
            self.take(step)
            count -= step

    def remaining(self) -> Iterator[Samples]:
        """Yield what is left of the file, without padding."""
        if self._rest.shape[1]:
            yield self._rest
        yield from self._blocks


def _decode_sound(container: av.container.InputContainer) -> Iterator[Samples]:
    """Yield the first sound stream as samples, after silence if it starts late."""
    stream = container.streams.audio[0]
    stream.codec_context.thread_count = 1
    resampler = av.AudioResampler(format="fltp", layout="stereo", rate=SAMPLE_RATE)
    started = False
    for frame in container.decode(stream):
        if not started:
            started = True
            late = Fraction(frame.pts or 0) * (frame.time_base or Fraction(0))
            if late > _AUDIBLE_GAP_SECONDS:
                yield make_silence(int(late * SAMPLE_RATE))
        # The resampler would fill gaps between timestamps with samples of its own.
        frame.pts = None
        yield from map(_to_samples, resampler.resample(frame))
    if started:
        yield from map(_to_samples, resampler.resample(None))


def _to_samples(frame: av.AudioFrame) -> Samples:
    return np.asarray(frame.to_ndarray(), dtype=np.float32)


class SoundSeams:
    """Joins the sound of clips with a crossfade at each seam.

    A fade needs sound of both clips at once, and may not change the length. So the last `fade`
    samples are held back, and at the seam the next clip's sound from before its cut, which is
    dropped otherwise, is mixed into them.
    """

    def __init__(self, fade: int) -> None:
        """Fade over `fade` samples; 0 joins without a fade."""
        self._fade = fade
        self._held = make_silence(0)

    def add(self, samples: Samples) -> Samples:
        """Take the next samples; return what can be encoded, all but the last `fade` samples."""
        if not self._fade:
            return samples
        whole = np.concatenate((self._held, samples), axis=1)
        ready = max(0, whole.shape[1] - self._fade)
        self._held = whole[:, ready:]
        return whole[:, :ready]

    def crossfade(self, lead: Samples) -> None:
        """Mix `lead`, the next clip's sound before its cut, into the samples that are held."""
        count = min(lead.shape[1], self._held.shape[1])
        if count:
            rise = np.linspace(0, 1, count, endpoint=False, dtype=np.float32)
            self._held[:, -count:] = self._held[:, -count:] * (1 - rise) + lead[:, -count:] * rise

    def take_rest(self) -> Samples:
        """Return the samples that are still held after the last clip."""
        held, self._held = self._held, make_silence(0)
        return held


def write_wav(path: Path, blocks: Iterable[Samples]) -> None:
    """Write blocks of samples as 16-bit 48 kHz stereo WAV."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(CHANNELS)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        for block in blocks:
            file.writeframes((block.T.clip(-1, 1) * 32767).round().astype("<i2").tobytes())


def take_blocks(sound: Sound, count: int) -> Iterator[Samples]:
    """Yield exactly `count` samples of a sound in blocks of at most a second."""
    while count > 0:
        step = min(count, SAMPLE_RATE)
        yield sound.take(step)
        count -= step
