from fractions import Fraction

import pytest
from pydantic import MISSING

from gateway.media.tasks.prices import (
    PriceTable,
    compute_price,
    count_extra_megapixels,
    find_tier,
    format_decimal,
    parse_price_table,
)

STANDARD = PriceTable()


def test_a_table_survives_its_own_json() -> None:
    assert parse_price_table(STANDARD.model_dump_json(by_alias=True)) == STANDARD


def test_what_a_table_leaves_out_keeps_the_default_price() -> None:
    table = parse_price_table('{"version":"2026-01","image.generate":{"imageMicrousd":40000}}')
    assert table.image_generate.image_microusd == 40_000
    assert table.image_generate.extra_megapixel_microusd == 10_000
    assert table.video_generate == STANDARD.video_generate
    assert table.version == "2026-01"


@pytest.mark.parametrize("rate", ["imageMicrousd", "extraMegapixelMicrousd"])
def test_a_rate_has_a_limit(rate: str) -> None:
    most = 10**12
    assert parse_price_table(f'{{"version":"2","image.generate":{{"{rate}":{most}}}}}')
    with pytest.raises(ValueError, match=rate):
        parse_price_table(f'{{"version":"2","image.generate":{{"{rate}":{most + 1}}}}}')


def test_each_tier_ends_exactly_at_its_area() -> None:
    areas = {
        "sd": 696_320,
        "720p": 983_040,
        "1080p": 2_088_960,
        "1440p": 3_768_320,
        "2160p": 8_355_840,
    }
    for (tier, area), larger in zip(areas.items(), [*areas, ""][1:], strict=True):
        assert find_tier(area, 1) == tier
        if larger:
            assert find_tier(area + 1, 1) == larger
    with pytest.raises(ValueError, match="above every tier"):
        find_tier(areas["2160p"] + 1, 1)


def test_an_image_has_extra_megapixels_from_its_first_pixel_beyond_one() -> None:
    assert count_extra_megapixels(1024, 1024) == 0
    assert count_extra_megapixels(1024 * 1024 + 1, 1) == Fraction(1, 1024 * 1024)


def test_a_factor_is_an_exact_fraction() -> None:
    table = parse_price_table('{"version":"2","highDetailFactor":"7/3"}')
    assert table.high_detail_factor == Fraction(7, 3)
    assert type(table.high_detail_factor) is Fraction


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not valid JSON"),
        ('{"version":"2","highDetailFactor":1.5}', 'like "3/2"'),
        ('{"version":"2","highDetailFactor":"3/0"}', 'like "3/2"'),
        ('{"version":"2","image.edit":{"imageMicrousd":1.5}}', "image.edit.imageMicrousd"),
        ('{"version":"2","image.edit":{"extraMegapixelMicrousd":-1}}', "must be at least 0"),
        ('{"version":"2","image.generate":{"imageMicrousd":0}}', "must be at least 1"),
        ('{"version":"2","video.upscale":{"minimumMicrousd":0}}', "must be at least 1"),
        ('{"version":"2","video.generate":{"secondMicrousd":{"sd":0}}}', "must be at least 1"),
        ('{"version":"2","image.edits":{}}', "Did you mean `image.edit`?"),
        ('{"version":"2","video.generate":{"secondMicrousd":{"720p":1}}}', "must not fall"),
        ('{"image.edit":{"imageMicrousd":1}}', "version of their own"),
        ('{"version":""}', "version"),
        ('{"version":7,"image.edit":{"imageMicrousd":"1"}}', "must be a string"),
    ],
)
def test_a_wrong_table_is_refused_in_plain_words(text: str, words: str) -> None:
    with pytest.raises(ValueError, match="KT_PRICES") as caught:
        parse_price_table(text)
    assert words in str(caught.value)


def test_a_price_is_rounded_up_once() -> None:
    price = compute_price(
        STANDARD,
        unit="thing",
        quantity=3,
        unit_price=Fraction(1, 3),
        factors={"a": Fraction(3, 2), "b": Fraction(2, 3)},
    )
    assert price.microusd == 1
    assert type(price.microusd) is int
    assert price.breakdown.unit_price_microusd == 1


def test_a_minimum_is_shown_only_where_it_counts() -> None:
    below = compute_price(STANDARD, unit="x", quantity=1, unit_price=9, minimum_microusd=10)
    assert (below.microusd, below.breakdown.minimum_microusd) == (10, 10)
    above = compute_price(STANDARD, unit="x", quantity=1, unit_price=10, minimum_microusd=10)
    assert above.breakdown.minimum_microusd is MISSING


@pytest.mark.parametrize(
    ("value", "text"),
    [("5", "5"), ("24/5", "4.8"), ("1/3", "0.333333"), ("2/3", "0.666667"), ("10", "10")],
)
def test_quantities_are_decimals_of_6_places_at_most(value: str, text: str) -> None:
    assert format_decimal(Fraction(value)) == text


def test_an_area_above_every_tier_has_none() -> None:
    assert find_tier(3840, 2176) == "2160p"
    with pytest.raises(ValueError, match="above every tier"):
        find_tier(3840, 2177)
