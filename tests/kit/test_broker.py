"""The consumer of wake-ups: it waits on the server, rarely asks, and survives an outage."""

import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import dramatiq
import pytest
from redis import Redis

from gateway.kit.messaging.broker import SharedBroker, build_broker
from tests.services.valkey import ValkeyServer

WAIT_SECONDS = 30
QUEUE = "image"


@pytest.fixture
def server() -> Iterator[ValkeyServer]:
    with ValkeyServer() as one:
        if not one.is_ours:
            pytest.skip("the server is not ours to count or kill")
        yield one


@pytest.fixture
def broker(server: ValkeyServer) -> Iterator[SharedBroker]:
    made = build_broker(server.url)
    assert isinstance(made, SharedBroker)
    made.declare_queue(QUEUE)
    yield made
    for client in (made.client, made._ping_client):
        client.close()  # a socket that is only collected is a warning, now and then


def send_wake_up(broker: dramatiq.Broker) -> None:
    """Send a wake-up."""
    broker.enqueue(
        dramatiq.Message(queue_name=QUEUE, actor_name="none", args=(), kwargs={}, options={})
    )


def take_message(consumer: dramatiq.Consumer) -> float:
    """Take the next message and acknowledge it; return the time at which it came."""
    deadline = time.monotonic() + WAIT_SECONDS
    while (message := next(consumer)) is None:
        assert time.monotonic() < deadline, "no message came"
    came = time.monotonic()
    consumer.ack(message)
    return came


def count_commands(server: ValkeyServer) -> int:
    """Count the commands that the server has processed."""
    with Redis.from_url(server.url) as client:
        return int(client.info("stats")["total_commands_processed"])


def test_an_idle_consumer_asks_twice_a_second_and_gets_a_message_at_once(
    server: ValkeyServer, broker: SharedBroker
) -> None:
    consumer = broker.consume(QUEUE, prefetch=4)
    assert next(consumer) is None  # whatever is asked once is asked
    before, began = count_commands(server), time.monotonic()
    assert [next(consumer) for _ in range(2)] == [None, None]
    asked, passed = count_commands(server) - before, time.monotonic() - began
    assert asked < 5 * passed + 10  # a script counts its own commands too
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(take_message, consumer)
        sent = time.monotonic()
        send_wake_up(broker)
        assert waiting.result(WAIT_SECONDS) - sent < 0.5


def test_each_of_two_consumers_wakes_for_what_the_other_leaves(broker: SharedBroker) -> None:
    one, two = (broker.consume(QUEUE, prefetch=1) for _ in range(2))
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(take_message, each) for each in (one, two)]
        send_wake_up(broker)
        send_wake_up(broker)
        assert all(each.result(WAIT_SECONDS) for each in waiting)


def test_a_consumer_that_may_not_take_leaves_the_message_to_others(broker: SharedBroker) -> None:
    broker.may_take = lambda _queue: False
    send_wake_up(broker)
    assert next(broker.consume(QUEUE, prefetch=1)) is None
    broker.may_take = lambda _queue: True
    take_message(broker.consume(QUEUE, prefetch=1))


def test_a_consumer_begins_the_jobs_of_its_queue_itself_and_keeps_no_message(
    broker: SharedBroker,
) -> None:
    begun = list[str]()
    broker.begin_queue = lambda queue: not begun.append(queue)  # type: ignore[func-returns-value]
    send_wake_up(broker)
    assert next(broker.consume(QUEUE, prefetch=1)) is None
    assert begun == [QUEUE]
    assert not broker.client.hlen(f"kt:{QUEUE}.msgs")


def test_an_outage_is_one_line_and_its_end_another(
    server: ValkeyServer, broker: SharedBroker, caplog: pytest.LogCaptureFixture
) -> None:
    consumer = broker.consume(QUEUE, prefetch=1)
    with caplog.at_level(logging.INFO):
        next(consumer)
        server.kill()
        assert [next(consumer) for _ in range(3)] == [None] * 3
        server.start()
        deadline = time.monotonic() + WAIT_SECONDS
        while len(caplog.messages) < 2 and time.monotonic() < deadline:
            next(consumer)
    lost, back = caplog.messages
    assert lost.startswith("part away: broker")
    assert back == "part back: broker"
    send_wake_up(broker)
    take_message(consumer)
