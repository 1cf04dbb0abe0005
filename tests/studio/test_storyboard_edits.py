from typing import Any

import pytest
from pydantic import TypeAdapter

from gateway.kit.errors import InvalidInput
from gateway.studio.storyboards.edits import Edit, apply_edits
from gateway.studio.storyboards.model import Storyboard, check_storyboard

EDITS: TypeAdapter[list[Edit]] = TypeAdapter(list[Edit])
BOARD = Storyboard.model_validate(
    {
        "title": "The hatch",
        "characters": [{"id": "fox"}],
        "scenes": [
            {"id": "s1", "heading": "HALL", "shots": [{"id": "a"}, {"id": "b", "lens": "35mm"}]},
            {"id": "s2", "shots": [{"id": "c", "continuity": {"fromShotId": "b"}}]},
        ],
    }
)


def edit_board(*edits: dict[str, Any]) -> Storyboard:
    return check_storyboard(apply_edits(BOARD, EDITS.validate_python(list(edits))))


def list_shot_order(board: Storyboard) -> list[str]:
    return [f"{scene.id}:{''.join(shot.id for shot in scene.shots)}" for scene in board.scenes]


def get_refused_field(*edits: dict[str, Any]) -> str | None:
    with pytest.raises(InvalidInput) as caught:
        edit_board(*edits)
    return caught.value.field


def test_nothing_asked_is_nothing_changed() -> None:
    assert edit_board() == BOARD


def test_set_changes_what_it_names_and_null_removes() -> None:
    board = edit_board({"op": "set", "fields": {"logline": "A fox.", "defaults": {"fps": 24}}})
    assert (board.title, board.logline) == ("The hatch", "A fox.")
    cleared = EDITS.validate_python([{"op": "set", "fields": {"logline": None, "defaults": {}}}])
    assert apply_edits(board, cleared) == BOARD


def test_shots_are_added_replaced_patched_moved_and_removed() -> None:
    assert list_shot_order(edit_board({"op": "putShot", "sceneId": "s1", "shot": {"id": "d"}})) == [
        "s1:abd",
        "s2:c",
    ]
    before = {"op": "putShot", "sceneId": "s1", "shot": {"id": "d"}, "beforeShotId": "b"}
    assert list_shot_order(edit_board(before)) == ["s1:adb", "s2:c"]
    replaced = edit_board({"op": "putShot", "sceneId": "s1", "shot": {"id": "b", "size": "CU"}})
    assert list_shot_order(replaced) == list_shot_order(BOARD)
    assert replaced.scenes[0].shots[1].lens is None
    patched = edit_board({"op": "patchShot", "shotId": "b", "fields": {"size": "CU", "lens": None}})
    assert patched == replaced
    move = {"op": "moveShot", "shotId": "a", "sceneId": "s2", "beforeShotId": "c"}
    assert list_shot_order(edit_board(move)) == ["s1:b", "s2:ac"]
    assert list_shot_order(edit_board({"op": "removeShot", "shotId": "a"})) == ["s1:b", "s2:c"]


def test_a_scene_that_is_put_keeps_its_shots_unless_it_brings_some() -> None:
    kept = edit_board({"op": "putScene", "scene": {"id": "s1", "heading": "ROOF"}})
    assert (list_shot_order(kept), kept.scenes[0].heading) == (list_shot_order(BOARD), "ROOF")
    brought = {"op": "putScene", "scene": {"id": "s2", "shots": [{"id": "x"}]}}
    assert list_shot_order(edit_board(brought)) == ["s1:ab", "s2:x"]
    first = {"op": "putScene", "scene": {"id": "s0"}, "beforeSceneId": "s1"}
    assert list_shot_order(edit_board(first)) == ["s0:", "s1:ab", "s2:c"]
    assert list_shot_order(edit_board({"op": "removeScene", "sceneId": "s2"})) == ["s1:ab"]


def test_characters_are_put_and_removed() -> None:
    board = edit_board({"op": "putCharacter", "character": {"id": "owl", "name": "Owl"}})
    assert [each.id for each in board.characters] == ["fox", "owl"]
    assert edit_board({"op": "removeCharacter", "characterId": "fox"}).characters == ()


@pytest.mark.parametrize(
    ("edit", "field"),
    [
        ({"op": "set", "fields": {"scenes": []}}, "operations.0.fields.scenes"),
        ({"op": "set", "fields": {"title": None}}, "operations.0.fields.title"),
        ({"op": "patchShot", "shotId": "z", "fields": {"size": "CU"}}, "operations.0.shotId"),
        ({"op": "patchShot", "shotId": "a", "fields": {"size": "X"}}, "operations.0.fields.size"),
        ({"op": "patchShot", "shotId": "a", "fields": {"id": "z"}}, "operations.0.fields.id"),
        ({"op": "patchShot", "shotId": "a", "fields": {"siz": 1}}, "operations.0.fields.siz"),
        ({"op": "moveShot", "shotId": "a", "sceneId": "s9"}, "operations.0.sceneId"),
        (
            {"op": "moveShot", "shotId": "a", "sceneId": "s2", "beforeShotId": "b"},
            "operations.0.beforeShotId",
        ),
        ({"op": "removeShot", "shotId": "z"}, "operations.0.shotId"),
        ({"op": "removeScene", "sceneId": "z"}, "operations.0.sceneId"),
        ({"op": "removeCharacter", "characterId": "z"}, "operations.0.characterId"),
        ({"op": "removeShot", "shotId": "b"}, "document.scenes.1.shots.0.continuity.fromShotId"),
        (
            {"op": "patchShot", "shotId": "a", "fields": {"characters": ["owl"]}},
            "document.scenes.0.shots.0.characters.0",
        ),
        (
            {"op": "patchShot", "shotId": "a", "fields": {"continuity": {"fromShotId": "b"}}},
            "document.scenes.0.shots.0.continuity.fromShotId",
        ),
        (
            {"op": "putScene", "scene": {"id": "s3", "shots": [{"id": "a"}]}},
            "document.scenes.2.shots.0.id",
        ),
    ],
)
def test_an_edit_that_cannot_be_is_refused_with_its_path(edit: dict[str, Any], field: str) -> None:
    assert get_refused_field(edit) == field


def test_many_faults_are_all_named() -> None:
    with pytest.raises(InvalidInput) as caught:
        edit_board(
            {"op": "removeShot", "shotId": "b"},
            {"op": "patchShot", "shotId": "a", "fields": {"characters": ["owl", "elk"]}},
        )
    assert [each["field"].split(".")[-2:] for each in caught.value.members["errors"]] == [
        ["characters", "0"],
        ["characters", "1"],
        ["continuity", "fromShotId"],
    ]
