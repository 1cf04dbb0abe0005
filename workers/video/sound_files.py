"""Sound files: WAV, FLAC or MP3, without tags and with the same bytes on every machine."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

import av

from workers.video.audio import Samples
from workers.video.rates import SAMPLE_RATE

if TYPE_CHECKING:
    from av.audio.stream import AudioStream


class _SoundCoding(NamedTuple):
    codec: str
    samples: str
    bit_rate: int | None = None


_SOUND_CODINGS: Mapping[str, _SoundCoding] = {
    "wav": _SoundCoding("pcm_s16le", "s16"),
    "flac": _SoundCoding("flac", "s16"),
    "mp3": _SoundCoding("libmp3lame", "fltp", 192_000),
}
# Without the Xing header players know no length of an MP3; an ID3 header would be a tag.
_MP3_OPTIONS = {"fflags": "+bitexact", "id3v2_version": "0", "write_xing": "1"}


def write_sound(path: Path, form: str, blocks: Iterable[Samples]) -> None:
    """Write blocks of 48 kHz stereo samples, shape (2, n), as `wav`, `flac` or `mp3`."""
    coding = _SOUND_CODINGS[form]
    options = _MP3_OPTIONS if form == "mp3" else {"fflags": "+bitexact"}
    with av.open(str(path), "w", format=form, options=options) as file:
        stream = cast("AudioStream", file.add_stream(coding.codec, rate=SAMPLE_RATE))
        stream.layout = "stereo"
        stream.format = coding.samples
        if coding.bit_rate is not None:
            stream.bit_rate = coding.bit_rate
        resampler = av.AudioResampler(
            format=coding.samples,
            layout="stereo",
            rate=SAMPLE_RATE,
            frame_size=stream.codec_context.frame_size or None,
        )
        position = 0
        for block in blocks:
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
            frame.sample_rate, frame.pts = SAMPLE_RATE, position
            position += block.shape[1]
            for part in resampler.resample(frame):
                file.mux(stream.encode(part))
        for part in resampler.resample(None):
            file.mux(stream.encode(part))
        file.mux(stream.encode(None))
