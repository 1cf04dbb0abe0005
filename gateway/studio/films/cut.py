"""The cut of a film: which clips it joins, in which order, and what is cut off each. Pure.

A film without a cut of its own follows its board: the chosen take of each shot, without the frames
that repeat the shot it continues. A cut may leave shots out, repeat them, and name other takes.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import Field, TypeAdapter

from gateway.kit.errors import InvalidInput
from gateway.kit.wire.models import RequestModel
from gateway.media.tasks import video_combine
from gateway.media.tasks.video_generate import DEFAULT_FPS, DEFAULT_FRAMES
from gateway.studio.storyboards.model import Shot, Storyboard
from gateway.studio.storyboards.normal_form import Slug
from gateway.studio.storyboards.render_steps import (
    MOST_STEPS,
    RenderOptions,
    RenderStep,
    build_render_steps,
    get_overlap_frames,
    merge_measures,
)

SOURCE_PATTERN = r"^(asset://[A-Za-z0-9_]{1,64}|job://job_[0-9A-Z]{26}/[0-9])$"
TrimFrames = Annotated[int, Field(ge=0, le=video_combine.MOST_TRIM_FRAMES)]


class CutClip(RequestModel):
    """One clip of a cut, by its shot, its source, or both."""

    shot_id: Slug | None = Field(None, description="The shot of the storyboard that it shows.")
    source: str | None = Field(
        None,
        pattern=SOURCE_PATTERN,
        description="The clip: `asset://ID` or `job://ID/0`; null: the chosen take of the shot.",
        examples=["asset://ast_01J8ZQ4V8Y6T3N5R7W9XABCDEF"],
    )
    head_frames: TrimFrames = Field(
        0, description="Frames cut off the head, beyond `overlapFrames`."
    )
    tail_frames: TrimFrames = Field(0, description="Frames cut off the tail.")
    overlap_frames: int = Field(
        0,
        ge=0,
        le=video_combine.MOST_OVERLAP_FRAMES,
        description="Frames at the head that repeat the clip before it, and are cut off too.",
    )


# The key of the step that joins a cut; a step that joins a board has another. Ids of shots are
# lower case, so the second one is always free.
CUT_KEY, OTHER_CUT_KEY = "the_cut", "THE_CUT"
CUT_KEYS = frozenset({CUT_KEY, OTHER_CUT_KEY})
CUT_ADAPTER = TypeAdapter(list[CutClip])


def derive_cut(board: Storyboard) -> list[CutClip]:
    """Return the cut of a film that follows its board: every shot, in order."""
    return CUT_ADAPTER.validate_python(
        [{"shotId": shot.id, "overlapFrames": get_overlap_frames(shot)} for shot in board.shots()]
    )


def parse_cut(text: str, board: Storyboard) -> list[CutClip]:
    """Parse a stored cut, without the clips of shots that the board no longer has."""
    known = {shot.id for shot in board.shots()}
    return [
        clip
        for clip in CUT_ADAPTER.validate_json(text)
        if clip.source is not None or clip.shot_id in known
    ]


def dump_cut(cut: Sequence[CutClip]) -> str:
    """Return the JSON text in which a cut is stored."""
    return CUT_ADAPTER.dump_json([*cut], by_alias=True).decode()


def check_cut(cut: Sequence[CutClip], board: Storyboard) -> None:
    """Check that each clip of a cut has a source, or a shot of the board.

    Raises:
        InvalidInput: a clip has neither.
    """
    known = {shot.id for shot in board.shots()}
    for place, clip in enumerate(cut):
        if clip.source is None and clip.shot_id not in known:
            raise InvalidInput(
                "A clip needs a shot of the storyboard, or a source.",
                field=f"cut.{place}.shotId",
                hint="Name a shot of the board, or give `source`.",
            )


def is_whole(clip: CutClip) -> bool:
    """Return True if nothing is cut off a clip."""
    return not (clip.head_frames or clip.tail_frames or clip.overlap_frames)


def find_source(clip: CutClip, shots: Mapping[str, Shot]) -> str | None:
    """Return the source of a clip, or None if its take is still to be made."""
    if clip.source is not None:
        return clip.source
    shot = shots.get(clip.shot_id or "")
    return None if shot is None else shot.take


def plan_seconds(clip: CutClip, board: Storyboard) -> float | None:
    """Return how many seconds a clip will have whose take is to be made, as the board plans it."""
    shot = next((shot for shot in board.shots() if shot.id == clip.shot_id), None)
    if shot is None:
        return None
    measures = merge_measures(board, shot)
    fps = measures.fps or DEFAULT_FPS
    planned = measures.duration_seconds
    if planned is None:
        planned = (measures.duration_frames or DEFAULT_FRAMES) / fps
    # The overlap of a shot that continues another comes on top of its length, and is cut off.
    overlap = 0 if shot.continuity else clip.overlap_frames
    return max(0.0, planned - (clip.head_frames + clip.tail_frames + overlap) / fps)


def list_missing_shots(board: Storyboard, cut: Sequence[CutClip]) -> list[str]:
    """Return the shots whose takes must be made for a cut, in the order of the board.

    A shot that continues another needs that one's take, even if the cut leaves it out.
    """
    shots = {shot.id: shot for shot in board.shots()}
    open_ids = [clip.shot_id for clip in cut if find_source(clip, shots) is None]
    missing: set[str] = set()
    while open_ids:
        shot = shots.get(open_ids.pop() or "")
        if shot is not None and shot.take is None and shot.id not in missing:
            missing.add(shot.id)
            open_ids.append(shot.continuity.from_shot_id if shot.continuity else None)
    return [shot_id for shot_id in shots if shot_id in missing]


def build_film_steps(board: Storyboard, cut: Sequence[CutClip]) -> list[RenderStep]:
    """Return the steps that make the missing takes of a cut, and then join it.

    A cut of one untrimmed clip needs no joining once its take is made.

    Raises:
        InvalidInput: nothing to render, one trimmed clip, or more steps than a plan can have.
        ShotIncomplete: shots cannot be rendered as they are.
    """
    if len(cut) == 1 and not is_whole(cut[0]):
        raise InvalidInput(
            "One clip alone cannot be trimmed: rendering joins two clips or more.",
            field="filmId",
            hint="Set its trims and overlap to 0, or add another clip.",
        )
    shots = {shot.id: shot for shot in board.shots()}
    missing = list_missing_shots(board, cut)
    steps = (
        build_render_steps(board, RenderOptions(shot_ids=missing, combine=False)) if missing else []
    )
    if len(cut) >= video_combine.FEWEST_CLIPS:
        clips = [_build_clip(clip, shots) for clip in cut]
        key = OTHER_CUT_KEY if CUT_KEY in missing else CUT_KEY
        steps.append(RenderStep(key, "video.combine", {"clips": clips}))
    if not steps:
        raise InvalidInput(
            "There is nothing to render: one clip alone is not a film."
            if cut
            else "There is nothing to render: the film has no shots.",
            field="filmId",
            hint="Add another shot.",
        )
    if len(steps) > MOST_STEPS:
        raise InvalidInput(
            f"This needs {len(steps)} steps; a plan can have at most {MOST_STEPS}.",
            field="filmId",
            hint="Render some of the shots first.",
        )
    return steps


def _build_clip(clip: CutClip, shots: Mapping[str, Shot]) -> dict[str, str | int]:
    """Return a clip as `video.combine` takes it."""
    return {
        "videoUrl": find_source(clip, shots) or f"step://{clip.shot_id}/0",
        "trimHeadFrames": clip.overlap_frames + clip.head_frames,
        "trimTailFrames": clip.tail_frames,
    }
