"""Frames of a video, written as PNGs one behind the other. Runs in the child only.

A frame is counted as the decoder gives it, for packets tell less: some are never shown, and some
lack what they refer to. Numbers from 0 are counted from the start. Negative ones are counted from
the end, section by section: from a key frame to the next section, whatever lies before.
"""

import os
import time
from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import IO

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from gateway.library.inspection.child_protocol import InspectionOrder, Measures, MediaRefused
from gateway.library.inspection.containers import open_container

MIB = 2**20
KEPT_BYTES = 256 * MIB  # of decoded frames, until it is known which of them are wanted
MOST_CPU_SECONDS, MOST_WALL_SECONDS = 16, 25  # less than what ends the child: it still answers
UNKNOWN_END = 2**40
QUARTER_TURN = 90


def cut_frames(order: InspectionOrder) -> Measures:
    """Write the frames with the `numbers` of the order, each once, and upright as players show it.

    Those that the video does not have are left out; then `frames` is how many it has.

    Raises:
        MediaRefused: no frame decodes, or the wanted ones take too much time or room.
    """
    numbers = order["numbers"]
    from_start = {number for number in numbers if number >= 0}
    from_end = {number for number in numbers if number < 0}
    with (
        os.fdopen(order["source"], "rb") as source,
        os.fdopen(order["target"], "wb") as target,
        open_container(source, order["format"]) as container,
    ):
        video = container.streams.video[0]
        video.thread_count = 1
        cutter = _Cutter(container, video, target, order["target_bytes"])
        counts = [cutter.cut_forward(from_start) if from_start else None]
        counts.append(cutter.cut_backward(from_end) if from_end else None)
    measures: Measures = {"cuts": cutter.cuts}
    count = next((each for each in counts if each is not None), None)
    if count == 0:
        raise MediaRefused("No frame of the video can be decoded.")
    if count is not None:
        measures["frames"] = count
    return measures


@dataclass(frozen=True, slots=True)
class _Section:
    """A part of a video: the frames shown from `lower` up to, not with, `upper`, in ticks.

    It is decoded from the key frame that a seek to `seek_to` finds.
    """

    seek_to: int
    lower: int | None
    upper: int | None


@dataclass(slots=True)
class _Cutter:
    """Cuts frames out of one video; `cuts` are number, width, height and bytes of each."""

    container: InputContainer
    video: VideoStream
    target: IO[bytes]
    target_bytes: int
    cuts: list[tuple[int, int, int, int]] = field(default_factory=list)

    def cut_forward(self, numbers: Collection[int]) -> int | None:
        """Write frames counted from the start; return the count of all if the video ends before."""
        count, last = 0, max(numbers)
        for frame in self._decode():
            if count in numbers:
                self._write(count, frame)
            if count == last:
                return None
            count += 1
        return count

    def cut_backward(self, numbers: Collection[int]) -> int | None:
        """Write frames counted from the end; return the count of all if the video begins after."""
        behind, deepest = 0, -min(numbers)
        upper: int | None = None
        seek_to = self._find_end()
        earliest: Packet[VideoStream] | None = None
        while behind < deepest:
            key = self._seek(seek_to)
            is_start = key is None or (earliest is not None and _ticks(key) >= _ticks(earliest))
            lower = None if is_start or key is None else key.pts
            count = self._cut_section(_Section(seek_to, lower, upper), numbers, behind)
            if count is not None:
                behind, upper = behind + count, lower
            if key is None or is_start:
                return behind if behind < deepest else None
            earliest, seek_to = key, _ticks(key) - 1
        return None

    def _cut_section(self, section: _Section, numbers: Collection[int], behind: int) -> int | None:
        """Write the wanted frames of a section with `behind` frames after it; return its length.

        None if its key frame does not begin it: then it has to be decoded from an earlier one.
        """
        kept: deque[VideoFrame] = deque()
        count, most = 0, -min(numbers) - behind
        for frame in self._decode_section(section):
            if count == 0:
                if section.lower is not None and (frame.pts != section.lower or frame.is_corrupt):
                    return None
                most = min(most, KEPT_BYTES // sum(plane.buffer_size for plane in frame.planes))
            count += 1
            kept.append(frame)
            if len(kept) > most:
                kept.popleft()
        wanted = {count + behind + number: number for number in numbers}
        wanted = {place: wanted[place] for place in wanted.keys() & range(count)}
        first_kept = count - len(kept)
        pictures = enumerate(kept, first_kept)
        if wanted and min(wanted) < first_kept:  # more than fit into memory: decode them again
            kept.clear()
            pictures = enumerate(self._decode_section(section))
        for place, frame in pictures:
            if place in wanted:
                self._write(wanted[place], frame)
        return count

    def _decode_section(self, section: _Section) -> Iterator[VideoFrame]:
        self.container.seek(section.seek_to, stream=self.video)
        for frame in self._decode():
            if frame.pts is None:
                raise MediaRefused("The frames of the video have no times to count them by.")
            if section.upper is not None and frame.pts >= section.upper:
                return
            if section.lower is None or frame.pts >= section.lower:
                yield frame

    def _decode(self) -> Iterator[VideoFrame]:
        for frame in self.container.decode(self.video):
            _check_time()
            yield frame

    def _seek(self, ticks: int) -> "Packet[VideoStream] | None":
        """Go to the last key frame before a time, or to the first; return its packet."""
        self.container.seek(ticks, stream=self.video)
        return next((each for each in self.container.demux(self.video) if each.size), None)

    def _find_end(self) -> int:
        """Return a time behind the last frame, in ticks of the stream."""
        start, tick = self.video.start_time or 0, self.video.time_base
        if self.video.duration is not None:
            return start + self.video.duration
        if self.container.duration is None or tick is None:
            return UNKNOWN_END
        return start + int(Fraction(self.container.duration, av.time_base) / tick) + 1

    def _write(self, number: int, frame: VideoFrame) -> None:
        pixels = np.rot90(frame.to_ndarray(format="rgb24"), round(frame.rotation / QUARTER_TURN))
        picture = _encode_png(np.ascontiguousarray(pixels))
        if self.target.tell() + len(picture) > self.target_bytes:
            raise MediaRefused(
                "The frames are larger than the media that one request may take.",
                hint="Name fewer frames in one request.",
            )
        self.target.write(picture)
        height, width, _ = pixels.shape
        self.cuts.append((number, width, height, len(picture)))
        _check_time()


def _ticks(packet: "Packet[VideoStream]") -> int:
    """Return the time by which a seek finds a key frame: of decoding, which may be earlier."""
    return packet.dts if packet.dts is not None else packet.pts or 0


def _encode_png(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> bytes:
    """Return pixels as PNG: twice as fast as Pillow, with the same size."""
    height, width, _ = pixels.shape
    encoder = VideoCodecContext.create("png", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "rgb24"
    encoder.time_base, encoder.thread_count = Fraction(1), 1
    encoder.options = {"pred": "sub", "compression_level": "1"}
    frame = VideoFrame.from_ndarray(pixels, format="rgb24")
    frame.pts = 0
    return b"".join(bytes(packet) for packet in [*encoder.encode(frame), *encoder.encode(None)])


def _check_time() -> None:
    """Refuse what takes so long that the child would be ended without an answer."""
    if time.process_time() > MOST_CPU_SECONDS or time.monotonic() > _wall_end:
        raise MediaRefused(
            "The frames take too long to cut.",
            hint="Name fewer frames, or frames nearer to the start (0, 1, …) or the end (-1, -2, …)"
            " of the video.",
        )


_wall_end = time.monotonic() + MOST_WALL_SECONDS  # this process cuts frames once
