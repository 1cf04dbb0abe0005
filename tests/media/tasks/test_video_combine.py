from fractions import Fraction
from typing import Any

import pytest

from gateway.media.tasks.catalogue import TASKS, read_input
from gateway.media.tasks.rules.adjustments import to_exact_rate
from tests.media.tasks.helpers import build_clip, get_refusal, list_changes, plan_input

TASK = "video.combine"
TWO = {"clips": [{"jobId": "job_A"}, {"jobId": "job_B"}]}
URLS = {"videoUrls": ["asset://a", "asset://b"]}


def list_trims(planned: Any) -> list[tuple[int, int]]:  # noqa: ANN401
    clips = planned.effective_input["clips"]
    return [(entry["trimHeadFrames"], entry["trimTailFrames"]) for entry in clips]


def test_what_is_left_out_comes_from_the_first_clip() -> None:
    first = build_clip()
    planned = plan_input(TASK, URLS, {"clips": [first, first]})
    entry = {"video": first.describe(), "trimHeadFrames": 0, "trimTailFrames": 0}
    assert planned.effective_input == {
        "clips": [entry, entry],
        "width": 1280,
        "height": 704,
        "fps": 24,
        "audio": "concat",
        "crossfadeAudioMs": 0,
        "outputFrames": 242,
    }
    assert list_changes(planned) == []
    assert (planned.queue, planned.run_limit_seconds) == ("cpu", 1800)
    assert planned.overlap_frames is None
    assert planned.pixel_frames == 1280 * 704


def test_recorded_overlap_is_cut_from_each_clip_after_the_first() -> None:
    clips = [build_clip(overlap_frames=9), build_clip(overlap_frames=17), build_clip()]
    asked = {"videoUrls": ["asset://a"] * 3}
    planned = plan_input(TASK, asked, {"clips": clips})
    assert list_trims(planned) == [(0, 0), (17, 0), (0, 0)]
    assert planned.effective_input["outputFrames"] == 3 * 121 - 17
    assert planned.overlap_frames == 9


def test_a_given_overlap_wins_over_the_recorded_one_and_a_trim_over_both() -> None:
    clips = [
        build_clip(overlap_frames=9),
        build_clip(overlap_frames=9),
        build_clip(overlap_frames=9),
    ]
    asked = {
        "clips": [
            {"jobId": "job_A"},
            {"jobId": "job_B"},
            {"jobId": "job_C", "trimHeadFrames": 0, "trimTailFrames": 5},
        ],
        "overlapFrames": 17,
    }
    planned = plan_input(TASK, asked, {"clips": clips})
    assert list_trims(planned) == [(0, 0), (17, 0), (0, 5)]
    assert planned.effective_input["overlapFrames"] == 17
    none = plan_input(TASK, asked | {"overlapFrames": 0}, {"clips": clips})
    assert list_trims(none) == [(0, 0), (0, 0), (0, 5)]


def test_the_first_clip_is_trimmed_only_by_its_own_fields() -> None:
    asked = {"clips": [{"jobId": "job_A", "trimHeadFrames": 4}, {"jobId": "job_B"}]}
    planned = plan_input(TASK, asked, {"clips": [build_clip(overlap_frames=9), build_clip()]})
    assert list_trims(planned) == [(4, 0), (0, 0)]
    assert planned.overlap_frames == 5


@pytest.mark.parametrize(
    ("second", "extra", "field", "nearest"),
    [
        ({"trimHeadFrames": 121}, {}, "clips.1.trimHeadFrames", 120),
        ({"trimTailFrames": 121}, {}, "clips.1.trimTailFrames", 120),
        ({"trimHeadFrames": 100, "trimTailFrames": 21}, {}, "clips.1.trimHeadFrames", 99),
        ({"trimTailFrames": 112}, {"overlapFrames": 9}, "overlapFrames", 8),
    ],
)
def test_a_trim_as_long_as_its_clip_is_refused(
    second: dict[str, int], extra: dict[str, int], field: str, nearest: int
) -> None:
    asked = {"clips": [{"jobId": "job_A"}, {"jobId": "job_B"} | second]} | extra
    problem = get_refusal(TASK, asked, {"clips": [build_clip(), build_clip()]})
    assert (problem.status, problem.code) == (422, "invalid_input")
    assert problem.field == f"input.{field}"
    assert problem.next_step == f"The nearest valid value is {nearest}."


def test_a_recorded_overlap_as_long_as_its_clip_names_what_can_change_it() -> None:
    media = {"clips": [build_clip(), build_clip(frames=9, overlap_frames=9)]}
    assert get_refusal(TASK, URLS, media).field == "input.overlapFrames"
    assert get_refusal(TASK, TWO, media).field == "input.clips.1.trimHeadFrames"


def test_one_frame_may_remain() -> None:
    asked = {"clips": [{"jobId": "job_A"}, {"jobId": "job_B", "trimHeadFrames": 120}]}
    planned = plan_input(TASK, asked, {"clips": [build_clip(), build_clip()]})
    assert planned.effective_input["outputFrames"] == 122


def test_another_size_or_rate_is_fitted_to_the_first_clip_and_said() -> None:
    clips = [build_clip(), build_clip(640, 384), build_clip(fps=Fraction(30_000, 1001), frames=300)]
    planned = plan_input(TASK, {"videoUrls": ["asset://a"] * 3}, {"clips": clips})
    assert list_changes(planned) == [
        ("videoUrls.1", "640x384@24", "1280x704@24", "clip_normalised"),
        ("videoUrls.2", "1280x704@29.97003", "1280x704@24", "clip_normalised"),
    ]
    assert planned.effective_input["outputFrames"] == 121 + 121 + 240


def test_a_chosen_canvas_and_rate_count_for_all_clips() -> None:
    asked = TWO | {"width": 640, "height": 362, "fps": 30}
    planned = plan_input(TASK, asked, {"clips": [build_clip(), build_clip(640, 362, fps=30)]})
    assert list_changes(planned) == [("clips.0", "1280x704@24", "640x362@30", "clip_normalised")]
    assert planned.effective_input["outputFrames"] == 151 + 121


def test_an_odd_or_fast_first_clip_is_made_even_and_slower() -> None:
    planned = plan_input(
        TASK, TWO, {"clips": [build_clip(853, 481, fps=120), build_clip(852, 480, fps=60)]}
    )
    assert list_changes(planned) == [("clips.0", "853x481@120", "852x480@60", "clip_normalised")]
    slow = plan_input(TASK, TWO, {"clips": [build_clip(fps=10), build_clip(fps=12)]})
    assert slow.effective_input["fps"] == 12


def test_a_fractional_rate_can_be_read_back_exactly() -> None:
    ntsc = build_clip(fps=Fraction(24_000, 1001))
    planned = plan_input(TASK, TWO, {"clips": [ntsc, ntsc]})
    assert to_exact_rate(planned.effective_input["fps"]) == Fraction(24_000, 1001)
    assert planned.effective_input["outputFrames"] == 242
    assert list_changes(planned) == []


def test_a_silent_clip_gets_silence_and_it_is_said() -> None:
    clips = [build_clip(), build_clip(has_audio=False)]
    planned = plan_input(TASK, TWO, {"clips": clips})
    assert list_changes(planned) == [("clips.1", None, "silence", "audio_silence_inserted")]
    assert list_changes(plan_input(TASK, TWO | {"audio": "mute"}, {"clips": clips})) == []


def test_a_clip_is_at_most_300_seconds_and_all_are_at_most_30_minutes() -> None:
    full = build_clip(frames=7200)
    six = {"videoUrls": ["asset://a"] * 6}
    assert plan_input(TASK, six, {"clips": [full] * 6})
    problem = get_refusal(TASK, URLS, {"clips": [full, build_clip(frames=7201)]})
    assert (problem.code, problem.field) == ("media_unreadable", "input.videoUrls.1")
    seven = {"videoUrls": ["asset://a"] * 7}
    problem = get_refusal(TASK, seven, {"clips": [full] * 6 + [build_clip(frames=1)]})
    assert (problem.code, problem.field) == ("job_too_large", "input.videoUrls")


@pytest.mark.parametrize(
    ("asked", "code", "field"),
    [
        ({}, "invalid_input", "videoUrls"),
        (TWO | URLS, "conflicting_input", "clips"),
        ({"clips": [{"jobId": "job_A"}]}, "invalid_input", "clips"),
        ({"videoUrls": ["asset://a"] * 101}, "invalid_input", "videoUrls"),
        ({"clips": [{"jobId": "job_A"}, {}]}, "invalid_input", "clips.1.videoUrl"),
        (
            {"clips": [{"jobId": "job_A"}, {"jobId": "job_B", "videoUrl": "asset://a"}]},
            "conflicting_input",
            "clips.1.jobId",
        ),
        (TWO | {"overlapFrames": 98}, "invalid_input", "overlapFrames"),
        (TWO | {"width": 641, "height": 480}, "invalid_input", "width"),
        (TWO | {"width": 640}, "invalid_input", "height"),
        (TWO | {"fps": 61}, "invalid_input", "fps"),
        (TWO | {"crossfadeAudioMs": 51}, "invalid_input", "crossfadeAudioMs"),
        (TWO | {"audio": "none"}, "invalid_input", "audio"),
        ({"clips": [{"jobId": "job_A"}, {"jobID": "job_B"}]}, "invalid_input", "clips.1.jobID"),
    ],
)
def test_a_combination_refuses(asked: dict[str, Any], code: str, field: str) -> None:
    problem = get_refusal(TASK, asked)
    assert (problem.code, problem.field) == (code, f"input.{field}")


def test_all_three_lists_name_the_same_clips() -> None:
    inline = "data:video/mp4;base64,AAAA"
    task = TASKS[TASK]
    for asked, paths in (
        (URLS, ["videoUrls.0", "videoUrls.1"]),
        ({"videos": [inline, inline]}, ["videos.0", "videos.1"]),
        (
            {"clips": [{"jobId": "job_A"}, {"video": inline}, {"videoUrl": "asset://b"}]},
            ["clips.0.jobId", "clips.1.video", "clips.2.videoUrl"],
        ),
    ):
        found = task.list_references(read_input(task, asked))
        assert [ref.path for ref in found] == paths
        assert [(ref.field, ref.index) for ref in found] == [
            ("clips", index) for index in range(len(paths))
        ]
