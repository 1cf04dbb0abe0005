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

from workers.video.audio import Seams, Sound, silence
from workers.video.clips import Join, JoinForm, Piece, look_inside
from workers.video.confine import emit, peak_bytes, run_child, step_back
from workers.video.film import CopiedFilm, Film, Shape
from workers.video.frames import (
    FrameCountError,
    fitted,
    kept_frames,
    open_media,
    retimed,
    video_of,
)
from workers.video.rates import SOUND_RATE, samples_at

if TYPE_CHECKING:
    from av.packet import Packet
    from av.video.stream import VideoStream


_REPORT_EVERY = 8


class JoinOrder(JoinForm):
    """The spec on the child's stdin: a `JoinForm`, and the path of the film."""

    target: str


class Joined(TypedDict):
    """The film that was written: its frames, its samples a channel, and the method."""

    frames: int
    samples: int
    method: Literal["copy", "encode"]


class _Track:
    """The sound of the film, from one clip at a time, exact by the running total of samples."""

    def __init__(self, film: Film | CopiedFilm, join: Join) -> None:
        self._film = film
        self._on = join.sound
        self._seams = Seams(join.crossfade_ms * SOUND_RATE // 1000)
        self._fade = join.crossfade_ms * SOUND_RATE // 1000
        self._taken = 0
        self._sound = Sound(None)

    def enter(self, piece: Piece, stack: ExitStack) -> None:
        """Start the sound of the next clip at its cut; crossfade with what lies before the cut."""
        if not self._on:
            return
        self._sound = stack.enter_context(Sound(piece.path))
        before = samples_at(piece.head, piece.fps)
        lead = min(before, self._fade)
        self._sound.skip(before - lead)
        self._seams.cross(self._sound.take(lead))

    def follow(self) -> None:
        """Encode the sound that belongs to the frames written so far."""
        if not self._on:
            return
        due = samples_at(self._film.frames, self._film.fps) - self._taken
        self._taken += due
        self._film.add_sound(self._seams.add(self._sound.take(due)))

    def finish(self) -> None:
        """Encode what a crossfade still holds back."""
        self._film.add_sound(self._seams.rest() if self._on else silence(0))


def join_clips(join: Join, target: Path, report: Callable[[int, int], None]) -> Joined:
    """Write the film at `target`; `report` gets the frames done and the frames in all.

    Raises:
        FrameCountError: a clip or the film has another number of frames than promised.
        UnreadableError: a clip is no video.
    """
    pieces = [look_inside(clip) for clip in join.clips]
    total = sum(piece.frames_at(join.fps) for piece in pieces)
    if join.frames is not None and total != join.frames:
        raise FrameCountError(f"the clips give {total} frames instead of {join.frames}")
    copied = join.smart and _may_copy(join, pieces)
    make = _copy if copied else _encode
    film = make(join, pieces, target, lambda done: report(done, total))
    if film.frames != total:
        raise FrameCountError(f"{film.frames} frames were written instead of {total}")
    return {
        "frames": film.frames,
        "samples": film.samples,
        "method": "copy" if copied else "encode",
    }


def _may_copy(join: Join, pieces: list[Piece]) -> bool:
    """Return True if all clips have one encoding, with the size and rate of the film."""
    coding = pieces[0].coding
    return (
        coding is not None
        and all(piece.coding == coding for piece in pieces)
        and (coding.width, coding.height, coding.fps) == (join.width, join.height, join.fps)
    )


def _encode(join: Join, pieces: list[Piece], target: Path, report: Callable[[int], None]) -> Film:
    shape = Shape(join.width, join.height, join.fps)
    with Film(target, shape, sound=join.sound, overlap=join.overlap) as film:
        track = _Track(film, join)
        for piece in pieces:
            with ExitStack() as stack:
                track.enter(piece, stack)
                container = stack.enter_context(open_media(piece.path))
                frames = kept_frames(container, head=piece.head, kept=piece.kept)
                for frame in retimed(frames, piece.kept, piece.fps, join.fps):
                    film.add(fitted(frame, join.width, join.height, join.fit))
                    track.follow()
                    report(film.frames)
        track.finish()
    return film


def _copy(
    join: Join, pieces: list[Piece], target: Path, report: Callable[[int], None]
) -> CopiedFilm:
    with open_media(pieces[0].path) as first:
        film = CopiedFilm(target, video_of(first), join.fps, sound=join.sound)
    with film:
        track = _Track(film, join)
        for piece in pieces:
            start = film.frames
            with ExitStack() as stack:
                track.enter(piece, stack)
                for packet, pts, dts in _packets(piece, stack):
                    film.add(packet, pts=start + pts, dts=start + dts)
                    track.follow()
                    report(film.frames)
            if film.frames - start != piece.kept:
                raise FrameCountError(f"{film.frames - start} packets instead of {piece.kept}")
        track.finish()
    return film


def _packets(piece: Piece, stack: ExitStack) -> Iterator[tuple["Packet[VideoStream]", int, int]]:
    """Yield the kept packets with presentation and decoding time, in frames from the cut.

    Dropping packets by their number is right because the cut is an IDR picture: no later packet
    refers to an earlier one, and none before it is shown after it.
    """
    container = stack.enter_context(open_media(piece.path))
    stream = video_of(container)
    tick = (stream.time_base or Fraction(0)) * piece.fps
    for index, packet in enumerate(container.demux(stream)):
        if index < piece.head or packet.pts is None or packet.dts is None:
            continue
        pts, dts = packet.pts * tick, packet.dts * tick
        if pts.denominator != 1 or dts.denominator != 1:
            raise FrameCountError("frames are not evenly spaced")
        yield packet, int(pts) - piece.head, int(dts) - piece.head


def _main(spec: JoinOrder) -> None:
    def report(done: int, total: int) -> None:
        if done % _REPORT_EVERY == 0 or done == total:
            emit({"frames": done, "of": total})

    step_back()
    result = join_clips(Join.from_spec(spec), Path(spec["target"]), report)
    emit({"done": {**result, "peakBytes": peak_bytes()}})


if __name__ == "__main__":
    run_child(_main)
