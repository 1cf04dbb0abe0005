from typing import Any

import pytest

from gateway.media.errors import JobTooLarge
from gateway.media.tasks.base import Plan
from gateway.media.tasks.rules.capacity import refuse_oversize
from tests.media.tasks.helpers import build_clip, build_picture, plan_input

AREA = 1280 * 704


def get_refusal(planned: Plan, most_pixel_frames: int) -> JobTooLarge:
    with pytest.raises(JobTooLarge) as caught:
        refuse_oversize(planned, most_pixel_frames)
    return caught.value


def plan_with_overlap(count: int) -> Plan:
    asked: dict[str, Any] = {"prompt": "a", "overlapFrameImageUrls": ["asset://a"] * count}
    return plan_input("video.generate", asked, {"overlapFrameImages": [build_picture()] * count})


def test_what_fits_exactly_passes() -> None:
    refuse_oversize(plan_input("video.generate", {"prompt": "a"}), AREA * 121)


def test_a_clip_beyond_every_node_names_the_longest_length() -> None:
    problem = get_refusal(plan_input("video.generate", {"prompt": "a"}), AREA * 121 - 1)
    assert (problem.code, problem.field) == ("job_too_large", "input.durationFrames")
    assert problem.detail == "1280x704 over 121 frames exceeds what any node can run."
    assert problem.members["longestFrames"] == 113
    assert problem.next_step == "At 1280x704 the longest is 113 frames: `durationFrames`."


@pytest.mark.parametrize(
    ("overlap", "fits", "longest"), [(1, 9, 9), (1, 8, None), (9, 17, 17), (9, 16, None)]
)
def test_a_clip_needs_room_for_frames_after_its_overlap(
    overlap: int, fits: int, longest: int | None
) -> None:
    problem = get_refusal(plan_with_overlap(overlap), AREA * fits)
    assert problem.members.get("longestFrames") == longest
    assert problem.field == ("input.durationFrames" if longest else "input.width")


def test_nine_frames_without_overlap_still_fit() -> None:
    planned = plan_input("video.generate", {"prompt": "a"})
    assert get_refusal(planned, AREA * 9).members["longestFrames"] == 9
    problem = get_refusal(planned, AREA * 9 - 1)
    assert (problem.field, problem.next_step) == ("input.width", "Choose a smaller size.")


@pytest.mark.parametrize(("fits", "longest"), [(128, 112), (17, 8), (16, None)])
def test_an_extension_names_the_most_new_frames(fits: int, longest: int | None) -> None:
    planned = plan_input(
        "video.extend", {"jobId": "job_1", "prompt": "a"}, {"video": [build_clip()]}
    )
    problem = get_refusal(planned, AREA * fits)
    assert problem.members.get("longestFrames") == longest
    assert problem.field == ("input.extendFrames" if longest else "input.width")


def test_an_upscale_names_the_frames_of_a_source_that_fits() -> None:
    planned = plan_input("video.upscale", {"jobId": "job_1"}, {"video": [build_clip()]})
    problem = get_refusal(planned, 4 * AREA * 100)
    assert problem.field is None
    assert problem.next_step == "At 2560x1408 the longest is 100 frames."
    assert get_refusal(planned, 4 * AREA - 1).next_step == "Choose a smaller size."
