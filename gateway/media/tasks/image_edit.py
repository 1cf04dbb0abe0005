"""image.edit: `count` pictures made from a base picture, with references and a mask."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated

from pydantic import ConfigDict, Field

from gateway.kit.errors import InvalidInput
from gateway.media.stored_media import StoredMedia
from gateway.media.tasks import guidance
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
from gateway.media.tasks.inputs import hints
from gateway.media.tasks.inputs.fields import (
    HighDetail,
    ImageCount,
    ImagePrompt,
    Inline,
    MediaUrl,
    NegativePrompt,
    OutputFormat,
    Seed,
    describe_image_url_field,
    describe_inline_field,
    describe_url_field,
)
from gateway.media.tasks.inputs.references import (
    find_one_field,
    read_media_field,
    read_media_list,
    refuse_half_size,
    require_one_field,
)
from gateway.media.tasks.prices import (
    Price,
    PriceRule,
    PriceTable,
    compute_price,
    count_extra_megapixels,
)
from gateway.media.tasks.rules import picture_rules
from gateway.media.tasks.rules.adjustments import (
    Changes,
    drop_none_values,
    format_size,
    round_half_up,
    to_exact_fraction,
    to_json_number,
)
from gateway.media.tasks.rules.measures import read_picture_size
from gateway.media.tasks.stages import ONE_PASS

MOST_IMAGES = 4
LIST_DESCRIPTION = "Base picture first, then references"


class ImageEditInput(TaskInput):
    """Change a picture as the prompt says."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "prompt": "make it night",
                    "imageUrl": "asset://ast_01J8ZQ4V8Y6T3N5R7W9XABCDEF",
                    "strength": 0.6,
                }
            ]
        }
    )

    field_hints = hints.PICTURES
    prompt: ImagePrompt
    negative_prompt: NegativePrompt = ""
    image_url: MediaUrl | None = describe_image_url_field("The picture to change")
    image: Inline | None = describe_inline_field("The picture to change")
    image_urls: Annotated[
        tuple[MediaUrl, ...] | None,
        Field(
            strict=False,
            min_length=1,
            max_length=MOST_IMAGES,
            description=(
                f"{LIST_DESCRIPTION}, as references to media. Excludes the other image fields."
            ),
        ),
    ] = None
    images: Annotated[
        tuple[Inline, ...] | None,
        Field(
            strict=False,
            min_length=1,
            max_length=MOST_IMAGES,
            description=f"{LIST_DESCRIPTION}, inline. Excludes the other image fields.",
        ),
    ] = None
    mask_url: MediaUrl | None = describe_url_field(
        "Mask: white is edited; resized to the base picture"
    )
    mask: Inline | None = describe_inline_field(
        "Mask: white is edited; resized to the base picture"
    )
    strength: Annotated[
        float, Field(ge=0, le=1, description="How far the result may depart from the base picture.")
    ] = 0.6
    width: Annotated[
        int | None,
        Field(
            ge=picture_rules.SMALLEST_SIDE,
            le=picture_rules.LARGEST_SIDE,
            description="Pixels; moved to the nearest multiple of 16. Default: the base's.",
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
    count: ImageCount = 1
    high_detail: HighDetail = False
    output_format: OutputFormat = "png"
    seed: Seed = None


def check_input(request: ImageEditInput) -> None:
    """Refuse fields that exclude each other, and an input without a base picture.

    Raises:
        ConflictingInput: two image fields, or both masks.
        InvalidInput: no image field, or half a size.
    """
    _require_base_path(request)
    find_one_field({"maskUrl": request.mask_url, "mask": request.mask})
    refuse_half_size(request.width, request.height)


def _require_base_path(request: ImageEditInput) -> str:
    """Return the path, below `input`, at which the client wrote the base picture."""
    name = require_one_field(
        {
            "imageUrl": request.image_url,
            "image": request.image,
            "imageUrls": request.image_urls,
            "images": request.images,
        }
    )
    return f"{name}.0" if name.endswith("s") else name


def list_references(request: ImageEditInput) -> list[Reference]:
    """Return the pictures as `images`, base first, then the mask as `mask`.

    Raises:
        InvalidInput: inline bytes are not base64.
        MediaTooLarge: inline bytes are more than 10 MiB.
    """
    return [
        *read_media_field("images", "image", request.image_url, request.image, name="image"),
        *read_media_list("images", "image", request.image_urls, request.images),
        *read_media_field("mask", "image", request.mask_url, request.mask),
    ]


def plan_job(
    request: ImageEditInput,
    media: Media,
    /,
    *,
    seed: int,
    prices: PriceTable,
    family: Family = SANDBOX_FAMILY,
) -> Plan:
    """Decide size, steps, seed and price of the edited pictures.

    Raises:
        InvalidInput: more pictures than the model family takes, a base of extreme shape, a seed
            without room for `count` pictures.
    """
    changes = Changes()
    pictures, masks = media["images"], media.get("mask", ())
    _refuse_too_many_pictures(len(pictures), family)
    width, height = _decide_size(request, pictures[0], changes)
    _note_mask(request, pictures[0], masks, changes)
    picture_rules.advise_on_negative_prompt(changes, request.negative_prompt, family)
    return Plan(
        effective_input=drop_none_values(
            {
                "prompt": request.prompt,
                "negativePrompt": request.negative_prompt,
                "images": [picture.describe() for picture in pictures],
                "mask": masks[0].describe() if masks else None,
                "strength": to_json_number(to_exact_fraction(request.strength)),
                "width": width,
                "height": height,
                "count": request.count,
                "highDetail": request.high_detail,
                "outputFormat": request.output_format,
                "seed": picture_rules.choose_first_seed(request.seed, seed, request.count),
                "steps": picture_rules.count_steps(family, high_detail=request.high_detail),
            }
        ),
        adjustments=changes.adjustments,
        warnings=changes.warnings,
        price=price_job(request, width, height, len(pictures), prices),
        media=media,
        pixel_frames=width * height,
        queue=TASK.queue,
        run_limit_seconds=TASK.run_limit_seconds,
    )


def _refuse_too_many_pictures(pictures: int, family: Family) -> None:
    if pictures > family.images:
        raise InvalidInput(
            f"The model of this task takes {family.images} pictures at most.",
            field=f"{INPUT}.images",
            hint=f"Leave out {pictures - family.images} of the references.",
        )


def _decide_size(request: ImageEditInput, base: StoredMedia, changes: Changes) -> tuple[int, int]:
    if request.width is not None and request.height is not None:
        return picture_rules.fit_size_to_grid(changes, request.width, request.height)
    width, height = read_picture_size(base)
    path = _require_base_path(request)
    fitted = fit_base_size(width, height, path)
    changes.record_adjustment(
        path,
        format_size(width, height),
        format_size(*fitted),
        "source_resized",
        "The result has the size of the base picture, in multiples of 16 from 256 to 2048. "
        "Give width and height to choose another.",
    )
    return fitted


def fit_base_size(width: int, height: int, path: str) -> tuple[int, int]:
    """Return the size of a base picture, scaled into 256 to 2048 pixels a side and on the grid.

    Raises:
        InvalidInput: it is more than 8 times as long as it is wide.
    """
    long, short = max(width, height), min(width, height)
    if long > picture_rules.LARGEST_SIDE:
        scale = Fraction(picture_rules.LARGEST_SIDE, long)
    else:
        scale = max(Fraction(1), Fraction(picture_rules.SMALLEST_SIDE, short))
    if (
        not picture_rules.SMALLEST_SIDE
        <= short * scale
        <= long * scale
        <= picture_rules.LARGEST_SIDE
    ):
        raise InvalidInput(
            f"A base picture of {format_size(width, height)} has no size from 256 to 2048 a side.",
            field=f"{INPUT}.{path}",
            hint="Give width and height, or crop the picture.",
        )
    grid = picture_rules.GRID
    return round_half_up(width * scale / grid) * grid, round_half_up(height * scale / grid) * grid


def _note_mask(
    request: ImageEditInput, base: StoredMedia, masks: Sequence[StoredMedia], changes: Changes
) -> None:
    for mask in masks:
        changes.record_adjustment(
            "maskUrl" if request.mask is None else "mask",
            format_size(*read_picture_size(mask)),
            format_size(*read_picture_size(base)),
            "mask_resized",
            "The mask is resized to the base picture.",
        )


def price_job(
    request: ImageEditInput, width: int, height: int, pictures: int, prices: PriceTable
) -> Price:
    """Return the price of `count` results of this size in pixels from this many pictures."""
    rates = prices.image_edit
    extra = count_extra_megapixels(width, height)
    return compute_price(
        prices,
        unit="image",
        quantity=request.count,
        unit_price=rates.image_microusd
        + rates.extra_megapixel_microusd * extra
        + rates.reference_microusd * (pictures - 1),
        factors=picture_rules.build_price_factors(prices, high_detail=request.high_detail),
        reference_images=pictures - 1,
    )


def build_price_rule(prices: PriceTable) -> PriceRule:
    """Describe the price for the catalogue."""
    rates = prices.image_edit
    formula = (
        f"ceil(({rates.image_microusd} + {rates.extra_megapixel_microusd} * max(0, width * height "
        f"/ 1048576 - 1) + {rates.reference_microusd} * (images - 1)) "
        f"* (highDetail ? {prices.high_detail_factor} : 1) * count) micro-USD"
    )
    return picture_rules.build_price_rule(rates.model_dump(), prices, formula)


TASK = Task(
    name="image.edit",
    title="Edit images",
    description="Change a picture with a prompt, up to 3 reference pictures and a mask.",
    output_kind="image",
    model=ImageEditInput,
    check_input=check_input,
    list_references=list_references,
    plan=plan_job,
    build_price_rule=build_price_rule,
    limits={
        "images": {"minimum": 1, "maximum": MOST_IMAGES},
        "width": {"minimum": 256, "maximum": 2048, "multipleOf": 16},
        "height": {"minimum": 256, "maximum": 2048, "multipleOf": 16},
        "count": {"minimum": 1, "maximum": 4},
    },
    guidance=guidance.IMAGES,
    queue="image",
    run_limit_seconds=picture_rules.RUN_LIMIT_SECONDS,
    stages=ONE_PASS,
    grid=picture_rules.GRID,
    source_fields={"image": ("imageUrl", "Edit")},
)
