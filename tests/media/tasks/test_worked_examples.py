"""The worked examples of the design page, to the letter; and its list of prices."""

from collections.abc import Mapping
from typing import Any

import pytest

from gateway.media.tasks.base import Plan, refuse_adjustments
from tests.media.tasks.examples import EXAMPLES
from tests.media.tasks.helpers import PRICES, build_clip, list_changes, plan_input


def select_expected_fields(planned: Plan, expected: Mapping[str, Any]) -> dict[str, Any]:
    """Return the expected part of the effective input, with types that must match too."""
    part = {name: planned.effective_input.get(name) for name in expected}
    assert {n: type(v) for n, v in part.items()} == {n: type(v) for n, v in expected.items()}
    assert type(planned.price.microusd) is int
    return part


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_worked_example_comes_out_to_the_letter(name: str) -> None:
    example = EXAMPLES[name]
    planned = plan_input(example.task, dict(example.asked), example.media)
    assert select_expected_fields(planned, example.effective) == example.effective
    assert list_changes(planned) == list(example.changes)
    assert planned.price.usd == example.usd


def test_the_overlap_of_a_continued_shot_is_recorded() -> None:
    example = EXAMPLES["a continued shot with a voice"]
    assert plan_input(example.task, dict(example.asked), example.media).overlap_frames == 9


def test_sound_costs_its_exact_seconds() -> None:
    planned = plan_input("audio.generate", {"prompt": "rain on tin", "durationSeconds": 8})
    assert (planned.price.usd, planned.effective_input["outputFormat"]) == ("0.02", "wav")
    planned = plan_input("audio.generate", {"prompt": "rain on tin", "durationSeconds": 1.0001})
    assert planned.price.microusd == 2_501


def test_the_submit_example_says_what_it_changed_and_what_it_costs() -> None:
    asked = {"prompt": "fox", "width": 1920, "height": 1080, "durationFrames": 120}
    planned = plan_input("video.generate", asked)
    assert [adjustment.model_dump() for adjustment in planned.adjustments] == [
        {
            "field": "height",
            "requested": 1080,
            "effective": 1088,
            "rule": "multiple_of_64",
            "message": "The first pass runs at half size and needs a multiple of 32.",
        },
        {
            "field": "durationFrames",
            "requested": 120,
            "effective": 121,
            "rule": "8n+1",
            "message": "LTX-2.3 frame counts are 8n + 1.",
        },
    ]
    assert planned.price.microusd == 297_500
    assert planned.price.version == "1"
    assert planned.price.breakdown.model_dump() == {
        "unit": "second",
        "quantity": "4.958333",
        "tier": "1080p",
        "freeFrames": 1,
        "unitPriceUsd": "0.06",
        "unitPriceMicrousd": 60_000,
    }


@pytest.mark.parametrize(
    ("size", "frames", "fps", "usd"),
    [
        ((1280, 704), 121, 24, "0.15"),
        ((1920, 1088), 121, 24, "0.30"),
        ((1280, 704), 97, 25, "0.1152"),
        ((640, 1088), 9, 24, "0.006667"),
        ((2560, 1472), 121, 24, "0.60"),
    ],
)
def test_clips_cost_what_the_page_says(
    size: tuple[int, int], frames: int, fps: int, usd: str
) -> None:
    asked = {"prompt": "a", "width": size[0], "height": size[1], "durationFrames": frames}
    assert plan_input("video.generate", asked | {"fps": fps}).price.usd == usd


@pytest.mark.parametrize(
    ("asked", "usd"),
    [
        ({"width": 2048, "height": 2048, "count": 2}, "0.10"),
        ({"highDetail": True}, "0.03"),
        ({"count": 4}, "0.08"),
        ({"width": 1040, "height": 1024, "count": 3}, "0.060469"),
    ],
)
def test_pictures_cost_what_the_page_says(asked: dict[str, Any], usd: str) -> None:
    assert plan_input("image.generate", {"prompt": "a"} | asked).price.usd == usd


@pytest.mark.parametrize(("count", "usd"), [(2, "0.01"), (3, "0.015"), (10, "0.05")])
def test_joining_costs_by_the_clip(count: int, usd: str) -> None:
    asked = {"videoUrls": ["asset://ast_1"] * count}
    assert plan_input("video.combine", asked, {"clips": [build_clip()] * count}).price.usd == usd


def test_strict_names_every_effective_value() -> None:
    asked = {"prompt": "fox", "width": 1920, "height": 1080, "durationFrames": 120}
    planned = plan_input("video.generate", asked)
    with pytest.raises(Exception, match="would be adjusted") as caught:
        refuse_adjustments(planned)
    document = caught.value.to_document(instance="/", request_id="rid_1")  # type: ignore[attr-defined]
    assert document["code"] == "adjustment_required"
    found = [(error["field"], error["effective"]) for error in document["errors"]]
    assert found == [("input.height", 1088), ("input.durationFrames", 121)]


def test_the_table_of_the_page_is_the_default() -> None:
    assert PRICES.version == "1"
    assert PRICES.video_generate.second_microusd.by_tier() == {
        "sd": 20_000,
        "720p": 30_000,
        "1080p": 60_000,
        "1440p": 120_000,
    }
