import asyncio

import pytest
from dramatiq.brokers.redis import RedisBroker

from gateway.kit.messaging.broker import LocalBroker, SharedBroker, build_broker
from gateway.kit.queue import MAX_WAITING_WAKE_UPS, WakeUps

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["in process", "over Valkey"])
def broker(request: pytest.FixtureRequest) -> LocalBroker | SharedBroker:
    if request.param == "in process":
        made = build_broker("")
    else:
        url = str(request.getfixturevalue("valkey_url"))
        made = build_broker(f"{url.removesuffix('/0')}/9")
    made.declare_queue("image")
    return made


def count_wake_ups(broker: LocalBroker | SharedBroker, queue: str = "image") -> int:
    if isinstance(broker, RedisBroker):
        return len(broker.client.lrange(f"kt:{queue}", 0, -1))
    return int(broker.queues[queue].qsize())


async def send_wake_ups(wakes: WakeUps, count: int) -> None:
    for number in range(count):
        wakes.send_soon("image", f"job_{number}")
    while wakes._sending:
        await asyncio.wait(wakes._sending.values())


async def test_each_item_of_a_short_backlog_wakes_a_worker_and_a_long_one_floods_nobody(
    broker: LocalBroker | SharedBroker,
) -> None:
    wakes = WakeUps(broker)
    await send_wake_ups(wakes, 3)
    assert count_wake_ups(broker) == 3
    await send_wake_ups(wakes, 100)
    assert count_wake_ups(broker) == MAX_WAITING_WAKE_UPS
    await send_wake_ups(wakes, 1)
    assert count_wake_ups(broker) == MAX_WAITING_WAKE_UPS
    broker.flush("image")
    await send_wake_ups(wakes, 1)
    assert count_wake_ups(broker) == 1
    broker.flush("image")


async def test_a_worker_in_this_process_is_woken_without_a_message() -> None:
    broker, begun = build_broker(""), list[str]()
    broker.declare_queue("image")
    assert isinstance(broker, LocalBroker)
    broker.begin_queue = lambda queue: not begun.append(queue)  # type: ignore[func-returns-value]
    await send_wake_ups(WakeUps(broker), 1)
    assert begun == ["image"]
    assert count_wake_ups(broker) == 0
    broker.begin_queue = lambda _queue: False  # as before its first message
    await send_wake_ups(WakeUps(broker), 1)
    assert count_wake_ups(broker) == 1


async def test_a_full_queue_keeps_no_other_queue_waiting(
    broker: LocalBroker | SharedBroker,
) -> None:
    broker.declare_queue("cpu")
    wakes = WakeUps(broker)
    await send_wake_ups(wakes, MAX_WAITING_WAKE_UPS)
    wakes.send_soon("image", "job_that_has_no_room")
    wakes.send_soon("cpu", "job_of_an_idle_worker")
    await asyncio.wait([wakes._sending["cpu"]])
    assert count_wake_ups(broker, "cpu") == 1
    await asyncio.wait(wakes._sending.values())
    broker.flush_all()
