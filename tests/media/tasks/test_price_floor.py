"""No price falls below its work: each pixel of each frame has a floor, whatever a file claims."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.kit.errors import Problem
from gateway.media.stored_media import StoredMedia
from gateway.media.tasks.catalogue import TASKS
from tests.media.tasks import strategies
from tests.media.tasks.helpers import Media, build_clip, plan_input

# Micro-USD for a pixel of a frame that a model makes, and for one that a processor only copies.
MODEL, COPY = Fraction(1, 10_000), Fraction(1, 200_000_000)
# The rate is what a file claims: any fraction, and so far above what a camera takes.
claimed_rates = st.one_of(
    st.fractions(Fraction(1, 60), 120, max_denominator=1001),
    st.fractions(1, 10**6, max_denominator=1001),
)
sides = st.integers(64, 3840)
hostile_clips = st.builds(
    build_clip,
    sides,
    sides,
    st.one_of(st.integers(1, 1500), st.integers(1, 300_000)),
    claimed_rates,
    has_audio=st.booleans(),
)


@st.composite
def draw_extension(draw: Callable[[Any], Any]) -> strategies.Case:
    length = {"extendFrames": st.integers(8, 480), "extendSeconds": st.floats(0.3, 20)}
    name = draw(st.sampled_from(sorted(length)))
    asked = {"jobId": "job_1", "prompt": "a", name: draw(length[name])} | strategies.draw_fields(
        draw,
        overlapFrames=st.integers(1, 97),
        outputMode=st.sampled_from(["joined", "tail"]),
    )
    return "video.extend", asked, {"video": [draw(hostile_clips)]}


@st.composite
def draw_upscale(draw: Callable[[Any], Any]) -> strategies.Case:
    size = {"scale": st.sampled_from([1.5, 2]), "target": st.sampled_from(["1080p", "2160p"])}
    name = draw(st.sampled_from(sorted(size)))
    asked = {"jobId": "job_1", name: draw(size[name])}
    return "video.upscale", asked, {"video": [draw(hostile_clips)]}


@st.composite
def draw_combination(draw: Callable[[Any], Any]) -> strategies.Case:
    joined = draw(st.lists(hostile_clips, min_size=2, max_size=4))
    asked: dict[str, Any] = {"videoUrls": ["asset://a"] * len(joined)}
    asked |= strategies.draw_fields(draw, fps=st.integers(12, 60))
    return "video.combine", asked, {"clips": joined}


@st.composite
def draw_sound(draw: Callable[[Any], Any]) -> strategies.Case:
    return "audio.generate", {"prompt": "a", "durationSeconds": draw(st.floats(1, 60))}, {}


CASES: dict[str, st.SearchStrategy[strategies.Case]] = {
    "image.generate": strategies.image_generate(),
    "image.edit": strategies.image_edit(),
    "image.upscale": strategies.image_upscale(),
    "video.generate": strategies.video_generate(),
    "video.extend": draw_extension(),
    "video.upscale": draw_upscale(),
    "video.combine": draw_combination(),
    "audio.generate": draw_sound(),
}


def pixel_frames(task: str, effective: dict[str, Any], media: Media) -> int:
    """Return pixels times frames that a job works on, by the measured media."""
    area: int = effective.get("width", 0) * effective.get("height", 0)
    if task == "video.combine":
        read = sum(count_pixels(each) * (each.facts.frames or 0) for each in media["clips"])
        return read + area * int(effective["outputFrames"])
    if task == "video.extend":
        return area * int(effective["overlapFrames"] + effective["extendFrames"])
    frames = effective.get("durationFrames") or effective.get("frames")
    return area * int(frames or effective.get("count", 1))


def count_pixels(stored: StoredMedia) -> int:
    return (stored.facts.width or 0) * (stored.facts.height or 0)


def test_every_task_of_the_catalogue_is_held_to_the_floor() -> None:
    assert set(CASES) == set(TASKS)


@pytest.mark.promise("jobs: price-follows-work")
@settings(max_examples=400, suppress_health_check=[HealthCheck.filter_too_much])
@given(st.one_of(*CASES.values()))
def test_no_claim_of_a_file_takes_a_price_below_the_floor_of_its_work(
    case: strategies.Case,
) -> None:
    task, asked, media = case
    try:
        planned = plan_input(task, asked, media)
    except Problem:
        return  # refused, so it is no work
    floor = COPY if task == "video.combine" else MODEL
    work = pixel_frames(task, planned.effective_input, media)
    assert planned.price.microusd >= floor * work, (task, asked, work)
