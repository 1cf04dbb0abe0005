"""Write MP4 in profile `kt1`, or copy packets into one, beside one AAC encoder for the sound."""

from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Self

import av
from av.video.frame import PictureType
from av.video.stream import VideoStream

from workers.video.audio import Samples
from workers.video.rates import SOUND_RATE, samples_at

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.packet import Packet

_IDR_FRAMES = frozenset({0, 1, 9, 17, 25})
_IDR_SECONDS = 2
_BIT_EXACT = 0x400  # no encoder tag in the file
_SMPTE170M, _LIMITED_RANGE = 6, 1


class Shape(NamedTuple):
    """Width and height in pixels, and frames a second."""

    width: int
    height: int
    fps: Fraction


class _Reel:
    """An MP4 with faststart and no tags, being written; the sound follows the picture."""

    def __init__(self, path: Path, fps: Fraction) -> None:
        """Open the file."""
        self.fps = fps
        self.frames = 0
        self.samples = 0
        self._container = av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})
        self._container.flags |= _BIT_EXACT
        self._sound: AudioStream | None = None

    def _open_sound(self) -> None:
        stream = self._container.add_stream("aac", rate=SOUND_RATE, layout="stereo", format="fltp")
        stream.codec_context.bit_rate = 192_000
        self._sound = stream

    def __enter__(self) -> Self:
        """Return the film itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Flush and close after success; after an error only close."""
        try:
            if kind is None:
                self._flush()
        finally:
            self._container.close()

    def _flush(self) -> None:
        if self._sound is not None:
            self._container.mux(self._sound.encode(None))

    @property
    def samples_due(self) -> int:
        """Return how many samples are missing for the frames written, by the running total."""
        return samples_at(self.frames, self.fps) - self.samples

    def add_sound(self, samples: Samples) -> None:
        """Encode the next samples, shape (2, n), 48 kHz."""
        if self._sound is None or not samples.shape[1]:
            return
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="stereo")
        frame.sample_rate = SOUND_RATE
        frame.time_base = Fraction(1, SOUND_RATE)
        frame.pts = self.samples
        self.samples += samples.shape[1]
        self._container.mux(self._sound.encode(frame))


class Film(_Reel):
    """A film encoded in profile `kt1` (or at another `crf`, for what only an engine reads)."""

    def __init__(
        self, path: Path, shape: Shape, *, sound: bool, overlap: int = 0, crf: int = 18
    ) -> None:
        """Start a film; an IDR also stands at frame `overlap`, where a later cut may fall."""
        super().__init__(path, shape.fps)
        self._shape = shape
        self._idr = _IDR_FRAMES | {overlap}
        self._every = int(_IDR_SECONDS * shape.fps)
        self._video = self._open_video(crf)
        if sound:
            self._open_sound()

    def _open_video(self, crf: int) -> VideoStream:
        options = {"crf": str(crf), "preset": "veryfast", "forced-idr": "1"}
        stream = self._container.add_stream("libx264", rate=self._shape.fps, options=options)
        stream.width, stream.height = self._shape.width, self._shape.height
        stream.pix_fmt = "yuv420p"
        context = stream.codec_context
        context.thread_count = 1
        context.gop_size = self._every
        context.time_base = 1 / self._shape.fps
        context.colorspace = context.color_primaries = context.color_trc = _SMPTE170M
        context.color_range = _LIMITED_RANGE
        return stream

    def add(self, frame: av.VideoFrame) -> None:
        """Encode the next frame, of the film's own size."""
        frame = frame.reformat(format="yuv420p", dst_colorspace="ITU601")
        cut = self.frames in self._idr or self.frames % self._every == 0
        frame.pict_type = PictureType.I if cut else PictureType.NONE
        frame.time_base = 1 / self.fps
        frame.pts = self.frames
        self.frames += 1
        self._container.mux(self._video.encode(frame))

    def _flush(self) -> None:
        self._container.mux(self._video.encode(None))
        super()._flush()


class CopiedFilm(_Reel):
    """A film whose video packets are copied from clips of equal encoding."""

    def __init__(self, path: Path, template: VideoStream, fps: Fraction, *, sound: bool) -> None:
        """Start a film with the stream parameters of `template`."""
        super().__init__(path, fps)
        self._video = self._container.add_stream_from_template(template)
        self._video.time_base = 1 / fps
        if sound:
            self._open_sound()

    def add(self, packet: "Packet[VideoStream]", *, pts: int, dts: int) -> None:
        """Write one packet; `pts` and `dts` are counted in frames of the film."""
        packet.stream = self._video
        packet.time_base = 1 / self.fps
        packet.pts, packet.dts, packet.duration = pts, dts, 1
        self.frames += 1
        self._container.mux(packet)
