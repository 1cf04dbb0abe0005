"""image.upscale: one larger picture."""

import math
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from gateway.kit import money
from gateway.kit.errors import InvalidInput
from gateway.media.errors import JobTooLarge
from gateway.media.tasks import stages
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
    MediaUrl,
    OutputFormat,
    describe_image_url_field,
    describe_inline_field,
)
from gateway.media.tasks.inputs.references import (
    read_media_field,
    refuse_together,
    require_one_field,
)
from gateway.media.tasks.prices import MEGAPIXEL, Price, PriceRule, PriceTable, compute_price
from gateway.media.tasks.rules.adjustments import drop_none_values, format_size, round_half_up
from gateway.media.tasks.rules.measures import read_picture_size

LONGEST_SIDE = 8192
LARGEST_AREA = 64 * MEGAPIXEL
DEFAULT_SCALE = 2
SCALES = (4, 2)
SHAPE_TOLERANCE = Fraction(1, 100)


class ImageUpscaleInput(TaskInput):
    """Make a picture larger."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"imageUrl": "job://job_01J8ZQ4V8Y6T3N5R7W9XABCDEF/0", "scale": 4}]
        }
    )

    image_url: MediaUrl | None = describe_image_url_field("The picture")
    image: Inline | None = describe_inline_field("The picture")
    scale: Annotated[
        Literal[2, 4] | None,
        Field(description="How many times as wide and as high; default 2."),
    ] = None
    target_width: Annotated[
        int | None,
        Field(
            ge=65,
            le=LONGEST_SIDE,
            description="Pixels, above the source; the shape is kept. Excludes `scale`.",
        ),
    ] = None
    target_height: Annotated[
        int | None,
        Field(
            ge=65,
            le=LONGEST_SIDE,
            description=(
                "Pixels, above the source; with `targetWidth` it must keep the shape within 1 %. "
                "Excludes `scale`."
            ),
        ),
    ] = None
    output_format: OutputFormat = "png"


def check_input(request: ImageUpscaleInput) -> None:
    """Refuse fields that exclude each other, and an input without a picture.

    Raises:
        ConflictingInput: both twins of the picture, or a scale and a target size.
        InvalidInput: no picture.
    """
    require_one_field({"imageUrl": request.image_url, "image": request.image})
    targets = {"targetWidth": request.target_width, "targetHeight": request.target_height}
    refuse_together("scale", request.scale, targets)


def list_references(request: ImageUpscaleInput) -> list[Reference]:
    """Return the picture as `image`.

    Raises:
        InvalidInput: inline bytes are not base64.
        MediaTooLarge: inline bytes are more than 10 MiB.
    """
    return read_media_field("image", "image", request.image_url, request.image)


def plan_job(
    request: ImageUpscaleInput,
    media: Media,
    /,
    *,
    seed: int,  # noqa: ARG001 - all tasks plan alike; nothing is sampled
    prices: PriceTable,
    family: Family = SANDBOX_FAMILY,  # noqa: ARG001
) -> Plan:
    """Decide the size and price of the larger picture.

    Raises:
        InvalidInput: a target that is not above the source, or of another shape.
        JobTooLarge: a result above 8192 pixels a side or 64 megapixels.
    """
    source = media["image"][0]
    width, height = _decide_size(request, *read_picture_size(source))
    return Plan(
        effective_input=drop_none_values(
            {
                "image": source.describe(),
                "scale": _choose_scale(request),
                "width": width,
                "height": height,
                "outputFormat": request.output_format,
            }
        ),
        adjustments=[],
        warnings=[],
        price=price_job(width, height, prices),
        media=media,
        pixel_frames=width * height,
        queue=TASK.queue,
        run_limit_seconds=TASK.run_limit_seconds,
    )


def _choose_scale(request: ImageUpscaleInput) -> int | None:
    if request.target_width is None and request.target_height is None:
        return request.scale or DEFAULT_SCALE
    return None


def _decide_size(request: ImageUpscaleInput, width: int, height: int) -> tuple[int, int]:
    scale = _choose_scale(request)
    if scale is not None:
        size = width * scale, height * scale
    else:
        size = _fit_target(request.target_width, request.target_height, width, height)
    if max(size) > LONGEST_SIDE or size[0] * size[1] > LARGEST_AREA:
        raise _build_size_refusal(request, size, width, height)
    return size


def _fit_target(wide: int | None, high: int | None, width: int, height: int) -> tuple[int, int]:
    """Return the requested target size; a side that is left out follows from the source's shape.

    `wide` and `high` are the target, `width` and `height` the source, in pixels.
    """
    _refuse_smaller("targetWidth", wide, width)
    _refuse_smaller("targetHeight", high, height)
    size_wide = wide or round_half_up(Fraction(width * (high or 0), height))
    fitting = round_half_up(Fraction(height * size_wide, width))
    size_high = high or fitting
    if abs(size_wide * height - size_high * width) > SHAPE_TOLERANCE * size_wide * height:
        raise InvalidInput(
            f"{format_size(size_wide, size_high)} has another shape than the picture "
            f"({format_size(width, height)}).",
            field=f"{INPUT}.targetHeight",
            hint=f"Leave `targetHeight` out; the shape gives {fitting}.",
        )
    return size_wide, size_high


def _refuse_smaller(name: str, target: int | None, source: int) -> None:
    if target is not None and target <= source:
        raise InvalidInput(
            f"`{name}` must be above the {source} pixels of the picture.",
            field=f"{INPUT}.{name}",
            hint=f"The nearest valid value is {source + 1}.",
        )


def _build_size_refusal(
    request: ImageUpscaleInput, size: tuple[int, int], width: int, height: int
) -> JobTooLarge:
    names = ("scale", "targetWidth", "targetHeight")
    given = (request.scale, request.target_width, request.target_height)
    name = next((n for n, value in zip(names, given, strict=True) if value is not None), "scale")
    detail = f"{format_size(*size)} is above {LONGEST_SIDE} pixels a side."
    for scale in SCALES:
        if max(width, height) * scale <= LONGEST_SIDE:
            hint = f"The largest scale for this picture is {scale}."
            return JobTooLarge(detail, field=f"{INPUT}.{name}", hint=hint, largestScale=scale)
    # No whole scale fits: name the largest one in hundredths, rounded down so that it does fit.
    largest = math.floor(Fraction(100 * LONGEST_SIDE, max(width, height)))
    if largest <= 100:  # noqa: PLR2004 - percent
        return JobTooLarge(
            detail, field=f"{INPUT}.{name}", hint="This picture cannot be made larger."
        )
    long = "targetWidth" if width >= height else "targetHeight"
    return JobTooLarge(
        detail,
        field=f"{INPUT}.{name}",
        hint=f"The largest scale for this picture is {largest / 100}: "
        f"give `{long}` {LONGEST_SIDE} instead of `{name}`.",
        largestScale=largest / 100,
    )


def price_job(width: int, height: int, prices: PriceTable) -> Price:
    """Return the price of a result of this size in pixels."""
    rates = prices.image_upscale
    return compute_price(
        prices,
        unit="megapixel",
        quantity=Fraction(width * height, MEGAPIXEL),
        unit_price=rates.megapixel_microusd,
        minimum_microusd=rates.minimum_microusd,
    )


def build_price_rule(prices: PriceTable) -> PriceRule:
    """Describe the price for the catalogue."""
    rates = prices.image_upscale
    return PriceRule(
        unit="megapixel",
        rates=rates.model_dump(),
        minimum_usd=money.render_usd(rates.minimum_microusd),
        multipliers={},
        formula=f"max({rates.minimum_microusd}, ceil({rates.megapixel_microusd} * output width "
        "* height / 1048576)) micro-USD",
        version=prices.version,
    )


TASK = Task(
    name="image.upscale",
    title="Upscale an image",
    description="Make a picture 2 or 4 times as large, or as large as asked.",
    output_kind="image",
    model=ImageUpscaleInput,
    check_input=check_input,
    list_references=list_references,
    plan=plan_job,
    build_price_rule=build_price_rule,
    limits={"longestSide": LONGEST_SIDE, "megapixels": 64},
    guidance=(),
    queue="image",
    run_limit_seconds=600,
    stages=stages.ENLARGE,
    source_fields={"image": ("imageUrl", "Upscale")},
)
