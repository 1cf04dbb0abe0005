from typing import Any

import pytest

from gateway.kit.errors import InvalidInput
from gateway.media.tasks.catalogue import TASKS
from gateway.studio.errors import ShotIncomplete
from gateway.studio.storyboards.model import Shot, Storyboard, check_storyboard
from gateway.studio.storyboards.render_steps import (
    FILM_KEY,
    OTHER_FILM_KEY,
    RenderOptions,
    RenderStep,
    build_render_steps,
    compose_prompt,
)

FRAME = "asset://ast_b"
FIRST = {"id": "a", "action": "A fox runs.", "startFrame": FRAME, "seed": 7, "movement": "orbit"}
SECOND = {"id": "b", "prompt": "It stops.", "continuity": {"fromShotId": "a", "overlapFrames": 10}}
THIRD = {"id": "c", "prompt": "Dust.", "movement": "dolly_in", "durationFrames": 49}


def build_board(*shots: dict[str, Any]) -> Storyboard:
    defaults = {"width": 1280, "height": 704, "fps": 24, "durationFrames": 121}
    scenes = [{"id": f"s{number}", "shots": [shot]} for number, shot in enumerate(shots)]
    return Storyboard.model_validate({"title": "T", "defaults": defaults, "scenes": scenes})


def build_steps(*shots: dict[str, Any], **wish: Any) -> list[RenderStep]:  # noqa: ANN401
    found = build_render_steps(build_board(*shots), RenderOptions(**wish))
    for step in found:
        task = TASKS[step.operation]
        task.check_input(task.model.model_validate(step.input))
    return found


def list_incomplete(*shots: dict[str, Any], **wish: Any) -> list[tuple[str, str]]:  # noqa: ANN401
    with pytest.raises(ShotIncomplete) as caught:
        build_steps(*shots, **wish)
    return [(each["shotId"], each["field"]) for each in caught.value.members["errors"]]


def test_a_storyboard_is_one_step_a_shot_and_the_film() -> None:
    first, second, third, film = build_steps(FIRST, SECOND, THIRD)
    assert first == RenderStep(
        "a",
        "video.generate",
        {
            "prompt": "A fox runs. The camera moves slowly around the subject.",
            "width": 1280,
            "height": 704,
            "fps": 24,
            "durationFrames": 121,
            "seed": 7,
            "startFrameImageUrl": FRAME,
        },
        "a",
    )
    assert second.input == {
        "prompt": "It stops.",
        "videoUrl": "step://a/0",
        "outputMode": "tail",
        "overlapFrames": 9,
        "extendFrames": 120,
    }
    assert (third.input["cameraMotion"], third.input["prompt"]) == ("dolly_in", "Dust.")
    assert third.input["durationFrames"] == 49
    assert (film.key, film.shot_id) == (FILM_KEY, None)
    assert film.input["clips"] == [
        {"videoUrl": "step://a/0", "trimHeadFrames": 0},
        {"videoUrl": "step://b/0", "trimHeadFrames": 9},
        {"videoUrl": "step://c/0", "trimHeadFrames": 0},
    ]


def test_shots_with_a_take_are_left_alone_unless_all_is_wished() -> None:
    taken = FIRST | {"take": "asset://ast_t"}
    second, film = build_steps(taken, SECOND)
    assert second.input["videoUrl"] == "asset://ast_t"
    assert film.input["clips"][0]["videoUrl"] == "asset://ast_t"
    assert [step.key for step in build_steps(taken, SECOND, mode="all")] == ["a", "b", FILM_KEY]
    assert [step.key for step in build_steps(taken, SECOND, THIRD, shot_ids=["c"])] == ["c"]


def test_several_takes_have_seeds_of_their_own_and_no_film() -> None:
    assert [
        (step.key, step.input.get("seed")) for step in build_steps(FIRST, THIRD, takes_per_shot=2)
    ] == [
        ("a_1", 7),
        ("a_2", 8),
        ("c_1", None),
        ("c_2", None),
    ]


def test_a_single_shot_is_no_film_and_combine_can_be_left_out() -> None:
    assert [step.key for step in build_steps(FIRST)] == ["a"]
    assert [step.key for step in build_steps(FIRST, THIRD, combine=False)] == ["a", "c"]


def test_a_missing_prompt_is_composed() -> None:
    dialogue = [{"character": "FOX", "parenthetical": "low", "line": "Now."}]
    shot = Shot.model_validate(
        {"id": "a", "action": "A fox\nruns.", "dialogue": dialogue, "movement": "tilt_up"}
    )
    prompt = compose_prompt(shot)
    assert prompt.startswith('A fox runs. FOX (low) says: "Now." The composition of the first')
    assert prompt.endswith("follow each phrase. The camera tilts slowly up.")


def test_what_is_said_of_the_camera_stands_in_the_prompt_of_every_shot() -> None:
    push = {"id": "a", "prompt": "A fox", "camera": "Slow push in.", "movement": "orbit"}
    word = {"id": "b", "action": "Dust.", "camera": "static", "continuity": {"fromShotId": "a"}}
    first, second, _ = build_steps(push, word)
    assert (
        first.input["prompt"] == "A fox. Slow push in. The camera moves slowly around the subject."
    )
    assert second.input["prompt"] == "Dust. The camera does not move."


def test_a_length_in_seconds_is_the_tasks_to_round_and_takes_the_place_of_frames() -> None:
    new = {"id": "a", "prompt": "A fox.", "durationSeconds": 5.1}
    then = {"id": "b", "prompt": "Dust.", "durationSeconds": 4, "continuity": {"fromShotId": "a"}}
    first, second, _ = build_steps(new, then)
    assert first.input["durationSeconds"] == 5.1
    assert second.input["extendSeconds"] == 4
    assert not {"durationFrames", "extendFrames"} & {*first.input, *second.input}


def test_a_length_in_frames_and_seconds_is_refused() -> None:
    both = {"durationFrames": 121, "durationSeconds": 5}
    assert check_storyboard(build_board({"id": "a"} | {"durationSeconds": 5})).defaults
    with pytest.raises(InvalidInput) as caught:
        check_storyboard(build_board({"id": "a"} | both))
    assert caught.value.field == "document.scenes.0.shots.0.durationSeconds"
    with pytest.raises(InvalidInput) as caught:
        check_storyboard(Storyboard.model_validate({"title": "T", "defaults": both}))
    assert caught.value.field == "document.defaults.durationSeconds"


def test_a_shot_that_is_called_like_the_film_leaves_the_film_a_key() -> None:
    keys = [step.key for step in build_steps({"id": FILM_KEY, "prompt": "A fox."}, THIRD)]
    assert keys == [FILM_KEY, "c", OTHER_FILM_KEY]


def test_each_shot_that_cannot_be_rendered_is_named() -> None:
    bare = {"id": "x", "lens": "35mm"}
    long = SECOND | {"id": "y", "durationFrames": 497}
    both = SECOND | {"id": "z", "startFrame": FRAME}
    assert list_incomplete(FIRST, bare, long, both) == [
        ("x", "document.scenes.1.shots.0"),
        ("y", "document.scenes.2.shots.0"),
        ("z", "document.scenes.3.shots.0"),
    ]
    assert (
        list_incomplete(FIRST, SECOND, takes_per_shot=2) == [("b", "document.scenes.1.shots.0")] * 1
    )
    assert list_incomplete(FIRST, SECOND, shot_ids=["b"]) == [("b", "document.scenes.1.shots.0")]
    assert list_incomplete(FIRST, THIRD, takes_per_shot=2, combine=True)[0][0] == "a"


@pytest.mark.parametrize(
    ("shots", "wish", "field"),
    [
        ([FIRST], {"shot_ids": ["q"]}, "shotIds.0"),
        ([FIRST | {"take": "asset://ast_t"}], {}, "mode"),
        ([], {}, "mode"),
        ([THIRD | {"id": f"c{n}"} for n in range(51)], {}, "shotIds"),
    ],
)
def test_a_wish_that_cannot_be_is_refused(
    shots: list[dict[str, Any]], wish: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        build_steps(*shots, **wish)
    assert caught.value.field == field
