"""Presets: their ids, and cameras in the words of the storyboard."""

from typing import get_args

from gateway.media.outputs.presets import PRESETS
from gateway.media.tasks.rules.camera import CAMERA_SENTENCES
from gateway.studio.storyboards import model
from gateway.studio.storyboards.render_steps import MOVEMENT_SENTENCES

CAMERA_WORDS = {*get_args(model.Angle), *get_args(model.Size), *CAMERA_SENTENCES}
CAMERA_WORDS |= {*MOVEMENT_SENTENCES}


def test_cameras_are_movements_angles_and_sizes_of_the_storyboard() -> None:
    cameras = {
        each.preset_id.removeprefix("camera_"): each
        for each in PRESETS.values()
        if each.kind == "camera"
    }
    assert len(cameras) == 10
    assert cameras.keys() <= CAMERA_WORDS
    for word, sentence in (CAMERA_SENTENCES | MOVEMENT_SENTENCES).items():
        if word in cameras:
            assert cameras[word].words == sentence[0].lower() + sentence[1:].rstrip(".")


def test_styles_have_words_for_the_prompt_and_no_invented_picture() -> None:
    styles = [each for each in PRESETS.values() if each.kind == "style"]
    assert len(styles) == 12
    assert all("://" not in (each.sample or "") and each.words for each in PRESETS.values())
