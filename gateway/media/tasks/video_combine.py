"""video.combine: clips joined into one, without a GPU."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from gateway.kit import money
from gateway.kit.errors import InvalidInput
from gateway.library.facts import Longest
from gateway.media.errors import JobTooLarge
from gateway.media.facts import DescribedCut, StoredMedia
from gateway.media.tasks import guidance, stages
from gateway.media.tasks.adjust import Changes, floor_to, frames_at, given_only, plain, size_text
from gateway.media.tasks.base import INPUT, SANDBOX, Family, Media, Plan, Reference, Task, TaskInput
from gateway.media.tasks.fields import Inline, JobId, MediaUrl, bytes_of, url_of
from gateway.media.tasks.measures import MOST_SOURCE_FPS, ClipFacts, clip_facts
from gateway.media.tasks.prices import Price, PriceRule, PriceTable, charge
from gateway.media.tasks.references import both_or_neither, exactly_one, many, single

FEWEST_CLIPS, MOST_CLIPS = 2, 100
MOST_CLIP_SECONDS, MOST_SECONDS = 300, 1800
LONGEST = Longest(MOST_CLIP_SECONDS, fps=MOST_SOURCE_FPS)
MOST_OVERLAP = 97
SHORTEST_SIDE, LONGEST_SIDE = 64, 3840
SLOWEST, FASTEST = 12, 60
MOST_TRIM = MOST_CLIP_SECONDS * MOST_SOURCE_FPS


class Clip(TaskInput):
    """One clip of the list and what is cut off it."""

    video_url: MediaUrl | None = url_of("The clip, at most 300 s and 120 frames a second")
    video: Inline | None = bytes_of("The clip, at most 300 s and 120 frames a second")
    job_id: JobId = None
    trim_head_frames: Annotated[
        int | None,
        Field(
            ge=0,
            le=MOST_TRIM,
            description="Frames cut off the head; wins over overlapFrames and recorded overlap.",
        ),
    ] = None
    trim_tail_frames: Annotated[
        int, Field(ge=0, le=MOST_TRIM, description="Frames cut off the tail.")
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
            le=MOST_OVERLAP,
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
        Field(ge=SLOWEST, le=FASTEST, description="Frames per second; default: the first clip's."),
    ] = None
    audio: Annotated[
        Literal["concat", "mute"], Field(description="Join the sound of the clips, or drop it.")
    ] = "concat"
    crossfade_audio_ms: Annotated[
        int, Field(ge=0, le=50, description="Milliseconds of crossfade at each seam.")
    ] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A clip with its place, its measures and its trims in own frames."""

    path: str
    stored: StoredMedia
    facts: ClipFacts
    head: int
    tail: int

    @property
    def kept(self) -> int:
        """Return the frames that remain."""
        return self.facts.frames - self.head - self.tail

    def describe(self) -> DescribedCut:
        """Return the form for `effectiveInput`."""
        return {
            "video": self.stored.describe(),
            "trimHeadFrames": self.head,
            "trimTailFrames": self.tail,
        }


def check(asked: VideoCombineInput) -> None:
    """Refuse what excludes each other.

    Raises:
        ConflictingInput: two lists, or two sources in one clip.
        InvalidInput: no list, a clip without a source, half a size.
    """
    _list_field(asked)
    for index, clip in enumerate(asked.clips or ()):
        exactly_one(
            {"videoUrl": clip.video_url, "video": clip.video, "jobId": clip.job_id},
            where=f"clips.{index}.",
        )
    both_or_neither(asked.width, asked.height)


def _list_field(asked: VideoCombineInput) -> str:
    return exactly_one(
        {"videoUrls": asked.video_urls, "videos": asked.videos, "clips": asked.clips}
    )


def references(asked: VideoCombineInput) -> list[Reference]:
    """Return all clips as `clips`, in order, whichever list they came in.

    Raises:
        InvalidInput: inline bytes are not base64.
        MediaTooLarge: inline bytes are more than 10 MiB.
    """
    found = many("clips", "video", asked.video_urls, asked.videos, name="videos", longest=LONGEST)
    for index, clip in enumerate(asked.clips or ()):
        found += single(
            "clips",
            "video",
            clip.video_url,
            clip.video,
            clip.job_id,
            name="video",
            index=index,
            where=f"clips.{index}.",
            longest=LONGEST,
        )
    return found


def plan(
    asked: VideoCombineInput,
    media: Media,
    /,
    *,
    seed: int,  # noqa: ARG001 - all tasks plan alike; nothing is sampled
    prices: PriceTable,
    family: Family = SANDBOX,  # noqa: ARG001
) -> Plan:
    """Decide trims, canvas, rate, frames and price.

    Raises:
        InvalidInput: a trim as long as its clip.
        JobTooLarge: more than 30 minutes in all.
        MediaUnreadable: a clip above 300 seconds, or above 120 frames a second.
    """
    changes = Changes()
    cuts = _cuts(asked, media["clips"])
    _refuse_long(asked, cuts)
    width, height = _canvas(asked, cuts[0].facts)
    fps = _rate(asked, cuts[0].facts)
    _note_clips(asked, cuts, (width, height), fps, changes)
    return Plan(
        effective_input=given_only(
            {
                "clips": [cut.describe() for cut in cuts],
                "overlapFrames": asked.overlap_frames,
                "width": width,
                "height": height,
                "fps": plain(fps),
                "audio": asked.audio,
                "crossfadeAudioMs": asked.crossfade_audio_ms,
                "outputFrames": sum(frames_at(cut.kept, cut.facts.fps, fps) for cut in cuts),
            }
        ),
        adjustments=changes.adjustments,
        warnings=changes.warnings,
        price=price(len(cuts), prices),
        media=media,
        pixel_frames=width * height,  # one frame is held at a time
        queue=TASK.queue,
        run_limit_seconds=TASK.run_limit_seconds,
        overlap_frames=_recorded(cuts[0], fps),
    )


def _cuts(asked: VideoCombineInput, clips: Sequence[StoredMedia]) -> list[Cut]:
    name = _list_field(asked)
    cuts = []
    for index, stored in enumerate(clips):
        path = f"{name}.{index}"
        facts = clip_facts(stored, path, most_seconds=MOST_CLIP_SECONDS)
        given = asked.clips[index] if asked.clips else None
        tail = given.trim_tail_frames if given else 0
        head, head_field = _head(asked, given, index, stored)
        cut = Cut(path=path, stored=stored, facts=facts, head=head, tail=tail)
        if cut.kept < 1:
            raise _nothing_left(cut, head_field)
        cuts.append(cut)
    return cuts


def _head(
    asked: VideoCombineInput, given: Clip | None, index: int, stored: StoredMedia
) -> tuple[int, str]:
    """Return the frames cut off the head, and the field that says so."""
    if given is not None and given.trim_head_frames is not None:
        return given.trim_head_frames, f"clips.{index}.trimHeadFrames"
    if index and asked.overlap_frames is not None:
        return asked.overlap_frames, "overlapFrames"
    field = "overlapFrames" if given is None else f"clips.{index}.trimHeadFrames"
    return (stored.overlap_frames or 0) if index else 0, field


def _nothing_left(cut: Cut, head_field: str) -> InvalidInput:
    frames = cut.facts.frames
    if cut.tail >= frames:
        field, most = f"{cut.path}.trimTailFrames", frames - 1
    else:
        field, most = head_field, max(0, frames - 1 - cut.tail)
    return InvalidInput(
        f"`{cut.path}` has {frames} frames and would lose all of them.",
        field=f"{INPUT}.{field}",
        hint=f"The nearest valid value is {most}.",
    )


def _refuse_long(asked: VideoCombineInput, cuts: Sequence[Cut]) -> None:
    total = sum((cut.facts.seconds for cut in cuts), Fraction(0))
    if total > MOST_SECONDS:
        raise JobTooLarge(
            f"The clips are {plain(total)} s long in total; the limit is {MOST_SECONDS} s.",
            field=f"{INPUT}.{_list_field(asked)}",
            hint="Combine clips of at most 30 minutes in total.",
        )


def _canvas(asked: VideoCombineInput, first: ClipFacts) -> tuple[int, int]:
    if asked.width is not None and asked.height is not None:
        return asked.width, asked.height
    return floor_to(first.width, 2), floor_to(first.height, 2)


def _rate(asked: VideoCombineInput, first: ClipFacts) -> Fraction:
    if asked.fps is not None:
        return Fraction(asked.fps)
    return min(max(first.fps, Fraction(SLOWEST)), Fraction(FASTEST))


def _note_clips(
    asked: VideoCombineInput,
    cuts: Sequence[Cut],
    size: tuple[int, int],
    fps: Fraction,
    changes: Changes,
) -> None:
    for cut in cuts:
        facts = cut.facts
        changes.note(
            cut.path,
            f"{size_text(facts.width, facts.height)}@{plain(facts.fps)}",
            f"{size_text(*size)}@{plain(fps)}",
            "clip_normalised",
            "The clip is fitted and padded to the size, and converted to the rate, of the whole.",
        )
        if asked.audio == "concat" and not cut.stored.facts.has_audio:
            changes.note(
                cut.path,
                None,
                "silence",
                "audio_silence_inserted",
                'The clip has no sound; silence takes its place. `audio` "mute" leaves all out.',
            )


def _recorded(first: Cut, fps: Fraction) -> int | None:
    """Return how much of the first clip's own overlap still heads the result."""
    left = (first.stored.overlap_frames or 0) - first.head
    return left if left > 0 and first.facts.fps == fps else None


def price(clips: int, prices: PriceTable) -> Price:
    """Return the price of joining this many clips."""
    rates = prices.video_combine
    return charge(
        prices,
        unit="clip",
        quantity=clips,
        unit_price=rates.clip_microusd,
        minimum_microusd=rates.minimum_microusd,
    )


def price_entry(prices: PriceTable) -> PriceRule:
    """Describe the price for the catalogue."""
    rates = prices.video_combine
    return PriceRule(
        unit="clip",
        rates=rates.model_dump(),
        minimum_usd=money.usd(rates.minimum_microusd),
        multipliers={},
        formula=f"max({rates.minimum_microusd}, {rates.clip_microusd} * clips) micro-USD",
        version=prices.version,
    )


TASK = Task(
    name="video.combine",
    title="Combine videos",
    description="Join 2 to 100 clips with their sound, frame exact, as a stream.",
    makes="video",
    model=VideoCombineInput,
    check=check,
    references=references,
    plan=plan,
    price=price_entry,
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
