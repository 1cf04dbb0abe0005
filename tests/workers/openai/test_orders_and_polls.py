"""The engine alone on a stand-in: the pauses it asks for, the jobs of a check, plans gone stale."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from tests.fakes.openai import FakeUpstream
from tests.workers.openai.servers import FILM, PICTURE, render_engines, start_stand_in
from tests.workers.scripted import ScriptedEngine
from tests.workers.studio import PipelineStudio
from workers.engines.base import (
    Failed,
    IllegalPlan,
    InputRef,
    PlanInputs,
    Poll,
    RenderPlan,
    Running,
    Submitted,
    Unreachable,
)
from workers.engines.openai.client import ServerClient
from workers.engines.openai.engine import ServerEngine
from workers.engines.openai.upstreams import Upstream, read_upstreams
from workers.pipelines import attempt as driving
from workers.pipelines.errors import EngineFailed
from workers.pipelines.progress_watcher import ProgressWatcher
from workers.server_check import check_server

pytestmark = pytest.mark.anyio
FILM_TASK, EDIT_TASK = "video.generate", "image.edit"
VALUES = {
    FILM_TASK: FILM | {"seed": 7},
    EDIT_TASK: PICTURE | {"seed": 7, "count": 1, "strength": 0.6, "steps": 9},
}
SOURCE, START = PlanInputs(source=InputRef("x")), PlanInputs(start_frame=InputRef("x"))


@pytest.fixture(scope="module")
def server() -> Iterator[FakeUpstream]:
    with start_stand_in("vllm-omni") as one:
        yield one


def build_upstream(folder: Path, server: FakeUpstream, task: str) -> Upstream:
    file = folder / "engines.toml"
    file.write_text(render_engines({"srv": server}, dialect="vllm-omni", tasks=[task]))
    return read_upstreams(file)["srv"]


@asynccontextmanager
async def open_engine(upstream: Upstream) -> AsyncIterator[ServerEngine]:
    engine = ServerEngine(ServerClient(upstream), upstream, None)
    try:
        yield engine
    finally:
        await engine.close()


async def test_a_server_says_when_it_is_polled_again(tmp_path: Path, server: FakeUpstream) -> None:
    server.set_seconds(600)
    async with open_engine(build_upstream(tmp_path, server, FILM_TASK)) as engine:
        attempt = uuid4()
        plan = RenderPlan(task=FILM_TASK, effective_input=VALUES[FILM_TASK])
        made = await engine.submit(attempt, plan)
        assert isinstance(made, Submitted)
        told = []
        for text in ("4000", "1", "9" * 999, "soon", ""):
            server.faults.poll_after_ms = text
            state = await engine.poll(attempt, made.handle)
            told.append(getattr(state, "poll_seconds", "no such state"))
        assert told == [4.0, 1.0, 30.0, None, None]
        await engine.cancel(attempt, made.handle)
    server.set_seconds(0.02)


async def test_an_attempt_pauses_as_long_as_it_is_told_or_ever_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses = []

    async def wait(_watcher: ProgressWatcher, seconds: float) -> bool:
        pauses.append(seconds)
        return False

    monkeypatch.setattr(ProgressWatcher, "wait", wait)
    script: list[Poll | Unreachable] = [Running(), Running(7.0), Running(), Failed("exception", "")]
    work = PipelineStudio(ScriptedEngine(script), tmp_path).prepare_work(EDIT_TASK, PICTURE)
    with pytest.raises(EngineFailed):
        await driving.render_plan(work, RenderPlan(task=EDIT_TASK, effective_input=PICTURE))
    assert pauses == pytest.approx([0.1, 7.0, 0.225])


@pytest.mark.parametrize("task", [EDIT_TASK, FILM_TASK])
async def test_a_check_does_the_smallest_job_that_the_server_has(
    tmp_path: Path, server: FakeUpstream, task: str
) -> None:
    made = len(server.paid_calls)
    checked = await check_server(build_upstream(tmp_path, server, task), render=True)
    rendered = checked["rendered"]
    assert (rendered["task"], rendered["size"], rendered["trouble"]) == (task, "256x256", None)
    assert len(server.paid_calls) == made + 1
    assert not server.upstream.videos  # it is dropped when it has been looked at


@pytest.mark.parametrize(
    ("task", "values", "inputs", "name"),
    [
        (EDIT_TASK, {"strength": 0.3}, SOURCE, "strength"),
        (EDIT_TASK, {"highDetail": True}, SOURCE, "highDetail"),
        (FILM_TASK, {"durationFrames": 17}, PlanInputs(), "durationFrames"),
        (FILM_TASK, {"negativePrompt": "text"}, PlanInputs(), "negativePrompt"),
        (FILM_TASK, {}, START, "startFrame"),
    ],
)
async def test_a_plan_with_what_its_family_takes_no_more_is_refused_and_never_sent(
    tmp_path: Path,
    server: FakeUpstream,
    task: str,
    values: dict[str, object],
    inputs: PlanInputs,
    name: str,
) -> None:
    upstream, made = build_upstream(tmp_path, server, task), len(server.paid_calls)
    family = replace(upstream.families[task], takes=frozenset(), steps=None, most_frames=9)
    plan = RenderPlan(task=task, effective_input=VALUES[task] | values, inputs=inputs)
    async with open_engine(replace(upstream, families={task: family})) as engine:
        attempt = uuid4()
        with pytest.raises(IllegalPlan, match=name):
            await engine.submit(attempt, plan)
        assert engine.report(attempt).cost_state == "none"
    assert len(server.paid_calls) == made
