"""Chores on films: take frames, cut segments and sound, clean outputs. Each gets its JSON form."""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

from PIL import Image

from workers.video.audio import Samples, Sound, exact_blocks, write_wav
from workers.video.chore_forms import (
    CutSegment,
    CutSound,
    FilmLook,
    FinishFilm,
    LookAtFilm,
    TakeFrames,
    TakenFrames,
)
from workers.video.facts import FactsForm
from workers.video.film import Film, Shape
from workers.video.frames import (
    count_frames,
    decode,
    kept_frames,
    open_media,
    pixels_of,
    rate_of,
    retimed,
    video_of,
)
from workers.video.pictures import cover, save_poster
from workers.video.probe import first_frame, measure_film
from workers.video.rates import converted_frames, to_rate
from workers.video.remux import clean_film, with_sound_of


def finish_film(chore: FinishFilm) -> FactsForm:
    """Copy `source` into a clean `target`, at `fps` with the sound of `sound_of` if given."""
    source, target = Path(chore["source"]), Path(chore["target"])
    if chore["sound_of"] is None:
        clean_film(source, target)
    else:
        with_sound_of(source, Path(chore["sound_of"]), target, to_rate(chore["fps"]))
    save_poster(first_frame(target), Path(chore["poster"]))
    return measure_film(target).to_json()


def cut_sound(chore: CutSound) -> None:
    """Write `parts` one after the other as 48 kHz stereo WAV.

    Each part is `{source, skip, take}` in samples; a source of None, or one that ends, is silence.
    """

    def blocks() -> Iterator[Samples]:
        for part in chore["parts"]:
            source = part["source"]
            with Sound(None if source is None else Path(source)) as sound:
                sound.skip(part["skip"])
                yield from exact_blocks(sound, part["take"])

    write_wav(Path(chore["target"]), blocks())


def take_frames(chore: TakeFrames) -> TakenFrames:
    """Write the first or `last` `count` frames of `source`, at rate `fps`, as lossless pictures.

    `frames` of the answer counts the whole film at that rate, not in its own.
    """
    width, height, rate = chore["width"], chore["height"], to_rate(chore["fps"])
    count, paths = chore["count"], []
    with ExitStack() as stack:
        container = stack.enter_context(open_media(Path(chore["source"])))
        own, own_rate = count_frames(Path(chore["source"])), rate_of(video_of(container))
        total = converted_frames(own, own_rate, rate)
        first = total - count if chore["last"] else 0
        frames = retimed(decode(container), own, own_rate, rate)
        for index, frame in enumerate(islice(frames, first, first + count)):
            path = Path(chore["folder"]) / f"frame_{index:03d}.webp"
            picture = cover(Image.fromarray(pixels_of(frame)), width, height)
            picture.save(path, "WEBP", lossless=True, quality=0, method=0)
            paths.append(str(path))
        return {"paths": paths, "frames": total, "has_sound": bool(container.streams.audio)}


def look_at_film(chore: LookAtFilm) -> FilmLook:
    """Measure frames, rate, size and sound of `source`."""
    path = Path(chore["source"])
    with open_media(path) as container:
        stream = video_of(container)
        return {
            "frames": count_frames(path),
            "fps": str(rate_of(stream)),
            "width": stream.codec_context.width,
            "height": stream.codec_context.height,
            "has_sound": bool(container.streams.audio),
        }


def cut_segment(chore: CutSegment) -> None:
    """Write `frames` frames of `source`, from `first` on, as a mute film at rate `fps`.

    Only an engine reads it: crf 8 loses nothing that the enlarged film would show.
    """
    with open_media(Path(chore["source"])) as container:
        context = video_of(container).codec_context
        shape = Shape(context.width, context.height, to_rate(chore["fps"]))
        frames = kept_frames(container, head=chore["first"], kept=chore["frames"])
        with Film(Path(chore["target"]), shape, sound=False, crf=8) as film:
            for frame in frames:
                film.add(frame)
