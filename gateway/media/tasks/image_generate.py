"""image.generate: `count` pictures from a prompt."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from gateway.media.tasks import guidance
from gateway.media.tasks.base import SANDBOX_FAMILY, Family, Media, Plan, Reference, Task, TaskInput
from gateway.media.tasks.inputs import hints
from gateway.media.tasks.inputs.fields import (
    HighDetail,
    ImageCount,
    ImagePrompt,
    NegativePrompt,
    OutputFormat,
    Seed,
)
from gateway.media.tasks.inputs.references import refuse_half_size, refuse_together
from gateway.media.tasks.prices import (
    Price,
    PriceRule,
    PriceTable,
    compute_price,
    count_extra_megapixels,
)
from gateway.media.tasks.rules import picture_rules
from gateway.media.tasks.rules.adjustments import Changes
from gateway.media.tasks.stages import ONE_PASS

DEFAULT_SIZE = (1024, 1024)
AspectRatio = Literal["1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3", "21:9"]
# All are multiples of 16 and at most one megapixel, so the base price covers them.
SIZES: dict[AspectRatio, tuple[int, int]] = {
    "1:1": (1024, 1024),
    "16:9": (1360, 768),
    "9:16": (768, 1360),
    "4:3": (1152, 864),
    "3:4": (864, 1152),
    "3:2": (1248, 832),
    "2:3": (832, 1248),
    "21:9": (1536, 656),
}


class ImageGenerateInput(TaskInput):
    """Make pictures from a prompt."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"prompt": "cinematic fox astronaut, mid-leap between two asteroids", "count": 2}
            ]
        }
    )

    field_hints = hints.PICTURES
    prompt: ImagePrompt
    negative_prompt: NegativePrompt = ""
    width: Annotated[
        int | None,
        Field(
            ge=picture_rules.SMALLEST_SIDE,
            le=picture_rules.LARGEST_SIDE,
            description="Pixels; moved to the nearest multiple of 16. Default 1024.",
        ),
    ] = None
    height: Annotated[
        int | None,
        Field(
            ge=picture_rules.SMALLEST_SIDE,
            le=picture_rules.LARGEST_SIDE,
            description="Pixels; moved to the nearest multiple of 16. Requires `width`.",
        ),
    ] = None
    aspect_ratio: Annotated[
        AspectRatio | None,
        Field(description="A size of about one megapixel in this shape. Excludes width, height."),
    ] = None
    count: ImageCount = 1
    high_detail: HighDetail = False
    output_format: OutputFormat = "png"
    seed: Seed = None


def check_input(request: ImageGenerateInput) -> None:
    """Refuse fields that exclude each other, and half a size.

    Raises:
        ConflictingInput: aspectRatio together with a size.
        InvalidInput: half a size.
    """
    size = {"width": request.width, "height": request.height}
    refuse_together("aspectRatio", request.aspect_ratio, size)
    refuse_half_size(request.width, request.height)


def list_references(_: ImageGenerateInput) -> list[Reference]:
    """Return nothing: this task takes no media."""
    return []


def plan_job(
    request: ImageGenerateInput,
    media: Media,  # noqa: ARG001 - all tasks plan alike
    /,
    *,
    seed: int,
    prices: PriceTable,
    family: Family = SANDBOX_FAMILY,
) -> Plan:
    """Decide size, steps, seed and price of the pictures.

    Raises:
        InvalidInput: the seed leaves no room for `count` pictures.
    """
    changes = Changes()
    width, height = _decide_size(request, changes)
    picture_rules.advise_on_negative_prompt(changes, request.negative_prompt, family)
    return Plan(
        effective_input={
            "prompt": request.prompt,
            "negativePrompt": request.negative_prompt,
            "width": width,
            "height": height,
            "count": request.count,
            "highDetail": request.high_detail,
            "outputFormat": request.output_format,
            "seed": picture_rules.choose_first_seed(request.seed, seed, request.count),
            "steps": picture_rules.count_steps(family, high_detail=request.high_detail),
        },
        adjustments=changes.adjustments,
        warnings=changes.warnings,
        price=price_job(request, width, height, prices),
        media={},
        pixel_frames=width * height,
        queue=TASK.queue,
        run_limit_seconds=TASK.run_limit_seconds,
    )


def _decide_size(request: ImageGenerateInput, changes: Changes) -> tuple[int, int]:
    if request.aspect_ratio is not None:
        return SIZES[request.aspect_ratio]
    if request.width is None or request.height is None:
        return DEFAULT_SIZE
    return picture_rules.fit_size_to_grid(changes, request.width, request.height)


def price_job(request: ImageGenerateInput, width: int, height: int, prices: PriceTable) -> Price:
    """Return the price of `count` pictures of this size in pixels."""
    rates = prices.image_generate
    extra = count_extra_megapixels(width, height)
    return compute_price(
        prices,
        unit="image",
        quantity=request.count,
        unit_price=rates.image_microusd + rates.extra_megapixel_microusd * extra,
        factors=picture_rules.build_price_factors(prices, high_detail=request.high_detail),
    )


def build_price_rule(prices: PriceTable) -> PriceRule:
    """Describe the price for the catalogue."""
    rates = prices.image_generate
    formula = (
        f"ceil(({rates.image_microusd} + {rates.extra_megapixel_microusd} * max(0, width * height "
        f"/ 1048576 - 1)) * (highDetail ? {prices.high_detail_factor} : 1) * count) micro-USD"
    )
    return picture_rules.build_price_rule(rates.model_dump(), prices, formula)


TASK = Task(
    name="image.generate",
    title="Generate images",
    description="Make 1 to 4 pictures from a prompt.",
    output_kind="image",
    model=ImageGenerateInput,
    check_input=check_input,
    list_references=list_references,
    plan=plan_job,
    build_price_rule=build_price_rule,
    limits={
        "width": {"minimum": 256, "maximum": 2048, "multipleOf": 16},
        "height": {"minimum": 256, "maximum": 2048, "multipleOf": 16},
        "count": {"minimum": 1, "maximum": 4},
    },
    guidance=guidance.IMAGES,
    queue="image",
    run_limit_seconds=picture_rules.RUN_LIMIT_SECONDS,
    stages=ONE_PASS,
    grid=picture_rules.GRID,
)
