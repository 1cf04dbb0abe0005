"""Measurements of finished films and sounds: by their packets, never by name or header."""

from fractions import Fraction
from pathlib import Path

from av.container import InputContainer
from av.video.stream import VideoStream

from workers.processes.confinement import UnreadableError
from workers.video.facts import FileFacts, hash_file
from workers.video.frames import get_frame_rate, get_video_stream, open_media, to_rgb_pixels
from workers.video.strip import Pixels


def measure_film(path: Path) -> FileFacts:
    """Count the packets of an MP4, decode a frame at its end, and measure it.

    A truncated file fails there, without the cost of decoding all of it.

    Raises:
        UnreadableError: it is no film, or broken.
    """
    with open_media(path) as container:
        stream = get_video_stream(container)
        frames, sound = _count_packets(container, stream)
        rate = get_frame_rate(stream)
        context = stream.codec_context
        facts = FileFacts(
            kind="video",
            mime_type="video/mp4",
            codec=context.name,
            width=context.width,
            height=context.height,
            size_bytes=path.stat().st_size,
            sha256=hash_file(path),
            frames=frames,
            fps=rate,
            duration=frames / rate,
            sound=sound,
        )
    _decode_last_frame(path)
    return facts


def measure_sound(path: Path, mime_type: str) -> FileFacts:
    """Decode a sound file to its end and measure it.

    Raises:
        UnreadableError: it holds no sound, or is broken.
    """
    samples = 0
    with open_media(path) as container:
        if not container.streams.audio:
            raise UnreadableError("the file holds no sound")
        stream = container.streams.audio[0]
        samples = sum(frame.samples for frame in container.decode(stream))
        duration = Fraction(samples, stream.rate)
        codec = stream.codec_context.name
    return FileFacts(
        kind="audio",
        mime_type=mime_type,
        codec=codec,
        size_bytes=path.stat().st_size,
        sha256=hash_file(path),
        duration=duration,
        sound=duration,
    )


def _count_packets(container: InputContainer, stream: VideoStream) -> tuple[int, Fraction | None]:
    """Return the number of video packets, and where the sound ends in seconds (None: no sound)."""
    frames, sound = 0, Fraction(0) if container.streams.audio else None
    for packet in container.demux(stream, *container.streams.audio[:1]):
        if packet.pts is None:
            continue
        if packet.stream is stream:
            frames += 1
        elif sound is not None:
            sound = max(sound, (packet.pts + (packet.duration or 0)) * packet.time_base)
    return frames, sound


def decode_first_frame(path: Path) -> Pixels:
    """Decode the first frame as RGB pixels.

    Raises:
        UnreadableError: it cannot be decoded.
    """
    with open_media(path) as container:
        for frame in container.decode(get_video_stream(container)):
            return to_rgb_pixels(frame)
    raise UnreadableError("the first frame cannot be decoded")


def _decode_last_frame(path: Path) -> None:
    with open_media(path) as container:
        stream = get_video_stream(container)
        container.seek(stream.duration or 0, stream=stream, backward=True)
        if not any(True for _ in container.decode(stream)):
            raise UnreadableError("the last frame cannot be decoded")
