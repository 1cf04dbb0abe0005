"""Video and audio: decoded to measure them, copied without tags. Runs in the child only."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import IO

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from gateway.library.inspect_order import Measures, Order, Refused

SIDES = range(64, 3840 + 1)
SLACK_SECONDS, SLACK_FRAMES = 1, 60  # so near to a limit a file is decoded and measured
VIDEO_CODECS = frozenset({"h264", "hevc", "vp8", "vp9", "av1"})
AUDIO_CODECS = frozenset({"aac", "mp3", "opus", "vorbis", "flac"})
# By demuxer format and kind: the format in which it is written, and its media type.
WRITTEN: Mapping[tuple[str, str], tuple[str, str]] = {
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
class Measured:
    """The totals of one pass over the packets; times are seconds, samples are per channel.

    A header can lie, so a file is refused as soon as its packets exceed the limit.
    """

    limit: "Limit"
    frames: int = 0
    samples: int = 0
    starts: list[Fraction] = field(default_factory=list)
    last: Fraction = Fraction(0)

    def take(self, at: Fraction | None) -> None:
        """Count a video frame that is shown at this time; refuse the file over its limit."""
        self.frames += 1
        if at is not None:
            self.starts = [min([at, *self.starts])]
            self.last = max(at, self.last)
        self.limit.judge(self.last - self.starts[0] if self.starts else None, self.frames)

    def span(self, fps: Fraction) -> Fraction:
        """Return the seconds from the first frame to the end of the last one."""
        return (self.last - self.starts[0] if self.starts else 0) + 1 / fps


@dataclass(frozen=True)
class Limit:
    """The longest and fastest media that is accepted; None is any."""

    seconds: int
    frames: int | None
    fps: int | None

    def judge(self, seconds: Fraction | None, frames: int | None) -> None:
        """Refuse media over the limit.

        Raises:
            Refused: it is longer by more than a container may be mistaken about its last frame.
        """
        too_long = seconds is not None and seconds > self.seconds + SLACK_SECONDS
        if too_long or (self.frames and frames and frames > self.frames + SLACK_FRAMES):
            most = f"{self.seconds} s" + (f" and {self.frames} frames" if self.frames else "")
            raise Refused(
                f"The file is longer than {most}, the most that is taken here.",
                hint=f"Give a clip of at most {most}.",
            )

    def judge_rate(self, fps: Fraction | None) -> None:
        """Refuse media that claims a higher frame rate.

        Raises:
            Refused: the rate is over the limit.
        """
        if fps is not None and self.fps is not None and fps > self.fps:
            raise Refused(
                f"The file has {float(fps):g} frames a second; {self.fps} at most are taken here.",
                hint=f"Give a clip of at most {self.fps} frames a second.",
            )


def remux(order: Order) -> Measures:
    """Copy the video and the audio stream without tags; return the measurements.

    Raises:
        Refused: another kind of media or codec, too many streams, or outside the limits.
    """
    with os.fdopen(order["source"], "rb") as source, _open(source, order["format"]) as container:
        video, audio = _streams(container, order["kind"])
        limit = Limit(order["most_seconds"], order["most_frames"], order["most_fps"])
        _judge_claims(container, video or audio, limit)
        key = (order["format"], order["kind"])
        if key not in WRITTEN:
            raise Refused(f"This is not {order['kind']}.", wrong_kind=True)
        name, mime_type = WRITTEN[key]
        target = f"/proc/self/fd/{order['target']}"
        options = {"fflags": "+bitexact"} | WRITE_OPTIONS.get(name, {})
        with av.open(target, "w", format=name, options=options) as output:
            measured = Measured(limit)
            _copy(container, output, video, audio, measured, decode=order["count"] == "decoding")
        facts = _video_facts(video, measured) if video else _audio_facts(audio, measured)
        return {**facts, "mimeType": mime_type, "hasAudio": measured.samples > 0}


def _open(source: IO[bytes], name: str) -> InputContainer:
    """Open with only the demuxer that the sniffer named; a file cannot make it read a URL."""
    return av.open(
        source,
        "r",
        format="matroska" if name == "webm" else name,
        options={"protocol_whitelist": "file"},
        metadata_errors="ignore",
        timeout=5,
    )


def _streams(given: InputContainer, kind: str) -> tuple[VideoStream | None, AudioStream | None]:
    """Return the video and the audio stream, if it has them; a cover picture is no video."""
    videos = [
        stream
        for stream in given.streams.video
        if not stream.disposition & Disposition.attached_pic
    ]
    audios = list(given.streams.audio)
    if (kind == "video") != bool(videos) or (kind == "audio" and not audios):
        raise Refused(f"This is not {kind}.", wrong_kind=True)
    if len(videos) > 1 or len(audios) > 1:
        raise Refused("The file has more than one video or audio stream.")
    video, audio = next(iter(videos), None), next(iter(audios), None)
    if video:
        _judge_codec(_codec(video), VIDEO_CODECS)
        _judge_size(video.width, video.height)
        video.thread_count = 1
    if audio:
        codec = _codec(audio)
        _judge_codec("pcm" if codec.startswith("pcm_") else codec, AUDIO_CODECS | {"pcm"})
    return video, audio


def _codec(stream: VideoStream | AudioStream) -> str:
    return stream.codec_context.codec.canonical_name


def _judge_codec(name: str, supported: frozenset[str]) -> None:
    if name not in supported:
        raise Refused(f"The codec {name} is not supported.", wrong_kind=True)


def _judge_size(width: int, height: int) -> None:
    if width not in SIDES or height not in SIDES:
        raise Refused(
            f"The video is {width}×{height} pixels; each side must be"  # noqa: RUF001
            f" {SIDES.start} to {SIDES.stop - 1}."
        )


def _judge_claims(
    given: InputContainer, stream: VideoStream | AudioStream | None, limit: Limit
) -> None:
    """Refuse by the header, before decoding spends processor time on a file that is too long."""
    if stream is None:
        return
    seconds = _seconds(stream.duration, stream.time_base)
    if seconds is None and given.duration is not None:
        seconds = Fraction(given.duration, av.time_base)
    if isinstance(stream, VideoStream):
        limit.judge_rate(stream.average_rate or stream.guessed_rate)
        limit.judge(seconds, stream.frames)
    else:
        limit.judge(seconds, None)


def _copy(
    given: InputContainer,
    kept: OutputContainer,
    video: VideoStream | None,
    audio: AudioStream | None,
    measured: Measured,
    *,
    decode: bool,
) -> None:
    """Copy each packet of the two streams, and count frames and samples.

    Audio is always decoded; video is decoded, or counted by its packets without `decode`.
    """
    chosen = [stream for stream in (video, audio) if stream is not None]
    copies = {stream.index: kept.add_stream_from_template(stream) for stream in chosen}
    for copy in copies.values():
        copy.metadata.clear()
    for packet in given.demux(chosen):
        stream = packet.stream
        if decode or stream is not video:
            for frame in packet.decode():
                _count(measured, frame, video)
        elif packet.size and not packet.is_discard:
            measured.take(_seconds(packet.pts, packet.time_base))
        if packet.size:
            packet.stream = copies[stream.index]
            kept.mux(packet)


def _count(measured: Measured, frame: object, video: VideoStream | None) -> None:
    if isinstance(frame, VideoFrame) and video is not None:
        if (frame.width, frame.height) != (video.width, video.height):
            raise Refused("The frame size changes within the video.")
        measured.take(_seconds(frame.pts, frame.time_base))
    elif isinstance(frame, AudioFrame):
        measured.samples += frame.samples
        if video is None:
            measured.limit.judge(Fraction(measured.samples, frame.sample_rate), None)


def _seconds(ticks: int | None, tick: Fraction | None) -> Fraction | None:
    return None if ticks is None or tick is None else ticks * tick


def _video_facts(video: VideoStream, measured: Measured) -> Measures:
    fps = video.average_rate or video.guessed_rate
    if not fps or not measured.frames:
        raise Refused("The video has no frames.")
    duration = measured.span(fps)
    return {
        "width": video.width,
        "height": video.height,
        "frames": measured.frames,
        "fps": str(fps),
        "duration": str(duration),
    }


def _audio_facts(audio: AudioStream | None, measured: Measured) -> Measures:
    if audio is None or not measured.samples:
        raise Refused("The audio has no samples.")
    return {"duration": str(Fraction(measured.samples, audio.rate))}
