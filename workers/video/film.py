"""MP4 films in profile `kt1`: encoded frame by frame, or copied packet by packet.

Clips are joined later, often without encoding them again. So `kt1` fixes all that must be equal in
two clips for their packets to stand in one stream (codec settings, colours, one thread, no tags),
and puts an IDR picture wherever a cut may fall: a decoder can start only at one. Sound is one AAC
stream whose samples are counted over the whole film, so that rounding never adds up.
"""

from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Self

import av
from av.video.frame import PictureType
from av.video.stream import VideoStream

from workers.video.audio import Samples
from workers.video.rates import SAMPLE_RATE, samples_for_frames

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.packet import Packet

# The usual overlaps, 8n + 1 frames: joining an extension cuts them from the head of a clip.
_IDR_FRAMES = frozenset({0, 1, 9, 17, 25})
_IDR_SECONDS = 2
_BIT_EXACT = 0x400  # FFmpeg's AVFMT_FLAG_BITEXACT: no encoder tag in the file
_SMPTE170M, _LIMITED_RANGE = 6, 1  # of FFmpeg's AVCOL_SPC_ and AVCOL_RANGE_


class FilmShape(NamedTuple):
    """The size of a film in pixels, and its frames a second."""

    width: int
    height: int
    fps: Fraction


class _FilmWriter:
    """An MP4 with faststart and no tags, being written; the sound follows the picture."""

    def __init__(self, path: Path, fps: Fraction) -> None:
        """Open the file for writing."""
        self.fps = fps
        self.frames = 0
        self.samples = 0
        self._container = av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})
        self._container.flags |= _BIT_EXACT
        self._sound: AudioStream | None = None

    def _open_sound(self) -> None:
        stream = self._container.add_stream("aac", rate=SAMPLE_RATE, layout="stereo", format="fltp")
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
        """Return how many samples are missing for the frames written so far.

        By the running total: a frame at 30000/1001 lasts no whole number of samples, and rounding
        each one would move the sound away from the picture.
        """
        return samples_for_frames(self.frames, self.fps) - self.samples

    def add_sound(self, samples: Samples) -> None:
        """Encode the next samples, shape (2, n), 48 kHz."""
        if self._sound is None or not samples.shape[1]:
            return
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="stereo")
        frame.sample_rate = SAMPLE_RATE
        frame.time_base = Fraction(1, SAMPLE_RATE)
        frame.pts = self.samples
        self.samples += samples.shape[1]
        self._container.mux(self._sound.encode(frame))


class Film(_FilmWriter):
    """A film encoded in profile `kt1`, or at another `crf` where only an engine reads it."""

    def __init__(
        self, path: Path, shape: FilmShape, *, sound: bool, overlap: int = 0, crf: int = 18
    ) -> None:
        """Start a film; frame `overlap` becomes an IDR picture too, for a later cut."""
        super().__init__(path, shape.fps)
        self._shape = shape
        self._idr = _IDR_FRAMES | {overlap}
        self._every = int(_IDR_SECONDS * shape.fps)
        self._video = self._open_video(crf)
        if sound:
            self._open_sound()

    def _open_video(self, crf: int) -> VideoStream:
        # `forced-idr`: an IDR picture where a key frame is asked for, never one of an open GOP.
        options = {"crf": str(crf), "preset": "veryfast", "forced-idr": "1"}
        stream = self._container.add_stream("libx264", rate=self._shape.fps, options=options)
        stream.width, stream.height = self._shape.width, self._shape.height
        stream.pix_fmt = "yuv420p"
        context = stream.codec_context
        context.thread_count = 1  # the bytes depend on it, and its default on the machine
        context.gop_size = self._every
        context.time_base = 1 / self._shape.fps
        context.colorspace = context.color_primaries = context.color_trc = _SMPTE170M
        context.color_range = _LIMITED_RANGE
        return stream

    def add_frame(self, frame: av.VideoFrame) -> None:
        """Encode the next frame, which has the film's size."""
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


class CopiedFilm(_FilmWriter):
    """A film whose video packets are copied from clips of one encoding."""

    def __init__(self, path: Path, template: VideoStream, fps: Fraction, *, sound: bool) -> None:
        """Start a film with the stream parameters of `template`."""
        super().__init__(path, fps)
        self._video = self._container.add_stream_from_template(template)
        self._video.time_base = self._frame_seconds = 1 / fps
        if sound:
            self._open_sound()

    def add_packet(self, packet: "Packet[VideoStream]", *, pts: int, dts: int) -> None:
        """Write one packet; `pts` and `dts` count frames of the film."""
        packet.stream = self._video
        packet.time_base = self._frame_seconds
        packet.pts, packet.dts, packet.duration = pts, dts, 1
        self.frames += 1
        self._container.mux(packet)
