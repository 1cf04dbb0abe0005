"""The price table and the arithmetic of prices: integers of micro-USD and exact fractions only.

A price is computed as one fraction and rounded up once. One megapixel is 1 048 576 pixels. A second
of video is billed for 30 frames at most, since frames are the work and a rate is only claimed.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Annotated, Literal, Self

from pydantic import (
    MISSING,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic.alias_generators import to_camel

from gateway.kit import money
from gateway.kit.wire.field_types import Count, Dollars, Microusd, Text
from gateway.kit.wire.models import WireModel
from gateway.kit.wire.validation import problem_from_validation

MEGAPIXEL = 1_048_576
MOST_BILLED_FPS = 30
Tier = Literal["sd", "720p", "1080p", "1440p", "2160p"]
# The largest area of each tier, in pixels.
TIERS: tuple[tuple[Tier, int], ...] = (
    ("sd", 640 * 1088),
    ("720p", 1280 * 768),
    ("1080p", 1920 * 1088),
    ("1440p", 2560 * 1472),
    ("2160p", 3840 * 2176),
)
FACTOR_PATTERN = r"[1-9][0-9]{0,5}(/[1-9][0-9]{0,5})?"


def _read_factor(value: object) -> object:
    """Read a factor such as "3/2"; a JSON number with a point would be a float, and is refused."""
    if isinstance(value, Fraction):
        return value
    if not isinstance(value, str) or not re.fullmatch(FACTOR_PATTERN, value):
        raise ValueError('must be a fraction in a string, like "3/2"')
    return Fraction(value)


MicrousdRate = Annotated[int, Field(ge=0, le=10**12)]
# A hold of nothing is refused by the ledger, so the least that a job can cost is 1.
PositiveMicrousdRate = Annotated[int, Field(ge=1, le=10**12)]
Factor = Annotated[
    Fraction,
    BeforeValidator(_read_factor),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "pattern": f"^{FACTOR_PATTERN}$"}),
]


class _PriceGroup(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel,
        arbitrary_types_allowed=True,
        extra="forbid",
        frozen=True,
        serialize_by_alias=True,
        strict=True,
        validate_by_name=True,
    )


class ImageGeneratePrices(_PriceGroup):
    """Per picture: a base up to one megapixel, and every megapixel beyond it."""

    image_microusd: PositiveMicrousdRate = 20_000
    extra_megapixel_microusd: MicrousdRate = 10_000


class ImageEditPrices(_PriceGroup):
    """Per picture: as for generating, and every reference picture beyond the base picture."""

    image_microusd: PositiveMicrousdRate = 30_000
    extra_megapixel_microusd: MicrousdRate = 15_000
    reference_microusd: MicrousdRate = 3_000


class ImageUpscalePrices(_PriceGroup):
    """Per output megapixel."""

    megapixel_microusd: MicrousdRate = 3_000
    minimum_microusd: PositiveMicrousdRate = 10_000


class SecondRates(_PriceGroup):
    """Micro-USD a second of video, by tier."""

    sd: PositiveMicrousdRate = 20_000
    p720: Annotated[PositiveMicrousdRate, Field(alias="720p")] = 30_000
    p1080: Annotated[PositiveMicrousdRate, Field(alias="1080p")] = 60_000
    p1440: Annotated[PositiveMicrousdRate, Field(alias="1440p")] = 120_000

    def by_tier(self) -> dict[str, int]:
        """Return the rates in the order of the tiers."""
        return {"sd": self.sd, "720p": self.p720, "1080p": self.p1080, "1440p": self.p1440}

    @model_validator(mode="after")
    def _larger_costs_no_less(self) -> Self:
        rates = list(self.by_tier().values())
        if rates != sorted(rates):
            raise ValueError("must not fall from a tier to the next larger one")
        return self


class UpscaleRates(SecondRates):
    """Micro-USD a second of upscaled video, by the tier of the output."""

    sd: MicrousdRate = 6_000
    p720: Annotated[MicrousdRate, Field(alias="720p")] = 6_000
    p1080: Annotated[MicrousdRate, Field(alias="1080p")] = 10_000
    p1440: Annotated[MicrousdRate, Field(alias="1440p")] = 18_000
    p2160: Annotated[MicrousdRate, Field(alias="2160p")] = 40_000

    def by_tier(self) -> dict[str, int]:
        """Return the rates in the order of the tiers."""
        return super().by_tier() | {"2160p": self.p2160}


class VideoGeneratePrices(_PriceGroup):
    """Per billed second of video between the first and the last frame."""

    second_microusd: SecondRates = SecondRates()


class VideoExtendPrices(_PriceGroup):
    """Per billed second of new frames, and a factor because the context is sampled too."""

    second_microusd: SecondRates = SecondRates()
    context_factor: Factor = Fraction(3, 2)


class VideoUpscalePrices(_PriceGroup):
    """Per billed second of video."""

    second_microusd: UpscaleRates = UpscaleRates()
    minimum_microusd: PositiveMicrousdRate = 10_000


class VideoCombinePrices(_PriceGroup):
    """Per input clip."""

    clip_microusd: MicrousdRate = 5_000
    minimum_microusd: PositiveMicrousdRate = 10_000


class AudioGeneratePrices(_PriceGroup):
    """Per second of sound."""

    second_microusd: PositiveMicrousdRate = 2_500


class PriceTable(_PriceGroup):
    """All prices; the version is stored on each job, so a bill can be explained later."""

    version: Annotated[str, Field(min_length=1, max_length=40)] = "1"
    high_detail_factor: Factor = Fraction(3, 2)
    image_generate: Annotated[ImageGeneratePrices, Field(alias="image.generate")] = (
        ImageGeneratePrices()
    )
    image_edit: Annotated[ImageEditPrices, Field(alias="image.edit")] = ImageEditPrices()
    image_upscale: Annotated[ImageUpscalePrices, Field(alias="image.upscale")] = (
        ImageUpscalePrices()
    )
    video_generate: Annotated[VideoGeneratePrices, Field(alias="video.generate")] = (
        VideoGeneratePrices()
    )
    video_extend: Annotated[VideoExtendPrices, Field(alias="video.extend")] = VideoExtendPrices()
    video_upscale: Annotated[VideoUpscalePrices, Field(alias="video.upscale")] = (
        VideoUpscalePrices()
    )
    video_combine: Annotated[VideoCombinePrices, Field(alias="video.combine")] = (
        VideoCombinePrices()
    )
    audio_generate: Annotated[AudioGeneratePrices, Field(alias="audio.generate")] = (
        AudioGeneratePrices()
    )


def parse_price_table(text: str) -> PriceTable:
    """Read an operator's table (JSON); what it leaves out keeps the default price.

    Raises:
        ValueError: not JSON, an unknown name, a value that is no price, or prices that differ from
            the defaults under the version of the defaults.
    """
    try:
        table = PriceTable.model_validate_json(text)
    except ValidationError as error:
        raise ValueError(_describe_errors(error)) from None
    standard = PriceTable()
    if table.version == standard.version and table != standard:
        raise ValueError(
            f'KT_PRICES: `version` "{standard.version}" names the default prices; '
            "give these prices a version of their own, such as the day they begin."
        )
    return table


def _describe_errors(error: ValidationError) -> str:
    if any(details["type"] == "json_invalid" for details in error.errors()):
        return "KT_PRICES is not valid JSON."
    problem = problem_from_validation(error, PriceTable)
    if problem.field is not None:
        return f"KT_PRICES: {problem.detail} {problem.next_step}"
    errors = problem.members["errors"]
    return "\n".join(f"KT_PRICES: `{e['field']}` {e['message']}. {e['hint']}" for e in errors)


class Breakdown(WireModel):
    """The parts of a price: quantity x unit price x multipliers, and at least the minimum.

    It is empty for a step that costs nothing.
    """

    unit: Text | MISSING = Field(MISSING, description="The unit that is priced.")
    quantity: Text | MISSING = Field(MISSING, description="How many units.")
    unit_price_usd: Dollars | MISSING = Field(
        MISSING, description="The price of one unit, in dollars."
    )
    unit_price_microusd: Microusd | MISSING = MISSING
    multipliers: dict[str, Text] | MISSING = Field(MISSING, description="Factors by name.")
    minimum_usd: Dollars | MISSING = Field(MISSING, description="The lowest price, in dollars.")
    minimum_microusd: Microusd | MISSING = MISSING
    tier: Text | MISSING = Field(MISSING, description="The size class of the output.")
    free_frames: Count | MISSING = Field(MISSING, description="Frames that are not charged.")
    reference_images: Count | MISSING = Field(
        MISSING, description="Reference pictures that are charged."
    )

    @classmethod
    def read(cls, text: str) -> Self:
        """Return the breakdown of a row; another version may have written it with other fields."""
        return cls.model_validate_json(text, extra="ignore")


class PriceRule(WireModel):
    """A task's price rule: its rates, minimum, multipliers and formula."""

    unit: Text = Field(description="The unit that is priced.")
    rates: dict[str, Microusd] = Field(description="Amounts by name, in micro-USD.")
    minimum_usd: Dollars = Field(description="The lowest price of a job, in dollars.")
    multipliers: dict[str, Text] = Field(description="Factors by name.")
    formula: Text = Field(description="The price of a job, as an expression.")
    version: Text = Field(description="The version of the price table.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """The price of a job: integer micro-USD, the version of the table, and the breakdown."""

    microusd: int
    version: str
    breakdown: Breakdown

    @property
    def usd(self) -> str:
        """Return the price as a decimal string of dollars."""
        return money.render_usd(self.microusd)


def compute_price(
    prices: PriceTable,
    *,
    unit: str,
    quantity: Fraction | int,
    unit_price: Fraction | int,
    factors: Mapping[str, Fraction] | None = None,
    minimum_microusd: int = 0,
    tier: Tier | None = None,
    free_frames: int | None = None,
    reference_images: int | None = None,
) -> Price:
    """Return quantity x unit price x factors, rounded up once, and at least the minimum.

    `unit_price` is in micro-USD and may be a fraction; the breakdown shows it rounded up.
    """
    return _compute_price(
        version=prices.version,
        unit=unit,
        quantity=quantity,
        unit_price=unit_price,
        factors=tuple((factors or {}).items()),
        minimum_microusd=minimum_microusd,
        tier=tier,
        free_frames=free_frames,
        reference_images=reference_images,
    )


@lru_cache(maxsize=1_024)
def _compute_price(
    *,
    version: str,
    unit: str,
    quantity: Fraction | int,
    unit_price: Fraction | int,
    factors: tuple[tuple[str, Fraction], ...],
    minimum_microusd: int,
    tier: Tier | None,
    free_frames: int | None,
    reference_images: int | None,
) -> Price:
    """Return the price; kept, because most jobs are like one before, and a price cannot change."""
    total = unit_price * quantity
    for _, factor in factors:
        total *= factor
    rounded_price = math.ceil(unit_price)
    factor_texts = {name: format_decimal(value) for name, value in factors}
    is_minimum = minimum_microusd > total
    return Price(
        microusd=max(minimum_microusd, math.ceil(total)),
        version=version,
        breakdown=Breakdown(
            unit=unit,
            quantity=format_decimal(quantity),
            unit_price_usd=money.render_usd(rounded_price),
            unit_price_microusd=rounded_price,
            multipliers=factor_texts or MISSING,
            minimum_usd=money.render_usd(minimum_microusd) if is_minimum else MISSING,
            minimum_microusd=minimum_microusd if is_minimum else MISSING,
            tier=MISSING if tier is None else tier,
            free_frames=MISSING if free_frames is None else free_frames,
            reference_images=MISSING if reference_images is None else reference_images,
        ),
    )


def count_billed_seconds(frames: Fraction | int, fps: Fraction | int) -> Fraction:
    """Return the seconds that frames are billed as: their length, at 30 frames a second at most.

    The rate is chosen by the client or claimed by a file, and costs nothing to raise. Without the
    limit 1500 frames at a claimed 10 000 a second would cost as much as four at 24.
    """
    return Fraction(frames) / min(Fraction(fps), Fraction(MOST_BILLED_FPS))


def count_free_frames(frames: int, billed: Fraction) -> int | None:
    """Return how many whole frames are made but not billed; None if all are billed."""
    return (frames - billed).__floor__() or None


def find_tier(width: int, height: int) -> Tier:
    """Return the tier of a picture area in pixels.

    Raises:
        ValueError: the area is above the largest tier; tasks refuse such sizes earlier.
    """
    for tier, area in TIERS:
        if width * height <= area:
            return tier
    raise ValueError(f"{width}x{height} is above every tier")


def count_extra_megapixels(width: int, height: int) -> Fraction | int:
    """Return how many megapixels an image has beyond its first; 0 for a smaller one."""
    beyond = width * height - MEGAPIXEL
    return Fraction(beyond, MEGAPIXEL) if beyond > 0 else 0


def format_decimal(value: Fraction | int) -> str:
    """Return a fraction as text: at most 6 places, rounded half up, without trailing zeros."""
    whole, rest = divmod((2 * 10**6 * value + 1) // 2, 10**6)
    places = f"{rest:06d}".rstrip("0")
    return f"{whole}.{places}" if places else str(whole)
