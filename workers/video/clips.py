"""Clips to be joined: the plan, and each clip after an inspection of its file."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, NotRequired, Self, TypedDict

from av.container import InputContainer
from av.video.stream import VideoStream

from workers.video.frames import (
    Fit,
    FrameCountError,
    count_frames,
    detect_container_format,
    get_frame_rate,
    get_video_stream,
    open_media,
)
from workers.video.rates import convert_frame_count, to_frame_rate

if TYPE_CHECKING:
    from av.packet import Packet


class ClipForm(TypedDict):
    """The JSON form of a `Clip`; its path is text."""

    path: str
    head: NotRequired[int]
    tail: NotRequired[int]
    frames: NotRequired[int | None]


class JoinForm(TypedDict):
    """The JSON form of a `JoinPlan`; `fps` is read by `to_frame_rate`."""

    clips: Sequence[ClipForm]
    width: int
    height: int
    fps: float | str
    audio: NotRequired[str]
    crossfadeAudioMs: NotRequired[int]
    fit: NotRequired[Fit]
    overlap: NotRequired[int]
    frames: NotRequired[int | None]
    smart: NotRequired[bool]


@dataclass(frozen=True)
class Clip:
    """A clip: its file, its trims and, if promised, its whole length, all in its own frames."""

    path: Path
    head: int = 0
    tail: int = 0
    frames: int | None = None


@dataclass(frozen=True)
class JoinPlan:
    """Clips in order, and the film they become.

    Width and height are pixels, `fps` frames a second. A later cut may fall at frame `overlap`,
    `frames` is the promised total. `may_copy` allows to copy equal clips instead of encoding them.
    """

    clips: Sequence[Clip]
    width: int
    height: int
    fps: Fraction
    sound: bool = True
    crossfade_ms: int = 0
    fit: Fit = "pad"
    overlap: int = 0
    frames: int | None = None
    may_copy: bool = True

    @classmethod
    def from_spec(cls, spec: JoinForm) -> Self:
        """Read the JSON form, which `workers.video.concat` describes."""
        clips = [
            Clip(Path(clip["path"]), clip.get("head", 0), clip.get("tail", 0), clip.get("frames"))
            for clip in spec["clips"]
        ]
        return cls(
            clips=clips,
            width=spec["width"],
            height=spec["height"],
            fps=to_frame_rate(spec["fps"]),
            sound=spec.get("audio", "concat") != "mute",
            crossfade_ms=spec.get("crossfadeAudioMs", 0),
            fit=spec.get("fit", "pad"),
            overlap=spec.get("overlap", 0),
            frames=spec.get("frames"),
            may_copy=spec.get("smart", True),
        )


@dataclass(frozen=True)
class ClipCoding:
    """The encoding of a clip; packets of clips with equal ones may stand in one stream.

    `extradata` holds the SPS, and with it the pixel format and the colours.
    """

    codec: str
    extradata: bytes
    width: int
    height: int
    fps: Fraction
    delay: int


@dataclass(frozen=True)
class InspectedClip:
    """A clip after its inspection: `head` frames are dropped, then `kept` frames at `fps` are used.

    `coding` is None where its packets cannot be copied: the tail is trimmed, the cut falls on no
    IDR picture, or frames are not evenly spaced.
    """

    path: Path
    head: int
    kept: int
    fps: Fraction
    coding: ClipCoding | None

    def frames_at(self, fps: Fraction) -> int:
        """Return how many frames the kept part has at another rate."""
        return convert_frame_count(self.kept, self.fps, fps)


def inspect_clip(clip: Clip) -> InspectedClip:
    """Count the frames of a clip and find out if its packets may be copied.

    Raises:
        FrameCountError: it has another number of frames than promised, or its trims leave none.
        UnreadableError: it is no video.
    """
    frames, fps, coding = _read_copied_clip(clip) or _measure_clip(clip)
    if clip.frames is not None and clip.frames != frames:
        raise FrameCountError(f"{clip.path.name} has {frames} frames instead of {clip.frames}")
    kept = frames - clip.head - clip.tail
    if kept < 1:
        raise FrameCountError(f"the trims leave nothing of the {frames} frames")
    return InspectedClip(clip.path, clip.head, kept, fps, coding)


class _ClipMeasures(NamedTuple):
    """The frames of a whole clip, their rate, and its encoding if it may be copied."""

    frames: int
    fps: Fraction
    coding: ClipCoding | None


def _measure_clip(clip: Clip) -> _ClipMeasures:
    """Measure a clip that will be encoded again."""
    frames = count_frames(clip.path)
    with open_media(clip.path) as container:
        return _ClipMeasures(frames, get_frame_rate(get_video_stream(container)), None)


def _read_copied_clip(clip: Clip) -> _ClipMeasures | None:
    """Read from its header what a clip is; None if its packets may not be copied."""
    # Frames are stored in decoding order: the last packets are not the last frames, so a trimmed
    # tail cannot be cut by packets.
    if clip.tail or detect_container_format(clip.path) != "mov":
        return None
    with open_media(clip.path, by_header=True) as container:
        stream = get_video_stream(container)
        coding = _read_coding(stream)
        if coding is None or not _is_cut_on_idr(container, clip.head):
            return None
        return _ClipMeasures(stream.frames, coding.fps, coding)


def _read_coding(stream: VideoStream) -> ClipCoding | None:
    """Return the encoding of an evenly spaced H.264 stream, or None for all others."""
    context, fps = stream.codec_context, stream.average_rate
    length = (stream.duration or 0) * (stream.time_base or Fraction(0))
    if context.name != "h264" or not context.extradata or not fps or not stream.frames:
        return None
    if length != stream.frames / Fraction(fps):
        return None
    return ClipCoding(
        codec=context.name,
        extradata=context.extradata,
        width=context.width,
        height=context.height,
        fps=Fraction(fps),
        delay=context.reorder_depth,
    )


def _is_cut_on_idr(container: InputContainer, head: int) -> bool:
    """Return True if both the first frame and the one after the trim are IDR pictures."""
    for index, packet in enumerate(container.demux(get_video_stream(container))):
        if index in {0, head} and not _is_idr(packet):
            return False
        if index == head:
            return True
    return False


def _is_idr(packet: "Packet[VideoStream]") -> bool:
    """Return True if an MP4 packet (a 4-byte length before each unit) holds an IDR picture."""
    data, at = bytes(packet), 0
    while at + 4 < len(data):
        if data[at + 4] & 0x1F == 5:  # noqa: PLR2004 - nal_unit_type of an IDR slice
            return True
        at += 4 + int.from_bytes(data[at : at + 4], "big")
    return False
