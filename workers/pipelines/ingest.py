"""The ingest of an engine's files: cleaned in a child, measured, compared with the order.

Nothing that an engine sent is stored as it came: its tags may hold prompts, graphs and paths of the
node. What does not match the order exactly is refused, for it was priced.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import structlog

from gateway.library.kinds import KINDS
from gateway.library.preview_files import PREVIEW_SIDES
from workers.pipelines.base import Output, PreviewPaths, Work, do_chores
from workers.pipelines.errors import AudioConditioningFailed, OutputInvalid
from workers.video.chores.chore_forms import (
    FinishedForm,
    FinishFilmChore,
    FinishPictureChore,
    FinishSoundChore,
    MeasuringChore,
    PreviewOrder,
    PreviewsForm,
)
from workers.video.facts import FileFacts
from workers.video.rates import RATE_TOLERANCE, samples_for_seconds

log = structlog.stdlib.get_logger("workers")
_SOUND_EARLY_SECONDS = Fraction(50, 1000)  # seconds; AAC ends on a frame of 1024 samples, 21 ms


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmOrder:
    """The film that was ordered: pixels, frames, frames a second, and if it has sound.

    With `reference_audio` the caller gave the sound, and its absence has an error of its own.
    """

    width: int
    height: int
    frames: int
    fps: Fraction
    sound: bool
    reference_audio: bool = False


async def ingest_pictures(
    work: Work, sources: list[Path], *, base: Path | None = None, mask: Path | None = None
) -> list[Output]:
    """Re-encode pictures in `outputFormat`, restore `base` outside the mask, and check sizes.

    Raises:
        OutputInvalid: number or size is not as ordered, or one cannot be decoded.
    """
    values = work.effective_input
    count, kind = int(values.get("count", 1)), str(values.get("outputFormat") or "png")
    if len(sources) != count:
        raise OutputInvalid(f"{len(sources)} pictures instead of {count}")
    chores: list[FinishPictureChore] = [
        {
            "do": "finish_picture",
            "source": str(source),
            "target": str(work.folder / f"output_{index}.{kind}"),
            "poster": str(work.folder / f"poster_{index}.webp"),
            "previews": _order_previews(work, index),
            "format": kind,
            "base": _to_text(base),
            "mask": _to_text(mask),
        }
        for index, source in enumerate(sources)
    ]
    outputs = await _finish_files(chores)
    for output in outputs:
        _require_same("size", (output.width, output.height), (values["width"], values["height"]))
    return outputs


async def ingest_film(
    work: Work, sources: list[Path], order: FilmOrder, *, sound_of: Path | None = None
) -> list[Output]:
    """Copy the film without tags, with the sound of `sound_of` if given, and check it.

    Raises:
        OutputInvalid: it is not as ordered, or cannot be decoded.
        AudioConditioningFailed: the reference audio was ordered and there is no sound.
    """
    _require_same("films", len(sources), 1)
    chore: FinishFilmChore = {
        "do": "finish_film",
        "source": str(sources[0]),
        "target": str(work.folder / "output_0.mp4"),
        "poster": str(work.folder / "poster_0.webp"),
        "previews": _order_previews(work, 0),
        "sound_of": _to_text(sound_of),
        "fps": str(order.fps),
    }
    answers = await do_chores([chore], otherwise=OutputInvalid)
    output = _to_output(chore, answers[0])
    check_film(FileFacts.from_json(answers[0]["facts"]), order)
    return [output]


async def ingest_sound(work: Work, sources: list[Path]) -> list[Output]:
    """Re-encode the sound in `outputFormat`, without tags and of exactly the ordered length.

    Raises:
        OutputInvalid: it is of another length, silent, or cannot be decoded.
    """
    _require_same("sounds", len(sources), 1)
    values = work.effective_input
    chore: FinishSoundChore = {
        "do": "finish_sound",
        "source": str(sources[0]),
        "target": str(work.folder / f"output_0.{values['outputFormat']}"),
        "format": values["outputFormat"],
        "mime_type": KINDS["audio"].output_mime_type(values),
        "samples": samples_for_seconds(values["durationSeconds"]),
    }
    return await _finish_files([chore])


def check_film(facts: FileFacts, order: FilmOrder) -> None:
    """Refuse a measured film that differs from its order.

    Raises:
        OutputInvalid: it differs.
        AudioConditioningFailed: the reference audio was ordered and there is no sound.
    """
    _require_same("codec", facts.codec, "h264")
    _require_same("size", (facts.width, facts.height), (order.width, order.height))
    _require_same("frames", facts.frames, order.frames)
    if facts.fps is None or abs(facts.fps - order.fps) > RATE_TOLERANCE:
        raise OutputInvalid(f"{facts.fps} frames a second instead of {order.fps}")
    if order.reference_audio and facts.sound is None:
        raise AudioConditioningFailed("the film has no sound")
    _require_same("sound", facts.sound is not None, order.sound)
    if facts.sound is not None:
        late = facts.sound - order.frames / order.fps
        if not -_SOUND_EARLY_SECONDS <= late <= 1 / order.fps:
            raise OutputInvalid(f"the sound ends {float(late):.3f} s after the picture")


def _require_same(what: str, measured: object, ordered: object) -> None:
    if measured != ordered:
        raise OutputInvalid(f"{what}: {measured} instead of {ordered}")


async def _finish_files(chores: Sequence[MeasuringChore]) -> list[Output]:
    answers = await do_chores(chores, otherwise=OutputInvalid)
    return [_to_output(chore, reply) for chore, reply in zip(chores, answers, strict=True)]


def _order_previews(work: Work, index: int) -> PreviewOrder:
    return {"sides": PREVIEW_SIDES, "prefix": str(work.folder / f"preview_{index}_")}


def _to_output(chore: MeasuringChore, answer: FinishedForm) -> Output:
    facts = FileFacts.from_json(answer["facts"])
    return Output(
        path=Path(chore["target"]),
        poster_path=None if chore["do"] == "finish_sound" else Path(chore["poster"]),
        kind=facts.kind,
        mime_type=facts.mime_type,
        width=facts.width,
        height=facts.height,
        frames=facts.frames,
        fps=facts.fps,
        duration_seconds=facts.duration,
        has_audio=facts.sound is not None,
        size_bytes=facts.size_bytes,
        sha256=facts.sha256,
        previews=_read_previews(answer["previews"]),
    )


def _read_previews(form: PreviewsForm | None) -> PreviewPaths:
    if form is None:
        return PreviewPaths()
    if form["problem"] is not None:
        log.warning("previews_not_made", problem=form["problem"])
    return PreviewPaths(
        pictures={int(side): Path(path) for side, path in form["pictures"].items()},
        clip=None if form["clip"] is None else Path(form["clip"]),
        placeholder=form["placeholder"],
    )


def _to_text(path: Path | None) -> str | None:
    return None if path is None else str(path)
