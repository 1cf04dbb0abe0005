from fractions import Fraction
from typing import Any

import pytest

from gateway.media.stored_media import StoredMedia
from tests.media.tasks.helpers import (
    build_clip,
    build_picture,
    get_refusal,
    list_changes,
    plan_input,
)

URL = {"imageUrl": "asset://a"}
JOB = {"jobId": "job_1"}


def plan_image_size(asked: dict[str, Any], source: tuple[int, int]) -> tuple[int, int]:
    planned = plan_input("image.upscale", URL | asked, {"image": [build_picture(*source)]})
    assert list_changes(planned) == []
    return planned.effective_input["width"], planned.effective_input["height"]


def plan_video_size(asked: dict[str, Any], source: tuple[int, int]) -> tuple[int, int]:
    planned = plan_input("video.upscale", JOB | asked, {"video": [build_clip(*source)]})
    assert list_changes(planned) == []
    return planned.effective_input["width"], planned.effective_input["height"]


@pytest.mark.parametrize(
    ("asked", "source", "size"),
    [
        ({}, (1024, 768), (2048, 1536)),
        ({"scale": 2}, (4096, 4096), (8192, 8192)),
        ({"scale": 4}, (2048, 64), (8192, 256)),
        ({"targetWidth": 1500}, (1000, 501), (1500, 752)),
        ({"targetHeight": 1500}, (501, 1000), (752, 1500)),
        ({"targetWidth": 2000, "targetHeight": 1010}, (1000, 500), (2000, 1010)),
        ({"targetWidth": 2000, "targetHeight": 990}, (1000, 500), (2000, 990)),
    ],
)
def test_a_picture_grows_by_scale_or_to_a_target(
    asked: dict[str, Any], source: tuple[int, int], size: tuple[int, int]
) -> None:
    assert plan_image_size(asked, source) == size


@pytest.mark.parametrize(
    ("asked", "field", "nearest"),
    [
        ({"targetWidth": 1000}, "targetWidth", "1001"),
        ({"targetHeight": 400}, "targetHeight", "501"),
        ({"targetWidth": 2000, "targetHeight": 1011}, "targetHeight", "1000"),
        ({"targetWidth": 2000, "targetHeight": 989}, "targetHeight", "1000"),
        ({"scale": 3}, "scale", "4"),
        ({"targetWidth": 9000}, "targetWidth", "8192"),
    ],
)
def test_a_target_below_or_of_another_shape_is_refused(
    asked: dict[str, Any], field: str, nearest: str
) -> None:
    problem = get_refusal("image.upscale", URL | asked, {"image": [build_picture(1000, 500)]})
    assert (problem.code, problem.field) == ("invalid_input", f"input.{field}")
    assert nearest in f"{problem.detail} {problem.next_step}"


@pytest.mark.parametrize("target", [{"targetWidth": 2000}, {"targetHeight": 2000}])
def test_a_scale_and_a_target_exclude_each_other(target: dict[str, int]) -> None:
    problem = get_refusal("image.upscale", URL | {"scale": 2} | target)
    assert (problem.code, problem.field) == ("conflicting_input", "input.scale")


@pytest.mark.parametrize(
    ("asked", "source", "field", "largest"),
    [
        ({"scale": 4}, (4096, 64), "scale", 2),
        ({"scale": 4}, (5000, 5000), "scale", 1.63),
        ({}, (4097, 100), "scale", 1.99),
        ({"targetHeight": 8000}, (4096, 2048), "targetHeight", 2),
    ],
)
def test_a_result_too_large_names_the_largest_scale(
    asked: dict[str, Any], source: tuple[int, int], field: str, largest: float
) -> None:
    problem = get_refusal("image.upscale", URL | asked, {"image": [build_picture(*source)]})
    assert (problem.code, problem.field) == ("job_too_large", f"input.{field}")
    assert problem.members["largestScale"] == largest
    assert str(largest) in problem.next_step


def test_a_result_too_large_names_the_field_to_use() -> None:
    problem = get_refusal("image.upscale", URL | {"scale": 4}, {"image": [build_picture(4096, 64)]})
    assert problem.next_step == "The largest scale for this picture is 2."
    problem = get_refusal("image.upscale", URL, {"image": [build_picture(5000, 4000)]})
    assert problem.next_step.endswith("give `targetWidth` 8192 instead of `scale`.")
    problem = get_refusal("image.upscale", URL, {"image": [build_picture(4000, 5000)]})
    assert problem.next_step.endswith("give `targetHeight` 8192 instead of `scale`.")


def test_a_picture_at_the_limit_cannot_grow() -> None:
    problem = get_refusal("image.upscale", URL, {"image": [build_picture(8192, 512)]})
    assert problem.next_step == "This picture cannot be made larger."


@pytest.mark.parametrize("task", ["image.upscale", "video.upscale"])
def test_a_source_is_needed(task: str) -> None:
    assert get_refusal(task, {}).code == "invalid_input"


def test_only_one_twin_is_taken() -> None:
    inline = {"mimeType": "image/png", "data": "iVBORw0KGgo="}
    problem = get_refusal("image.upscale", URL | {"image": inline})
    assert (problem.code, problem.field) == ("conflicting_input", "input.image")


def test_a_small_upscale_costs_the_minimum() -> None:
    planned = plan_input("image.upscale", URL, {"image": [build_picture(64, 64)]})
    assert planned.price.microusd == 10_000
    assert planned.price.breakdown.minimum_usd == "0.01"
    assert (planned.queue, planned.run_limit_seconds) == ("image", 600)
    assert planned.effective_input["scale"] == 2
    assert planned.pixel_frames == 128 * 128


def test_a_part_of_a_micro_dollar_is_rounded_up() -> None:
    planned = plan_input("image.upscale", URL, {"image": [build_picture(1001, 1001)]})
    assert planned.price.microusd == -(-3000 * 2002 * 2002 // 1_048_576)


@pytest.mark.parametrize(
    ("asked", "source", "size"),
    [
        ({}, (1280, 704), (2560, 1408)),
        ({"scale": 1.5}, (1281, 721), (1920, 1080)),
        ({"scale": 2}, (1920, 1088), (3840, 2176)),
        ({"target": "1080p"}, (1280, 704), (1920, 1056)),
        ({"target": "1440p"}, (1280, 704), (2560, 1408)),
        ({"target": "2160p"}, (704, 1280), (2112, 3840)),
        ({"target": "1080p"}, (960, 960), (1088, 1088)),
    ],
)
def test_a_clip_grows_by_scale_or_into_a_box(
    asked: dict[str, Any], source: tuple[int, int], size: tuple[int, int]
) -> None:
    assert plan_video_size(asked, source) == size


def test_the_largest_scale_of_a_clip_is_named() -> None:
    problem = get_refusal("video.upscale", JOB, {"video": [build_clip(2560, 1440)]})
    assert (problem.code, problem.field) == ("job_too_large", "input.scale")
    assert problem.next_step == "The largest scale for this clip is 1.5."
    problem = get_refusal("video.upscale", JOB, {"video": [build_clip(3000, 1600)]})
    assert problem.next_step == "Use `target` 2160p instead."
    problem = get_refusal("video.upscale", JOB, {"video": [build_clip(3840, 2160)]})
    assert problem.next_step == "This clip cannot be made larger."


def test_a_target_must_be_above_the_source() -> None:
    problem = get_refusal(
        "video.upscale", JOB | {"target": "1080p"}, {"video": [build_clip(1920, 1088)]}
    )
    assert (problem.code, problem.field) == ("invalid_input", "input.target")
    assert problem.next_step == "The nearest valid target is 1440p."


@pytest.mark.parametrize(
    ("asked", "code", "field"),
    [
        ({"scale": 2, "target": "1080p"}, "conflicting_input", "target"),
        ({"videoUrl": "asset://a"}, "conflicting_input", "jobId"),
        ({"scale": 3}, "invalid_input", "scale"),
        ({"scale": 1}, "invalid_input", "scale"),
        ({"target": "720p"}, "invalid_input", "target"),
    ],
)
def test_a_video_upscale_refuses(asked: dict[str, Any], code: str, field: str) -> None:
    problem = get_refusal("video.upscale", JOB | asked)
    assert (problem.code, problem.field) == (code, f"input.{field}")


def test_rate_frames_and_recorded_overlap_stay() -> None:
    source = build_clip(frames=150, fps=Fraction(30_000, 1001), overlap_frames=9)
    planned = plan_input("video.upscale", JOB, {"video": [source]})
    assert planned.effective_input["fps"] == 29.97003
    assert planned.effective_input["frames"] == 150
    assert planned.effective_input["scale"] == 2
    assert planned.overlap_frames == 9
    assert planned.pixel_frames == 2560 * 1408 * 150
    assert planned.price.breakdown.tier == "1440p"
    assert (planned.queue, planned.run_limit_seconds) == ("video", 1800)


def test_one_frame_costs_the_minimum() -> None:
    planned = plan_input("video.upscale", JOB, {"video": [build_clip(frames=1)]})
    assert planned.price.microusd == 10_000


def build_sourced_input(task: str) -> dict[str, Any]:
    return JOB | ({"prompt": "a"} if task == "video.extend" else {})


@pytest.mark.parametrize(
    ("task", "source"),
    [
        ("video.upscale", build_clip(frames=1500, fps=25)),
        ("video.extend", build_clip(frames=1440, fps=24)),
        ("video.extend", build_clip(frames=1500, fps=50)),
    ],
)
def test_a_source_of_60_seconds_and_1500_frames_is_taken(task: str, source: StoredMedia) -> None:
    assert plan_input(task, build_sourced_input(task), {"video": [source]})


@pytest.mark.parametrize(
    ("task", "source"),
    [
        ("video.upscale", build_clip(frames=1501, fps=30)),
        ("video.upscale", build_clip(frames=1441, fps=24)),
        ("video.extend", build_clip(frames=1501, fps=50)),
        ("video.extend", build_clip(frames=601, fps=10)),
    ],
)
def test_a_longer_source_is_refused(task: str, source: StoredMedia) -> None:
    problem = get_refusal(task, build_sourced_input(task), {"video": [source]})
    assert (problem.status, problem.code) == (422, "media_unreadable")
    assert problem.field == "input.jobId"
    assert problem.next_step == "Give a clip of at most 60 s and 1500 frames."
