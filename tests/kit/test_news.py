"""News between processes: a topic that cannot be sent stops none of the later ones."""

import asyncio
from collections.abc import Iterator

import pytest

from gateway.kit.messaging.broker import build_broker, build_notifications
from gateway.kit.messaging.notifications import Notifications
from tests.services.valkey import ValkeyServer

pytestmark = pytest.mark.anyio

WAIT_SECONDS = 10
UNENCODABLE = "\ud800"


@pytest.fixture
def server() -> Iterator[ValkeyServer]:
    with ValkeyServer() as one:
        yield one


async def publish_until_heard(publisher: Notifications, listener: Notifications) -> None:
    """Publish to a topic until the other process hears it."""
    async with asyncio.timeout(WAIT_SECONDS):
        with listener.watch("job_1") as event:
            while not event.is_set():
                publisher.notify(["job_1"])
                await asyncio.wait([asyncio.create_task(event.wait())], timeout=0.1)


async def test_a_topic_that_cannot_be_sent_silences_no_later_news(server: ValkeyServer) -> None:
    teller, listener = (build_notifications(server.url, build_broker(server.url)) for _ in range(2))
    listener.start()
    try:
        await publish_until_heard(teller, listener)
        teller.notify([UNENCODABLE])
        await publish_until_heard(teller, listener)
    finally:
        await listener.stop()


async def test_news_leave_again_after_the_task_that_sends_them_was_canceled(
    server: ValkeyServer,
) -> None:
    teller, listener = (build_notifications(server.url, build_broker(server.url)) for _ in range(2))
    before = asyncio.all_tasks()
    teller.notify(["job_0"])
    (sending,) = asyncio.all_tasks() - before
    sending.cancel()
    await asyncio.wait([sending], timeout=WAIT_SECONDS)
    listener.start()
    try:
        await publish_until_heard(teller, listener)
    finally:
        await listener.stop()
