"""The last frames of a clip as lossless WebP, for the next clip to take as its overlap frames.

Only this module needs a decoder, PyAV and Pillow: the extra `frames`.
"""

import importlib.util
import io
import os
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

from killatamata.errors import ExtractionFailed

if TYPE_CHECKING:
    import av

OVERLAP_FRAMES, MOST_FRAMES = 9, 25
MISSING = (
    "To take frames, PyAV and Pillow are needed: pip install 'killatamata[frames]'. To continue a "
    "job's own clip no frames are needed: name the job in video.extend."
)


def check_decoder() -> None:
    """Check that frames can be taken here.

    Raises:
        ExtractionFailed: the extra `frames` is not installed.
    """
    if any(importlib.util.find_spec(name) is None for name in ("av", "PIL")):
        raise ExtractionFailed(MISSING)


def take_trailing(
    video: str | os.PathLike[str],
    count: int = OVERLAP_FRAMES,
    to: str | os.PathLike[str] = "./",
) -> list[Path]:
    """Save the last frames of a video in a folder as lossless WebP, the oldest first.

        frames = take_trailing("first.mp4", 9, "frames/")
        client.run("video.generate", prompt="it goes on", overlap_frame_images=frames)

    A file is named by its place in the video: the last frame of 120 is `first-000120.webp`. Their
    pixels are those that a decoder gives. The gateway uses 1, 9, 17 or 25 of them.

    Raises:
        ExtractionFailed: the video has fewer frames, cannot be decoded, or `frames` is missing.
        ValueError: the count is not from 1 to 25.
        OSError: the video cannot be read, or the folder not be written.
    """
    if not 1 <= count <= MOST_FRAMES:
        raise ValueError(f"{count} frames: a clip takes 1 to {MOST_FRAMES} overlap frames.")
    check_decoder()
    path, folder = Path(video), Path(to)
    frames = _decode_last(path, count)
    total = frames[-1][0] if frames else 0
    if total < count:
        raise ExtractionFailed(f"{path.name} has {total} of the {count} frames asked for.")
    encoded = {number: _encode_lossless(frame) for number, frame in frames}
    folder.mkdir(parents=True, exist_ok=True)
    saved = []
    for number, data in encoded.items():
        saved.append(folder / f"{path.stem}-{number:06}.webp")
        saved[-1].write_bytes(data)
    return saved


async def take_trailing_async(
    video: str | os.PathLike[str],
    count: int = OVERLAP_FRAMES,
    to: str | os.PathLike[str] = "./",
) -> list[Path]:
    """Run `take_trailing` in a thread, so that the event loop goes on meanwhile."""
    import asyncio  # noqa: PLC0415 - the blocking client needs no event loop, which loads slowly

    return await asyncio.to_thread(take_trailing, video, count, to)


def _decode_last(path: Path, count: int) -> "list[tuple[int, av.VideoFrame]]":
    """Return the last frames with their numbers, from 1.

    Every frame is decoded: containers are wrong about their frame count, and seeking is inexact.
    """
    import av  # noqa: PLC0415 - an extra

    try:
        # FFmpeg would take the part of a path before a colon for a protocol, so the file is opened
        # here. Without the whitelist a playlist in its place could make FFmpeg call any server.
        options = {"protocol_whitelist": "file"}
        with path.open("rb") as source, av.open(source, "r", options=options) as container:
            if not container.streams.video:
                raise ExtractionFailed(f"{path.name} has no picture.")
            container.streams.video[0].thread_type = "AUTO"
            return list(deque(enumerate(container.decode(video=0), 1), maxlen=count))
    except av.FFmpegError as error:
        if isinstance(error, OSError):
            raise
        raise ExtractionFailed(f"{path.name} cannot be decoded: {error.strerror}.") from error


def _encode_lossless(frame: "av.VideoFrame") -> bytes:
    """Return a frame as WebP whose pixels are exactly those decoded, turned upright."""
    image = frame.to_image()  # type: ignore[no-untyped-call]  # PyAV types all but this
    if frame.rotation:
        image = image.rotate(frame.rotation, expand=True)
    out = io.BytesIO()
    # With lossless=True quality and method only trade encoding time for file size.
    image.save(out, "WEBP", lossless=True, exact=True, quality=20, method=1)
    return out.getvalue()
