from dataclasses import replace
from typing import Any

import pytest

from gateway.library.errors import MediaUnreadable
from gateway.media.stored_media import StoredMedia
from gateway.media.tasks.rules.measures import (
    read_clip_facts,
    read_picture_size,
    read_sound_seconds,
)
from tests.media.tasks.helpers import build_clip, build_picture, build_sound


def replace_facts(stored: StoredMedia, **facts: Any) -> StoredMedia:  # noqa: ANN401
    return replace(stored, facts=replace(stored.facts, **facts))


@pytest.mark.parametrize("side", ["width", "height"])
def test_a_picture_without_a_size_is_refused(side: str) -> None:
    assert read_picture_size(build_picture(3, 4)) == (3, 4)
    with pytest.raises(MediaUnreadable):
        read_picture_size(replace_facts(build_picture(), **{side: None}))


def test_sound_without_a_length_is_refused() -> None:
    assert read_sound_seconds(build_sound(5)) == 5
    with pytest.raises(MediaUnreadable):
        read_sound_seconds(replace_facts(build_sound(5), duration=None))


@pytest.mark.parametrize("facts", [{"frames": None}, {"frames": 0}, {"fps": None}])
def test_a_clip_without_frames_or_rate_is_refused(facts: dict[str, None]) -> None:
    with pytest.raises(MediaUnreadable) as caught:
        read_clip_facts(replace_facts(build_clip(), **facts), "clips.1", most_seconds=60)
    assert caught.value.field == "input.clips.1"


def test_the_limit_is_named_in_the_refusal() -> None:
    with pytest.raises(MediaUnreadable) as caught:
        read_clip_facts(build_clip(frames=48), "videoUrl", most_seconds=1, most_frames=100)
    assert caught.value.detail == (
        "`videoUrl` is 2 s and 48 frames long; this task takes 1 s and 100 frames at most."
    )
    with pytest.raises(MediaUnreadable) as caught:
        read_clip_facts(build_clip(frames=48), "videoUrl", most_seconds=1)
    assert caught.value.next_step == "Give a clip of at most 1 s."
