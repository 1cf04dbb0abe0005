"""video.upscale: the same clip, larger."""

from fractions import Fraction
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from gateway.kit import money
from gateway.kit.errors import InvalidInput
from gateway.library.facts import LengthLimit
from gateway.media.errors import JobTooLarge
from gateway.media.tasks import guidance, stages
from gateway.media.tasks.adjust import exact, floor_to, given_only, plain, size_text
from gateway.media.tasks.base import INPUT, SANDBOX, Family, Media, Plan, Reference, Task, TaskInput
from gateway.media.tasks.fields import Inline, JobId, MediaUrl, bytes_of, url_of
from gateway.media.tasks.measures import MOST_SOURCE_FPS, ClipFacts, clip_facts
from gateway.media.tasks.prices import (
    MOST_BILLED_FPS,
    Price,
    PriceRule,
    PriceTable,
    billed_seconds,
    charge,
    tier_of,
)
from gateway.media.tasks.references import exactly_one, excludes, single

MOST_SOURCE_SECONDS, MOST_SOURCE_FRAMES = 60, 1500
LONGEST = LengthLimit(MOST_SOURCE_SECONDS, MOST_SOURCE_FRAMES, MOST_SOURCE_FPS)
SOURCE = "The clip, at most 60 s, 1500 frames and 120 frames a second"
LARGEST_AREA = 3840 * 2176
DEFAULT_SCALE = Fraction(2)
SCALES = (Fraction(2), Fraction(3, 2))
Target = Literal["1080p", "1440p", "2160p"]
TARGETS: dict[Target, tuple[int, int]] = {
    "1080p": (1920, 1088),
    "1440p": (2560, 1472),
    "2160p": (3840, 2176),
}


def _legal_scale(scale: float) -> float:
    if exact(scale) not in SCALES:
        raise PydanticCustomError("scale", "must be 1.5 or 2")
    return scale


class VideoUpscaleInput(TaskInput):
    """Make a clip larger; its sound is copied."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"jobId": "job_01J8ZQ4V8Y6T3N5R7W9XABCDEF", "target": "1080p"}]
        }
    )

    video_url: MediaUrl | None = url_of(SOURCE)
    video: Inline | None = bytes_of(SOURCE)
    job_id: JobId = None
    scale: Annotated[
        Annotated[float, Field(json_schema_extra={"enum": [1.5, 2]}), AfterValidator(_legal_scale)]
        | None,
        Field(description="1.5 or 2 times as wide and as high; default 2."),
    ] = None
    target: Annotated[
        Target | None,
        Field(
            description=(
                "The largest size of the same shape inside 1920x1088, 2560x1472 or 3840x2176 "
                "(turned for portrait), above the source. Excludes `scale`."
            )
        ),
    ] = None


def check(request: VideoUpscaleInput) -> None:
    """Refuse fields that exclude each other, and an input without a clip.

    Raises:
        ConflictingInput: two sources, or a scale and a target.
        InvalidInput: no source.
    """
    _source_path(request)
    excludes("target", request.target, {"scale": request.scale})


def _source_path(request: VideoUpscaleInput) -> str:
    return exactly_one(
        {"videoUrl": request.video_url, "video": request.video, "jobId": request.job_id}
    )


def references(request: VideoUpscaleInput) -> list[Reference]:
    """Return the clip as `video`.

    Raises:
        InvalidInput: inline bytes are not base64.
        MediaTooLarge: inline bytes are more than 10 MiB.
    """
    return single(
        "video", "video", request.video_url, request.video, request.job_id, longest=LONGEST
    )


def plan(
    request: VideoUpscaleInput,
    media: Media,
    /,
    *,
    seed: int,  # noqa: ARG001 - all tasks plan alike; nothing is sampled
    prices: PriceTable,
    family: Family = SANDBOX,  # noqa: ARG001
) -> Plan:
    """Decide the size and price of the larger clip.

    Raises:
        InvalidInput: a target that is not above the source.
        JobTooLarge: a result above the area of 2160p.
        MediaUnreadable: a source outside the limits of length and rate.
    """
    clip = media["video"][0]
    source = clip_facts(
        clip,
        _source_path(request),
        most_seconds=MOST_SOURCE_SECONDS,
        most_frames=MOST_SOURCE_FRAMES,
    )
    width, height = _size(request, source)
    scale = None if request.target else _scale(request)
    return Plan(
        effective_input=given_only(
            {
                "video": clip.describe(),
                "scale": None if scale is None else plain(scale),
                "target": request.target,
                "width": width,
                "height": height,
                "fps": plain(source.fps),
                "frames": source.frames,
            }
        ),
        adjustments=[],
        warnings=[],
        price=price(width, height, source.frames, source.fps, prices),
        media=media,
        pixel_frames=width * height * source.frames,
        queue=TASK.queue,
        run_limit_seconds=TASK.run_limit_seconds,
        overlap_frames=clip.overlap_frames,
    )


def _scale(request: VideoUpscaleInput) -> Fraction:
    return DEFAULT_SCALE if request.scale is None else exact(request.scale)


def _size(request: VideoUpscaleInput, source: ClipFacts) -> tuple[int, int]:
    if request.target is None:
        size = scaled(source, _scale(request))
        if size[0] * size[1] > LARGEST_AREA:
            raise _too_large(source, size)
        return size
    size = inside(source, request.target)
    if size[0] <= source.width:
        above = [name for name in TARGETS if inside(source, name)[0] > source.width]
        raise InvalidInput(
            f"The source of {size_text(source.width, source.height)} fills "
            f"{request.target} already.",
            field=f"{INPUT}.target",
            hint=f"The nearest valid target is {above[0]}." if above else "No target is above it.",
        )
    return size


def scaled(source: ClipFacts, scale: Fraction) -> tuple[int, int]:
    """Return the source's size times the scale, down to even numbers of pixels."""
    return (
        floor_to((source.width * scale).__floor__(), 2),
        floor_to((source.height * scale).__floor__(), 2),
    )


def inside(source: ClipFacts, target: Target) -> tuple[int, int]:
    """Return the largest even size of the source's shape inside the box of the target."""
    box = TARGETS[target]  # landscape; a portrait source gets it turned
    wide, high = box if source.width >= source.height else (box[1], box[0])
    return scaled(source, min(Fraction(wide, source.width), Fraction(high, source.height)))


def _too_large(source: ClipFacts, size: tuple[int, int]) -> JobTooLarge:
    detail = f"{size_text(*size)} is above the area of 3840x2176."
    for scale in SCALES:
        wide, high = scaled(source, scale)
        if wide * high <= LARGEST_AREA:
            largest = plain(scale)
            hint = f"The largest scale for this clip is {largest}."
            return JobTooLarge(detail, field=f"{INPUT}.scale", hint=hint, largestScale=largest)
    fits = inside(source, "2160p")[0] > source.width
    hint = "Use `target` 2160p instead." if fits else "This clip cannot be made larger."
    return JobTooLarge(detail, field=f"{INPUT}.scale", hint=hint)


def price(width: int, height: int, frames: int, fps: Fraction, prices: PriceTable) -> Price:
    """Return the price of a result of this size in pixels and this many frames."""
    rates = prices.video_upscale
    tier = tier_of(width, height)
    return charge(
        prices,
        unit="second",
        quantity=billed_seconds(frames - 1, fps),
        unit_price=rates.second_microusd.by_tier()[tier],
        minimum_microusd=rates.minimum_microusd,
        tier=tier,
    )


def price_entry(prices: PriceTable) -> PriceRule:
    """Describe the price for the catalogue."""
    rates = prices.video_upscale
    return PriceRule(
        unit="second",
        rates=rates.second_microusd.by_tier(),
        minimum_usd=money.render_usd(rates.minimum_microusd),
        multipliers={},
        formula=f"max({rates.minimum_microusd}, ceil(rate of the tier of the output area * "
        f"(frames - 1) / min(fps, {MOST_BILLED_FPS}))) micro-USD",
        version=prices.version,
    )


TASK = Task(
    name="video.upscale",
    title="Upscale a video",
    description="Make a clip 1.5 or 2 times as large, or fit it into 1080p, 1440p or 2160p.",
    makes="video",
    model=VideoUpscaleInput,
    check=check,
    references=references,
    plan=plan,
    price=price_entry,
    limits={
        "sourceSeconds": MOST_SOURCE_SECONDS,
        "sourceFrames": MOST_SOURCE_FRAMES,
        "sourceFps": MOST_SOURCE_FPS,
        "area": LARGEST_AREA,
    },
    guidance=guidance.VIDEO_UPSCALE,
    queue="video",
    run_limit_seconds=1800,
    stages=stages.ENLARGE,
    goes_on={"video": ("videoUrl", "Upscale")},
)
