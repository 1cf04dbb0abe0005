"""Chores on films: take frames, cut segments and sound, clean outputs. Each gets its JSON form."""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

from PIL import Image

from workers.video.audio import Samples, Sound, take_blocks, write_wav
from workers.video.chores.chore_forms import (
    CutSegmentChore,
    CutSoundChore,
    FilmMeasures,
    FinishedForm,
    FinishFilmChore,
    FramesAnswer,
    LookAtFilmChore,
    PreviewsForm,
    TakeFramesChore,
)
from workers.video.film import Film, FilmShape
from workers.video.frames import (
    count_frames,
    decode_frames,
    decode_kept_frames,
    get_frame_rate,
    get_video_stream,
    open_media,
    retime_frames,
    to_rgb_pixels,
)
from workers.video.pictures import cover_canvas, save_poster
from workers.video.preview_clips import cut_preview_clip
from workers.video.previews import draw_pictures, try_previews
from workers.video.probe import decode_first_frame, measure_film
from workers.video.rates import convert_frame_count, to_frame_rate
from workers.video.remux import clean_film, replace_sound


def finish_film(chore: FinishFilmChore) -> FinishedForm:
    """Copy `source` into a clean `target`, at `fps` with the sound of `sound_of` if given."""
    source, target = Path(chore["source"]), Path(chore["target"])
    if chore["sound_of"] is None:
        clean_film(source, target)
    else:
        replace_sound(source, Path(chore["sound_of"]), target, to_frame_rate(chore["fps"]))
    first = decode_first_frame(target)
    save_poster(first, Path(chore["poster"]))

    def draw(form: PreviewsForm) -> None:
        draw_pictures(Image.fromarray(first), chore["previews"], form)
        clip = Path(f"{chore['previews']['prefix']}clip.mp4")
        cut_preview_clip(target, clip)
        form["clip"] = str(clip)

    return {"facts": measure_film(target).to_json(), "previews": try_previews(draw)}


def cut_sound(chore: CutSoundChore) -> None:
    """Write `parts` one after the other as 48 kHz stereo WAV.

    Each part is `{source, skip, take}` in samples; a source of None, or one that ends, is silence.
    """

    def blocks() -> Iterator[Samples]:
        for part in chore["parts"]:
            source = part["source"]
            with Sound(None if source is None else Path(source)) as sound:
                sound.skip(part["skip"])
                yield from take_blocks(sound, part["take"])

    write_wav(Path(chore["target"]), blocks())


def take_frames(chore: TakeFramesChore) -> FramesAnswer:
    """Write the first or `last` `count` frames of `source`, at rate `fps`, as lossless pictures.

    `frames` of the answer counts the whole film at that rate, not in its own.
    """
    width, height, rate = chore["width"], chore["height"], to_frame_rate(chore["fps"])
    count, paths = chore["count"], []
    with ExitStack() as stack:
        container = stack.enter_context(open_media(Path(chore["source"])))
        own, own_rate = (
            count_frames(Path(chore["source"])),
            get_frame_rate(get_video_stream(container)),
        )
        total = convert_frame_count(own, own_rate, rate)
        first = total - count if chore["last"] else 0
        frames = retime_frames(decode_frames(container), own, own_rate, rate)
        for index, frame in enumerate(islice(frames, first, first + count)):
            path = Path(chore["folder"]) / f"frame_{index:03d}.webp"
            picture = cover_canvas(Image.fromarray(to_rgb_pixels(frame)), width, height)
            picture.save(path, "WEBP", lossless=True, quality=0, method=0)
            paths.append(str(path))
        return {"paths": paths, "frames": total, "has_sound": bool(container.streams.audio)}


def look_at_film(chore: LookAtFilmChore) -> FilmMeasures:
    """Measure frames, rate, size and sound of `source`."""
    path = Path(chore["source"])
    with open_media(path) as container:
        stream = get_video_stream(container)
        return {
            "frames": count_frames(path),
            "fps": str(get_frame_rate(stream)),
            "width": stream.codec_context.width,
            "height": stream.codec_context.height,
            "has_sound": bool(container.streams.audio),
        }


def cut_segment(chore: CutSegmentChore) -> None:
    """Write `frames` frames of `source`, from `first` on, as a mute film at rate `fps`.

    Only an engine reads it: crf 8 loses nothing that the enlarged film would show.
    """
    with open_media(Path(chore["source"])) as container:
        context = get_video_stream(container).codec_context
        shape = FilmShape(context.width, context.height, to_frame_rate(chore["fps"]))
        frames = decode_kept_frames(container, head=chore["first"], kept=chore["frames"])
        with Film(Path(chore["target"]), shape, sound=False, crf=8) as film:
            for frame in frames:
                film.add_frame(frame)
