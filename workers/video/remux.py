"""Copies of a film into a clean MP4: faststart, no tags, the picture never encoded again."""

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
from av.container import InputContainer, OutputContainer

from workers.video.audio import Sound
from workers.video.film import CopiedFilm
from workers.video.frames import get_frame_rate, get_video_stream, open_media
from workers.video.rates import RATE_TOLERANCE

if TYPE_CHECKING:
    from av.stream import Stream

_BIT_EXACT = 0x400  # FFmpeg's AVFMT_FLAG_BITEXACT: no encoder tag in the file


def clean_film(source: Path, target: Path) -> None:
    """Copy picture and sound of `source`, without tags or other streams.

    Raises:
        UnreadableError: it holds no video.
    """
    with open_media(source) as container:
        get_video_stream(container)
        with av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as output:
            output.flags |= _BIT_EXACT
            _copy_streams(container, output)


def _copy_streams(container: InputContainer, output: OutputContainer) -> None:
    kept: list[Stream] = [*container.streams.video[:1], *container.streams.audio[:1]]
    copies = {stream.index: output.add_stream_from_template(stream) for stream in kept}
    for packet in container.demux(*kept):
        if packet.dts is not None:  # the demuxer ends each stream with an empty packet
            packet.stream = copies[packet.stream_index]
            output.mux(packet)


def replace_sound(film: Path, source: Path, target: Path, fps: Fraction) -> None:
    """Copy the picture of `film` and lay the sound of `source` under it.

    The sound lasts exactly as long as the picture; a source without sound leaves it mute. An
    engine rounds a rate like 30000/1001; a film nearly as fast as `fps` gets exactly that.
    """
    with open_media(source) as container:
        has_sound = bool(container.streams.audio)
    with open_media(film) as container, Sound(source if has_sound else None) as sound:
        stream = get_video_stream(container)
        rate, base = get_frame_rate(stream), stream.time_base or Fraction(0)
        exact = fps if abs(rate - fps) <= RATE_TOLERANCE else rate
        with CopiedFilm(target, stream, exact, sound=has_sound) as copy:
            for packet in container.demux(stream):
                if packet.pts is None or packet.dts is None:
                    continue
                pts, dts = (round(at * base * rate) for at in (packet.pts, packet.dts))
                copy.add_packet(packet, pts=pts, dts=dts)
                copy.add_sound(sound.take(copy.samples_due))
