"""Small films with a numbered strip, and readers of the numbers and the sound in real files."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from workers.video.audio import Samples, Sound
from workers.video.film import Film, FilmShape
from workers.video.frames import decode_frames, open_media, to_rgb_pixels
from workers.video.rates import SAMPLE_RATE, samples_for_frames
from workers.video.strip import Pixels, read_strip, write_strip


def make_tone(start: int, count: int, hertz: float = 440.0) -> Samples:
    places = np.arange(start, start + count) / SAMPLE_RATE
    return np.tile(0.3 * np.sin(2 * np.pi * hertz * places), (2, 1)).astype(np.float32)


def draw_numbered(width: int, height: int, number: int) -> Pixels:
    pixels = np.full((height, width, 3), 40 + number * 7 % 160, dtype=np.uint8)
    pixels[: height // 3] = np.random.default_rng(number).integers(60, 120, (height // 3, width, 3))
    write_strip(pixels, number)
    return pixels


def write_numbered_film(
    path: Path,
    numbers: range,
    *,
    width: int = 128,
    height: int = 128,
    fps: int = 24,
    sound: bool = True,
    overlap: int = 0,
) -> Path:
    """Write a kt1 film whose frames carry `numbers`; its tone runs on with them."""
    shape = FilmShape(width, height, Fraction(fps))
    with Film(path, shape, sound=sound, overlap=overlap) as film:
        at = samples_for_frames(numbers.start, shape.fps)
        for number in numbers:
            pixels = draw_numbered(width, height, number)
            film.add_frame(av.VideoFrame.from_ndarray(pixels, format="rgb24"))
            due = film.samples_due
            if sound:
                film.add_sound(make_tone(at + film.samples, due))
    return path


def read_frames(path: Path) -> list[Pixels]:
    with open_media(path) as container:
        return [to_rgb_pixels(frame) for frame in decode_frames(container)]


def read_strips(path: Path) -> list[int | None]:
    return [read_strip(pixels) for pixels in read_frames(path)]


def read_sound(path: Path) -> Samples:
    with Sound(path) as sound:
        assert sound.exists
        return np.concatenate(list(sound.remaining()), axis=1)


def measure_sound_seconds(path: Path) -> Fraction:
    """Return where the last sound packet ends."""
    with open_media(path) as container:
        stream = container.streams.audio[0]
        ends = [
            (packet.pts + (packet.duration or 0)) * packet.time_base
            for packet in container.demux(stream)
            if packet.pts is not None
        ]
    return max(ends)


def list_idr_frames(path: Path) -> list[int]:
    with open_media(path) as container:
        packets = [packet for packet in container.demux(video=0) if packet.pts is not None]
    return [index for index, packet in enumerate(packets) if packet.is_keyframe]


def measure_loudness(samples: Samples) -> float:
    return float(np.sqrt(np.mean(np.square(samples))))
