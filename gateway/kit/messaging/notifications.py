"""Notifications: hints from a transaction that changed something to those who wait for it.

Within a process they arrive at once, on any event loop; with Redis or Valkey they reach the other
processes too. They may be lost, so a waiter reads the database again at least every second.
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

from gateway.kit.messaging.presence import Presence

CHANNEL = "kt:news"
RETRY_SECONDS = 1.0
log = logging.getLogger("gateway.news")
Waiter = tuple[asyncio.AbstractEventLoop, asyncio.Event]


class Notifications:
    """The topics, such as the id of a job, and the events of those who wait for them.

    `_lock` guards the waiters and the unsent topics, for waiters live on several event loops.
    """

    def __init__(
        self,
        redis_url: str = "",
        publisher: Any = None,  # noqa: ANN401 - a redis client
        presence: Presence | None = None,
    ) -> None:
        """Stay within this process, or publish with `publisher` and listen to the same server."""
        self._redis_url = redis_url
        self._publisher = publisher
        self._presence = presence or Presence("broker")
        self._lock = threading.Lock()
        self._waiting: dict[str, set[Waiter]] = defaultdict(set)
        self._unsent: dict[str, None] = {}
        self._sending: asyncio.Task[None] | None = None
        self._listening: asyncio.Task[None] | None = None

    @contextmanager
    def watch(self, topic: str) -> Iterator[asyncio.Event]:
        """Give the block an event that each notification of the topic sets; the waiter clears it.

        Enter before reading the state: a notification between the read and the wait then stays set.
        """
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

    def notify(self, topics: Iterable[str]) -> None:
        """Wake all who wait for these topics, here at once and elsewhere in the background."""
        topics = list(topics)
        for topic in topics:
            self._wake(topic)
        if self._publisher is None or not topics:
            return
        with self._lock:
            self._unsent |= dict.fromkeys(topics)
            # A canceled task has not reset `_sending`: without `done` nothing would be sent again.
            if self._sending is None or self._sending.done():
                self._sending = asyncio.create_task(self._publish())

    def start(self) -> None:
        """Begin to listen to the other processes, if there is a Redis server."""
        if self._redis_url:
            self._listening = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        """Stop listening."""
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
        """Publish the unsent topics, in one thread at a time.

        With a thread for each call, a silent server would soon hold every thread of the pool.
        """
        while topics := self._next_topics():
            try:
                await asyncio.to_thread(self._send, topics)
            except (RedisError, OSError) as error:
                self._presence.report(up=False, why=type(error).__name__)
            except Exception:
                # One bad topic must not end the task that sends all others.
                log.exception("news lost: %d topics", len(topics))

    def _next_topics(self) -> list[str]:
        """Return the unsent topics; if there are none, mark the sending as ended.

        Both happen under one lock: a topic added between them would wait for the next one.
        """
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
                self._presence.report(up=False, why=type(error).__name__)
            await asyncio.sleep(RETRY_SECONDS)
