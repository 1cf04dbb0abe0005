"""Video frames: decoded, counted, fitted and re-timed, with one in memory at a time."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Literal

import av
import numpy as np
from av.container import InputContainer
from av.video.stream import VideoStream

from workers.processes.confinement import ChildError, UnreadableError
from workers.video.rates import convert_frame_count
from workers.video.strip import Pixels

Fit = Literal["cover", "pad"]
# While FFmpeg opens a file it decodes a frame of each stream; these skip that, and nothing later.
_HEADER_ONLY = {"probesize": "32", "skip_frame": "all"}


class FrameCountError(ChildError):
    """The file holds another number of frames than it was said to hold."""

    code = "frames_differ"


def detect_container_format(path: Path) -> str:
    """Detect the demuxer of a file by its first bytes.

    FFmpeg's own probing would also find playlists and concat scripts, which name other files.

    Raises:
        UnreadableError: the bytes are of no container that we read.
    """
    with path.open("rb") as file:
        head = file.read(64)
    if head[4:8] in {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"}:
        return "mov"
    magics = {
        b"\x1aE\xdf\xa3": "matroska",
        b"RIFF": "wav",
        b"fLaC": "flac",
        b"OggS": "ogg",
        b"ID3": "mp3",
    }
    for magic, name in magics.items():
        if head.startswith(magic):
            return name
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:  # noqa: PLR2004 - MPEG sync word
        return "mp3"
    raise UnreadableError(f"{path.name} is of no known container")


def open_media(path: Path, *, by_header: bool = False) -> InputContainer:
    """Open a local media file with the demuxer that fits its bytes; it can reach no network.

    With `by_header` nothing is decoded to learn more than the header says, which takes a sixth of
    the time: the pixel format is not known then, and what the header lacks is missing.

    Raises:
        UnreadableError: the bytes are of no container that we read.
    """
    return av.open(
        str(path),
        "r",
        format=detect_container_format(path),
        options={"protocol_whitelist": "file"} | (_HEADER_ONLY if by_header else {}),
        timeout=5,
    )


def get_video_stream(container: InputContainer) -> VideoStream:
    """Return the first video stream, set to decode on one thread.

    Raises:
        UnreadableError: there is none.
    """
    if not container.streams.video:
        raise UnreadableError("there is no video stream")
    stream = container.streams.video[0]
    stream.codec_context.thread_count = 1
    return stream


def get_frame_rate(stream: VideoStream) -> Fraction:
    """Return the average frames a second of a stream as an exact fraction.

    Raises:
        UnreadableError: the file does not say.
    """
    rate = stream.average_rate or stream.guessed_rate
    if not rate:
        raise UnreadableError("the frame rate is not known")
    return Fraction(rate)


def count_frames(path: Path) -> int:
    """Count the video frames of a file: by its header, else by its packets."""
    with open_media(path) as container:
        stream = get_video_stream(container)
        if stream.frames:
            return stream.frames
        return sum(1 for packet in container.demux(stream) if packet.size)


def decode_frames(container: InputContainer) -> Iterator[av.VideoFrame]:
    """Yield the decoded frames of an open file in the order of display."""
    yield from container.decode(get_video_stream(container))


def decode_kept_frames(
    container: InputContainer, *, head: int, kept: int
) -> Iterator[av.VideoFrame]:
    """Yield `kept` frames after dropping the first `head`.

    Raises:
        FrameCountError: the file ends before that.
    """
    count = 0
    for frame in islice(decode_frames(container), head, head + kept):
        count += 1
        yield frame
    if count != kept:
        raise FrameCountError(f"{count} frames could be decoded where {kept} were expected")


def retime_frames(
    frames: Iterator[av.VideoFrame], count: int, source_fps: Fraction, fps: Fraction
) -> Iterator[av.VideoFrame]:
    """Yield `count` source frames, repeated or dropped so that they play at `fps`.

    A frame shows what the source shows in the middle of its time.
    """
    total = convert_frame_count(count, source_fps, fps)
    position, frame = -1, None
    for index in range(total):
        wanted = min(count - 1, int((index + Fraction(1, 2)) * source_fps / fps))
        while position < wanted or frame is None:
            frame = next(frames)
            position += 1
        yield frame
    # The rest is decoded too: `decode_kept_frames` notices a short file only at its end.
    for _ in frames:
        pass


def _to_even(value: Fraction) -> int:
    return max(2, round(value / 2) * 2)


def fit_frame(frame: av.VideoFrame, width: int, height: int, fit: Fit) -> av.VideoFrame:
    """Scale a frame with Lanczos to yuv420p of even `width` by `height` pixels.

    `cover` fills the canvas and crops at the centre, `pad` shows all between black bars.
    """
    ratios = (Fraction(width, frame.width), Fraction(height, frame.height))
    scale = max(ratios) if fit == "cover" else min(ratios)
    size = (_to_even(frame.width * scale), _to_even(frame.height * scale))
    limit = max if fit == "cover" else min  # rounding to even may miss the canvas by two pixels
    size = (limit(size[0], width), limit(size[1], height))
    scaled = frame.reformat(
        size[0], size[1], format="yuv420p", interpolation="LANCZOS", dst_colorspace="ITU601"
    )
    return scaled if size == (width, height) else _centre_on_black(scaled, width, height)


def _centre_on_black(frame: av.VideoFrame, width: int, height: int) -> av.VideoFrame:
    """Centre a yuv420p frame on a black one of the given size; what is larger is cut."""
    source = np.asarray(frame.to_ndarray(), dtype=np.uint8)
    target = np.empty((height * 3 // 2, width), dtype=np.uint8)
    pairs = zip(
        _split_planes(source, frame.width, frame.height),
        _split_planes(target, width, height),
        strict=True,
    )
    for (from_plane, to_plane), black in zip(pairs, (16, 128, 128), strict=True):
        to_plane[:] = black
        rows = min(from_plane.shape[0], to_plane.shape[0])
        columns = min(from_plane.shape[1], to_plane.shape[1])
        _centre_of(to_plane, rows, columns)[:] = _centre_of(from_plane, rows, columns)
    return av.VideoFrame.from_ndarray(target, format="yuv420p")


def _split_planes(array: Pixels, width: int, height: int) -> tuple[Pixels, Pixels, Pixels]:
    """Return views of the planes Y, U and V; they share the memory of `array`."""
    flat, luma, chroma = array.reshape(-1), width * height, width * height // 4
    half = (height // 2, width // 2)
    return (
        flat[:luma].reshape(height, width),
        flat[luma : luma + chroma].reshape(half),
        flat[luma + chroma :].reshape(half),
    )


def _centre_of(plane: Pixels, rows: int, columns: int) -> Pixels:
    top, left = (plane.shape[0] - rows) // 2, (plane.shape[1] - columns) // 2
    return plane[top : top + rows, left : left + columns]


def to_rgb_pixels(frame: av.VideoFrame) -> Pixels:
    """Convert a frame to RGB pixels of shape (height, width, 3)."""
    return np.asarray(frame.to_ndarray(format="rgb24"), dtype=np.uint8)
