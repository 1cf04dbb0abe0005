import asyncio

import pytest
from dramatiq import Broker
from dramatiq.brokers.redis import RedisBroker

from gateway.kit.broker import broker_from
from gateway.kit.queue import MOST_WAITING, Wakes

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["in process", "over Valkey"])
def broker(request: pytest.FixtureRequest) -> Broker:
    if request.param == "in process":
        made = broker_from("")
    else:
        url = str(request.getfixturevalue("valkey_url"))
        made = broker_from(f"{url.removesuffix('/0')}/9")
    made.declare_queue("image")
    return made


def waiting(broker: Broker) -> int:
    if isinstance(broker, RedisBroker):
        return len(broker.client.lrange("kt:image", 0, -1))
    return int(broker.queues["image"].qsize())


async def sent(wakes: Wakes, count: int) -> None:
    for number in range(count):
        wakes.soon("image", f"job_{number}")
    while wakes._sending is not None:
        await asyncio.wait([wakes._sending])


async def test_each_item_of_a_short_backlog_wakes_a_worker_and_a_long_one_floods_nobody(
    broker: Broker,
) -> None:
    wakes = Wakes(broker)
    await sent(wakes, 3)
    assert waiting(broker) == 3
    await sent(wakes, 100)
    assert waiting(broker) == MOST_WAITING
    await sent(wakes, 1)
    assert waiting(broker) == MOST_WAITING
    broker.flush("image")
    await sent(wakes, 1)
    assert waiting(broker) == 1
    broker.flush("image")
