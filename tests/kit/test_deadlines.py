import asyncio

import pytest

from gateway.kit.http.deadlines import Deadlines

pytestmark = pytest.mark.anyio


async def wait_for_ever() -> None:
    await asyncio.get_running_loop().create_future()


async def test_each_block_ends_at_its_own_time_though_one_timer_serves_all() -> None:
    deadlines, ended = Deadlines(), []

    async def wait(seconds: float) -> None:
        try:
            with deadlines.start(seconds):
                await wait_for_ever()
        except TimeoutError:
            ended.append(seconds)

    await asyncio.gather(wait(0.06), wait(0.02), wait(0.04))
    assert ended == [0.02, 0.04, 0.06]


async def test_a_block_that_ends_in_time_is_left_alone() -> None:
    deadlines = Deadlines()
    with deadlines.start(0.02):
        await asyncio.sleep(0)
    with deadlines.start(None) as without_end:
        await asyncio.wait([asyncio.ensure_future(wait_for_ever())], timeout=0.05)
    assert not without_end.has_expired


async def test_a_moved_deadline_holds_at_its_new_time() -> None:
    deadlines = Deadlines()
    now = asyncio.get_running_loop().time()
    with pytest.raises(TimeoutError), deadlines.start(60) as deadline:
        deadline.move(now + 0.02)
        await wait_for_ever()


async def test_a_cancellation_from_outside_stays_one() -> None:
    deadlines = Deadlines()

    async def wait() -> None:
        with deadlines.start(60):
            await wait_for_ever()

    task = asyncio.ensure_future(wait())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_task_goes_on_after_its_deadline_without_a_cancellation_left() -> None:
    with pytest.raises(TimeoutError), Deadlines().start(0.01):
        await wait_for_ever()
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    await asyncio.sleep(0)


def test_one_application_may_run_on_one_loop_after_another() -> None:
    deadlines = Deadlines()

    async def wait() -> None:
        with pytest.raises(TimeoutError), deadlines.start(0.01):
            await wait_for_ever()

    asyncio.run(wait())
    asyncio.run(wait())
