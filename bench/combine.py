"""Join numbered clips by three methods and print ratios measured in this one run.

Run `python -m bench.combine` from the checkout (about two minutes; `--quick` stops at 20 clips).
Clips are 49 frames of 640x384 at 24; from each after the first a head of 9 frames is dropped.

    remux         packets joined as they are, nothing dropped: the cheapest thing that gives a file
    re-encode     ours, full path
    smart copy    ours, packets copied from the IDR, one encoder for the sound

CPU seconds are those of the child. "exact" reads the number in every frame of the result; "sound"
is how far the last tick is heard from where its picture stands (beyond half a second it wraps).
Read the ratios: seconds depend on the machine, and other work on it disturbs them.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer, OutputContainer
from av.stream import Stream

from bench.table import BrokenInvariantError, Options, Row
from workers.processes.confinement import emit_line, read_peak_bytes
from workers.video.audio import Samples, Sound
from workers.video.concat import JoinOrder
from workers.video.film import Film, FilmShape
from workers.video.frames import decode_frames, open_media, to_rgb_pixels
from workers.video.rates import SAMPLE_RATE
from workers.video.strip import read_strip, write_strip

FRAMES, OVERLAP = 49, 9
FILM_SHAPE = FilmShape(640, 384, Fraction(24))
TICK_SAMPLES = SAMPLE_RATE // 200
METHODS = ("remux", "re-encode", "smart copy")
COUNTS = (5, 10, 20, 40, 60)
QUICK_COUNTS = (5, 10, 20)


@dataclass(frozen=True)
class JoinMeasurement:
    """Measurement of one join: CPU seconds, peak bytes, frames in order, sound error in ms."""

    seconds: float
    peak: int
    exact: bool
    sound_error: float


def write_clip(path: Path, first: int) -> None:
    """Write one clip: a moving picture, its numbers, and a tick at each full film second."""
    width, height, _ = FILM_SHAPE
    coarse = np.random.default_rng(first).integers(0, 200, (height // 8, width // 4, 3))
    still = coarse.repeat(8, axis=0).repeat(8, axis=1).astype(np.uint8)
    with Film(path, FILM_SHAPE, sound=True, overlap=OVERLAP) as film:
        for number in range(first, first + FRAMES):
            left = (number - first) * 4
            pixels = np.ascontiguousarray(still[:, left : left + width])
            write_strip(pixels, number)
            film.add_frame(av.VideoFrame.from_ndarray(pixels, format="rgb24"))
            film.add_sound(build_ticks(first * 2000 + film.samples, film.samples_due))


def build_ticks(start: int, count: int) -> Samples:
    """Build `count` samples with a tick each full second, from sample `start` of the film on.

    The shape is (2, count).
    """
    inside = np.arange(start, start + count) % SAMPLE_RATE
    wave = 0.8 * np.sin(2 * np.pi * 2000 * inside / SAMPLE_RATE) * (inside < TICK_SAMPLES)
    return np.stack((wave, wave)).astype(np.float32)


def join_by_remux(spec: JoinOrder) -> None:
    """Append the packets of each clip to those before; the priming of the sound stays in."""
    ends = {"video": Fraction(0), "audio": Fraction(0)}
    with av.open(spec["target"], "w", format="mp4") as output:
        streams: dict[str, Stream] = {}
        for clip in spec["clips"]:
            with open_media(Path(clip["path"])) as container:
                for stream in container.streams:
                    if stream.type not in streams:
                        streams[stream.type] = output.add_stream_from_template(stream)
                ends = _append_clip(container, output, streams, ends)
    emit_line({"done": {"peakBytes": read_peak_bytes()}})


def _append_clip(
    container: InputContainer,
    output: OutputContainer,
    streams: dict[str, Stream],
    starts: dict[str, Fraction],
) -> dict[str, Fraction]:
    """Copy one clip's packets behind `starts` (seconds a stream) and return where they end."""
    ends, shifts = dict(starts), dict[str, int]()
    for packet in container.demux():
        if packet.dts is None or packet.pts is None:
            continue
        kind, base = packet.stream.type, packet.time_base
        shift = shifts.setdefault(kind, int(starts[kind] / base) - min(0, packet.pts))
        packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
        ends[kind] = max(ends[kind], (packet.pts + (packet.duration or 0)) * base)
        packet.stream = streams[kind]
        output.mux(packet)
    return ends


def measure_join(method: str, clips: Sequence[Path], target: Path) -> JoinMeasurement:
    """Join clips in a child process, and read the result back."""
    spec: JoinOrder = {
        "clips": [{"path": str(clip), "head": OVERLAP if n else 0} for n, clip in enumerate(clips)],
        "width": FILM_SHAPE.width,
        "height": FILM_SHAPE.height,
        "fps": str(FILM_SHAPE.fps),
        "smart": method == "smart copy",
        "target": str(target),
    }
    ours = ["-I", "-m", "workers.video.concat"]
    remux = ["-m", "bench.combine", "--remux"]
    command = [sys.executable, *(remux if method == "remux" else ours)]
    before = os.times()
    finished = subprocess.run(
        command,
        input=json.dumps(spec),
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )
    after = os.times()
    seconds = after.children_user + after.children_system
    seconds -= before.children_user + before.children_system
    peak = json.loads(finished.stdout.splitlines()[-1])["done"]["peakBytes"]
    exact, last_number, shown_at = read_numbers(target)
    ahead = last_number / FILM_SHAPE.fps - shown_at
    return JoinMeasurement(seconds, peak, exact, measure_sound_error(target, ahead))


def read_numbers(path: Path) -> tuple[bool, int, Fraction]:
    """Read the numbers of a film: are they in order, the last one, and its time in seconds."""
    numbers, shown_at = [], Fraction(0)
    with open_media(path) as container:
        for frame in decode_frames(container):
            numbers.append(read_strip(to_rgb_pixels(frame)) or 0)
            shown_at = Fraction(frame.pts or 0) * Fraction(frame.time_base or 0)
    exact = numbers[0] == 0 and all(after == before + 1 for before, after in pairwise(numbers))
    return exact, numbers[-1], shown_at


def measure_sound_error(path: Path, ahead: Fraction) -> float:
    """Measure how far the last tick is from its picture in ms; film time is `ahead` seconds."""
    with Sound(path) as sound:
        heard = np.concatenate(list(sound.remaining()), axis=1)[0]
    loud = np.flatnonzero(np.abs(heard) > 0.3)  # noqa: PLR2004 - well above what the encoder adds
    last = loud[np.flatnonzero(np.diff(loud, prepend=-SAMPLE_RATE) > TICK_SAMPLES * 4)][-1]
    places = np.arange(last - TICK_SAMPLES, last + TICK_SAMPLES).clip(0, heard.shape[0] - 1)
    begin = _find_tick(heard[places], last - TICK_SAMPLES)
    off = (begin / SAMPLE_RATE + float(ahead)) % 1
    return 1000 * min(off, 1 - off)


def _find_tick(around: Samples, first: int) -> int:
    """Find the sample at which a tick fits best into `around`, whose first sample is `first`."""
    fits = np.correlate(around, build_ticks(0, TICK_SAMPLES)[0], mode="valid")
    return int(np.argmax(fits)) + first


def print_table(runs: dict[tuple[str, int], JoinMeasurement], counts: Sequence[int]) -> None:
    """Print the measurements; the ratio is to the remux of as many clips."""
    last = counts[-1]
    print("| method | CPU s, n = " + "/".join(map(str, counts)) + " | ratio at", last, end=" ")
    print("| peak MB | peak, first to last | exact | sound error |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for method in METHODS:
        row = [runs[method, count] for count in counts]
        ratio = row[-1].seconds / runs["remux", last].seconds
        cells = [
            method,
            "/".join(f"{run.seconds:.2f}" for run in row),
            f"{ratio:.1f}",
            "/".join(f"{run.peak / 1e6:.0f}" for run in row),
            f"{row[-1].peak / row[0].peak - 1:+.1%}",
            "yes" if all(run.exact for run in row) else "no",
            f"{max(run.sound_error for run in row):.1f} ms",
        ]
        print("| " + " | ".join(cells) + " |")
    gain = runs["re-encode", last].seconds / runs["smart copy", last].seconds
    print(f"smart copy takes {gain:.1f} times less CPU than re-encode at n = {last}")


def measure(options: Options) -> Iterator[Row]:
    """Measure a film of 60 clips: smart copy beside a remux, by processor time; yield the row."""
    row = Row(
        "combine.smart_copy", f"film of {COUNTS[-1]} clips: smart copy / remux, processor",
        must=2.5, goal=2, lower_is_better=True, side_unit=" s",
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as name:
        clips = write_clips(Path(name), COUNTS[-1])
        for _ in range(options.rounds):
            remuxed, copied = (
                measure_join(method, clips, Path(name) / "film.mp4")
                for method in ("remux", "smart copy")
            )
            if not copied.exact:
                raise BrokenInvariantError("a frame is missing or twice in the film")
            row.add_round(remuxed.seconds, copied.seconds)
    yield row


def write_clips(folder: Path, count: int) -> list[Path]:
    """Write numbered clips that overlap; return their paths in order."""
    clips = [folder / f"clip{number:02d}.mp4" for number in range(count)]
    for number, clip in enumerate(clips):
        write_clip(clip, number * (FRAMES - OVERLAP))
    return clips


def main() -> None:
    """Shoot the clips, join them by each method and print the table."""
    counts = QUICK_COUNTS if "--quick" in sys.argv else COUNTS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clips = write_clips(folder, counts[-1])
        runs = {
            (method, count): measure_join(method, clips[:count], folder / "film.mp4")
            for method in METHODS
            for count in counts
        }
    print_table(runs, counts)


if __name__ == "__main__":
    if "--remux" in sys.argv:
        join_by_remux(json.load(sys.stdin))
    else:
        main()
