"""The Dramatiq actors: they call the runtime, and nothing else."""

import asyncio
from collections.abc import Awaitable, Callable

import dramatiq

from gateway.kit.queue import AGENT_ACTOR, AGENT_QUEUE, JOB_ACTOR, JOB_QUEUES
from workers.jobs.runtime import Runtime


class LazyRuntime:
    """The runtime of this process, made once, at the first message.

    Only then does Dramatiq's own event loop run, to which its connections have to belong.
    """

    def __init__(self, make: Callable[[], Awaitable[Runtime]]) -> None:
        self._make = make
        self._lock = asyncio.Lock()
        self.runtime: Runtime | None = None
        self.loop: asyncio.AbstractEventLoop | None = None

    async def get_runtime(self) -> Runtime:
        """Return the runtime, which the first caller makes."""
        # The first messages arrive at once: without the lock each would make a runtime.
        async with self._lock:
            if self.runtime is None:
                self.loop = asyncio.get_running_loop()
                self.runtime = await self._make()
            return self.runtime


def declare_actors(broker: dramatiq.Broker, boot: LazyRuntime) -> None:
    """Declare the actor of jobs on every queue, and the agent's beside it."""

    async def run_queue(queue: str, _job_id: str) -> None:
        (await boot.get_runtime()).begin_queue(queue)

    async def agent_turn(_queue: str, _request_id: str) -> None:
        await (await boot.get_runtime()).answer_messages()

    dramatiq.actor(actor_name=JOB_ACTOR, queue_name=JOB_QUEUES[0], broker=broker)(run_queue)
    dramatiq.actor(actor_name=AGENT_ACTOR, queue_name=AGENT_QUEUE, broker=broker)(agent_turn)
    for queue in JOB_QUEUES:
        broker.declare_queue(queue)
