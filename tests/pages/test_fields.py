"""A form reads back as the input it was filled in with, and a job as the input it came from."""

from typing import Any

import pytest

from gateway.media.tasks.catalogue import TASKS, build_input_schema, read_input
from gateway.pages.form_fields import (
    TWINS,
    add_clip_row,
    build_form_fields,
    input_from_effective,
    read_form_input,
    to_form_values,
)

JOB = "job://job_01J8ZQ4V8Y6T3N5R7W9XABCDEF/0"
STILL = {"source": JOB, "sha256": "ab", "mimeType": "image/png", "width": 256, "height": 256}
CLIP = {"source": JOB, "sha256": "ab", "mimeType": "video/mp4", "frames": 25}
INPUTS: list[tuple[str, dict[str, Any]]] = [
    ("image.generate", {"prompt": "a fox", "count": 2, "aspectRatio": "16:9", "highDetail": True}),
    ("image.edit", {"prompt": "night", "imageUrls": [JOB, JOB], "strength": 0.25}),
    ("image.upscale", {"imageUrl": JOB, "scale": 4}),
    ("video.generate", {"prompt": "a fox", "fps": 30, "generateAudio": False, "seed": 0}),
    ("video.upscale", {"videoUrl": JOB, "scale": 1.5}),
    ("video.combine", {"clips": [{"videoUrl": JOB}, {"videoUrl": JOB}], "overlapFrames": 9}),
    (
        "video.combine",
        {
            "clips": [
                {"videoUrl": JOB, "trimTailFrames": 2},
                {"videoUrl": JOB, "trimHeadFrames": 0},
            ]
        },
    ),
]
EFFECTIVE: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "image.edit",
        {"prompt": "night", "images": [STILL, STILL], "width": 304, "height": 256, "steps": 20},
        {"prompt": "night", "imageUrls": [JOB, JOB], "width": 304, "height": 256},
    ),
    ("image.upscale", {"image": STILL, "scale": 2, "width": 512}, {"imageUrl": JOB, "scale": 2}),
    (
        "video.generate",
        {"prompt": "fox", "startFrameImage": STILL, "durationFrames": 25, "overlapFrames": 0},
        {"prompt": "fox", "startFrameImageUrl": JOB, "durationFrames": 25},
    ),
    (
        "video.combine",
        {"clips": [{"video": CLIP, "trimTailFrames": 2}, {"video": CLIP, "trimHeadFrames": 9}]},
        {
            "clips": [
                {"videoUrl": JOB, "trimTailFrames": 2},
                {"videoUrl": JOB, "trimHeadFrames": 9},
            ]
        },
    ),
    ("image.upscale", {"image": STILL | {"source": "inline"}, "scale": 4}, {"scale": 4}),
]


@pytest.mark.parametrize(("task", "given"), INPUTS)
def test_a_form_means_what_it_was_filled_in_with(task: str, given: dict[str, Any]) -> None:
    fields = build_form_fields(build_input_schema(TASKS[task]))
    assert read_form_input(fields, to_form_values(fields, given)) == given
    read_input(TASKS[task], given)


@pytest.mark.parametrize(("task", "effective", "given"), EFFECTIVE)
def test_a_job_is_asked_for_again(
    task: str, effective: dict[str, Any], given: dict[str, Any]
) -> None:
    assert input_from_effective(build_input_schema(TASKS[task]), effective) == given


@pytest.mark.parametrize("task", TASKS)
def test_a_form_has_each_field_of_its_task_or_a_reason_to_leave_it_out(task: str) -> None:
    schema = build_input_schema(TASKS[task])["properties"]
    names = {field.name for field in build_form_fields(build_input_schema(TASKS[task]))}
    for name in schema.keys() - names:
        twin = {f"{name}Url", f"{name[:-1]}Urls"} & schema.keys()
        assert twin or (name in TWINS and ({"videoUrl", "clips"} & names)), name


def test_rows_of_clips_that_are_empty_do_not_count_and_one_can_be_added() -> None:
    fields = build_form_fields(build_input_schema(TASKS["video.combine"]))
    (clips,) = (field for field in fields if field.control == "clips")
    given = {"clips.0.videoUrl": "", "clips.2.videoUrl": JOB, "clips.2.trimHeadFrames": "9"}
    assert read_form_input(fields, given) == {"clips": [{"videoUrl": JOB, "trimHeadFrames": 9}]}
    assert [len(clips.rows(each)) for each in ({}, given, add_clip_row(given))] == [2, 3, 4]
    assert "clips" not in read_form_input(fields, {})


def test_what_cannot_be_read_goes_on_to_be_refused_by_name() -> None:
    fields = build_form_fields(build_input_schema(TASKS["image.generate"]))
    given = {"prompt": "a\r\nfox", "count": "two", "width": " ", "highDetail": "on"}
    assert read_form_input(fields, given) == {
        "prompt": "a\nfox",
        "count": "two",
        "highDetail": True,
    }
