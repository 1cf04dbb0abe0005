import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest

from tests.workers.studio import FILM_INPUT, PICTURE_INPUT, PipelineStudio
from workers.engines.base import Absent, Canceled, RenderPlan, Running
from workers.engines.sandbox.engine import SandboxEngine
from workers.pipelines import PIPELINES

pytestmark = pytest.mark.anyio

LONG = FILM_INPUT | {"durationFrames": 505, "prompt": "[sandbox:slow=60]"}


def list_children() -> set[int]:
    """Return the processes started from this one that are still there."""
    with open(f"/proc/self/task/{os.getpid()}/children") as file:  # noqa: PTH123 - not a path
        return {int(number) for number in file.read().split()}


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(1000):
        if await condition():
            return
        await asyncio.sleep(0.01)
    pytest.fail("waited 10 s in vain")


@pytest.fixture
def before() -> set[int]:
    return list_children()


@pytest.mark.promise("engines: cancel-releases-at-once")
async def test_cancelling_a_pipeline_stops_its_child_at_once(
    studio: PipelineStudio, before: set[int]
) -> None:
    running = asyncio.create_task(
        PIPELINES["video.generate"](studio.prepare_work("video.generate", LONG))
    )

    async def at_work() -> bool:
        return bool(studio.progress)

    async def gone() -> bool:
        return list_children() == before

    await until(at_work)
    asked = time.monotonic()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await until(gone)
    assert time.monotonic() - asked < 2


async def test_a_canceled_attempt_says_so_and_leaves_others_alone(engine: SandboxEngine) -> None:
    attempts = [uuid4() for _ in range(2)]
    for attempt in attempts:
        plan = RenderPlan(task="image.generate", effective_input=PICTURE_INPUT | {"count": 4})
        await engine.submit(attempt, plan)
    await engine.cancel(attempts[0])
    await engine.cancel(attempts[0])
    async for _ in engine.watch(attempts[1]):
        pass
    assert isinstance(await engine.poll(attempts[0]), Canceled)
    assert type(await engine.poll(attempts[1])).__name__ == "Succeeded"


async def test_a_stalled_attempt_ignores_cancel_for_its_time(engine: SandboxEngine) -> None:
    attempt = uuid4()
    order = PICTURE_INPUT | {"prompt": "[sandbox:stall]"}
    await engine.submit(attempt, RenderPlan(task="image.generate", effective_input=order))

    async for progress in engine.watch(attempt):
        if progress.stage == "decode":
            break
    asked = time.monotonic()
    await engine.cancel(attempt)
    assert isinstance(await engine.poll(attempt), Running)

    async def canceled() -> bool:
        return isinstance(await engine.poll(attempt), Canceled)

    await until(canceled)
    assert time.monotonic() - asked > 0.4


async def test_an_attempt_whose_child_is_killed_is_absent(
    engine: SandboxEngine, before: set[int]
) -> None:
    attempt = uuid4()
    await engine.submit(attempt, RenderPlan(task="video.generate", effective_input=LONG))
    async for _ in engine.watch(attempt):
        for child in list_children() - before:
            os.kill(child, signal.SIGKILL)
    assert isinstance(await engine.poll(attempt), Absent)


async def test_a_full_node_lets_the_next_attempt_wait(studio: PipelineStudio) -> None:
    engine = SandboxEngine(studio.folder / "narrow", slots=1)
    first, second = uuid4(), uuid4()
    for attempt in (first, second):
        await engine.submit(
            attempt, RenderPlan(task="image.generate", effective_input=PICTURE_INPUT)
        )
    async for _ in engine.watch(first):
        break
    assert type(await engine.poll(second)).__name__ == "Pending"
    assert (await engine.facts()).queue_depth == 2
    await engine.cancel(second)
    assert isinstance(await engine.poll(second), Canceled)
    await engine.close()


async def test_what_nobody_forgot_is_swept_after_two_hours(studio: PipelineStudio) -> None:
    node = studio.folder / "node"
    left = [node / "attempts" / "old", node / "attempts" / "new", node / "inputs" / "old.png"]
    for folder in left[:2]:
        folder.mkdir(parents=True)
    left[2].parent.mkdir()
    left[2].touch()
    for path in (left[0], left[2]):
        os.utime(path, (time.time() - 7300, time.time() - 7300))
    await studio.run_pipeline("image.generate", PICTURE_INPUT)
    assert [path.exists() for path in left] == [False, True, False]


async def test_a_forgotten_attempt_leaves_no_file(
    engine: SandboxEngine, studio: PipelineStudio
) -> None:
    work = studio.prepare_work("image.generate", PICTURE_INPUT)
    await PIPELINES["image.generate"](work)
    kept = studio.folder / "node" / "attempts" / str(work.attempt)
    assert list(kept.iterdir())
    await engine.forget(work.attempt)
    assert not kept.exists()
    assert isinstance(await engine.poll(work.attempt), Absent)
