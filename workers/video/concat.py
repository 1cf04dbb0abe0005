"""The concat child: it joins clips into one film, frame exact, with one clip open at a time.

Run as a child, `python -I -m workers.video.concat`: one JSON object on stdin, JSON lines out.

    {"clips": [{"path", "head"?, "tail"?, "frames"?}], "width", "height", "fps", "target",
     "audio"?: "concat" | "mute", "crossfadeAudioMs"?, "fit"?: "pad" | "cover",
     "overlap"?, "frames"?, "smart"?}
    -> {"frames": 48, "of": 200} ... {"done": {"frames", "samples", "method", "peakBytes"}}

Clips of one encoding that are cut on an IDR picture are copied (`method` "copy"), all else is
encoded. Both ways count frames: the number that was promised is the number that is written, or the
child fails. Sound follows the frames by a running total of samples, so it cannot drift, however
many clips there are.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypedDict

from workers.processes.confinement import emit_line, lower_priority, read_peak_bytes, run_child
from workers.video.audio import Sound, SoundSeams, make_silence
from workers.video.clips import InspectedClip, JoinForm, JoinPlan, inspect_clip
from workers.video.film import CopiedFilm, Film, FilmShape
from workers.video.frames import (
    FrameCountError,
    decode_kept_frames,
    fit_frame,
    get_video_stream,
    open_media,
    retime_frames,
)
from workers.video.rates import SAMPLE_RATE, samples_for_frames

if TYPE_CHECKING:
    from av.packet import Packet
    from av.video.stream import VideoStream


_REPORT_EVERY = 8


class JoinOrder(JoinForm):
    """The spec on the child's stdin: a `JoinForm`, and the path of the film."""

    target: str


class JoinResult(TypedDict):
    """The film that was written: its frames, its samples a channel, and the method."""

    frames: int
    samples: int
    method: Literal["copy", "encode"]


class _SoundTrack:
    """The sound of the film, from one clip at a time, exact by the running total of samples."""

    def __init__(self, film: Film | CopiedFilm, join: JoinPlan) -> None:
        self._film = film
        self._on = join.sound
        self._seams = SoundSeams(join.crossfade_ms * SAMPLE_RATE // 1000)
        self._fade = join.crossfade_ms * SAMPLE_RATE // 1000
        self._taken = 0
        self._sound = Sound(None)

    def start_clip(self, piece: InspectedClip, stack: ExitStack) -> None:
        """Start the sound of the next clip at its cut; crossfade with what lies before the cut."""
        if not self._on:
            return
        self._sound = stack.enter_context(Sound(piece.path, by_header=piece.coding is not None))
        before = samples_for_frames(piece.head, piece.fps)
        lead = min(before, self._fade)
        self._sound.skip(before - lead)
        self._seams.crossfade(self._sound.take(lead))

    def encode_due(self) -> None:
        """Encode the sound that belongs to the frames written so far."""
        if not self._on:
            return
        due = samples_for_frames(self._film.frames, self._film.fps) - self._taken
        self._taken += due
        self._film.add_sound(self._seams.add(self._sound.take(due)))

    def finish(self) -> None:
        """Encode what a crossfade still holds back."""
        self._film.add_sound(self._seams.take_rest() if self._on else make_silence(0))


def join_clips(join: JoinPlan, target: Path, report: Callable[[int, int], None]) -> JoinResult:
    """Write the film at `target`; `report` gets the frames done and the frames in all.

    Raises:
        FrameCountError: a clip or the film has another number of frames than promised.
        UnreadableError: a clip is no video.
    """
    pieces = [inspect_clip(clip) for clip in join.clips]
    total = sum(piece.frames_at(join.fps) for piece in pieces)
    if join.frames is not None and total != join.frames:
        raise FrameCountError(f"the clips give {total} frames instead of {join.frames}")
    copied = join.may_copy and _can_copy(join, pieces)
    make = _copy_clips if copied else _encode_clips
    film = make(join, pieces, target, lambda done: report(done, total))
    if film.frames != total:
        raise FrameCountError(f"{film.frames} frames were written instead of {total}")
    return {
        "frames": film.frames,
        "samples": film.samples,
        "method": "copy" if copied else "encode",
    }


def _can_copy(join: JoinPlan, pieces: list[InspectedClip]) -> bool:
    """Return True if all clips have one encoding, with the size and rate of the film."""
    coding = pieces[0].coding
    return (
        coding is not None
        and all(piece.coding == coding for piece in pieces)
        and (coding.width, coding.height, coding.fps) == (join.width, join.height, join.fps)
    )


def _encode_clips(
    join: JoinPlan, pieces: list[InspectedClip], target: Path, report: Callable[[int], None]
) -> Film:
    shape = FilmShape(join.width, join.height, join.fps)
    with Film(target, shape, sound=join.sound, overlap=join.overlap) as film:
        track = _SoundTrack(film, join)
        for piece in pieces:
            with ExitStack() as stack:
                track.start_clip(piece, stack)
                container = stack.enter_context(open_media(piece.path))
                frames = decode_kept_frames(container, head=piece.head, kept=piece.kept)
                for frame in retime_frames(frames, piece.kept, piece.fps, join.fps):
                    film.add_frame(fit_frame(frame, join.width, join.height, join.fit))
                    track.encode_due()
                    report(film.frames)
        track.finish()
    return film


def _copy_clips(
    join: JoinPlan, pieces: list[InspectedClip], target: Path, report: Callable[[int], None]
) -> CopiedFilm:
    with open_media(pieces[0].path) as first:
        film = CopiedFilm(target, get_video_stream(first), join.fps, sound=join.sound)
    with film:
        track = _SoundTrack(film, join)
        for piece in pieces:
            start = film.frames
            with ExitStack() as stack:
                track.start_clip(piece, stack)
                for packet, pts, dts in _kept_packets(piece, stack):
                    film.add_packet(packet, pts=start + pts, dts=start + dts)
                    if film.frames % _REPORT_EVERY == 0:
                        track.encode_due()
                    report(film.frames)
                track.encode_due()
            if film.frames - start != piece.kept:
                raise FrameCountError(f"{film.frames - start} packets instead of {piece.kept}")
        track.finish()
    return film


def _kept_packets(
    piece: InspectedClip, stack: ExitStack
) -> Iterator[tuple["Packet[VideoStream]", int, int]]:
    """Yield the kept packets with presentation and decoding time, in frames from the cut.

    Dropping packets by their number is right because the cut is an IDR picture: no later packet
    refers to an earlier one, and none before it is shown after it.
    """
    container = stack.enter_context(open_media(piece.path, by_header=True))
    stream = get_video_stream(container)
    frames, ticks = ((stream.time_base or Fraction(0)) * piece.fps).as_integer_ratio()
    for index, packet in enumerate(container.demux(stream)):
        if index < piece.head or packet.pts is None or packet.dts is None:
            continue
        (pts, uneven), (dts, too) = (divmod(at * frames, ticks) for at in (packet.pts, packet.dts))
        if uneven or too:
            raise FrameCountError("frames are not evenly spaced")
        yield packet, pts - piece.head, dts - piece.head


def main(spec: JoinOrder) -> None:
    """Join the clips and answer."""

    def report(done: int, total: int) -> None:
        if done % _REPORT_EVERY == 0 or done == total:
            emit_line({"frames": done, "of": total})

    lower_priority()
    result = join_clips(JoinPlan.from_spec(spec), Path(spec["target"]), report)
    emit_line({"done": {**result, "peakBytes": read_peak_bytes()}})


if __name__ == "__main__":
    run_child(main)
