"""One connection watches a URI at most once, and ends what it watches."""

from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint
from mcp.server.subscriptions import InMemorySubscriptionBus
from mcp.types import SubscribeRequestParams, UnsubscribeRequestParams

from mcp_server.resources.subscriptions import Subscriptions

pytestmark = pytest.mark.anyio
URI = "killatamata://jobs/job_1"
TURNS = 20  # of the loop: a canceled watch needs a few to end


class EndlessJob:
    """A gateway with one job that never ends; it counts the reads that wait for its end."""

    waiting = 0

    async def get(self, _path: str, **_query: object) -> dict[str, Any]:
        self.waiting += 1
        try:
            await anyio.sleep_forever()
        finally:
            self.waiting -= 1
        raise AssertionError


async def test_a_subscription_made_right_after_another_ended_can_be_ended_too() -> None:
    job = EndlessJob()
    subscriptions = Subscriptions(job, InMemorySubscriptionBus(), None)  # type: ignore[arg-type]
    connection = SimpleNamespace(state={}, exit_stack=ExitStack())
    context: Any = SimpleNamespace(session=SimpleNamespace(_connection=connection))
    on, off = SubscribeRequestParams(uri=URI), UnsubscribeRequestParams(uri=URI)
    await subscriptions.subscribe(context, on)
    await take_turns()
    await subscriptions.unsubscribe(context, off)
    await subscriptions.subscribe(context, on)  # before the first watch has ended
    await take_turns()
    assert job.waiting == 1
    await subscriptions.unsubscribe(context, off)
    await take_turns()
    assert job.waiting == 0


async def take_turns() -> None:
    for _ in range(TURNS):
        await checkpoint()
