"""Anchors of a film: start, final and overlap frames fitted to its canvas, and its sound."""

from dataclasses import dataclass, field
from pathlib import Path

from workers.engines.base import InputRef, PlanInputs
from workers.pipelines.attempt import upload_input, upload_inputs
from workers.pipelines.base import Work, do_chores
from workers.pipelines.errors import AudioConditioningFailed, InputUnreadable
from workers.video.chores.chore_forms import CutSoundChore, FitPictureChore, SoundPartForm


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundPart:
    """A part of a sound: `take` samples after `skip` samples; without a file it is silence."""

    source: Path | None
    skip: int = 0
    take: int

    def to_json(self) -> SoundPartForm:
        """Return the JSON form of the chore."""
        source = None if self.source is None else str(self.source)
        return {"source": source, "skip": self.skip, "take": self.take}


@dataclass
class FilmAnchors:
    """The fitted files, ready to be uploaded to an engine."""

    start_frame: Path | None = None
    final_frame: Path | None = None
    overlap_frames: list[Path] = field(default_factory=list)
    reference_audio: Path | None = None

    async def upload(self, work: Work) -> PlanInputs:
        """Upload the files to the engine."""

        async def maybe(path: Path | None) -> InputRef | None:
            return None if path is None else await upload_input(work, path)

        return PlanInputs(
            start_frame=await maybe(self.start_frame),
            final_frame=await maybe(self.final_frame),
            overlap_frames=await upload_inputs(work, self.overlap_frames),
            reference_audio=await maybe(self.reference_audio),
        )


async def fit_anchor_frames(work: Work) -> FilmAnchors:
    """Fit the given pictures to the canvas: scaled to cover it, cropped at the centre.

    Only the last `overlapFrames` of the overlap frames are kept: more would not fit the grid.

    Raises:
        InputUnreadable: one of them is no picture.
    """
    values, anchors = work.effective_input, FilmAnchors()
    chores: list[FitPictureChore] = []

    def fit(source: Path, name: str) -> Path:
        target = work.folder / f"{name}.png"
        chores.append(
            {
                "do": "fit_picture",
                "source": str(source),
                "target": str(target),
                "width": values["width"],
                "height": values["height"],
            }
        )
        return target

    if (start := work.find_file("startFrameImage")) is not None:
        anchors.start_frame = fit(start, "start")
    if (final := work.find_file("finalFrameImage")) is not None:
        anchors.final_frame = fit(final, "final")
    frames = work.files("overlapFrameImages")
    kept = frames[len(frames) - int(values.get("overlapFrames") or len(frames)) :]
    anchors.overlap_frames = [fit(path, f"overlap_{at:03d}") for at, path in enumerate(kept)]
    await do_chores(chores, otherwise=InputUnreadable)
    return anchors


async def write_reference_sound(work: Work, parts: list[SoundPart]) -> Path:
    """Write the parts one after the other as one WAV, 48 kHz stereo.

    Raises:
        AudioConditioningFailed: one of them cannot be read.
    """
    target = work.folder / "reference.wav"
    chore: CutSoundChore = {
        "do": "cut_sound",
        "target": str(target),
        "parts": [part.to_json() for part in parts],
    }
    await do_chores([chore], otherwise=AudioConditioningFailed)
    return target
