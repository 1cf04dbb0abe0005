"""News between those who change a thing and those who wait for it: hints that may be lost.

Within a process they arrive at once, on whatever loop one waits; with Redis or Valkey they reach
the other processes too. Whoever waits reads the database again, at least every second.
"""

import asyncio
import logging
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import redis.asyncio
from redis.exceptions import RedisError

from gateway.kit.presence import Presence

CHANNEL = "kt:news"
RETRY_SECONDS = 1.0
log = logging.getLogger("gateway.news")
Waiter = tuple[asyncio.AbstractEventLoop, asyncio.Event]


class News:
    """Wakes whoever waits for a topic, such as the id of a job."""

    def __init__(
        self,
        redis_url: str = "",
        publisher: Any = None,  # noqa: ANN401 - a redis client
        presence: Presence | None = None,
    ) -> None:
        """Stay in this process, or publish by `publisher` and `listen` to the same server."""
        self._redis_url = redis_url
        self._publisher = publisher
        self._presence = presence or Presence("broker")
        self._lock = threading.Lock()
        self._waiting: dict[str, set[Waiter]] = defaultdict(set)
        self._unsent: dict[str, None] = {}
        self._sending: asyncio.Task[None] | None = None
        self._listening: asyncio.Task[None] | None = None

    @contextmanager
    def of(self, topic: str) -> Iterator[asyncio.Event]:
        """Give an event that is set by each news of the topic; whoever waits clears it."""
        waiter = (asyncio.get_running_loop(), asyncio.Event())
        with self._lock:
            self._waiting[topic].add(waiter)
        try:
            yield waiter[1]
        finally:
            with self._lock:
                self._waiting[topic].discard(waiter)
                if not self._waiting[topic]:
                    del self._waiting[topic]

    def tell(self, topics: Iterable[str]) -> None:
        """Wake all who wait for these topics, here at once and elsewhere in the background."""
        topics = list(topics)
        for topic in topics:
            self._wake(topic)
        if self._publisher is None or not topics:
            return
        with self._lock:
            self._unsent |= dict.fromkeys(topics)
            # A task that was canceled has reset nothing: without `done` no news would leave again.
            if self._sending is None or self._sending.done():
                self._sending = asyncio.create_task(self._publish())

    def start(self) -> None:
        """Begin to listen to the other processes, where there is a server for it."""
        if self._redis_url:
            self._listening = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        """Listen no more."""
        if self._listening is not None:
            self._listening.cancel()
            with suppress(asyncio.CancelledError):
                await self._listening

    def _wake(self, topic: str) -> None:
        with self._lock:
            waiting = list(self._waiting.get(topic, ()))
        for loop, event in waiting:
            with suppress(RuntimeError):  # the loop of a worker that is being stopped
                loop.call_soon_threadsafe(event.set)

    async def _publish(self) -> None:
        """Send what is unsent, one thread at a time: a silent server would hold them all."""
        while topics := self._next_topics():
            try:
                await asyncio.to_thread(self._send, topics)
            except (RedisError, OSError) as error:
                self._presence.report(there=False, why=type(error).__name__)
            except Exception:
                # One bad topic must not end the task that sends all others.
                log.exception("news lost: %d topics", len(topics))

    def _next_topics(self) -> list[str]:
        with self._lock:
            topics, self._unsent = [*self._unsent], {}
            if not topics:
                self._sending = None
            return topics

    def _send(self, topics: Sequence[str]) -> None:
        pipeline = self._publisher.pipeline(transaction=False)
        for topic in topics:
            pipeline.publish(CHANNEL, topic)
        pipeline.execute()

    async def _listen(self) -> None:
        while True:
            try:
                async with (
                    redis.asyncio.from_url(self._redis_url) as client,
                    client.pubsub(ignore_subscribe_messages=True) as inbox,
                ):
                    await inbox.subscribe(CHANNEL)
                    async for message in inbox.listen():
                        self._wake(message["data"].decode())
            except (RedisError, OSError) as error:
                self._presence.report(there=False, why=type(error).__name__)
            await asyncio.sleep(RETRY_SECONDS)
