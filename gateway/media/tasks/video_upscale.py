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
    refuse_together,
    require_one_field,
)
from gateway.media.tasks.prices import (
    MOST_BILLED_FPS,
    Price,
    PriceRule,
    PriceTable,
    compute_price,
    count_billed_seconds,
    find_tier,
)
from gateway.media.tasks.rules.adjustments import (
    drop_none_values,
    floor_to_multiple,
    format_size,
    to_exact_fraction,
    to_json_number,
)
from gateway.media.tasks.rules.measures import MOST_SOURCE_FPS, ClipFacts, read_clip_facts

MOST_SOURCE_SECONDS, MOST_SOURCE_FRAMES = 60, 1500
SOURCE_LIMIT = LengthLimit(MOST_SOURCE_SECONDS, MOST_SOURCE_FRAMES, MOST_SOURCE_FPS)
SOURCE_DESCRIPTION = "The clip, at most 60 s, 1500 frames and 120 frames a second"
LARGEST_AREA = 3840 * 2176
DEFAULT_SCALE = Fraction(2)
SCALES = (Fraction(2), Fraction(3, 2))
Target = Literal["1080p", "1440p", "2160p"]
TARGETS: dict[Target, tuple[int, int]] = {
    "1080p": (1920, 1088),
    "1440p": (2560, 1472),
    "2160p": (3840, 2176),
}


def _check_scale(scale: float) -> float:
    if to_exact_fraction(scale) not in SCALES:
        raise PydanticCustomError("scale", "must be 1.5 or 2")
    return scale


class VideoUpscaleInput(TaskInput):
    """Make a clip larger; its sound is copied."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"jobId": "job_01J8ZQ4V8Y6T3N5R7W9XABCDEF", "target": "1080p"}]
        }
    )

    video_url: MediaUrl | None = describe_url_field(SOURCE_DESCRIPTION)
    video: Inline | None = describe_inline_field(SOURCE_DESCRIPTION)
    job_id: JobId = None
    scale: Annotated[
        Annotated[float, Field(json_schema_extra={"enum": [1.5, 2]}), AfterValidator(_check_scale)]
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


def check_input(request: VideoUpscaleInput) -> None:
    """Refuse fields that exclude each other, and an input without a clip.

    Raises:
        ConflictingInput: two sources, or a scale and a target.
        InvalidInput: no source.
    """
    _require_source_path(request)
    refuse_together("target", request.target, {"scale": request.scale})


def _require_source_path(request: VideoUpscaleInput) -> str:
    return require_one_field(
        {"videoUrl": request.video_url, "video": request.video, "jobId": request.job_id}
    )


def list_references(request: VideoUpscaleInput) -> list[Reference]:
    """Return the clip as `video`.

    Raises:
        InvalidInput: inline bytes are not base64.
        MediaTooLarge: inline bytes are more than 10 MiB.
    """
    return read_media_field(
        "video", "video", request.video_url, request.video, request.job_id, longest=SOURCE_LIMIT
    )


def plan_job(
    request: VideoUpscaleInput,
    media: Media,
    /,
    *,
    seed: int,  # noqa: ARG001 - all tasks plan alike; nothing is sampled
    prices: PriceTable,
    family: Family = SANDBOX_FAMILY,  # noqa: ARG001
) -> Plan:
    """Decide the size and price of the larger clip.

    Raises:
        InvalidInput: a target that is not above the source.
        JobTooLarge: a result above the area of 2160p.
        MediaUnreadable: a source outside the limits of length and rate.
    """
    clip = media["video"][0]
    source = read_clip_facts(
        clip,
        _require_source_path(request),
        most_seconds=MOST_SOURCE_SECONDS,
        most_frames=MOST_SOURCE_FRAMES,
    )
    width, height = _decide_size(request, source)
    scale = None if request.target else _choose_scale(request)
    return Plan(
        effective_input=drop_none_values(
            {
                "video": clip.describe(),
                "scale": None if scale is None else to_json_number(scale),
                "target": request.target,
                "width": width,
                "height": height,
                "fps": to_json_number(source.fps),
                "frames": source.frames,
            }
        ),
        adjustments=[],
        warnings=[],
        price=price_job(width, height, source.frames, source.fps, prices),
        media=media,
        pixel_frames=width * height * source.frames,
        queue=TASK.queue,
        run_limit_seconds=TASK.run_limit_seconds,
        overlap_frames=clip.overlap_frames,
    )


def _choose_scale(request: VideoUpscaleInput) -> Fraction:
    return DEFAULT_SCALE if request.scale is None else to_exact_fraction(request.scale)


def _decide_size(request: VideoUpscaleInput, source: ClipFacts) -> tuple[int, int]:
    if request.target is None:
        size = scale_size(source, _choose_scale(request))
        if size[0] * size[1] > LARGEST_AREA:
            raise _build_size_refusal(source, size)
        return size
    size = fit_into_target(source, request.target)
    if size[0] <= source.width:
        above = [name for name in TARGETS if fit_into_target(source, name)[0] > source.width]
        raise InvalidInput(
            f"The source of {format_size(source.width, source.height)} fills "
            f"{request.target} already.",
            field=f"{INPUT}.target",
            hint=f"The nearest valid target is {above[0]}." if above else "No target is above it.",
        )
    return size


def scale_size(source: ClipFacts, scale: Fraction) -> tuple[int, int]:
    """Return the source's size times the scale, down to even numbers of pixels."""
    return (
        floor_to_multiple((source.width * scale).__floor__(), 2),
        floor_to_multiple((source.height * scale).__floor__(), 2),
    )


def fit_into_target(source: ClipFacts, target: Target) -> tuple[int, int]:
    """Return the largest even size of the source's shape inside the box of the target."""
    box = TARGETS[target]  # landscape; a portrait source gets it turned
    wide, high = box if source.width >= source.height else (box[1], box[0])
    return scale_size(source, min(Fraction(wide, source.width), Fraction(high, source.height)))


def _build_size_refusal(source: ClipFacts, size: tuple[int, int]) -> JobTooLarge:
    detail = f"{format_size(*size)} is above the area of 3840x2176."
    for scale in SCALES:
        wide, high = scale_size(source, scale)
        if wide * high <= LARGEST_AREA:
            largest = to_json_number(scale)
            hint = f"The largest scale for this clip is {largest}."
            return JobTooLarge(detail, field=f"{INPUT}.scale", hint=hint, largestScale=largest)
    fits = fit_into_target(source, "2160p")[0] > source.width
    hint = "Use `target` 2160p instead." if fits else "This clip cannot be made larger."
    return JobTooLarge(detail, field=f"{INPUT}.scale", hint=hint)


def price_job(width: int, height: int, frames: int, fps: Fraction, prices: PriceTable) -> Price:
    """Return the price of a result of this size in pixels and this many frames."""
    rates = prices.video_upscale
    tier = find_tier(width, height)
    return compute_price(
        prices,
        unit="second",
        quantity=count_billed_seconds(frames - 1, fps),
        unit_price=rates.second_microusd.by_tier()[tier],
        minimum_microusd=rates.minimum_microusd,
        tier=tier,
    )


def build_price_rule(prices: PriceTable) -> PriceRule:
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
    output_kind="video",
    model=VideoUpscaleInput,
    check_input=check_input,
    list_references=list_references,
    plan=plan_job,
    build_price_rule=build_price_rule,
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
    source_fields={"video": ("videoUrl", "Upscale")},
)
