"""video.extend: continue a film from its own last (or first) frames, and join the two."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal, Self

from workers.engines.base import RenderPlan
from workers.pipelines.anchors import (
    FilmAnchors,
    SoundPart,
    fit_anchor_frames,
    write_reference_sound,
)
from workers.pipelines.attempt import render_plan
from workers.pipelines.base import Output, Work, do_chores, pipeline
from workers.pipelines.errors import InputUnreadable
from workers.pipelines.film_join import join_films
from workers.pipelines.ingest import FilmOrder, ingest_film
from workers.video.chores.chore_forms import TakeFramesChore
from workers.video.clips import ClipForm, JoinForm
from workers.video.rates import samples_for_frames, to_frame_rate


@dataclass(frozen=True, slots=True, kw_only=True)
class _Extension:
    """The extension in numbers: new frames and overlap frames at `fps`, and where they go."""

    overlap_frames: int
    new_frames: int
    fps: Fraction
    at_start: bool
    is_joined: bool

    @classmethod
    def from_work(cls, work: Work) -> Self:
        values = work.effective_input
        return cls(
            overlap_frames=int(values["overlapFrames"]),
            new_frames=int(values["extendFrames"]),
            fps=to_frame_rate(values["fps"]),
            at_start=values.get("direction") == "start",
            is_joined=values.get("outputMode", "joined") == "joined",
        )

    @property
    def frames(self) -> int:
        """Return how many frames the engine renders."""
        return self.overlap_frames + self.new_frames


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """The film to be continued: its length at the ordered rate, and if it has sound."""

    path: Path
    frames: int
    has_sound: bool


@pipeline
async def run(work: Work) -> list[Output]:
    """Take the overlap from the source, render the continuation, and join the two if ordered.

    Raises:
        PipelineFailed: the film could not be made as ordered.
    """
    extension, anchors = _Extension.from_work(work), await fit_anchor_frames(work)
    source = await _take_overlap(work, extension, anchors)
    reference = work.find_file("referenceAudio")
    if reference is not None:
        parts = _build_sound_parts(extension, source, reference)
        anchors.reference_audio = await write_reference_sound(work, parts)
    values = {**work.effective_input, "durationFrames": extension.frames}
    plan = RenderPlan(task=work.task, effective_input=values, inputs=await anchors.upload(work))
    films = await render_plan(work, plan)
    new_sound = reference is not None or values.get("generateAudio") is not False
    order = _build_order(work, extension, source, new_sound=new_sound)
    if extension.is_joined and len(films) == 1:
        films = [await join_films(work, _build_join(order, extension, source, films[0]))]
    return await ingest_film(work, films, order)


async def _take_overlap(work: Work, extension: _Extension, anchors: FilmAnchors) -> _Source:
    """Put the source's overlap frames into the anchors, and return its measurements."""
    path, values = work.get_file("video"), work.effective_input
    chore: TakeFramesChore = {
        "do": "take_frames",
        "source": str(path),
        "folder": str(work.folder),
        "width": values["width"],
        "height": values["height"],
        "fps": str(extension.fps),
        "count": extension.overlap_frames,
        "last": not extension.at_start,
    }
    [answer] = await do_chores([chore], otherwise=InputUnreadable)
    if len(answer["paths"]) != extension.overlap_frames:
        raise InputUnreadable(
            f"{len(answer['paths'])} frames instead of {extension.overlap_frames}"
        )
    anchors.overlap_frames = [Path(frame) for frame in answer["paths"]]
    return _Source(path=path, frames=answer["frames"], has_sound=answer["has_sound"])


def _build_sound_parts(extension: _Extension, source: _Source, reference: Path) -> list[SoundPart]:
    """Lay the source's own sound (or silence) under the overlap, the reference under the rest."""
    fps, whole = extension.fps, samples_for_frames(extension.frames, extension.fps)
    own = source.path if source.has_sound else None
    overlap = samples_for_frames(extension.overlap_frames, fps)
    if extension.at_start:
        return [
            SoundPart(source=reference, take=whole - overlap),
            SoundPart(source=own, take=overlap),
        ]
    skip = samples_for_frames(source.frames - extension.overlap_frames, fps)
    return [
        SoundPart(source=own, skip=skip, take=overlap),
        SoundPart(source=reference, take=whole - overlap),
    ]


def _build_order(
    work: Work, extension: _Extension, source: _Source, *, new_sound: bool
) -> FilmOrder:
    values = work.effective_input
    frames = source.frames + extension.new_frames if extension.is_joined else extension.frames
    return FilmOrder(
        width=values["width"],
        height=values["height"],
        frames=int(values.get("outputFrames") or frames),
        fps=extension.fps,
        sound=new_sound or (extension.is_joined and source.has_sound),
        reference_audio=work.find_file("referenceAudio") is not None,
    )


def _build_join(order: FilmOrder, extension: _Extension, source: _Source, film: Path) -> JoinForm:
    """Return the concat spec: the overlap is cut from the new film, never from the source.

    The source's own frames are the better ones; the new film only repeats them to go on from.
    """
    edge: Literal["head", "tail"] = "tail" if extension.at_start else "head"
    new: ClipForm = {"path": str(film), "frames": extension.frames}
    new[edge] = extension.overlap_frames
    old: ClipForm = {"path": str(source.path)}
    return {
        "clips": [new, old] if extension.at_start else [old, new],
        "width": order.width,
        "height": order.height,
        "fps": str(order.fps),
        "audio": "concat" if order.sound else "mute",
        "fit": "cover",
        "frames": order.frames,
    }
