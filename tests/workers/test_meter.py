import json

import pytest

from gateway.media.tasks import stages
from gateway.media.tasks.catalogue import TASKS
from workers.engines.sandbox import meter as metering
from workers.engines.sandbox.makers import MAKERS
from workers.engines.sandbox.meter import PaceMeter, build_legs


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(metering, "time", clock)
    return clock


def make_meter(seconds: float) -> PaceMeter:
    legs = build_legs(stages.TWO_PASSES, {"first_pass": 8, "second_pass": 3})
    return PaceMeter(legs, seconds=seconds, faults=frozenset(), stall_seconds=20)


@pytest.mark.usefixtures("capsys")
def test_work_is_never_faster_than_its_pace(clock: Clock) -> None:
    meter = make_meter(60)
    meter.reach_share(0.5)
    assert clock.now == pytest.approx(130)
    clock.now = 200
    meter.reach_share(0.9)
    assert clock.now == 200


def test_each_stage_is_walked_in_its_steps(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    meter = make_meter(0)
    for done in range(101):
        clock.now += 1
        meter.reach_share(done / 100)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    first_pass = [line["step"] for line in lines if line["stage"] == "first_pass"]
    assert first_pass == list(range(8))
    assert lines[-1] == {"stage": "save", "step": 1, "steps": 1}


@pytest.mark.parametrize("task", TASKS)
def test_weights_of_stages_add_up(task: str) -> None:
    assert sum(TASKS[task].stages.values()) == 100


def test_a_film_of_five_seconds_takes_a_gpu_a_minute() -> None:
    values = {"width": 1280, "height": 704, "durationFrames": 121}
    assert 50 < MAKERS["video.generate"].gpu_seconds(values) < 70
