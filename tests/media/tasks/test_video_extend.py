from fractions import Fraction
from typing import Any

import pytest

from gateway.media.stored_media import StoredMedia
from gateway.media.tasks.catalogue import TASKS, read_input
from gateway.media.tasks.prices import PriceTable
from tests.media.tasks.helpers import (
    SEED,
    build_clip,
    build_picture,
    build_sound,
    get_refusal,
    list_changes,
    list_warning_codes,
    plan_input,
)

TASK = "video.extend"
BARE = {"jobId": "job_1", "prompt": "it steps outside"}
VOICE = BARE | {"referenceAudioUrl": "https://cdn.example.com/voice.wav"}


def plan_extension(asked: dict[str, Any], source: StoredMedia | None = None) -> dict[str, Any]:
    return plan_input(TASK, BARE | asked, {"video": [source or build_clip()]}).effective_input


def test_what_is_left_out_is_filled_in_and_no_adjustment() -> None:
    source = build_clip()
    planned = plan_input(TASK, BARE, {"video": [source]})
    assert planned.effective_input == {
        "video": source.describe(),
        "prompt": "it steps outside",
        "negativePrompt": "",
        "direction": "end",
        "outputMode": "joined",
        "padAudio": False,
        "generateAudio": True,
        "seed": SEED,
        "width": 1280,
        "height": 704,
        "fps": 24,
        "extendFrames": 120,
        "sourceFrames": 121,
        "outputFrames": 241,
        "firstPassWidth": 640,
        "firstPassHeight": 352,
        "latentFrames": 17,
        "overlapFrames": 9,
        "steps": {"firstPass": 8, "secondPass": 3},
    }
    assert list_changes(planned) == []
    assert planned.pixel_frames == 1280 * 704 * 129
    assert (planned.queue, planned.run_limit_seconds) == ("video", 1800)


@pytest.mark.parametrize(
    ("asked", "effective"), [(8, 8), (9, 16), (15, 16), (16, 16), (17, 24), (472, 472)]
)
def test_new_frames_go_up_to_a_multiple_of_8(asked: int, effective: int) -> None:
    planned = plan_input(TASK, BARE | {"extendFrames": asked}, {"video": [build_clip()]})
    assert planned.effective_input["extendFrames"] == effective
    moved = [("extendFrames", asked, effective, "multiple_of_8")]
    assert list_changes(planned) == (moved if asked != effective else [])


@pytest.mark.parametrize(
    ("seconds", "fps", "frames", "effective"),
    [
        (5, 24, 120, 5),
        (5, 25, 128, 5.12),
        (0.3, 24, 8, 0.333333),
        (0.333333, 24, 8, 0.333333),
        (0.334, 24, 16, 0.666667),
        (1.6, 50, 80, 1.6),
        (19.666667, 24, 472, 19.666667),
    ],
)
def test_seconds_become_whole_groups_of_8_frames_and_the_difference_is_said(
    seconds: float, fps: int, frames: int, effective: float
) -> None:
    source = build_clip(fps=fps)
    planned = plan_input(TASK, BARE | {"extendSeconds": seconds}, {"video": [source]})
    assert planned.effective_input["extendFrames"] == frames
    said = [("extendSeconds", seconds, effective, "multiple_of_8")]
    assert list_changes(planned) == (said if seconds != effective else [])


@pytest.mark.parametrize(
    ("asked", "fps", "nearest"),
    [
        ({"extendFrames": 473}, 24, "472"),
        ({"extendSeconds": 20}, 24, "19.666667"),
        ({"extendFrames": 480, "overlapFrames": 33}, 30, "472"),
        ({"extendFrames": 480, "overlapFrames": 97}, 25, "400"),
        ({"extendSeconds": 10, "overlapFrames": 9}, 50, "9.6"),
    ],
)
def test_overlap_and_new_frames_stay_within_20_seconds_and_505(
    asked: dict[str, Any], fps: int, nearest: str
) -> None:
    problem = get_refusal(TASK, BARE | asked, {"video": [build_clip(fps=fps)]})
    assert (problem.code, problem.field) == ("invalid_input", f"input.{next(iter(asked))}")
    assert problem.next_step == f"The nearest valid value is {nearest}."


def test_rounding_up_never_leaves_the_limit() -> None:
    planned = plan_input(
        TASK, BARE | {"extendFrames": 474, "overlapFrames": 25}, {"video": [build_clip(fps=25)]}
    )
    assert list_changes(planned) == [("extendFrames", 474, 472, "multiple_of_8")]


@pytest.mark.parametrize(
    ("asked", "effective"), [(1, 1), (4, 1), (5, 9), (9, 9), (13, 17), (96, 97), (97, 97)]
)
def test_the_overlap_moves_to_the_nearest_8n_plus_1_ties_up(asked: int, effective: int) -> None:
    planned = plan_input(TASK, BARE | {"overlapFrames": asked}, {"video": [build_clip()]})
    assert planned.effective_input["overlapFrames"] == effective
    moved = [("overlapFrames", asked, effective, "8n+1")]
    assert list_changes(planned) == (moved if asked != effective else [])


def test_the_overlap_is_never_longer_than_the_source() -> None:
    assert plan_extension({}, build_clip(frames=8))["overlapFrames"] == 1
    assert plan_extension({"overlapFrames": 14}, build_clip(frames=16))["overlapFrames"] == 9
    assert plan_extension({"overlapFrames": 16}, build_clip(frames=16))["overlapFrames"] == 9
    problem = get_refusal(TASK, BARE | {"overlapFrames": 17}, {"video": [build_clip(frames=16)]})
    assert (problem.field, problem.next_step) == (
        "input.overlapFrames",
        "The nearest valid value is 9.",
    )


@pytest.mark.parametrize(
    ("source", "effective"),
    [
        ((1290, 730), (1280, 704)),
        ((1919, 1087), (1856, 1024)),
        ((3840, 2160), (2560, 1408)),
        ((2160, 3840), (1408, 2560)),
        ((3000, 2900), (1920, 1856)),
        ((256, 256), (256, 256)),
    ],
)
def test_the_size_goes_down_to_the_grid_and_into_the_area(
    source: tuple[int, int], effective: tuple[int, int]
) -> None:
    planned = plan_input(TASK, BARE, {"video": [build_clip(*source)]})
    size = planned.effective_input["width"], planned.effective_input["height"]
    assert size == effective
    before, after = f"{source[0]}x{source[1]}", f"{effective[0]}x{effective[1]}"
    said = [("jobId", before, after, "source_resized")]
    assert list_changes(planned) == (said if source != effective else [])


@pytest.mark.parametrize("source", [(255, 512), (3840, 256)])
def test_a_source_too_small_for_the_model_is_refused(source: tuple[int, int]) -> None:
    problem = get_refusal(TASK, BARE, {"video": [build_clip(*source)]})
    assert (problem.code, problem.field) == ("media_unreadable", "input.jobId")


@pytest.mark.parametrize(
    ("fps", "effective", "frames"),
    [
        (Fraction(24_000, 1001), 24, 121),
        (Fraction(30_000, 1001), 30, 121),
        (12, 24, 242),
        (60, 50, 101),
        (Fraction(55, 2), 30, 132),
        (49, 50, 123),
    ],
)
def test_the_rate_goes_to_the_nearest_legal_one_and_the_length_is_kept(
    fps: Fraction | int, effective: int, frames: int
) -> None:
    source = build_clip(fps=fps)
    planned = plan_input(TASK, BARE, {"video": [source]})
    assert planned.effective_input["fps"] == effective
    assert planned.effective_input["sourceFrames"] == frames
    assert planned.effective_input["outputFrames"] == frames + 120
    shown = round(float(fps), 6)
    assert list_changes(planned) == [("jobId", shown, effective, "fps_normalised")]


def test_a_tail_is_overlap_and_new_frames_and_records_the_overlap() -> None:
    planned = plan_input(TASK, BARE | {"outputMode": "tail"}, {"video": [build_clip()]})
    assert planned.effective_input["outputFrames"] == 129
    assert planned.overlap_frames == 9


def test_a_joined_clip_keeps_the_overlap_recorded_at_its_head() -> None:
    source = build_clip(overlap_frames=17)
    assert plan_input(TASK, BARE, {"video": [source]}).overlap_frames == 17
    before = plan_input(TASK, BARE | {"direction": "start"}, {"video": [source]})
    assert before.overlap_frames is None
    assert before.effective_input["outputFrames"] == 241
    other_rate = build_clip(overlap_frames=17, fps=Fraction(24_000, 1001))
    assert plan_input(TASK, BARE, {"video": [other_rate]}).overlap_frames is None


@pytest.mark.parametrize(
    ("asked", "code", "field"),
    [
        ({"videoUrl": "asset://a"}, "conflicting_input", "jobId"),
        ({"extendFrames": 8, "extendSeconds": 1}, "conflicting_input", "extendSeconds"),
        ({"generateAudio": False}, "conflicting_input", "generateAudio"),
        (
            {"direction": "start", "finalFrameImageUrl": "asset://a"},
            "conflicting_input",
            "finalFrameImageUrl",
        ),
        ({"direction": "back"}, "invalid_input", "direction"),
        ({"extendSeconds": 0.2}, "invalid_input", "extendSeconds"),
        ({"extendFrames": 7}, "invalid_input", "extendFrames"),
        ({"overlapFrames": 98}, "invalid_input", "overlapFrames"),
        ({"jobId": "jobs/1"}, "invalid_input", "jobId"),
        ({"imageStrength": 1}, "invalid_input", "imageStrength"),
    ],
)
def test_an_extension_refuses(asked: dict[str, Any], code: str, field: str) -> None:
    problem = get_refusal(TASK, VOICE | asked)
    assert (problem.code, problem.field) == (code, f"input.{field}")


def test_a_source_is_needed() -> None:
    assert get_refusal(TASK, {"prompt": "a"}).field == "input.videoUrl"


def test_reference_audio_covers_the_new_frames() -> None:
    exactly = plan_input(TASK, VOICE, {"video": [build_clip()], "referenceAudio": [build_sound(5)]})
    assert list_changes(exactly) == []
    longer = plan_input(TASK, VOICE, {"video": [build_clip()], "referenceAudio": [build_sound(8)]})
    assert list_changes(longer) == [("referenceAudioUrl", 8, 5, "audio_trimmed")]
    media = {"video": [build_clip()], "referenceAudio": [build_sound(4)]}
    assert get_refusal(TASK, VOICE, media).code == "audio_too_short"
    padded = plan_input(TASK, VOICE | {"padAudio": True}, media)
    assert list_changes(padded) == [("referenceAudioUrl", 4, 5, "audio_padded")]


def test_a_final_frame_is_fitted_to_the_source() -> None:
    media = {"video": [build_clip()], "finalFrameImage": [build_picture(704, 1280)]}
    planned = plan_input(TASK, BARE | {"finalFrameImageUrl": "asset://a"}, media)
    assert list_changes(planned) == [
        ("finalFrameImageUrl", "704x1280", "1280x704", "anchor_cropped")
    ]
    assert planned.effective_input["finalFrameImage"]["width"] == 704


def test_prompts_are_advised_on() -> None:
    asked = BARE | {"prompt": "0:00 it waits", "negativePrompt": "text"}
    planned = plan_input(TASK, asked, {"video": [build_clip()]})
    assert list_warning_codes(planned) == ["timestamp_syntax_in_prompt", "negative_prompt_inert"]


def test_only_new_frames_are_paid_and_half_as_much_again() -> None:
    planned = plan_input(
        TASK, BARE | {"overlapFrames": 97}, {"video": [build_clip(1920, 1088, frames=1000)]}
    )
    assert planned.price.microusd == 60_000 * 5 * 3 // 2
    assert planned.price.breakdown.model_dump() == {
        "unit": "second",
        "quantity": "5",
        "tier": "1080p",
        "unitPriceUsd": "0.06",
        "unitPriceMicrousd": 60_000,
        "multipliers": {"context": "1.5"},
    }


def test_extending_has_rates_of_its_own() -> None:
    rates = {"secondMicrousd": {"sd": 1, "720p": 24, "1080p": 24, "1440p": 24}}
    prices = PriceTable.model_validate({"version": "2", "video.extend": rates})
    task = TASKS[TASK]
    planned = task.plan(read_input(task, BARE), {"video": [build_clip()]}, seed=1, prices=prices)
    assert planned.price.microusd == 24 * 5 * 3 // 2
    assert planned.price.version == "2"
