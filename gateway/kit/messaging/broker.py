"""The broker of wake-ups: Redis or Valkey in production, in process otherwise.

It carries hints and nothing else, so it may vanish at any moment. Dramatiq's own consumer asks
each queue twenty times a second, which is most of the load of an idle worker, and logs every failed
try as critical. Our consumer blocks until a queue has a message. An outage is one log line, and
another when it is over, however many threads meet it.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypedDict
from uuid import uuid4

import dramatiq
import redis
from dramatiq import Consumer, MessageProxy
from dramatiq.brokers.redis import RedisBroker
from dramatiq.brokers.stub import StubBroker
from dramatiq.errors import BrokerConnectionError
from dramatiq.middleware import AsyncIO, Middleware, TimeLimit
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from gateway.kit.messaging.notifications import Notifications
from gateway.kit.messaging.presence import Presence

REDIS_NAMESPACE = "kt"
# A blocked consumer returns each second: it can be stopped then, and its fetch renews the heartbeat
# by which dramatiq's scripts tell a living worker from a dead one.
BLOCK_SECONDS, OUTAGE_PAUSE_SECONDS, RESTING_SECONDS, PREFETCHED_SECONDS = 1, 1.0, 0.1, 0.005
PING_SECONDS = 1.0
# Adds the messages that have room to a queue, as dramatiq's own script adds one, and returns how
# much room there was. To ask for the length first would be a round trip more before a worker wakes.
ADD_WITHIN = """
local room = tonumber(ARGV[1]) - redis.call("llen", KEYS[1])
for index = 2, #ARGV, 2 do
    if index / 2 <= room then
        redis.call("hset", KEYS[2], ARGV[index], ARGV[index + 1])
        redis.call("rpush", KEYS[1], ARGV[index])
    end
end
return room
"""
BROKER_ERRORS = (BrokerConnectionError, RedisError, OSError)


class RedisOptions(TypedDict):
    """The options of every connection to Redis that `redis.Redis.from_url` is given."""

    socket_timeout: float
    socket_connect_timeout: float
    health_check_interval: int
    retry: Retry


REDIS_OPTIONS: RedisOptions = {
    "socket_timeout": 5,
    "socket_connect_timeout": 1,
    "health_check_interval": 30,
    # One more try, for a connection that the server closed while it was idle. No backoff: it would
    # sleep in the thread that asks.
    "retry": Retry(NoBackoff(), 1),
}


def build_broker(redis_url: str, *middleware: Middleware) -> "LocalBroker | SharedBroker":
    """Return the broker: Redis if there is a URL, in process otherwise.

    It has none of dramatiq's retries, results or age limits: the job row is retried, never the
    message.
    """
    chain = [TimeLimit(), AsyncIO(), *middleware]
    return SharedBroker(redis_url, chain) if redis_url else LocalBroker(middleware=chain)


def presence_from_broker(broker: dramatiq.Broker) -> Presence:
    """Return the presence to which users of this broker report its outages."""
    return broker.presence if isinstance(broker, SharedBroker) else Presence("broker")


def build_notifications(redis_url: str, broker: dramatiq.Broker) -> Notifications:
    """Return the notifications of this process, and with Redis of all processes."""
    if isinstance(broker, SharedBroker):
        return Notifications(redis_url, broker.client, broker.presence)
    return Notifications()


async def is_broker_answering(broker: dramatiq.Broker) -> bool:
    """Return True if the broker can be reached; the one in process always can."""
    return not isinstance(broker, SharedBroker) or await asyncio.to_thread(broker.ping)


class LocalBroker(StubBroker):
    """The broker of a process that is alone.

    `begin_queue` begins the jobs of a queue on the event loop of the worker in this process. It
    returns False while that does not run yet: then a message waits for it. Without a message there
    are four threads less on the way from a commit to its claim.
    """

    begin_queue: Callable[[str], bool] = staticmethod(lambda _queue: False)

    def add_within(self, most: int, messages: Sequence[dramatiq.Message[None]]) -> int:
        """Add those of these messages of one queue that have room below `most`; return the room."""
        room = most - int(self.queues[messages[0].queue_name].qsize())
        for message in messages[: max(0, room)]:
            self.enqueue(message)
        return room


class SharedBroker(RedisBroker):
    """The broker of all processes. It has no queues of delayed messages, since there are none.

    The host of a worker sets two questions about a queue: `may_take` (can this worker use its
    messages now?) and `is_half_full` (should an idle worker rather have them?). And `begin_queue`,
    as that of `LocalBroker`: the consumer calls it, which saves two threads between a message and
    its claim.
    """

    def __init__(self, redis_url: str, middleware: list[Middleware]) -> None:
        super().__init__(  # type: ignore[no-untyped-call]
            client=redis.Redis.from_url(redis_url, **REDIS_OPTIONS),
            namespace=REDIS_NAMESPACE,
            maintenance_chance=1_000_000,  # of a million: each fetch looks for dead workers
            heartbeat_timeout=5_000,
            middleware=middleware,
        )
        quick = {"socket_timeout": PING_SECONDS, "retry": None}
        self._ping_client = redis.Redis.from_url(redis_url, **REDIS_OPTIONS | quick)
        self.presence = Presence("broker")
        self.may_take: Callable[[str], bool] = lambda _queue: True
        self.is_half_full: Callable[[str], bool] = lambda _queue: False
        self.begin_queue: Callable[[str], bool] = lambda _queue: False
        self._add_within = self.client.register_script(ADD_WITHIN)

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 0) -> Consumer:  # noqa: ARG002 - a second, always
        """Return a consumer of this queue's messages."""
        return BlockingConsumer(self, queue_name, super().consume(queue_name, prefetch, timeout=0))

    def declare_queue(self, queue_name: str) -> None:
        """Declare a queue, if it is new; unlike dramatiq's, without a queue for delays."""
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues.add(queue_name)
            self.emit_after("declare_queue", queue_name)

    def add_within(self, most: int, messages: Sequence[dramatiq.Message[None]]) -> int:
        """Add those of these messages of one queue that have room below `most`; return the room."""
        name = f"{REDIS_NAMESPACE}:{messages[0].queue_name}"
        values: list[str | bytes] = []
        for message in messages:
            message_id = str(uuid4())  # by which dramatiq keeps, fetches and acknowledges it
            values += [message_id, message.copy(options={"redis_message_id": message_id}).encode()]
        return int(self._add_within(keys=[name, f"{name}.msgs"], args=[most, *values]))

    def ping(self) -> bool:
        """Return True if the server answers within a second or two; blocks meanwhile."""
        try:
            return bool(self._ping_client.ping())
        except (RedisError, OSError):
            return False


class BlockingConsumer(Consumer):
    """The consumer of one queue: it waits for messages on the server, and survives an outage."""

    def __init__(self, broker: SharedBroker, queue_name: str, inner: Any) -> None:  # noqa: ANN401 - the library has no types
        self._broker = broker
        self._inner = inner
        self._queue = queue_name
        self._list = f"{REDIS_NAMESPACE}:{queue_name}"

    def __next__(self) -> MessageProxy | None:
        """Return the next message; None at least every second, so that the caller can stop."""
        if not self._broker.may_take(self._queue):
            time.sleep(RESTING_SECONDS)
            return None
        is_half_full = self._broker.is_half_full(self._queue)
        if is_half_full:
            # Give idle workers the first chance: they block on the server and take it at once.
            time.sleep(RESTING_SECONDS)
        try:
            message: MessageProxy | None = next(self._inner)
            if message is None and not is_half_full:
                self._wait_for_message()
        except BROKER_ERRORS as error:
            self._broker.presence.report(up=False, why=type(error).__name__)
            time.sleep(OUTAGE_PAUSE_SECONDS)
            return None
        self._broker.presence.report(up=True)
        if message is not None and self._broker.begin_queue(self._queue):
            self.ack(message)
            return None
        return message

    def _wait_for_message(self) -> None:
        """Wait until the queue has a message, or a second has passed."""
        if self._inner.outstanding_message_count >= self._inner.prefetch:
            time.sleep(PREFETCHED_SECONDS)
            return
        # Moving the first message to the place where it is changes nothing, but blocks until there
        # is one. The consumer that fetches first has it; the others get None and wait again.
        self._broker.client.blmove(self._list, self._list, BLOCK_SECONDS, "LEFT", "LEFT")

    def ack(self, message: MessageProxy) -> None:
        """Acknowledge a message; a lost acknowledgement lets it come again, which does no harm."""
        with self._reporting_outage():
            self._inner.ack(message)

    def nack(self, message: MessageProxy) -> None:
        """Report a message as failed."""
        with self._reporting_outage():
            self._inner.nack(message)

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        """Give back messages that were not handled."""
        with self._reporting_outage():
            self._inner.requeue(messages)

    @contextmanager
    def _reporting_outage(self) -> Iterator[None]:
        """Report an outage of the broker instead of raising it: what it lost does no harm."""
        try:
            yield
        except BROKER_ERRORS as error:
            self._broker.presence.report(up=False, why=type(error).__name__)
