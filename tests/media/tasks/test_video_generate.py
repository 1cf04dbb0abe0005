from typing import Any

import pytest

from tests.media.tasks.helpers import (
    SEED,
    Media,
    build_picture,
    build_sound,
    get_refusal,
    list_changes,
    list_warning_codes,
    plan_input,
)

TASK = "video.generate"
BARE = {"prompt": "the fox opens the hatch"}
START = BARE | {"startFrameImageUrl": "asset://a"}
VOICE = START | {"referenceAudioUrl": "https://cdn.example.com/voice.wav"}


def build_overlap_input(count: int) -> dict[str, Any]:
    return BARE | {"overlapFrameImageUrls": [f"asset://ast_{k}" for k in range(count)]}


def plan_size(asked: dict[str, Any], media: Media | None = None) -> tuple[int, int]:
    effective = plan_input(TASK, BARE | asked, media).effective_input
    return effective["width"], effective["height"]


def test_what_is_left_out_is_filled_in_and_no_adjustment() -> None:
    planned = plan_input(TASK, BARE)
    assert planned.effective_input == {
        "prompt": "the fox opens the hatch",
        "negativePrompt": "",
        "width": 1280,
        "height": 704,
        "durationFrames": 121,
        "fps": 24,
        "seed": SEED,
        "padAudio": False,
        "imageStrength": 1,
        "generateAudio": True,
        "firstPassWidth": 640,
        "firstPassHeight": 352,
        "latentFrames": 16,
        "overlapFrames": 0,
        "steps": {"firstPass": 8, "secondPass": 3},
    }
    assert list_changes(planned) == []
    assert list_warning_codes(planned) == []
    assert planned.overlap_frames is None
    assert planned.pixel_frames == 1280 * 704 * 121
    assert (planned.queue, planned.run_limit_seconds) == ("video", 1800)


@pytest.mark.parametrize(
    ("asked", "effective"),
    [(720, 704), (1080, 1088), (1440, 1472), (256, 256), (287, 256), (288, 320), (735, 704)],
)
def test_sizes_move_to_the_nearest_multiple_of_64_ties_up(asked: int, effective: int) -> None:
    planned = plan_input(TASK, BARE | {"width": 640, "height": asked})
    moved = [("height", asked, effective, "multiple_of_64")]
    assert list_changes(planned) == (moved if asked != effective else [])
    assert plan_size({"width": 640, "height": asked}) == (640, effective)


def test_both_sides_are_said() -> None:
    planned = plan_input(TASK, BARE | {"width": 700, "height": 700})
    assert list_changes(planned) == [
        ("width", 700, 704, "multiple_of_64"),
        ("height", 700, 704, "multiple_of_64"),
    ]


@pytest.mark.parametrize(
    ("asked", "effective"),
    [
        ((2560, 1472), (2560, 1472)),
        ((1472, 2560), (1472, 2560)),
        ((1920, 1962), (1920, 1920)),
        ((1950, 1930), (1920, 1920)),
    ],
)
def test_the_grid_never_leaves_the_area_limit(
    asked: tuple[int, int], effective: tuple[int, int]
) -> None:
    assert plan_size({"width": asked[0], "height": asked[1]}) == effective


def test_an_area_above_the_limit_is_refused_with_the_nearest_size() -> None:
    problem = get_refusal(TASK, BARE | {"width": 2560, "height": 1473})
    assert (problem.code, problem.field) == ("invalid_input", "input.width")
    assert problem.next_step == "The nearest valid size is 2560x1472."


@pytest.mark.parametrize(
    ("anchor", "canvas"),
    [
        ((1920, 1080), (1280, 704)),
        ((1349, 1000), (1280, 704)),
        ((1348, 1000), (960, 960)),
        ((1000, 1348), (960, 960)),
        ((1000, 1349), (704, 1280)),
        ((64, 64), (960, 960)),
    ],
)
@pytest.mark.parametrize(
    ("field", "media"),
    [
        ("startFrameImageUrl", "startFrameImage"),
        ("finalFrameImageUrl", "finalFrameImage"),
        ("overlapFrameImageUrls", "overlapFrameImages"),
    ],
)
def test_an_anchor_chooses_the_default_canvas_by_its_shape(
    anchor: tuple[int, int], canvas: tuple[int, int], field: str, media: str
) -> None:
    value = ["asset://a"] if field.endswith("s") else "asset://a"
    assert plan_size({field: value}, {media: [build_picture(*anchor)]}) == canvas


@pytest.mark.parametrize(
    ("asked", "effective"), [(120, 121), (117, 121), (116, 113), (9, 9), (12, 9), (13, 17)]
)
def test_frames_move_to_the_nearest_8n_plus_1_ties_up(asked: int, effective: int) -> None:
    planned = plan_input(TASK, BARE | {"durationFrames": asked})
    assert planned.effective_input["durationFrames"] == effective
    assert planned.effective_input["latentFrames"] == (effective - 1) // 8 + 1
    moved = [("durationFrames", asked, effective, "8n+1")]
    assert list_changes(planned) == (moved if asked != effective else [])


@pytest.mark.parametrize(
    ("fps", "limit", "longest"),
    [(24, 481, 481), (25, 501, 497), (30, 505, 505), (48, 505, 505), (50, 505, 505)],
)
def test_the_frame_limit_follows_the_rate(fps: int, limit: int, longest: int) -> None:
    planned = plan_input(TASK, BARE | {"fps": fps, "durationFrames": limit})
    assert planned.effective_input["durationFrames"] == longest
    problem = get_refusal(TASK, BARE | {"fps": fps, "durationFrames": limit + 1})
    assert (problem.code, problem.field) == ("invalid_input", "input.durationFrames")
    assert problem.next_step == f"The nearest valid value is {longest}."


@pytest.mark.parametrize(
    ("seconds", "fps", "frames", "effective"),
    [
        (5, 24, 121, 5),
        (5.3, 24, 121, 5),
        (5.333334, 24, 129, 5.333333),
        (5, 25, 121, 4.8),
        (4.8, 25, 121, 4.8),
        (1.6, 50, 81, 1.6),
        (0.3333333333333333, 24, 9, 0.333333),
        (0.333333, 24, 9, 0.333333),
        (20, 24, 481, 20),
        (16.8, 30, 505, 16.8),
    ],
)
def test_seconds_become_whole_latent_frames_and_the_difference_is_said(
    seconds: float, fps: int, frames: int, effective: float
) -> None:
    planned = plan_input(TASK, BARE | {"durationSeconds": seconds, "fps": fps})
    assert planned.effective_input["durationFrames"] == frames
    said = [("durationSeconds", round(seconds, 6), effective, "8n+1")]
    assert list_changes(planned) == (said if round(seconds, 6) != effective else [])


@pytest.mark.parametrize(
    ("seconds", "fps", "nearest"),
    [(0.3, 24, "0.333333"), (20.34, 24, "20."), (17.1, 30, "16.8"), (20.3, 25, "20")],
)
def test_seconds_outside_the_frame_limits_are_refused(
    seconds: float, fps: int, nearest: str
) -> None:
    problem = get_refusal(TASK, BARE | {"durationSeconds": seconds, "fps": fps})
    assert (problem.code, problem.field) == ("invalid_input", "input.durationSeconds")
    assert nearest in problem.next_step


def test_overlap_frames_that_are_legal_pass() -> None:
    for count in (1, 9, 17, 25):
        media = {"overlapFrameImages": [build_picture()] * count}
        planned = plan_input(TASK, build_overlap_input(count), media)
        assert list_changes(planned) == []
        assert planned.effective_input["overlapFrames"] == planned.overlap_frames == count
        assert len(planned.effective_input["overlapFrameImages"]) == count


@pytest.mark.parametrize(("count", "kept"), [(8, 1), (2, 1), (12, 9), (16, 9), (24, 17)])
def test_of_other_overlap_frames_the_last_ones_are_kept(count: int, kept: int) -> None:
    frames = [build_picture(1280, 704 + k) for k in range(count)]
    planned = plan_input(TASK, build_overlap_input(count), {"overlapFrameImages": frames})
    assert planned.media["overlapFrameImages"] == frames[-kept:]
    assert planned.overlap_frames == kept
    assert list_changes(planned)[0] == ("overlapFrameImageUrls", count, kept, "overlap_trimmed")


def test_more_than_25_overlap_frames_are_refused() -> None:
    problem = get_refusal(TASK, build_overlap_input(26))
    assert (problem.code, problem.field) == ("invalid_input", "input.overlapFrameImageUrls")


def test_a_clip_needs_frames_of_its_own_after_the_overlap() -> None:
    media = {"overlapFrameImages": [build_picture()] * 25}
    problem = get_refusal(TASK, build_overlap_input(25) | {"durationFrames": 25}, media)
    assert (problem.field, problem.code) == ("input.durationFrames", "invalid_input")
    assert problem.next_step == "The nearest valid value is 33."
    assert plan_input(TASK, build_overlap_input(25) | {"durationFrames": 33}, media)
    problem = get_refusal(TASK, build_overlap_input(25) | {"durationSeconds": 1}, media)
    assert problem.field == "input.durationSeconds"
    assert problem.next_step == "The nearest valid value is 1.333333."


@pytest.mark.parametrize(
    ("frame", "cropped"),
    [
        ((1280, 720), True),
        ((1280, 718), False),
        ((1306, 704), False),
        ((1000, 539), False),
        ((1307, 704), True),
    ],
)
def test_a_crop_of_more_than_two_percent_is_said(frame: tuple[int, int], cropped: bool) -> None:  # noqa: FBT001
    media = {"startFrameImage": [build_picture(*frame)], "finalFrameImage": [build_picture(*frame)]}
    planned = plan_input(TASK, START | {"finalFrameImageUrl": "asset://b"}, media)
    before = f"{frame[0]}x{frame[1]}"
    said = [
        ("startFrameImageUrl", before, "1280x704", "anchor_cropped"),
        ("finalFrameImageUrl", before, "1280x704", "anchor_cropped"),
    ]
    assert list_changes(planned) == (said if cropped else [])


def test_cropped_overlap_frames_are_said_once() -> None:
    frames = [build_picture(1280, 720)] * 9
    planned = plan_input(TASK, build_overlap_input(9), {"overlapFrameImages": frames})
    assert list_changes(planned) == [
        ("overlapFrameImageUrls", "1280x720", "1280x704", "anchor_cropped")
    ]


def test_jpeg_overlap_frames_are_advised_against() -> None:
    media = {"overlapFrameImages": [build_picture(mime_type="image/jpeg")]}
    assert list_warning_codes(plan_input(TASK, build_overlap_input(1), media)) == [
        "jpeg_overlap_anchor"
    ]


@pytest.mark.parametrize(
    "field", ["startFrameImage", "finalFrameImage", "referenceAudio", "overlapFrameImages"]
)
def test_twins_exclude_each_other(field: str) -> None:
    inline: Any = "data:image/png;base64,iVBORw0KGgo="
    url: Any = "asset://a"
    twin = f"{field}Url"
    if field.endswith("s"):
        inline, url, twin = [inline], [url], f"{field[:-1]}Urls"
    problem = get_refusal(TASK, BARE | {field: inline, twin: url})
    assert (problem.code, problem.field) == ("conflicting_input", f"input.{field}")


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (build_overlap_input(1) | {"startFrameImageUrl": "asset://a"}, "overlapFrameImageUrls"),
        (BARE | {"durationFrames": 121, "durationSeconds": 5}, "durationSeconds"),
        (VOICE | {"generateAudio": False}, "generateAudio"),
    ],
)
def test_fields_that_exclude_each_other_are_refused(asked: dict[str, Any], field: str) -> None:
    problem = get_refusal(TASK, asked)
    assert (problem.status, problem.code) == (422, "conflicting_input")
    assert problem.field == f"input.{field}"


def test_half_a_size_is_refused() -> None:
    assert get_refusal(TASK, BARE | {"width": 1280}).field == "input.height"


def test_reference_audio_needs_a_frame_to_start_from() -> None:
    voice = {"referenceAudioUrl": "https://cdn.example.com/voice.wav"}
    for asked in (BARE, BARE | {"finalFrameImageUrl": "asset://b"}):
        problem = get_refusal(TASK, asked | voice)
        assert (problem.code, problem.field) == ("missing_anchor", "input.referenceAudioUrl")
    assert "startFrameImageUrl" in problem.next_step


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (5, []),
        (5.04, []),
        (8, [("referenceAudioUrl", 8, 5.041667, "audio_trimmed")]),
        (60, [("referenceAudioUrl", 60, 5.041667, "audio_trimmed")]),
    ],
)
def test_audio_that_fills_the_clip_is_cut_at_its_end(seconds: float, said: list[Any]) -> None:
    media = {"startFrameImage": [build_picture()], "referenceAudio": [build_sound(seconds)]}
    planned = plan_input(TASK, VOICE, media)
    assert list_changes(planned) == said
    assert planned.effective_input["referenceAudio"]["durationSeconds"] == seconds


def test_audio_shorter_than_the_clip_is_refused_or_padded() -> None:
    media = {"startFrameImage": [build_picture()], "referenceAudio": [build_sound(4.99)]}
    problem = get_refusal(TASK, VOICE, media)
    assert (problem.code, problem.field) == ("audio_too_short", "input.referenceAudioUrl")
    assert "padAudio" in problem.next_step
    padded = plan_input(TASK, VOICE | {"padAudio": True}, media)
    assert list_changes(padded) == [("referenceAudioUrl", 4.99, 5.041667, "audio_padded")]


@pytest.mark.parametrize("seconds", [0.9, 60.1])
def test_audio_is_1_to_60_seconds(seconds: float) -> None:
    media = {"startFrameImage": [build_picture()], "referenceAudio": [build_sound(seconds)]}
    problem = get_refusal(TASK, VOICE | {"padAudio": True}, media)
    assert (problem.code, problem.field) == ("media_unreadable", "input.referenceAudioUrl")


@pytest.mark.parametrize(
    "motion",
    [
        "dolly_in",
        "dolly_out",
        "dolly_left",
        "dolly_right",
        "jib_up",
        "jib_down",
        "static",
        "focus_shift",
    ],
)
def test_a_camera_motion_adds_one_sentence_to_the_prompt(motion: str) -> None:
    planned = plan_input(TASK, BARE | {"cameraMotion": motion})
    prompt = planned.effective_input["prompt"]
    assert prompt.startswith(f"{BARE['prompt']} The ")
    assert prompt.count(".") == 1
    assert planned.effective_input["cameraMotion"] == motion
    assert list_changes(planned) == []


@pytest.mark.parametrize(
    ("prompt", "advised"),
    [
        ("0:00 the fox wakes, 0:03 it jumps", True),
        ("0-3s: the fox wakes", True),
        ("[2s] the fox wakes", True),
        ("Shot 1: the fox wakes", True),
        ("segment 2: a jump", True),
        ("from 0 to 2.5 seconds it waits", True),
        ("a 16:9 frame of 3 foxes on mount 5", False),
        ("the fox wakes and jumps for two seconds", False),
        ("one shot of a fox", False),
    ],
)
def test_timestamps_in_a_prompt_are_advised_against(prompt: str, advised: bool) -> None:  # noqa: FBT001
    found = list_warning_codes(plan_input(TASK, {"prompt": prompt}))
    assert found == (["timestamp_syntax_in_prompt"] if advised else [])


def test_a_negative_prompt_is_told_to_be_inert() -> None:
    assert list_warning_codes(plan_input(TASK, BARE | {"negativePrompt": "text"})) == [
        "negative_prompt_inert"
    ]


@pytest.mark.parametrize(
    ("size", "tier", "rate"),
    [
        ((640, 1088), "sd", 20_000),
        ((1280, 768), "720p", 30_000),
        ((704, 1024), "720p", 30_000),
        ((1280, 832), "1080p", 60_000),
        ((1088, 1920), "1080p", 60_000),
        ((1920, 1152), "1440p", 120_000),
        ((2560, 1472), "1440p", 120_000),
    ],
)
def test_the_tier_follows_the_effective_area(size: tuple[int, int], tier: str, rate: int) -> None:
    planned = plan_input(TASK, BARE | {"width": size[0], "height": size[1], "durationFrames": 25})
    assert planned.price.breakdown.tier == tier
    assert planned.price.breakdown.unit_price_microusd == rate
    assert planned.price.microusd == rate


@pytest.mark.parametrize(
    "field", ["highDetail", "steps", "baseWidth", "upscaleHeight", "firstPassWidth"]
)
def test_what_video_no_longer_takes_is_unknown(field: str) -> None:
    problem = get_refusal(TASK, BARE | {field: True})
    assert (problem.code, problem.field) == ("invalid_input", f"input.{field}")


def test_a_misspelt_field_gets_the_nearest_name() -> None:
    hint = "Did you mean `durationFrames`?"
    assert get_refusal(TASK, BARE | {"durationFrame": 9}).next_step == hint
    assert get_refusal(TASK, BARE | {"duration_frames": 9}).next_step == hint
