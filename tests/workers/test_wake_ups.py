"""Wake-ups that a worker sends on never become many."""

import asyncio
import time
from typing import cast

import pytest

from gateway.kit.queue import WakeUps
from workers.jobs.wake_ups import WakeUpRelay

WAIT_SECONDS = 10
pytestmark = pytest.mark.anyio


class Sent(asyncio.Queue[str]):
    def send_soon(self, queue: str, _item_id: str) -> None:
        self.put_nowait(queue)


async def test_of_many_wake_ups_to_send_on_one_of_a_queue_goes() -> None:
    sent = Sent()
    relay = WakeUpRelay(cast("WakeUps", sent))
    for queue in ["cpu", "image"] * 100:
        relay.send_on(queue)
    async with asyncio.timeout(WAIT_SECONDS):
        assert sorted([await sent.get(), await sent.get()]) == ["cpu", "image"]
    assert sent.empty()


async def test_a_wake_up_that_keeps_coming_back_goes_slower() -> None:
    sent, pauses = Sent(), []
    relay = WakeUpRelay(cast("WakeUps", sent))
    for _ in range(3):
        began = time.monotonic()
        relay.send_on("cpu")
        async with asyncio.timeout(WAIT_SECONDS):
            await sent.get()
        pauses.append(time.monotonic() - began)
    assert pauses[0] < pauses[1] < pauses[2]
