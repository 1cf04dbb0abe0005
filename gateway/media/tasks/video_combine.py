"""video.combine: clips joined into one, without a GPU."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from gateway.kit.errors import InvalidInput
from gateway.library.facts import LengthLimit
from gateway.media.errors import JobTooLarge
from gateway.media.stored_media import DescribedClip, StoredMedia
from gateway.media.tasks import guidance, stages
from gateway.media.tasks.base import (
    INPUT,
    SANDBOX_FAMILY,
    Family,
    Media,
    Plan,
    Reference,
    Task,
    TaskInput,
)
from gateway.media.tasks.inputs.fields import (
    Inline,
    JobId,
    MediaUrl,
    describe_inline_field,
    describe_url_field,
)
from gateway.media.tasks.inputs.references import (
    read_media_field,
    read_media_list,
    refuse_half_size,
    require_one_field,
)
from gateway.media.tasks.prices import PriceTable
from gateway.media.tasks.rules import video_prices
from gateway.media.tasks.rules.adjustments import (
    Changes,
    convert_frame_count,
    drop_none_values,
    floor_to_multiple,
    format_size,
    to_json_number,
)
from gateway.media.tasks.rules.measures import MOST_SOURCE_FPS, ClipFacts, read_clip_facts

FEWEST_CLIPS, MOST_CLIPS = 2, 100
MOST_CLIP_SECONDS, MOST_SECONDS = 300, 1800
CLIP_LIMIT = LengthLimit(MOST_CLIP_SECONDS, fps=MOST_SOURCE_FPS)
MOST_OVERLAP_FRAMES = 97
SHORTEST_SIDE, LONGEST_SIDE = 64, 3840
LOWEST_FPS, HIGHEST_FPS = 12, 60
MOST_TRIM_FRAMES = MOST_CLIP_SECONDS * MOST_SOURCE_FPS
CLIP_DESCRIPTION = "The clip, at most 300 s and 120 frames a second"


class Clip(TaskInput):
    """One clip of the list, and its trims."""

    video_url: MediaUrl | None = describe_url_field(CLIP_DESCRIPTION)
    video: Inline | None = describe_inline_field(CLIP_DESCRIPTION)
    job_id: JobId = None
    trim_head_frames: Annotated[
        int | None,
        Field(
            ge=0,
            le=MOST_TRIM_FRAMES,
            description="Frames cut off the head; wins over overlapFrames and recorded overlap.",
        ),
    ] = None
    trim_tail_frames: Annotated[
        int, Field(ge=0, le=MOST_TRIM_FRAMES, description="Frames cut off the tail.")
    ] = 0


class VideoCombineInput(TaskInput):
    """Join clips in the order given."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "clips": [
                        {"jobId": "job_01J8ZQ4V8Y6T3N5R7W9XABCDEA"},
                        {"jobId": "job_01J8ZQ4V8Y6T3N5R7W9XABCDEB"},
                        {"jobId": "job_01J8ZQ4V8Y6T3N5R7W9XABCDEC"},
                    ],
                    "overlapFrames": 9,
                }
            ]
        }
    )

    video_urls: Annotated[
        tuple[MediaUrl, ...] | None,
        Field(
            strict=False,
            min_length=FEWEST_CLIPS,
            max_length=MOST_CLIPS,
            description=(
                "The clips by reference: 300 s and 120 frames a second each, 30 minutes in all."
            ),
        ),
    ] = None
    videos: Annotated[
        tuple[Inline, ...] | None,
        Field(
            strict=False,
            min_length=FEWEST_CLIPS,
            max_length=MOST_CLIPS,
            description="The clips, inline. Give exactly one of videoUrls, videos and clips.",
        ),
    ] = None
    clips: Annotated[
        tuple[Clip, ...] | None,
        Field(
            strict=False,
            min_length=FEWEST_CLIPS,
            max_length=MOST_CLIPS,
            description="The clips with their trims: {videoUrl, video or jobId, …}.",
        ),
    ] = None
    overlap_frames: Annotated[
        int | None,
        Field(
            ge=0,
            le=MOST_OVERLAP_FRAMES,
            description=(
                "Frames cut off the head of each clip after the first. Left out: the overlap that "
                "is recorded on a clip of an own job, 0 for others."
            ),
        ),
    ] = None
    width: Annotated[
        int | None,
        Field(
            ge=SHORTEST_SIDE,
            le=LONGEST_SIDE,
            multiple_of=2,
            description="Pixels, even; default: the first clip's. Others are fitted and padded.",
        ),
    ] = None
    height: Annotated[
        int | None,
        Field(
            ge=SHORTEST_SIDE,
            le=LONGEST_SIDE,
            multiple_of=2,
            description="Pixels, even. Requires `width`.",
        ),
    ] = None
    fps: Annotated[
        int | None,
        Field(
            ge=LOWEST_FPS,
            le=HIGHEST_FPS,
            description="Frames per second; default: the first clip's.",
        ),
    ] = None
    audio: Annotated[
        Literal["concat", "mute"], Field(description="Join the sound of the clips, or drop it.")
    ] = "concat"
    crossfade_audio_ms: Annotated[
        int, Field(ge=0, le=50, description="Milliseconds of crossfade at each seam.")
    ] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TrimmedClip:
    """A clip with its path below `input`, its measures, and its trims in its own frames."""

    path: str
    stored: StoredMedia
    facts: ClipFacts
    head_frames: int
    tail_frames: int

    @property
    def remaining_frames(self) -> int:
        """Return how many frames remain after both trims."""
        return self.facts.frames - self.head_frames - self.tail_frames

    def describe(self) -> DescribedClip:
        """Return the clip as `effectiveInput` shows it."""
        return {
            "video": self.stored.describe(),
            "trimHeadFrames": self.head_frames,
            "trimTailFrames": self.tail_frames,
        }


def check_input(request: VideoCombineInput) -> None:
    """Refuse fields that exclude each other, and clips without a source.

    Raises:
        ConflictingInput: two lists, or two sources in one clip.
        InvalidInput: no list, a clip without a source, half a size.
    """
    _require_list_field(request)
    for index, clip in enumerate(request.clips or ()):
        sources = {"videoUrl": clip.video_url, "video": clip.video, "jobId": clip.job_id}
        require_one_field(sources, where=f"clips.{index}.")
    refuse_half_size(request.width, request.height)


def _require_list_field(request: VideoCombineInput) -> str:
    return require_one_field(
        {"videoUrls": request.video_urls, "videos": request.videos, "clips": request.clips}
    )


def list_references(request: VideoCombineInput) -> list[Reference]:
    """Return all clips as `clips`, in order, whichever list they came in.

    Raises:
        InvalidInput: inline bytes are not base64.
        MediaTooLarge: inline bytes are more than 10 MiB.
    """
    all_references = read_media_list(
        "clips", "video", request.video_urls, request.videos, name="videos", longest=CLIP_LIMIT
    )
    for index, clip in enumerate(request.clips or ()):
        all_references += read_media_field(
            "clips", "video", clip.video_url, clip.video, clip.job_id,
            name="video", index=index, where=f"clips.{index}.", longest=CLIP_LIMIT,
        )  # fmt: skip
    return all_references


def plan_job(
    request: VideoCombineInput,
    media: Media,
    /,
    *,
    seed: int,  # noqa: ARG001 - all tasks plan alike; nothing is sampled
    prices: PriceTable,
    family: Family = SANDBOX_FAMILY,  # noqa: ARG001
) -> Plan:
    """Decide trims, canvas, rate, frames and price.

    Raises:
        InvalidInput: a trim as long as its clip.
        JobTooLarge: more than 30 minutes in all.
        MediaUnreadable: a clip above 300 seconds, or above 120 frames a second.
    """
    changes = Changes()
    cuts = _trim_clips(request, media["clips"])
    _refuse_long(request, cuts)
    width, height = _decide_canvas(request, cuts[0].facts)
    fps = _decide_rate(request, cuts[0].facts)
    _note_clips(request, cuts, (width, height), fps, changes)
    return Plan(
        effective_input=drop_none_values(
            {
                "clips": [cut.describe() for cut in cuts],
                "overlapFrames": request.overlap_frames,
                "width": width,
                "height": height,
                "fps": to_json_number(fps),
                "audio": request.audio,
                "crossfadeAudioMs": request.crossfade_audio_ms,
                "outputFrames": sum(
                    convert_frame_count(cut.remaining_frames, cut.facts.fps, fps) for cut in cuts
                ),
            }
        ),
        adjustments=changes.adjustments,
        warnings=changes.warnings,
        price=video_prices.price_combined(len(cuts), prices),
        media=media,
        pixel_frames=width * height,  # clips are streamed: memory holds one frame at a time
        queue=TASK.queue,
        run_limit_seconds=TASK.run_limit_seconds,
        overlap_frames=_decide_recorded_overlap(cuts[0], fps),
    )


def _trim_clips(request: VideoCombineInput, clips: Sequence[StoredMedia]) -> list[TrimmedClip]:
    name = _require_list_field(request)
    cuts = []
    for index, stored in enumerate(clips):
        path = f"{name}.{index}"
        facts = read_clip_facts(stored, path, most_seconds=MOST_CLIP_SECONDS)
        clip = request.clips[index] if request.clips else None
        tail = clip.trim_tail_frames if clip else 0
        head, head_field = _decide_head_trim(request, clip, index, stored)
        cut = TrimmedClip(path=path, stored=stored, facts=facts, head_frames=head, tail_frames=tail)
        if cut.remaining_frames < 1:
            raise _build_trim_refusal(cut, head_field)
        cuts.append(cut)
    return cuts


def _decide_head_trim(
    request: VideoCombineInput, clip: Clip | None, index: int, stored: StoredMedia
) -> tuple[int, str]:
    """Return the frames cut off the head, and the field that says so."""
    if clip is not None and clip.trim_head_frames is not None:
        return clip.trim_head_frames, f"clips.{index}.trimHeadFrames"
    if index and request.overlap_frames is not None:
        return request.overlap_frames, "overlapFrames"
    field = "overlapFrames" if clip is None else f"clips.{index}.trimHeadFrames"
    return (stored.overlap_frames or 0) if index else 0, field


def _build_trim_refusal(cut: TrimmedClip, head_field: str) -> InvalidInput:
    frames = cut.facts.frames
    if cut.tail_frames >= frames:
        field, most = f"{cut.path}.trimTailFrames", frames - 1
    else:
        field, most = head_field, max(0, frames - 1 - cut.tail_frames)
    return InvalidInput(
        f"`{cut.path}` has {frames} frames and would lose all of them.",
        field=f"{INPUT}.{field}",
        hint=f"The nearest valid value is {most}.",
    )


def _refuse_long(request: VideoCombineInput, cuts: Sequence[TrimmedClip]) -> None:
    total = sum((cut.facts.seconds for cut in cuts), Fraction(0))
    if total > MOST_SECONDS:
        raise JobTooLarge(
            f"The clips are {to_json_number(total)} s long in total; "
            f"the limit is {MOST_SECONDS} s.",
            field=f"{INPUT}.{_require_list_field(request)}",
            hint="Combine clips of at most 30 minutes in total.",
        )


def _decide_canvas(request: VideoCombineInput, first: ClipFacts) -> tuple[int, int]:
    if request.width is not None and request.height is not None:
        return request.width, request.height
    return floor_to_multiple(first.width, 2), floor_to_multiple(first.height, 2)


def _decide_rate(request: VideoCombineInput, first: ClipFacts) -> Fraction:
    if request.fps is not None:
        return Fraction(request.fps)
    return min(max(first.fps, Fraction(LOWEST_FPS)), Fraction(HIGHEST_FPS))


def _note_clips(
    request: VideoCombineInput,
    cuts: Sequence[TrimmedClip],
    size: tuple[int, int],
    fps: Fraction,
    changes: Changes,
) -> None:
    for cut in cuts:
        facts = cut.facts
        changes.record_adjustment(
            cut.path,
            f"{format_size(facts.width, facts.height)}@{to_json_number(facts.fps)}",
            f"{format_size(*size)}@{to_json_number(fps)}",
            "clip_normalised",
            "The clip is fitted and padded to the size, and converted to the rate, of the whole.",
        )
        if request.audio == "concat" and not cut.stored.facts.has_audio:
            changes.record_adjustment(
                cut.path,
                None,
                "silence",
                "audio_silence_inserted",
                'The clip has no sound; silence takes its place. `audio` "mute" leaves all out.',
            )


def _decide_recorded_overlap(first: TrimmedClip, fps: Fraction) -> int | None:
    """Return how many frames of the first clip's recorded overlap still head the result.

    At another rate its frames are converted, and the number would be wrong: then None.
    """
    left = (first.stored.overlap_frames or 0) - first.head_frames
    return left if left > 0 and first.facts.fps == fps else None


TASK = Task(
    name="video.combine",
    title="Combine videos",
    description="Join 2 to 100 clips with their sound, frame exact, as a stream.",
    output_kind="video",
    model=VideoCombineInput,
    check_input=check_input,
    list_references=list_references,
    plan=plan_job,
    build_price_rule=video_prices.build_combined_rule,
    limits={
        "clips": {"minimum": FEWEST_CLIPS, "maximum": MOST_CLIPS},
        "clipSeconds": MOST_CLIP_SECONDS,
        "clipFps": MOST_SOURCE_FPS,
        "totalSeconds": MOST_SECONDS,
    },
    guidance=guidance.VIDEO_COMBINE,
    queue="cpu",
    run_limit_seconds=1800,
    stages=stages.COMBINE,
)
