import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from gateway.media.tasks.stages import ONE_PASS, TWO_PASSES
from workers.engines.base import Progress
from workers.engines.comfyui.events import EventReader
from workers.jobs.progress import ProgressMeter
from workers.jobs.run_clock import RunClock

pytestmark = pytest.mark.anyio


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def take_update(meter: ProgressMeter) -> dict[str, Any]:
    return json.loads(meter.take_update() or "{}")  # type: ignore[no-any-return]


async def test_what_is_left_follows_from_what_is_done() -> None:
    clock = Clock()
    run = RunClock(clock)
    meter = ProgressMeter(ONE_PASS, 100.0, run)
    run.start()
    clock.now = 20
    await meter.report(Progress("sampling", 10, 20))
    assert take_update(meter) == {
        "percent": 40, "stage": "sampling", "step": 10, "steps": 20, "etaSeconds": 30,
    }  # fmt: skip
    await meter.report(Progress("loading", 0, 1))
    assert take_update(meter)["percent"] == 40
    assert meter.take_update() is None


async def test_in_silence_the_usual_time_is_the_guess_and_never_more_than_95_percent() -> None:
    clock = Clock()
    run = RunClock(clock)
    meter = ProgressMeter(TWO_PASSES, 40.0, run)
    clock.now = 100  # inputs are fetched, and brought to the node
    assert meter.take_update() is None
    run.start()
    clock.now = 110
    assert take_update(meter) == {
        "percent": 25, "stage": None, "step": None, "steps": None, "etaSeconds": 30,
    }  # fmt: skip
    clock.now = 1000
    assert (take_update(meter)["percent"], meter.take_update()) == (95, None)
    assert ProgressMeter(ONE_PASS, None, run).take_update() is None


async def test_what_waits_on_a_node_has_no_guess_and_its_seconds_do_not_count() -> None:
    clock = Clock()
    run = RunClock(clock)
    meter = ProgressMeter(TWO_PASSES, 40.0, run)
    waits = {"stage": "waiting_for_node", "step": None, "steps": None, "etaSeconds": None}
    run.pause()
    clock.now = 1000
    assert take_update(meter) == {"percent": 0, **waits}
    assert meter.take_update() is None
    run.start()
    assert take_update(meter)["stage"] is None
    clock.now = 1010
    assert (take_update(meter)["percent"], run.elapsed) == (25, 10)
    run.pause()  # before another part of the same film
    clock.now = 2000
    assert take_update(meter) == {"percent": 25, **waits}
    run.start()
    clock.now = 2010
    assert (take_update(meter)["percent"], run.elapsed) == (50, 20)


OURS = uuid4()


def render_event(kind: str, prompt_id: UUID = OURS, **data: object) -> str:
    return json.dumps({"type": kind, "data": {**data, "prompt_id": str(prompt_id)}})


def test_pictures_are_counted_as_the_node_samples_them_and_no_stage_comes_twice() -> None:
    reader = EventReader(OURS, 2)
    said = [
        progress
        for message in (
            render_event("executing", node="model"),
            render_event("executing", uuid4(), node="save"),
            render_event("execution_success", uuid4()),
            render_event("progress", node="sample_1", value=2, max=4),
            render_event("executing", node="image_1"),
            render_event("executing", node="positive"),
            render_event("progress", node="sample_0", value=1, max=4),
            render_event("executing", node=None),
            "no event",
            b"a preview",
            render_event("execution_success"),
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
    assert reader.is_over
