"""Rules of all image tasks: their grid, their steps, their advice."""

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from gateway.kit import money
from gateway.kit.errors import InvalidInput
from gateway.media.tasks.base import INPUT, Family
from gateway.media.tasks.inputs.fields import MAX_SEED
from gateway.media.tasks.prices import PriceRule, PriceTable, format_decimal
from gateway.media.tasks.rules.adjustments import Changes

GRID: Final = 16
SMALLEST_SIDE, LARGEST_SIDE = 256, 2048
RUN_LIMIT_SECONDS = 300
HIGH_DETAIL_FACTOR = Fraction(3, 2)
SIZE_REASON = "Picture sizes are multiples of 16."


def count_steps(family: Family, *, high_detail: bool) -> int:
    """Return the number of inference steps: half as many again for high detail, rounded up."""
    return math.ceil(family.steps * HIGH_DETAIL_FACTOR) if high_detail else family.steps


def build_price_factors(prices: PriceTable, *, high_detail: bool) -> Mapping[str, Fraction]:
    """Return the price factors of a request, by the name that the breakdown shows."""
    return {"highDetail": prices.high_detail_factor} if high_detail else {}


def choose_first_seed(requested: int | None, drawn: int, count: int) -> int:
    """Return the seed of the first picture: the client's, or else the drawn one.

    Picture k uses seed + k, so the last one needs room below 2^53: beyond it JSON readers that use
    doubles would change it.

    Raises:
        InvalidInput: the client's seed leaves no room for `count` pictures.
    """
    most = MAX_SEED - (count - 1)
    if requested is not None and requested > most:
        raise InvalidInput(
            f"Picture k uses seed + k, and {count} pictures do not fit above this seed.",
            field=f"{INPUT}.seed",
            hint=f"The nearest valid value is {most}.",
        )
    return min(drawn, most) if requested is None else requested


def fit_size_to_grid(changes: Changes, width: int, height: int) -> tuple[int, int]:
    """Return the size on the grid that is nearest to a requested one, and note what moved."""
    return (
        changes.fit_to_multiple("width", width, GRID, SIZE_REASON),
        changes.fit_to_multiple("height", height, GRID, SIZE_REASON),
    )


def advise_on_negative_prompt(changes: Changes, negative_prompt: str, family: Family) -> None:
    """Add a warning if the client sent a negative prompt that the model ignores."""
    if negative_prompt and not family.heeds_negative_prompt:
        changes.advise(
            "negative_prompt_inert",
            "The model of this task ignores negative prompts; say in `prompt` what should be seen.",
        )


def build_price_rule(rates: Mapping[str, int], prices: PriceTable, formula: str) -> PriceRule:
    """Describe a price per picture for the catalogue."""
    return PriceRule(
        unit="image",
        rates=dict(rates),
        minimum_usd=money.render_usd(next(iter(rates.values()))),
        multipliers={"highDetail": format_decimal(prices.high_detail_factor)},
        formula=formula,
        version=prices.version,
    )
