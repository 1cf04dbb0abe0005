"""Properties that hold for every valid request: its plan, price and adjustments."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import MISSING

from gateway.media.errors import AdjustmentRequired
from gateway.media.stored_media import StoredMedia
from gateway.media.tasks.base import Plan, refuse_adjustments
from gateway.media.tasks.catalogue import TASKS, read_input
from tests.media.tasks import strategies
from tests.media.tasks.helpers import (
    PRICES,
    Media,
    build_clip,
    build_picture,
    build_sound,
    list_changes,
    plan_input,
)

MEGAPIXEL = 2**20
RATES = {"sd": 20_000, "720p": 30_000, "1080p": 60_000, "1440p": 120_000}
UPSCALE_RATES = {"sd": 6_000, "720p": 6_000, "1080p": 10_000, "1440p": 18_000, "2160p": 40_000}
AREAS = {
    "sd": 640 * 1088,
    "720p": 1280 * 768,
    "1080p": 1920 * 1088,
    "1440p": 2560 * 1472,
    "2160p": 3840 * 2176,
}
SAMPLED = st.one_of(strategies.video_generate(), strategies.video_extend())
PICTURES = st.one_of(strategies.image_generate(), strategies.image_edit())
MANY = settings(max_examples=150)


def get_tier_rate(rates: dict[str, int], area: int) -> int:
    return next(rates[tier] for tier, most in AREAS.items() if area <= most)


def compute_expected_price(task: str, asked: dict[str, Any], effective: dict[str, Any]) -> Fraction:
    """Return the price by the formulas of the price page, written a second time, as a fraction."""
    if task == "video.combine":
        return max(Fraction(10_000), Fraction(5_000 * len(effective["clips"])))
    frames: Fraction
    area: int = effective["width"] * effective["height"]
    if task == "image.upscale":
        return max(Fraction(10_000), Fraction(3_000 * area, MEGAPIXEL))
    if task in ("image.generate", "image.edit"):
        return compute_picture_price(task, area, effective)
    fps = min(Fraction(effective["fps"]).limit_denominator(1001), Fraction(30))
    if task == "video.generate":
        frames = Fraction(min(effective["durationFrames"], asked.get("durationFrames", 505)))
        return get_tier_rate(RATES, area) * (frames - 1) / fps
    if task == "video.extend":
        frames = Fraction(asked.get("extendFrames", 480))
        if "extendSeconds" in asked:
            frames = Fraction(str(asked["extendSeconds"])) * effective["fps"]
        frames = min(frames, Fraction(effective["extendFrames"]))
        return Fraction(3, 2) * get_tier_rate(RATES, area) * frames / fps
    seconds = Fraction(effective["frames"] - 1) / fps
    return max(Fraction(10_000), get_tier_rate(UPSCALE_RATES, area) * seconds)


def compute_picture_price(task: str, area: int, effective: dict[str, Any]) -> Fraction:
    beyond = max(Fraction(0), Fraction(area, MEGAPIXEL) - 1)
    one = 20_000 + 10_000 * beyond
    if task == "image.edit":
        one = 30_000 + 15_000 * beyond + Fraction(3_000 * (len(effective["images"]) - 1))
    return one * Fraction(effective["count"]) * Fraction(3 if effective["highDetail"] else 2, 2)


@MANY
@given(strategies.CASES)
def test_a_price_is_the_formula_of_the_page_rounded_up_to_an_integer(
    case: strategies.Case,
) -> None:
    planned = plan_input(*case)
    exact = compute_expected_price(case[0], case[1], planned.effective_input)
    assert type(planned.price.microusd) is int
    assert planned.price.microusd == -(-exact.numerator // exact.denominator)


@MANY
@given(strategies.CASES)
def test_no_float_comes_near_money(case: strategies.Case) -> None:
    price = plan_input(*case).price
    assert not any(isinstance(value, float) for value in price.breakdown.model_dump().values())
    assert type(price.breakdown.unit_price_microusd) is int


@MANY
@given(PICTURES)
def test_pictures_are_on_the_grid_and_inside_the_limits(case: strategies.Case) -> None:
    effective = plan_input(*case).effective_input
    for side in (effective["width"], effective["height"]):
        assert type(side) is int
        assert 256 <= side <= 2048
        assert side % 16 == 0


@MANY
@given(SAMPLED)
def test_clips_are_on_the_grid_and_inside_the_limits(case: strategies.Case) -> None:
    effective = plan_input(*case).effective_input
    width, height = effective["width"], effective["height"]
    assert width % 64 == height % 64 == 0
    assert 256 <= min(width, height) <= max(width, height) <= 2560
    assert width * height <= 2560 * 1472
    assert (effective["firstPassWidth"] * 2, effective["firstPassHeight"] * 2) == (width, height)


@MANY
@given(SAMPLED)
def test_sampled_frames_are_8n_plus_1_and_20_seconds_at_most(case: strategies.Case) -> None:
    effective = plan_input(*case).effective_input
    overlap = effective["overlapFrames"]
    frames = effective.get("durationFrames") or effective["extendFrames"] + overlap
    assert type(frames) is int
    assert frames % 8 == 1
    assert 9 <= frames <= min(505, 20 * effective["fps"] + 1)
    assert overlap == 0 or (overlap % 8 == 1 and frames >= overlap + 8)
    assert effective["latentFrames"] == (frames - 1) // 8 + 1


@MANY
@given(strategies.CASES)
def test_strict_refuses_exactly_what_is_adjusted(case: strategies.Case) -> None:
    planned = plan_input(*case)
    try:
        refuse_adjustments(planned)
    except AdjustmentRequired as refused:
        errors = refused.members["errors"]
        assert [(e["field"], e["effective"]) for e in errors] == [
            (f"input.{field}", effective) for field, _, effective, _ in list_changes(planned)
        ]
        assert errors
    else:
        assert planned.adjustments == []


def resize(stored: StoredMedia, width: int, height: int) -> StoredMedia:
    return replace(stored, facts=replace(stored.facts, width=width, height=height))


def apply_adjustments(
    task: str, asked: dict[str, Any], planned: Plan
) -> tuple[dict[str, Any], Media]:
    """Return the request with the plan's adjustments applied, and its media."""
    effective = planned.effective_input
    fields, media = dict(asked), dict(planned.media)
    for field, _, value, rule in list_changes(planned):
        name, _, index = field.partition(".")
        if rule == "overlap_trimmed":
            fields[name] = fields[name][-value:]
        elif rule == "anchor_cropped":
            plain = name.replace("Urls", "s").replace("Url", "")
            size = effective["width"], effective["height"]
            media[plain] = [resize(frame, *size) for frame in media[plain]]
        elif rule in ("audio_trimmed", "audio_padded"):
            media["referenceAudio"] = [
                build_sound(Fraction(effective["durationFrames"], effective["fps"]))
            ]
        elif rule == "mask_resized":
            width, height = map(int, value.split("x"))
            media["mask"] = [build_picture(width, height)]
        elif rule == "source_resized" and task == "image.edit":
            fields |= {"width": effective["width"], "height": effective["height"]}
        elif rule in ("source_resized", "fps_normalised"):
            size = effective["width"], effective["height"]
            media["video"] = [build_clip(*size, effective["sourceFrames"], effective["fps"])]
        elif rule in ("clip_normalised", "audio_silence_inserted"):
            size = effective["width"], effective["height"]
            fps = Fraction(effective["fps"]).limit_denominator(1001)
            joined = list(media["clips"])
            joined[int(index)] = build_clip(*size, 121, fps)
            media["clips"] = joined
        else:
            fields[name] = value
    return fields, media


@MANY
@given(strategies.CASES)
def test_what_was_adjusted_once_needs_no_adjustment_again(case: strategies.Case) -> None:
    task, asked, _ = case
    again = plan_input(task, *apply_adjustments(task, asked, plan_input(*case)))
    assert list_changes(again) == []


@MANY
@given(st.integers(1, 25))
def test_trimming_keeps_the_trailing_overlap_frames(count: int) -> None:
    frames = [build_picture(256 + k, 256) for k in range(count)]
    asked = {"prompt": "a", "overlapFrameImageUrls": ["asset://o"] * count}
    kept = plan_input("video.generate", asked, {"overlapFrameImages": frames}).media[
        "overlapFrameImages"
    ]
    assert len(kept) in (1, 9, 17, 25)
    assert list(kept) == frames[count - len(kept) :]
    assert count - len(kept) < 8


@MANY
@given(
    st.sampled_from(strategies.RATES),
    st.integers(256, 1900),
    st.integers(256, 1900),
    st.integers(9, 481),
    st.data(),
)
def test_a_larger_or_longer_clip_never_costs_less(
    fps: int, width: int, height: int, frames: int, data: st.DataObject
) -> None:
    def price(width: int, height: int, frames: int) -> int:
        asked = {"width": width, "height": height, "durationFrames": frames, "fps": fps}
        return plan_input("video.generate", {"prompt": "a"} | asked).price.microusd

    base = price(width, height, frames)
    assert base <= price(data.draw(st.integers(width, 1900)), height, frames)
    assert base <= price(width, data.draw(st.integers(height, 1900)), frames)
    assert base <= price(width, height, data.draw(st.integers(frames, 481)))


@MANY
@given(strategies.side, strategies.side, st.integers(1, 4), st.booleans(), st.data())
def test_a_larger_picture_or_more_of_them_never_cost_less(
    width: int,
    height: int,
    count: int,
    detail: bool,  # noqa: FBT001
    data: st.DataObject,
) -> None:
    def price(width: int, height: int, count: int) -> int:
        asked = {"width": width, "height": height, "count": count, "highDetail": detail}
        return plan_input("image.generate", {"prompt": "a"} | asked).price.microusd

    base = price(width, height, count)
    assert base <= price(data.draw(st.integers(width, 2048)), height, count)
    assert base <= price(width, data.draw(st.integers(height, 2048)), count)
    assert base <= price(width, height, data.draw(st.integers(count, 4)))


@MANY
@given(SAMPLED)
def test_frames_added_by_rounding_cost_nothing(case: strategies.Case) -> None:
    """Asking for the frames below the grid or for those on it costs what was asked for."""
    task, asked, media = case
    name = "durationFrames" if task == "video.generate" else "extendFrames"
    planned = plan_input(*case)
    free = planned.price.breakdown.model_dump().get("freeFrames", 0)
    assert 0 <= free < 8
    if name in asked:
        effective = planned.effective_input[name]
        assert free == max(0, effective - asked[name])
        on_grid = plan_input(task, asked | {name: effective}, media)
        assert on_grid.price.breakdown.free_frames is MISSING
        assert (planned.price.microusd < on_grid.price.microusd) is (free > 0)


@MANY
@given(strategies.video_combine())
def test_a_combined_clip_has_the_frames_that_its_clips_keep(case: strategies.Case) -> None:
    effective = plan_input(*case).effective_input
    rate = Fraction(effective["fps"]).limit_denominator(1001)
    total = Fraction(0)
    for entry, stored in zip(effective["clips"], case[2]["clips"], strict=True):
        kept = stored.facts.frames - entry["trimHeadFrames"] - entry["trimTailFrames"]
        assert kept >= 1
        total += kept * rate / stored.facts.fps
    assert abs(effective["outputFrames"] - total) <= Fraction(len(effective["clips"]), 2) + 1


@MANY
@given(strategies.CASES)
def test_equal_requests_give_equal_plans_and_only_the_seed_is_chosen(
    case: strategies.Case,
) -> None:
    name, asked, media = case
    task = TASKS[name]
    one, other = (
        task.plan(read_input(task, asked), media, seed=seed, prices=PRICES) for seed in (1, 2)
    )
    assert one.effective_input.get("seed") in (None, 1)
    assert one.effective_input | {"seed": 0} == other.effective_input | {"seed": 0}
    assert (one.price, one.adjustments) == (other.price, other.adjustments)
