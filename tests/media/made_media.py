"""Small real media files, made by the encoders of this machine."""

import struct
import zlib
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

import av
import numpy as np
from av.container import OutputContainer
from av.stream import Disposition, Stream
from PIL import Image

S = TypeVar("S", bound=Stream)


def make_picture(width: int = 96, height: int = 64, mode: str = "RGB") -> Image.Image:
    """Return a picture of noise, the same in each run, whose corners differ."""
    random = np.random.default_rng(7)
    channels = len(Image.new(mode, (1, 1)).getbands())
    values = random.integers(0, 256, (height, width, channels), dtype=np.uint8)
    return Image.fromarray(values if channels > 1 else values[:, :, 0], mode)


def make_png_bomb(width: int, height: int) -> bytes:
    """Return a valid PNG of one colour in a few hundred kilobytes."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(1 + 3 * width)) for _ in range(height)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in ((b"IHDR", head), (b"IDAT", rows), (b"IEND", b""))
    )


def write_film(
    path: Path,
    *,
    form: str = "mp4",
    codec: str = "libx264",
    sound: str | None = None,
    frames: int = 25,
    size: tuple[int, int] = (128, 96),
    pictures: int = 1,
    rate: Fraction | int = 25,
) -> Path:
    """Write a film of `rate` frames a second; its tags hold a prompt, which must not be kept."""
    with av.open(str(path), "w", format=form) as container:
        container.metadata["comment"] = "PROMPT"
        videos = [add_stream(container, codec, rate, av.VideoStream) for _ in range(pictures)]
        for video in videos:
            video.width, video.height, video.pix_fmt = *size, "yuv420p"
        audio = add_stream(container, sound, 48000, av.AudioStream) if sound else None
        for number in range(frames):
            shade = np.full((size[1], size[0], 3), number * 9 % 255, np.uint8)
            frame = av.VideoFrame.from_ndarray(shade, format="rgb24")
            frame.pts = number
            for video in videos:
                container.mux(video.encode(frame))
        for video in videos:
            container.mux(video.encode(None))
        if audio is not None:
            _write_silence(container, audio, seconds=float(frames / rate))
    return path


def write_song(
    path: Path, *, form: str, codec: str, seconds: float = 2.0, cover: bool = False
) -> Path:
    """Write a silent song, with a cover picture if `cover`; its tags hold a prompt."""
    with av.open(str(path), "w", format=form) as container:
        container.metadata["title"] = "PROMPT"
        audio = add_stream(container, codec, 48000, av.AudioStream)
        art = add_stream(container, "png", 1, av.VideoStream) if cover else None
        if art is not None:
            art.width, art.height, art.pix_fmt = 64, 64, "rgb24"
            art.disposition = Disposition.attached_pic
            container.mux(art.encode(av.VideoFrame(64, 64, "rgb24")))
        _write_silence(container, audio, seconds=seconds)
    return path


def add_stream(container: OutputContainer, codec: str, rate: Fraction | int, kind: type[S]) -> S:
    """Add a stream of this kind to a file that is being written."""
    stream = container.add_stream(codec, rate=rate)
    assert isinstance(stream, kind)
    return stream


def _write_silence(container: OutputContainer, audio: av.AudioStream, *, seconds: float) -> None:
    """Write silence; the resampler cuts it into the frame size of the codec."""
    resampler = av.AudioResampler(
        format=audio.format, layout="stereo", rate=48000, frame_size=audio.codec_context.frame_size
    )
    left = int(seconds * 48000)
    frame = av.AudioFrame.from_ndarray(
        np.zeros((1, 2 * left), np.int16), format="s16", layout="stereo"
    )
    frame.sample_rate, frame.pts = 48000, 0
    for part in (frame, None):  # None flushes
        for piece in resampler.resample(part):
            container.mux(audio.encode(piece))
    container.mux(audio.encode(None))


def list_names(folder: Path) -> list[str]:
    """Return the names of the files in a folder."""
    return sorted(path.name for path in folder.iterdir())


def write_repeated_film(
    path: Path, target: Path, *, times: int, every: int = 1, packet: bytes | None = None
) -> Path:
    """Write a film that repeats the first picture of another, one in `every` frames of 25 a second.

    So a film that takes long to decode is made in a moment. `packet` replaces the bytes of each
    picture.
    """
    with av.open(str(path)) as original, av.open(str(target), "w", format="mp4") as container:
        source = original.streams.video[0]
        first = next(original.demux(source))
        copy = container.add_stream_from_template(source)
        copy.time_base = Fraction(1, 25)
        for number in range(times):
            repeat = av.Packet(packet or bytes(first))
            repeat.stream, repeat.time_base = copy, Fraction(1, 25)
            repeat.pts = repeat.dts = number * every
            repeat.duration, repeat.is_keyframe = every, True
            container.mux(repeat)
    return target
