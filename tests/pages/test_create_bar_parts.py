"""The parts of the prompt bar: chips from a schema, media in slots, words of presets."""

import pytest

from gateway.media.tasks.catalogue import TASKS, build_input_schema, get_task
from gateway.pages.create import chips, slots
from gateway.pages.create.presets import Preset, toggle_words
from gateway.pages.form_fields import FormField, build_form_fields, read_form_input

STILL = Preset(preset_id="still", kind="style", title="Still", words="film still", sample="")
NEON = Preset(preset_id="neon", kind="style", title="Neon", words="neon night", sample="")
DOLLY = Preset(preset_id="dolly", kind="camera", title="Dolly", words="slow dolly in", sample="")
PRESETS = [STILL, NEON, DOLLY]


def fields_of(task: str) -> list[FormField]:
    return build_form_fields(build_input_schema(get_task(task)))


@pytest.mark.parametrize("task", TASKS)
def test_an_untouched_bar_sends_only_the_defaults_of_its_task(task: str) -> None:
    fields = fields_of(task)
    posted = {chip.name: chip.chosen for chip in chips.build_chips(fields, {})}
    sent = read_form_input(fields, chips.read_chip_values(posted))
    assert sent in ({}, {"generateAudio": False})


def test_a_repeated_job_shows_in_the_chips_what_it_was_made_with() -> None:
    picture = chips.to_chip_input({"width": 1360, "height": 768, "count": 3})
    assert picture == {"aspectRatio": "16:9", "count": 3}
    clip = chips.to_chip_input({"width": 1280, "height": 704, "durationFrames": 97, "fps": 24})
    assert clip == {"width": 1280, "height": 704, "durationSeconds": 4, "fps": 24}
    shown = {
        chip.name: chip.words
        for chip in chips.build_chips(
            fields_of("video.generate"), {name: str(each) for name, each in clip.items()}
        )
    }
    assert shown["size"] == "16:9"
    assert shown["durationSeconds"] == "4 s"


def test_an_untouched_video_says_its_real_shape_and_length() -> None:
    def say(**values: str) -> tuple[str, str]:
        shown = chips.build_chips(fields_of("video.generate"), values)
        words = {chip.name: chip.words for chip in shown}
        return words["size"], words["durationSeconds"]

    assert say() == ("16:9", "5 s")
    assert say(startFrameImageUrl="job://a/0") == ("Shape of the frame", "5 s")
    assert say(width="1280", height="704", durationFrames="97") == ("16:9", "By frames")


def test_a_size_is_sent_as_two_sides() -> None:
    assert chips.read_chip_values({"size": "704x1280"}) == {"width": "704", "height": "1280"}


def test_the_pictures_of_an_edit_are_one_list_to_people() -> None:
    values = slots.change_slot({}, "put:imageUrls:job://a/0")
    assert values["imageUrl"] == "job://a/0"
    values = slots.change_slot(values, "put:imageUrls:asset://b")
    assert (values["imageUrl"], values["imageUrls"]) == ("", "job://a/0\nasset://b")
    values = slots.change_slot(values, "up:imageUrls:1")
    assert values["imageUrls"] == "asset://b\njob://a/0"
    values = slots.change_slot(values, "drop:imageUrls:0")
    assert (values["imageUrl"], values["imageUrls"]) == ("job://a/0", "")


def test_clips_keep_their_cuts_when_they_are_moved() -> None:
    values = {
        "clips.0.videoUrl": "job://a/0",
        "clips.0.trimHeadFrames": "9",
        "clips.1.videoUrl": "job://b/0",
    }
    moved = slots.change_slot(values, "order:clips:1,0")
    assert moved == {
        "clips.0.videoUrl": "job://b/0",
        "clips.1.videoUrl": "job://a/0",
        "clips.1.trimHeadFrames": "9",
    }
    assert slots.change_slot(values, "order:clips:1,1") == values


def test_a_prompt_has_one_style_whose_words_are_seen_in_it() -> None:
    styled = toggle_words("a fox", "still", PRESETS)
    assert styled == "a fox, film still"
    moving = toggle_words(styled, "dolly", PRESETS)
    assert toggle_words(moving, "neon", PRESETS) == "a fox, slow dolly in, neon night"
    assert toggle_words(styled, "still", PRESETS) == "a fox"
