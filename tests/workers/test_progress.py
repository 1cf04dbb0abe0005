import json
from typing import Any

import pytest

from workers.engines.base import Progress
from workers.engines.comfyui.watching import Reader
from workers.progress import Meter, weights_of

pytestmark = pytest.mark.anyio


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def taken(meter: Meter) -> dict[str, Any]:
    return json.loads(meter.take() or "{}")  # type: ignore[no-any-return]


async def test_what_is_left_follows_from_what_is_done() -> None:
    clock = Clock()
    meter = Meter(weights_of("image.generate", "image"), 100.0, clock)
    clock.now = 20
    await meter.report(Progress("sampling", 10, 20))
    assert taken(meter) == {
        "percent": 40, "stage": "sampling", "step": 10, "steps": 20, "etaSeconds": 30,
    }  # fmt: skip
    await meter.report(Progress("loading", 0, 1))
    assert taken(meter)["percent"] == 40
    assert meter.take() is None


async def test_in_silence_the_usual_time_is_the_guess_and_never_more_than_95_percent() -> None:
    clock = Clock()
    meter = Meter(weights_of("video.generate", "video"), 40.0, clock)
    assert meter.take() is None
    clock.now = 10
    assert taken(meter) == {
        "percent": 25, "stage": None, "step": None, "steps": None, "etaSeconds": 30,
    }  # fmt: skip
    clock.now = 1000
    assert (taken(meter)["percent"], meter.take()) == (95, None)
    assert Meter(weights_of("image.edit", "image"), None, clock).take() is None


def event(kind: str, **data: object) -> str:
    return json.dumps({"type": kind, "data": data})


def test_pictures_are_counted_as_the_node_samples_them_and_no_stage_comes_twice() -> None:
    reader = Reader(2)
    said = [
        progress
        for message in (
            event("executing", node="model"),
            event("progress", node="sample_1", value=2, max=4),
            event("executing", node="image_1"),
            event("executing", node="positive"),
            event("progress", node="sample_0", value=1, max=4),
            event("executing", node=None),
            "no event",
            b"a preview",
            event("execution_success"),
        )
        for progress in reader.read(message)
    ]
    decode = Progress("decode", 0, 1)
    assert said == [
        Progress("loading", 0, 1),
        Progress("sampling", 2, 8),
        decode,
        decode,
        Progress("sampling", 5, 8),
    ]
    assert reader.over
