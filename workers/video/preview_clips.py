"""The preview clip of a film: its first seconds, small and silent."""

from fractions import Fraction
from itertools import islice
from pathlib import Path

from workers.video.film import Film, FilmShape
from workers.video.frames import decode_frames, get_frame_rate, get_video_stream, open_media

CLIP_WIDTH, CLIP_SECONDS, CLIP_CRF = 320, 3, 30


def cut_preview_clip(source: Path, target: Path) -> None:
    """Write the first 3 s of a film as a silent MP4 of at most 320 pixels width."""
    with open_media(source) as container:
        stream = get_video_stream(container)
        width, height = fit_clip(stream.codec_context.width, stream.codec_context.height)
        shape = FilmShape(width, height, get_frame_rate(stream))
        with Film(target, shape, sound=False, crf=CLIP_CRF) as film:
            for frame in islice(decode_frames(container), max(1, int(CLIP_SECONDS * shape.fps))):
                film.add_frame(
                    frame.reformat(width, height, format="yuv420p", interpolation="AREA")
                )


def fit_clip(width: int, height: int) -> tuple[int, int]:
    """Return the even size of the clip of a film of this size; never enlarged."""
    scale = min(Fraction(1), Fraction(CLIP_WIDTH, width))
    return _to_even(width * scale), _to_even(height * scale)


def _to_even(pixels: Fraction) -> int:
    return max(2, int(pixels / 2) * 2)
