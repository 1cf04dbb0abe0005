"""Prices of the videos that are generated, extended and combined."""

from fractions import Fraction

from gateway.kit import money
from gateway.media.tasks.prices import (
    MOST_BILLED_FPS,
    Price,
    PriceRule,
    PriceTable,
    compute_price,
    count_billed_seconds,
    count_free_frames,
    find_tier,
    format_decimal,
)
from gateway.media.tasks.rules import lengths, video_rules


def price_generated(
    width: int,
    height: int,
    frames: int,
    fps: int,
    prices: PriceTable,
    requested_frames: int | None = None,
) -> Price:
    """Return the price of a clip of this size in pixels; frames added by rounding are free."""
    billed = lengths.count_billed_frames(frames, requested_frames)
    return compute_price(
        prices,
        unit="second",
        quantity=count_billed_seconds(billed - 1, fps),
        unit_price=video_rules.get_second_rate(prices, width, height, extend=False),
        tier=find_tier(width, height),
        free_frames=count_free_frames(frames, billed),
    )


def build_generated_rule(prices: PriceTable) -> PriceRule:
    """Describe the price of video.generate for the catalogue."""
    rates = prices.video_generate.second_microusd.by_tier()
    shortest = count_billed_seconds(lengths.FEWEST_FRAMES - 1, max(lengths.FRAME_RATES))
    cheapest = compute_price(prices, unit="second", quantity=shortest, unit_price=rates["sd"])
    return PriceRule(
        unit="second",
        rates=rates,
        minimum_usd=money.render_usd(cheapest.microusd),
        multipliers={},
        formula="ceil(rate of the tier of width * height * (durationFrames - 1) "
        f"/ min(fps, {MOST_BILLED_FPS})) micro-USD; {lengths.BILLING_NOTE}",
        version=prices.version,
    )


def price_extended(
    width: int,
    height: int,
    new: int,
    fps: int,
    prices: PriceTable,
    requested_new: Fraction | int | None = None,
) -> Price:
    """Return the price of the new frames; the context and what rounding added are free."""
    billed = lengths.count_billed_frames(new, requested_new)
    return compute_price(
        prices,
        unit="second",
        quantity=count_billed_seconds(billed, fps),
        unit_price=video_rules.get_second_rate(prices, width, height, extend=True),
        factors={"context": prices.video_extend.context_factor},
        tier=find_tier(width, height),
        free_frames=count_free_frames(new, billed),
    )


def build_extended_rule(prices: PriceTable) -> PriceRule:
    """Describe the price of video.extend for the catalogue."""
    rates = prices.video_extend.second_microusd.by_tier()
    factor = prices.video_extend.context_factor
    shortest = count_billed_seconds(lengths.FEWEST_NEW_FRAMES, max(lengths.FRAME_RATES))
    cheapest = compute_price(
        prices, unit="second", quantity=shortest * factor, unit_price=rates["sd"]
    )
    return PriceRule(
        unit="second",
        rates=rates,
        minimum_usd=money.render_usd(cheapest.microusd),
        multipliers={"context": format_decimal(factor)},
        formula=f"ceil({factor} * rate of the tier of width * height * extendFrames "
        f"/ min(fps, {MOST_BILLED_FPS})) micro-USD; new frames only, {lengths.BILLING_NOTE}",
        version=prices.version,
    )


def price_combined(clips: int, prices: PriceTable) -> Price:
    """Return the price of joining this many clips."""
    rates = prices.video_combine
    return compute_price(
        prices,
        unit="clip",
        quantity=clips,
        unit_price=rates.clip_microusd,
        minimum_microusd=rates.minimum_microusd,
    )


def build_combined_rule(prices: PriceTable) -> PriceRule:
    """Describe the price of video.combine for the catalogue."""
    rates = prices.video_combine
    return PriceRule(
        unit="clip",
        rates=rates.model_dump(),
        minimum_usd=money.render_usd(rates.minimum_microusd),
        multipliers={},
        formula=f"max({rates.minimum_microusd}, {rates.clip_microusd} * clips) micro-USD",
        version=prices.version,
    )
