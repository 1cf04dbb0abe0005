"""Video and audio: decoded to measure them, copied without tags. Runs in the child only."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from gateway.library.inspection.child_protocol import InspectionOrder, Measures, MediaRefused
from gateway.library.inspection.containers import open_container

SIDE_PIXELS = range(64, 3840 + 1)
SLACK_SECONDS, SLACK_FRAMES = 1, 60  # so near to a limit a file is decoded and measured
VIDEO_CODECS = frozenset({"h264", "hevc", "vp8", "vp9", "av1"})
AUDIO_CODECS = frozenset({"aac", "mp3", "opus", "vorbis", "flac"})
# By demuxer format and kind: the format in which it is written, and its media type.
OUTPUT_FORMATS: Mapping[tuple[str, str], tuple[str, str]] = {
    ("mov", "video"): ("mp4", "video/mp4"),
    ("mov", "audio"): ("ipod", "audio/mp4"),
    ("webm", "video"): ("webm", "video/webm"),
    ("matroska", "video"): ("matroska", "video/x-matroska"),
    ("wav", "audio"): ("wav", "audio/wav"),
    ("mp3", "audio"): ("mp3", "audio/mpeg"),
    ("flac", "audio"): ("flac", "audio/flac"),
    ("ogg", "audio"): ("ogg", "audio/ogg"),
}
WRITE_OPTIONS = {
    "mp4": {"movflags": "+faststart"},
    "ipod": {"movflags": "+faststart"},
    "mp3": {"id3v2_version": "0"},
}


@dataclass
class StreamTotals:
    """The totals of one pass over the packets; times are seconds, samples are per channel.

    A header can lie, so a file is refused as soon as its packets exceed the limit.
    """

    limit: "StreamLimit"
    frames: int = 0
    samples: int = 0
    starts: list[Fraction] = field(default_factory=list)
    last: Fraction = Fraction(0)

    def count_frame(self, shown_at: Fraction | None) -> None:
        """Count a video frame that is shown at this time; refuse the file over its limit."""
        self.frames += 1
        if shown_at is not None:
            self.starts = [min([shown_at, *self.starts])]
            self.last = max(shown_at, self.last)
        self.limit.check_length(self.last - self.starts[0] if self.starts else None, self.frames)

    def span_seconds(self, fps: Fraction) -> Fraction:
        """Return the seconds from the first frame to the end of the last one."""
        return (self.last - self.starts[0] if self.starts else 0) + 1 / fps


@dataclass(frozen=True)
class StreamLimit:
    """The longest and fastest media that is accepted; None is any."""

    seconds: int
    frames: int | None
    fps: int | None

    def check_length(self, seconds: Fraction | None, frames: int | None) -> None:
        """Refuse media over the limit.

        Raises:
            MediaRefused: it is longer, by more than a container may err about its last frame.
        """
        too_long = seconds is not None and seconds > self.seconds + SLACK_SECONDS
        if too_long or (self.frames and frames and frames > self.frames + SLACK_FRAMES):
            most = f"{self.seconds} s" + (f" and {self.frames} frames" if self.frames else "")
            raise MediaRefused(
                f"The file is longer than {most}, the most that is taken here.",
                hint=f"Give a clip of at most {most}.",
            )

    def check_rate(self, fps: Fraction | None) -> None:
        """Refuse media that claims a higher frame rate.

        Raises:
            MediaRefused: the rate is over the limit.
        """
        if fps is not None and self.fps is not None and fps > self.fps:
            raise MediaRefused(
                f"The file has {float(fps):g} frames a second; {self.fps} at most are taken here.",
                hint=f"Give a clip of at most {self.fps} frames a second.",
            )


def copy_streams(order: InspectionOrder) -> Measures:
    """Copy the video and the audio stream without tags; return the measurements.

    Raises:
        MediaRefused: another kind of media or codec, too many streams, or outside the limits.
    """
    with (
        os.fdopen(order["source"], "rb") as source,
        open_container(source, order["format"]) as container,
    ):
        video, audio = _select_streams(container, order["kind"])
        limit = StreamLimit(order["most_seconds"], order["most_frames"], order["most_fps"])
        _check_header(container, video or audio, limit)
        key = (order["format"], order["kind"])
        if key not in OUTPUT_FORMATS:
            raise MediaRefused(f"This is not {order['kind']}.", wrong_kind=True)
        name, mime_type = OUTPUT_FORMATS[key]
        target = f"/proc/self/fd/{order['target']}"
        options = {"fflags": "+bitexact"} | WRITE_OPTIONS.get(name, {})
        with av.open(target, "w", format=name, options=options) as output:
            measured = StreamTotals(limit)
            _copy_packets(
                container, output, video, audio, measured, decode=order["count"] == "decoding"
            )
        facts = _measure_video(video, measured) if video else _measure_audio(audio, measured)
        return {**facts, "mimeType": mime_type, "hasAudio": measured.samples > 0}


def _select_streams(
    container: InputContainer, kind: str
) -> tuple[VideoStream | None, AudioStream | None]:
    """Return the video and the audio stream, if it has them; a cover picture is no video."""
    videos = [
        stream
        for stream in container.streams.video
        if not stream.disposition & Disposition.attached_pic
    ]
    audios = list(container.streams.audio)
    if (kind == "video") != bool(videos) or (kind == "audio" and not audios):
        raise MediaRefused(f"This is not {kind}.", wrong_kind=True)
    if len(videos) > 1 or len(audios) > 1:
        raise MediaRefused("The file has more than one video or audio stream.")
    video, audio = next(iter(videos), None), next(iter(audios), None)
    if video:
        _check_codec(_codec_name(video), VIDEO_CODECS)
        _check_size(video.width, video.height)
        video.thread_count = 1
    if audio:
        codec = _codec_name(audio)
        _check_codec("pcm" if codec.startswith("pcm_") else codec, AUDIO_CODECS | {"pcm"})
    return video, audio


def _codec_name(stream: VideoStream | AudioStream) -> str:
    return stream.codec_context.codec.canonical_name


def _check_codec(name: str, supported: frozenset[str]) -> None:
    if name not in supported:
        raise MediaRefused(f"The codec {name} is not supported.", wrong_kind=True)


def _check_size(width: int, height: int) -> None:
    if width not in SIDE_PIXELS or height not in SIDE_PIXELS:
        raise MediaRefused(
            f"The video is {width}×{height} pixels; each side must be"  # noqa: RUF001
            f" {SIDE_PIXELS.start} to {SIDE_PIXELS.stop - 1}."
        )


def _check_header(
    container: InputContainer, stream: VideoStream | AudioStream | None, limit: StreamLimit
) -> None:
    """Refuse by the header, before decoding spends processor time on a file that is too long."""
    if stream is None:
        return
    seconds = _to_seconds(stream.duration, stream.time_base)
    if seconds is None and container.duration is not None:
        seconds = Fraction(container.duration, av.time_base)
    if isinstance(stream, VideoStream):
        limit.check_rate(stream.average_rate or stream.guessed_rate)
        limit.check_length(seconds, stream.frames)
    else:
        limit.check_length(seconds, None)


def _copy_packets(
    container: InputContainer,
    output: OutputContainer,
    video: VideoStream | None,
    audio: AudioStream | None,
    measured: StreamTotals,
    *,
    decode: bool,
) -> None:
    """Copy each packet of the two streams, and count frames and samples.

    Audio is always decoded; video is decoded, or counted by its packets without `decode`.
    """
    chosen = [stream for stream in (video, audio) if stream is not None]
    copies = {stream.index: output.add_stream_from_template(stream) for stream in chosen}
    for copy in copies.values():
        copy.metadata.clear()
    for packet in container.demux(chosen):
        stream = packet.stream
        if decode or stream is not video:
            for frame in packet.decode():
                _count_frame(measured, frame, video)
        elif packet.size and not packet.is_discard:
            measured.count_frame(_to_seconds(packet.pts, packet.time_base))
        if packet.size:
            packet.stream = copies[stream.index]
            output.mux(packet)


def _count_frame(measured: StreamTotals, frame: object, video: VideoStream | None) -> None:
    if isinstance(frame, VideoFrame) and video is not None:
        if (frame.width, frame.height) != (video.width, video.height):
            raise MediaRefused("The frame size changes within the video.")
        measured.count_frame(_to_seconds(frame.pts, frame.time_base))
    elif isinstance(frame, AudioFrame):
        measured.samples += frame.samples
        if video is None:
            measured.limit.check_length(Fraction(measured.samples, frame.sample_rate), None)


def _to_seconds(ticks: int | None, tick: Fraction | None) -> Fraction | None:
    return None if ticks is None or tick is None else ticks * tick


def _measure_video(video: VideoStream, measured: StreamTotals) -> Measures:
    fps = video.average_rate or video.guessed_rate
    if not fps or not measured.frames:
        raise MediaRefused("The video has no frames.")
    duration = measured.span_seconds(fps)
    return {
        "width": video.width,
        "height": video.height,
        "frames": measured.frames,
        "fps": str(fps),
        "duration": str(duration),
    }


def _measure_audio(audio: AudioStream | None, measured: StreamTotals) -> Measures:
    if audio is None or not measured.samples:
        raise MediaRefused("The audio has no samples.")
    return {"duration": str(Fraction(measured.samples, audio.rate))}
