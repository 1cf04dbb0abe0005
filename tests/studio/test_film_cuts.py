"""The cut of a film, and the steps that its render takes."""

from typing import Any

import pytest

from gateway.kit.errors import InvalidInput
from gateway.studio.films.cut import CUT_ADAPTER, build_film_steps, derive_cut, list_missing_shots
from gateway.studio.storyboards.model import Storyboard

TAKE = "asset://ast_t"
FIRST: dict[str, Any] = {"id": "a", "prompt": "A fox."}
SECOND = {"id": "b", "prompt": "It stops.", "continuity": {"fromShotId": "a"}}
THIRD = {"id": "c", "prompt": "Dust."}


def build_board(*shots: dict[str, Any]) -> Storyboard:
    return Storyboard.model_validate({"title": "T", "scenes": [{"id": "s", "shots": [*shots]}]})


def read_cut(*clips: dict[str, Any]) -> list[Any]:
    return CUT_ADAPTER.validate_python([*clips])


def test_a_film_without_a_cut_joins_every_shot_without_the_overlaps() -> None:
    board = build_board(FIRST | {"take": TAKE}, SECOND, THIRD)
    *clips, film = build_film_steps(board, derive_cut(board))
    assert [clip.key for clip in clips] == ["b", "c"]
    assert film.input["clips"] == [
        {"videoUrl": TAKE, "trimHeadFrames": 0, "trimTailFrames": 0},
        {"videoUrl": "step://b/0", "trimHeadFrames": 9, "trimTailFrames": 0},
        {"videoUrl": "step://c/0", "trimHeadFrames": 0, "trimTailFrames": 0},
    ]


def test_a_cut_names_other_takes_leaves_shots_out_and_adds_its_trims_to_the_overlap() -> None:
    board = build_board(FIRST, SECOND, THIRD)
    cut = read_cut(
        {"shotId": "c", "source": "asset://ast_other", "tailFrames": 4},
        {"shotId": "b", "headFrames": 2, "overlapFrames": 9},
    )
    assert list_missing_shots(board, cut) == ["a", "b"]  # b continues a, which the cut leaves out
    *clips, film = build_film_steps(board, cut)
    assert [clip.key for clip in clips] == ["a", "b"]
    assert film.input["clips"] == [
        {"videoUrl": "asset://ast_other", "trimHeadFrames": 0, "trimTailFrames": 4},
        {"videoUrl": "step://b/0", "trimHeadFrames": 11, "trimTailFrames": 0},
    ]


def test_one_clip_alone_is_made_but_not_joined() -> None:
    board = build_board(FIRST)
    assert [step.key for step in build_film_steps(board, derive_cut(board))] == ["a"]
    for alone in (build_board(), build_board(FIRST | {"take": TAKE})):
        with pytest.raises(InvalidInput):
            build_film_steps(alone, derive_cut(alone))
